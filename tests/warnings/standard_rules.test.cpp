// SPDX-License-Identifier: BSL-1.0
#include <tollgate/warnings/standard_rules.hpp>

#include <tollgate/warnings/rule_set.hpp>

#include <support/catch.hpp>

using namespace tollgate;

TEST_CASE("credit below the threshold is low and credit at the threshold is not") {
  const rule_set house{rules::low_credit{}};
  const account_facts at{.available = 10_cr, .low_credit_threshold = 10_cr};
  CHECK(house.evaluate(at).empty());
  const account_facts below{.available = 9.9999_cr, .low_credit_threshold = 10_cr};
  const auto found = house.evaluate(below);
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "low_credit");
  CHECK(found[0].message == "available 9.9999 is below the threshold 10.0000");
}

TEST_CASE("a domain's facts keep the rules of the account and add rules of their own") {
  struct studio_facts : account_facts {
    bool after_hours{};
  };
  const rule_set house{rules::low_credit{}, [](const studio_facts& facts, finding_sink& to) {
                         if (facts.after_hours) {
                           to.add({.level = severity::block, .code = "after_hours"});
                         }
                       }};
  studio_facts facts;
  facts.low_credit_threshold = 1_cr;
  facts.after_hours = true;
  const auto found = house.evaluate(facts);
  REQUIRE(found.size() == 2);
  CHECK(found[0].code == "low_credit");
  CHECK(found[1].code == "after_hours");
}
