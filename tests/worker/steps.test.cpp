// SPDX-License-Identifier: BSL-1.0
#include <tollgate/worker/steps.hpp>

#include <worker/faulty_store.hpp>
#include <worker/shop.hpp>

#include <stdexcept>

namespace {

using namespace tollgate;
using test::cr;
using test::scripted;
using worker_by_hand = test::hand_driven<memory::store>;

TEST_CASE("a success captures what it cost and gives the rest of the hold back") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{[](job_context&) { return outcome::succeeded(cr(7), "video"); }};
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.job(job).result == "video");
  CHECK(shop.spent() == cr(7));
  CHECK(w.state.totals() == worker_totals{.claimed = 1, .succeeded = 1});
  CHECK(w.state.held() == 0);
  shop.check();
}

TEST_CASE("a permanent error does not retry and releases the hold") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{[](job_context&) {
    return outcome::failed({.code = "policy", .message = "refused prompt", .retryable = false});
  }};
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  const job_status s = shop.job(job);
  CHECK(s.role == job_role::failed);
  CHECK(s.error_code == "policy");
  CHECK(s.error_message == "refused prompt");
  CHECK(handler.calls == 1);
  CHECK(shop.row().held == credits{});
  CHECK(shop.spent() == credits{});
  shop.check();
}

TEST_CASE("a retryable error rests as the policy says, keeps the hold and is tried again") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{[](job_context& j) {
    return j.attempt() < 2 ? outcome::failed({.code = "quota", .message = "later"})
                           : outcome::succeeded(j.held());
  }};
  worker_by_hand w{shop.store, 1};
  const duration rest = w.retry.delay(1, jitter_of(job, 1));
  w.run(handler);
  const job_status s = shop.job(job);
  CHECK(s.phase == job_phase::ready);
  CHECK(s.ready_at == shop.clock.now() + rest);
  CHECK(shop.row().held == cr(10));
  shop.clock.advance(rest - duration{1});
  CHECK(w.claim_and_run(handler) == 0);
  shop.clock.advance(duration{1});
  w.run(handler);
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.count(job, attempt_outcome::retried) == 1);
  CHECK(w.state.totals().retried == 1);
  shop.check();
}

TEST_CASE("the provider's word on when to try again replaces the policy's") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{
      [](job_context&) { return outcome::failed({.code = "quota", .retry_after = minutes(7)}); }};
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  CHECK(shop.job(job).ready_at == shop.clock.now() + minutes(7));
}

TEST_CASE("a job that always fails ends after its attempts, and costs nothing") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{[](job_context&) { return outcome::failed({.code = "flaky"}); }};
  worker_by_hand w{shop.store, 1};
  for (int i = 0; i < 10; ++i) {
    w.run(handler);
    shop.clock.advance(minutes(10));
  }
  CHECK(handler.calls == 4);
  CHECK(shop.job(job).role == job_role::failed);
  CHECK(shop.spent() == credits{});
  shop.check();
}

TEST_CASE("a throwing handler is a failed attempt with the exception's text") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{[](job_context&) -> outcome { throw std::runtime_error{"socket closed"}; }};
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  CHECK(shop.job(job).phase == job_phase::ready);
  CHECK(shop.job(job).error_code == "exception");
  CHECK(shop.job(job).error_message == "socket closed");
  CHECK(shop.job(job).error_retryable);
}

TEST_CASE("anything may be thrown") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{[](job_context&) -> outcome { throw 42; }};
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  CHECK(shop.job(job).error_code == "exception");
}

TEST_CASE("a cost below zero ends the job without a charge") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{[](job_context&) { return outcome::succeeded(-cr(1), "video"); }};
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  CHECK(shop.job(job).role == job_role::failed);
  CHECK(shop.job(job).error_code == "invalid_outcome");
  CHECK(shop.job(job).result == "video");
  CHECK(shop.spent() == credits{});
}

TEST_CASE("a cost above the hold charges the whole hold, and the attempt says so") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{[](job_context&) { return outcome::succeeded(cr(25), "video"); }};
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.spent() == cr(10));
  CHECK(shop.attempts(job).back().error_code == "exceeds_hold");
  CHECK(shop.attempts(job).back().error_message ==
        "cost 25.0000, charged the whole hold of 10.0000");
  shop.check();
}

TEST_CASE("a cost above the hold is charged in full where the host allows it") {
  test::shop shop;
  shop.confirm_one();
  scripted handler{[](job_context&) { return outcome::succeeded(cr(25)); }};
  worker_by_hand w{shop.store, 1};
  w.options.overage = overage_policy::from_available;
  w.run(handler);
  CHECK(shop.spent() == cr(25));
  shop.check();
}

TEST_CASE("a waiting job keeps hold, state and attempt, and any worker looks at it next") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted submit{[](job_context& j) {
    CHECK_FALSE(j.resumed());
    return outcome::wait({.poll_after = seconds(5),
                          .progress = permille{400},
                          .provider = {.job_id = "op-1", .metadata = "{}"}});
  }};
  worker_by_hand first{shop.store, 1};
  first.run(submit);
  CHECK(shop.job(job).phase == job_phase::waiting);
  CHECK(shop.job(job).state == "running");
  CHECK(shop.job(job).progress == 400);
  CHECK(shop.row().held == cr(10));

  scripted poll{[](job_context& j) {
    CHECK(j.resumed());
    CHECK(j.attempt() == 1);
    CHECK(j.provider_job_id() == "op-1");
    return outcome::succeeded(j.held());
  }};
  worker_by_hand second{shop.store, 2};
  CHECK(second.claim_and_run(poll) == 0);
  shop.clock.advance(seconds(5));
  second.run(poll);
  CHECK(poll.calls == 1);
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.job(job).attempts == 1);
  shop.check();
}

TEST_CASE("wait pins no thread: a hundred renders are at the provider with one runner") {
  test::shop shop;
  const auto jobs = shop.confirm(100);
  scripted handler{[](job_context& j) {
    return j.resumed() ? outcome::succeeded(j.held())
                       : outcome::wait({.provider = {.job_id = "op"}});
  }};
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  for (const job_id job : jobs) REQUIRE(shop.job(job).phase == job_phase::waiting);
  shop.clock.advance(seconds(5));
  w.run(handler);
  CHECK(w.state.totals().succeeded == 100);
  CHECK(shop.spent() == cr(1'000));
  shop.check();
}

TEST_CASE("polls do not use up attempts") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted handler{[](job_context&) { return outcome::wait({}); }};
  worker_by_hand w{shop.store, 1};
  for (int i = 0; i < 50; ++i) {
    w.run(handler);
    shop.clock.advance(seconds(5));
  }
  CHECK(handler.calls == 50);
  CHECK(shop.job(job).attempts == 1);
}

TEST_CASE("a poll that is handed back stays at the provider with its attempt") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted submit{[](job_context&) {
    return outcome::wait({.progress = permille{300}, .provider = {.job_id = "op"}});
  }};
  scripted give_back{[](job_context&) { return outcome::handed_back(seconds(1)); }};
  worker_by_hand w{shop.store, 1};
  w.run(submit);
  shop.clock.advance(seconds(5));
  w.run(give_back);
  CHECK(shop.job(job).phase == job_phase::waiting);
  CHECK(shop.job(job).attempts == 1);
  CHECK(shop.job(job).progress == 300);
}

TEST_CASE("a job handed back returns after the delay, and no attempt is counted") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  scripted give_back{[](job_context&) { return outcome::handed_back(seconds(30)); }};
  worker_by_hand w{shop.store, 1};
  w.run(give_back);
  CHECK(shop.job(job).phase == job_phase::ready);
  CHECK(shop.job(job).attempts == 0);
  CHECK(shop.job(job).ready_at == shop.clock.now() + seconds(30));
  CHECK(shop.count(job, attempt_outcome::handed_back) == 1);
  CHECK(w.state.totals().handed_back == 1);
}

TEST_CASE("a cancel fires the stop token at the next heartbeat and settles a partial charge") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  bool token_fired = false;
  scripted handler{[&](job_context& j) {
    const std::stop_callback note{j.stop_token(), [&] { token_fired = true; }};
    CHECK_FALSE(j.should_stop());
    REQUIRE(shop.cancel(j.id())->outcome == cancel_outcome::requested);
    CHECK_FALSE(j.should_stop());
    beat_step(w.at);
    CHECK(j.should_stop());
    CHECK(j.reason() == stop_reason::cancel_requested);
    return outcome::cancelled(cr(3));
  }};
  w.run(handler);
  CHECK(token_fired);
  CHECK(shop.job(job).role == job_role::cancelled);
  CHECK(shop.spent() == cr(3));
  CHECK(w.state.totals().cancelled == 1);
  shop.check();
}

TEST_CASE("a cancel is also seen in the answer to what the handler says") {
  test::shop shop;
  shop.confirm_one();
  scripted handler{[&](job_context& j) {
    REQUIRE(shop.cancel(j.id()).has_value());
    CHECK(j.advance(permille{100}).has_value());
    CHECK(j.reason() == stop_reason::cancel_requested);
    return outcome::cancelled();
  }};
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  CHECK(w.state.totals().cancelled == 1);
}

TEST_CASE("a job cancelled before it began does not run") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  auto handler = test::always_succeeds();
  worker_by_hand w{shop.store, 1};
  const auto held = w.claim_one();
  REQUIRE(shop.cancel(job).has_value());
  beat_step(w.at);
  run_step(w.at, handler, held);
  w.settle();
  CHECK(handler.calls == 0);
  CHECK(shop.job(job).role == job_role::cancelled);
  CHECK(shop.spent() == credits{});
}

TEST_CASE("a cancelled job that is at the provider is given to its handler to end it there") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  scripted submit{[](job_context&) {
    return outcome::failed({.code = "timeout", .retry_after = duration{}}).with({.job_id = "op"});
  }};
  w.run(submit);
  const auto held = w.claim_one();
  REQUIRE(shop.cancel(job).has_value());
  beat_step(w.at);
  scripted handler{[](job_context& j) {
    CHECK(j.reason() == stop_reason::cancel_requested);
    CHECK(j.provider_job_id() == "op");
    return outcome::cancelled(cr(2));
  }};
  run_step(w.at, handler, held);
  w.settle();
  CHECK(handler.calls == 1);
  CHECK(shop.spent() == cr(2));
}

TEST_CASE("what a handler saved is there for the next attempt, also when its worker died") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  {
    worker_by_hand w{shop.store, 1};
    const auto held = w.claim_one();
    scripted handler{[](job_context& j) {
      CHECK(j.provider_job_id().empty());
      CHECK(j.save({.job_id = "op-7", .metadata = "{\"region\":1}"}).has_value());
      CHECK(j.advance("running", permille{250}).has_value());
      return outcome::succeeded(j.held());
    }};
    run_step(w.at, handler, held);  // and dies before it settles
  }
  shop.clock.advance(seconds(20));
  worker_by_hand w{shop.store, 2};
  CHECK(w.sweep() == 1);
  scripted handler{[&](job_context& j) {
    CHECK(j.attempt() == 2);
    CHECK_FALSE(j.resumed());
    CHECK(j.provider_job_id() == "op-7");
    CHECK(j.provider_metadata() == "{\"region\":1}");
    CHECK(j.submission_key() == to_string(job));
    return outcome::succeeded(j.held());
  }};
  w.run(handler);
  CHECK(handler.calls == 1);
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(shop.spent() == cr(10));
}

TEST_CASE("a state that no store takes costs neither the answer nor what it says of the provider") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  scripted waits{[](job_context& j) {
    CHECK(j.advance("waiting_for_the_provider", permille{1}).error().place == "/state");
    return outcome::wait({.state = "waiting_for_the_provider", .provider = {.job_id = "op-1"}});
  }};
  w.run(waits);
  CHECK(w.state.totals().waited == 1);
  CHECK(shop.job(job).phase == job_phase::waiting);
  CHECK(shop.job(job).provider_job_id == "op-1");
}

TEST_CASE("an answer that the gate refuses is a failed attempt, and resumes what it submitted") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  const auto held = w.claim_one();
  settle_command wrong{.lease = held->lease(),
                       .kind = settle_kind::wait,
                       .state = std::string(40, 'x'),
                       .worker = w.state.id()};
  wrong.provider_job_id = "op-1";
  w.state.owe(held, std::move(wrong));
  w.settle();
  CHECK(shop.job(job).error_code == "invalid_outcome");
  CHECK(shop.job(job).provider_job_id == "op-1");
  CHECK(shop.count(job, attempt_outcome::retried) == 1);
}

TEST_CASE("after an operation that died at the provider the next attempt submits a new one") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  scripted dies{[](job_context& j) {
    CHECK(j.save({.job_id = "op-7"}).has_value());
    return outcome::failed({.code = "render_crashed", .resubmit = true});
  }};
  w.run(dies);
  CHECK(shop.job(job).resubmissions == 1);
  shop.clock.advance(hours(1));
  scripted submits{[&](job_context& j) {
    CHECK(j.attempt() == 2);
    CHECK(j.provider_job_id().empty());
    CHECK(j.submission_key() == to_string(job) + "/1");
    return outcome::succeeded(j.held());
  }};
  w.run(submits);
  CHECK(submits.calls == 1);
  CHECK(shop.job(job).role == job_role::succeeded);
}

TEST_CASE("jobs that nobody can decide do not stand before the others for ever") {
  test::basic_shop<test::faulty_store> shop;
  const account_id other{{0xb, 1}};
  shop.must(open_account_request{.account = other, .opening_grant = cr(100)});
  shop.confirm(5);
  const auto late = shop.confirm({shop.shot()}, other);
  shop.store.damaged = shop.user;
  shop.clock.advance(days(8));  // nobody started any of them in time
  test::hand_driven<test::faulty_store> w{shop.store, 1};
  w.options.sweep_batch = 1;
  std::size_t sweeps = 0;
  for (; sweeps < 8 && !shop.job(late[0], other).is_final(); ++sweeps) w.sweep();
  CHECK(shop.job(late[0], other).is_final());
  CHECK(shop.row(other).available == cr(100));
  shop.check(other);
}

TEST_CASE("kinds without a handler are never claimed") {
  test::shop shop;
  const job_id other = shop.confirm_one("mail");
  shop.confirm_one();
  auto handler = test::always_succeeds();
  worker_by_hand w{shop.store, 1};
  w.run(handler);
  CHECK(w.state.totals().claimed == 1);
  CHECK(shop.job(other).phase == job_phase::ready);
}

TEST_CASE("a paused kind is not claimed, and goes on when it is released") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  auto handler = test::always_succeeds();
  worker_by_hand w{shop.store, 1};
  REQUIRE(shop.store.set_kind({.kind = "render", .paused = true}).has_value());
  w.run(handler);
  CHECK(shop.job(job).phase == job_phase::ready);
  REQUIRE(shop.store.set_kind({.kind = "render", .paused = false}).has_value());
  w.run(handler);
  CHECK(shop.job(job).role == job_role::succeeded);
}

TEST_CASE("what is owed when a worker stops is handed back over its handler's head, uncounted") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  const auto held = w.claim_one();
  hand_back_step(w.at);
  w.settle();
  CHECK(shop.job(job).phase == job_phase::ready);
  CHECK(shop.job(job).attempts == 0);
  CHECK(w.state.held() == 1);  // its handler still runs

  auto late = test::always_succeeds();
  run_step(w.at, late, held);
  w.settle();
  CHECK(w.state.held() == 0);
  CHECK(w.state.totals().stale == 1);
  CHECK(shop.spent() == credits{});
  CHECK(shop.count(job, attempt_outcome::late) == 1);
  CHECK(shop.attempts(job).back().result == "video");
  shop.check();
}

TEST_CASE("a handler that answers before the hand-back was sent is not handed back") {
  test::shop shop;
  const job_id job = shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  const auto held = w.claim_one();
  hand_back_step(w.at);
  auto handler = test::always_succeeds();
  run_step(w.at, handler, held);
  hand_back_step(w.at);
  w.settle();
  CHECK(shop.job(job).role == job_role::succeeded);
  CHECK(w.state.held() == 0);
  CHECK(w.state.totals() == worker_totals{.claimed = 1, .succeeded = 1});
}

TEST_CASE("a settle whose job no store knows is dropped and counted, not repeated for ever") {
  test::shop shop;
  test::shop elsewhere;
  const job_id job = shop.confirm_one();
  worker_by_hand w{shop.store, 1};
  const auto held = w.claim_one();
  worker_by_hand stranger{elsewhere.store, 2};
  auto handler = test::always_succeeds();
  run_step(stranger.at, handler, held);
  stranger.settle();
  CHECK(stranger.state.totals().refused == 1);
  CHECK(stranger.state.owed() == 0);
  CHECK(shop.job(job).phase == job_phase::leased);
}

}  // namespace
