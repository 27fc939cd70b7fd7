// SPDX-License-Identifier: BSL-1.0
#pragma once
// A charge whose every price fits 64 bits: the same figures as those of the 128-bit pipeline in
// compiled.hpp, without a division. `narrowed` says which charges those are.

#include <tollgate/core/int128.hpp>

#include <bit>
#include <cstdint>
#include <limits>

namespace tollgate::detail {

enum class charge_kind : std::uint8_t {
  not_offered,
  flat,
  unit,
  package,
  graduated,
  volume,
  percentage
};

struct rounded {
  std::int64_t units{};
  std::int64_t residue{};  // what rounding left, over the denominator of the rate
};

/// Divides by a number known in advance: a multiplication and a shift (Granlund and Montgomery,
/// "Division by invariant integers using multiplication", 1994). The dividend comes doubled, as
/// rounding to the nearest needs it.
struct known_divisor {
  std::uint64_t factor{std::uint64_t{1} << 63};  // 2^(64 + shift) / (2 * divisor), rounded up
  std::uint32_t shift{};

  /// Precondition: the divisor is from 1 to 2^62.
  [[nodiscard]] static constexpr known_divisor of(std::int64_t divisor) noexcept {
    const std::uint64_t twice = 2 * static_cast<std::uint64_t>(divisor);
    const auto shift = static_cast<std::uint32_t>(std::bit_width(twice - 1) - 1);
    const int128 power = static_cast<int128>(1) << (64 + shift);
    return {static_cast<std::uint64_t>((power + (twice - 1)) / twice), shift};
  }
  /// twice / (2 * divisor), rounded down. Exact below 2^63, because there the rounding of the
  /// factor, less than 2 * divisor, adds less than what the next whole number is away.
  [[nodiscard]] constexpr std::int64_t quotient(std::uint64_t twice) const noexcept {
    const auto high = static_cast<std::uint64_t>((static_cast<int128>(twice) * factor) >> 64);
    return static_cast<std::int64_t>(high >> shift);
  }
};

/// Within a tier a price is a straight line, whether tiers are graduated or by volume.
struct narrow_tier {
  std::int64_t up_to{};  // thousandths, inclusive
  std::int64_t each{};   // per thousandth
  std::int64_t fixed{};  // where the line meets a quantity of zero
};

/// Step "round once", of numerators over the denominator.
struct narrow_rounding {
  std::int64_t denominator{1};
  std::int64_t bias{};  // what makes rounding down the rounding of the card
  known_divisor by_denominator{};

  /// floor((2n + bias) / 2d): no price is below zero, so that every rounding but the one of ties
  /// to even is this one with a bias of its own.
  [[nodiscard]] constexpr rounded operator()(std::int64_t numerator) const noexcept {
    const std::int64_t units =
        by_denominator.quotient(static_cast<std::uint64_t>(2 * numerator + bias));
    return {units, numerator - units * denominator};
  }
};

/// Numerators are over the denominator of the rate, in units of an amount.
struct narrow_rate {
  charge_kind kind{charge_kind::not_offered};  // also of a charge that does not fit
  bool direct{false};  // no step, minimum, included or bound, no tie to even: one product
  bool ties_to_even{false};
  std::uint16_t other{};  // the component a percentage is of
  std::uint32_t first_tier{};
  std::int64_t each{};   // per thousandth, package, or unit of the other component
  std::int64_t fixed{};  // flat
  narrow_rounding round{};
  std::int64_t low{};  // numerators
  std::int64_t high{std::numeric_limits<std::int64_t>::max()};
  std::int64_t step{1};  // thousandths
  known_divisor by_step{};
  std::int64_t minimum{};  // thousandths
  std::int64_t included{};
  std::int64_t package_size{1};
  known_divisor by_package{};
};

/// How many steps or packages a quantity has begun.
[[nodiscard]] constexpr std::int64_t begun(std::int64_t quantity, std::int64_t size,
                                           const known_divisor& by_size) noexcept {
  return by_size.quotient(2 * static_cast<std::uint64_t>(quantity + size - 1));
}

/// Steps "convert" and "included".
[[nodiscard]] constexpr std::int64_t narrow_billed(const narrow_rate& rate,
                                                   std::int64_t raw) noexcept {
  std::int64_t converted = rate.step == 1 ? raw : begun(raw, rate.step, rate.by_step) * rate.step;
  if (converted < rate.minimum) converted = rate.minimum;
  return converted > rate.included ? converted - rate.included : 0;
}

/// The numerator of a quantity in tiers, of which the last has no end.
[[nodiscard]] constexpr std::int64_t tier_numerator(const narrow_tier* tier,
                                                    std::int64_t billed) noexcept {
  while (billed > tier->up_to) ++tier;
  return tier->each * billed + tier->fixed;
}

/// Steps "model", "multiply" and "discount".
[[nodiscard]] constexpr std::int64_t narrow_numerator(const narrow_rate& rate,
                                                      const narrow_tier* tiers, std::int64_t billed,
                                                      std::int64_t base) noexcept {
  switch (rate.kind) {
    case charge_kind::not_offered: break;
    case charge_kind::flat: return rate.fixed;
    case charge_kind::unit: return rate.each * billed;
    case charge_kind::package: return rate.each * begun(billed, rate.package_size, rate.by_package);
    case charge_kind::graduated:
    case charge_kind::volume: return tier_numerator(tiers + rate.first_tier, billed);
    case charge_kind::percentage: return rate.each * base;
  }
  return 0;
}

/// Steps "bound" and "round once".
[[nodiscard]] constexpr rounded bound_and_round(const narrow_rate& rate,
                                                std::int64_t numerator) noexcept {
  if (numerator < rate.low) numerator = rate.low;
  if (numerator > rate.high) numerator = rate.high;
  rounded price = rate.round(numerator);
  if (rate.ties_to_even && 2 * price.residue == -rate.round.denominator && price.units % 2 != 0) {
    price.units -= 1;
    price.residue += rate.round.denominator;
  }
  return price;
}

}  // namespace tollgate::detail
