// SPDX-License-Identifier: BSL-1.0
#pragma once
// Runs worlds over a host's own store, and makes of the first that fails a story of a few lines.

#include <tollgate/simulation/shrink.hpp>
#include <tollgate/simulation/world.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tollgate::simulation {

/// Something that makes a fresh, empty store which reads the given clock, or a pointer to one. It
/// is called once for each world, and some hundred times more to shorten a story.
template <class Factory>
concept makes_stores = requires(Factory& make, clock_source clock) {
  requires storage<std::remove_cvref_t<decltype(make(clock))>> ||
               storage<std::remove_cvref_t<decltype(*make(clock))>>;
};

/// Plays one world on a fresh store.
template <makes_stores Factory>
[[nodiscard]] world_end play(Factory& make_store, const script& s) {
  using made_type = std::remove_cvref_t<decltype(make_store(clock_source{}))>;
  if constexpr (storage<made_type>) {
    world<made_type> w{s};
    made_type store = make_store(w.clock());
    return w.run(store);
  } else {
    using store_type = std::remove_cvref_t<decltype(*make_store(clock_source{}))>;
    world<store_type> w{s};
    auto store = make_store(w.clock());
    return w.run(*store);
  }
}

/// Which worlds: `count` from `first` on.
struct seeds {
  std::uint64_t first{1};
  std::uint64_t count{100};
  std::size_t steps{300};
};

/// A world in which a promise was broken.
struct finding {
  script world{};  // plays it again: what is left of it
  violation broken{};
  std::vector<std::string> story{};

  /// The seed, the promise and the story, line by line.
  [[nodiscard]] std::string text() const {
    std::string all =
        "seed " + std::to_string(world.seed) + ": " + broken.rule + ": " + broken.text + "\n";
    for (const std::string& line : story) all += "  " + line + "\n";
    return all;
  }
};

/// What some worlds did.
struct report {
  std::uint64_t worlds{};
  std::uint64_t orders{};  // confirmed, and all their jobs ended
  std::uint64_t jobs{};    // that ended
  std::uint64_t checks{};  // audits of an account
  std::uint64_t calls{};   // to the store
  std::optional<finding> found{};

  /// False where nothing was played: nothing was proved.
  [[nodiscard]] bool all_kept() const noexcept { return worlds != 0 && !found; }
};

/// Tells of one seed what goes wrong in it, as short as it can; nothing where all is kept.
template <makes_stores Factory>
[[nodiscard]] std::optional<finding> find_in(Factory& make_store, const script& s) {
  const auto again = [&](const script& other) { return play(make_store, other); };
  const world_end first = again(s);
  if (!first.broken) return std::nullopt;
  script shortest = shorten(s, *first.broken, again);
  shortest.keeps_story = true;
  world_end told = again(shortest);
  return finding{std::move(shortest), told.broken.value_or(*first.broken), std::move(told.story)};
}

/// Plays worlds until one fails. The same seeds on the same kind of store do the same, on every
/// machine.
template <makes_stores Factory>
[[nodiscard]] report simulate(Factory make_store, const seeds& which = {}) {
  report r;
  for (std::uint64_t n = 0; n < which.count; ++n) {
    const script s{.seed = which.first + n, .steps = which.steps};
    const world_end end = play(make_store, s);
    ++r.worlds;
    r.orders += end.books.finished;
    r.jobs += end.books.jobs;
    r.checks += end.books.checks;
    r.calls += end.books.calls;
    if (!end.broken) continue;
    r.found = find_in(make_store, s);
    break;
  }
  return r;
}

}  // namespace tollgate::simulation
