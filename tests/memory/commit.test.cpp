// SPDX-License-Identifier: BSL-1.0
#include <tollgate/memory/commit.hpp>

#include <memory/desk.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {
namespace {

// The smallest unit that moves an account on by one operation.
unit touching(account_id id, std::uint64_t seq, std::string key) {
  unit u{.account = id};
  u.ledger = ledger_change{.expected_seq = seq, .row = {.id = id, .seq = seq + 1}};
  u.ledger->operations.push_back(
      {.seq = seq + 1, .request = {.account = id, .key = std::move(key)}});
  return u;
}
job_insert job(account_id id, std::uint64_t n, item_id item) {
  return {
      .body = std::make_shared<const job_body>(job_body{.id = nth<job_id>(n),
                                                        .account = id,
                                                        .item = item,
                                                        .kind = "render",
                                                        .states = std::make_shared<state_names>()}),
      .status = {.id = nth<job_id>(n)}};
}
verdict commit(desk& d, unit u) {
  const auto verdicts = value(d.store.commit({&u, 1}));
  REQUIRE(verdicts.size() == 1);
  return verdicts.front();
}
std::uint64_t seq_of(desk& d, account_id id) { return value(d.store.audit(id)).row.seq; }

TEST_CASE("a unit for an account that must not exist opens it once") {
  desk d;
  const auto id = nth<account_id>(1);
  REQUIRE(commit(d, touching(id, 0, "a")) == verdict::written);
  REQUIRE(commit(d, touching(id, 0, "b")) == verdict::moved);
  REQUIRE(seq_of(d, id) == 1);
}

TEST_CASE("a unit decided from another seq is not written") {
  desk d;
  const auto id = nth<account_id>(1);
  commit(d, touching(id, 0, "a"));
  REQUIRE(commit(d, touching(id, 2, "b")) == verdict::moved);
  REQUIRE(seq_of(d, id) == 1);
}

TEST_CASE("a unit for an account that was never seen leaves no trace when it is refused") {
  desk d;
  const auto id = nth<account_id>(1);
  REQUIRE(commit(d, touching(id, 3, "a")) == verdict::moved);
  REQUIRE(value(d.store.accounts({})).items.empty());
  REQUIRE(commit(d, touching(id, 0, "a")) == verdict::written);
}

TEST_CASE("a key is taken once per account and free in another") {
  desk d;
  const auto one = nth<account_id>(1);
  const auto two = nth<account_id>(2);
  commit(d, touching(one, 0, "k"));
  REQUIRE(commit(d, touching(one, 1, "k")) == verdict::key_taken);
  REQUIRE(commit(d, touching(two, 0, "k")) == verdict::written);
}

TEST_CASE("operations without a key are never in each other's way") {
  desk d;
  const auto id = nth<account_id>(1);
  commit(d, touching(id, 0, ""));
  REQUIRE(commit(d, touching(id, 1, "")) == verdict::written);
}

TEST_CASE("a key twice in one unit is taken, for a new account too") {
  desk d;
  const auto id = nth<account_id>(1);
  unit u = touching(id, 0, "k");
  u.ledger->operations.push_back({.seq = 2, .request = {.key = "k"}});
  REQUIRE(commit(d, std::move(u)) == verdict::key_taken);
}

TEST_CASE("an item is taken while its job lives, by another unit or within one") {
  desk d;
  const auto id = nth<account_id>(1);
  unit u = touching(id, 0, "a");
  u.inserts.push_back(job(id, 1, nth<item_id>(1)));
  u.inserts.push_back(job(id, 2, nth<item_id>(1)));
  REQUIRE(commit(d, std::move(u)) == verdict::item_taken);
  u = touching(id, 0, "a");
  u.inserts.push_back(job(id, 1, nth<item_id>(1)));
  REQUIRE(commit(d, std::move(u)) == verdict::written);
  u = touching(id, 1, "b");
  u.inserts.push_back(job(id, 2, nth<item_id>(1)));
  REQUIRE(commit(d, std::move(u)) == verdict::item_taken);
}

TEST_CASE("an item twice in a large order is noticed") {
  desk d;
  const auto id = nth<account_id>(1);
  unit u = touching(id, 0, "a");
  for (std::uint64_t n = 0; n < 100; ++n) u.inserts.push_back(job(id, n, nth<item_id>(n % 99)));
  REQUIRE(commit(d, std::move(u)) == verdict::item_taken);
}

TEST_CASE("an item of one account does not stand in the way of another account") {
  desk d;
  for (std::uint64_t n = 1; n <= 2; ++n) {
    unit u = touching(nth<account_id>(n), 0, "a");
    u.inserts.push_back(job(nth<account_id>(n), n, nth<item_id>(1)));
    REQUIRE(commit(d, std::move(u)) == verdict::written);
  }
}

TEST_CASE("each unit of a commit is judged alone, and in order") {
  desk d;
  const auto one = nth<account_id>(1);
  const auto two = nth<account_id>(2);
  std::vector<unit> units;
  units.push_back(touching(one, 0, "a"));
  units.push_back(touching(two, 5, "a"));
  units.push_back(touching(one, 1, "b"));
  units.push_back(touching(one, 1, "c"));
  const auto verdicts = value(d.store.commit(units));
  REQUIRE(verdicts ==
          std::vector<verdict>{verdict::written, verdict::moved, verdict::written, verdict::moved});
  REQUIRE(seq_of(d, one) == 2);
  REQUIRE(seq_of(d, two) == 0);
}

TEST_CASE("what follows a refused unit of its account is decided again, though its seq fits") {
  desk d;
  const auto one = nth<account_id>(1);
  const auto two = nth<account_id>(2);
  commit(d, touching(one, 0, "somebody else's"));
  std::vector<unit> units;
  units.push_back(touching(one, 0, "a"));
  units.push_back(touching(one, 1, "b"));  // decided from what "a" would have made
  units.push_back(touching(two, 0, "a"));
  const auto verdicts = value(d.store.commit(units));
  REQUIRE(verdicts == std::vector<verdict>{verdict::moved, verdict::moved, verdict::written});
  REQUIRE(seq_of(d, one) == 1);
}

TEST_CASE("a unit without money does not look at the account's seq") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(1));
  const auto c = d.claim().front();
  value(d.ask(grant_request{.account = a, .amount = whole(1), .key = "g"}));
  unit u{.account = a};
  u.jobs.push_back({.status = c.status,
                    .expected_epoch = c.status.epoch,
                    .expected_revision = c.status.revision});
  ++u.jobs.front().status.revision;
  u.jobs.front().status.progress = 300;
  REQUIRE(commit(d, std::move(u)) == verdict::written);
  REQUIRE(d.status(a, c.body->id).progress == 300);
}

TEST_CASE("money is not written when the job beside it went on") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(1));
  const auto c = d.claim().front();
  const auto before = value(d.store.audit(a));
  unit u = touching(a, before.row.seq, "m");
  u.jobs.push_back({.status = c.status,
                    .expected_epoch = c.status.epoch - 1,
                    .expected_revision = c.status.revision});
  unit again = u;
  again.jobs.front().expected_epoch = c.status.epoch;
  again.jobs.front().expected_revision = c.status.revision + 1;
  REQUIRE(commit(d, std::move(u)) == verdict::stale_lease);
  REQUIRE(commit(d, std::move(again)) == verdict::moved);
  REQUIRE(value(d.store.audit(a)).row == before.row);
  REQUIRE(value(d.store.audit(a)).operations == before.operations);
}

TEST_CASE("a lost lease is not taken away once it was renewed") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(1));
  const auto c = d.claim().front();
  d.clock.advance(seconds(30));
  const auto due = value(d.store.due({}));
  REQUIRE(due.size() == 1);
  auto loaded = value(d.store.load({.wants = {want_for(due.front())}}));
  auto lost = decide(loaded.accounts.front(), due.front(), loaded.now, d.rules);
  REQUIRE(lost.write);
  value(d.store.heartbeat({.worker = c.status.worker, .leases = {desk::lease_of(c)}}));
  REQUIRE(commit(d, std::move(*lost.write)) == verdict::moved);
  REQUIRE(d.status(a, c.body->id).phase == job_phase::leased);
}

TEST_CASE("the running total of a project follows what its operations spend and commit") {
  desk d;
  const auto a = d.open(1);
  const auto p = nth<project_id>(1);
  d.order(a, "k", d.item_list(3, "render", whole(2)), {}, p);
  d.order(a, "other", d.item_list(1, "render", whole(7)), {}, nth<project_id>(2));
  auto total = value(d.store.running_total(a, p));
  REQUIRE(total.committed == whole(6));
  REQUIRE(total.spent == credits{});
  value(d.settle(d.claim().front(), whole(1)));
  total = value(d.store.running_total(a, p));
  REQUIRE(total.committed == whole(4));
  REQUIRE(total.spent == whole(1));
  REQUIRE(value(d.store.running_total(a, nth<project_id>(9))).spent == credits{});
}

TEST_CASE("a repeated line of the attempt log is dropped") {
  desk d;
  const auto a = d.open(1);
  const auto id = d.order(a, "k", d.item_list(1)).jobs.front();
  for (int i = 0; i < 2; ++i) {
    unit u{.account = a};
    u.attempts.push_back({.job = id, .account = a, .epoch = 1, .outcome = attempt_outcome::late});
    u.attempts.push_back({.job = id, .account = a, .epoch = 2, .outcome = attempt_outcome::late});
    REQUIRE(commit(d, std::move(u)) == verdict::written);
  }
  const auto lines = value(d.store.attempts(a, id));
  REQUIRE(lines.size() == 2);
  REQUIRE(lines.back().epoch == 2);
}

}  // namespace
}  // namespace tollgate::test
