// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/build.hpp>

#include <pricing/cards.hpp>
#include <support/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tollgate;
using namespace tollgate::test;

/// Why a description is refused: "place: reason".
std::string refusal(card_description<usd> description) {
  const auto card = build(std::move(description));
  if (card) return "built";
  const auto& f = card.error();
  const bool known = f.code == error::invalid_argument || f.code == error::overflow;
  return (known ? "" : to_string(f)) + f.place + ": " + f.reason;
}

card_description<usd> by_resolution() {
  auto d = veo();
  d.dimensions = {{"resolution", {"720p", "1080p"}}, {"audio", {"off", "on"}}};
  return d;
}

TEST_CASE("the Veo card builds without a warning") { REQUIRE(built(veo()).warnings().empty()); }

TEST_CASE("a combination without a rate is a gap and is named") {
  auto d = veo();
  d.rates.pop_back();
  REQUIRE(refusal(d) == "/components/0: no rate of video for standard");
  d = by_resolution();
  d.rates[1].where.push_back({"resolution", "720p"});
  REQUIRE(refusal(d) ==
          "/components/0: no rate of video for standard, resolution 1080p, audio off");
}

TEST_CASE("two equally specific rates are refused, and the combination is named") {
  auto d = by_resolution();
  d.rates.push_back({"video", {{"resolution", "1080p"}}, {.model = unit_charge{1_usd / 1_s}}});
  REQUIRE(refusal(d) ==
          "/rates/2: as specific as /rates/0 for video for fast, resolution 1080p, audio off");
}

TEST_CASE("the more specific rate wins whatever the order of the rows") {
  auto d = by_resolution();
  d.rates.insert(d.rates.begin(), {"video",
                                   {{"variant", "fast"}, {"resolution", "1080p"}},
                                   {.model = unit_charge{1_usd / 1_s}}});
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"duration", 4_s}}, {{"resolution", "720p"}}),
                               uses(card, 2, {{"duration", 4_s}}, {{"resolution", "1080p"}})});
  REQUIRE(q.item_total(first, 0) == 0.6_usd);
  REQUIRE(q.item_total(first, 1) == 4_usd);
  REQUIRE(q.item_total(second, 1) == 1.6_usd);
}

TEST_CASE("a tie that a more specific rate decides is no conflict") {
  auto d = by_resolution();
  d.rates = {{"video", {}, {.model = unit_charge{1_usd / 1_s}}},
             {"video", {{"resolution", "1080p"}}, {.model = unit_charge{2_usd / 1_s}}},
             {"video", {{"audio", "on"}}, {.model = unit_charge{3_usd / 1_s}}}};
  REQUIRE(refusal(d).find("as specific as") != std::string::npos);
  d.rates.push_back(
      {"video", {{"resolution", "1080p"}, {"audio", "on"}}, {.model = unit_charge{4_usd / 1_s}}});
  REQUIRE(refusal(d) == "built");
}

TEST_CASE("a rate that never applies is warned about") {
  auto d = veo();
  d.rates.push_back({"video", {}, {.model = unit_charge{9_usd / 1_s}}});
  REQUIRE(built(d).warnings() ==
          std::vector<card_warning>{{"/rates/2", "never applies: others are more specific"}});
}

TEST_CASE("tiers out of order are refused") {
  const auto tiers = [](std::vector<tier<usd>> t) {
    return refusal(one_rate({.model = graduated_charge<usd>{std::move(t)}}));
  };
  const auto price = 1_usd / 1_s;
  const std::string place = "/rates/0/charge/model/tiers";
  REQUIRE(tiers({}) == place + ": no tiers");
  REQUIRE(tiers({{.up_to = 10_s, .each = price}, {.up_to = 5_s, .each = price}, {.each = price}}) ==
          place + "/1: ends before it begins");
  REQUIRE(
      tiers({{.up_to = 10_s, .each = price}, {.up_to = 10_s, .each = price}, {.each = price}}) ==
      place + "/1: ends before it begins");
  REQUIRE(tiers({{.up_to = 10_s, .each = price}}) == place + "/0: the last tier must have no end");
  REQUIRE(tiers({{.each = price}, {.each = price}}) == place + "/0: only the last tier has no end");
}

TEST_CASE("a maximum below the minimum is refused") {
  REQUIRE(refusal(one_rate({.model = flat_charge{1_usd}, .at_least = 2_usd, .at_most = 1_usd})) ==
          "/rates/0/charge/atMost: the maximum is below the minimum");
}

TEST_CASE("a quantity that could cost more than an amount holds is refused at build") {
  const charge<usd> c{.model = unit_charge{100_usd / 1_s}};
  REQUIRE(refusal(one_rate(c, units_of(999'999))) == "built");
  REQUIRE(refusal(one_rate(c, units_of(1'000'000))).find("/rates/0/charge: the maximum quantity") ==
          0);
  REQUIRE(build(one_rate(c, units_of(1'000'000))).error().code == error::overflow);
}

TEST_CASE("an upper bound makes any quantity safe") {
  REQUIRE(refusal(one_rate({.model = unit_charge{100_usd / 1_s}, .at_most = 5_usd},
                           quantity<any_unit>::max())) == "built");
}

TEST_CASE("a step that bills more than any quantity is refused at build") {
  const charge<usd> c{.step = units_of(600'000'000'000), .model = flat_charge{1_usd}};
  CHECK(refusal(one_rate(c, units_of(600'000'000'000))) == "built");
  CHECK(refusal(one_rate(c, quantity<any_unit>::max())) ==
        "/rates/0/charge: a step beyond the largest quantity is billed");
}

TEST_CASE("a volume tier where more costs less is warned about") {
  const auto card =
      built(one_rate({.model = volume_charge<usd>{
                          {{.up_to = 10_s, .each = 1_usd / 1_s}, {.each = 0.5_usd / 1_s}}}}));
  REQUIRE(card.warnings() ==
          std::vector<card_warning>{{"/rates/0/charge/model/tiers/1",
                                     "a quantity of 10.001 costs less than one of 10.000"}});
}

TEST_CASE("a price per another unit than the measure's is refused, and the place is named") {
  const auto in_minutes = [](charge<usd> c) {
    auto d = one_rate(std::move(c));
    d.measures[0].unit = "min";
    return refusal(d);
  };
  const quantity<unit_of<"min">> minute = quantity<unit_of<"min">>::whole(1);
  const std::string reason = ": a price per s of a measure in min";
  CHECK(in_minutes({.model = unit_charge{0.1_usd / 1_s}}) == "/rates/0/charge/model" + reason);
  CHECK(in_minutes({.model = package_charge{1_usd / 60_s}}) == "/rates/0/charge/model" + reason);
  const std::vector<tier<usd>> tiers{{.up_to = minute, .each = 1_usd / minute},
                                     {.each = 1_usd / 1_s}};
  const std::string second_tier = "/rates/0/charge/model/tiers/1" + reason;
  CHECK(in_minutes({.model = graduated_charge<usd>{tiers}}) == second_tier);
  CHECK(in_minutes({.model = volume_charge<usd>{tiers}}) == second_tier);
  CHECK(in_minutes({.model = unit_charge{6_usd / minute}}) == "built");
}

TEST_CASE("a quantity in another unit than the measure's is refused, and the place is named") {
  using minute = unit_of<"min">;
  const auto in_minutes = [](charge<usd> c, stated_quantity maximum = units_of(60)) {
    auto d = one_rate(std::move(c), maximum);
    d.measures[0].unit = "min";
    return refusal(d);
  };
  const auto one = quantity<minute>::whole(1);
  const std::string reason = ": a quantity in s of a measure in min";
  const unit_charge<usd> model{1_usd / one};
  CHECK(in_minutes({.step = 30_s, .model = model}) == "/rates/0/charge/step" + reason);
  CHECK(in_minutes({.minimum = 60_s, .model = model}) == "/rates/0/charge/minimum" + reason);
  CHECK(in_minutes({.included = 60_s, .model = model}) == "/rates/0/charge/included" + reason);
  const std::vector<tier<usd>> tiers{{.up_to = one, .each = 1_usd / one},
                                     {.up_to = 120_s, .each = 1_usd / one},
                                     {.each = 1_usd / one}};
  const std::string second_tier = "/rates/0/charge/model/tiers/1/upTo" + reason;
  CHECK(in_minutes({.model = graduated_charge<usd>{tiers}}) == second_tier);
  CHECK(in_minutes({.model = volume_charge<usd>{tiers}}) == second_tier);
  CHECK(in_minutes({.model = model}, 60_s) == "/measures/0/maximum" + reason);
  CHECK(in_minutes({.step = one, .minimum = one, .included = one, .model = model}) == "built");
  CHECK(in_minutes({.step = units_of(1), .model = model}) == "built");

  auto d = veo();
  d.measures[0].listed[1] = one;
  CHECK(refusal(d) == "/measures/0/listed/1: a quantity in min of a measure in s");
}

TEST_CASE("a price or a measure that names no unit leaves it to the other") {
  auto d = one_rate({.model = unit_charge{0.1_usd / units_of(1)}});
  d.measures[0].unit = "min";
  CHECK(refusal(d) == "built");
  CHECK(refusal(one_rate({.model = unit_charge{0.1_usd / 1_s}})) == "built");
}

TEST_CASE("negative prices, shares and factors are refused") {
  const auto place = [](charge<usd> c) {
    const auto text = refusal(one_rate(std::move(c)));
    return text.substr(0, text.find(':'));
  };
  REQUIRE(place({.model = flat_charge{-1_usd}}) == "/rates/0/charge/model");
  REQUIRE(place({.model = unit_charge{-1_usd / 1_s}}) == "/rates/0/charge/model");
  REQUIRE(place({.model = flat_charge{1_usd}, .multiplier = {-1, 2}}) ==
          "/rates/0/charge/multiplier");
  REQUIRE(place({.model = flat_charge{1_usd}, .discount = {3, 2}}) == "/rates/0/charge/discount");
  REQUIRE(place({.included = thousandths(-1), .model = flat_charge{1_usd}}) ==
          "/rates/0/charge/included");
}

TEST_CASE("a percentage needs a component before its own") {
  auto d = veo();
  d.components.push_back({.name = "fee"});
  d.rates.push_back({"fee", {}, {.model = percentage_charge{{1, 10}, "fee"}}});
  REQUIRE(refusal(d) == "/rates/2/charge/model/of: no component of this name before it");
  d.rates.back().charge.model = percentage_charge{{1, 10}, "video"};
  REQUIRE(refusal(d) == "built");
}

TEST_CASE("names must be there, differ, and be known") {
  auto d = veo();
  d.name = "";
  REQUIRE(refusal(d) == "/name: a card needs a name");
  d = veo();
  d.variants.push_back("fast");
  REQUIRE(refusal(d) == "/variants/2: \"fast\" is there twice");
  d = veo();
  d.rates[0].where[0].value = "slow";
  REQUIRE(refusal(d) == "/rates/0/where/variant: no value \"slow\"");
  d = veo();
  d.rates[0].where[0].dimension = "speed";
  REQUIRE(refusal(d) == "/rates/0/where/speed: no such dimension");
  d = veo();
  d.rates[0].component = "audio";
  REQUIRE(refusal(d) == "/rates/0/component: no such component");
  d = veo();
  d.components[0].measure = "length";
  REQUIRE(refusal(d) == "/components/0/measure: no such measure");
  d = veo();
  d.dimensions = {{"variant", {"x"}}};
  REQUIRE(refusal(d) == "/dimensions/0: \"variant\" is always there");
}

TEST_CASE("a model that counts needs a measure") {
  auto d = veo();
  d.components[0].measure = "";
  REQUIRE(refusal(d) == "/rates/0/charge/model: the component has no measure to count");
}

TEST_CASE("a validity that ends before it begins is refused") {
  auto d = veo();
  d.effective_to = d.effective_from;
  REQUIRE(refusal(d) == "/effectiveTo: not after effectiveFrom");
}

TEST_CASE("derived measures are products of stated ones") {
  auto d = veo();
  d.measures.push_back({.name = "tokens", .product_of = {"duration", "tokens"}});
  REQUIRE(refusal(d) == "/measures/1/productOf/1: no measure of this name before it");
  d.measures[1].product_of = {"duration"};
  d.measures.push_back({.name = "again", .product_of = {"tokens"}});
  REQUIRE(refusal(d) == "/measures/2/productOf/0: is itself derived");
}

TEST_CASE("combinations without bound are refused before they fill the memory") {
  auto d = veo();
  std::vector<std::string> values;
  for (int i = 0; i < 255; ++i) values.push_back(std::to_string(i) + "v");
  for (int i = 0; i < 4; ++i) d.dimensions.push_back({std::to_string(i) + "d", values});
  REQUIRE(refusal(d) == "/dimensions: more than 2^20 combinations");
}

TEST_CASE("what no card can be is refused, and its place is named") {
  struct wrong {
    const char* place;
    void (*make)(card_description<usd>&);
  };
  const wrong cases[]{
      {"/multiplier",
       [](auto& d) {
         d.multiplier = {-1, 2};
       }},
      {"/variants", [](auto& d) { d.variants.clear(); }},
      {"/variants", [](auto& d) { d.variants.resize(256, "v"); }},
      {"/variants/1", [](auto& d) { d.variants[1].clear(); }},
      {"/components", [](auto& d) { d.components.clear(); }},
      {"/components/1", [](auto& d) { d.components.push_back(d.components[0]); }},
      {"/dimensions", [](auto& d) { d.dimensions.resize(max_dimensions + 1); }},
      {"/dimensions/0",
       [](auto& d) {
         d.dimensions = {{"", {"x"}}};
       }},
      {"/dimensions/0",
       [](auto& d) {
         d.dimensions = {{"size", {}}};
       }},
      {"/dimensions/0/values/1",
       [](auto& d) {
         d.dimensions = {{"size", {"x", "x"}}};
       }},
      {"/measures", [](auto& d) { d.measures.resize(max_measures + 1); }},
      {"/measures/0/maximum", [](auto& d) { d.measures[0].maximum = {}; }},
      {"/measures/0/listed/0", [](auto& d) { d.measures[0].listed[0] = {}; }},
      {"/measures/0/listed/2", [](auto& d) { d.measures[0].listed[2] = 61_s; }},
      {"/measures/0/dividedBy", [](auto& d) { d.measures[0].divided_by = 0; }},
      {"/measures/0/dividedBy", [](auto& d) { d.measures[0].divided_by = 1'000'000'000'001; }},
      {"/measures/1/productOf/0",
       [](auto& d) { d.measures.push_back({.name = "area", .product_of = {"nothing"}}); }},
      {"/measures/1/listed",
       [](auto& d) {
         d.measures.push_back({.name = "area", .listed = {1_s}, .product_of = {"duration"}});
       }},
      {"/rates", [](auto& d) { d.rates.resize(65'535, d.rates[0]); }},
      {"/rates/0/where/variant", [](auto& d) { d.rates[0].where.push_back(d.rates[0].where[0]); }},
      {"/rates/0/charge/step", [](auto& d) { d.rates[0].charge.step = thousandths(-1); }},
      {"/rates/0/charge/minimum", [](auto& d) { d.rates[0].charge.minimum = thousandths(-1); }},
      {"/rates/0/charge/discount",
       [](auto& d) {
         d.rates[0].charge.discount = {-1, 2};
       }},
      {"/rates/0/charge/atLeast", [](auto& d) { d.rates[0].charge.at_least = -1_usd; }},
      {"/rates/0/charge/model",
       [](auto& d) {
         d.rates[0].charge.model = percentage_charge{{-1, 2}, "video"};
       }},
      {"/rates/0/charge/model/of",
       [](auto& d) {
         d.rates[0].charge.model = percentage_charge{{1, 2}, "nothing"};
       }},
  };
  for (const wrong& w : cases) {
    auto d = veo();
    w.make(d);
    const auto text = refusal(d);
    INFO(text);
    CHECK(text.substr(0, text.find(':')) == w.place);
  }
}

TEST_CASE("a price of a tier is checked like any price") {
  const auto place = [](tier<usd> t) {
    const auto text = refusal(one_rate({.model = graduated_charge<usd>{{std::move(t)}}}));
    return text.substr(0, text.find(':'));
  };
  const std::string first_tier = "/rates/0/charge/model/tiers/0";
  CHECK(place({.each = -1_usd / 1_s}) == first_tier);
  CHECK(place({.once = exact{-1_usd}}) == first_tier);
  std::vector<tier<usd>> many(1'001);
  const auto text = refusal(one_rate({.model = volume_charge<usd>{many}}));
  CHECK(text == "/rates/0/charge/model/tiers: at most 1000");
}

TEST_CASE("a share for each item of a price over all items is refused") {
  auto d = veo();
  d.components.push_back({.name = "together", .scope = charge_scope::whole_request});
  d.rates.push_back({"together", {}, {.model = flat_charge{1_usd}}});
  d.components.push_back({.name = "fee"});
  d.rates.push_back({"fee", {}, {.model = percentage_charge{{1, 10}, "together"}}});
  CHECK(refusal(d) == "/rates/3/charge/model/of: a share for each item of a price over all items");
  d.components.back().scope = charge_scope::whole_request;
  CHECK(refusal(d) == "built");
}

TEST_CASE("a product of maxima that no integer holds is refused") {
  auto d = veo();
  d.measures[0].maximum = quantity<any_unit>::max();
  d.measures.push_back({.name = "count", .maximum = units_of(10'000)});
  d.measures.push_back({.name = "tokens", .product_of = {"duration", "duration", "count"}});
  const std::string reason = ": the product of the maxima is too large";
  CHECK(refusal(d) == "/measures/2/productOf/2" + reason);  // 10^37: an integer, but a large one
  d.measures[2].product_of[2] = "duration";
  CHECK(refusal(d) == "/measures/2/productOf/2" + reason);  // 10^45: none
  // Small maxima, so that the divisor is what grows beyond every integer.
  d.measures[0].maximum = thousandths(1);
  d.measures[0].listed.clear();
  d.measures[2].product_of.assign(20, "duration");
  CHECK(refusal(d) == "/measures/2: too many factors");
}

TEST_CASE("numbers that have too many digits together are refused") {
  const std::string reason = "/rates/0/charge: the numbers of this charge have too many digits";
  constexpr std::int64_t p = 999'999'999'999'999'989;  // prime, as large as a price may say
  constexpr std::int64_t q = 999'999'999'999'999'967;
  const auto money = [](std::int64_t n, std::int64_t d) { return exact<usd>{rational<>{n, d}}; };
  const auto tiered = [](unit_price<usd> each, exact<usd> once, exact<usd> second) {
    return graduated_charge<usd>{{{.up_to = 1_s, .each = each, .once = once}, {.once = second}}};
  };
  const unit_price<usd> free{};
  const unit_price<usd> fine{rational<>{1, p}, units_of(1)};
  // Each product alone is beyond 128 bits.
  const rational<> small{1, q};
  const rational<> half_gone{1, p - 2};
  CHECK(refusal(one_rate({.model = flat_charge<usd>{money(1, p)},
                          .multiplier = small,
                          .discount = half_gone})) == reason);
  CHECK(refusal(one_rate(
            {.model = unit_charge<usd>{fine}, .multiplier = small, .discount = half_gone})) ==
        reason);
  CHECK(refusal(one_rate(
            {.model = tiered(fine, {}, {}), .multiplier = small, .discount = half_gone})) ==
        reason);
  CHECK(refusal(one_rate({.model = tiered(free, money(1, p), {}),
                          .multiplier = small,
                          .discount = half_gone})) == reason);
  // Together they are: 1/7 and 1/pq have no common denominator of 128 bits, 10^33 and 1/p no
  // numerator.
  CHECK(refusal(one_rate({.model = tiered(free, money(q, 7), money(1, p)),
                          .multiplier = small,
                          .discount = {1, 101}})) == reason);
  CHECK(refusal(one_rate({.model = tiered(free, money(100'000'000'000'000'000, 1), money(1, p)),
                          .multiplier = {1'000'000'000'000}})) == reason);
}

}  // namespace
