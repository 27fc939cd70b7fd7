// SPDX-License-Identifier: BSL-1.0
#pragma once
// What every variant would cost, line by line: the answer of `rate`.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/quantity.hpp>
#include <tollgate/pricing/usage.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tollgate {

/// The `item` of a line that charges the sum of all items.
inline constexpr std::uint32_t all_items = std::numeric_limits<std::uint32_t>::max();

/// One price: an item, a component, a variant. Names are positions in the card of the quote.
template <currency_type C>
struct quote_line {
  std::uint32_t item{};         // position in the quote's items, or `all_items`
  std::uint16_t component{};    // position in the card's components
  std::uint16_t rate{};         // position in the card's rates
  quantity<any_unit> raw{};     // as stated or derived
  quantity<any_unit> billed{};  // after step, minimum and included
  amount<C> price{};            // rounded once, here
  std::int64_t residue{};       // what the rounding left; `residue_of` gives it exactly

  friend bool operator==(const quote_line&, const quote_line&) = default;
};

/// The sum of a variant's lines; nothing above a line rounds.
template <currency_type C>
struct variant_total {
  bool offered{};  // false: some item cannot be had in this variant
  std::uint32_t first_line{};
  std::uint32_t line_count{};
  amount<C> total{};

  friend bool operator==(const variant_total&, const variant_total&) = default;
};

/// A quantity that the card does not list; priced nevertheless.
struct unlisted_quantity {
  std::uint32_t item{};
  measure_index measure{};
  friend bool operator==(const unlisted_quantity&, const unlisted_quantity&) = default;
};

/// Snapshots of the items and the lines of every variant, variant after variant. A plain value.
template <currency_type C>
struct quote {
  std::uint32_t card_version{};
  std::vector<usage> items{};
  std::vector<quote_line<C>> lines{};
  std::vector<variant_total<C>> variants{};  // by position in the card's variants
  std::vector<unlisted_quantity> unlisted{};

  friend bool operator==(const quote&, const quote&) = default;

  [[nodiscard]] bool offers(variant_index v) const noexcept {
    return v.value < variants.size() && variants[v.value].offered;
  }
  /// Precondition: the variant is offered.
  [[nodiscard]] amount<C> total(variant_index v) const noexcept {
    assert(offers(v));
    return variants[v.value].total;
  }
  /// The lines of a variant, items in order; none where it is not offered.
  [[nodiscard]] std::span<const quote_line<C>> lines_of(variant_index v) const noexcept {
    if (!offers(v)) return {};
    return std::span{lines}.subspan(variants[v.value].first_line, variants[v.value].line_count);
  }
  /// What one item costs in a variant, all its lines together.
  [[nodiscard]] amount<C> item_total(variant_index v, std::size_t item) const noexcept {
    amount<C> sum{};
    for (const auto& line : lines_of(v)) {
      if (line.item == item) sum += line.price;
    }
    return sum;
  }
};

}  // namespace tollgate
