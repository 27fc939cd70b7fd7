// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/explain.hpp>

#include <pricing/cards.hpp>
#include <support/catch.hpp>

#include <string>

namespace {

using namespace tollgate;
using namespace tollgate::test;

/// The explanation of one quantity under one charge, without the card at its end.
std::string explained(const charge<usd>& charge, quantity<any_unit> used,
                      const std::string& unit = "s") {
  auto d = one_rate(charge);
  d.measures[0].unit = unit;
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"used", used}})});
  const auto text = explain(card, q, first, 0);
  REQUIRE(text);
  const std::string end = " (card v1, only)";
  REQUIRE(text->size() > end.size());
  REQUIRE(text->substr(text->size() - end.size()) == end);
  return text->substr(0, text->size() - end.size());
}

TEST_CASE("a line says quantity, price, amount, card, version and variant") {
  const auto card = built(veo());
  const auto q = quoted(card, {uses(card, 1, {{"duration", 7.3_s}})});
  REQUIRE(*explain(card, q, first, 0) == "7.300 s x 0.15 USD/s = 1.0950 USD (veo v12, fast)");
  REQUIRE(*explain(card, q, second, 0) == "7.300 s x 0.4 USD/s = 2.9200 USD (veo v12, standard)");
}

TEST_CASE("steps that changed something are shown in the order of the pipeline") {
  REQUIRE(explained({.step = 1_s,
                     .minimum = 4_s,
                     .included = 1_s,
                     .model = unit_charge{0.5_usd / 1_s},
                     .multiplier = {3, 2},
                     .discount = {1, 10}},
                    thousandths(2'500)) ==
          "2.500 s -> 4.000 s - 1.000 included = 3.000 s x 0.5 USD/s x 1.5 - 10 % = "
          "2.0250 USD");
}

TEST_CASE("a bound is shown only where it decided") {
  const charge<usd> c{.model = unit_charge{1_usd / 1_s}, .at_least = 2_usd, .at_most = 5_usd};
  REQUIRE(explained(c, 1_s) == "1.000 s x 1 USD/s, at least 2 USD = 2.0000 USD");
  REQUIRE(explained(c, 3_s) == "3.000 s x 1 USD/s = 3.0000 USD");
  REQUIRE(explained(c, 9_s) == "9.000 s x 1 USD/s, at most 5 USD = 5.0000 USD");
}

TEST_CASE("flat prices, packages, tiers and shares read as they are") {
  REQUIRE(explained({.model = flat_charge{0.04_usd}}, 1_s) == "0.04 USD = 0.0400 USD");
  REQUIRE(explained({.model = package_charge{1_usd / 50_characters}}, units_of(120), "character") ==
          "120.000 character -> 3 x 1 USD/50 character = 3.0000 USD");
  const std::vector<tier<usd>> kling{{.up_to = 5_s, .once = 0.21_usd}, {.each = 0.042_usd / 1_s}};
  REQUIRE(explained({.model = graduated_charge<usd>{kling}}, 8_s) ==
          "8.000 s: (0.21 USD + 3.000 x 0.042 USD/s) = 0.3360 USD");
  REQUIRE(explained({.model = volume_charge<usd>{kling}}, 8_s) ==
          "8.000 s: (8.000 x 0.042 USD/s) = 0.3360 USD");
  REQUIRE(explained({.model = unit_charge{exact<usd>{rational<>{46, 7}} / 1'000'000_tokens}},
                    units_of(108'000),
                    "token") == "108000.000 token x 46/7 USD/1000000 token = 0.7097 USD");
}

TEST_CASE("a share names what it is a share of") {
  auto d = one_rate({.model = flat_charge{14.29_usd}});
  d.components.push_back({.name = "tax"});
  d.rates.push_back({"tax", {}, {.model = percentage_charge{{24, 100}, "part"}}});
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"used", {}}})});
  REQUIRE(*explain(card, q, first, 1) == "24 % of 14.29 USD (part) = 3.4296 USD (card v1, only)");
}

TEST_CASE("a card that makes its prices credits says so of what is charged") {
  auto d = one_rate({.model = unit_charge{0.05_usd / 1_s}, .at_least = 0.3_usd, .at_most = 2_usd});
  d.multiplier = {10};
  d.measures[0].unit = "s";
  d.components.push_back({.name = "fee"});
  d.rates.push_back({"fee", {}, {.model = percentage_charge{{1, 10}, "part"}}});
  const auto card = built(d);
  const auto text = [&](quantity<any_unit> used, std::size_t n) {
    return *explain(card, quoted(card, {uses(card, 1, {{"used", used}})}), first, n);
  };
  CHECK(text(1_s, 0) == "1.000 s x 0.05 USD/s x 10 = 0.5000 CREDIT (card v1, only)");
  CHECK(text(1_s, 1) == "10 % of 0.5 CREDIT (part) = 0.0500 CREDIT (card v1, only)");
  CHECK(text(0.1_s, 0) ==
        "0.100 s x 0.05 USD/s x 10, at least 0.3 CREDIT = 0.3000 CREDIT (card v1, only)");
  CHECK(text(9_s, 0) ==
        "9.000 s x 0.05 USD/s x 10, at most 2 CREDIT = 2.0000 CREDIT (card v1, only)");
}

TEST_CASE("a line that its card does not give is not explained") {
  const auto card = built(veo());
  auto q = quoted(card, {uses(card, 1, {{"duration", 7.3_s}})});
  q.lines[0].price += 0.0001_usd;
  REQUIRE(explain(card, q, first, 0).error().code == error::corrupt_record);
}

TEST_CASE("every tier that was entered is shown, and only those") {
  const std::vector<tier<usd>> tiers{{.up_to = 5_s, .each = 1_usd / 1_s, .once = exact{2_usd}},
                                     {.up_to = 9_s, .each = 0.5_usd / 1_s},
                                     {.each = 0.25_usd / 1_s, .once = exact{1_usd}}};
  const charge<usd> graduated{.model = graduated_charge<usd>{tiers}};
  CHECK(explained(graduated, {}) == "0.000 s: (0) = 0.0000 USD");
  CHECK(explained(graduated, 5_s) == "5.000 s: (5.000 x 1 USD/s + 2 USD) = 7.0000 USD");
  CHECK(explained(graduated, 7_s) ==
        "7.000 s: (5.000 x 1 USD/s + 2 USD + 2.000 x 0.5 USD/s) = 8.0000 USD");
  const charge<usd> volume{.model = volume_charge<usd>{tiers}};
  CHECK(explained(volume, 5_s) == "5.000 s: (5.000 x 1 USD/s + 2 USD) = 7.0000 USD");
  CHECK(explained(volume, 10_s) == "10.000 s: (10.000 x 0.25 USD/s + 1 USD) = 3.5000 USD");
}

TEST_CASE("a measure without a symbol is counted in plain numbers") {
  const auto card = built(one_rate({.model = unit_charge{1_usd / 1_s}}));
  const auto q = quoted(card, {uses(card, 1, {{"used", 2_s}})});
  CHECK(*explain(card, q, first, 0) == "2.000 x 1 USD = 2.0000 USD (card v1, only)");
  CHECK(to_string(unit_price<usd>{rational<>{1}, units_of(50)}, "") == "1 USD/50");
}

TEST_CASE("a line whose quantities are not those of its item is not explained") {
  const auto card = built(veo());
  const auto sound = quoted(card, {uses(card, 1, {{"duration", 7.3_s}})});
  auto q = sound;
  q.lines[0].raw = 7.4_s;
  CHECK(explain(card, q, first, 0).error().code == error::corrupt_record);
  q = sound;
  q.lines[0].billed = 7.4_s;
  CHECK(explain(card, q, first, 0).error().code == error::corrupt_record);
}

TEST_CASE("a line over the request is explained by the items that have its rate") {
  auto d = one_rate({.model = unit_charge{1_usd / 1_s}});
  d.measures[0].unit = "s";
  d.dimensions = {{"size", {"s", "l"}}};
  d.components[0].scope = charge_scope::whole_request;
  d.components[0].optional = true;
  d.rates.push_back({"part", {{"size", "l"}}, {.model = unit_charge{2_usd / 1_s}}});
  const auto card = built(d);
  const auto q = quoted(
      card, {uses(card, 1, {{"used", 1_s}}, {{"size", "s"}}),
             uses(card, 2, {{"used", 2_s}}, {{"size", "l"}}), uses(card, 3, {}, {{"size", "l"}}),
             uses(card, 4, {{"used", 4_s}}, {{"size", "l"}})});
  CHECK(*explain(card, q, first, 0) == "1.000 s x 1 USD/s = 1.0000 USD (card v1, only)");
  CHECK(*explain(card, q, first, 1) == "6.000 s x 2 USD/s = 12.0000 USD (card v1, only)");
}

TEST_CASE("a discount of more digits than a percentage has is shown as a fraction") {
  const int128 whole = (static_cast<int128>(1) << 126) - 1;
  const std::string share =
      detail::write_decimal<int128>(whole - 2, 0) + "/" + detail::write_decimal<int128>(whole, 0);
  CHECK(explained({.model = flat_charge{0_usd}, .discount = {whole - 2, whole}}, 1_s) ==
        "0 USD - " + share + " = 0.0000 USD");
}

}  // namespace
