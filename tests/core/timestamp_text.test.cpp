// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/timestamp_text.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <cstdint>
#include <ctime>
#include <limits>
#include <string>

namespace {

using namespace tollgate;

constexpr timestamp first{std::numeric_limits<std::int64_t>::min()};
constexpr timestamp last{std::numeric_limits<std::int64_t>::max() - 1};

static_assert(parse_timestamp("1970-01-01T00:00:00Z") == timestamp{0});
static_assert(parse_timestamp("1970-01-01T00:00:00.000001Z") == timestamp{1});
static_assert(parse_timestamp("2026-01-01T12:00:00.5Z") == timestamp{1'767'268'800'500'000});
static_assert(parse_timestamp("2026-01-01t12:00:00z") == timestamp{1'767'268'800'000'000});
static_assert(parse_timestamp("2026-01-01T13:30:00+01:30") == timestamp{1'767'268'800'000'000});
static_assert(parse_timestamp("2026-01-01T11:00:00-01:00") == timestamp{1'767'268'800'000'000});
static_assert(parse_timestamp("1969-12-31T23:59:59.999999Z") == timestamp{-1});
static_assert(parse_timestamp("2000-02-29T00:00:00Z") == timestamp{951'782'400'000'000});
static_assert(parse_timestamp("never") == never);

// Days, hours and seconds that do not exist.
static_assert(!parse_timestamp("2026-02-29T00:00:00Z"));
static_assert(!parse_timestamp("1900-02-29T00:00:00Z"));
static_assert(!parse_timestamp("2026-00-01T00:00:00Z"));
static_assert(!parse_timestamp("2026-13-01T00:00:00Z"));
static_assert(!parse_timestamp("2026-04-31T00:00:00Z"));
static_assert(!parse_timestamp("2026-01-00T00:00:00Z"));
static_assert(!parse_timestamp("2026-01-01T24:00:00Z"));
static_assert(!parse_timestamp("2026-01-01T00:60:00Z"));
static_assert(!parse_timestamp("2026-12-31T23:59:60Z"));

// Forms that are not RFC 3339, and precision that would be lost.
static_assert(!parse_timestamp(""));
static_assert(!parse_timestamp("2026-01-01"));
static_assert(!parse_timestamp("2026-01-01T00:00:00"));
static_assert(!parse_timestamp("2026-01-01 00:00:00Z"));
static_assert(!parse_timestamp("2026-01-01T00:00:00.Z"));
static_assert(!parse_timestamp("2026-01-01T00:00:00.0000001Z"));
static_assert(!parse_timestamp("2026-01-01T00:00:00Z "));
static_assert(!parse_timestamp(" 2026-01-01T00:00:00Z"));
static_assert(!parse_timestamp("2026-1-01T00:00:00Z"));
static_assert(!parse_timestamp("26-01-01T00:00:00Z"));
static_assert(!parse_timestamp("2026-01-01T00:00:00+24:00"));
static_assert(!parse_timestamp("2026-01-01T00:00:00+0100"));
static_assert(!parse_timestamp("+002026-01-01T00:00:00Z"));

// The ends of what an instant can name.
static_assert(parse_timestamp("-290308-12-21T19:59:05.224192Z") == first);
static_assert(parse_timestamp("+294247-01-10T04:00:54.775806Z") == last);
static_assert(!parse_timestamp("-290308-12-21T19:59:05.224191Z"));
static_assert(!parse_timestamp("+294247-01-10T04:00:54.775808Z"));
static_assert(!parse_timestamp("+999999-01-01T00:00:00Z"));

}  // namespace

TEST_CASE("an instant is written in UTC to the microsecond") {
  CHECK(to_string(timestamp{0}) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_string(timestamp{-1}) == "1969-12-31T23:59:59.999999Z");
  CHECK(to_string(timestamp{1'767'268'800'000'001}) == "2026-01-01T12:00:00.000001Z");
  CHECK(to_string(timestamp{951'782'400'000'000}) == "2000-02-29T00:00:00.000000Z");
}

TEST_CASE("the instant that never comes is written as never") {
  CHECK(to_string(never) == "never");
}

TEST_CASE("instants beyond four digits of a year are written with a sign") {
  CHECK(to_string(first) == "-290308-12-21T19:59:05.224192Z");
  CHECK(to_string(last) == "+294247-01-10T04:00:54.775806Z");
}

TEST_CASE("every instant read back is the same", "[property]") {
  constexpr std::int64_t ten_thousand_years = 315'569'520'000'000'000;
  test::check_law("parse(to_string(t)) == t", [](std::int64_t any) {
    const timestamp near{any % ten_thousand_years};  // most of a random word are far years
    return parse_timestamp(to_string(timestamp{any})) == timestamp{any} &&
           parse_timestamp(to_string(near)) == near;
  });
}

TEST_CASE("dates agree with those of the C library") {
  for (std::int64_t day = -25'000; day < 60'000; ++day) {  // 1901 to 2134
    const auto at = static_cast<std::time_t>(day * 86'400);
    std::tm parts{};
    REQUIRE(gmtime_r(&at, &parts) != nullptr);
    char text[32];
    REQUIRE(std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000000Z", &parts) != 0);
    REQUIRE(to_string(timestamp{day * 86'400'000'000}) == text);
    REQUIRE(parse_timestamp(text) == timestamp{day * 86'400'000'000});
  }
}
