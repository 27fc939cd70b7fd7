// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/rate.hpp>

#include <pricing/cards.hpp>
#include <support/catch.hpp>

#include <string>
#include <vector>

namespace {

using namespace tollgate;
using namespace tollgate::test;

/// Two variants of which the first lacks the size l, charged over the whole request.
card_description<usd> by_size() {
  auto d = one_rate({.model = unit_charge{1_usd / 1_s}});
  d.variants = {"small", "any"};
  d.dimensions = {{"size", {"s", "l"}}};
  d.components[0].scope = charge_scope::whole_request;
  d.rates.push_back({"part", {{"variant", "small"}, {"size", "l"}}, {.model = not_offered{}}});
  return d;
}

TEST_CASE("every variant is priced for the same items") {
  const auto card = built(veo());
  const auto q =
      quoted(card, {uses(card, 1, {{"duration", 8_s}}), uses(card, 2, {{"duration", 7.3_s}})});
  REQUIRE(q.total(first) == 2.295_usd);
  REQUIRE(q.total(second) == 6.12_usd);
  REQUIRE(q.lines_of(first).size() == 2);
  REQUIRE(q.lines_of(first)[1].price == 1.095_usd);
  REQUIRE(q.lines_of(first)[1].raw == 7.3_s);
  REQUIRE(q.item_total(second, 0) == 3.2_usd);
}

TEST_CASE("the same card and items give the same quote") {
  const auto card = built(veo());
  const std::vector<usage> items{uses(card, 1, {{"duration", 7.3_s}})};
  REQUIRE(quoted(card, items) == quoted(built(veo()), items));
}

TEST_CASE("a quote can be made again in the memory of another one") {
  const auto card = built(veo());
  const std::vector<usage> many{uses(card, 1, {{"duration", 8_s}}),
                                uses(card, 2, {{"duration", 5_s}})};
  const std::vector<usage> few{uses(card, 3, {{"duration", 4_s}})};
  auto q = quoted(card, many);
  REQUIRE(rate_into<usd>(card, few, q));
  REQUIRE(q == quoted(card, few));

  const auto dear = built(one_rate({.model = flat_charge{99'999'999_usd}}));
  const std::vector<usage> beyond(2, uses(dear, 1, {{"used", 1_s}}));
  q = quoted(card, many);
  REQUIRE(rate_into<usd>(dear, beyond, q).error() == rate<usd>(dear, beyond).error());
  REQUIRE(q == quote<usd>{});  // no total of what it held before
}

TEST_CASE("a quote of no items costs nothing") {
  const auto q = quoted(built(veo()), {});
  REQUIRE(q.total(first) == 0_usd);
  REQUIRE(q.lines.empty());
}

TEST_CASE("each line is rounded once and keeps what rounding left") {
  const auto card = built(one_rate({.model = unit_charge{0.0333_usd / 1_s}}));
  const auto q = quoted(card, {uses(card, 1, {{"used", thousandths(1'500)}}),
                               uses(card, 2, {{"used", thousandths(1'001)}})});
  const auto lines = q.lines_of(first);
  REQUIRE(lines[0].price == 0.05_usd);  // 0.04995
  REQUIRE(residue_of(card, lines[0]) == exact<usd>{rational<>{-5, 100'000}});
  REQUIRE(lines[1].price == 0.0333_usd);  // 0.0333333
  REQUIRE(residue_of(card, lines[1]) == exact<usd>{rational<>{333, 10'000'000}});
  REQUIRE(q.total(first) == 0.0833_usd);  // the sum of the lines, not the rounded sum
}

TEST_CASE("a card rounds as it says") {
  auto d = one_rate({.model = unit_charge{0.0005_usd / 1_s}});
  const auto price = [&](rounding mode) {
    d.mode = mode;
    const auto card = built(d);
    return quoted(card, {uses(card, 1, {{"used", thousandths(500)}})}).total(first);
  };
  REQUIRE(price(rounding::half_away) == 0.0003_usd);
  REQUIRE(price(rounding::half_even) == 0.0002_usd);
  REQUIRE(price(rounding::down) == 0.0002_usd);
  REQUIRE(price(rounding::ceiling) == 0.0003_usd);
}

TEST_CASE("packages are started, never split") {
  REQUIRE(price_of({.model = package_charge{1_usd / quantity<any_unit>::whole(100)}},
                   thousandths(300'001)) == 4_usd);
  REQUIRE(price_of({.model = package_charge{1_usd / quantity<any_unit>::whole(1'000'000)}},
                   thousandths(999'999'999)) == 1_usd);
  REQUIRE(price_of({.model = package_charge{1_usd / quantity<any_unit>::whole(100)}}, {}) == 0_usd);
}

TEST_CASE("graduated tiers charge each unit at its own tier") {
  const charge<usd> c{.model = graduated_charge<usd>{{{.up_to = 10_s, .each = 1_usd / 1_s},
                                                      {.up_to = 20_s, .each = 0.5_usd / 1_s},
                                                      {.each = 0.1_usd / 1_s, .once = 3_usd}}}};
  REQUIRE(price_of(c, 0_s) == 0_usd);
  REQUIRE(price_of(c, 10_s) == 10_usd);
  REQUIRE(price_of(c, 10.001_s) == 10.0005_usd);
  REQUIRE(price_of(c, 20_s) == 15_usd);
  REQUIRE(price_of(c, 30_s) == 19_usd);
}

TEST_CASE("volume tiers charge every unit at the tier of the whole") {
  const charge<usd> c{.model = volume_charge<usd>{{{.up_to = 10_s, .each = 1_usd / 1_s},
                                                   {.each = 0.9_usd / 1_s, .once = 2_usd}}}};
  REQUIRE(price_of(c, 10_s) == 10_usd);
  REQUIRE(price_of(c, 11_s) == 11.9_usd);
}

TEST_CASE("included units are free, and only those") {
  const charge<usd> c{.included = 3_s, .model = unit_charge{1_usd / 1_s}};
  REQUIRE(price_of(c, 2_s) == 0_usd);
  REQUIRE(price_of(c, 3_s) == 0_usd);
  REQUIRE(price_of(c, 3.5_s) == 0.5_usd);
}

TEST_CASE("conversion comes before what is included") {
  const charge<usd> c{
      .step = 5_s, .minimum = 10_s, .included = 10_s, .model = unit_charge{1_usd / 1_s}};
  REQUIRE(price_of(c, 1_s) == 0_usd);
  REQUIRE(price_of(c, 10.001_s) == 5_usd);
}

TEST_CASE("multiplier, discount and bounds follow in this order") {
  charge<usd> c{.model = unit_charge{1_usd / 1_s}, .multiplier = {3, 2}, .discount = {1, 10}};
  REQUIRE(price_of(c, 10_s) == 13.5_usd);
  c.at_most = 13_usd;
  REQUIRE(price_of(c, 10_s) == 13_usd);
  c.at_least = 5_usd;
  REQUIRE(price_of(c, 1_s) == 5_usd);
  REQUIRE(price_of(c, 8_s) == 10.8_usd);
}

TEST_CASE("two prices by the unit make two lines of each item") {
  auto d = one_rate({.model = unit_charge{1_usd / 1_s}});
  d.measures.push_back({.name = "other", .maximum = units_of(1'000)});
  d.components.push_back({.name = "more", .measure = "other"});
  d.rates.push_back({"more", {}, {.model = unit_charge{0.25_usd / 1_s}}});
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"used", 2_s}, {"other", 4_s}}),
                               uses(card, 2, {{"used", 1_s}, {"other", 1_s}})});
  REQUIRE(q.lines.size() == 4);
  REQUIRE(q.total(first) == 4.25_usd);
}

TEST_CASE("the multiplier of a card is part of the one rounding") {
  auto d = one_rate({.model = unit_charge{0.0001_usd / 1_s}});
  d.multiplier = {10};
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"used", thousandths(150)}})});
  REQUIRE(q.total(first) == 0.0002_usd);  // 0.00015, not ten times a rounded 0.0000
  REQUIRE(to_credits(q.total(first)) == 0.0002_cr);
}

TEST_CASE("a percentage is of the rounded price that people see") {
  auto d = one_rate({.model = flat_charge{14.29_usd}});
  d.components.push_back({.name = "tax"});
  d.rates.push_back({"tax", {}, {.model = percentage_charge{{24, 100}, "part"}}});
  d.multiplier = {1};
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"used", {}}}), uses(card, 2, {{"used", {}}})});
  REQUIRE(q.lines_of(first)[1].price == 3.4296_usd);
  REQUIRE(q.item_total(first, 1) == 17.7196_usd);
}

TEST_CASE("a percentage over the whole request is of the sum") {
  auto d = one_rate({.model = unit_charge{1_usd / 1_s}});
  d.components.push_back({.name = "fee", .scope = charge_scope::whole_request});
  d.rates.push_back({"fee", {}, {.model = percentage_charge{{1, 3}, "part"}}});
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"used", 1_s}}), uses(card, 2, {{"used", 1_s}})});
  REQUIRE(q.lines_of(first).size() == 3);
  REQUIRE(q.lines_of(first)[2].item == all_items);
  REQUIRE(q.total(first) == 2.6667_usd);
}

TEST_CASE("steps are taken per item or once for the sum, as the component says") {
  auto d = one_rate({.step = 1_s, .model = unit_charge{1_usd / 1_s}});
  const auto items = [&](const rate_card<usd>& card) {
    return std::vector{uses(card, 1, {{"used", 0.4_s}}), uses(card, 2, {{"used", 0.4_s}})};
  };
  const auto each = built(d);
  REQUIRE(quoted(each, items(each)).total(first) == 2_usd);
  d.components[0].scope = charge_scope::whole_request;
  const auto sum = built(d);
  REQUIRE(quoted(sum, items(sum)).total(first) == 1_usd);
}

TEST_CASE("a sum over items is charged once for each rate") {
  auto d = one_rate({.step = 1_s, .model = unit_charge{1_usd / 1_s}});
  d.components[0].scope = charge_scope::whole_request;
  d.dimensions = {{"size", {"small", "large"}}};
  d.rates.push_back(
      {"part", {{"size", "large"}}, {.step = 1_s, .model = unit_charge{2_usd / 1_s}}});
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"used", 0.4_s}}),
                               uses(card, 2, {{"used", 0.4_s}}, {{"size", "large"}}),
                               uses(card, 3, {{"used", 0.7_s}})});
  REQUIRE(q.lines_of(first).size() == 2);
  REQUIRE(q.lines_of(first)[0].raw == 1.1_s);
  REQUIRE(q.total(first) == 4_usd);
}

TEST_CASE("a variant that lacks one item has no price, the others have theirs") {
  auto d = veo();
  d.dimensions = {{"resolution", {"720p", "4k"}}};
  d.rates.push_back({"video", {{"variant", "fast"}, {"resolution", "4k"}}, {}});
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"duration", 8_s}}),
                               uses(card, 2, {{"duration", 8_s}}, {{"resolution", "4k"}})});
  REQUIRE(!q.offers(first));
  REQUIRE(q.lines_of(first).empty());
  REQUIRE(q.offers(second));
  REQUIRE(q.total(second) == 6.4_usd);
  REQUIRE(!q.offers({2}));
}

TEST_CASE("a charge without a model is not offered, never free") {
  const auto card = built(one_rate({}));
  REQUIRE(!quoted(card, {uses(card, 1, {{"used", 1_s}})}).offers(first));
}

TEST_CASE("an optional component has a line only where its measure is stated") {
  auto d = veo();
  d.measures.push_back({.name = "references", .unit = "image"});
  d.components.push_back({.name = "reference", .measure = "references", .optional = true});
  d.rates.push_back({"reference", {}, {.model = unit_charge{0.01_usd / 1_images}}});
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"duration", 8_s}}),
                               uses(card, 2, {{"duration", 8_s}, {"references", 2_images}})});
  REQUIRE(q.lines_of(first).size() == 3);
  REQUIRE(q.total(first) == 2.42_usd);
}

TEST_CASE("an unlisted quantity is priced and noted") {
  const auto card = built(veo());
  const auto q =
      quoted(card, {uses(card, 1, {{"duration", 8_s}}), uses(card, 2, {{"duration", 5_s}})});
  REQUIRE(q.unlisted == std::vector<unlisted_quantity>{{1, {0}}});
  REQUIRE(!card.lists({0}, 5_s));
  REQUIRE(card.lists({0}, 6_s));
}

TEST_CASE("a card may refuse what it does not list") {
  auto d = veo();
  d.measures[0].otherwise = unlisted::refuse;
  const auto card = built(d);
  const auto refused = rate<usd>(card, std::vector{uses(card, 1, {{"duration", 5_s}})});
  REQUIRE(refused.error().code == error::invalid_argument);
  REQUIRE(refused.error().place == "/items/0/duration");
}

TEST_CASE("an item that does not fit the card is refused with its place") {
  const auto card = built(veo());
  const auto place = [&](const usage& bad) {
    const auto refused = rate<usd>(card, std::vector{uses(card, 1, {{"duration", 8_s}}), bad});
    return refused ? "rated" : refused.error().place + ": " + refused.error().reason;
  };
  REQUIRE(place({.item = item(2)}) == "/items/1/duration: not stated");
  REQUIRE(place(uses(card, 2, {{"duration", 60.001_s}})) ==
          "/items/1/duration: beyond the maximum of the card");
  REQUIRE(place(uses(card, 2, {{"duration", thousandths(-1)}})) == "/items/1/duration: below zero");
  REQUIRE(place(uses(card, 2, {{"duration", 8_s}}).set(measure_index{7}, 1_s)) ==
          "/items/1/7: not a measure of this version");
  REQUIRE(place(uses(card, 2, {{"duration", 8_s}}).set(dimension_index{0}, value_index{1})) ==
          "/items/1/0: a value that this version of the card does not have");
  REQUIRE(place(uses(card, 2, {{"duration", 60_s}})) == "rated");
}

TEST_CASE("what an item says beyond the measures of its card is not read") {
  card_description<usd> d{.name = "plain",
                          .variants = {"only"},
                          .components = {{.name = "part"}},
                          .rates = {{"part", {}, {.model = flat_charge{2_usd}}}}};
  usage one{.item = item(1)};
  one.quantities[0] = one.quantities[7] = thousandths(-1);  // and stated neither
  const auto q = quoted(built(d), {one});
  CHECK(q.total(first) == 2_usd);
  CHECK(q.lines[0].raw == quantity<any_unit>{});
}

TEST_CASE("a sum of items beyond the maximum of the measure is refused") {
  auto d = one_rate({.model = unit_charge{1_usd / 1_s}}, 10_s);
  d.components[0].scope = charge_scope::whole_request;
  const auto card = built(d);
  const auto refused =
      rate<usd>(card, std::vector{uses(card, 1, {{"used", 6_s}}), uses(card, 2, {{"used", 6_s}})});
  REQUIRE(refused.error().place == "/items/1/used");
}

TEST_CASE("a total beyond the range of an amount is refused, never wrapped") {
  const auto card = built(one_rate({.model = flat_charge{99'999'999_usd}}));
  const std::vector<usage> two(2, uses(card, 1, {{"used", 1_s}}));
  REQUIRE(rate<usd>(card, two).error().code == error::overflow);
}

TEST_CASE("an unknown name is refused when the usage is made") {
  const auto card = built(veo());
  REQUIRE(make_usage(card, item(1), {{"length", 8_s}}).error().place == "/length");
  REQUIRE(make_usage(card, item(1), {}, {{"size", "big"}}).error().place == "/size");
}

TEST_CASE("every part of an item that does not fit is named") {
  auto d = veo();
  d.dimensions = {{"resolution", {"720p", "1080p"}}};
  d.measures.insert(d.measures.begin(), {.name = "references"});
  d.measures.push_back({.name = "area", .product_of = {"duration", "duration"}});
  d.components.insert(d.components.begin(),
                      {.name = "reference", .measure = "references", .optional = true});
  d.rates.push_back({"reference", {}, {.model = unit_charge{1_usd / 1_images}}});
  const auto card = built(d);
  const usage good = uses(card, 1, {{"duration", 8_s}});
  const auto place = [&](usage bad) {
    const auto refused = rate<usd>(card, std::vector{bad});
    return refused ? "rated" : refused.error().place + ": " + refused.error().reason;
  };
  CHECK(place(good) == "rated");
  CHECK(place(usage{good}.set(dimension_index{0}, value_index{2})) ==
        "/items/0/resolution: a value that this version of the card does not have");
  CHECK(place(usage{good}.set(measure_index{2}, 1_s)) == "/items/0/area: is derived");
  CHECK(place({.item = item(1)}) == "/items/0/duration: not stated");
  CHECK(place(usage{.item = item(1)}.set(measure_index{0}, 1_s)) ==
        "/items/0/duration: not stated");
}

TEST_CASE("a derived quantity beyond the maximum of its measure is refused") {
  auto d = one_rate({.model = unit_charge{1_usd / 1_s}}, 100_s);
  d.measures.push_back({.name = "square", .maximum = 50_s, .product_of = {"used", "used"}});
  d.components[0].measure = "square";
  const auto card = built(d);
  CHECK(quoted(card, {uses(card, 1, {{"used", 7_s}})}).total(first) == 49_usd);
  const auto refused = rate<usd>(card, std::vector{uses(card, 1, {{"used", 8_s}})});
  CHECK(refused.error().place == "/items/0/square");
  d.components[0].scope = charge_scope::whole_request;
  const auto together = built(d);
  const auto six = uses(together, 1, {{"used", 6_s}});
  CHECK(rate<usd>(together, std::vector{six, six}).error().place == "/items/1/square");
}

TEST_CASE("a share that makes more than an amount is refused, of an item and of a request") {
  for (const auto scope : {charge_scope::each_item, charge_scope::whole_request}) {
    auto d = one_rate({.model = flat_charge{90'000'000_usd}});
    d.components.push_back({.name = "fee", .scope = scope});
    // The second makes more than 63 bits hold, the third 0.63 of an amount more than 64 do.
    for (const std::int64_t share : {2, 10'000'000, 20'496'383}) {
      auto of = d;
      of.rates.push_back({"fee", {}, {.model = percentage_charge{{share, 1}, "part"}}});
      const auto card = built(of);
      const auto refused = rate<usd>(card, std::vector{uses(card, 1, {{"used", 1_s}})});
      REQUIRE(!refused);
      CHECK(refused.error().code == error::overflow);
    }
  }
}

TEST_CASE("a component of the request that one item cannot have is not offered at all") {
  auto d = by_size();
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"used", 1_s}}, {{"size", "s"}}),
                               uses(card, 2, {{"used", 1_s}}, {{"size", "l"}})});
  CHECK(!q.offers(first));
  CHECK(q.total(second) == 2_usd);
}

TEST_CASE("more lines than a quote can count are refused before anything is priced") {
  const auto card = built(one_rate({.model = flat_charge{1_usd}}));
  const usage one = uses(card, 1, {{"used", 1_s}});
  const std::vector<usage> many(max_quoted_lines + 1, one);
  const auto refused = rate<usd>(card, many);
  REQUIRE(!refused);
  CHECK(refused.error().place == "/items");
}

TEST_CASE("a volume of nothing costs nothing") {
  const charge<usd> c{.model = volume_charge<usd>{{{.each = 1_usd / 1_s, .once = exact{5_usd}}}}};
  CHECK(price_of(c, {}) == 0_usd);
  CHECK(price_of(c, 1_s) == 6_usd);
}

TEST_CASE("a dimension that a card does not have, has no value") {
  const auto card = built(veo());
  CHECK(!card.find_value(dimension_index{0}, "720p"));
  CHECK(!card.find_dimension("resolution"));
}

TEST_CASE("a measure is named as a JSON pointer does, whatever its name") {
  auto d = one_rate({.model = unit_charge{1_usd / 1_s}});
  d.measures[0].name = d.components[0].measure = "tokens/in~out";
  const auto refused = rate<usd>(built(d), std::vector<usage>(1));
  CHECK(refused.error().place == "/items/0/tokens~1in~0out");
}

TEST_CASE("a quantity in another unit than its measure's is refused when the usage is made") {
  const auto card = built(veo());
  const auto minute = quantity<unit_of<"min">>::whole(1);
  const auto refused = make_usage(card, item(1), {{"duration", minute}});
  REQUIRE(!refused);
  CHECK(refused.error().place == "/duration");
  CHECK(refused.error().reason == "a quantity in min of a measure in s");
  CHECK(make_usage(card, item(1), {{"duration", units_of(8)}}).has_value());
}

TEST_CASE("an unknown value is refused when the usage is made") {
  auto d = veo();
  d.dimensions = {{"size", {"small"}}};
  const auto refused = make_usage(built(d), item(1), {}, {{"size", "big"}});
  CHECK(refused.error().place == "/size");
  CHECK(refused.error().reason == "no value \"big\"");
}

}  // namespace
