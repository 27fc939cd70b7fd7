// SPDX-License-Identifier: BSL-1.0
#pragma once
// Decimal text to a count of 10^-scale units and back, strictly and without locale.

#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate::detail {

enum class decimal_fault { none, malformed, too_precise, out_of_range };

template <class Int>
struct decimal_reading {
  decimal_fault fault{decimal_fault::none};
  Int units{};
};

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Whether the text is `[+-]?digits[.digits]` and nothing else.
[[nodiscard]] constexpr bool is_plain_decimal(std::string_view text) noexcept {
  std::size_t at = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const std::size_t whole = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at == whole) return false;
  if (at == text.size()) return true;
  if (text[at++] != '.') return false;
  const std::size_t decimals = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at == text.size() && at > decimals;
}

/// Reads a plain decimal as units of 10^-scale. Surplus decimals are accepted only when zero;
/// a form that is wrong is reported before one that is too precise, and that before the range.
template <class Int>
[[nodiscard]] constexpr decimal_reading<Int> read_decimal(std::string_view text, unsigned scale,
                                                          const Int& largest) {
  if (!is_plain_decimal(text)) return {decimal_fault::malformed, Int{}};
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  for (std::size_t i = scale; i < decimals.size(); ++i) {
    if (decimals[i] != '0') return {decimal_fault::too_precise, Int{}};
  }
  Int units{};
  for (std::size_t i = 0; i < whole.size() + scale; ++i) {
    const std::size_t decimal = i - whole.size();  // meaningful once the whole part is consumed
    const char c = i < whole.size()            ? whole[i]
                   : decimal < decimals.size() ? decimals[decimal]
                                               : '0';
    const Int digit(c - '0');
    if (units > static_cast<Int>((largest - digit) / Int(10))) {
      return {decimal_fault::out_of_range, Int{}};
    }
    units = static_cast<Int>(units * Int(10) + digit);
  }
  return {decimal_fault::none, negative ? static_cast<Int>(-units) : units};
}

/// Units of 10^-scale with exactly `scale` decimals; zero has no sign.
template <class Int>
[[nodiscard]] std::string write_decimal(Int units, unsigned scale) {
  const bool negative = units < Int(0);
  std::string reversed;
  for (unsigned written = 0; written <= scale || units != Int(0); ++written) {
    if (written == scale && scale != 0) reversed += '.';
    const int digit = static_cast<int>(static_cast<Int>(units % Int(10)));
    reversed += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    units = static_cast<Int>(units / Int(10));
  }
  if (negative) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

/// The characters of a number in C++ source without its digit separators; `malformed` where C++
/// would read something else than people do (010 is eight) or the number is endless.
template <class Int>
[[nodiscard]] consteval decimal_reading<Int> read_literal(const char* written, unsigned scale,
                                                          const Int& largest) {
  char text[64]{};
  std::size_t size = 0;
  for (; *written != '\0'; ++written) {
    if (*written == '\'') continue;
    if (size == sizeof text) return {decimal_fault::malformed, Int{}};
    text[size++] = *written;
  }
  if (size > 1 && text[0] == '0' && is_digit(text[1])) return {decimal_fault::malformed, Int{}};
  return read_decimal<Int>({text, size}, scale, largest);
}

}  // namespace tollgate::detail
