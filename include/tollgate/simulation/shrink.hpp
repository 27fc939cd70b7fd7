// SPDX-License-Identifier: BSL-1.0
#pragma once
// Makes a script that fails shorter, as long as the same promise is broken.

#include <tollgate/simulation/script.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tollgate::simulation {

/// Leaves out first whole kinds of trouble, then steps: halves, quarters, single ones. `play` plays
/// a script; it is called at most `limit` times.
template <class Play>
[[nodiscard]] script shorten(script s, const violation& broken, Play play, int limit = 2'000) {
  const auto still_fails = [&](const script& shorter) {
    if (limit-- <= 0) return false;
    const world_end end = play(shorter);
    return end.broken && end.broken->rule == broken.rule;
  };
  const auto keep_if_fails = [&](script shorter) {
    if (!still_fails(shorter)) return false;
    s = std::move(shorter);
    return true;
  };
  const auto end_where_it_fails = [&] {
    const world_end end = play(s);
    s.steps = std::min(s.steps, end.step + 1);
  };
  end_where_it_fails();
  for (std::uint32_t trouble::*kind : kinds_of_trouble) {
    script shorter = s;
    shorter.without.*kind = 1;
    keep_if_fails(std::move(shorter));
  }
  end_where_it_fails();
  s.skipped.resize(s.steps);
  for (std::size_t chunk = std::max<std::size_t>(s.steps / 2, 1);;) {
    bool shorter_now = false;
    for (std::size_t from = 0; from < s.steps && limit > 0; from += chunk) {
      script shorter = s;
      bool any = false;
      for (std::size_t n = from; n < std::min(from + chunk, s.steps); ++n) {
        any = any || !shorter.skipped[n];
        shorter.skipped[n] = true;
      }
      shorter_now = (any && keep_if_fails(std::move(shorter))) || shorter_now;
    }
    if (limit <= 0 || (chunk == 1 && !shorter_now)) break;
    if (!shorter_now || chunk > 1) chunk = std::max<std::size_t>(chunk / 2, 1);
  }
  return s;
}

}  // namespace tollgate::simulation
