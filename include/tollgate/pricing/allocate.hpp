// SPDX-License-Identifier: BSL-1.0
#pragma once
// Splits money by weights so that the parts always sum to the whole.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tollgate {

/// Largest remainder in exact integers; among equal remainders the earlier part gets the unit.
/// A negative total is split like its opposite. Errors: `invalid_argument` where the weights are
/// all zero or sum beyond 2^63.
template <class Currency, unsigned Scale>
[[nodiscard]] result<std::vector<amount<Currency, Scale>>> allocate(
    const amount<Currency, Scale>& total, std::span<const std::uint64_t> weights) {
  int128 sum = 0;
  for (const auto weight : weights) {
    sum += static_cast<int128>(weight);
    if (sum > std::numeric_limits<std::int64_t>::max()) {
      return refuse(error::invalid_argument, "/weights", "sum beyond 2^63");
    }
  }
  if (sum == 0) return refuse(error::invalid_argument, "/weights", "all zero");

  const bool negative = total.units() < 0;
  const int128 whole = negative ? -total.units() : total.units();
  std::vector<std::int64_t> units;
  std::vector<int128> remainders;
  int128 left = whole;
  for (const auto weight : weights) {
    const int128 share = whole * static_cast<int128>(weight);
    units.push_back(static_cast<std::int64_t>(share / sum));
    remainders.push_back(share % sum);
    left -= share / sum;
  }
  // Fewer units are left than there are parts with a remainder.
  for (; left > 0; --left) {
    std::size_t largest = 0;
    for (std::size_t i = 1; i < remainders.size(); ++i) {
      if (remainders[i] > remainders[largest]) largest = i;
    }
    ++units[largest];
    remainders[largest] = 0;
  }
  std::vector<amount<Currency, Scale>> parts;
  parts.reserve(units.size());
  for (const auto u : units) {
    parts.push_back(amount<Currency, Scale>::from_units(negative ? -u : u));
  }
  return parts;
}

}  // namespace tollgate
