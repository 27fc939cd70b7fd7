// SPDX-License-Identifier: BSL-1.0
#pragma once
// What must hold of every part of a rate card taken by itself; each failure names the place.

#include <tollgate/core/result.hpp>
#include <tollgate/pricing/card_description.hpp>
#include <tollgate/pricing/usage.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace tollgate::detail {

[[nodiscard]] inline std::string at(std::string_view list, std::size_t index) {
  std::string place{"/"};  // not "/" + ..., which g++ 12 warns about (its bug 105651)
  place += list;
  return place + "/" + std::to_string(index);
}

[[nodiscard]] inline failure bad_card(std::string place, std::string reason) {
  return make_failure(error::invalid_argument, std::move(place), std::move(reason));
}

/// The position of a name in a list, or nothing.
template <class List, class Name>
[[nodiscard]] std::optional<std::size_t> position(const List& list, std::string_view wanted,
                                                  Name name) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (name(list[i]) == wanted) return i;
  }
  return std::nullopt;
}

inline constexpr auto own_name = [](const auto& named) -> const std::string& { return named.name; };
inline constexpr auto itself = [](const std::string& text) -> const std::string& { return text; };

/// Names are there, different, and not too many.
template <class List, class Name>
[[nodiscard]] std::optional<failure> check_names(const List& list, const std::string& place,
                                                 std::size_t most, Name name) {
  if (list.size() > most) return bad_card(place, "at most " + std::to_string(most));
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (name(list[i]).empty()) return bad_card(place + "/" + std::to_string(i), "an empty name");
    if (position(list, name(list[i]), name) != i) {
      return bad_card(place + "/" + std::to_string(i), "\"" + name(list[i]) + "\" is there twice");
    }
  }
  return std::nullopt;
}

/// `unit`: the symbol of the measure. Where measure or quantity leave it open, they agree.
[[nodiscard]] inline std::optional<failure> check_unit(const stated_quantity& q,
                                                       const std::string& place,
                                                       std::string_view unit) {
  if (q.counts(unit)) return std::nullopt;
  return bad_card(
      place, "a quantity in " + std::string{q.symbol()} + " of a measure in " + std::string{unit});
}

[[nodiscard]] inline std::optional<failure> check_measure(
    const std::vector<measure_description>& all, std::size_t index) {
  const auto& m = all[index];
  const auto place = at("measures", index);
  const quantity<any_unit> zero{};
  if (m.maximum <= zero) return bad_card(place + "/maximum", "not positive");
  if (auto bad = check_unit(m.maximum, place + "/maximum", m.unit)) return bad;
  for (std::size_t i = 0; i < m.listed.size(); ++i) {
    if (auto bad = check_unit(m.listed[i], place + "/listed/" + std::to_string(i), m.unit)) {
      return bad;
    }
    if (m.listed[i] <= zero || m.listed[i] > m.maximum) {
      return bad_card(place + "/listed/" + std::to_string(i), "not between zero and the maximum");
    }
  }
  if (m.divided_by <= 0 || m.divided_by > 1'000'000'000'000) {
    return bad_card(place + "/dividedBy", "not between 1 and 10^12");
  }
  int128 product = 1;
  for (std::size_t i = 0; i < m.product_of.size(); ++i) {
    const auto there = place + "/productOf/" + std::to_string(i);
    const auto factor = position(all, m.product_of[i], own_name);
    if (!factor || *factor >= index) return bad_card(there, "no measure of this name before it");
    if (!all[*factor].product_of.empty()) return bad_card(there, "is itself derived");
    if (!multiply<int128>(product, all[*factor].maximum.thousandths(), product) ||
        product > (static_cast<int128>(1) << 120)) {
      return make_failure(error::overflow, there, "the product of the maxima is too large");
    }
  }
  return std::nullopt;
}

/// `unit`: the symbol of the measure. Where measure or price leave it open, they agree.
template <class C>
[[nodiscard]] std::optional<failure> check_price(const unit_price<C>& price,
                                                 const std::string& place, std::string_view unit) {
  const std::string_view stated = price.symbol();
  if (!stated.empty() && !unit.empty() && stated != unit) {
    return bad_card(place,
                    "a price per " + std::string{stated} + " of a measure in " + std::string{unit});
  }
  if (price.money().is_negative()) return bad_card(place, "a price below zero");
  if (price.per() <= quantity<any_unit>{}) return bad_card(place, "a price of no quantity");
  return std::nullopt;
}

template <class C>
[[nodiscard]] std::optional<failure> check_tiers(const std::vector<tier<C>>& tiers,
                                                 const std::string& place, std::string_view unit) {
  if (tiers.empty()) return bad_card(place, "no tiers");
  if (tiers.size() > 1'000) return bad_card(place, "at most 1000");
  quantity<any_unit> from{};
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    const auto there = place + "/" + std::to_string(i);
    const bool last = i + 1 == tiers.size();
    if (!last && !tiers[i].up_to) return bad_card(there, "only the last tier has no end");
    if (last && tiers[i].up_to) return bad_card(there, "the last tier must have no end");
    if (tiers[i].up_to) {
      if (auto bad = check_unit(*tiers[i].up_to, there + "/upTo", unit)) return bad;
      if (*tiers[i].up_to <= from) return bad_card(there, "ends before it begins");
      from = tiers[i].up_to->count();
    }
    if (auto bad = check_price(tiers[i].each, there, unit)) return bad;
    if (tiers[i].once.value.is_negative()) return bad_card(there, "a price below zero");
  }
  return std::nullopt;
}

template <class C>
[[nodiscard]] std::optional<failure> check_model(const charge_model<C>& model,
                                                 const std::string& place, std::string_view unit) {
  return std::visit(
      [&](const auto& m) -> std::optional<failure> {
        using model_type = std::decay_t<decltype(m)>;
        if constexpr (std::is_same_v<model_type, flat_charge<C>>) {
          if (m.price.value.is_negative()) return bad_card(place, "a price below zero");
        } else if constexpr (std::is_same_v<model_type, unit_charge<C>> ||
                             std::is_same_v<model_type, package_charge<C>>) {
          return check_price(m.price, place, unit);
        } else if constexpr (std::is_same_v<model_type, graduated_charge<C>> ||
                             std::is_same_v<model_type, volume_charge<C>>) {
          return check_tiers(m.tiers, place + "/tiers", unit);
        } else if constexpr (std::is_same_v<model_type, percentage_charge>) {
          if (m.share.is_negative()) return bad_card(place, "a share below zero");
        } else {
          static_assert(std::is_same_v<model_type, not_offered>,
                        "a new charge model needs a case here");
        }
        return std::nullopt;
      },
      model);
}

template <class C>
[[nodiscard]] std::optional<failure> check_charge(const charge<C>& c, const std::string& place,
                                                  std::string_view unit) {
  const quantity<any_unit> zero{};
  if (c.step < zero) return bad_card(place + "/step", "below zero");
  if (c.minimum < zero) return bad_card(place + "/minimum", "below zero");
  if (c.included < zero) return bad_card(place + "/included", "below zero");
  if (auto bad = check_unit(c.step, place + "/step", unit)) return bad;
  if (auto bad = check_unit(c.minimum, place + "/minimum", unit)) return bad;
  if (auto bad = check_unit(c.included, place + "/included", unit)) return bad;
  if (auto bad = check_model(c.model, place + "/model", unit)) return bad;
  if (c.multiplier.is_negative()) return bad_card(place + "/multiplier", "below zero");
  if (c.discount.is_negative() || c.discount > rational<>{1}) {
    return bad_card(place + "/discount", "not between zero and one");
  }
  if (c.at_least && *c.at_least < amount<C>{}) return bad_card(place + "/atLeast", "below zero");
  if (c.at_most && *c.at_most < c.at_least.value_or(amount<C>{})) {
    return bad_card(place + "/atMost", "the maximum is below the minimum");
  }
  return std::nullopt;
}

}  // namespace tollgate::detail
