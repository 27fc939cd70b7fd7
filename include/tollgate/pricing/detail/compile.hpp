// SPDX-License-Identifier: BSL-1.0
#pragma once
// From a charge as written to a charge as integers, proving that no quantity can overflow it.

#include <tollgate/core/quantity.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/pricing/card_description.hpp>
#include <tollgate/pricing/detail/compiled.hpp>
#include <tollgate/pricing/detail/narrowed.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace tollgate::detail {

/// The numbers of a charge: fractions first, integers over their common denominator afterwards.
struct coefficients {
  std::vector<rational<>> fractions{};
  std::vector<int128> integers{};
  std::int64_t denominator{1};
};

inline constexpr int128 coefficient_limit = static_cast<int128>(1) << 62;

/// Finds the least common denominator; false when a number would leave 62 bits.
[[nodiscard]] inline bool share_denominator(coefficients& c) {
  int128 shared = 1;
  for (const auto& f : c.fractions) {
    const int128 divisor = common_divisor<int128>(shared, f.denominator());
    if (!multiply<int128>(shared, f.denominator() / divisor, shared)) return false;
    if (shared > coefficient_limit) return false;
  }
  c.denominator = static_cast<std::int64_t>(shared);
  for (const auto& f : c.fractions) {
    int128 integer{};
    if (!multiply<int128>(f.numerator(), shared / f.denominator(), integer)) return false;
    if (integer > coefficient_limit) return false;
    c.integers.push_back(integer);
  }
  return true;
}

/// Compiles one charge.
template <currency_type C>
class charge_compiler {
 public:
  charge_compiler(const charge<C>& written, const rational<>& card_multiplier, std::string place,
                  compiled_card& card, std::vector<std::pair<std::string, std::string>>& warnings)
      : written_(written),
        card_multiplier_(card_multiplier),
        place_(std::move(place)),
        card_(card),
        warnings_(warnings) {}

  /// `most`: the largest raw quantity in thousandths. `other`: the component of a percentage.
  [[nodiscard]] result<compiled_rate> compile(std::int64_t most, std::uint16_t other) {
    compiled_rate rate;
    rate.step = written_.step.thousandths() > 0 ? written_.step.thousandths() : 1;
    rate.minimum = written_.minimum.thousandths();
    rate.included = written_.included.thousandths();
    rate.other = other;
    if (written_.at_least) rate.low = written_.at_least->units();
    if (written_.at_most) rate.high = written_.at_most->units();

    if (!collect(rate) || !share_denominator(numbers_)) {
      return refuse(error::overflow, place_, "the numbers of this charge have too many digits");
    }
    rate.denominator = numbers_.denominator;
    if (!fill(rate)) return refuse(too_much(most));

    const std::int64_t billed = billed_quantity(rate, most);
    if (billed > quantity<any_unit>::largest) {
      return refuse(error::overflow, place_, "a step beyond the largest quantity is billed");
    }
    int128 highest{};
    if (!highest_numerator(rate, billed, highest)) return refuse(too_much(most));
    constexpr int128 top = amount<C>::max().units();
    // Half a unit more could round up and out of range.
    if (rate.kind != charge_kind::percentage && rate.high > top &&
        highest > top * rate.denominator) {
      return refuse(too_much(most));
    }
    card_.narrow.push_back(narrowed(card_, rate, most, highest, amount<C>::max().units()));
    if (rate.kind == charge_kind::volume) warn_of_cheaper_more(rate);
    return rate;
  }

 private:
  [[nodiscard]] failure too_much(std::int64_t most) const {
    return make_failure(error::overflow, place_,
                        "the maximum quantity of the measure, " +
                            write_decimal<std::int64_t>(most, 3) +
                            ", could cost more than an amount can hold");
  }

  /// Adds a price in units of an amount, after multiplier and discount.
  [[nodiscard]] bool add_price(const rational<>& money, const rational<>& card_multiplier,
                               int128 units) {
    const auto keep = checked_sub(rational<>{1}, written_.discount);
    if (!keep) return false;
    tl::expected<rational<>, error> price = money;
    for (const rational<>& factor :
         {written_.multiplier, *keep, card_multiplier, rational<>{units}}) {
      if (price) price = checked_mul(*price, factor);
    }
    if (!price) return false;
    numbers_.fractions.push_back(*price);
    return true;
  }
  [[nodiscard]] bool add_money(const rational<>& money) {
    return add_price(money, card_multiplier_, power_of_ten<int128>(amount<C>::scale));
  }
  [[nodiscard]] bool add_each(const unit_price<C>& price) {
    const auto thousandth = checked_mul(price.for_one().value, rational<>{1, 1'000});
    return thousandth && add_money(*thousandth);
  }
  [[nodiscard]] bool add_tiers(const std::vector<tier<C>>& tiers) {
    for (const auto& t : tiers) {
      if (!add_each(t.each) || !add_money(t.once.value)) return false;
    }
    return true;
  }

  /// Names the kind and lists the fractions of the model.
  [[nodiscard]] bool collect(compiled_rate& rate) {
    return std::visit(
        [&](const auto& model) {
          using model_type = std::decay_t<decltype(model)>;
          if constexpr (std::is_same_v<model_type, flat_charge<C>>) {
            rate.kind = charge_kind::flat;
            return add_money(model.price.value);
          } else if constexpr (std::is_same_v<model_type, unit_charge<C>>) {
            rate.kind = charge_kind::unit;
            return add_each(model.price);
          } else if constexpr (std::is_same_v<model_type, package_charge<C>>) {
            rate.kind = charge_kind::package;
            rate.package_size = model.price.per().thousandths();
            return add_money(model.price.money());
          } else if constexpr (std::is_same_v<model_type, graduated_charge<C>>) {
            rate.kind = charge_kind::graduated;
            return add_tiers(model.tiers);
          } else if constexpr (std::is_same_v<model_type, volume_charge<C>>) {
            rate.kind = charge_kind::volume;
            return add_tiers(model.tiers);
          } else if constexpr (std::is_same_v<model_type, percentage_charge>) {
            rate.kind = charge_kind::percentage;
            return add_price(model.share, rational<>{1}, 1);
          } else {
            static_assert(std::is_same_v<model_type, not_offered>,
                          "a new charge model needs a case here");
            rate.kind = charge_kind::not_offered;
            return true;
          }
        },
        written_.model);
  }

  /// Puts the integers where rating finds them; false when a tier cannot be reached safely.
  [[nodiscard]] bool fill(compiled_rate& rate) {
    switch (rate.kind) {
      case charge_kind::not_offered: return true;
      case charge_kind::flat: rate.fixed = numbers_.integers[0]; return true;
      case charge_kind::unit:
      case charge_kind::package:
      case charge_kind::percentage:
        rate.each = static_cast<std::int64_t>(numbers_.integers[0]);
        return true;
      case charge_kind::graduated:
      case charge_kind::volume: break;
    }
    const bool graduated = rate.kind == charge_kind::graduated;
    const auto& tiers = graduated ? std::get<graduated_charge<C>>(written_.model).tiers
                                  : std::get<volume_charge<C>>(written_.model).tiers;
    rate.first_tier = static_cast<std::uint32_t>(card_.tiers.size());
    std::int64_t from = 0;
    int128 before = 0;
    for (std::size_t i = 0; i < tiers.size(); ++i) {
      compiled_tier t;
      t.from = from;
      t.up_to =
          tiers[i].up_to ? tiers[i].up_to->thousandths() : std::numeric_limits<std::int64_t>::max();
      t.each = static_cast<std::int64_t>(numbers_.integers[2 * i]);
      t.before = numbers_.integers[2 * i + 1];
      if (graduated) {
        if (!add<int128>(before, t.before, before)) return false;
        t.before = before;
        if (tiers[i].up_to) before += static_cast<int128>(t.each) * (t.up_to - t.from);
      }
      from = t.up_to;
      card_.tiers.push_back(t);
    }
    rate.end_tier = static_cast<std::uint32_t>(card_.tiers.size());
    return true;
  }

  /// The largest numerator any billed quantity can have; false when 126 bits do not hold it.
  [[nodiscard]] bool highest_numerator(const compiled_rate& rate, std::int64_t billed,
                                       int128& highest) const {
    constexpr int128 limit = static_cast<int128>(1) << 126;
    highest = rate.kind == charge_kind::volume
                  ? 0
                  : price_numerator(card_, rate, billed, amount<C>::max().units());
    if (rate.kind != charge_kind::volume) return highest <= limit;
    for (auto i = rate.first_tier; i < rate.end_tier; ++i) {
      const auto& t = card_.tiers[i];
      if (t.from >= billed) break;
      const auto most = t.up_to < billed ? t.up_to : billed;
      const int128 price = t.before + static_cast<int128>(t.each) * most;
      if (price > highest) highest = price;
    }
    return highest <= limit;
  }

  void warn_of_cheaper_more(const compiled_rate& rate) {
    for (auto i = rate.first_tier; i + 1 < rate.end_tier; ++i) {
      const auto at = card_.tiers[i].up_to;
      const auto here = price_numerator(card_, rate, at, 0);
      const auto above = price_numerator(card_, rate, at + rate.step, 0);
      if (above < here) {
        warnings_.emplace_back(place_ + "/model/tiers/" + std::to_string(i + 1 - rate.first_tier),
                               "a quantity of " + write_decimal<std::int64_t>(at + rate.step, 3) +
                                   " costs less than one of " + write_decimal<std::int64_t>(at, 3));
      }
    }
  }

  const charge<C>& written_;
  const rational<>& card_multiplier_;
  std::string place_;
  compiled_card& card_;
  std::vector<std::pair<std::string, std::string>>& warnings_;
  coefficients numbers_{};
};

}  // namespace tollgate::detail
