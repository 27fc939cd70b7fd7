// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: orders from the click to the last receipt end with every credit where it belongs.

#include <tollgate/storage/contract/desk.hpp>

#include <string>

namespace tollgate::contract::orders {

inline void an_order_is_worked_off(trial& t) {
  const desk d{t};
  const project_id p = nth<project_id>(1);
  if (!d.open(whole(100))) return;
  const auto order = d.must_confirm("click",
                                    {desk::item(1, whole(10)), desk::item(2, whole(20)),
                                     desk::item(3, {}), desk::item(4, whole(30))},
                                    p);
  if (!t.same(order.jobs.size(), std::size_t{4}, "one job for each item")) return;
  t.same(d.row().available, whole(40), "the costs are held");
  const auto jobs = d.claim(9);
  if (!t.same(jobs.size(), std::size_t{4}, "all of them are claimed")) return;
  for (std::size_t n = 0; n < 4; ++n) t.same(jobs[n].status.id, order.jobs[n], "in their order");
  const auto done = t.value(d.settle(jobs[0], settle_kind::succeeded, whole(7)), "a success");
  t.same(done.job.actual, whole(7), "captured");
  t.value(d.settle(jobs[1], settle_kind::failed), "a failure");
  t.value(d.settle(jobs[2], settle_kind::succeeded), "a free render");
  t.value(d.settle(jobs[3], settle_kind::cancelled, whole(1)), "a cancelled one");
  const account_records all = expect_sound(t, d.id);
  t.same(all.row.available, whole(92), "what was not captured is back");
  t.same(all.row.held, credits{}, "nothing is held");
  const auto total = t.value(t.store.running_total(d.id, p), "running_total");
  t.same(total.spent, whole(8), "the project's running total");
  t.same(total.committed, credits{}, "nothing is committed");
  t.expect(t.value(t.store.due({}), "due").empty() && d.claim(9).empty(), "nothing is left to do");
}

inline void a_repeat_is_answered_as_before(trial& t) {
  const desk d{t};
  if (!d.open(whole(100))) return;
  const auto first = d.must_confirm("click", {desk::item(1, whole(60))});
  const auto refused = d.ask(hold_request{.amount = whole(41), .key = "too much"});
  t.expect(is_refused(refused, error::insufficient_credits), "one more than there is");
  const auto jobs = d.claim();
  if (!t.same(jobs.size(), std::size_t{1}, "its job is claimed")) return;
  const auto done = t.value(d.settle(jobs[0], settle_kind::succeeded, whole(50)), "a success");
  d.must(grant_request{.amount = whole(500), .key = "top-up"});
  const trace before = trace_of(t, d.id);
  const auto repeat = d.must_confirm("click", {desk::item(1, whole(60))});
  t.expect(repeat.money.replayed && repeat.order == first.order && repeat.jobs == first.jobs,
           "the receipt of the order, though its job has ended");
  const auto still = d.ask(hold_request{.amount = whole(41), .key = "too much"});
  t.expect(is_refused(still, error::insufficient_credits), "a refusal stays one after a top-up");
  const auto again = t.value(d.settle(jobs[0], settle_kind::succeeded, whole(50)), "a repeat");
  t.expect(again.replayed, "a repeated result is a replay");
  t.expect(again.money && done.money && again.money->operation == done.money->operation,
           "with the same receipt");
  t.expect(
      is_refused(d.ask(grant_request{.amount = whole(1), .key = "top-up"}), error::key_conflict),
      "the same key for something else");
  t.same(trace_of(t, d.id), before, "a repeat moved something");
  t.same(d.row().available, whole(550), "captured once, the rest back");
}

inline void an_order_is_all_or_nothing(trial& t) {
  const desk d{t};
  if (!d.open(whole(100))) return;
  const auto refused = d.confirm("click", {desk::item(1, whole(60)), desk::item(2, whole(41))});
  t.expect(is_refused(refused, error::insufficient_credits), "more than there is");
  t.expect(d.claim(9).empty(), "no job of a refused order runs");
  t.same(expect_sound(t, d.id).row.available, whole(100), "nothing is held");
  d.must_confirm("exactly", {desk::item(1, whole(60)), desk::item(2, whole(40))});
  t.same(d.row().available, credits{}, "exactly what is available can be held");
  const auto queued = d.confirm("again", {desk::item(2, {}), desk::item(3, {})});
  t.expect(is_refused(queued, error::already_queued), "an item whose job is live");
  expect_sound(t, d.id);
}

inline void a_job_that_loses_its_workers_ends(trial& t) {
  const desk d{t};
  if (!d.open(whole(100))) return;
  order_item deadly = desk::item(1, whole(10));
  deadly.max_attempts = 3;
  const auto order = d.must_confirm("click", {deadly});
  for (std::uint32_t n = 1; n <= 3; ++n) {
    const auto jobs = d.claim();
    if (!t.same(jobs.size(), std::size_t{1}, "it is claimed again")) return;
    t.same(jobs[0].status.attempts, n, "every lost lease was an attempt");
    t.same(d.decide_due(), std::size_t{0}, "nothing is due while the lease lasts");
    t.clock.advance(seconds(20));
    t.same(d.decide_due(), std::size_t{1}, "the lost lease is written down once");
    t.same(d.decide_due(), std::size_t{0}, "and then it is no longer due");
  }
  t.expect(d.claim().empty(), "it is not tried for ever");
  t.same(t.status_of(d.id, order.jobs.front()).role, job_role::failed, "it failed");
  t.same(expect_sound(t, d.id).row.available, whole(100), "its hold was released");
  const auto lines = t.value(t.store.attempts(d.id, order.jobs.front()), "attempts");
  t.same(lines.size(), std::size_t{3}, "every attempt is in the log");
}

inline void a_late_result_is_adopted_or_kept(trial& t) {
  const desk d{t};
  if (!d.open(whole(100))) return;
  const auto order = d.must_confirm("click", {desk::item(1, whole(10)), desk::item(2, whole(10))});
  const auto first = d.claim(2);
  if (!t.same(first.size(), std::size_t{2}, "both are claimed")) return;
  t.clock.advance(minutes(5));
  t.same(d.decide_due(), std::size_t{2}, "both leases were lost");
  const auto adopted = t.value(d.settle(first[0], settle_kind::succeeded, whole(9)), "late");
  t.expect(adopted.adopted && adopted.job.is_final(), "nobody claimed it again: the result counts");
  const auto second = d.claim();
  if (!t.same(second.size(), std::size_t{1}, "the other is claimed again")) return;
  const auto stale = d.settle(first[1], settle_kind::succeeded, whole(10));
  t.expect(is_refused(stale, error::stale_lease), "given away: the result does not count");
  t.value(d.settle(second[0], settle_kind::succeeded, whole(4)), "the new worker's result");
  const auto lines = t.value(t.store.attempts(d.id, order.jobs[1]), "attempts");
  bool kept = false;
  for (const attempt& a : lines)
    kept |= a.outcome == attempt_outcome::late && a.result == every_byte();
  t.expect(kept, "the late result is kept for a person, byte for byte");
  t.same(expect_sound(t, d.id).row.available, whole(87), "each was charged once");
}

inline void a_render_waits_without_a_worker(trial& t) {
  const desk d{t};
  if (!d.open(whole(100))) return;
  const auto order = d.must_confirm("click", {desk::item(1, whole(10))});
  for (int n = 0; n < 3; ++n) {
    const auto jobs = d.claim();
    if (!t.same(jobs.size(), std::size_t{1}, "a start, then polls")) return;
    t.same(jobs[0].resumed, n > 0, "a poll is no start");
    t.same(jobs[0].status.attempts, 1U, "polls are no attempts");
    const auto said = d.run(settle_command{.lease = desk::lease_of(jobs[0]),
                                           .kind = settle_kind::wait,
                                           .delay = seconds(30),
                                           .provider_job_id = "operations/1"});
    t.expect(said.has_value(), "it waits");
    t.clock.advance(seconds(30));
  }
  const auto jobs = d.claim();
  if (!t.same(jobs.size(), std::size_t{1}, "the last poll")) return;
  t.same(jobs[0].status.provider_job_id, std::string{"operations/1"}, "what the provider said");
  t.value(d.settle(jobs[0], settle_kind::succeeded, whole(10)), "a success");
  t.same(expect_sound(t, d.id).row.available, whole(90), "charged once");
}

inline void cancel_and_completion_exclude_each_other(trial& t) {
  const desk d{t};
  if (!d.open(whole(100))) return;
  const auto order = d.must_confirm("click", {desk::item(1, whole(10)), desk::item(2, whole(10))});
  const auto jobs = d.claim();
  if (!t.same(jobs.size(), std::size_t{1}, "one runs")) return;
  const auto running =
      t.value(d.run(cancel_command{.account = d.id, .job = order.jobs[0]}), "wish");
  t.expect(running.outcome == cancel_outcome::requested, "its worker is asked");
  const auto idle = t.value(d.run(cancel_command{.account = d.id, .job = order.jobs[1]}), "cancel");
  t.expect(idle.outcome == cancel_outcome::cancelled, "nobody had the other one");
  t.value(d.settle(jobs[0], settle_kind::succeeded, whole(10)), "it was done before it heard");
  const auto late = t.value(d.run(cancel_command{.account = d.id, .job = order.jobs[0]}), "late");
  t.expect(late.outcome == cancel_outcome::already_final, "what has ended stays");
  t.expect(t.claim({.worker = nth<worker_id>(2), .kinds = {"render"}, .limit = 9}).empty(),
           "a cancelled job is not claimed");
  t.same(expect_sound(t, d.id).row.available, whole(90), "one charged, one released");
}

inline void a_failed_item_runs_again_as_a_new_job(trial& t) {
  const desk d{t};
  if (!d.open(whole(20))) return;
  const auto first = d.must_confirm("click", {desk::item(1, whole(20))});
  auto jobs = d.claim();
  if (!t.same(jobs.size(), std::size_t{1}, "it runs")) return;
  const auto retry = t.value(d.settle(jobs[0], settle_kind::failed, {}, true), "will run again");
  t.expect(retry.job.phase == job_phase::ready, "a retry");
  t.same(d.row().held, whole(20), "keeps its hold");
  jobs = d.claim();
  if (!t.same(jobs.size(), std::size_t{1}, "it runs again")) return;
  t.value(d.settle(jobs[0], settle_kind::failed), "a permanent failure");
  t.same(d.row().available, whole(20), "releases it in the same unit");
  const auto second = d.must_confirm("another click", {desk::item(1, whole(20))});
  t.expect(second.jobs != first.jobs, "a new job with a new hold");
  t.same(expect_sound(t, d.id).holds.size(), std::size_t{2}, "both are kept");
}

inline constexpr rule rules[]{
    {"money.order", "an order is held, worked off, charged and the rest given back",
     "ledger 1, ledger 12, queue 2", an_order_is_worked_off},
    {"money.replay", "orders, refusals and results are answered as before, and move nothing",
     "ledger 6, queue 3, queue 19", a_repeat_is_answered_as_before},
    {"money.all_or_nothing", "an order is held and queued as a whole, or refused",
     "ledger 7, queue 19", an_order_is_all_or_nothing},
    {"money.lost_workers", "a job that loses its workers ends, and its hold with it", "queue 7",
     a_job_that_loses_its_workers_ends},
    {"money.late_results", "a late result is adopted, or kept in the log", "queue 4",
     a_late_result_is_adopted_or_kept},
    {"money.waiting", "a render waits at the provider without a worker, charged once", "queue 5",
     a_render_waits_without_a_worker},
    {"money.cancel", "a job is cancelled or completed, never both", "queue 11",
     cancel_and_completion_exclude_each_other},
    {"money.again", "a failed item runs again as a new job with a new hold", "queue 11, ledger 12",
     a_failed_item_runs_again_as_a_new_job},
};

}  // namespace tollgate::contract::orders
