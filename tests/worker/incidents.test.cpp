// SPDX-License-Identifier: BSL-1.0
// What went wrong in other queues, as far as a worker can prevent it: one test each.
#include <tollgate/worker/worker.hpp>

#include <worker/shop.hpp>

namespace {

using namespace tollgate;
using test::cr;
using test::scripted;
using worker_by_hand = test::hand_driven<memory::store>;

constexpr duration lease = seconds(20);

TEST_CASE("a sweep never overwrites a job that completed in between (river 1302)") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand slow{shop.store, 1};
  worker_by_hand sweeper{shop.store, 2};
  auto handler = test::always_succeeds();
  const auto held = slow.claim_one();
  run_step(slow.at, handler, held);
  shop.clock.advance(lease);
  const auto due = shop.store.due({});
  REQUIRE(due->size() == 1);
  slow.settle();  // between the sweeper's look and its decision
  const auto swept = transact(shop.store, due->front(), shop.rules);
  REQUIRE(swept.has_value());
  CHECK_FALSE(swept->changed);
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.spent() == cr(10));
  shop.check();
}

TEST_CASE(
    "a worker presumed dead moves nothing when it finishes: a cap of 1 stays 1 "
    "(solid_queue 761)") {
  test::shop shop;
  REQUIRE(shop.store.set_limits({.account = shop.user, .max_in_flight = 1}).has_value());
  const auto jobs = shop.confirm(3);
  worker_by_hand dead{shop.store, 1};
  worker_by_hand alive{shop.store, 2};
  auto handler = test::always_succeeds();
  const auto lost = dead.claim_one();
  shop.clock.advance(lease);
  CHECK(alive.sweep() == 1);
  const auto held = alive.claim_one();
  CHECK(held->claimed.body->id == lost->claimed.body->id);
  const account before = shop.row();
  run_step(dead.at, handler, lost);
  dead.settle();
  CHECK(dead.state.totals().stale == 1);
  CHECK(shop.row() == before);
  CHECK(alive.claim_and_run(handler) == 0);  // its slot was not given back a second time
  CHECK(shop.job(jobs.front()).worker == alive.state.id());
  shop.check();
}

TEST_CASE("an unknown kind of job is left alone, with its payload (river 1105)") {
  test::shop shop;
  const job_id job = shop.confirm_one("of_the_future");
  worker_by_hand w{shop.store, 1};
  auto handler = test::always_succeeds();
  for (int i = 0; i < 10; ++i) {
    w.run(handler);
    CHECK(w.sweep() == 0);
    shop.clock.advance(hours(1));
  }
  CHECK(handler.calls == 0);
  CHECK(shop.job(job).phase == job_phase::ready);
  CHECK(shop.store.jobs(shop.user, {.job = job}, {})->items.front().body->payload == "shot");
}

TEST_CASE("a long job is kept alive by its heartbeat and runs once (hexpm 1825)") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  worker_by_hand other{shop.store, 2};
  auto nobody = test::always_succeeds();
  scripted handler{[&](job_context& j) {
    for (int i = 0; i < 600; ++i) {  // 50 minutes
      shop.clock.advance(seconds(5));
      beat_step(w.at);
      REQUIRE(other.sweep() == 0);
      REQUIRE(other.claim_and_run(nobody) == 0);
    }
    CHECK_FALSE(j.should_stop());
    return outcome::succeeded(j.held());
  }};
  w.run(handler);
  CHECK(handler.calls == 1);
  CHECK(shop.job(job).attempts == 1);
  CHECK(shop.spent() == cr(10));
}

TEST_CASE("two workers of the same host are two incarnations, and so is a restart (oban 862)") {
  test::shop shop;
  std::vector<worker_id> seen;
  scripted handler{[&](job_context& j) {
    seen.push_back(j.status().worker);
    return outcome::succeeded(j.held());
  }};
  worker first{shop.store, handler, {.threads = 0}};
  worker second{shop.store, handler, {.threads = 0}};
  for (int i = 0; i < 2; ++i) {
    shop.confirm_one();
    first.run_until_settled();
    shop.confirm_one();
    second.run_until_settled();
  }
  REQUIRE(seen.size() == 4);
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  CHECK_FALSE(seen.front().is_nil());
}

TEST_CASE(
    "maintenance by several workers at once does every step once, without a leader "
    "(oban 1488)") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand dead{shop.store, 1};
  static_cast<void>(dead.claim_one());
  shop.clock.advance(lease);
  const auto due = shop.store.due({});
  REQUIRE(due->size() == 1);
  const auto once = transact(shop.store, due->front(), shop.rules);
  const auto twice = transact(shop.store, due->front(), shop.rules);
  CHECK(once->changed);
  CHECK_FALSE(twice->changed);
  CHECK(shop.count(job, attempt_outcome::lost) == 1);
}

TEST_CASE("polling alone finds every job: nobody has to be notified (oban 1499)") {
  test::shop shop;
  auto handler = test::always_succeeds();
  worker w{shop.store, handler, {.threads = 0}};
  CHECK(w.turn() == 0);
  shop.confirm(3);
  CHECK(w.turn() == 3);
}

TEST_CASE("a job that kills its worker is finite, and its hold is released (22)") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  int deaths = 0;
  for (std::uint64_t n = 1; n < 20; ++n) {
    worker_by_hand w{shop.store, n};
    w.sweep();
    const auto claimed = claim_step(w.at, 1);
    REQUIRE(claimed.has_value());
    deaths += static_cast<int>(claimed->size());  // and it dies
    shop.clock.advance(lease);
  }
  CHECK(deaths == 4);
  const job_status s = shop.job(job);
  CHECK(s.role == job_role::failed);
  CHECK(s.error_code == "lease_lost");
  CHECK(shop.row().held == credits{});
  CHECK(shop.spent() == credits{});
  CHECK(shop.count(job, attempt_outcome::lost) == 4);
  shop.check();
}

TEST_CASE("a lost lease is retried and counted as an attempt") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand dead{shop.store, 1};
  static_cast<void>(dead.claim_one());
  shop.clock.advance(lease);
  worker_by_hand alive{shop.store, 2};
  CHECK(alive.sweep() == 1);
  scripted handler{[](job_context& j) {
    CHECK(j.attempt() == 2);
    return outcome::succeeded(j.held());
  }};
  alive.run(handler);
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.count(job, attempt_outcome::lost) == 1);
}

TEST_CASE("a late result is adopted while nobody claimed the job again (tagent-core 56)") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand late{shop.store, 1};
  worker_by_hand other{shop.store, 2};
  auto handler = test::always_succeeds();
  const auto held = late.claim_one();
  shop.clock.advance(lease);
  CHECK(other.sweep() == 1);
  beat_step(late.at);
  CHECK(held->stop.reason() == stop_reason::lease_lost);
  late.state.owe(
      held, settle_for(outcome::succeeded(cr(10), "video"), {held->claimed, {}, 0, late.state.id()},
                       late.options, late.retry));
  late.settle();
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.job(job).result == "video");
  CHECK(shop.spent() == cr(10));
  CHECK(other.claim_and_run(handler) == 0);
  shop.check();
}

TEST_CASE(
    "a stale result is kept in the attempt log for a person, and charges nothing "
    "(harness 1878)") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand late{shop.store, 1};
  worker_by_hand other{shop.store, 2};
  const auto held = late.claim_one();
  const auto epoch = held->claimed.status.epoch;
  shop.clock.advance(lease);
  other.sweep();
  const auto again = other.claim_one();
  scripted paid_for{[](job_context& j) { return outcome::succeeded(j.held(), "paid-for video"); }};
  run_step(late.at, paid_for, held);
  late.settle();
  CHECK(shop.spent() == credits{});
  auto handler = test::always_succeeds();
  run_step(other.at, handler, again);
  other.settle();
  CHECK(shop.job(job).result == "video");
  CHECK(shop.spent() == cr(10));
  bool kept = false;
  for (const attempt& a : shop.attempts(job)) {
    if (a.outcome != attempt_outcome::late) continue;
    kept = true;
    CHECK(a.result == "paid-for video");
    CHECK(a.epoch == epoch);
    CHECK(a.worker == late.state.id());
  }
  CHECK(kept);
  shop.check();
}

TEST_CASE("a claim that was lost before it began does not run at all") {
  test::shop shop;
  shop.confirm_one();
  worker_by_hand late{shop.store, 1};
  worker_by_hand other{shop.store, 2};
  auto handler = test::always_succeeds();
  const auto held = late.claim_one();
  shop.clock.advance(lease);
  other.sweep();
  static_cast<void>(other.claim_one());
  beat_step(late.at);
  run_step(late.at, handler, held);
  CHECK(handler.calls == 0);
  CHECK(late.state.held() == 0);
  CHECK(late.state.owed() == 0);
}

TEST_CASE("a worker that claims its own lost job again stops the handler of the first claim") {
  test::shop shop;
  shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  const auto first = w.claim_one();
  shop.clock.advance(lease);
  w.sweep();
  const auto second = w.claim_one();
  CHECK(first->stop.reason() == stop_reason::lease_lost);
  CHECK(second->stop.reason() == stop_reason::none);
  CHECK(w.state.leases() == std::vector{second->lease()});
}

}  // namespace
