// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/quantity.hpp>

#include <support/catch.hpp>

#include <limits>
#include <type_traits>

namespace {

using namespace tollgate;

static_assert(sizeof(quantity<units::second>) == 8);
static_assert((7.3_s).thousandths() == 7'300);
static_assert(quantity<units::image>::whole(3) == 3_images);
static_assert(7.3_s + 0.7_s == 8_s);
static_assert(7.3_s < 8_s);

// A unit can be forgotten, never invented or exchanged.
static_assert(std::is_convertible_v<quantity<units::second>, quantity<any_unit>>);
static_assert(!std::is_constructible_v<quantity<units::second>, quantity<any_unit>>);
static_assert(!std::is_constructible_v<quantity<units::second>, quantity<units::image>>);
static_assert(!std::is_constructible_v<quantity<units::second>, std::int64_t>);

TEST_CASE("a duration of whole milliseconds is a quantity of seconds and back") {
  REQUIRE(*in_seconds(milliseconds(7'300)) == 7.3_s);
  REQUIRE(to_duration(7.3_s) == milliseconds(7'300));
}

TEST_CASE("a duration finer than a millisecond is too precise to be billed") {
  REQUIRE(in_seconds(duration{1'500'001}).error() == error::too_precise);
}

TEST_CASE("a quantity beyond fifteen digits is an overflow") {
  REQUIRE(quantity<units::token>::checked_from_thousandths(1'000'000'000'000'000).error() ==
          error::overflow);
  REQUIRE(in_seconds(duration{std::numeric_limits<std::int64_t>::max() / 1'000 * 1'000}).error() ==
          error::overflow);
}

TEST_CASE("a quantity prints three decimals") {
  REQUIRE(to_string(7.3_s) == "7.300");
  REQUIRE(to_string(quantity<units::token>{}) == "0.000");
}

}  // namespace
