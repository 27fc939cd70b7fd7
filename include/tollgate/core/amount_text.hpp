// SPDX-License-Identifier: BSL-1.0
#pragma once
// Amounts, quantities and fractions from a user's text, strictly.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/quantity.hpp>
#include <tollgate/core/rational.hpp>
#include <tollgate/core/result.hpp>

#include <string>
#include <string_view>

namespace tollgate {

namespace detail {

[[nodiscard]] inline failure refused_text(decimal_fault fault, std::string_view text,
                                          std::string_view field, unsigned scale) {
  std::string shown{"\""};
  for (const char c : text.substr(0, 40)) shown += c >= ' ' && c <= '~' && c != '"' ? c : '?';
  shown += text.size() > 40 ? "...\"" : "\"";
  switch (fault) {
    case decimal_fault::too_precise:
      return make_failure(error::too_precise, std::string{field},
                          shown + " has more than " + std::to_string(scale) + " decimals");
    case decimal_fault::out_of_range:
      return make_failure(error::overflow, std::string{field}, shown + " is out of range");
    case decimal_fault::none:
    case decimal_fault::malformed: break;
  }
  return make_failure(error::invalid_argument, std::string{field},
                      shown + " is not a plain decimal number");
}

}  // namespace detail

/// Reads `[+-]?digits[.digits]` and nothing else: no spaces, exponent, hexadecimal, NaN or locale.
/// Surplus decimals are accepted only when zero. Errors: `invalid_argument`, `too_precise`,
/// `overflow`, each with the field as its place.
template <amount_type Amount>
[[nodiscard]] result<Amount> parse_amount(std::string_view text, std::string_view field = {}) {
  const auto read = detail::read_decimal(text, Amount::scale, Amount::max().units());
  if (read.fault != detail::decimal_fault::none) {
    return refuse(detail::refused_text(read.fault, text, field, Amount::scale));
  }
  return Amount::from_units(read.units);
}

/// Reads a quantity of at most three decimals by the same grammar.
template <unit_type Unit>
[[nodiscard]] result<quantity<Unit>> parse_quantity(std::string_view text,
                                                    std::string_view field = {}) {
  const auto read = detail::read_decimal<std::int64_t>(text, 3, quantity<Unit>::largest);
  if (read.fault != detail::decimal_fault::none) {
    return refuse(detail::refused_text(read.fault, text, field, 3));
  }
  return quantity<Unit>::from_thousandths(read.units);
}

/// Reads a fraction: a plain decimal of at most 12 places ("1.5"), or two of them ("46/7").
[[nodiscard]] inline result<rational<>> parse_rational(std::string_view text,
                                                       std::string_view field = {}) {
  constexpr unsigned places = 12;
  constexpr std::int64_t largest = 999'999'999'999'999'999;
  const auto read = [&](std::string_view part) -> result<int128> {
    const auto number = detail::read_decimal<std::int64_t>(part, places, largest);
    if (number.fault != detail::decimal_fault::none) {
      return refuse(detail::refused_text(number.fault, part, field, places));
    }
    return number.units;
  };
  const std::size_t slash = text.find('/');
  const auto numerator = read(text.substr(0, slash));
  if (!numerator) return refuse(numerator.error());
  if (slash == std::string_view::npos) {
    return rational<>{*numerator, detail::power_of_ten<int128>(places)};
  }
  const auto denominator = read(text.substr(slash + 1));
  if (!denominator) return refuse(denominator.error());
  if (*denominator == 0) {
    return refuse(error::invalid_argument, std::string{field}, "the denominator is zero");
  }
  return rational<>{*numerator, *denominator};
}

}  // namespace tollgate
