// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/hints.hpp>
#include <tollgate/postgres/store.hpp>
#include <tollgate/worker/worker.hpp>

#include <postgres/desk.hpp>

#include <atomic>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::whole;
using postgres::hint_listener;

/// An office whose store hints, with somebody who listens already.
struct hinting_office {
  explicit hinting_office(duration pause = milliseconds(20)) {
    REQUIRE(listener.wait(seconds(10)));  // it has just connected
    store = schema.open(clock.source(), {.hints = true, .hint_pause = pause});
    any.emplace(*store);
    trial.emplace(*any, clock, how);
    d.emplace(*trial);
    REQUIRE(d->open(whole(1'000)));
  }
  /// Waits until a condition holds; false after half a minute.
  template <class Condition>
  [[nodiscard]] static bool comes(Condition holds) {
    for (int n = 0; n < 3'000; ++n) {
      if (holds()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
  }
  void confirm(int n) const {
    REQUIRE(d->confirm("click " + std::to_string(n),
                       {desk::item(static_cast<std::uint64_t>(n) + 1, whole(1))}));
  }

  manual_clock clock{};
  own_schema schema{};
  hint_listener listener{tests::postgres_settings(), schema.name()};
  std::unique_ptr<postgres::store> store{};
  std::optional<contract::erased<postgres::store>> any{};
  contract::options how{};
  std::optional<contract::trial> trial{};
  std::optional<desk> d{};
};

TEST_CASE("who listens is told of jobs that may start, in one hint for all of a pause") {
  hinting_office o{hours(1)};
  o.confirm(0);
  CHECK(o.listener.wait(seconds(30)));
  for (int n = 1; n < 20; ++n) o.confirm(n);
  // The pause is not over: nobody is told again, however long one listens.
  CHECK_FALSE(o.listener.wait(milliseconds(200)));
}

TEST_CASE("what comes during a pause is told at its end") {
  hinting_office o{milliseconds(50)};
  o.confirm(0);
  CHECK(o.listener.wait(seconds(30)));
  o.confirm(1);
  CHECK(o.listener.wait(seconds(30)));
}

TEST_CASE("hints are never closer than their pause") {
  constexpr int orders = 60;
  hinting_office o{milliseconds(30)};
  const auto begun = std::chrono::steady_clock::now();
  std::atomic<bool> done{false};
  std::atomic<int> told{0};
  std::jthread ear{[&] {
    while (!done) {
      if (o.listener.wait(milliseconds(10))) ++told;
    }
  }};
  for (int n = 0; n < orders; ++n) o.confirm(n);
  CHECK(o.comes([&] { return told > 0; }));
  const auto took = std::chrono::steady_clock::now() - begun;
  done = true;
  ear.join();
  // However slow the machine is, that many pauses fit into the time.
  CHECK(told <= took / std::chrono::milliseconds{30} + 2);
}

TEST_CASE("kinds nobody waits for, jobs for later and jobs in a host's transaction are not told") {
  hinting_office o{milliseconds(1)};
  hint_listener other{tests::postgres_settings(), o.schema.name(), {"upscale"}};
  CHECK(other.wait(seconds(10)));
  auto later = desk::item(90, whole(1));
  later.ready_at = o.clock.now() + hours(1);
  REQUIRE(o.d->confirm("later", {later}));
  auto host = postgres::connection::open(tests::postgres_settings());
  REQUIRE(host);
  REQUIRE(host->script("BEGIN"));
  postgres::host_transaction transaction{host->raw()};
  auto ledger = o.store->within(transaction);
  REQUIRE(transact(
      ledger,
      confirm_command{.account = o.d->id, .key = "host", .items = {desk::item(91, whole(1))}},
      o.d->rules));
  REQUIRE(host->script("COMMIT"));
  CHECK_FALSE(o.listener.wait(milliseconds(200)));
  // The host says it itself.
  o.store->hint("render");
  CHECK(o.listener.wait(seconds(30)));
  CHECK_FALSE(other.wait(milliseconds(50)));
  o.store->hint("a kind that nobody could send: \n");  // sent as any kind
  CHECK(other.wait(seconds(30)));
}

TEST_CASE("a hint wakes a worker that would have slept for an hour") {
  hinting_office o;
  std::stop_source stop;
  auto handler = handle("render", [&](job_context& job) {
    stop.request_stop();
    return outcome::succeeded(job.held());
  });
  worker_options options{.threads = 1};
  options.poll = options.poll_limit = options.sweep = hours(1);
  worker w{*o.store, handler, options};
  const postgres::wake_on_hints ears{
      tests::postgres_settings(), o.schema.name(), {"render"}, [&] { w.wake(); }};
  worker_totals totals;
  std::jthread work{[&] { totals = w.run(stop.get_token()); }};
  o.confirm(0);
  const bool ran = o.comes([&] { return stop.stop_requested(); });
  stop.request_stop();
  work.join();
  CHECK(ran);
  CHECK(totals.succeeded == 1);
}

TEST_CASE("a listener that hears nothing, or is cut off, delays no job") {
  hinting_office o;
  for (const bool dead : {false, true}) {
    // To the listener a half-open connection is one on which nothing ever arrives.
    hint_listener deaf{tests::postgres_settings(), dead ? o.schema.name() : "another channel"};
    REQUIRE(deaf.wait(seconds(10)));
    if (dead) {
      auto c = postgres::connection::open(tests::postgres_settings());
      REQUIRE(c);
      REQUIRE(c->run({"", "SELECT pg_terminate_backend($1, 5000)", false},
                     postgres::parameters{}.put(static_cast<std::int32_t>(deaf.backend()))));
      CHECK_FALSE(deaf.wait(seconds(10)));  // at once: there is nobody to wait for
    }
    o.confirm(dead ? 1 : 0);
    auto handler =
        handle("render", [](job_context& job) { return outcome::succeeded(job.held()); });
    worker w{*o.store, handler, {.threads = 1, .poll_limit = milliseconds(50)}};
    CHECK(w.run_until_settled().succeeded == 1);
    if (dead) CHECK(o.comes([&] { return deaf.wait(milliseconds(10)); }));  // it comes back
  }
}

TEST_CASE("a commit does not know whether its hint arrives") {
  hinting_office o{milliseconds(1)};
  o.confirm(0);
  CHECK(o.listener.wait(seconds(30)));
  // Every connection that ever sent a hint is cut; what follows is committed and told all the same.
  CHECK(o.schema.number("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE "
                        "query LIKE '%pg_notify%' AND pid <> pg_backend_pid()") >= 1);
  int n = 1;
  CHECK(o.comes([&] {
    o.confirm(n++);
    return o.listener.wait(milliseconds(50));
  }));
}

}  // namespace
}  // namespace tollgate::test
