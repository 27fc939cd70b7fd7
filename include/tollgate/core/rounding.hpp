// SPDX-License-Identifier: BSL-1.0
#pragma once
// The ways to turn an exact value into whole units; a lossy step always names one.

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate {

/// `half_away` is what PostgreSQL NUMERIC and most billing systems do, and the default of a card.
enum class rounding : std::uint8_t {
  half_away,  // nearest; ties away from zero
  half_even,  // nearest; ties to the even neighbour
  half_down,  // nearest; ties towards zero
  up,         // away from zero
  down,       // towards zero
  floor,      // towards minus infinity
  ceiling,    // towards plus infinity
};

namespace detail {
inline constexpr std::array<std::string_view, 7> rounding_names{
    "half_away", "half_even", "half_down", "up", "down", "floor", "ceiling"};
static_assert(rounding_names.size() == static_cast<std::size_t>(rounding::ceiling) + 1);
}  // namespace detail

/// The name as it is written in rate cards.
[[nodiscard]] constexpr std::string_view to_string(rounding mode) noexcept {
  return detail::rounding_names[static_cast<std::size_t>(mode)];
}

/// The rounding of a name; anything else is nothing.
[[nodiscard]] constexpr std::optional<rounding> parse_rounding(std::string_view name) noexcept {
  for (std::size_t i = 0; i < detail::rounding_names.size(); ++i) {
    if (detail::rounding_names[i] == name) return static_cast<rounding>(i);
  }
  return std::nullopt;
}

/// A rounded quotient and what the rounding left: numerator = quotient * denominator + remainder.
template <class Int>
struct division {
  Int quotient{};
  Int remainder{};
};

/// Divides and rounds. Precondition: the denominator is positive. Never overflows: the halves
/// are compared without doubling the remainder.
template <class Int>
[[nodiscard]] constexpr division<Int> divide(const Int& numerator, const Int& denominator,
                                             rounding mode) {
  assert(denominator > Int(0));
  const Int quotient = static_cast<Int>(numerator / denominator);
  const Int remainder = static_cast<Int>(numerator % denominator);
  if (remainder == Int(0)) return {quotient, remainder};

  const bool negative = remainder < Int(0);
  const Int distance = negative ? static_cast<Int>(-remainder) : remainder;
  const Int rest = static_cast<Int>(denominator - distance);
  bool away = false;  // whether to take the neighbour further from zero
  switch (mode) {
    case rounding::half_away: away = !(distance < rest); break;
    case rounding::half_down: away = distance > rest; break;
    case rounding::half_even:
      away = distance > rest || (distance == rest && static_cast<Int>(quotient % Int(2)) != Int(0));
      break;
    case rounding::up: away = true; break;
    case rounding::down: break;
    case rounding::floor: away = negative; break;
    case rounding::ceiling: away = !negative; break;
  }
  if (!away) return {quotient, remainder};
  if (negative) return {static_cast<Int>(quotient - Int(1)), rest};
  return {static_cast<Int>(quotient + Int(1)), static_cast<Int>(-rest)};
}

}  // namespace tollgate
