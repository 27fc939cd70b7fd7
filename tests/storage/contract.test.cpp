// SPDX-License-Identifier: BSL-1.0
// The suite passes stores that are right, and names what is wrong with those that are not.
#include <tollgate/storage/contract.hpp>

#include <storage/mutants/broken_store.hpp>
#include <support/catch.hpp>
#include <tollgate/memory/store.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::test {
namespace {

contract::report try_store(fault broken, const contract::options& how = {}) {
  return contract::run(
      [&](clock_source clock) { return std::make_unique<broken_store>(clock, broken); }, how);
}

/// "a.b c.d" as its parts.
std::vector<std::string> rules_in(std::string_view words) {
  std::vector<std::string> found{""};
  for (const char c : words) {
    if (c == ' ') {
      found.emplace_back();
    } else {
      found.back() += c;
    }
  }
  return found;
}

/// Answers every call with `storage_unavailable`.
struct failing_store {
  static auto down() { return refuse(error::storage_unavailable); }
  result<snapshot> load(const load_request&) { return down(); }
  result<std::vector<verdict>> commit(std::span<unit>) { return down(); }
  result<std::vector<claimed_job>> claim(const claim_request&) { return down(); }
  result<beat_answer> heartbeat(const beat&) { return down(); }
  result<std::vector<due_job>> due(const due_request&) { return down(); }
  result<void> set_limits(const queue_limits&) { return down(); }
  result<void> set_kind(const kind_setting&) { return down(); }
  result<page<job_record>> jobs(account_id, const job_filter&, const cursor&) { return down(); }
  result<page<operation>> history(account_id, const cursor&) { return down(); }
  result<std::vector<attempt>> attempts(account_id, job_id) { return down(); }
  result<project_total> running_total(account_id, project_id) { return down(); }
  result<page<operation>> last_operation(account_id, timestamp) { return down(); }
  result<queue_state> queue(account_id, const std::string&) { return down(); }
  result<page<account_id>> accounts(const cursor&) { return down(); }
  result<account_records> audit(account_id) { return down(); }
};

TEST_CASE("the store of the example keeps every rule", "[contract]") {
  const auto report = contract::run([](clock_source clock) { return host::own_store{clock}; });
  INFO(report.failures());
  REQUIRE(report.all_passed());
  REQUIRE(report.outcomes.size() == contract::rules().size());
}

TEST_CASE("the store in memory keeps every rule", "[contract]") {
  const auto report = contract::run([](clock_source clock) {
    return std::make_unique<memory::store>(memory::options{.clock = clock});
  });
  INFO(report.failures());
  REQUIRE(report.all_passed());
}

TEST_CASE("a store without a fault passes as a mutant too", "[contract]") {
  const auto report = try_store(fault::none);
  INFO(report.failures());
  REQUIRE(report.all_passed());
}

TEST_CASE("every broken store is noticed by the rules that name its fault", "[contract]") {
  for (const mutant& m : mutants) {
    const auto ids = rules_in(m.caught);
    const auto report = try_store(m.broken, {.only = ids});
    CAPTURE(std::string{m.name}, report.failures());
    CHECK(report.outcomes.size() == ids.size());
    for (const contract::outcome& o : report.outcomes) {
      CAPTURE(o.id);
      CHECK_FALSE(o.passed);
      CHECK_FALSE(o.message.empty());
    }
  }
}

TEST_CASE("every rule is broken by some store, so that none is there in vain", "[contract]") {
  std::set<std::string> broken;
  for (const mutant& m : mutants) {
    for (const std::string& id : rules_in(m.caught)) broken.insert(id);
  }
  for (const contract::rule& r : contract::rules()) {
    CAPTURE(std::string{r.id});
    CHECK(broken.count(std::string{r.id}) == 1);
  }
}

TEST_CASE("rules have names of their own and say which promises they prove") {
  std::set<std::string_view> ids;
  std::set<std::string_view> names;
  for (const contract::promise& p : contract::promises) names.insert(p.name);
  for (const contract::rule& r : contract::rules()) {
    CAPTURE(std::string{r.id});
    CHECK(ids.insert(r.id).second);
    CHECK_FALSE(r.text.empty());
    CHECK_FALSE(contract::promises_of(r).empty());
    for (const std::string_view name : contract::promises_of(r)) {
      CAPTURE(std::string{name});
      CHECK(names.count(name) == 1);
    }
  }
}

TEST_CASE("a rule that tries nothing does not pass") {
  manual_clock clock;
  host::own_store store{clock.source()};
  contract::erased erased{store};
  const contract::rule lazy{"lazy.rule", "is never tried", "ledger 1", [](contract::trial&) {}};
  const auto said = contract::try_rule(lazy, erased, clock, {});
  CHECK_FALSE(said.passed);
  CHECK(said.message == "nothing was tried");
}

TEST_CASE("a fault is told with its place and both values") {
  manual_clock clock;
  host::own_store store{clock.source()};
  contract::erased erased{store};
  const contract::rule wrong{"wrong.rule", "is never kept", "ledger 1",
                             [](contract::trial& t) { t.same(1 + 1, 3, "a sum"); }};
  const auto said = contract::try_rule(wrong, erased, clock, {});
  CHECK_FALSE(said.passed);
  CHECK(said.message.rfind("contract.test.cpp:", 0) == 0);
  CHECK(said.message.find("a sum: is 2, not 3") != std::string::npos);
}

TEST_CASE("no rules, no proof") {
  const auto report = try_store(fault::none, {.only = {"no such rule"}});
  CHECK(report.outcomes.empty());
  CHECK_FALSE(report.all_passed());
}

TEST_CASE("a store that always fails is told apart from a crash") {
  const auto report = contract::run([](clock_source) { return std::make_unique<failing_store>(); });
  CHECK(report.outcomes.size() == contract::rules().size());
  CHECK(report.passed() == 0);
}

}  // namespace
}  // namespace tollgate::test
