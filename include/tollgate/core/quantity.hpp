// SPDX-License-Identifier: BSL-1.0
#pragma once
// How much of something is used: a count of thousandths of a unit.

#include <tollgate/core/detail/decimal.hpp>
#include <tollgate/core/error.hpp>
#include <tollgate/core/fixed_string.hpp>
#include <tollgate/core/representation.hpp>
#include <tollgate/core/timestamp.hpp>

#include <tl/expected.hpp>

#include <cassert>
#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

/// What a quantity counts, by its symbol.
template <fixed_string Symbol>
struct unit_of {
  static constexpr std::string_view symbol{Symbol.view()};
};

/// A type that names a unit.
template <class U>
concept unit_type = requires {
  { U::symbol } -> std::convertible_to<std::string_view>;
};

/// Units that prices are often quoted in; `unit_of<"...">` names any other.
namespace units {
using second = unit_of<"s">;
using image = unit_of<"image">;
using token = unit_of<"token">;
using character = unit_of<"character">;
using megapixel = unit_of<"megapixel">;
}  // namespace units

/// The unit is known at run time only: the measure of a rate card names it.
using any_unit = unit_of<"">;

/// Thousandths of a unit: milliseconds, milli-images. At most 15 decimal digits, which leaves
/// room for every price to multiply it exactly.
template <unit_type Unit>
struct quantity {
  using unit = Unit;
  static constexpr std::int64_t largest = 999'999'999'999'999;

  constexpr quantity() noexcept = default;
  /// The unit may be forgotten, never invented.
  template <unit_type Other>
    requires(std::same_as<Unit, any_unit> && !std::same_as<Other, any_unit>)
  constexpr quantity(quantity<Other> other) noexcept : thousandths_(other.thousandths()) {}

  /// Precondition: in range.
  [[nodiscard]] static constexpr quantity from_thousandths(std::int64_t n) noexcept {
    assert(n <= largest && n >= -largest);
    return quantity{n};
  }
  [[nodiscard]] static constexpr tl::expected<quantity, error> checked_from_thousandths(int128 n) {
    if (n > largest || n < -largest) return tl::unexpected<error>{error::overflow};
    return quantity{static_cast<std::int64_t>(n)};
  }
  /// A whole number of units. Precondition: in range.
  [[nodiscard]] static constexpr quantity whole(std::int64_t n) noexcept {
    assert(n <= largest / 1'000 && n >= -largest / 1'000);
    return quantity{n * 1'000};
  }
  [[nodiscard]] static constexpr quantity max() noexcept { return quantity{largest}; }

  [[nodiscard]] constexpr std::int64_t thousandths() const noexcept { return thousandths_; }

  friend constexpr auto operator<=>(const quantity&, const quantity&) = default;
  friend constexpr quantity operator+(quantity a, quantity b) noexcept {
    return from_thousandths(a.thousandths_ + b.thousandths_);
  }
  friend constexpr quantity operator-(quantity a, quantity b) noexcept {
    return from_thousandths(a.thousandths_ - b.thousandths_);
  }

  std::int64_t thousandths_{};  // public because a template argument has no private members

 private:
  constexpr explicit quantity(std::int64_t n) noexcept : thousandths_(n) {}
};

/// The number with exactly three decimals, without its unit.
template <class Unit>
[[nodiscard]] std::string to_string(quantity<Unit> q) {
  return detail::write_decimal<std::int64_t>(q.thousandths(), 3);
}

/// A duration in seconds, or `error::too_precise` when it is not whole milliseconds.
[[nodiscard]] constexpr tl::expected<quantity<units::second>, error> in_seconds(duration d) {
  if (d.microseconds % 1'000 != 0) return tl::unexpected<error>{error::too_precise};
  return quantity<units::second>::checked_from_thousandths(d.microseconds / 1'000);
}

/// The duration of so many seconds.
[[nodiscard]] constexpr duration to_duration(quantity<units::second> q) noexcept {
  return milliseconds(q.thousandths());
}

namespace detail {

// Not constexpr: reaching it ends the compilation, and the compiler names it.
inline void quantity_literal_is_not_a_decimal_of_three_places() {}

template <class Unit>
[[nodiscard]] consteval quantity<Unit> quantity_literal(const char* written) {
  const auto read = read_literal<std::int64_t>(written, 3, quantity<Unit>::largest);
  if (read.fault != decimal_fault::none) quantity_literal_is_not_a_decimal_of_three_places();
  return quantity<Unit>::from_thousandths(read.units);
}

}  // namespace detail

inline namespace literals {
consteval quantity<units::second> operator""_s(const char* written) {
  return detail::quantity_literal<units::second>(written);
}
consteval quantity<units::image> operator""_images(const char* written) {
  return detail::quantity_literal<units::image>(written);
}
consteval quantity<units::token> operator""_tokens(const char* written) {
  return detail::quantity_literal<units::token>(written);
}
consteval quantity<units::character> operator""_characters(const char* written) {
  return detail::quantity_literal<units::character>(written);
}
consteval quantity<units::megapixel> operator""_megapixels(const char* written) {
  return detail::quantity_literal<units::megapixel>(written);
}
}  // namespace literals

}  // namespace tollgate
