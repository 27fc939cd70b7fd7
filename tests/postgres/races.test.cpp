// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/store.hpp>
#include <tollgate/storage/contract/soundness.hpp>

#include <postgres/desk.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::hand_book;
using contract::nth;
using contract::whole;

/// Runs both at the same time.
template <class First, class Second>
void at_once(First first, Second second) {
  std::atomic<int> ready{0};
  const auto wait = [&] {
    ++ready;
    while (ready < 2) {
    }
  };
  std::thread other{[&] {
    wait();
    second();
  }};
  wait();
  first();
  other.join();
}

// A claim raises the epoch and leaves the account's seq: a result under the old epoch has a seq
// that fits. Judged on what the statement saw when it began, it would be paid.
TEST_CASE("of a claim and a late result with a current seq exactly one comes through") {
  office o;
  hand_book book{o.trial};
  REQUIRE(book.order("order", std::vector<contract::planned_job>(40)));
  int claimed = 0;
  int settled = 0;
  for (std::size_t n = 0; n < book.jobs.size(); ++n) {
    unit late = book.settling(book.jobs[n]);
    std::vector<claimed_job> got;
    verdict said = verdict::moved;
    at_once([&] { said = o.trial.commit(late); },
            [&] {
              got = o.trial.claim({.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = 1});
            });
    const bool written = said == verdict::written;
    // What was claimed is the first that is ready: this one, or the one after it where this ended.
    const bool lost = !got.empty() && got.front().status.id == book.jobs[n].body->id;
    CHECK(written != lost);
    if (written) ++settled, book.adopt(book.settling(book.jobs[n]));
    if (lost) {
      ++claimed;
      CHECK(said == verdict::stale_lease);
    }
    for (const claimed_job& c : got) {
      for (job_record& j : book.jobs) {
        if (j.body->id == c.status.id) j.status = c.status;
      }
    }
  }
  CHECK(claimed + settled == 40);
  contract::expect_sound(o.trial, book.id);
  o.expect_no_faults();
}

// Losing a lease touches no money, so the seq stays current while the epoch grows old.
TEST_CASE("stale leases with current seqs never move credits, however many try at once") {
  office o;
  hand_book book{o.trial};
  REQUIRE(book.order("order", {{.cost = whole(10)}}));
  const job_record first = book.jobs.front();
  std::vector<unit> stale;
  for (int n = 0; n < 6; ++n) stale.push_back(book.settling(first, whole(10)));
  std::atomic<int> written{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> late;
  const auto got = o.trial.claim({.worker = nth<worker_id>(1), .kinds = {"render"}});
  REQUIRE(got.size() == 1);
  for (unit& u : stale) {
    late.emplace_back([&] {
      while (!stop) {
        unit again = u;
        const auto said = o.store->commit({&again, 1});
        if (said && said->front() == verdict::written) ++written;
      }
    });
  }
  for (int n = 0; n < 30; ++n) {
    job_record held{got.front().body, got.front().status};
    held.status = o.trial.status_of(book.id, held.body->id);
    o.clock.advance(minutes(1));
    if (held.status.phase == job_phase::leased) {
      CHECK(o.trial.commit(contract::losing(held, o.clock.now())) == verdict::written);
    }
    o.trial.claim({.worker = nth<worker_id>(2), .kinds = {"render"}});
  }
  stop = true;
  for (std::thread& t : late) t.join();
  CHECK(written == 0);
  CHECK(o.trial.look({.account = book.id}).ledger.row == book.row);
  o.expect_no_faults();
}

/// Holds the row of an account until it is let go, so that a commit stands still in the middle of
/// its statement: after the statement's snapshot was taken, before any job is locked.
class account_lock {
 public:
  account_lock(const office& o, account_id account) : schema_{o.schema} {
    const auto row = "SELECT FROM {schema}.account WHERE account = '" + to_string(account) + "'";
    const auto name = postgres::quoted(o.schema.name());
    if (!holder_.script("BEGIN; " + postgres::in_schema(row, name) + " FOR UPDATE")) {
      FAIL("the account cannot be locked");
    }
  }
  /// Waits until somebody stands before the lock.
  void wait_for_somebody() const {
    while (schema_.number("SELECT count(*) FROM pg_locks w JOIN pg_locks r USING (pid) WHERE NOT "
                          "w.granted AND r.relation = '{schema}.account'::regclass") == 0) {
      std::this_thread::yield();
    }
  }
  void let_go() {
    if (!holder_.script("COMMIT")) FAIL("the account cannot be let go");
  }

 private:
  const own_schema& schema_;
  postgres::connection holder_{*postgres::connection::open(tests::postgres_settings())};
};

TEST_CASE("a claim in the middle of a commit makes its result stale") {
  office o;
  hand_book book{o.trial};
  REQUIRE(book.order("order", {{.cost = whole(10)}}));
  const unit late = book.settling(book.jobs.front(), whole(10));
  account_lock lock{o, book.id};
  verdict said = verdict::written;
  std::thread commit{[&] { said = o.trial.commit(late); }};
  lock.wait_for_somebody();
  CHECK(o.trial.claim({.worker = nth<worker_id>(1), .kinds = {"render"}}).size() == 1);
  lock.let_go();
  commit.join();
  CHECK(said == verdict::stale_lease);
  CHECK(o.trial.look({.account = book.id}).ledger.row == book.row);
  o.expect_no_faults();
}

/// An order of one job that is ready after a while.
[[nodiscard]] job_id one_job(const office& o, const desk& d, duration ready_in) {
  REQUIRE(d.open(whole(100)));
  order_item item = desk::item(1, whole(1));
  item.ready_at = o.clock.now() + ready_in;
  const auto order = d.must_confirm("click", {item});
  REQUIRE(order.jobs.size() == 1);
  return order.jobs[0];
}

/// A job that is leased.
[[nodiscard]] claimed_job one_claimed(const office& o, const desk& d) {
  const job_id job = one_job(o, d, {});
  const auto got = d.claim();
  REQUIRE(got.size() == 1);
  CHECK(got.front().status.id == job);
  return got.front();
}

// Promoting moves a job between queues without raising its revision.
TEST_CASE("a job promoted in the middle of its cancellation leaves nothing in the queue") {
  office o;
  const desk d{o.trial};
  const job_id job = one_job(o, d, seconds(5));
  o.clock.advance(seconds(5));
  // Full, so that the claim promotes the job and cannot take it.
  REQUIRE(o.store->set_limits({.account = d.id, .max_in_flight = 1}));
  o.schema.run("UPDATE {schema}.slots SET in_flight = 1");
  account_lock lock{o, d.id};
  std::thread cancel{[&] { CHECK_NOTHROW(d.run(cancel_command{.account = d.id, .job = job})); }};
  lock.wait_for_somebody();
  CHECK(d.claim().empty());
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.ready") == 1);
  lock.let_go();
  cancel.join();
  CHECK(o.trial.status_of(d.id, job).is_final());
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.ready") == 0);
  CHECK(o.schema.number("SELECT sum(ready)::bigint FROM {schema}.line") == 0);
  o.expect_no_faults();
}

TEST_CASE("a job that is promoted while it is cancelled leaves nothing in the queue") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  for (std::uint64_t n = 1; n <= 25; ++n) {
    order_item item = desk::item(n, whole(1));
    item.ready_at = o.clock.now() + seconds(5);
    const auto order = d.must_confirm("click " + std::to_string(n), {item});
    REQUIRE(order.jobs.size() == 1);
    o.clock.advance(seconds(5));
    std::vector<claimed_job> got;
    at_once([&] { CHECK(d.run(cancel_command{.account = d.id, .job = order.jobs[0]})); },
            [&] { got = d.claim(); });
    if (got.empty()) {
      CHECK(o.trial.status_of(d.id, order.jobs[0]).is_final());
    } else {
      CHECK(d.settle(got.front(), settle_kind::cancelled).has_value());
    }
  }
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.ready") == 0);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.later") == 0);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.live") == 0);
  CHECK(o.schema.number("SELECT coalesce(sum(ready), 0)::bigint FROM {schema}.line") == 0);
  CHECK(o.schema.number("SELECT coalesce(sum(in_flight), 0)::bigint FROM {schema}.slots") == 0);
  contract::expect_sound(o.trial, d.id);
  o.expect_no_faults();
}

/// Moves every row of `live` to a new version, in a transaction that is open until `let_go`.
class mover {
 public:
  explicit mover(const office& o) : schema_{o.schema} {
    const auto name = postgres::quoted(o.schema.name());
    const std::string move = "BEGIN; UPDATE {schema}.live SET due_at = due_at - 1";
    if (!holder_.script(postgres::in_schema(move, name))) FAIL("the rows cannot be moved");
  }
  void let_go_when_somebody_waits() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    bool waits = false;
    while (!waits && std::chrono::steady_clock::now() < until) {
      waits = schema_.number(
                  "SELECT count(*) FROM pg_locks w JOIN pg_locks r USING (pid) WHERE "
                  "NOT w.granted AND r.relation = '{schema}.live'::regclass") != 0;
    }
    CHECK(waits);
    if (!holder_.script("COMMIT")) FAIL("the rows cannot be let go");
  }

 private:
  const own_schema& schema_;
  postgres::connection holder_{*postgres::connection::open(tests::postgres_settings())};
};

/// No job stands anywhere, and none is counted.
void expect_empty_queue(const office& o) {
  for (const char* what :
       {"count(*) FROM {schema}.live", "count(*) FROM {schema}.ready",
        "count(*) FROM {schema}.later", "coalesce(sum(ready), 0)::bigint FROM {schema}.line",
        "coalesce(sum(in_flight), 0)::bigint FROM {schema}.slots"}) {
    INFO(what);
    CHECK(o.schema.number(std::string{"SELECT "} + what) == 0);
  }
}

// What a statement removes it names by the place that it saw. A row that moved meanwhile is not
// found there, or it is followed: servers differ (TidRecheck, corrected in November 2025).
TEST_CASE("a settle ends a job whose row moved while it waited") {
  office o;
  const desk d{o.trial};
  const claimed_job job = one_claimed(o, d);
  account_lock lock{o, d.id};
  std::thread settle{[&] { CHECK(d.settle(job, settle_kind::succeeded)); }};
  lock.wait_for_somebody();
  o.schema.run("UPDATE {schema}.live SET due_at = due_at - 1");
  lock.let_go();
  settle.join();
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.done") == 1);
  expect_empty_queue(o);
  contract::expect_sound(o.trial, d.id);
  o.expect_no_faults();
}

TEST_CASE("a cancellation takes a job out of the queue whose row moved while it waited") {
  for (const bool scheduled : {false, true}) {
    office o;
    const desk d{o.trial};
    const job_id job = one_job(o, d, scheduled ? seconds(5) : duration{});
    account_lock lock{o, d.id};
    std::thread cancel{[&] { CHECK(d.run(cancel_command{.account = d.id, .job = job})); }};
    lock.wait_for_somebody();
    o.schema.run("UPDATE {schema}.live SET due_at = due_at - 1");
    lock.let_go();
    cancel.join();
    CHECK(o.trial.status_of(d.id, job).is_final());
    expect_empty_queue(o);
    contract::expect_sound(o.trial, d.id);
    CHECK(d.claim().empty());
    o.expect_no_faults();
  }
}

TEST_CASE("a job whose row moved while its promotion waited is promoted whole") {
  office o;
  const desk d{o.trial};
  const job_id job = one_job(o, d, seconds(5));
  o.clock.advance(seconds(5));
  mover moves{o};
  std::vector<claimed_job> got;
  std::thread claims{[&] { got = d.claim(); }};
  moves.let_go_when_somebody_waits();
  claims.join();
  if (got.empty()) got = d.claim();
  REQUIRE(got.size() == 1);
  CHECK(got.front().status.id == job);
  CHECK(d.settle(got.front(), settle_kind::succeeded).has_value());
  expect_empty_queue(o);
  contract::expect_sound(o.trial, d.id);
  o.expect_no_faults();
}

TEST_CASE("a lease whose row moved while its heartbeat waited is renewed") {
  office o;
  const desk d{o.trial};
  const job_status job = one_claimed(o, d).status;
  o.clock.advance(seconds(1));
  mover moves{o};
  result<beat_answer> said = refuse(error::busy);
  std::thread beats{[&] {
    said = o.store->heartbeat({.worker = job.worker,
                               .leases = {{.account = d.id, .job = job.id, .epoch = job.epoch}},
                               .lease = minutes(1)});
  }};
  moves.let_go_when_somebody_waits();
  beats.join();
  REQUIRE(said);
  CHECK(said->lost.empty());
  CHECK(o.trial.status_of(d.id, job.id).lease_until == o.clock.now() + minutes(1));
  o.expect_no_faults();
}

/// Waits until a commit waits for a lock, and answers which of the server's processes does it; 0
/// after a minute.
[[nodiscard]] std::int32_t waiting_backend(const own_schema& schema) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (std::chrono::steady_clock::now() < until) {
    const auto pid = schema.number(
        "SELECT coalesce(max(a.pid), 0)::int8 FROM pg_stat_activity a JOIN pg_locks l USING (pid) "
        "WHERE a.wait_event_type = 'Lock' AND a.query LIKE 'WITH %FOR UPDATE)%' AND l.relation = "
        "'{schema}.slots'::regclass");
    if (pid != 0) return static_cast<std::int32_t>(pid);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return 0;
}

TEST_CASE("a commit that dies in a deadlock is tried again, and done once") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  const std::string name = postgres::quoted(o.schema.name());
  // Somebody who does not lock in our order, and does not look for deadlocks. A commit looks once,
  // a second after it began to wait: where that was too early nobody dies, and it is tried again.
  auto other = postgres::connection::open(tests::postgres_settings());
  REQUIRE(other);
  REQUIRE(other->script("SET deadlock_timeout = '1h'; SET lock_timeout = '5s'"));
  bool had = false;
  std::uint64_t rounds = 0;
  while (!had && rounds < 10) {
    REQUIRE(
        other->script(postgres::in_schema("BEGIN; SELECT FROM {schema}.slots FOR UPDATE", name)));
    ++rounds;
    result<order_receipt> said = refuse(error::busy);
    std::thread confirming{[&] {
      said = d.confirm("click " + std::to_string(rounds), {desk::item(rounds, whole(1))});
    }};
    CHECK(waiting_backend(o.schema) != 0);
    // The account is the commit's until that is given up.
    had = other->script(postgres::in_schema("SELECT FROM {schema}.account FOR UPDATE", name))
              .has_value();
    CHECK(other->script("ROLLBACK").has_value());
    confirming.join();
    CHECK(said.has_value());
  }
  CHECK(had);
  CHECK(d.row().seq == 1 + rounds);
  CHECK(d.row().held == whole(static_cast<std::int64_t>(rounds)));
  contract::expect_sound(o.trial, d.id);
}

TEST_CASE("a commit whose connection is cut is asked for again under its key, and done once") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  auto other = postgres::connection::open(tests::postgres_settings());
  REQUIRE(other);
  REQUIRE(other->script(postgres::in_schema("BEGIN; SELECT FROM {schema}.slots FOR UPDATE",
                                            postgres::quoted(o.schema.name()))));
  result<order_receipt> said = refuse(error::busy);
  std::thread confirming{[&] { said = d.confirm("click", {desk::item(1, whole(1))}); }};
  for (int cuts = 0; cuts < 3; ++cuts) {
    const auto victim = waiting_backend(o.schema);
    CHECK(victim != 0);
    CHECK(o.schema.number("SELECT pg_terminate_backend(" + std::to_string(victim) +
                          ", 5000)::int::int8") == 1);
  }
  CHECK(waiting_backend(o.schema) != 0);
  CHECK(other->script("COMMIT").has_value());
  confirming.join();
  REQUIRE(said.has_value());
  CHECK(d.row().seq == 2);
  CHECK(d.row().held == whole(1));
  contract::expect_sound(o.trial, d.id);
}

// A claim that listed as many accounts as it takes jobs, and only then passed by those that others
// hold, came back empty from every second of two workers' claims.
TEST_CASE("a claim takes from the accounts next in line while others hold the first ones") {
  office o;
  constexpr std::uint64_t accounts = 6;
  for (std::uint64_t n = 1; n <= accounts; ++n) {
    const desk d{o.trial, n};
    REQUIRE(d.open(whole(100)));
    REQUIRE(d.confirm("click", {desk::item(n, whole(1))}));
  }
  auto other = postgres::connection::open(tests::postgres_settings());
  REQUIRE(other);
  REQUIRE(other->script(postgres::in_schema(
      "BEGIN; SELECT FROM {schema}.slots WHERE account IN (SELECT account FROM {schema}.line "
      "WHERE served = 0 ORDER BY account LIMIT 4) FOR UPDATE",
      postgres::quoted(o.schema.name()))));
  const auto claim = [&] {
    return o.trial.claim({.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = 2});
  };
  CHECK(claim().size() == 2);
  CHECK(o.schema.number("SELECT sum(s.in_flight)::int8 FROM {schema}.slots s JOIN (SELECT account "
                        "FROM {schema}.slots ORDER BY account DESC LIMIT 2) l USING (account)") ==
        2);
  CHECK(claim().empty());
  CHECK(other->script("ROLLBACK").has_value());
  CHECK(claim().size() == 2);
  o.expect_no_faults();
}

}  // namespace
}  // namespace tollgate::test
