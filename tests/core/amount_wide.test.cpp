// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/amount_wide.hpp>

#include <tollgate/core/amount_text.hpp>
#include <tollgate/core/exact.hpp>
#include <tollgate/core/int128_portable.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace {

using namespace tollgate;

constexpr std::array modes{rounding::half_away, rounding::half_even, rounding::half_down,
                           rounding::up,        rounding::down,      rounding::floor,
                           rounding::ceiling};

/// a * b / c rounded to four decimals, as text; "overflow" where it does not fit twelve digits.
template <class Rep>
std::string scaled(std::int64_t a, std::int64_t b, std::int64_t c, rounding mode) {
  const exact<usd, Rep> start{rational<Rep>{a, 10'000}};
  const auto product = checked_mul(start, rational<Rep>{b, c});
  if (!product) return "overflow";
  const auto rounded = round_to<4>(*product, mode);
  if (!rounded) return "overflow";
  const Rep largest(999'999'999'999);
  if (rounded->units() > largest || rounded->units() < static_cast<Rep>(-largest)) {
    return "overflow";
  }
  return to_string(*rounded);
}

TEST_CASE("every representation gives the same prices as unbounded integers", "[property]") {
  test::check_law("oracle", [](std::int64_t a, std::int64_t b, std::uint32_t d) {
    const auto c = static_cast<std::int64_t>(d) + 1;
    a %= 1'000'000'000'000;
    b %= 1'000'000;
    for (const auto mode : modes) {
      const auto expected = scaled<checked_cpp_int>(a, b, c, mode);
      RC_ASSERT(scaled<std::int64_t>(a, b, c, mode) == expected);
      RC_ASSERT(scaled<checked_int128_t>(a, b, c, mode) == expected);
    }
  });
}

TEST_CASE("the portable 128 bits divide and reduce as the compiler's do", "[property]") {
  test::check_law("portable", [](std::int64_t a, std::int64_t b, std::uint32_t d) {
    const auto native = static_cast<int128>(a) * b;
    const auto portable = portable_int128(a) * b;
    for (const auto mode : modes) {
      const auto x = divide<int128>(native, static_cast<int128>(d) + 1, mode);
      const auto y = divide<portable_int128>(portable, portable_int128(d) + 1, mode);
      RC_ASSERT(detail::write_decimal(x.quotient, 4) == detail::write_decimal(y.quotient, 4));
      RC_ASSERT(detail::write_decimal(x.remainder, 0) == detail::write_decimal(y.remainder, 0));
    }
    RC_ASSERT(detail::write_decimal(detail::common_divisor<int128>(d, 60), 0) ==
              detail::write_decimal(detail::common_divisor<portable_int128>(d, 60), 0));
  });
}

TEST_CASE("portable multiplication and addition notice what does not fit") {
  const portable_int128 big = portable_int128(1) << 100;
  portable_int128 out{};
  REQUIRE(!detail::multiply(big, big, out));
  REQUIRE(detail::multiply(big, portable_int128(-8), out));
  REQUIRE(out == -(portable_int128(1) << 103));
  const portable_int128 top = std::numeric_limits<portable_int128>::max();
  REQUIRE(!detail::add(top, portable_int128(1), out));
  REQUIRE(detail::add(top, portable_int128(-1), out));
}

TEST_CASE("a wide amount keeps 36 digits and refuses the 37th") {
  using wide = wide_amount<usd>;
  const std::string largest = std::string(32, '9') + ".9999";
  REQUIRE(to_string(wide::max()) == largest);
  REQUIRE(*parse_amount<wide>(largest) == wide::max());
  REQUIRE(parse_amount<wide>("1" + std::string(32, '0')).error().code == error::overflow);
  REQUIRE(checked_add(wide::max(), wide::max()).error() == error::overflow);
  REQUIRE(*checked_add(wide::max(), wide::min()) == wide{});
}

TEST_CASE("Boost's surprising readings of text do not reach an amount") {
  using unbounded = amount<usd, 0, checked_cpp_int>;
  REQUIRE(to_string(*parse_amount<unbounded>("010")) == "10");
  REQUIRE(!parse_amount<unbounded>("0x10"));
  REQUIRE(!parse_amount<unbounded>(""));
  const std::string digits(900, '7');
  REQUIRE(to_string(*parse_amount<unbounded>(digits)) == digits);
}

TEST_CASE("wide rationals compare and divide exactly") {
  using r = rational<checked_int128_t>;
  REQUIRE(*checked_div(r{12, 10}, r{15, 100}) == r{8});
  REQUIRE(r{1, 3} < r{34, 100});
  REQUIRE(checked_div(r{1}, r{0}).error() == error::invalid_argument);
}

}  // namespace
