// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/replay.hpp>

#include <pricing/cards.hpp>
#include <support/catch.hpp>
#include <support/property.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace {

using namespace tollgate;
using namespace tollgate::test;

int below(int n) { return *rc::gen::inRange(0, n); }

unit_price<usd> any_price() {
  return {rational<>{below(100'000), 1 + below(5'000)},
          units_of(std::array{1, 7, 50, 1'000'000}[static_cast<std::size_t>(below(4))])};
}

charge<usd> any_charge() {
  charge<usd> c;
  if (below(2) == 0) c.step = thousandths(below(3'000));
  if (below(2) == 0) c.minimum = thousandths(below(20'000));
  if (below(2) == 0) c.included = thousandths(below(20'000));
  if (below(2) == 0) c.multiplier = {below(9), 1 + below(9)};
  if (below(2) == 0) c.discount = {below(10), 10};
  if (below(3) == 0) c.at_least = dollars::from_units(below(1'000));
  if (below(3) == 0) c.at_most = dollars::from_units(1'000 + below(100'000));
  std::vector<tier<usd>> tiers;
  std::int64_t end = 0;
  for (int i = below(4); i >= 0; --i) {
    end += 1 + below(20'000);
    tiers.push_back({.up_to = thousandths(end),
                     .each = any_price(),
                     .once = exact<usd>{rational<>{below(100), 1 + below(30)}}});
  }
  tiers.back().up_to.reset();
  switch (below(5)) {
    case 0: c.model = flat_charge<usd>{exact<usd>{rational<>{below(100), 1 + below(30)}}}; break;
    case 1: c.model = unit_charge<usd>{any_price()}; break;
    case 2: c.model = package_charge<usd>{any_price()}; break;
    case 3: c.model = graduated_charge<usd>{tiers}; break;
    default: c.model = volume_charge<usd>{tiers}; break;
  }
  return c;
}

/// Two components by duration and by a derived measure, a share of the first, and a sum.
card_description<usd> any_card() {
  card_description<usd> d{
      .name = "any",
      .variants = {"a", "b"},
      .measures = {{.name = "x", .maximum = units_of(60)},
                   {.name = "y", .maximum = units_of(2'000)},
                   {.name = "xy",
                    .maximum = units_of(200'000),
                    .product_of = {"x", "y"},
                    .divided_by = 1 + below(2'000)}},
      .components = {{.name = "px", .measure = "x"},
                     {.name = "pxy", .measure = "xy"},
                     {.name = "share"},
                     {.name = "sum", .measure = "y", .scope = charge_scope::whole_request},
                     {.name = "fee", .scope = charge_scope::whole_request}},
  };
  d.measures[1].maximum = units_of(20'000);
  for (const auto* component : {"px", "pxy", "sum"}) {
    for (const auto* variant : {"a", "b"}) {
      d.rates.push_back({component, {{"variant", variant}}, any_charge()});
    }
  }
  charge<usd> share = any_charge();
  share.model = percentage_charge{{below(200), 100}, "px"};
  d.rates.push_back({"share", {}, share});
  share.model = percentage_charge{{below(30), 7}, "pxy"};
  d.rates.push_back({"fee", {}, share});
  d.multiplier = {1 + below(3), 1 + below(3)};
  d.mode = static_cast<rounding>(below(7));
  return d;
}

TEST_CASE("every line of every card is what its pipeline gives in fractions", "[property]") {
  test::check_law("integers and fractions agree", [] {
    const auto card = build(any_card());
    RC_PRE(card.has_value());  // some multiply beyond an amount
    std::vector<usage> items;
    for (int i = below(4); i >= 0; --i) {
      items.push_back(
          *make_usage(*card, item(static_cast<std::uint64_t>(i)),
                      {{"x", thousandths(below(60'001))}, {"y", thousandths(below(2'000'001))}}));
    }
    const auto q = rate<usd>(*card, items);
    RC_PRE(q.has_value());  // a derived quantity may exceed its maximum
    for (const auto v : {first, second}) {
      RC_ASSERT(q->offers(v));
      dollars sum;
      for (std::size_t n = 0; n < q->lines_of(v).size(); ++n) {
        const auto& line = q->lines_of(v)[n];
        const auto steps = replay(*card, *q, v, n);
        RC_ASSERT(steps.has_value());
        RC_ASSERT(steps->price == line.price);
        // Price and residue together are the exact value before rounding.
        const auto exactly = checked_add(exact<usd>{line.price}, residue_of(*card, line));
        RC_ASSERT(*exactly == steps->bounded);
        sum += line.price;
      }
      RC_ASSERT(sum == q->total(v));
    }
  });
}

TEST_CASE("the one-product path rounds as the fractions do", "[property]") {
  test::check_law("plain lines", [](std::uint16_t n, std::uint16_t d, std::uint32_t used) {
    const unit_price<usd> price{rational<>{n, d + 1}, units_of(1)};
    const auto card = built(one_rate({.model = unit_charge<usd>{price}}, units_of(1'000)));
    const auto q = quoted(card, {uses(card, 1, {{"used", thousandths(used % 1'000'001)}})});
    const auto& line = q.lines_of(first)[0];
    RC_ASSERT(line.price == *round_to<4>(price * line.raw, rounding::half_away));
    RC_ASSERT(*checked_add(exact<usd>{line.price}, residue_of(card, line)) == price * line.raw);
  });
}

TEST_CASE("the common card is priced in 64 bits") {
  REQUIRE(built(veo()).compiled().regular);
  auto d = veo();
  d.components[0].optional = true;
  REQUIRE(!built(d).compiled().regular);
}

TEST_CASE("a price whose products leave 64 bits is rounded the longer way") {
  const unit_price<usd> price{rational<>{239, 10'000'000'000'000'001}, units_of(1)};
  const auto most = thousandths(quantity<any_unit>::largest);
  const auto card = built(one_rate({.model = unit_charge<usd>{price}}, most));
  CHECK(!card.compiled().regular);
  const auto q = quoted(card, {uses(card, 1, {{"used", most}})});
  CHECK(q.total(first) == 0.0239_usd);
  CHECK(*checked_add(exact<usd>{q.total(first)}, residue_of(card, q.lines[0])) == price * most);
}

TEST_CASE("a quote with quantities that no card allows is not replayed") {
  auto d = one_rate({.model = unit_charge{1_usd / 1_s}}, 1_s);
  for (const auto scope : {charge_scope::each_item, charge_scope::whole_request}) {
    for (const std::size_t factors : {1U, 3U, 5U}) {
      d.measures.resize(1);
      d.measures.push_back(
          {.name = "derived", .product_of = std::vector<std::string>(factors, "used")});
      d.components[0] = {.name = "part", .measure = "derived", .scope = scope};
      const auto card = built(d);
      auto q = quoted(card, {uses(card, 1, {{"used", 1_s}})});
      REQUIRE(replay(card, q, first, 0));
      q.items[0].quantities[0] = units_of(999'999'999'999);
      CHECK(replay(card, q, first, 0).error().code == error::overflow);
    }
  }
}

TEST_CASE("a share that is beyond 128 bits before its discount is priced and not replayed") {
  const auto large = detail::power_of_ten<int128>(32);
  auto d = one_rate({.model = flat_charge{9'999'999_usd}});
  d.components.push_back({.name = "fee"});
  d.rates.push_back({"fee",
                     {},
                     {.model = percentage_charge{rational<>{large}, "part"},
                      .discount = rational<>{3 * large - 1, 3 * large}}});
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"used", 1_s}})});
  CHECK(q.lines_of(first)[1].price == 3'333'333_usd);
  CHECK(replay(card, q, first, 1).error().code == error::overflow);
}

TEST_CASE("a product that is beyond 128 bits only when replayed is an overflow") {
  const rational<> large{detail::power_of_ten<int128>(28)};
  const rational<> nearly_all{detail::power_of_ten<int128>(28) - 1,
                              detail::power_of_ten<int128>(28)};
  const auto card = built(
      one_rate({.model = unit_charge{1_usd / 1_s}, .multiplier = large, .discount = nearly_all}));
  auto q = quoted(card, {uses(card, 1, {{"used", 1_s}})});
  REQUIRE(q.total(first) == 1_usd);
  q.items[0].quantities[0] = quantity<any_unit>::max();
  CHECK(replay(card, q, first, 0).error().code == error::overflow);
}

}  // namespace
