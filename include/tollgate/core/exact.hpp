// SPDX-License-Identifier: BSL-1.0
#pragma once
// Money before it is rounded, and the only function that rounds it.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/rational.hpp>
#include <tollgate/core/rounding.hpp>

namespace tollgate {

/// An exact value of a currency. It becomes money only through `round_to`.
template <currency_type Currency, amount_representation Rep = std::int64_t>
struct exact {
  rational<Rep> value{};

  constexpr exact() noexcept = default;
  constexpr explicit exact(const rational<Rep>& v) : value(v) {}
  /// Every amount is exact.
  template <unsigned Scale>
  constexpr exact(const amount<Currency, Scale, Rep>& a)
      : value(wide_t<Rep>(a.units()), detail::power_of_ten<wide_t<Rep>>(Scale)) {}

  friend constexpr bool operator==(const exact&, const exact&) = default;
  friend constexpr auto operator<=>(const exact&, const exact&) = default;
};

/// The product with a pure number, or `error::overflow`.
template <class Currency, class Rep>
[[nodiscard]] constexpr tl::expected<exact<Currency, Rep>, error> checked_mul(
    const exact<Currency, Rep>& a, const rational<Rep>& factor) {
  const auto product = checked_mul(a.value, factor);
  if (!product) return tl::unexpected<error>{product.error()};
  return exact<Currency, Rep>{*product};
}

/// The quotient by a pure number, `error::overflow`, or `error::invalid_argument` for zero.
template <class Currency, class Rep>
[[nodiscard]] constexpr tl::expected<exact<Currency, Rep>, error> checked_div(
    const exact<Currency, Rep>& a, const rational<Rep>& divisor) {
  const auto quotient = checked_div(a.value, divisor);
  if (!quotient) return tl::unexpected<error>{quotient.error()};
  return exact<Currency, Rep>{*quotient};
}

/// The sum, or `error::overflow`.
template <class Currency, class Rep>
[[nodiscard]] constexpr tl::expected<exact<Currency, Rep>, error> checked_add(
    const exact<Currency, Rep>& a, const exact<Currency, Rep>& b) {
  const auto sum = checked_add(a.value, b.value);
  if (!sum) return tl::unexpected<error>{sum.error()};
  return exact<Currency, Rep>{*sum};
}

/// The difference, or `error::overflow`.
template <class Currency, class Rep>
[[nodiscard]] constexpr tl::expected<exact<Currency, Rep>, error> checked_sub(
    const exact<Currency, Rep>& a, const exact<Currency, Rep>& b) {
  return checked_add(a, exact<Currency, Rep>{-b.value});
}

/// Rounds a pure number to units of 10^-scale, or answers `error::overflow`.
template <class Rep>
[[nodiscard]] constexpr tl::expected<wide_t<Rep>, error> round_units(const rational<Rep>& value,
                                                                     unsigned scale,
                                                                     rounding mode) {
  using wide = wide_t<Rep>;
  wide scaled{};
  if (!detail::multiply<wide>(value.numerator(), detail::power_of_ten<wide>(scale), scaled)) {
    return tl::unexpected<error>{error::overflow};
  }
  return divide<wide>(scaled, value.denominator(), mode).quotient;
}

/// The one lossy step: an amount of Scale decimals, or `error::overflow` when it is out of range.
template <unsigned Scale = 4, class Currency, class Rep>
[[nodiscard]] constexpr tl::expected<amount<Currency, Scale, Rep>, error> round_to(
    const exact<Currency, Rep>& value, rounding mode) {
  const auto units = round_units<Rep>(value.value, Scale, mode);
  if (!units) return tl::unexpected<error>{units.error()};
  return amount<Currency, Scale, Rep>::checked_from_units(*units);
}

}  // namespace tollgate
