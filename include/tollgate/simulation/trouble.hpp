// SPDX-License-Identifier: BSL-1.0
#pragma once
// How often things go wrong in a world, in thousandths.

#include <tollgate/simulation/dice.hpp>

#include <cstdint>

namespace tollgate::simulation {

/// Permille, each of the calls or steps it concerns. All zero: a calm world.
struct trouble {
  std::uint32_t refused{};   // the store does nothing and says so
  std::uint32_t lost{};      // the store does it, the answer is lost
  std::uint32_t late{};      // the answer is lost, and the store does it only later
  std::uint32_t unread{};    // a read fails
  std::uint32_t between{};   // somebody else acts between two calls of one actor
  std::uint32_t death{};     // a worker dies at a call to the store or the provider
  std::uint32_t leap{};      // a step in which the clock jumps ahead by minutes to days
  std::uint32_t set_back{};  // a step in which the clock is set back
};

/// All of them, those first without which a story is shorter.
inline constexpr std::uint32_t trouble::*kinds_of_trouble[]{
    &trouble::between, &trouble::late,   &trouble::set_back, &trouble::leap,
    &trouble::death,   &trouble::unread, &trouble::refused,  &trouble::lost};

/// What becomes of one call.
enum class slip : std::uint8_t { none, refused, lost, late };

[[nodiscard]] constexpr slip slip_of(const trouble& odds, dice& luck) noexcept {
  if (luck.chance(odds.refused)) return slip::refused;
  if (luck.chance(odds.lost)) return slip::lost;
  if (luck.chance(odds.late)) return slip::late;
  return slip::none;
}

/// The weather of one world: some are rough, some almost calm, so that faults are met alone too.
[[nodiscard]] constexpr trouble trouble_of(dice& luck) noexcept {
  const auto some = [&](std::uint32_t most) {
    return luck.chance(300) ? 0U : static_cast<std::uint32_t>(luck.below(most));
  };
  return {.refused = some(60),
          .lost = some(80),
          .late = some(60),
          .unread = some(40),
          .between = some(300),
          .death = some(30),
          .leap = some(40),
          .set_back = luck.chance(250) ? static_cast<std::uint32_t>(luck.below(30)) : 0U};
}

}  // namespace tollgate::simulation
