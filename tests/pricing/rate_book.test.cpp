// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/rate_book.hpp>

#include <pricing/cards.hpp>
#include <support/catch.hpp>

#include <string>
#include <utility>

namespace {

using namespace tollgate;
using namespace tollgate::test;

/// Where a second version is refused after version 12 of the Veo card.
std::string refused_at(card_description<usd> next) {
  rate_book<usd> book;
  REQUIRE(book.add(built(veo(12))));
  const auto added = book.add(built(std::move(next)));
  REQUIRE(book.versions().size() == (added ? 2U : 1U));
  return added ? "added" : added.error().place;
}

TEST_CASE("a version is in effect from its start to just before its end") {
  auto d = veo(1);
  d.effective_from = {100};
  d.effective_to = {200};
  rate_book<usd> book;
  REQUIRE(book.add(built(d)));
  REQUIRE(!book.at({99}));
  REQUIRE(book.at({100})->version() == 1);
  REQUIRE(book.at({199})->version() == 1);
  REQUIRE(!book.at({200}));
}

TEST_CASE("the next version ends the one before it") {
  rate_book<usd> book;
  REQUIRE(book.add(built(veo(1))));
  REQUIRE(book.effective_to(1) == never);
  REQUIRE(book.add(built(veo(2))));
  REQUIRE(book.effective_to(1) == timestamp{2'000'000});
  REQUIRE(book.effective_to(2) == never);
  REQUIRE(book.version(1)->version() == 1);
  REQUIRE(!book.version(3));
}

TEST_CASE("versions are only added, later and higher") {
  REQUIRE(refused_at(veo(13)) == "added");
  REQUIRE(refused_at(veo(12)) == "/version");
  auto d = veo(13);
  d.effective_from = veo(12).effective_from;
  REQUIRE(refused_at(d) == "/effectiveFrom");
  d = veo(13);
  d.name = "sora";
  REQUIRE(refused_at(d) == "/name");
}

TEST_CASE("what a usage refers to by position can be appended, never moved") {
  auto d = veo(13);
  d.variants.push_back("ultra");
  d.rates.push_back({"video", {{"variant", "ultra"}}, {.model = unit_charge{1_usd / 1_s}}});
  d.measures.push_back({.name = "images"});
  d.dimensions.push_back({"audio", {"off", "on"}});
  REQUIRE(refused_at(d) == "added");
  d = veo(13);
  std::swap(d.variants[0], d.variants[1]);
  REQUIRE(refused_at(d) == "/variants");
  d = veo(13);
  d.measures[0] = {.name = "duration", .unit = "min", .maximum = units_of(60)};
  for (auto& r : d.rates) r.charge.model = unit_charge{1_usd / units_of(1)};
  REQUIRE(refused_at(d) == "/measures");
}

TEST_CASE("copies of a book share their cards") {
  rate_book<usd> book;
  REQUIRE(book.add(built(veo(1))));
  auto next = book;
  REQUIRE(next.add(built(veo(2))));
  REQUIRE(book.versions().size() == 1);
  REQUIRE(next.version(1) == book.version(1));
}

TEST_CASE("a version ends where it says, when the next one begins later") {
  auto d = veo(1);
  d.effective_to = {1'500'000};
  rate_book<usd> book;
  REQUIRE(book.add(built(d)));
  REQUIRE(book.add(built(veo(2))));
  CHECK(book.effective_to(1) == timestamp{1'500'000});
  CHECK(!book.at({1'700'000}));
}

TEST_CASE("nothing that a usage refers to may go or become something else") {
  auto first = veo(12);
  first.dimensions = {{"size", {"s", "l"}}};
  first.measures.push_back({.name = "area", .product_of = {"duration", "duration"}});
  const auto breaks = [&](auto change) {
    auto next = first;
    next.version = 13;
    next.effective_from = veo(13).effective_from;
    change(next);
    rate_book<usd> book;
    REQUIRE(book.add(built(first)));
    const auto added = book.add(built(next));
    return added ? std::string{"added"} : added.error().place;
  };
  CHECK(breaks([](auto&) {}) == "added");
  CHECK(breaks([](auto& d) { d.dimensions.clear(); }) == "/dimensions");
  CHECK(breaks([](auto& d) { d.dimensions[0].name = "length"; }) == "/dimensions");
  CHECK(breaks([](auto& d) { d.dimensions[0].values[1] = "xl"; }) == "/dimensions");
  CHECK(breaks([](auto& d) { d.measures.pop_back(); }) == "/measures");
  CHECK(breaks([](auto& d) { d.measures[1].name = "square"; }) == "/measures");
  CHECK(breaks([](auto& d) { d.measures[1].divided_by = 2; }) == "/measures");
  CHECK(breaks([](auto& d) { d.measures[1].product_of.pop_back(); }) == "/measures");
}

}  // namespace
