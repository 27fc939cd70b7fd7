// SPDX-License-Identifier: BSL-1.0
#pragma once
// A rate card as it is written down: plain tables, one row per line, before anything is checked.

#include <tollgate/core/rounding.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/pricing/charge.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate {

/// What a rate may depend on besides the variant. An item that says nothing has the first value.
struct dimension_description {
  std::string name{};
  std::vector<std::string> values{};
};

/// What happens to a quantity that is not among the listed ones.
enum class unlisted : std::uint8_t { warn, refuse };

/// Something of which an item says how much it uses, or a product of such measures.
struct measure_description {
  std::string name{};
  std::string unit{};  // a symbol; a price or quantity of another is refused
  stated_quantity maximum{quantity<any_unit>::whole(1'000'000)};  // more is refused
  std::vector<stated_quantity> listed{};                          // empty: any quantity
  unlisted otherwise{unlisted::warn};
  std::vector<std::string> product_of{};  // derived: measures listed before it, multiplied ...
  std::int64_t divided_by{1};             // ... then divided; rounded up to a thousandth
};

/// Whether every item is converted and charged alone, or the sum of all items once.
enum class charge_scope : std::uint8_t { each_item, whole_request };

/// One kind of cost of an item. Every offered variant has one line for each.
struct component_description {
  std::string name{};
  std::string measure{};  // empty: once, without a quantity
  charge_scope scope{charge_scope::each_item};
  bool optional{false};  // an item that does not state the measure has no such line
};

/// "this dimension has this value". The dimension `variant` always exists.
struct selector {
  std::string dimension{};
  std::string value{};
};

/// One row: where it applies and what it charges. The row with the most selectors wins.
template <currency_type C>
struct rate_description {
  std::string component{};
  std::vector<selector> where{};
  tollgate::charge<C> charge{};
};

/// A whole card. `build` checks it and makes it a `rate_card`.
template <currency_type C>
struct card_description {
  std::string name{};
  std::uint32_t version{1};
  timestamp effective_from{};     // inclusive
  timestamp effective_to{never};  // exclusive
  std::vector<std::string> variants{};
  std::vector<dimension_description> dimensions{};
  std::vector<measure_description> measures{};
  std::vector<component_description> components{};
  std::vector<rate_description<C>> rates{};
  rational<> multiplier{1};  // on every price of the card (credits per dollar), never on a share
  rounding mode{rounding::half_away};
};

}  // namespace tollgate
