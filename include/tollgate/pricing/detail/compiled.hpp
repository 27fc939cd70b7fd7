// SPDX-License-Identifier: BSL-1.0
#pragma once
// A rate card as integers: every rate over one common denominator, so that rating is one
// multiplication and one rounded division.

#include <tollgate/core/int128.hpp>
#include <tollgate/core/rounding.hpp>
#include <tollgate/pricing/detail/narrow.hpp>
#include <tollgate/pricing/usage.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace tollgate::detail {

/// Prices below are numerators over the denominator of their rate, in units of an amount.
struct compiled_tier {
  std::int64_t from{};   // thousandths, exclusive
  std::int64_t up_to{};  // thousandths, inclusive
  std::int64_t each{};   // per thousandth
  int128 before{};       // graduated: all earlier tiers and entering this one; volume: entering it
};

struct compiled_rate {
  charge_kind kind{charge_kind::not_offered};
  std::int64_t each{};  // per thousandth, package, or unit of the other component
  std::int64_t denominator{1};
  std::int64_t step{1};                                         // thousandths
  std::int64_t minimum{};                                       // thousandths
  std::int64_t included{};                                      // thousandths
  std::int64_t package_size{1};                                 // thousandths
  std::int64_t low{};                                           // units
  std::int64_t high{std::numeric_limits<std::int64_t>::max()};  // units
  std::uint16_t other{};                                        // the component a percentage is of
  std::uint32_t first_tier{};
  std::uint32_t end_tier{};
  int128 fixed{};  // flat
};

struct compiled_measure {
  std::int64_t maximum{};
  std::vector<std::uint8_t> factors{};  // derived when not empty
  int128 divisor{1};                    // of the product of thousandths
  std::vector<std::int64_t> listed{};
  bool refuse_unlisted{false};
};

inline constexpr std::uint8_t no_measure = 0xff;
inline constexpr std::uint16_t no_rate = 0xffff;

struct compiled_component {
  std::uint8_t measure{no_measure};
  std::uint8_t needs{};  // one bit for each measure an item must state
  bool stated{false};    // the measure is one that items state, not a derived one
  bool all_items{false};
  bool optional{false};
};

struct compiled_card {
  std::vector<compiled_measure> measures{};
  std::vector<compiled_component> components{};
  std::vector<compiled_rate> rates{};
  std::vector<compiled_tier> tiers{};
  std::vector<narrow_rate> narrow{};  // as many as rates
  std::vector<narrow_tier> narrow_tiers{};
  std::vector<std::uint16_t> cells{};  // [component][variant][values...] -> rate
  std::array<std::uint8_t, max_dimensions> sizes{};
  std::uint64_t foreign_values{~std::uint64_t{0}};  // the bytes of dimensions that are not there
  std::array<std::uint32_t, max_dimensions> strides{};
  // Of the measures that items state; where there are none, nothing is beyond the first (2^64 - 1).
  std::array<std::int64_t, max_measures> maxima{-1};
  std::uint8_t stated{};  // one bit for each measure items may state
  std::uint8_t needs{};   // ... and must state
  bool lists{false};      // whether any measure lists its quantities
  bool regular{false};    // every item has every line, all narrow
  std::size_t dimensions{};
  std::size_t measure_count{};
  std::size_t variants{};
  std::size_t inner{1};  // cells of one component and variant
  rounding mode{rounding::half_away};
};

/// Steps "convert" and "included": what is billed of a raw quantity.
[[nodiscard]] constexpr std::int64_t billed_quantity(const compiled_rate& rate,
                                                     std::int64_t raw) noexcept {
  std::int64_t converted = (raw + rate.step - 1) / rate.step * rate.step;
  if (converted < rate.minimum) converted = rate.minimum;
  return converted > rate.included ? converted - rate.included : 0;
}

/// Steps "model", "multiply" and "discount": the numerator of the price of a billed quantity, or
/// of a share of `base` units. In-range by what the builder proved.
[[nodiscard]] constexpr int128 price_numerator(const compiled_card& card, const compiled_rate& rate,
                                               std::int64_t billed, std::int64_t base) noexcept {
  switch (rate.kind) {
    case charge_kind::not_offered: break;
    case charge_kind::flat: return rate.fixed;
    case charge_kind::unit: return static_cast<int128>(rate.each) * billed;
    case charge_kind::package:
      return static_cast<int128>(rate.each) *
             ((billed + rate.package_size - 1) / rate.package_size);
    case charge_kind::graduated:
    case charge_kind::volume:
      if (billed == 0) break;
      for (auto i = rate.first_tier; i < rate.end_tier; ++i) {
        const compiled_tier& t = card.tiers[i];
        if (billed > t.up_to) continue;
        const auto within = rate.kind == charge_kind::graduated ? billed - t.from : billed;
        return t.before + static_cast<int128>(t.each) * within;
      }
      break;
    case charge_kind::percentage: return static_cast<int128>(rate.each) * base;
  }
  return 0;
}

/// Steps "bound" and "round once". A share of much may be beyond 64 bits; the most they hold stands
/// for it, which is beyond any amount, too.
[[nodiscard]] constexpr rounded bound_and_round(const compiled_rate& rate, int128 numerator,
                                                rounding mode) noexcept {
  const int128 denominator = rate.denominator;
  if (numerator < rate.low * denominator) return {rate.low, 0};
  if (numerator > rate.high * denominator) return {rate.high, 0};
  const auto [quotient, rest] = divide<int128>(numerator, denominator, mode);
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  return {quotient < most ? static_cast<std::int64_t>(quotient) : most,
          static_cast<std::int64_t>(rest)};
}

/// The quantity of a measure: what the item states, or the product of what it states, rounded up
/// to a thousandth (rounding up to a step afterwards gives what the exact product would give).
/// Precondition: the stated quantities are within their maxima.
[[nodiscard]] constexpr int128 raw_quantity(const compiled_measure& measure, std::size_t index,
                                            const usage& item) noexcept {
  if (measure.factors.empty()) return item.quantities[index].thousandths();
  int128 product = 1;
  for (const auto factor : measure.factors) product *= item.quantities[factor].thousandths();
  return (product + measure.divisor - 1) / measure.divisor;
}

}  // namespace tollgate::detail
