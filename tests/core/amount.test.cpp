// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/amount.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <limits>
#include <string>
#include <type_traits>
#include <unordered_set>

namespace {

using namespace tollgate;
using dollars = amount<usd>;

// What the type promises.
static_assert(sizeof(credits) == 8);
static_assert(std::is_trivially_copyable_v<credits>);
static_assert(std::is_nothrow_default_constructible_v<credits>);
static_assert(std::is_same_v<credits, amount<currency<"CREDIT">, 4, std::int64_t>>);
static_assert(credits{} == 0_cr);
static_assert(!std::is_constructible_v<credits, std::int64_t>);
static_assert(!std::is_convertible_v<std::int64_t, credits>);
static_assert(!std::is_convertible_v<credits, dollars>);
static_assert(!std::is_constructible_v<dollars, credits>);

template <credits Price>
struct priced {};
static_assert(std::is_same_v<priced<1.5_cr>, priced<1.5000_credits>>);
static_assert(!std::is_same_v<priced<1.5_cr>, priced<1.5001_cr>>);

// Literals.
static_assert((0.15_usd).units() == 1'500);
static_assert((12_usd).units() == 120'000);
static_assert((1'000.5_cr).units() == 10'005'000);
static_assert((0.10000000_usd).units() == 1'000);

// Order and signs.
static_assert(-0.15_usd < 0_usd && 0_usd < 0.0001_usd);
static_assert(-(-0.15_usd) == 0.15_usd);
static_assert(0.1_usd + 0.2_usd == 0.3_usd);
static_assert(0.1_usd - 0.3_usd == -0.2_usd);

// The range is twelve decimal digits, both ways.
static_assert(credits::max().units() == 999'999'999'999);
static_assert(credits::min() == -credits::max());
static_assert(!checked_add(credits::max(), 0.0001_cr));
static_assert(!checked_sub(credits::min(), 0.0001_cr));
static_assert(*checked_add(credits::max(), credits::min()) == 0_cr);
static_assert(!credits::checked_from_units(1'000'000'000'000));
static_assert(*credits::checked_from_units(-999'999'999'999) == credits::min());

template <class A, class B>
concept mixes = requires(A a, B b) { a + b; } || requires(A a, B b) { a - b; } ||
                requires(A a, B b) { a == b; } || requires(A a, B b) { a < b; } ||
                requires(A a, B b) { a += b; } || requires(A a, B b) { a -= b; };
static_assert(mixes<credits, credits>);
static_assert(!mixes<credits, dollars>);
static_assert(!mixes<dollars, amount<usd, 2>>);
static_assert(!mixes<credits, int>);

TEST_CASE("a sum beyond twelve digits is an overflow, not a wrapped number") {
  const auto sum = checked_add(credits::max(), credits::max());
  REQUIRE(!sum);
  REQUIRE(sum.error() == error::overflow);
}

TEST_CASE("an amount prints exactly its decimals") {
  REQUIRE(to_string(0_cr) == "0.0000");
  REQUIRE(to_string(1.5_cr) == "1.5000");
  REQUIRE(to_string(-0.0001_cr) == "-0.0001");
  REQUIRE(to_string(credits::max()) == "99999999.9999");
  REQUIRE(to_string(credits::min()) == "-99999999.9999");
  REQUIRE(to_string(amount<usd, 0>::from_units(-7)) == "-7");
  REQUIRE(to_string(amount<usd, 2>::from_units(5)) == "0.05");
}

TEST_CASE("zero has no sign, however it came about") {
  REQUIRE(to_string(-(0_cr)) == "0.0000");
  REQUIRE(to_string(0.3_cr - 0.3_cr) == "0.0000");
}

TEST_CASE("equal amounts hash alike and can key a table") {
  const std::unordered_set<credits> seen{1.5_cr, 1.5000_cr, 2_cr};
  REQUIRE(seen.size() == 2);
  REQUIRE(seen.count(2.0_credits) == 1);
}

TEST_CASE("compound assignment adds and takes away") {
  auto balance = 10_cr;
  balance += 2.5_cr;
  balance -= 0.0001_cr;
  REQUIRE(balance == 12.4999_cr);
}

TEST_CASE("amounts form a group within their range", "[property]") {
  const auto any = [](std::int64_t n) { return credits::from_units(n % 400'000'000'000); };
  test::check_law("commutative", [&](std::int64_t a, std::int64_t b) {
    return any(a) + any(b) == any(b) + any(a);
  });
  test::check_law("subtraction undoes addition", [&](std::int64_t a, std::int64_t b) {
    return any(a) + any(b) - any(b) == any(a);
  });
  test::check_law("negation mirrors the order", [&](std::int64_t a, std::int64_t b) {
    return (any(a) < any(b)) == (-any(b) < -any(a));
  });
}

TEST_CASE("units out of range are refused exactly at the border", "[property]") {
  test::check_law("checked_from_units", [](std::int64_t n) {
    const bool fits = n <= 999'999'999'999 && n >= -999'999'999'999;
    return credits::checked_from_units(n).has_value() == fits;
  });
}

}  // namespace
