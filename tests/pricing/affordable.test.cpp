// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/affordable.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <cstdint>

namespace {

using namespace tollgate;

constexpr quantity<units::second> per_second(amount<usd> balance, amount<usd> price) {
  return affordable(balance, price / 1_s);
}

// Where binary fractions get it wrong.
static_assert(per_second(1.2_usd, 0.15_usd) == 8_s);
static_assert(per_second(69'000_usd, 184_usd) == 375_s);
static_assert(per_second(158.946_usd, 0.059_usd) == 2'694_s);

static_assert(per_second(1_usd, 0.15_usd) == 6.666_s);
static_assert(affordable(1_usd, 0.15_usd / 1_s, 1_s) == 6_s);
static_assert(per_second(0_usd, 0.15_usd) == 0_s);
static_assert(per_second(-5_usd, 0.15_usd) == 0_s);

TEST_CASE("a price of nothing buys all there is") {
  REQUIRE(per_second(1_usd, 0_usd) == quantity<units::second>::max());
}

TEST_CASE("a tiny price does not overflow the quantity") {
  const unit_price<usd, units::second> tiny{rational<>{1, unit_price<usd>::largest},
                                            quantity<units::second>::max()};
  REQUIRE(affordable(amount<usd>::max(), tiny) == quantity<units::second>::max());
}

TEST_CASE("what is affordable is paid by the balance, one step more is not", "[property]") {
  test::check_law("tight", [](std::uint32_t b, std::uint16_t p, std::uint16_t s) {
    const auto balance = amount<usd>::from_units(b);
    const auto price = amount<usd>::from_units(p + 1) / 1_s;
    const auto step = quantity<units::second>::from_thousandths(s + 1);
    const auto bought = affordable(balance, price, step);
    RC_ASSERT(price * bought <= exact<usd>{balance});
    RC_ASSERT(price * (bought + step) > exact<usd>{balance});
    RC_ASSERT(bought.thousandths() % step.thousandths() == 0);
  });
}

TEST_CASE("a small price buys no more than a quantity can say") {
  const unit_price<usd, units::second> small{rational<>{1, 1'000'000}, 1_s};
  CHECK(affordable(amount<usd>::max(), small) == quantity<units::second>::max());
}

}  // namespace
