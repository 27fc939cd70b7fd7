// SPDX-License-Identifier: BSL-1.0
// A store that fails, or whose answers are lost, at every single call of a run: one effect each.
#include <tollgate/worker/worker.hpp>

#include <worker/faulty_store.hpp>
#include <worker/shop.hpp>

#include <map>

namespace {

using namespace tollgate;
using test::cr;
using test::scripted;
using test::trouble;
using faulty_shop = test::basic_shop<test::faulty_store>;

/// Six jobs with six fates, run to the end. What a provider was asked is what it remembers.
struct story {
  story() {
    items = {shop.shot("plain"),   shop.shot("plain"),  shop.shot("polled"),
             shop.shot("retried"), shop.shot("broken"), shop.shot("partial")};
    jobs = shop.confirm(items);
  }

  outcome run(job_context& job) {
    const int visit = ++visits[job.id()];
    const std::string& kind = job.kind();
    if (kind == "polled") {
      static_cast<void>(job.save({.job_id = "op"}));
      return visit < 3 ? outcome::wait({.progress = permille{200}})
                       : outcome::succeeded(cr(10), "video");
    }
    if (kind == "retried") {
      if (visit < 2) return outcome::failed({.code = "quota"});
      return outcome::succeeded(cr(6), "video");
    }
    if (kind == "broken") return outcome::failed({.code = "policy", .retryable = false});
    if (kind == "partial") return outcome::cancelled(cr(4));
    return outcome::succeeded(cr(9), "video");
  }

  worker_totals finish() {
    scripted handler{[&](job_context& j) { return run(j); },
                     {"plain", "polled", "retried", "broken", "partial"}};
    worker w{shop.store,
             handler,
             {.threads = 0, .clock = shop.clock.source(), .sleeping = sleep_on(shop.clock)}};
    return w.run_until_settled();
  }

  void check_the_end() {
    using enum job_role;
    constexpr job_role ends[]{succeeded, succeeded, succeeded, succeeded, failed, cancelled};
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      CHECK(to_string(shop.job(jobs[i]).role) == to_string(ends[i]));
    }
    CHECK(shop.spent() == cr(9 + 9 + 10 + 6 + 0 + 4));
    CHECK(shop.row().held == credits{});
    shop.check();
  }

  faulty_shop shop{};
  std::vector<order_item> items{};
  std::vector<job_id> jobs{};
  std::map<job_id, int> visits{};
};

std::uint64_t calls_of_a_good_run() {
  story s;
  const auto before = s.shop.store.calls.load();
  s.finish();
  s.check_the_end();
  return s.shop.store.calls.load() - before;
}

void fail_at_every_call(trouble what, std::uint64_t length) {
  const std::uint64_t calls = calls_of_a_good_run();
  REQUIRE(calls > 20);
  for (std::uint64_t n = 1; n <= calls; ++n) {
    INFO("from call " << n << " of " << calls);
    story s;
    s.shop.store.plan(what, n, length);
    s.finish();
    s.check_the_end();
  }
}

TEST_CASE("a store that is away at any one call changes nothing of what a run ends with") {
  fail_at_every_call(trouble::unavailable, 1);
}
TEST_CASE("a store that is away for a while changes nothing of what a run ends with") {
  fail_at_every_call(trouble::unavailable, 15);
}
TEST_CASE("an answer lost at any one call has exactly one effect") {
  fail_at_every_call(trouble::answer_lost, 1);
}
TEST_CASE("answers lost many times in a row have exactly one effect") {
  fail_at_every_call(trouble::answer_lost, 20);
}
TEST_CASE("an answer lost before the store goes away has exactly one effect (oban 865)") {
  fail_at_every_call(trouble::lost_then_unavailable, 12);
}

TEST_CASE("an acknowledgement is repeated until the store takes it, and its lease kept meanwhile") {
  faulty_shop shop;
  const job_id job = shop.confirm_one();
  test::hand_driven<test::faulty_store> w{shop.store, 1};
  auto handler = test::always_succeeds();
  CHECK(w.claim_and_run(handler) == 1);
  shop.store.plan(trouble::unavailable, 1, 500);
  for (int i = 0; i < 500; ++i) {
    const auto s = settle_step(w.at);
    REQUIRE(s.fault.has_value());
    REQUIRE(w.state.owed() == 1);
    REQUIRE(w.state.leases().size() == 1);
  }
  w.settle();
  CHECK(w.state.owed() == 0);
  CHECK(w.state.leases().empty());
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.spent() == cr(10));
}

TEST_CASE("a repeat that finds the job ended meanwhile still says what its own claim did") {
  faulty_shop shop;
  const job_id job = shop.confirm_one();
  test::hand_driven<test::faulty_store> w{shop.store, 1};
  scripted fails{[](job_context&) { return outcome::failed({.code = "quota"}); }};
  CHECK(w.claim_and_run(fails) == 1);
  shop.store.plan(trouble::lost_then_unavailable, 2, 2);  // the commit, and the next load
  REQUIRE(settle_step(w.at).fault.has_value());
  REQUIRE(shop.cancel(job)->outcome == cancel_outcome::cancelled);
  w.settle();
  CHECK(w.state.totals().retried == 1);
  CHECK(w.state.totals().cancelled == 0);
}

TEST_CASE("what could not be saved goes with the outcome") {
  faulty_shop shop;
  const job_id job = shop.confirm_one();
  test::hand_driven<test::faulty_store> w{shop.store, 1};
  scripted handler{[&](job_context& j) {
    shop.store.plan(trouble::unavailable, 1, 1);
    CHECK(j.save({.job_id = "op-9", .metadata = "m"}).error().code == error::storage_unavailable);
    CHECK(j.provider_job_id() == "op-9");
    return outcome::wait({});
  }};
  w.run(handler);
  CHECK(shop.job(job).provider_job_id == "op-9");
  CHECK(shop.job(job).provider_metadata == "m");
}

TEST_CASE("a stop gives up on a store that stays away, and tells what it owes") {
  faulty_shop shop;
  const job_id job = shop.confirm_one();
  struct : no_observer {
    std::vector<std::string> lost;
    void on(const event::abandoned& e) { lost.push_back(e.said.result); }
  } observer;
  std::stop_source stop;
  scripted handler{[&](job_context& j) {
    shop.store.plan(trouble::unavailable, 1, 1'000'000);
    stop.request_stop();
    return outcome::succeeded(j.held(), "video");
  }};
  worker w{shop.store,
           handler,
           {.threads = 0, .clock = shop.clock.source(), .sleeping = sleep_on(shop.clock)},
           observer};
  w.run(stop.get_token());
  CHECK(observer.lost == std::vector<std::string>{"video"});
  CHECK(shop.job(job).phase == job_phase::leased);
}

/// Counts what is said of settles the store did not take.
struct complaints : no_observer {
  int told{};
  int refused{};
  std::vector<std::string> lost{};
  void on(const event::storage_failed& e) { told += e.why.code == error::corrupt_record ? 1 : 0; }
  void on(const event::refused&) { ++refused; }
  void on(const event::abandoned& e) { lost.push_back(e.said.result); }
};

TEST_CASE("a settle that meets damaged records is owed until they are mended, and told once") {
  faulty_shop shop;
  const account_id other{{0xb, 1}};
  shop.must(open_account_request{.account = other, .opening_grant = cr(100)});
  const job_id job = shop.confirm_one();
  const job_id sound = shop.confirm({shop.shot()}, other).front();
  test::hand_driven<test::faulty_store, complaints> w{shop.store, 1};
  auto handler = test::always_succeeds();
  REQUIRE(w.claim_and_run(handler) == 2);
  shop.store.damaged = shop.user;
  w.settle();
  CHECK(shop.job(sound, other).role == job_role::succeeded);
  for (int beats = 0; beats < 100; ++beats) {
    shop.clock.advance(w.options.heartbeat);
    REQUIRE(beat_step(w.at));
    REQUIRE(w.state.has_owed());  // sent again once with each beat
    CHECK_FALSE(w.settle().fault.has_value());
    REQUIRE_FALSE(w.state.has_owed());
    REQUIRE(w.state.owed() == 1);
    REQUIRE(w.state.leases().size() == 1);
  }
  CHECK(w.observer.told == 1);
  CHECK(w.observer.refused == 0);
  CHECK(shop.job(job).phase == job_phase::leased);
  CHECK(shop.job(job).attempts == 1);
  shop.store.damaged = {};
  REQUIRE(beat_step(w.at));
  w.settle();
  CHECK(w.state.owed() == 0);
  CHECK(w.state.leases().empty());
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.spent() == cr(10));
  CHECK(handler.calls == 2);
  shop.check();
}

TEST_CASE("a worker whose settles all meet damaged records claims no more than twice its batch") {
  faulty_shop shop;
  shop.confirm(20);
  std::stop_source stop;
  auto handler = test::always_succeeds();
  worker w{
      shop.store,
      handler,
      {.threads = 0, .batch = 3, .clock = shop.clock.source(), .sleeping = sleep_on(shop.clock)}};
  w.turn();  // before it the worker owes nothing
  shop.store.damaged = shop.user;
  for (int turns = 0; turns < 20; ++turns) w.turn();
  CHECK(handler.calls == 3 + 2 * 3);
}

void stop_while_damaged(std::size_t threads) {
  faulty_shop shop;
  const job_id job = shop.confirm_one();
  complaints observer;
  std::stop_source stop;
  scripted handler{[&](job_context& j) {
    shop.store.damaged = shop.user;
    stop.request_stop();
    return outcome::succeeded(j.held(), "video");
  }};
  worker w{shop.store,
           handler,
           {.threads = threads,
            .grace = milliseconds(20),
            .farewell = milliseconds(20),
            .clock = shop.clock.source(),
            .sleeping = sleep_on(shop.clock)},
           observer};
  w.run(stop.get_token());
  CHECK(observer.lost == std::vector<std::string>{"video"});
  CHECK(observer.told == 1);
  CHECK(shop.job(job).phase == job_phase::leased);
}

TEST_CASE("a stop gives up on records that stay damaged, and tells what it owes") {
  stop_while_damaged(0);
  stop_while_damaged(1);
}

}  // namespace
