// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/rounding.hpp>

#include <tollgate/core/int128.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <array>
#include <cstdint>
#include <limits>

namespace {

using namespace tollgate;

constexpr std::int64_t quotient(std::int64_t n, std::int64_t d, rounding mode) {
  return divide(n, d, mode).quotient;
}

struct row {
  rounding mode;
  std::array<std::int64_t, 8> tenths;  // of -25 -16 -15 -14 14 15 16 25, divided by ten
};
constexpr std::array<std::int64_t, 8> inputs{-25, -16, -15, -14, 14, 15, 16, 25};
constexpr std::array<row, 7> table{{
    {rounding::half_away, {-3, -2, -2, -1, 1, 2, 2, 3}},
    {rounding::half_even, {-2, -2, -2, -1, 1, 2, 2, 2}},
    {rounding::half_down, {-2, -2, -1, -1, 1, 1, 2, 2}},
    {rounding::up, {-3, -2, -2, -2, 2, 2, 2, 3}},
    {rounding::down, {-2, -1, -1, -1, 1, 1, 1, 2}},
    {rounding::floor, {-3, -2, -2, -2, 1, 1, 1, 2}},
    {rounding::ceiling, {-2, -1, -1, -1, 2, 2, 2, 3}},
}};

constexpr bool table_holds() {
  for (const auto& [mode, expected] : table) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (quotient(inputs[i], 10, mode) != expected[i]) return false;
      if (quotient(30, 10, mode) != 3 || quotient(-30, 10, mode) != -3) return false;
    }
  }
  return true;
}
static_assert(table_holds());

// Odd denominators have no ties.
static_assert(quotient(1, 3, rounding::half_away) == 0);
static_assert(quotient(2, 3, rounding::half_away) == 1);

// The extremes do not overflow: no step doubles the remainder.
constexpr auto top = std::numeric_limits<std::int64_t>::max();
static_assert(quotient(top - 1, top, rounding::half_away) == 1);
static_assert(quotient(-(top - 1), top, rounding::half_away) == -1);
static_assert(quotient(top / 2, top, rounding::half_away) == 0);
static_assert(quotient(top / 2 + 1, top, rounding::half_away) == 1);

TEST_CASE("every rounding has a name that reads back") {
  for (const auto& r : table) REQUIRE(parse_rounding(to_string(r.mode)) == r.mode);
  REQUIRE(!parse_rounding("half_up"));
  REQUIRE(!parse_rounding(""));
}

TEST_CASE("quotient and remainder give the numerator back", "[property]") {
  test::check_law("n = q * d + r", [](std::int64_t n, std::uint32_t seed) {
    const auto d = static_cast<std::int64_t>(seed) + 1;
    for (const auto& r : table) {
      const auto [q, rest] = divide<int128>(n, d, r.mode);
      RC_ASSERT(q * d + rest == static_cast<int128>(n));
      RC_ASSERT((rest < 0 ? -rest : rest) < static_cast<int128>(d));
    }
  });
}

TEST_CASE("the nearest modes are never further than half a unit away", "[property]") {
  test::check_law("2 |r| <= d", [](std::int64_t n, std::uint16_t seed) {
    const auto d = static_cast<int128>(seed) + 1;
    for (const auto mode : {rounding::half_away, rounding::half_even, rounding::half_down}) {
      const auto rest = divide<int128>(n, d, mode).remainder;
      RC_ASSERT(2 * (rest < 0 ? -rest : rest) <= d);
    }
  });
}

TEST_CASE("floor and ceiling enclose every other rounding", "[property]") {
  test::check_law("enclosed", [](std::int64_t n, std::uint16_t seed) {
    const auto d = static_cast<std::int64_t>(seed) + 1;
    const auto low = quotient(n, d, rounding::floor);
    const auto high = quotient(n, d, rounding::ceiling);
    RC_ASSERT(high - low == (n % d == 0 ? 0 : 1));
    for (const auto& r : table) {
      const auto q = quotient(n, d, r.mode);
      RC_ASSERT(q >= low);
      RC_ASSERT(q <= high);
    }
  });
}

}  // namespace
