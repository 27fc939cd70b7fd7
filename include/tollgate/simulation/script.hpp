// SPDX-License-Identifier: BSL-1.0
#pragma once
// Which world is played, and what is left out of it; and what became of it.

#include <tollgate/simulation/record.hpp>
#include <tollgate/simulation/stage.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::simulation {

/// A whole world: the same script on the same kind of store is the same world. Each step draws
/// from a seed of its own, so that leaving one out changes no other's chance.
struct script {
  std::uint64_t seed{};
  std::size_t steps{300};
  bool keeps_story{};
  std::vector<bool> skipped{};  // steps that are left out; beyond its end: none
  trouble without{};            // kinds of trouble that are left out: those that are not zero
};

struct world_end {
  std::optional<violation> broken{};
  std::size_t step{};  // in which it was broken; `steps`: afterwards
  std::vector<std::string> story{};
  record books{};
};

}  // namespace tollgate::simulation
