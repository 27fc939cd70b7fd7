// SPDX-License-Identifier: BSL-1.0
#pragma once
// What one unit of something costs: an exact fraction, so 46/7 dollars per million tokens exists.

#include <tollgate/core/exact.hpp>
#include <tollgate/core/quantity.hpp>

#include <cassert>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

namespace detail {

/// What a price remembers of its unit besides the type: nothing ...
template <unit_type Unit>
struct unit_stated {
  [[nodiscard]] static constexpr std::string_view symbol() noexcept { return Unit::symbol; }
  friend constexpr bool operator==(unit_stated, unit_stated) = default;
};
/// ... and the symbol where the type is forgotten.
template <>
struct unit_stated<any_unit> {
  std::string_view text_{};
  [[nodiscard]] constexpr std::string_view symbol() const noexcept { return text_; }
  friend constexpr bool operator==(unit_stated, unit_stated) = default;
};

}  // namespace detail

/// numerator / denominator of money for every `per` of a unit. Kept as it was stated, because it
/// is printed; compare prices by `for_one`. Where the unit is forgotten its symbol is kept: by it
/// `build` refuses a price per second of a measure in minutes.
template <currency_type Currency, unit_type Unit = any_unit>
struct unit_price : detail::unit_stated<Unit> {
  static constexpr std::int64_t largest = 999'999'999'999'999'999;

  constexpr unit_price() noexcept = default;
  /// So much money for so much of the unit. Preconditions: the money's numerator and denominator
  /// have at most 18 digits, the quantity is positive.
  constexpr unit_price(const rational<>& money, quantity<Unit> per)
      : numerator_(static_cast<std::int64_t>(money.numerator())),
        denominator_(static_cast<std::int64_t>(money.denominator())),
        per_(per) {
    assert(fits(money) && per > quantity<Unit>{});
  }
  template <unit_type Other>
    requires(std::same_as<Unit, any_unit> && !std::same_as<Other, any_unit>)
  constexpr unit_price(const unit_price<Currency, Other>& other)
      : unit_price(other.money(), other.per()) {
    this->text_ = Other::symbol;
  }

  /// Whether a fraction can be the money of a price.
  [[nodiscard]] static constexpr bool fits(const rational<>& money) {
    return detail::magnitude(money.numerator()) <= largest && money.denominator() <= largest;
  }

  [[nodiscard]] constexpr rational<> money() const { return {numerator_, denominator_}; }
  [[nodiscard]] constexpr quantity<Unit> per() const noexcept { return per_; }
  /// The exact price of one unit.
  [[nodiscard]] constexpr exact<Currency> for_one() const {
    return exact<Currency>{rational<>{static_cast<int128>(numerator_) * 1'000,
                                      static_cast<int128>(denominator_) * per_.thousandths()}};
  }

  friend constexpr bool operator==(const unit_price&, const unit_price&) = default;

  /// Always exact: 63-bit factors cannot overflow the 128 bits in which they meet.
  friend constexpr exact<Currency> operator*(const unit_price& price, quantity<Unit> used) {
    return exact<Currency>{
        rational<>{static_cast<int128>(price.numerator_) * used.thousandths(),
                   static_cast<int128>(price.denominator_) * price.per_.thousandths()}};
  }
  friend constexpr exact<Currency> operator*(quantity<Unit> used, const unit_price& price) {
    return price * used;
  }

  std::int64_t numerator_{};  // public because a template argument has no private members
  std::int64_t denominator_{1};
  quantity<Unit> per_{quantity<Unit>::whole(1)};
};

/// `0.15_usd / 1_s` is a price. Precondition: the quantity is positive.
template <class Currency, unsigned Scale, class Unit>
[[nodiscard]] constexpr unit_price<Currency, Unit> operator/(
    const amount<Currency, Scale, std::int64_t>& money, quantity<Unit> per) {
  return {exact<Currency>{money}.value, per};
}

/// `exact<usd>{rational<>{46, 7}} / 1'000'000_tokens` is a price too.
template <class Currency, class Unit>
[[nodiscard]] constexpr unit_price<Currency, Unit> operator/(const exact<Currency>& money,
                                                             quantity<Unit> per) {
  return {money.value, per};
}

namespace detail {

/// A fraction for people: "0.15" where decimals end within twelve places, else "46/7".
[[nodiscard]] inline std::string write_fraction(const rational<>& value) {
  for (unsigned places = 0; places <= 12; ++places) {
    const auto scaled = round_units<std::int64_t>(value, places, rounding::down);
    if (!scaled) break;
    if (rational<>{*scaled, power_of_ten<int128>(places)} == value) {
      return write_decimal<int128>(*scaled, places);
    }
  }
  return write_decimal<int128>(value.numerator(), 0) + "/" +
         write_decimal<int128>(value.denominator(), 0);
}

/// A quantity for people: whole numbers without decimals.
[[nodiscard]] inline std::string write_short(quantity<any_unit> q) {
  return write_fraction(rational<>{q.thousandths(), 1'000});
}

}  // namespace detail

/// "0.15 USD/s", "46/7 USD/1000000 token"; the unit's symbol is given because a measure of a rate
/// card names it at run time.
template <class Currency, class Unit>
[[nodiscard]] std::string to_string(const unit_price<Currency, Unit>& price,
                                    std::string_view symbol = Unit::symbol) {
  std::string text = detail::write_fraction(price.money());
  text += " ";
  text += Currency::code;
  const bool each = price.per() == quantity<Unit>::whole(1);
  if (each && symbol.empty()) return text;
  text += "/";
  if (!each) {
    text += detail::write_short(quantity<any_unit>::from_thousandths(price.per().thousandths()));
    if (!symbol.empty()) text += " ";
  }
  text += symbol;
  return text;
}

}  // namespace tollgate
