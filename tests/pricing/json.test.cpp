// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/json.hpp>

#include <tollgate/pricing/explain.hpp>

#include <pricing/cards.hpp>
#include <support/catch.hpp>
#include <support/property.hpp>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace tollgate;
using namespace tollgate::test;

constexpr std::string_view whole_card = R"({
  "name": "studio", "version": 3, "currency": "USD",
  "effectiveFrom": "2025-11-01T00:00:00Z", "effectiveTo": "2026-11-01T00:00:00Z",
  "multiplier": "1.5", "rounding": "half_even",
  "variants": ["fast", "standard"],
  "dimensions": [{"name": "resolution", "values": ["720p", "4k"]}],
  "measures": [
    {"name": "duration", "unit": "s", "maximum": "60", "listed": ["4", "6", "8"],
     "unlisted": "refuse"},
    {"name": "width", "maximum": "4096"},
    {"name": "area", "unit": "px", "productOf": ["width", "width"], "dividedBy": 1024}
  ],
  "components": [
    {"name": "video", "measure": "duration"},
    {"name": "pixels", "measure": "area", "optional": true},
    {"name": "fee", "scope": "request"}
  ],
  "rates": [
    {"component": "video", "charge": {"model": {"type": "per_unit", "price": "0.15"},
      "step": "1", "minimum": "4", "included": "1", "multiplier": "3/2", "discount": "0.1",
      "atLeast": "0.01", "atMost": "90"}},
    {"component": "video", "where": {"resolution": "4k", "variant": "fast"},
     "charge": {"model": {"type": "not_offered"}}},
    {"component": "video", "where": {"resolution": "4k", "variant": "standard"},
     "charge": {"model": {"type": "graduated", "tiers": [
       {"upTo": "5", "once": "0.21"}, {"price": "0.042", "per": "1"}]}}},
    {"component": "pixels", "charge": {"model": {"type": "package", "price": "46/7",
      "per": "1000000"}}},
    {"component": "fee", "where": {"variant": "fast"},
     "charge": {"model": {"type": "percentage_of", "share": "0.03", "of": "video"}}},
    {"component": "fee", "charge": {"model": {"type": "flat", "price": "0.5"}}}
  ]
})";

/// The whole card with one piece of text replaced.
std::string with(std::string_view piece, std::string_view other) {
  std::string text{whole_card};
  const auto at = text.find(piece);
  REQUIRE(at != std::string::npos);
  REQUIRE(text.find(piece, at + 1) == std::string::npos);
  text.replace(at, piece.size(), other);
  return text;
}

std::string refusal(const std::string& text) {
  const auto card = parse_rate_card<usd>(text);
  return card ? "read" : to_string(card.error());
}

TEST_CASE("a card reads as it is written") {
  const auto card = parse_rate_card<usd>(whole_card);
  INFO((card ? "" : to_string(card.error())));
  REQUIRE(card);
  REQUIRE(card->name() == "studio");
  REQUIRE(card->version() == 3);
  REQUIRE(card->effective_from() == timestamp{1'761'955'200'000'000});
  REQUIRE(card->effective_to() == timestamp{1'793'491'200'000'000});
  const auto& d = card->description();
  REQUIRE(d.multiplier == rational<>{3, 2});
  REQUIRE(d.mode == rounding::half_even);
  REQUIRE(d.measures[0].otherwise == unlisted::refuse);
  REQUIRE(d.measures[2].divided_by == 1'024);
  REQUIRE(d.components[1].optional);
  REQUIRE(d.components[2].scope == charge_scope::whole_request);

  const auto q = quoted(*card, {uses(*card, 1, {{"duration", 6_s}})});
  REQUIRE(*explain(*card, q, first, 0) ==
          "6.000 s - 1.000 included = 5.000 s x 0.15 USD/s x 1.5 x 1.5 - 10 % = 1.5188 CREDIT "
          "(studio v3, fast)");
  REQUIRE(q.total(second) == 2.2688_usd);
  const auto big = quoted(*card, {uses(*card, 1, {{"duration", 6_s}}, {{"resolution", "4k"}})});
  REQUIRE(!big.offers(first));
  REQUIRE(big.total(second) == 0.378_usd + 0.75_usd);
}

TEST_CASE("the card printed in docs/pricing.md reads, builds and prices") {
  std::ifstream file{TOLLGATE_SOURCE_DIR "/docs/pricing.md"};
  std::ostringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  constexpr std::string_view fence{"```json\n"};
  const auto begin = text.find(fence);
  REQUIRE(begin != std::string::npos);
  const auto end = text.find("\n```", begin);
  REQUIRE(end != std::string::npos);
  REQUIRE(text.find(fence, end) == std::string::npos);  // one example, or the others are untried

  const auto card =
      parse_rate_card<usd>(text.substr(begin + fence.size(), end - begin - fence.size()));
  INFO((card ? "" : to_string(card.error())));
  REQUIRE(card);
  CHECK(card->warnings().empty());
  const auto q = quoted(
      *card, {uses(*card, 1,
                   {{"duration", 8_s}, {"width", units_of(1'920)}, {"height", units_of(1'080)}})});
  // fast: 8 x 0.15 - 10 %, two started megapixels, nothing beyond the 10 s included, the fee.
  CHECK(q.total(first) == 1.08_usd + 0.04_usd + 0_usd + 0.05_usd);
  // standard: 8 x 0.46 x 3/2, the same, and three percent of the video.
  CHECK(q.total(second) == 5.52_usd + 0.04_usd + 0_usd + 0.1656_usd);
}

TEST_CASE("an unknown member is refused wherever it is") {
  REQUIRE(refusal(with(R"("name": "studio")", R"("name": "studio", "nmae": 1)")) ==
          "invalid_argument at /nmae: unknown member");
  REQUIRE(refusal(with(R"("maximum": "4096")", R"("maximun": "4096")")) ==
          "invalid_argument at /measures/1/maximun: unknown member");
  REQUIRE(refusal(with(R"("price": "0.15")", R"("price": "0.15", "a/b~": 1)")) ==
          "invalid_argument at /rates/0/charge/model/a~1b~0: unknown member");
}

TEST_CASE("wrong values are refused with their JSON pointer") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {with(R"("0.15")", "0.15"), "invalid_argument at /rates/0/charge/model/price: not a text"},
      {with(R"("0.15")", R"("1e3")"),
       "invalid_argument at /rates/0/charge/model/price: \"1e3\" is not a plain decimal number"},
      {with(R"("atMost": "90")", R"("atMost": "0.12345")"),
       "too_precise at /rates/0/charge/atMost: \"0.12345\" has more than 4 decimals"},
      {with(R"("maximum": "60")", R"("maximum": "NaN")"),
       "invalid_argument at /measures/0/maximum: \"NaN\" is not a plain decimal number"},
      {with(R"("version": 3)", R"("version": -3)"),
       "invalid_argument at /version: not a whole number from 1 to 4294967295"},
      {with(R"("version": 3)", R"("version": 3.5)"),
       "invalid_argument at /version: not a whole number from 1 to 4294967295"},
      {with(R"("USD")", R"("EUR")"), "unknown_currency at /currency: not USD"},
      {with(R"("half_even")", R"("half_up")"), "invalid_argument at /rounding: not a rounding"},
      {with(R"("2025-11-01T00:00:00Z")", R"("yesterday")"),
       "invalid_argument at /effectiveFrom: not an RFC 3339 instant"},
      {with(R"("46/7")", R"("46/0")"),
       "invalid_argument at /rates/3/charge/model/price: the denominator is zero"},
      {with(R"("per": "1000000")", R"("per": "0")"),
       "invalid_argument at /rates/3/charge/model/per: not positive"},
      {with(R"("type": "flat")", R"("type": "free")"),
       "invalid_argument at /rates/5/charge/model/type: not a charge model: \"free\""},
      {with(R"("of": "video")", R"("of": "audio")"),
       "invalid_argument at /rates/4/charge/model/of: no component of this name before it"},
      {with(R"("scope": "request")", R"("scope": "scene")"),
       "invalid_argument at /components/2/scope: \"scene\" is not a choice"},
      {with(R"("optional": true)", R"("optional": 1)"),
       "invalid_argument at /components/1/optional: neither true nor false"},
      {with(R"("variants": ["fast", "standard"])", R"("variants": "fast")"),
       "invalid_argument at /variants: not a list"},
      {with(R"("variants": ["fast", "standard"],)", ""), "invalid_argument at /variants: missing"},
      {with(R"({"resolution": "4k", "variant": "fast"})", R"({"a/b~": "4k"})"),
       "invalid_argument at /rates/1/where/a~1b~0: no such dimension"},
      {with(R"("name": "studio")", R"("name": null)"), "invalid_argument at /name: missing"},
      {with(R"({"resolution": "4k", "variant": "fast"})", "3"),
       "invalid_argument at /rates/1/where: not an object"},
      {with(R"("version": 3)", R"("version": 0)"),
       "invalid_argument at /version: not a whole number from 1 to 4294967295"},
      {with(R"("version": 3)", R"("version": 4294967296)"),
       "invalid_argument at /version: not a whole number from 1 to 4294967295"},
  };
  for (const auto& [text, expected] : rows) REQUIRE(refusal(text) == expected);
}

TEST_CASE("a member that is there twice is refused, the last one does not win") {
  REQUIRE(refusal(with(R"("price": "0.15")", R"("price": "0.15", "price": "0.01")")) ==
          "invalid_argument: \"price\" is there twice");
}

TEST_CASE("what is not a JSON object is refused") {
  REQUIRE(refusal("") == "invalid_argument: not JSON");
  REQUIRE(refusal("{") == "invalid_argument: not JSON");
  REQUIRE(refusal(std::string{whole_card} + "x") == "invalid_argument: not JSON");
  REQUIRE(refusal("[]") == "invalid_argument: not an object");
  REQUIRE(refusal("null") == "invalid_argument: not an object");
}

TEST_CASE("no damage to a card crashes the reader", "[property]") {
  test::check_law("survives", [](std::uint16_t at, std::uint8_t cut, char with_this) {
    std::string text{whole_card};
    const auto place = at % text.size();
    text.replace(place, cut % 8, std::string(1, with_this));
    const auto card = parse_rate_card<usd>(text);
    return card ? card->variants().size() > 0 : card.error().code != error::none;
  });
}

TEST_CASE("volume tiers, a word for the unlisted and a false read as they are written") {
  auto text = with(R"("graduated", "tiers")", R"("volume", "tiers")");
  text.replace(text.find(R"("refuse")"), 8, R"("warn")");
  text.replace(text.find(R"("optional": true)"), 16, R"("optional": false)");
  const auto card = describe_rate_card<usd>(text);
  REQUIRE(card);
  CHECK(std::holds_alternative<volume_charge<usd>>(card->rates[2].charge.model));
  CHECK(card->measures[0].otherwise == unlisted::warn);
  CHECK(!card->components[1].optional);
}

}  // namespace
