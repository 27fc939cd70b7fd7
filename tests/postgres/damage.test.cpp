// SPDX-License-Identifier: BSL-1.0
// What cannot be read, and what is answered twice: neither may cost the others anything.
#include <tollgate/postgres/store.hpp>

#include <postgres/desk.hpp>
#include <support/catch.hpp>

#include <set>
#include <string>
#include <vector>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::nth;
using contract::whole;

std::vector<order_item> items(std::uint64_t n) {
  std::vector<order_item> made;
  for (std::uint64_t i = 1; i <= n; ++i) made.push_back(desk::item(i, whole(1)));
  return made;
}
std::int64_t leased(const office& o) {
  return o.schema.number("SELECT count(*) FROM {schema}.live WHERE phase = 1");
}

void claim_around(const std::string& damage, const std::string& mend) {
  INFO(damage);
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  REQUIRE(d.confirm("click", items(8)));
  o.schema.run(damage + " WHERE j.ordinal = 2");
  const claim_request eight{.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = 8};
  const auto jobs = o.store->claim(eight);
  REQUIRE(jobs.has_value());
  CHECK(jobs->size() == 7);
  for (const claimed_job& job : *jobs) CHECK(job.body->ordinal != 2);
  CHECK(leased(o) == 8);
  o.schema.run(mend + " WHERE j.ordinal = 2");
  for (const claimed_job& job : *jobs) CHECK(d.settle(job, settle_kind::succeeded, whole(1)));
  o.clock.advance(seconds(30));
  CHECK(d.decide_due() == 1);  // its lease ran out
  o.clock.advance(days(1));
  const auto again = o.store->claim(eight);
  REQUIRE(again.has_value());
  REQUIRE(again->size() == 1);
  CHECK(again->front().body->ordinal == 2);
  o.expect_no_faults();
}

TEST_CASE("a claim answers every job it leased but the one that cannot be read") {
  claim_around("UPDATE {schema}.job j SET words = '\\xff'",
               "UPDATE {schema}.job j SET words = (SELECT words FROM {schema}.job WHERE ordinal = "
               "0)");
  claim_around(
      "ALTER TABLE {schema}.job ALTER kind DROP NOT NULL; "
      "UPDATE {schema}.job j SET kind = NULL",
      "UPDATE {schema}.job j SET kind = 'render'");
}

TEST_CASE("a claim that meets nothing but jobs that cannot be read says so, and leases no more") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  REQUIRE(d.confirm("click", items(8)));
  o.schema.run("UPDATE {schema}.job SET words = '\\xff'");
  const auto jobs = o.store->claim({.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = 3});
  REQUIRE_FALSE(jobs.has_value());
  CHECK(jobs.error().code == error::corrupt_record);
  CHECK_FALSE(jobs.error().place.empty());
  CHECK(leased(o) == 3);
}

TEST_CASE("due jobs that nobody can decide keep no others from being named") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  REQUIRE(d.confirm("click", items(9)));
  REQUIRE(o.store->claim({.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = 9}));
  o.clock.advance(minutes(1));  // all leases ran out, and nobody decides
  std::multiset<job_id> named;
  for (int looks = 0; looks < 9; ++looks) {
    const auto some = o.store->due({.limit = 2});
    REQUIRE(some.has_value());
    REQUIRE(some->size() == 2);
    for (const due_job& j : *some) named.insert(j.job);
  }
  // Eighteen names for nine jobs, in turns: each has two.
  CHECK(std::set<job_id>(named.begin(), named.end()).size() == 9);
  for (const job_id job : named) CHECK(named.count(job) == 2);
  const auto all = o.store->due({.limit = 100});
  REQUIRE(all.has_value());
  CHECK(all->size() == 9);
  CHECK(d.decide_due() == 9);
}

TEST_CASE("a lot that two jobs drew from is loaded once") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  const auto order = d.confirm("click", items(2));
  REQUIRE(order.has_value());
  const auto loaded = o.store->load({.wants = {{.account = d.id, .jobs = order->jobs}}});
  REQUIRE(loaded.has_value());
  const ledger_state& ledger = loaded->accounts.front().ledger;
  CHECK(ledger.holds.size() == 2);
  std::set<lot_id> lots;
  for (const lot& l : ledger.lots) CHECK(lots.insert(l.id).second);
  CHECK(lots.size() == 1);
}

TEST_CASE("a damaged record after a first statement leaves the outcome of a commit unknown") {
  office o;
  contract::hand_book book{o.trial};
  REQUIRE(book.must_write(book.opening(whole(50))));
  std::vector<unit> units{book.ordering("order", {{}})};
  book.adopt(units.front());
  // What changes a job that a unit before it makes is a statement of its own.
  units.push_back(book.settling(book.jobs.back()));
  units.back().ledger->entries.front().amount += credits::from_units(1);
  const auto said = o.store->commit(units);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.operation") == 2);
  REQUIRE_FALSE(said.has_value());
  CHECK(said.error().code == error::outcome_unknown);
}

}  // namespace
}  // namespace tollgate::test
