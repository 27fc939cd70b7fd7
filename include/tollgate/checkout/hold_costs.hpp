// SPDX-License-Identifier: BSL-1.0
#pragma once
// What each item of a quote holds: its own lines, and its share of what is charged over all items.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/pricing/allocate.hpp>
#include <tollgate/pricing/quote.hpp>
#include <tollgate/pricing/rate_card.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tollgate {

/// The credits to hold for each item of a variant; they sum to the variant's total. A line over all
/// items is split by what each uses of its measure, and evenly where nothing says how much that is.
/// Precondition: the variant is offered and there are items.
template <currency_type C>
[[nodiscard]] result<std::vector<credits>> hold_costs(const rate_card<C>& card,
                                                      const quote<C>& priced, variant_index v) {
  std::vector<credits> costs(priced.items.size());
  for (const auto& line : priced.lines_of(v)) {
    if (line.item != all_items) {
      costs[line.item] += to_credits(line.price);
      continue;
    }
    const auto& component = card.description().components[line.component];
    const auto measure = card.find_measure(component.measure);
    std::vector<std::uint64_t> weights;
    std::uint64_t sum = 0;
    weights.reserve(priced.items.size());
    for (const usage& item : priced.items) {
      const bool states = measure && item.states(*measure);
      const auto used = states ? item.quantities[measure->value].thousandths() : 0;
      weights.push_back(static_cast<std::uint64_t>(used));
      sum += weights.back();
    }
    if (sum == 0) weights.assign(weights.size(), 1);
    const auto parts = allocate(to_credits(line.price), weights);
    if (!parts) return refuse(parts.error());
    for (std::size_t i = 0; i < costs.size(); ++i) costs[i] += (*parts)[i];
  }
  return costs;
}

}  // namespace tollgate
