// SPDX-License-Identifier: BSL-1.0
#pragma once
// Which integers can carry an amount, how many decimal digits they keep, and what they multiply in.

#include <tollgate/core/int128.hpp>

#include <concepts>
#include <cstdint>

namespace tollgate {

/// Specialised for every integer that may carry an amount. `wide` holds the product of two
/// values of `digits` decimal digits; `digits` bounds an amount, never the binary limit.
template <class Rep>
struct representation;

/// 64 bits keep NUMERIC(12,4) and multiply in 128.
template <>
struct representation<std::int64_t> {
  using wide = int128;
  static constexpr unsigned digits = 12;
};

/// An integer with a `representation`: exact +, -, *, / and %, totally ordered.
template <class Rep>
concept amount_representation = std::regular<Rep> && requires(const Rep& a, const Rep& b) {
  typename representation<Rep>::wide;
  { representation<Rep>::digits } -> std::convertible_to<unsigned>;
  { a < b } -> std::convertible_to<bool>;
  static_cast<Rep>(a + b);
  static_cast<Rep>(a - b);
  static_cast<Rep>(a * b);
  static_cast<Rep>(a / b);
  static_cast<Rep>(a % b);
};

/// The integer in which intermediate results of a representation are exact.
template <amount_representation Rep>
using wide_t = typename representation<Rep>::wide;

namespace detail {

/// 10^n.
template <class Int>
[[nodiscard]] constexpr Int power_of_ten(unsigned n) {
  Int value(1);
  for (unsigned i = 0; i < n; ++i) value = static_cast<Int>(value * Int(10));
  return value;
}

/// The largest magnitude of an amount: every digit a nine.
template <amount_representation Rep>
[[nodiscard]] constexpr Rep largest_units() {
  if constexpr (requires { representation<Rep>::largest(); }) {
    return representation<Rep>::largest();
  } else {
    return static_cast<Rep>(power_of_ten<Rep>(representation<Rep>::digits) - Rep(1));
  }
}

}  // namespace detail
}  // namespace tollgate
