// SPDX-License-Identifier: BSL-1.0
#pragma once
// Arithmetic on any signed integer that says whether the result fits instead of wrapping.

#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>

namespace tollgate::detail {

template <class Int>
[[nodiscard]] constexpr Int magnitude(const Int& value) {
  return value < Int(0) ? static_cast<Int>(-value) : value;
}

/// Writes a * b and answers true, or answers false when it does not fit.
template <class Int>
[[nodiscard]] constexpr bool multiply(const Int& a, const Int& b, Int& product) {
  if constexpr (!std::is_class_v<Int>) {
    Int made{};  // not product itself: it may be one of the operands, which g++ 12 reads again
    const bool fits = !__builtin_mul_overflow(a, b, &made);
    product = made;
    return fits;
  } else {
    if constexpr (std::numeric_limits<Int>::is_bounded) {
      const Int largest = std::numeric_limits<Int>::max();
      if (b != Int(0) && magnitude(a) > static_cast<Int>(largest / magnitude(b))) return false;
    }
    product = static_cast<Int>(a * b);
    return true;
  }
}

/// Writes a + b and answers true, or answers false when it does not fit.
template <class Int>
[[nodiscard]] constexpr bool add(const Int& a, const Int& b, Int& sum) {
  if constexpr (!std::is_class_v<Int>) {
    Int made{};  // not sum itself: it may be one of the operands, which g++ 12 reads again
    const bool fits = !__builtin_add_overflow(a, b, &made);
    sum = made;
    return fits;
  } else {
    if constexpr (std::numeric_limits<Int>::is_bounded) {
      const Int largest = std::numeric_limits<Int>::max();
      if ((a < Int(0)) == (b < Int(0)) && magnitude(a) > static_cast<Int>(largest - magnitude(b))) {
        return false;
      }
    }
    sum = static_cast<Int>(a + b);
    return true;
  }
}

/// The greatest common divisor of two magnitudes, in 64 bits as soon as both fit.
template <class Int>
[[nodiscard]] constexpr Int common_divisor(Int a, Int b) {
  const Int narrow(std::numeric_limits<std::int64_t>::max());
  while (b != Int(0)) {
    if (!(a > narrow) && !(b > narrow)) {
      return Int(std::gcd(static_cast<std::int64_t>(a), static_cast<std::int64_t>(b)));
    }
    Int rest = static_cast<Int>(a % b);
    a = static_cast<Int&&>(b);
    b = static_cast<Int&&>(rest);
  }
  return a;
}

}  // namespace tollgate::detail
