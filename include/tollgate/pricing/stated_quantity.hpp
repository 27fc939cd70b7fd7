// SPDX-License-Identifier: BSL-1.0
#pragma once
// A quantity that still knows the unit it was written in, so that a card can refuse another one.

#include <tollgate/core/quantity.hpp>

#include <concepts>
#include <string_view>

namespace tollgate {

/// How much, and of what where the type said so: `4_s` is 4 of "s". A quantity without a unit
/// (`any_unit`, and all of a JSON file) counts whatever its measure counts.
struct stated_quantity : quantity<any_unit> {
  // Of a defaulted constructor g++ 12 loses the definition in a lambda that builds a whole card.
  constexpr stated_quantity(quantity<any_unit> count = {}) noexcept : quantity<any_unit>(count) {}
  template <unit_type Unit>
    requires(!std::same_as<Unit, any_unit>)
  constexpr stated_quantity(quantity<Unit> count) noexcept
      : quantity<any_unit>(count), symbol_(Unit::symbol) {}

  /// The number without its unit.
  [[nodiscard]] constexpr quantity<any_unit> count() const noexcept {
    return from_thousandths(thousandths());
  }
  /// Of the unit it was stated in; empty where it named none.
  [[nodiscard]] constexpr std::string_view symbol() const noexcept { return symbol_; }
  /// Whether it fits a measure in this unit: one of the two is silent, or they agree.
  [[nodiscard]] constexpr bool counts(std::string_view measured_in) const noexcept {
    return symbol_.empty() || measured_in.empty() || symbol_ == measured_in;
  }

 private:
  std::string_view symbol_{};  // of a type, hence for ever
};

}  // namespace tollgate
