// SPDX-License-Identifier: BSL-1.0
#include <tollgate/warnings/rule_set.hpp>

#include <support/catch.hpp>

#include <string>
#include <vector>

namespace {

using namespace tollgate;

struct order {
  int pages;
  bool colour;
};

void too_long(const order& facts, finding_sink& to) {
  if (facts.pages > 100) to.add({.code = "too_long"});
}

constexpr auto in_colour = [](const order& facts, finding_sink& to) {
  if (facts.colour) to.add({.level = severity::info, .code = "in_colour"});
};

struct longer_than {
  int limit;
  constexpr void operator()(const order& facts, finding_sink& to) const {
    if (facts.pages > limit) to.add({.code = "longer_than"});
  }
};

struct embargo {
  void operator()(const order&, finding_sink& to) const { to.add({.code = "embargo"}); }
};

std::vector<std::string> codes_of(const std::vector<finding>& findings) {
  std::vector<std::string> codes;
  for (const auto& f : findings) codes.push_back(f.code);
  return codes;
}

static_assert(rule_for<decltype(in_colour), order> && rule_for<longer_than, order>);
static_assert(rule_for<decltype(&too_long), order>);
static_assert(!rule_for<longer_than, int> && !rule_for<int, order>);
static_assert(rules_for<rule_set<longer_than>, order> && !rules_for<rule_set<longer_than>, int>);

// A set is put together while compiling, and asked too where nothing is found: the strings of a
// finding are beyond constant expressions in libstdc++ 12.
template <class Set, class Rule>
concept raises = requires(const Set& s) { s.template raising<Rule>(severity::block); };
static_assert(raises<rule_set<longer_than>, longer_than>);
static_assert(!raises<rule_set<longer_than>, embargo>);

constexpr auto set =
    rule_set{}.with(in_colour).with(longer_than{10}).with(as_block(longer_than{20}));
static_assert(set.size() == 3);
static_assert(set.evaluate(order{5, false}).empty());

}  // namespace

TEST_CASE("a set made while compiling finds the same when it is asked later") {
  const auto found = set.evaluate(order{21, true});
  CHECK(codes_of(found) == std::vector<std::string>{"in_colour", "longer_than", "longer_than"});
  CHECK(found[1].level == severity::warning);
  CHECK(found[2].level == severity::block);
}

TEST_CASE("a set without rules finds nothing") {
  CHECK(rule_set{}.evaluate(order{1'000, true}).empty());
}

TEST_CASE("findings come in the order in which the rules were declared") {
  const order facts{200, true};
  CHECK(codes_of(rule_set{too_long, in_colour}.evaluate(facts)) ==
        std::vector<std::string>{"too_long", "in_colour"});
  CHECK(codes_of(rule_set{in_colour, too_long}.evaluate(facts)) ==
        std::vector<std::string>{"in_colour", "too_long"});
}

TEST_CASE("a rule is added without changing the set it is added to") {
  const rule_set before{in_colour};
  const auto after = before.with(&too_long);
  CHECK(before.evaluate(order{200, false}).empty());
  CHECK(codes_of(after.evaluate(order{200, false})) == std::vector<std::string>{"too_long"});
}

TEST_CASE("the same rule may stand in a set twice with other settings") {
  const rule_set twice{longer_than{10}, longer_than{20}};
  CHECK(twice.evaluate(order{15, false}).size() == 1);
  CHECK(twice.evaluate(order{25, false}).size() == 2);
}

TEST_CASE("a host raises a rule to block without touching the rule") {
  const auto found = rule_set{as_block(&too_long)}.evaluate(order{200, false});
  REQUIRE(found.size() == 1);
  CHECK(found[0].level == severity::block);
}

TEST_CASE("a rule of a set is raised in its place, and finds nothing twice") {
  static constexpr auto strict =
      rule_set{}.with(in_colour).with(longer_than{10}).raising<longer_than>(severity::block);
  static_assert(strict.size() == 2);
  const auto found = strict.evaluate(order{21, true});
  CHECK(codes_of(found) == std::vector<std::string>{"in_colour", "longer_than"});
  CHECK(found[0].level == severity::info);
  CHECK(found[1].level == severity::block);
}

TEST_CASE("raising a rule of a set keeps its settings and leaves the set as it was") {
  const rule_set before{longer_than{10}};
  const auto after = before.raising<longer_than>(severity::info);
  CHECK(after.evaluate(order{10, false}).empty());
  CHECK(after.evaluate(order{11, false}).at(0).level == severity::info);
  CHECK(before.evaluate(order{11, false}).at(0).level == severity::warning);
}

TEST_CASE("a host lowers a rule to information") {
  const auto found = rule_set{at_severity(severity::info, &too_long)}.evaluate(order{200, false});
  REQUIRE(found.size() == 1);
  CHECK(found[0].level == severity::info);
}

TEST_CASE("a rule that is raised twice has the outer severity") {
  const auto found =
      rule_set{at_severity(severity::info, as_block(&too_long))}.evaluate(order{200, false});
  CHECK(found[0].level == severity::info);
}

TEST_CASE("a rule may use what it captured") {
  std::string limit = "house_rule";
  const auto captured = [limit](const order&, finding_sink& to) { to.add({.code = limit}); };
  CHECK(codes_of(rule_set{captured}.evaluate(order{})) == std::vector<std::string>{"house_rule"});
}
