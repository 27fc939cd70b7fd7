// SPDX-License-Identifier: BSL-1.0
#pragma once
// A checked, immutable, versioned table of prices.

#include <tollgate/core/result.hpp>
#include <tollgate/pricing/card_description.hpp>
#include <tollgate/pricing/detail/compiled.hpp>
#include <tollgate/pricing/detail/pointer.hpp>
#include <tollgate/pricing/usage.hpp>

#include <cassert>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

/// Something in a card that is legal and probably not meant.
struct card_warning {
  std::string place{};  // a JSON pointer into the description
  std::string reason{};
  friend bool operator==(const card_warning&, const card_warning&) = default;
};

template <currency_type C>
class rate_card;

/// Checks a description and makes it a card; a failure names the place in it.
template <currency_type C>
[[nodiscard]] result<rate_card<C>> build(card_description<C> description);

/// A rate card made by `build`. Immutable, hence safe to share between threads.
template <currency_type C>
class rate_card {
 public:
  using currency = C;

  [[nodiscard]] const std::string& name() const noexcept { return description_.name; }
  [[nodiscard]] std::uint32_t version() const noexcept { return description_.version; }
  [[nodiscard]] timestamp effective_from() const noexcept { return description_.effective_from; }
  [[nodiscard]] timestamp effective_to() const noexcept { return description_.effective_to; }
  [[nodiscard]] const card_description<C>& description() const noexcept { return description_; }
  [[nodiscard]] const std::vector<card_warning>& warnings() const noexcept { return warnings_; }
  [[nodiscard]] const std::vector<std::string>& variants() const noexcept {
    return description_.variants;
  }

  /// Positions of names, to be looked up once and not per item.
  [[nodiscard]] std::optional<variant_index> find_variant(std::string_view name) const noexcept {
    return find<variant_index>(description_.variants, [&](const auto& v) { return v == name; });
  }
  [[nodiscard]] std::optional<measure_index> find_measure(std::string_view name) const noexcept {
    return find<measure_index>(description_.measures,
                               [&](const auto& m) { return m.name == name; });
  }
  [[nodiscard]] std::optional<dimension_index> find_dimension(
      std::string_view name) const noexcept {
    return find<dimension_index>(description_.dimensions,
                                 [&](const auto& d) { return d.name == name; });
  }
  [[nodiscard]] std::optional<value_index> find_value(dimension_index dimension,
                                                      std::string_view value) const noexcept {
    if (dimension.value >= description_.dimensions.size()) return std::nullopt;
    return find<value_index>(description_.dimensions[dimension.value].values,
                             [&](const auto& v) { return v == value; });
  }

  /// Whether a quantity is one the card lists for a measure (any, where it lists none).
  [[nodiscard]] bool lists(measure_index measure, quantity<any_unit> used) const noexcept {
    assert(measure.value < description_.measures.size());
    const auto& listed = description_.measures[measure.value].listed;
    for (const auto one : listed) {
      if (one == used) return true;
    }
    return listed.empty();
  }

  /// For the headers of this folder: the card as integers.
  [[nodiscard]] const detail::compiled_card& compiled() const noexcept { return compiled_; }

 private:
  friend result<rate_card<C>> build<C>(card_description<C>);

  rate_card() = default;

  template <class Index, class List, class Match>
  [[nodiscard]] static std::optional<Index> find(const List& list, Match match) noexcept {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (match(list[i])) return Index{static_cast<std::uint8_t>(i)};
    }
    return std::nullopt;
  }

  card_description<C> description_{};
  detail::compiled_card compiled_{};
  std::vector<card_warning> warnings_{};
};

/// A usage from names. Errors: `invalid_argument`, its place the name ("/duration") that is
/// unknown or counts in another unit. `usage::set`, by position and for hot paths, knows no units.
template <currency_type C>
[[nodiscard]] result<usage> make_usage(
    const rate_card<C>& card, item_id item,
    std::initializer_list<std::pair<std::string_view, stated_quantity>> quantities,
    std::initializer_list<std::pair<std::string_view, std::string_view>> values = {}) {
  usage made{.item = item};
  const auto bad = [](std::string_view name, std::string reason) {
    return refuse(error::invalid_argument, member_place(detail::pointer_part(name)),
                  std::move(reason));
  };
  for (const auto& [name, used] : quantities) {
    const auto measure = card.find_measure(name);
    if (!measure) return bad(name, "no such measure");
    const std::string& unit = card.description().measures[measure->value].unit;
    if (!used.counts(unit)) {
      return bad(name, "a quantity in " + std::string{used.symbol()} + " of a measure in " + unit);
    }
    made.set(*measure, used.count());
  }
  for (const auto& [name, value] : values) {
    const auto dimension = card.find_dimension(name);
    if (!dimension) return bad(name, "no such dimension");
    const auto index = card.find_value(*dimension, value);
    if (!index) {
      return bad(name, "no value \"" + std::string{value} + "\"");
    }
    made.set(*dimension, *index);
  }
  return made;
}

/// Why a variant cannot be had that the card does not have; names those it has.
template <currency_type C>
[[nodiscard]] std::string no_such_variant(const rate_card<C>& card, std::string_view name) {
  std::string text = "no variant \"" + std::string{name} + "\" among ";
  std::string_view separator;
  for (const std::string& variant : card.variants()) {
    text.append(separator).append("\"").append(variant).append("\"");
    separator = ", ";
  }
  return text;
}

/// The price as credits, one to one: lines are rounded once, in the currency of their card, and a
/// card that charges more or fewer credits than dollars says so in its `multiplier`.
template <currency_type C>
[[nodiscard]] constexpr credits to_credits(const amount<C>& price) noexcept {
  return credits::from_units(price.units());
}

}  // namespace tollgate
