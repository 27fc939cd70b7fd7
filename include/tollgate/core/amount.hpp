// SPDX-License-Identifier: BSL-1.0
#pragma once
// Money: a checked count of 10^-Scale units of one currency.

#include <tollgate/core/currency.hpp>
#include <tollgate/core/detail/decimal.hpp>
#include <tollgate/core/error.hpp>
#include <tollgate/core/representation.hpp>

#include <tl/expected.hpp>

#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

namespace tollgate {

/// A count of 10^-Scale units, never beyond the digits of its representation (12 for 64 bits).
/// Operators take in-range results as a precondition; `checked_add` and `checked_sub` ask.
template <currency_type Currency, unsigned Scale = 4, amount_representation Rep = std::int64_t>
struct amount {
  using currency = Currency;
  using rep = Rep;
  using wide = wide_t<Rep>;
  static constexpr unsigned scale = Scale;
  static_assert(Scale <= representation<Rep>::digits, "an amount has more decimals than digits");

  constexpr amount() noexcept = default;

  /// An amount of so many units. Precondition: they are in range.
  [[nodiscard]] static constexpr amount from_units(Rep units) {
    assert(in_range(units));
    return amount{static_cast<Rep&&>(units)};
  }
  /// An amount of so many units, or `error::overflow`.
  [[nodiscard]] static constexpr tl::expected<amount, error> checked_from_units(const wide& units) {
    if (!in_range(units)) return tl::unexpected<error>{error::overflow};
    return amount{static_cast<Rep>(units)};
  }
  [[nodiscard]] static constexpr amount max() { return amount{detail::largest_units<Rep>()}; }
  [[nodiscard]] static constexpr amount min() { return -max(); }

  [[nodiscard]] constexpr const Rep& units() const noexcept { return units_; }

  friend constexpr bool operator==(const amount& a, const amount& b) {
    return a.units_ == b.units_;
  }
  friend constexpr std::strong_ordering operator<=>(const amount& a, const amount& b) {
    if (a.units_ < b.units_) return std::strong_ordering::less;
    if (b.units_ < a.units_) return std::strong_ordering::greater;
    return std::strong_ordering::equal;
  }
  friend constexpr amount operator-(const amount& a) { return amount{static_cast<Rep>(-a.units_)}; }
  friend constexpr amount operator+(const amount& a, const amount& b) {
    return from_units(static_cast<Rep>(a.units_ + b.units_));
  }
  friend constexpr amount operator-(const amount& a, const amount& b) {
    return from_units(static_cast<Rep>(a.units_ - b.units_));
  }
  constexpr amount& operator+=(const amount& other) { return *this = *this + other; }
  constexpr amount& operator-=(const amount& other) { return *this = *this - other; }

  Rep units_{};  // public because a template argument has no private members; use units()

 private:
  constexpr explicit amount(Rep units) : units_(static_cast<Rep&&>(units)) {}

  template <class Int>
  [[nodiscard]] static constexpr bool in_range(const Int& units) {
    const Int largest(detail::largest_units<Rep>());
    return !(units > largest) && !(units < static_cast<Int>(-largest));
  }
};

/// The money of accounts, holds and prices: four decimals, twelve digits, eight bytes.
using credits = amount<credit>;

namespace detail {
template <class T>
inline constexpr bool is_amount = false;
template <class Currency, unsigned Scale, class Rep>
inline constexpr bool is_amount<amount<Currency, Scale, Rep>> = true;
}  // namespace detail

/// Any `amount<...>`.
template <class T>
concept amount_type = detail::is_amount<T>;

/// Two amounts that must not meet: converting one into the other is a decision somebody takes.
template <class A, class B>
concept different_money = amount_type<A> && amount_type<B> && !std::is_same_v<A, B>;

// Deleted by name, because compilers print the names of the parameters of a deleted function.
template <class Amount, class AmountOfAnotherCurrencyOrScale>
  requires different_money<Amount, AmountOfAnotherCurrencyOrScale>
void operator+(const Amount&, const AmountOfAnotherCurrencyOrScale&) = delete;
template <class Amount, class AmountOfAnotherCurrencyOrScale>
  requires different_money<Amount, AmountOfAnotherCurrencyOrScale>
void operator-(const Amount&, const AmountOfAnotherCurrencyOrScale&) = delete;
template <class Amount, class AmountOfAnotherCurrencyOrScale>
  requires different_money<Amount, AmountOfAnotherCurrencyOrScale>
void operator+=(Amount&, const AmountOfAnotherCurrencyOrScale&) = delete;
template <class Amount, class AmountOfAnotherCurrencyOrScale>
  requires different_money<Amount, AmountOfAnotherCurrencyOrScale>
void operator-=(Amount&, const AmountOfAnotherCurrencyOrScale&) = delete;
template <class Amount, class AmountOfAnotherCurrencyOrScale>
  requires different_money<Amount, AmountOfAnotherCurrencyOrScale>
bool operator==(const Amount&, const AmountOfAnotherCurrencyOrScale&) = delete;
template <class Amount, class AmountOfAnotherCurrencyOrScale>
  requires different_money<Amount, AmountOfAnotherCurrencyOrScale>
std::strong_ordering operator<=>(const Amount&, const AmountOfAnotherCurrencyOrScale&) = delete;

/// The sum, or `error::overflow`.
template <class Currency, unsigned Scale, class Rep>
[[nodiscard]] constexpr tl::expected<amount<Currency, Scale, Rep>, error> checked_add(
    const amount<Currency, Scale, Rep>& a, const amount<Currency, Scale, Rep>& b) {
  using wide = wide_t<Rep>;
  return amount<Currency, Scale, Rep>::checked_from_units(
      static_cast<wide>(wide(a.units()) + wide(b.units())));
}

/// The difference, or `error::overflow`.
template <class Currency, unsigned Scale, class Rep>
[[nodiscard]] constexpr tl::expected<amount<Currency, Scale, Rep>, error> checked_sub(
    const amount<Currency, Scale, Rep>& a, const amount<Currency, Scale, Rep>& b) {
  return checked_add(a, -b);
}

/// The number with exactly Scale decimals; "-0" does not exist.
template <class Currency, unsigned Scale, class Rep>
[[nodiscard]] std::string to_string(const amount<Currency, Scale, Rep>& a) {
  return detail::write_decimal<Rep>(a.units(), Scale);
}

namespace detail {

// Not constexpr: reaching one ends the compilation, and the compiler names it.
inline void amount_literal_is_not_a_plain_decimal() {}
inline void amount_literal_has_too_many_decimals() {}
inline void amount_literal_is_out_of_range() {}

template <class Amount>
[[nodiscard]] consteval Amount amount_literal(const char* written) {
  const auto read = read_literal(written, Amount::scale, Amount::max().units());
  if (read.fault == decimal_fault::malformed) amount_literal_is_not_a_plain_decimal();
  if (read.fault == decimal_fault::too_precise) amount_literal_has_too_many_decimals();
  if (read.fault == decimal_fault::out_of_range) amount_literal_is_out_of_range();
  return Amount::from_units(read.units);
}

}  // namespace detail

/// `0.15_usd`, `1.5_cr`: too many decimals or an amount out of range does not compile.
inline namespace literals {
consteval amount<usd> operator""_usd(const char* written) {
  return detail::amount_literal<amount<usd>>(written);
}
consteval credits operator""_cr(const char* written) {
  return detail::amount_literal<credits>(written);
}
consteval credits operator""_credits(const char* written) {
  return detail::amount_literal<credits>(written);
}
}  // namespace literals

}  // namespace tollgate

template <class Currency, unsigned Scale, class Rep>
struct std::hash<tollgate::amount<Currency, Scale, Rep>> {
  std::size_t operator()(const tollgate::amount<Currency, Scale, Rep>& a) const {
    return std::hash<Rep>{}(a.units());
  }
};
