// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/unit_price.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace {

using namespace tollgate;

static_assert(0.15_usd / 1_s * 7.3_s == exact<usd>{1.095_usd});
static_assert(7.3_s * (0.15_usd / 1_s) == exact<usd>{1.095_usd});
static_assert(std::same_as<decltype(0.15_usd / 1_s), unit_price<usd, units::second>>);

constexpr auto seedance = exact<usd>{rational<>{46, 7}} / 1'000'000_tokens;
static_assert(seedance * 108'000_tokens == exact<usd>{rational<>{46 * 108, 7 * 1'000}});
static_assert(seedance.for_one() == exact<usd>{rational<>{46, 7'000'000}});

// A price of one unit does not multiply a quantity of another.
template <class P, class Q>
concept multiplies = requires(P p, Q q) { p* q; };
static_assert(multiplies<unit_price<usd, units::second>, quantity<units::second>>);
static_assert(!multiplies<unit_price<usd, units::second>, quantity<units::image>>);
static_assert(std::is_convertible_v<unit_price<usd, units::second>, unit_price<usd>>);
static_assert(!std::is_convertible_v<unit_price<usd>, unit_price<usd, units::second>>);
// A price that forgets its unit keeps the symbol; one that knows it is no larger for it.
static_assert(unit_price<usd>{0.15_usd / 1_s}.symbol() == "s");
static_assert(unit_price<usd>{rational<>{1}, 1_s}.symbol().empty());
static_assert(sizeof(unit_price<usd, units::second>) == 3 * sizeof(std::int64_t));

TEST_CASE("a price prints as it was stated") {
  REQUIRE(to_string(0.15_usd / 1_s) == "0.15 USD/s");
  REQUIRE(to_string(seedance) == "46/7 USD/1000000 token");
  REQUIRE(to_string(1_cr / 50_characters) == "1 CREDIT/50 character");
  REQUIRE(to_string(unit_price<usd>{0.5_usd / 1_s}, "s") == "0.5 USD/s");
}

TEST_CASE("the largest price times the largest quantity is exact") {
  const unit_price<usd, units::second> price{rational<>{unit_price<usd>::largest},
                                             quantity<units::second>::max()};
  REQUIRE((price * quantity<units::second>::max()).value == rational<>{unit_price<usd>::largest});
}

TEST_CASE("a price is linear in the quantity", "[property]") {
  test::check_law("p * (a + b) = p * a + p * b", [](std::int64_t n, std::uint16_t d,
                                                    std::uint32_t a, std::uint32_t b) {
    const unit_price<usd, units::second> p{rational<>{n % 1'000'000'000, d + 1}, 3_s};
    const auto x = quantity<units::second>::from_thousandths(a);
    const auto y = quantity<units::second>::from_thousandths(b);
    return p * (x + y) == *checked_add(p * x, p * y);
  });
}

TEST_CASE("a fraction of more digits than fit beside twelve decimals is shown as one") {
  const auto large = detail::power_of_ten<int128>(30);
  CHECK(detail::write_fraction(rational<>{3 * large + 1, 3}) ==
        "3000000000000000000000000000001/3");
}

TEST_CASE("money of more than 18 digits is no price") {
  const rational<> large{static_cast<int128>(unit_price<usd>::largest) + 1};
  CHECK(unit_price<usd>::fits(rational<>{unit_price<usd>::largest}));
  CHECK(!unit_price<usd>::fits(large));
  CHECK(!unit_price<usd>::fits(rational<>{1, large.numerator()}));
}

}  // namespace
