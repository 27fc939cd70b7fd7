// SPDX-License-Identifier: BSL-1.0
#pragma once
// Which charges fit 64 bits, proved when a card is built and never asked again.

#include <tollgate/core/quantity.hpp>
#include <tollgate/pricing/detail/compiled.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace tollgate::detail {

/// What is added to twice a numerator before it is divided by twice the denominator.
[[nodiscard]] constexpr std::int64_t bias_of(rounding mode, std::int64_t denominator) noexcept {
  switch (mode) {
    case rounding::half_away:
    case rounding::half_even: return denominator;
    case rounding::half_down: return denominator - 1;
    case rounding::up:
    case rounding::ceiling: return 2 * (denominator - 1);
    case rounding::down:
    case rounding::floor: break;
  }
  return 0;
}

// A quantity, a step and a package together can be counted by a `known_divisor`.
static_assert(quantity<any_unit>::largest < (std::int64_t{1} << 62) / 3);

/// Whether twice this and a bias stay below 2^63.
[[nodiscard]] constexpr bool is_narrow(const int128& value) noexcept {
  return value < static_cast<int128>(1) << 61;
}

/// The tiers that a billed quantity up to `most` can reach, the last without an end, or nothing
/// where a product does not fit. A quantity of nothing enters no tier and pays for none.
/// Precondition: the largest numerator is narrow, hence what entering a tier costs.
[[nodiscard]] inline std::optional<std::vector<narrow_tier>> narrowed_tiers(
    const compiled_card& card, const compiled_rate& rate, std::int64_t most) {
  std::vector<narrow_tier> tiers;
  if (card.tiers[rate.first_tier].before > 0) tiers.push_back({});
  for (auto i = rate.first_tier; i < rate.end_tier && card.tiers[i].from < most; ++i) {
    const compiled_tier& t = card.tiers[i];
    const int128 each = t.each;
    if (!is_narrow(each * (t.up_to < most ? t.up_to : most))) return std::nullopt;
    const int128 skipped = rate.kind == charge_kind::graduated ? each * t.from : 0;
    tiers.push_back({t.up_to, t.each, static_cast<std::int64_t>(t.before - skipped)});
  }
  if (tiers.empty()) tiers.push_back({});
  tiers.back().up_to = std::numeric_limits<std::int64_t>::max();
  return tiers;
}

/// The charge in 64 bits; of kind `not_offered` where it does not fit or could cost more than an
/// amount holds. `most`: the largest raw quantity. `highest`: the largest numerator before bounds.
/// `top`: the largest amount.
[[nodiscard]] inline narrow_rate narrowed(compiled_card& card, const compiled_rate& rate,
                                          std::int64_t most, const int128& highest,
                                          std::int64_t top) {
  narrow_rate made;
  switch (rate.kind) {  // a new model comes here with its proof
    case charge_kind::not_offered: return made;
    case charge_kind::flat:
    case charge_kind::unit:
    case charge_kind::package:
    case charge_kind::graduated:
    case charge_kind::volume:
    case charge_kind::percentage: break;
  }
  const std::int64_t billed = billed_quantity(rate, most);
  const int128 denominator = rate.denominator;
  const int128 low = rate.low * denominator;
  const int128 high = rate.high * denominator;
  const int128 bounded = highest < high ? highest : high;
  if (!is_narrow(denominator) || !is_narrow(highest) || !is_narrow(low)) return made;
  if (bounded > top * denominator) return made;

  if (rate.kind == charge_kind::graduated || rate.kind == charge_kind::volume) {
    const auto tiers = narrowed_tiers(card, rate, billed);
    if (!tiers) return made;
    made.first_tier = static_cast<std::uint32_t>(card.narrow_tiers.size());
    card.narrow_tiers.insert(card.narrow_tiers.end(), tiers->begin(), tiers->end());
  }
  made.kind = rate.kind;
  made.ties_to_even = card.mode == rounding::half_even;
  made.other = rate.other;
  made.each = rate.each;
  made.fixed = static_cast<std::int64_t>(rate.fixed);
  made.round = {rate.denominator, bias_of(card.mode, rate.denominator),
                known_divisor::of(rate.denominator)};
  made.low = static_cast<std::int64_t>(low);
  if (is_narrow(high)) made.high = static_cast<std::int64_t>(high);
  made.step = rate.step;
  made.by_step = known_divisor::of(rate.step);
  made.minimum = rate.minimum;
  made.included = rate.included;
  made.package_size = rate.package_size;
  made.by_package = known_divisor::of(rate.package_size);
  made.direct = made.step == 1 && made.minimum == 0 && made.included == 0 && made.low == 0 &&
                made.high >= highest && !made.ties_to_even;
  return made;
}

}  // namespace tollgate::detail
