// SPDX-License-Identifier: BSL-1.0
#include <gate/world.hpp>

#include <cstdint>
#include <limits>

using namespace tollgate;
using namespace tollgate::test;

TEST_CASE("success captures what it cost and releases the rest in one unit") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  auto settled = w.succeed(w.claim(jobs[0]), cr(7));
  REQUIRE(settled.has_value());
  CHECK(settled->money->moved == cr(7));
  CHECK(w.row().available == cr(93));
  CHECK(w.row().held == cr(0));
  CHECK(w.operations().back().spent == cr(7));
  CHECK(w.operations().back().committed == -cr(10));
  const job_status& s = w.job(jobs[0]).status;
  CHECK(s.role == job_role::succeeded);
  CHECK(s.actual == cr(7));
  CHECK(s.result == "video");
  CHECK(s.final_seq == w.row().seq);
  CHECK(s.error_code.empty());
}

TEST_CASE("an asynchronous job that failed for good charges nothing") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  auto settled = w.fail(w.claim(jobs[0]), false);
  REQUIRE(settled.has_value());
  CHECK(w.row().available == cr(100));
  CHECK(w.job(jobs[0]).status.role == job_role::failed);
  CHECK(w.job(jobs[0]).status.error_code == "provider");
  CHECK(w.hold_for(jobs[0]).state == hold_state::released);
}

TEST_CASE("a retry keeps the hold, raises the epoch and waits out its delay") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  REQUIRE(w.fail(lease, true).has_value());
  const job_status& s = w.job(jobs[0]).status;
  CHECK(s.phase == job_phase::ready);
  CHECK(s.epoch == lease.epoch + 1);
  CHECK(s.ready_at == w.now + seconds(30));
  CHECK(w.row().held == cr(10));
  CHECK(w.count(attempt_outcome::retried) == 1);
}

TEST_CASE("a dead operation at the provider is given up, but stays in the log") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  const settle_command dead{.lease = lease,
                            .kind = settle_kind::failed,
                            .retryable = true,
                            .resubmit = true,
                            .provider_job_id = "op-1",
                            .provider_metadata = "m"};
  REQUIRE(w.run(dead).has_value());
  const job_status& s = w.job(jobs[0]).status;
  CHECK(s.provider_job_id.empty());
  CHECK(s.provider_metadata.empty());
  CHECK(s.resubmissions == 1);
  CHECK(w.attempts.back().provider_job_id == "op-1");
  // Its repeat gives up nothing more.
  REQUIRE(w.run(dead).has_value());
  CHECK(w.job(jobs[0]).status.resubmissions == 1);
  // What was never named cannot be given up: a submission under the same key may still find it.
  settle_command unnamed{
      .lease = w.claim(jobs[0]), .kind = settle_kind::failed, .retryable = true, .resubmit = true};
  REQUIRE(w.run(unnamed).has_value());
  CHECK(w.job(jobs[0]).status.resubmissions == 1);
}

TEST_CASE("the last attempt that fails ends the job and gives the credits back") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  for (int n = 0; n < 4; ++n) REQUIRE(w.fail(w.claim(jobs[0]), true).has_value());
  CHECK(w.job(jobs[0]).status.role == job_role::failed);
  CHECK(w.job(jobs[0]).status.attempts == 4);
  CHECK(w.row().available == cr(100));
}

TEST_CASE("settling again after a lost answer moves nothing and says the same") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  const auto first = w.succeed(lease, cr(7));
  for (int n = 0; n < 3; ++n) {
    auto again = w.succeed(lease, cr(7));
    REQUIRE(again.has_value());
    CHECK(again->replayed);
    REQUIRE(again->money.has_value());
    CHECK(again->money->operation == first->money->operation);
    CHECK(again->money->available == first->money->available);
  }
  CHECK(w.row().available == cr(93));
}

TEST_CASE("a retry that is settled again after a lost answer is not retried twice") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  REQUIRE(w.fail(lease, true).has_value());
  auto again = w.fail(lease, true);
  REQUIRE(again.has_value());
  CHECK(again->replayed);
  w.claim(jobs[0]);
  CHECK(w.fail(lease, true)->replayed);
  CHECK(w.job(jobs[0]).status.phase == job_phase::leased);
}

TEST_CASE("a stale settle moves nothing, and its result is kept for a person to look at") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto old = w.claim(jobs[0]);
  REQUIRE(w.lose(jobs[0]).has_value());
  const auto now = w.claim(jobs[0]);
  CHECK(refusal_of(w.succeed(old, cr(10))) == error::stale_lease);
  CHECK(w.row().held == cr(10));
  REQUIRE(w.count(attempt_outcome::late) == 1);
  CHECK(w.attempts.back().result == "video");
  CHECK(w.attempts.back().epoch == old.epoch);
  CHECK(w.succeed(now, cr(10)).has_value());
}

TEST_CASE("a result that comes after the lease ran out is adopted while nobody claimed the job") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);

  SECTION("before anybody noticed") {
    w.now = w.now + seconds(60);
    REQUIRE(w.job(jobs[0]).status.lease_until < w.now);
  }
  SECTION("after the sweeper put it back into the queue") {
    REQUIRE(w.lose(jobs[0]).has_value());
    REQUIRE(w.job(jobs[0]).status.phase == job_phase::ready);
  }
  auto settled = w.succeed(lease, cr(9));
  REQUIRE(settled.has_value());
  CHECK(settled->adopted);
  CHECK(w.row().available == cr(91));
}

TEST_CASE("after a final outcome whatever comes later changes nothing") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  w.now = w.now + seconds(5);
  REQUIRE(w.run(due_job{world::user, jobs[0], due_reason::deadline})->changed == false);
  auto& body = w.job(jobs[0]).body;
  auto with_deadline = *body;
  with_deadline.deadline = w.now;
  body = std::make_shared<const job_body>(with_deadline);
  REQUIRE(w.run(due_job{world::user, jobs[0], due_reason::deadline})->changed);
  CHECK(w.row().available == cr(100));
  CHECK(refusal_of(w.succeed(lease, cr(10))) == error::stale_lease);
  CHECK(w.row().available == cr(100));
  CHECK(w.count(attempt_outcome::late) == 1);
}

TEST_CASE("an expiry never captures, and a result that arrives afterwards is not charged") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  w.now = w.job(jobs[0]).status.start_by;
  auto expired = w.run(due_job{world::user, jobs[0], due_reason::not_started});
  REQUIRE(expired->changed);
  CHECK(w.row().available == cr(100));
  CHECK(w.hold_for(jobs[0]).captured == cr(0));
  CHECK(w.job(jobs[0]).status.error_code == "not_started");
}

TEST_CASE("a job that kills its worker is finite") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  for (int n = 0; n < 4; ++n) {
    w.claim(jobs[0]);
    REQUIRE(w.lose(jobs[0])->changed);
  }
  CHECK(w.job(jobs[0]).status.role == job_role::failed);
  CHECK(w.job(jobs[0]).status.error_code == "lease_lost");
  CHECK(w.row().available == cr(100));
}

TEST_CASE("a job that completed in between is not overwritten by the sweeper") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  REQUIRE(w.succeed(w.claim(jobs[0]), cr(10)).has_value());
  w.now = w.now + seconds(60);
  auto swept = w.run(due_job{world::user, jobs[0], due_reason::lease_lost});
  REQUIRE(swept.has_value());
  CHECK_FALSE(swept->changed);
  CHECK(w.job(jobs[0]).status.role == job_role::succeeded);
}

TEST_CASE("a lost lease leaves the epoch and is written only if nobody renewed it") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  const timestamp until = w.job(jobs[0]).status.lease_until;
  account_snapshot seen;
  seen.jobs.push_back(w.job(jobs[0]));
  auto d = decide(seen, due_job{world::user, jobs[0], due_reason::lease_lost}, until, w.rules);
  REQUIRE(d.write.has_value());
  CHECK(d.write->jobs[0].expected_lease == until);
  CHECK(d.write->jobs[0].status.epoch == lease.epoch);
  CHECK_FALSE(d.write->ledger.has_value());
}

TEST_CASE("waiting at the provider keeps hold and slot, counts no attempt and fences the poller") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  auto waits = w.run(settle_command{.lease = lease,
                                    .kind = settle_kind::wait,
                                    .delay = seconds(10),
                                    .provider_job_id = "op-1",
                                    .state = "generating",
                                    .progress = 300});
  REQUIRE(waits.has_value());
  const job_status& s = w.job(jobs[0]).status;
  CHECK(s.phase == job_phase::waiting);
  CHECK(s.in_flight());
  CHECK(s.state == "generating");
  CHECK(s.provider_job_id == "op-1");
  CHECK(s.ready_at == w.now + seconds(10));
  const auto poll = w.claim(jobs[0]);
  CHECK(s.attempts == 1);
  CHECK(poll.epoch > lease.epoch);
  CHECK(refusal_of(w.run(advance_command{.lease = lease})) == error::stale_lease);
  CHECK(w.succeed(poll, cr(10)).has_value());
}

TEST_CASE("a wait that was adopted after its lease was lost is a replay when it is said again") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  w.now = w.now + hours(1);
  REQUIRE(w.run(due_job{world::user, jobs[0], due_reason::lease_lost}));
  const settle_command waits{.lease = lease,
                             .kind = settle_kind::wait,
                             .delay = seconds(10),
                             .provider_job_id = "op-1",
                             .state = "generating"};
  REQUIRE(w.run(waits));
  const job_status was = w.job(jobs[0]).status;
  CHECK(was.phase == job_phase::ready);
  CHECK(was.provider_job_id == "op-1");
  const auto again = w.run(waits);
  REQUIRE(again);
  CHECK(again->replayed);
  CHECK(w.job(jobs[0]).status == was);
  CHECK(w.count(attempt_outcome::late) == 0);
}

TEST_CASE("handing back counts no attempt and fences the worker that handed back") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  REQUIRE(w.run(settle_command{.lease = lease, .kind = settle_kind::handed_back}).has_value());
  CHECK(w.job(jobs[0]).status.attempts == 0);
  CHECK(w.job(jobs[0]).status.epoch > lease.epoch);
}

TEST_CASE("a failure that comes after a hand-back is kept, and the next attempt resumes") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  REQUIRE(w.run(settle_command{.lease = lease, .kind = settle_kind::handed_back}));
  const settle_command late{.lease = lease,
                            .kind = settle_kind::failed,
                            .retryable = true,
                            .error_code = "timeout",
                            .error_message = "no answer",
                            .provider_job_id = "op-1",
                            .provider_metadata = "eu"};
  CHECK(refusal_of(w.run(late)) == error::stale_lease);
  REQUIRE(w.count(attempt_outcome::late) == 1);
  CHECK(w.attempts.back().epoch == lease.epoch);
  CHECK(w.attempts.back().error_code == "timeout");
  CHECK(w.attempts.back().provider_job_id == "op-1");
  const job_status& s = w.job(jobs[0]).status;
  CHECK(s.provider_job_id == "op-1");
  CHECK(s.provider_metadata == "eu");
  CHECK(s.phase == job_phase::ready);
  CHECK(s.epoch == lease.epoch + 1);
  CHECK(s.attempts == 0);
  CHECK(s.error_code.empty());
}

TEST_CASE("whatever a handler says after it was handed back over, its operation is resumed") {
  for (const auto kind :
       {settle_kind::succeeded, settle_kind::failed, settle_kind::wait, settle_kind::handed_back}) {
    world w;
    const auto jobs = w.confirm("click", 1, 1);
    const auto lease = w.claim(jobs[0]);
    REQUIRE(w.run(settle_command{.lease = lease, .kind = settle_kind::handed_back}));
    const settle_command late{
        .lease = lease, .kind = kind, .error_code = "e", .provider_job_id = "op-1"};
    CHECK(refusal_of(w.run(late)) == error::stale_lease);
    CHECK(w.job(jobs[0]).status.provider_job_id == "op-1");
    CHECK(w.count(attempt_outcome::late) == 1);
  }
}

TEST_CASE("a late answer does not bring back an operation that is dead or that others may know") {
  enum class why { given_up, cancelled, claimed };
  for (const why reason : {why::given_up, why::cancelled, why::claimed}) {
    CAPTURE(static_cast<int>(reason));
    world w;
    const auto jobs = w.confirm("click", 1, 1);
    const auto lease = w.claim(jobs[0]);
    REQUIRE(w.run(settle_command{.lease = lease, .kind = settle_kind::handed_back}));
    settle_command late{.lease = lease, .kind = settle_kind::failed, .provider_job_id = "op-1"};
    late.error_code = "dead";
    late.resubmit = reason == why::given_up;
    if (reason == why::cancelled) late.kind = settle_kind::cancelled;
    if (reason == why::claimed) w.claim(jobs[0]);
    CHECK(refusal_of(w.run(late)) == error::stale_lease);
    CHECK(w.job(jobs[0]).status.provider_job_id.empty());
    CHECK(w.attempts.back().provider_job_id == "op-1");  // but a person finds it
  }
}

TEST_CASE(
    "a result after a hand-back that ended the job as cancelled is kept, not called a repeat") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  REQUIRE(w.run(cancel_command{w.user, jobs[0], {}}));
  REQUIRE(w.run(settle_command{.lease = lease, .kind = settle_kind::handed_back}));
  REQUIRE(w.job(jobs[0]).status.role == job_role::cancelled);
  CHECK(refusal_of(w.succeed(lease, cr(10))) == error::stale_lease);
  REQUIRE(w.count(attempt_outcome::late) == 1);
  CHECK(w.attempts.back().result == "video");
}

TEST_CASE("every settle repeated after a lost answer is a replay and writes nothing") {
  for (const auto kind : {settle_kind::succeeded, settle_kind::failed, settle_kind::cancelled,
                          settle_kind::wait, settle_kind::handed_back}) {
    for (const bool retryable : {false, true}) {
      for (const bool resubmit : {false, true}) {
        for (const bool asked : {false, true}) {
          world w;
          const auto jobs = w.confirm("click", 1, 1);
          const auto lease = w.claim(jobs[0]);
          if (asked) REQUIRE(w.run(cancel_command{w.user, jobs[0], {}}));
          const settle_command c{.lease = lease,
                                 .kind = kind,
                                 .retryable = retryable,
                                 .resubmit = kind == settle_kind::failed && resubmit,
                                 .error_code = kind == settle_kind::failed ? "e" : "",
                                 .provider_job_id = resubmit ? "op-1" : ""};
          REQUIRE(w.run(c));
          const auto lines = w.attempts.size();
          const job_status was = w.job(jobs[0]).status;
          auto again = w.run(c);
          REQUIRE(again);
          CHECK(again->replayed);
          CHECK(w.job(jobs[0]).status == was);
          CHECK(w.attempts.size() == lines);
        }
      }
    }
  }
}

TEST_CASE("handing back a poll leaves the job at the provider, with its attempt and its slot") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  REQUIRE(w.run(settle_command{.lease = lease,
                               .kind = settle_kind::wait,
                               .delay = seconds(10),
                               .provider_job_id = "op-1",
                               .state = "generating",
                               .progress = 400}));
  w.now = w.now + seconds(10);
  const auto poll = w.claim(jobs[0]);
  REQUIRE(w.run(settle_command{
      .lease = poll, .kind = settle_kind::handed_back, .delay = seconds(5), .resumed = true}));
  const job_status& s = w.job(jobs[0]).status;
  CHECK(s.attempts == 1);  // the poll counted none, so there is none to take back
  CHECK(s.phase == job_phase::waiting);
  CHECK(s.state == "generating");
  CHECK(s.progress == 400);
  CHECK(s.ready_at == w.now + seconds(5));
  CHECK(s.epoch > poll.epoch);
  CHECK(w.count(attempt_outcome::handed_back) == 1);
  const auto next = w.claim(jobs[0]);
  CHECK(s.attempts == 1);
  CHECK(w.succeed(next, cr(10)).has_value());
}

TEST_CASE("a charge above the hold of a frozen account takes the hold, and the job is settled") {
  for (const auto overage : {overage_policy::from_available, overage_policy::into_debt}) {
    world w;
    const auto jobs = w.confirm("click", 1, 1);
    const auto lease = w.claim(jobs[0]);
    w.must(freeze_request{.account = w.user, .reason = "charge-back", .key = "freeze"});
    const settle_command delivered{.lease = lease,
                                   .kind = settle_kind::succeeded,
                                   .actual = cr(12),
                                   .overage = overage,
                                   .result = "video"};
    const auto done = w.run(delivered);
    REQUIRE(done.has_value());
    CHECK(done->job.role == job_role::succeeded);
    CHECK(done->job.actual == cr(10));
    REQUIRE(done->money.has_value());
    CHECK(done->money->moved == cr(10));
    CHECK(done->money->available == cr(90));
    CHECK(done->money->debt == credits{});
    CHECK(w.operations().back().request.amount == cr(12));  // what it cost is written down
    CHECK(w.attempts.back().error_code == "exceeds_hold");
    const auto again = w.run(delivered);
    REQUIRE(again.has_value());
    CHECK(again->replayed);
    CHECK(again->money->moved == cr(10));
  }
}

TEST_CASE("a charge above the hold is refused and leaves the job to be settled again") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  auto over = w.succeed(lease, cr(12));
  REQUIRE(refusal_of(over) == error::exceeds_hold);
  CHECK(over.error().available == cr(10));
  CHECK(w.job(jobs[0]).status.phase == job_phase::leased);
  CHECK(w.succeed(lease, cr(10)).has_value());
}

TEST_CASE("a charge above the hold takes the rest from what is available where that is asked for") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  auto settled = w.run(settle_command{.lease = w.claim(jobs[0]),
                                      .kind = settle_kind::succeeded,
                                      .actual = cr(12),
                                      .overage = overage_policy::from_available});
  REQUIRE(settled.has_value());
  CHECK(w.row().available == cr(88));
  CHECK(w.job(jobs[0]).status.actual == cr(12));
}

TEST_CASE("a verified failure after a capture refunds exactly once") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  REQUIRE(w.succeed(w.claim(jobs[0]), cr(10)).has_value());
  const refund_request refund{.account = world::user,
                              .hold = hold_of(jobs[0]),
                              .amount = cr(10),
                              .reason = "the file was broken",
                              .key = "refund"};
  w.must(refund);
  CHECK(w.must(refund).replayed);
  CHECK(w.row().available == cr(100));
  auto second = refund;
  second.key = "refund again";
  CHECK(refusal_of(w.ask(second)) == error::exceeds_captured);
}

TEST_CASE("cancelling a job that nobody works on releases its credits at once") {
  world w;
  const auto jobs = w.confirm("click", 1, 2);
  auto cancelled = w.run(cancel_command{world::user, jobs[0], "changed my mind"});
  REQUIRE(cancelled.has_value());
  CHECK(cancelled->outcome == cancel_outcome::cancelled);
  CHECK(w.row().available == cr(90));
  CHECK(w.job(jobs[0]).status.role == job_role::cancelled);
  auto again = w.run(cancel_command{world::user, jobs[0], ""});
  CHECK(again->outcome == cancel_outcome::already_final);
  CHECK(w.row().available == cr(90));
}

TEST_CASE("cancelling a running job asks its worker, who may charge a part") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  CHECK(w.run(cancel_command{world::user, jobs[0], ""})->outcome == cancel_outcome::requested);
  CHECK(w.job(jobs[0]).status.cancel_requested);
  REQUIRE(w.run(settle_command{.lease = lease, .kind = settle_kind::cancelled, .actual = cr(3)})
              .has_value());
  CHECK(w.row().available == cr(97));
  CHECK(w.job(jobs[0]).status.role == job_role::cancelled);
}

TEST_CASE("cancel and complete of one job: exactly one wins") {
  world w;
  const auto jobs = w.confirm("click", 1, 2);
  SECTION("complete first") {
    REQUIRE(w.succeed(w.claim(jobs[0]), cr(10)).has_value());
    CHECK(w.run(cancel_command{world::user, jobs[0], ""})->outcome ==
          cancel_outcome::already_final);
    CHECK(w.row().available == cr(80));
    CHECK(w.row().held == cr(10));
  }
  SECTION("cancel first, while a worker that lost its lease still renders") {
    const auto lease = w.claim(jobs[0]);
    REQUIRE(w.lose(jobs[0]).has_value());
    CHECK(w.run(cancel_command{world::user, jobs[0], ""})->outcome == cancel_outcome::cancelled);
    CHECK(refusal_of(w.succeed(lease, cr(10))) == error::stale_lease);
    CHECK(w.row().available == cr(90));
  }
}

TEST_CASE("a wish to cancel ends what would have run again") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  w.run(cancel_command{world::user, jobs[0], ""});
  SECTION("after a failure") { REQUIRE(w.fail(lease, true).has_value()); }
  SECTION("after the worker died") { REQUIRE(w.lose(jobs[0])->changed); }
  SECTION("instead of waiting for the provider") {
    REQUIRE(w.run(settle_command{.lease = lease, .kind = settle_kind::wait}).has_value());
  }
  CHECK(w.job(jobs[0]).status.role == job_role::cancelled);
  CHECK(w.row().available == cr(100));
}

TEST_CASE("what the provider said is saved even when the lease has run out") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  REQUIRE(w.lose(jobs[0]).has_value());
  auto saved = w.run(advance_command{
      .lease = lease, .state = "uploading", .progress = 500, .provider_job_id = "op-9"});
  REQUIRE(saved.has_value());
  CHECK(saved->lease_lost);
  CHECK(w.job(jobs[0]).status.provider_job_id == "op-9");
  CHECK(w.job(jobs[0]).status.state == "queued");
  const auto next = w.claim(jobs[0]);
  CHECK(w.job(jobs[0]).status.provider_job_id == "op-9");
  CHECK(refusal_of(w.run(advance_command{.lease = lease})) == error::stale_lease);
  CHECK(w.run(advance_command{.lease = next, .state = "generating"}).has_value());
}

TEST_CASE("progress and a wish to cancel are written only if nobody renewed the lease meanwhile") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  const timestamp until = w.job(jobs[0]).status.lease_until;
  account_snapshot seen{.jobs = {w.job(jobs[0])}};
  auto progress = decide(seen, advance_command{.lease = lease, .progress = 10}, w.now, w.rules);
  REQUIRE(progress.write.has_value());
  CHECK(progress.write->jobs[0].expected_lease == until);
  auto wish = decide(seen, cancel_command{.account = world::user, .job = jobs[0]}, w.now, w.rules);
  REQUIRE(wish.write.has_value());
  CHECK(wish.write->jobs[0].expected_lease == until);
  REQUIRE(w.lose(jobs[0]).has_value());
  seen.jobs = {w.job(jobs[0])};  // nobody has it: there is no lease to keep
  auto late = decide(seen, advance_command{.lease = lease, .progress = 20}, w.now, w.rules);
  REQUIRE(late.write.has_value());
  CHECK_FALSE(late.write->jobs[0].expected_lease.has_value());
}

TEST_CASE("what became due on the account is written with a settle, at the time it was due") {
  world w;
  const auto held = w.must(hold_request{
      .account = world::user, .amount = cr(40), .lasts_for = minutes(1), .key = "alone"});
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  const timestamp due = w.now + minutes(1);
  w.now = w.now + minutes(10);
  REQUIRE(w.succeed(lease, cr(10)).has_value());
  REQUIRE(w.operations().size() == 5);
  CHECK(w.operations()[3].request.kind == operation_kind::expire_hold);
  CHECK(w.operations()[3].at == due);
  CHECK(key_of(w.operations()[3]) == "expire/" + to_string(held.hold));
  CHECK(w.row().available == cr(90));
}

TEST_CASE("a clock that steps back never takes an account's time back") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  const timestamp before = w.row().changed_at;
  w.now = w.now + seconds(-3600);
  REQUIRE(w.succeed(lease, cr(10)).has_value());
  CHECK(w.row().changed_at == before);
}

TEST_CASE("no rest is so long that a job stands still for ever") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  REQUIRE(w.run(settle_command{.lease = w.claim(jobs[0]),
                               .kind = settle_kind::wait,
                               .delay = duration{std::numeric_limits<std::int64_t>::max()}})
              .has_value());
  CHECK(w.job(jobs[0]).status.ready_at == w.now + longest_delay);
  CHECK(w.job(jobs[0]).status.start_by == w.now + longest_delay + days(7));
}

TEST_CASE("settles that are not well formed name the field") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const auto lease = w.claim(jobs[0]);
  const auto place_of = [&](const settle_command& c) {
    auto answer = w.run(c);
    REQUIRE(refusal_of(answer) == error::invalid_argument);
    return answer.error().place;
  };
  CHECK(place_of({.lease = lease, .kind = settle_kind::succeeded, .actual = -cr(1)}) == "/actual");
  CHECK(place_of({.lease = lease, .kind = settle_kind::failed, .actual = cr(1)}) == "/actual");
  CHECK(place_of({.lease = lease, .kind = settle_kind::wait, .delay = seconds(-1)}) == "/delay");
  CHECK(place_of({.lease = lease, .kind = settle_kind::wait, .state = "longer than fifteen"}) ==
        "/state");
}
