// SPDX-License-Identifier: BSL-1.0
#pragma once
// What one item asks for, in numbers that every version of a rate card understands alike.

#include <tollgate/core/id.hpp>
#include <tollgate/core/quantity.hpp>

#include <array>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace tollgate {

/// Dimensions besides the variant, and measures, that a card may have.
inline constexpr std::size_t max_dimensions = 8;
inline constexpr std::size_t max_measures = 8;

/// Positions in the tables of a card, distinct so that they cannot be mistaken for one another.
struct variant_index {
  std::uint8_t value{};
  friend constexpr auto operator<=>(variant_index, variant_index) = default;
};
struct dimension_index {
  std::uint8_t value{};
  friend constexpr auto operator<=>(dimension_index, dimension_index) = default;
};
struct value_index {
  std::uint8_t value{};
  friend constexpr auto operator<=>(value_index, value_index) = default;
};
struct measure_index {
  std::uint8_t value{};
  friend constexpr auto operator<=>(measure_index, measure_index) = default;
};

/// A snapshot of one item to be priced: its values and quantities by position. Versions of a card
/// only append variants, values and measures, so a usage means the same under all of them.
struct usage {
  item_id item{};
  std::array<quantity<any_unit>, max_measures> quantities{};
  std::array<value_index, max_dimensions> values{};
  std::uint8_t measured{};  // one bit for each measure that was stated

  friend constexpr bool operator==(const usage&, const usage&) = default;

  /// States how much of a measure is used.
  constexpr usage& set(measure_index measure, quantity<any_unit> used) noexcept {
    assert(measure.value < max_measures);
    quantities[measure.value] = used;
    measured = static_cast<std::uint8_t>(measured | (1U << measure.value));
    return *this;
  }
  /// States the value of a dimension.
  constexpr usage& set(dimension_index dimension, value_index value) noexcept {
    assert(dimension.value < max_dimensions);
    values[dimension.value] = value;
    return *this;
  }
  [[nodiscard]] constexpr bool states(measure_index measure) const noexcept {
    return (measured >> measure.value & 1U) != 0;
  }
};

}  // namespace tollgate
