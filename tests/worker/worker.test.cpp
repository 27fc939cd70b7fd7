// SPDX-License-Identifier: BSL-1.0
#include <tollgate/worker/worker.hpp>

#include <worker/faulty_store.hpp>
#include <worker/shop.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace {

using namespace tollgate;
using test::cr;
using test::scripted;
using namespace std::chrono_literals;

/// A handler for many threads.
template <class Call>
struct shared_handler {
  Call call;
  std::atomic<int> calls{};
  explicit shared_handler(Call c) : call{std::move(c)} {}
  [[nodiscard]] std::vector<std::string> kinds() const { return {"render"}; }
  outcome operator()(job_context& job) {
    ++calls;
    return call(job);
  }
};

/// Claims of handlers on several threads: Catch's own assertions are for one at a time.
class claims {
 public:
  void check(bool holds) {
    ++made_;
    if (!holds) ++broken_;
  }
  [[nodiscard]] bool hold() const { return made_ > 0 && broken_ == 0; }

 private:
  std::atomic<int> made_{};
  std::atomic<int> broken_{};
};

/// A door threads wait at until it opens. It opens by itself in the end, so that nothing hangs.
class door {
 public:
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  bool pass() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 60s, [&] { return open_; });
  }

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  bool open_{};
};

worker_options quick(std::size_t threads) {
  worker_options o;
  o.threads = threads;
  o.poll = milliseconds(1);
  o.poll_limit = milliseconds(20);
  o.heartbeat = milliseconds(5);
  o.sweep = milliseconds(5);
  o.retry_storage = milliseconds(1);
  o.retry_storage_limit = milliseconds(10);
  return o;
}

/// A shop whose clock goes.
struct live_shop : test::shop {
  live_shop() {
    hands = std::jthread{[this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        std::this_thread::sleep_for(1ms);
        clock.advance(milliseconds(50));
      }
    }};
  }
  std::jthread hands{};
};

TEST_CASE("many threads run every job once and settle it once") {
  test::shop shop;
  const auto jobs = shop.confirm(300);
  shared_handler handler{[](job_context& j) { return outcome::succeeded(j.held(), "video"); }};
  worker w{shop.store, handler, quick(4)};
  const worker_totals totals = w.run_until_settled();
  CHECK(totals == worker_totals{.claimed = 300, .succeeded = 300});
  CHECK(handler.calls == 300);
  for (const job_id job : jobs) REQUIRE(shop.job(job).role == job_role::succeeded);
  CHECK(shop.spent() == cr(3'000));
  shop.check();
}

TEST_CASE("several workers on one store share the jobs") {
  test::shop shop;
  shop.confirm(300);
  shared_handler handler{[](job_context& j) { return outcome::succeeded(j.held()); }};
  std::atomic<std::uint64_t> succeeded{};
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 3; ++i) {
      workers.emplace_back([&] {
        worker w{shop.store, handler, quick(2)};
        succeeded += w.run_until_settled().succeeded;
      });
    }
  }
  CHECK(succeeded == 300);
  CHECK(handler.calls == 300);
  CHECK(shop.spent() == cr(3'000));
  shop.check();
}

TEST_CASE("running until settled waits for scheduled retries and for the provider") {
  live_shop shop;
  shop.confirm(20);
  claims seen;
  shared_handler handler{[&](job_context& j) {
    if (!j.resumed() && j.attempt() == 1) {
      return outcome::wait({.poll_after = seconds(3), .provider = {.job_id = "op"}});
    }
    if (j.attempt() == 1) return outcome::failed({.code = "quota"});
    seen.check(j.provider_job_id() == "op");
    return outcome::succeeded(j.held());
  }};
  worker w{shop.store, handler, quick(2)};
  const worker_totals totals = w.run_until_settled();
  CHECK(seen.hold());
  CHECK(totals.succeeded == 20);
  CHECK(totals.retried == 20);
  CHECK(totals.waited == 20);
  CHECK(shop.spent() == cr(200));
}

TEST_CASE("running until settled without work returns at once") {
  test::shop shop;
  shop.confirm_one("of_another_kind");
  shared_handler handler{[](job_context& j) { return outcome::succeeded(j.held()); }};
  CHECK(worker{shop.store, handler, quick(2)}.run_until_settled() == worker_totals{});
  CHECK(worker{shop.store, handler, quick(0)}.run_until_settled() == worker_totals{});
}

TEST_CASE("the heartbeat keeps a job alive on its own thread, however long its handler takes") {
  test::basic_shop<test::faulty_store> shop;
  const job_id job = shop.confirm_one();
  shared_handler handler{[&](job_context& j) {
    for (int i = 0; i < 20; ++i) {  // 80 s, four times the lease
      const auto seen = shop.store.beats.load();
      while (shop.store.beats.load() < seen + 2) std::this_thread::sleep_for(1ms);
      shop.clock.advance(seconds(4));
    }
    return outcome::succeeded(j.held());
  }};
  worker w{shop.store, handler, quick(1)};
  w.run_until_settled();
  CHECK(handler.calls == 1);
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.job(job).attempts == 1);
}

TEST_CASE("without threads the lease is renewed while the handler asks whether to stop") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  test::hand_driven<memory::store> other{shop.store, 2};
  scripted handler{[&](job_context& j) {
    for (int i = 0; i < 20; ++i) {
      shop.clock.advance(seconds(6));
      CHECK_FALSE(j.should_stop());
      CHECK(other.sweep() == 0);
    }
    return outcome::succeeded(j.held());
  }};
  worker w{shop.store, handler, {.threads = 0, .clock = shop.clock.source()}};
  CHECK(w.turn() == 1);
  CHECK(shop.job(job).attempts == 1);
  CHECK(shop.job(job).role == job_role::succeeded);
}

/// Throws whatever it is asked.
struct throwing_policy {
  std::uint32_t max_attempts{4};
  [[nodiscard]] bool retries(const attempt_error&) const { throw std::runtime_error{"policy"}; }
  [[nodiscard]] duration delay(std::uint32_t, permille) const {
    throw std::runtime_error{"policy"};
  }
};

TEST_CASE("a retry policy that throws strands nobody: the default rest stands in for it") {
  test::shop shop;
  shop.confirm(4);
  std::atomic<int> ran{};
  attempt_error fault{.code = "x"};
  shared_handler handler{[&](job_context& j) {
    return ++ran == 1 ? outcome::failed(fault) : outcome::succeeded(j.held());
  }};
  SECTION("without threads") {
    worker w{shop.store,
             handler,
             {.threads = 0, .clock = shop.clock.source()},
             no_observer{},
             throwing_policy{}};
    CHECK(w.turn() == 4);
    CHECK(shop.row().held == cr(10));
    shop.clock.advance(minutes(5));
    CHECK(w.turn() == 1);
  }
  SECTION("with threads") {
    fault.retry_after = duration{};  // nobody moves the clock
    worker w{shop.store,
             handler,
             {.threads = 2, .clock = shop.clock.source()},
             no_observer{},
             throwing_policy{}};
    CHECK(w.run_until_settled().succeeded == 4);
  }
  CHECK(shop.spent() == cr(40));
  shop.check();
}

/// Throws when it is asked for the machine of its jobs, once.
struct throwing_machine {
  [[nodiscard]] std::vector<std::string> kinds() const { return {"render"}; }
  [[nodiscard]] const machine_table* machine_of_kind(const std::string&) const {
    if (++asked == 1) throw std::runtime_error{"machine"};
    return nullptr;
  }
  outcome operator()(job_context& job) { return outcome::succeeded(job.held()); }
  mutable std::atomic<int> asked{};
};

/// Tries again without a rest.
struct retries_at_once {
  std::uint32_t max_attempts{4};
  [[nodiscard]] duration delay(std::uint32_t, permille) const { return {}; }
};

TEST_CASE("a handler that throws when asked for its machine fails the attempt, not the worker") {
  const std::size_t threads = GENERATE(0U, 2U);
  test::shop shop;
  shop.confirm(4);
  throwing_machine handler;
  worker w{shop.store,
           handler,
           {.threads = threads, .clock = shop.clock.source()},
           no_observer{},
           retries_at_once{}};
  const worker_totals totals = w.run_until_settled();
  CHECK(handler.asked == 5);
  CHECK(totals.retried == 1);
  CHECK(totals.succeeded == 4);
  CHECK(shop.spent() == cr(40));
  shop.check();
}

/// Has no memory for its first heartbeat.
struct breathless_store : test::faulty_store {
  using faulty_store::faulty_store;
  result<beat_answer> heartbeat(const beat& b) {
    if (!std::exchange(thrown, true)) throw std::bad_alloc{};
    return faulty_store::heartbeat(b);
  }
  bool thrown{};
};

TEST_CASE("what a turn that was broken off did not run is not renewed for ever") {
  test::basic_shop<breathless_store> shop;
  shop.confirm(4);
  scripted handler{[&](job_context& j) {
    if (!shop.store.thrown) shop.clock.advance(seconds(10));  // a heartbeat is due after it
    return outcome::succeeded(j.held());
  }};
  worker w{shop.store, handler, {.threads = 0, .clock = shop.clock.source()}};
  CHECK_THROWS_AS(w.turn(), std::bad_alloc);
  CHECK(handler.calls == 1);
  for (int i = 0; i < 40; ++i) {
    shop.clock.advance(seconds(30));
    w.turn();
  }
  CHECK(handler.calls == 4);
  CHECK(shop.spent() == cr(40));
  shop.check();
}

/// Has no memory around the first commits of settles: before the one, after the other.
struct gasping_store : test::faulty_store {
  using faulty_store::faulty_store;
  result<std::vector<verdict>> commit(std::span<unit> units) {
    const bool settles = !units.front().jobs.empty();
    if (settles && gasps_before > 0 && gasps_before-- > 0) throw std::bad_alloc{};
    auto said = faulty_store::commit(units);
    if (settles && gasps_after > 0 && gasps_after-- > 0) throw std::bad_alloc{};
    return said;
  }
  int gasps_before{};
  int gasps_after{};
};

// The handler has paid its provider: a result that is lost is paid for twice.
TEST_CASE("what was rendered is owed on when memory runs out while it is settled") {
  const auto [before, after] = GENERATE(std::pair{2, 0}, std::pair{0, 1}, std::pair{1, 1});
  test::basic_shop<gasping_store> shop;
  shop.confirm(4);
  scripted handler{[](job_context& j) { return outcome::succeeded(j.held()); }};
  worker w{shop.store, handler, {.threads = 0, .clock = shop.clock.source()}};
  shop.store.gasps_before = before;
  shop.store.gasps_after = after;
  for (int i = 0; i < before + after; ++i) CHECK_THROWS_AS(w.turn(), std::bad_alloc);
  for (int i = 0; i < 4; ++i) w.turn();
  CHECK(handler.calls == 4);
  CHECK(w.run_until_settled().succeeded == 4);  // nothing is counted as still on its way
  CHECK(shop.spent() == cr(40));
  shop.check();
}

TEST_CASE("without threads a turn runs what there is and moves no clock") {
  test::shop shop;
  shop.confirm(3);
  scripted handler{[](job_context& j) {
    return j.attempt() == 1 ? outcome::failed({.code = "x"}) : outcome::succeeded(j.held());
  }};
  worker w{shop.store, handler, {.threads = 0, .clock = shop.clock.source()}};
  const timestamp before = shop.clock.now();
  CHECK(w.turn() == 3);
  CHECK(w.turn() == 0);
  CHECK(shop.clock.now() == before);
  shop.clock.advance(minutes(1));
  CHECK(w.turn() == 3);
  CHECK(shop.spent() == cr(30));
}

TEST_CASE("a simulated clock makes a run with hours of waiting take no time") {
  test::shop shop;
  shop.confirm(10);
  scripted handler{[](job_context& j) {
    return j.resumed() ? outcome::succeeded(j.held()) : outcome::wait({.poll_after = hours(3)});
  }};
  worker w{shop.store,
           handler,
           {.threads = 0, .clock = shop.clock.source(), .sleeping = sleep_on(shop.clock)}};
  CHECK(w.run_until_settled().succeeded == 10);
}

TEST_CASE("a cancel reaches a running handler, and its partial cost is charged") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  door begun;
  shared_handler handler{[&](job_context& j) {
    begun.open();
    std::mutex m;
    std::condition_variable_any stopped;
    std::unique_lock lock{m};
    stopped.wait_for(lock, j.stop_token(), 60s, [] { return false; });
    CHECK(j.reason() == stop_reason::cancel_requested);
    return outcome::cancelled(cr(4));
  }};
  std::jthread user{[&] {
    begun.pass();
    static_cast<void>(shop.cancel(job));
  }};
  worker w{shop.store, handler, quick(2)};
  w.run_until_settled();
  CHECK(shop.job(job).role == job_role::cancelled);
  CHECK(shop.spent() == cr(4));
}

TEST_CASE("a stop lets handlers finish within the grace and hands back what did not begin") {
  test::shop shop;
  const auto jobs = shop.confirm(10);
  door begun;
  door stopped;
  shared_handler handler{[&](job_context& j) {
    begun.open();
    stopped.pass();
    CHECK_FALSE(j.should_stop());
    return outcome::succeeded(j.held());
  }};
  std::stop_source stop;
  std::jthread host{[&] {
    begun.pass();
    stop.request_stop();
    std::this_thread::sleep_for(20ms);
    stopped.open();
  }};
  worker w{shop.store, handler, quick(1)};
  const worker_totals totals = w.run(stop.get_token());
  CHECK(totals.succeeded == 1);
  CHECK(totals.handed_back == totals.claimed - 1);
  std::uint32_t attempts = 0;
  for (const job_id job : jobs) {
    attempts += shop.job(job).attempts;
    CHECK(shop.job(job).phase != job_phase::leased);
  }
  CHECK(attempts == 1);  // what was handed back was not counted
}

TEST_CASE("after the grace the stop token fires, and what the handler answers is taken") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  std::stop_source stop;
  shared_handler handler{[&](job_context& j) {
    stop.request_stop();
    while (!j.should_stop()) std::this_thread::sleep_for(1ms);
    CHECK(j.reason() == stop_reason::shutting_down);
    return outcome::handed_back();
  }};
  auto options = quick(1);
  options.grace = milliseconds(10);
  options.farewell = seconds(60);
  worker w{shop.store, handler, options};
  CHECK(w.run(stop.get_token()).handed_back == 1);
  CHECK(shop.job(job).phase == job_phase::ready);
  CHECK(shop.job(job).attempts == 0);
}

TEST_CASE("a handler that does not listen loses its job to others, and its result is kept") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  std::stop_source stop;
  shared_handler handler{[&](job_context& j) {
    stop.request_stop();
    for (int i = 0; i < 60'000 && shop.job(job).phase == job_phase::leased; ++i) {
      std::this_thread::sleep_for(1ms);
    }
    CHECK(shop.job(job).phase == job_phase::ready);
    CHECK(j.attempt() == 1);
    return outcome::succeeded(j.held(), "late video");
  }};
  auto options = quick(1);
  options.grace = milliseconds(5);
  options.farewell = milliseconds(5);
  worker w{shop.store, handler, options};
  const worker_totals totals = w.run(stop.get_token());
  CHECK(totals.handed_back == 1);
  CHECK(totals.stale == 1);
  CHECK(shop.job(job).attempts == 0);
  CHECK(shop.attempts(job).back().result == "late video");
  CHECK(shop.spent() == credits{});
}

TEST_CASE("a stop before the start claims nothing") {
  test::shop shop;
  shop.confirm(3);
  std::stop_source stop;
  stop.request_stop();
  shared_handler handler{[](job_context& j) { return outcome::succeeded(j.held()); }};
  for (const std::size_t threads : {0U, 2U}) {
    worker w{shop.store, handler, quick(threads)};
    CHECK(w.run(stop.get_token()) == worker_totals{});
  }
}

TEST_CASE("a worker is woken by the host instead of polling") {
  test::shop shop;
  std::stop_source stop;
  shared_handler handler{[&](job_context& j) {
    stop.request_stop();
    return outcome::succeeded(j.held());
  }};
  auto options = quick(1);
  options.poll = options.poll_limit = options.sweep = hours(1);
  worker w{shop.store, handler, options};
  std::jthread host{[&] {
    std::this_thread::sleep_for(20ms);
    shop.confirm_one();
    while (!stop.stop_requested()) {
      w.wake();
      std::this_thread::sleep_for(1ms);
    }
  }};
  CHECK(w.run(stop.get_token()).succeeded == 1);
}

TEST_CASE("a worker holds no more claims than its batch") {
  test::shop shop;
  shop.confirm(100);
  struct : no_observer {
    std::atomic<int> in_hand{};
    std::atomic<int> most{};
    void on(const event::claimed&) {
      const int now = ++in_hand;
      int before = most;
      while (before < now && !most.compare_exchange_weak(before, now)) {
      }
    }
    void on(const event::answered&) { --in_hand; }
  } observer;
  shared_handler handler{[](job_context& j) { return outcome::succeeded(j.held()); }};
  auto options = quick(3);
  options.batch = 8;
  worker w{shop.store, handler, options, observer};
  CHECK(w.run_until_settled().succeeded == 100);
  CHECK(observer.most <= 8);
  CHECK(observer.most >= 3);
}

TEST_CASE("settles that come together are committed together") {
  test::basic_shop<test::faulty_store> shop;
  shop.confirm(400);
  const auto before = shop.store.commits.load();
  shared_handler handler{[](job_context& j) { return outcome::succeeded(j.held()); }};
  auto options = quick(2);
  options.batch = 100;
  worker w{shop.store, handler, options};
  CHECK(w.run_until_settled().succeeded == 400);
  CHECK(shop.store.commits.load() - before < 400);
}

TEST_CASE("what handlers say from many threads is grouped and answered to each") {
  test::shop shop;
  shop.confirm(64);
  claims seen;
  shared_handler handler{[&](job_context& j) {
    for (std::uint32_t i = 1; i <= 10; ++i) {
      seen.check(j.advance("running", permille{i * 100}).has_value());
      seen.check(j.status().progress == i * 100);
    }
    return outcome::succeeded(j.held());
  }};
  worker w{shop.store, handler, quick(4)};
  CHECK(w.run_until_settled().succeeded == 64);
  CHECK(seen.hold());
  shop.check();
}

TEST_CASE("a temporary handler is kept, one with a name is referred to") {
  test::shop shop;
  shop.confirm(2);
  CHECK(worker{shop.store,
               handle("render", [](job_context& j) { return outcome::succeeded(j.held()); })}
            .run_until_settled()
            .succeeded == 2);
  auto named = test::always_succeeds();
  shop.confirm(2);
  worker{shop.store, named, {.threads = 0}}.run_until_settled();
  CHECK(named.calls == 2);
}

}  // namespace
