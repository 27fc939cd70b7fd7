// SPDX-License-Identifier: BSL-1.0
#pragma once
// Chance that is the same on every machine and compiler: numbers that follow from a seed alone.

#include <cstddef>
#include <cstdint>

namespace tollgate::simulation {

/// Splitmix64. The distributions of the standard library differ between vendors; these do not.
class dice {
 public:
  constexpr explicit dice(std::uint64_t seed) noexcept : state_{seed} {}

  constexpr std::uint64_t next() noexcept {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
  }
  /// From 0 to n - 1; 0 where n is 0.
  constexpr std::uint64_t below(std::uint64_t n) noexcept { return n == 0 ? 0 : next() % n; }
  /// From `least` to `most`, both included.
  constexpr std::uint64_t between(std::uint64_t least, std::uint64_t most) noexcept {
    return least + below(most - least + 1);
  }
  /// True that often in a thousand.
  constexpr bool chance(std::uint32_t permille) noexcept {
    return permille != 0 && next() % 1'000 < permille;
  }
  /// One of several. Precondition: there is one.
  template <class Range>
  constexpr auto& pick(Range& from) noexcept {
    return from[static_cast<std::size_t>(below(from.size()))];
  }

 private:
  std::uint64_t state_;
};

/// The seed of a part of something that has a seed: the n-th step of a world, an operation at the
/// provider. What a part draws does not depend on what other parts drew.
[[nodiscard]] constexpr std::uint64_t seed_of(std::uint64_t whole, std::uint64_t part) noexcept {
  return dice{whole ^ dice{part}.next()}.next();
}

}  // namespace tollgate::simulation
