// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/exact.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <cstdint>
#include <type_traits>

namespace {

using namespace tollgate;

constexpr exact<usd> fraction(std::int64_t n, std::int64_t d) {
  return exact<usd>{rational<>{n, d}};
}

// Known answers.
static_assert(*round_to<4>(fraction(25, 100'000), rounding::half_away) == 0.0003_usd);
static_assert(*round_to<4>(fraction(-25, 100'000), rounding::half_away) == -0.0003_usd);
static_assert(*round_to<4>(fraction(25, 100'000), rounding::half_even) == 0.0002_usd);
static_assert(*checked_div(rational<>{12, 10}, rational<>{15, 100}) == rational<>{8});
static_assert(*checked_div(rational<>{69'000}, rational<>{184}) == rational<>{375});
static_assert(*checked_div(rational<>{158'946, 1'000}, rational<>{59, 1'000}) == rational<>{2'694});

constexpr bool tax_is_added() {
  using cents = amount<usd, 2>;
  const auto net = cents::from_units(14'29);
  const auto tax =
      *round_to<2>(*checked_mul(exact<usd>{net}, rational<>{24, 100}), rounding::half_away);
  return tax == cents::from_units(3'43) && net + tax == cents::from_units(17'72);
}
static_assert(tax_is_added());

// Lowest terms, one form per value.
static_assert(rational<>{2, 4} == rational<>{-1, -2});
static_assert(rational<>{0, -5} == rational<>{});
static_assert(rational<>{46, 7} < rational<>{6'571'429, 1'000'000});
static_assert(rational<>{-1, 3} > rational<>{-34, 100});
static_assert(rational<>{-1, 3} < rational<>{1, 1'000'000});
static_assert(rational<>{7, 2} > rational<>{3});

// An amount is exact; an exact value is not an amount.
static_assert(std::is_convertible_v<amount<usd>, exact<usd>>);
static_assert(!std::is_convertible_v<exact<usd>, amount<usd>>);
static_assert(!std::is_constructible_v<amount<usd>, exact<usd>>);
static_assert(!std::is_constructible_v<exact<usd>, credits>);

TEST_CASE("a rounded value beyond the range of an amount is an overflow") {
  REQUIRE(!round_to<4>(fraction(100'000'000, 1), rounding::down));
  REQUIRE(*round_to<4>(fraction(999'999'999'999'4, 100'000), rounding::half_away) ==
          amount<usd>::max());
  REQUIRE(round_to<4>(fraction(999'999'999'999'5, 100'000), rounding::half_away).error() ==
          error::overflow);
}

TEST_CASE("a division by zero is an invalid argument") {
  REQUIRE(checked_div(rational<>{1}, rational<>{0}).error() == error::invalid_argument);
}

TEST_CASE("a product that does not fit 128 bits is an overflow") {
  const rational<> big{static_cast<int128>(1) << 100};
  REQUIRE(checked_mul(big, big).error() == error::overflow);
  REQUIRE(checked_add(rational<>{1, static_cast<int128>(1) << 100},
                      rational<>{1, (static_cast<int128>(1) << 100) - 1})
              .error() == error::overflow);
}

TEST_CASE("a product is reduced before it can overflow") {
  const auto big = static_cast<int128>(1) << 100;
  REQUIRE(*checked_mul(rational<>{big, 3}, rational<>{3, big}) == rational<>{1});
}

TEST_CASE("fractions are a field", "[property]") {
  const auto make = [](std::int32_t n, std::uint16_t d) { return rational<>{n, d + 1}; };
  test::check_law("a + b - b = a",
                  [&](std::int32_t a, std::uint16_t b, std::int32_t c, std::uint16_t d) {
                    const auto x = make(a, b), y = make(c, d);
                    return *checked_sub(*checked_add(x, y), y) == x;
                  });
  test::check_law("a * b / b = a",
                  [&](std::int32_t a, std::uint16_t b, std::int32_t c, std::uint16_t d) {
                    const auto x = make(a, b), y = make(c, d);
                    return c == 0 || *checked_div(*checked_mul(x, y), y) == x;
                  });
  test::check_law("order agrees with the sign of the difference",
                  [&](std::int32_t a, std::uint16_t b, std::int32_t c, std::uint16_t d) {
                    const auto x = make(a, b), y = make(c, d);
                    return (x < y) == checked_sub(x, y)->is_negative();
                  });
}

TEST_CASE("rounding an amount to its own scale changes nothing", "[property]") {
  test::check_law("idempotent", [](std::int64_t n) {
    const auto a = amount<usd>::from_units(n % 1'000'000'000'000);
    for (const auto mode : {rounding::half_away, rounding::half_even, rounding::half_down,
                            rounding::up, rounding::down, rounding::floor, rounding::ceiling}) {
      RC_ASSERT(*round_to<4>(exact<usd>{a}, mode) == a);
    }
  });
}

}  // namespace
