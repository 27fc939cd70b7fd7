// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whether items stay within a card, fast for all of them and in words for one of them.

#include <tollgate/core/result.hpp>
#include <tollgate/pricing/detail/pointer.hpp>
#include <tollgate/pricing/quote.hpp>
#include <tollgate/pricing/rate_card.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::detail {

[[nodiscard]] inline std::string item_place(std::size_t item, const std::string& name = {}) {
  std::string place = "/items/" + std::to_string(item);
  return name.empty() ? place : place + "/" + pointer_part(name);
}

/// Whether every item stays within the card: values it knows, quantities from zero to the
/// maximum. Without branches: what all items have together is compared once; `misfit` says what
/// was wrong.
[[nodiscard]] inline bool all_fit(const compiled_card& compiled,
                                  std::span<const usage> items) noexcept {
  std::uint64_t values = 0;  // bits that any item has
  unsigned any = 0;
  unsigned all = ~0U;
  std::size_t beyond = 0;
  const auto is_beyond = [&](const usage& item, std::size_t m) {
    const auto used = static_cast<std::uint64_t>(item.quantities[m].thousandths());
    return used > static_cast<std::uint64_t>(compiled.maxima[m]);  // below zero is beyond any
  };
  for (const usage& item : items) {
    values |= std::bit_cast<std::uint64_t>(item.values);
    any |= item.measured;
    all &= item.measured;
    beyond += is_beyond(item, 0);  // in the same pass, because most cards have one measure
  }
  bool bad = (values & compiled.foreign_values) != 0 || (compiled.needs & ~all) != 0 ||
             (any & ~unsigned{compiled.stated}) != 0;
  for (std::size_t d = 0; d < compiled.dimensions; ++d) {
    const auto size = compiled.sizes[d];
    for (const usage& item : items) bad |= item.values[d].value >= size;
  }
  for (std::size_t m = 1; m < compiled.measure_count; ++m) {
    for (const usage& item : items) beyond += is_beyond(item, m);
  }
  return !bad && beyond == 0;
}

/// The part of an item that does not fit.
template <currency_type C>
[[nodiscard]] std::optional<failure> misfit(const rate_card<C>& card, std::span<const usage> items,
                                            std::size_t index) {
  const compiled_card& compiled = card.compiled();
  const usage& item = items[index];
  const auto& d = card.description();
  const auto bad = [&](const std::string& name, const char* reason) {
    return make_failure(error::invalid_argument, item_place(index, name), reason);
  };
  for (std::size_t i = 0; i < max_dimensions; ++i) {
    const std::size_t known = i < d.dimensions.size() ? d.dimensions[i].values.size() : 1;
    if (item.values[i].value >= known) {
      return bad(i < d.dimensions.size() ? d.dimensions[i].name : std::to_string(i),
                 "a value that this version of the card does not have");
    }
  }
  for (std::size_t m = 0; m < max_measures; ++m) {
    const bool known = m < d.measures.size() && d.measures[m].product_of.empty();
    if (!known && !item.states({static_cast<std::uint8_t>(m)})) continue;
    if (m >= d.measures.size()) return bad(std::to_string(m), "not a measure of this version");
    if (!d.measures[m].product_of.empty()) return bad(d.measures[m].name, "is derived");
    if (item.quantities[m] < quantity<any_unit>{}) return bad(d.measures[m].name, "below zero");
    if (item.quantities[m] > d.measures[m].maximum) {
      return bad(d.measures[m].name, "beyond the maximum of the card");
    }
  }
  for (std::size_t c = 0; c < compiled.components.size(); ++c) {
    const auto& component = compiled.components[c];
    const unsigned missing = component.needs & ~static_cast<unsigned>(item.measured);
    if (component.optional || missing == 0) continue;
    std::size_t m = 0;
    while ((missing >> m & 1U) == 0) ++m;
    return bad(d.measures[m].name, "not stated");
  }
  return std::nullopt;
}

/// Notes the quantities of an item that are not listed; the measure whose card refuses them.
[[nodiscard]] inline std::optional<std::size_t> note_unlisted(
    const compiled_card& compiled, std::span<const usage> items, std::uint32_t index,
    std::vector<unlisted_quantity>& unlisted) {
  for (std::size_t m = 0; m < compiled.measures.size(); ++m) {
    const auto& measure = compiled.measures[m];
    const measure_index which{static_cast<std::uint8_t>(m)};
    if (measure.listed.empty() || !items[index].states(which)) continue;
    bool found = false;
    for (const auto one : measure.listed) {
      found |= one == items[index].quantities[m].thousandths();
    }
    if (found) continue;
    if (measure.refuse_unlisted) return m;
    unlisted.push_back({index, which});
  }
  return std::nullopt;
}

}  // namespace tollgate::detail
