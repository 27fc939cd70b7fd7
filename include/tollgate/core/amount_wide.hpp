// SPDX-License-Identifier: BSL-1.0
#pragma once
// Wider money from Boost.Multiprecision: 36 digits, or as many as you like. Costs seconds to
// compile, hence on its own; nothing in tollgate includes it.

#include <tollgate/core/amount.hpp>

#include <boost/multiprecision/cpp_int.hpp>

namespace tollgate {

using boost::multiprecision::checked_cpp_int;
using boost::multiprecision::checked_int128_t;

/// 36 decimal digits in 128 bits, multiplied in 256.
template <>
struct representation<checked_int128_t> {
  using wide = boost::multiprecision::number<
      boost::multiprecision::cpp_int_backend<256, 256, boost::multiprecision::signed_magnitude,
                                             boost::multiprecision::checked, void>,
      boost::multiprecision::et_off>;
  static constexpr unsigned digits = 36;
};

/// Unbounded arithmetic; amounts of up to 1,000 digits. Slow and independent: the oracle.
template <>
struct representation<checked_cpp_int> {
  using wide = checked_cpp_int;
  static constexpr unsigned digits = 1'000;

  /// Computed once, because a thousand digits are not free.
  [[nodiscard]] static const checked_cpp_int& largest() {
    static const checked_cpp_int value =
        boost::multiprecision::pow(checked_cpp_int(10), digits) - 1;
    return value;
  }
};

/// An amount of 36 digits for wide ledgers.
template <currency_type Currency, unsigned Scale = 4>
using wide_amount = amount<Currency, Scale, checked_int128_t>;

}  // namespace tollgate
