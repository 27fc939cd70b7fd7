// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: a heartbeat renews the worker's own leases, and `due` names what cannot go on alone.

#include <tollgate/gate/advance.hpp>
#include <tollgate/gate/cancel.hpp>
#include <tollgate/storage/contract/hand_book.hpp>

#include <algorithm>
#include <vector>

namespace tollgate::contract::leases {

inline const worker_id worker = nth<worker_id>(1);
inline const worker_id stranger = nth<worker_id>(2);

/// An order whose jobs are all leased to `worker`.
[[nodiscard]] inline bool lease_all(trial& t, hand_book& book,
                                    const std::vector<planned_job>& plan) {
  if (!book.order("order", plan)) return false;
  const auto got = t.claim({.worker = worker, .kinds = {"render"}, .limit = plan.size()});
  if (!t.same(got.size(), plan.size(), "every job is claimed")) return false;
  for (const claimed_job& c : got) {
    for (job_record& j : book.jobs) {
      if (j.body->id == c.status.id) j.status = c.status;
    }
  }
  return true;
}
[[nodiscard]] inline lease_ref lease_of(const job_record& job) {
  return {job.body->account, job.body->id, job.status.epoch};
}
[[nodiscard]] inline beat_answer beat_for(trial& t, worker_id who, std::vector<lease_ref> held,
                                          duration lease = seconds(20)) {
  return t.value(t.store.heartbeat({.worker = who, .leases = std::move(held), .lease = lease}),
                 "heartbeat");
}
[[nodiscard]] inline bool names(const std::vector<job_id>& ids, const job_record& job) {
  return std::find(ids.begin(), ids.end(), job.body->id) != ids.end();
}

inline void a_heartbeat_renews_a_lease(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, {{}, {}})) return;
  t.clock.advance(seconds(15));
  const lease_ref lease = lease_of(book.jobs[0]);
  const auto answer = beat_for(t, worker, {lease, lease}, seconds(33));  // twice is once
  t.expect(answer.lost.empty() && answer.cancel_requested.empty(), "nothing to report");
  job_status wanted = book.jobs[0].status;
  wanted.lease_until = book.now() + seconds(33);
  t.same(t.status_of(book.id, wanted.id), wanted,
         "only lease_until changes, not revision or updated_at");
  t.same(t.status_of(book.id, book.jobs[1].body->id), book.jobs[1].status,
         "a lease that was not named stays");
}

inline void only_the_workers_own_leases_are_renewed(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, {{}, {}, {}, {}})) return;
  job_record& ended = book.jobs[1];
  if (!book.must_write(book.settling(ended))) return;
  if (!book.must_write(parking(book.jobs[2], book.now(), book.now() + hours(1)))) return;
  t.clock.advance(seconds(5));
  const trace before = trace_of(t, book.id);
  lease_ref old = lease_of(book.jobs[0]);
  --old.epoch;
  auto answer = beat_for(t, stranger, {lease_of(book.jobs[0])});
  t.expect(names(answer.lost, book.jobs[0]), "another worker's lease is not this one's");
  answer = beat_for(t, worker, {old});
  t.expect(names(answer.lost, book.jobs[0]), "an older epoch");
  answer = beat_for(
      t, worker, {lease_of(book.jobs[1]), lease_of(book.jobs[2]), {book.id, nth<job_id>(99), 1}});
  t.same(answer.lost.size(), std::size_t{3}, "a job that ended, waits or never was");
  t.same(trace_of(t, book.id), before, "a heartbeat renewed what is not the worker's");
}

inline void leases_are_judged_alone(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, {{}, {}, {}})) return;
  t.clock.advance(seconds(5));
  lease_ref old = lease_of(book.jobs[1]);
  ++old.epoch;
  const auto answer = beat_for(t, worker, {lease_of(book.jobs[0]), old, lease_of(book.jobs[2])});
  t.expect(answer.lost.size() == 1 && names(answer.lost, book.jobs[1]),
           "only the one that is lost");
  for (const std::size_t n : {0U, 2U}) {
    t.same(t.status_of(book.id, book.jobs[n].body->id).lease_until, book.now() + seconds(20),
           "the others are renewed");
  }
  t.same(t.status_of(book.id, book.jobs[1].body->id).lease_until, book.jobs[1].status.lease_until,
         "the lost one is not");
}

inline void a_wish_to_cancel_is_seen_at_the_next_heartbeat(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, {{}, {}})) return;
  const lease_ref lease = lease_of(book.jobs[0]);
  if (!book.must_write(asking_to_cancel(book.jobs[0], book.now()))) return;
  t.clock.advance(seconds(5));
  const auto answer = beat_for(t, worker, {lease, lease_of(book.jobs[1])});
  t.expect(answer.cancel_requested.size() == 1 && names(answer.cancel_requested, book.jobs[0]),
           "the wish is told");
  t.expect(answer.lost.empty(), "the lease is still the worker's");
  t.same(t.status_of(book.id, lease.job).lease_until, book.now() + seconds(20), "and renewed");
}

/// Decides a command, lets a heartbeat come in between, and writes what was decided.
template <class Command>
void decide_across_a_beat(trial& t, hand_book& book, const Command& c, const char* claim) {
  t.clock.advance(seconds(5));
  account_snapshot seen = t.look({.account = book.id, .jobs = {book.jobs[0].body->id}});
  auto d = decide(seen, c, book.now(), {});
  if (!t.expect(d.write.has_value(), "a step of a running job is written")) return;
  t.clock.advance(seconds(5));
  t.expect(beat_for(t, worker, {lease_of(book.jobs[0])}).lost.empty(), "the lease is renewed");
  const job_status renewed = t.status_of(book.id, book.jobs[0].body->id);
  t.same(t.commit(std::move(*d.write)), verdict::moved, claim);
  t.same(t.status_of(book.id, renewed.id), renewed, "the job as the heartbeat left it");
}

inline void a_step_does_not_undo_a_heartbeat(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, {{}})) return;
  const job_id job = book.jobs[0].body->id;
  decide_across_a_beat(t, book, advance_command{.lease = lease_of(book.jobs[0]), .progress = 500},
                       "progress that was decided before the lease was renewed");
  decide_across_a_beat(t, book, cancel_command{.account = book.id, .job = job},
                       "a wish to cancel that was decided before the lease was renewed");
}

inline std::vector<due_job> all_due(trial& t, std::size_t limit = 100) {
  return t.value(t.store.due({.limit = limit}), "due");
}
/// Whether the job is named with this reason.
[[nodiscard]] inline bool is_due(trial& t, const hand_book& book, std::size_t n, due_reason why) {
  const due_job wanted{book.id, book.jobs.at(n).body->id, why};
  const auto found = all_due(t);
  return std::find(found.begin(), found.end(), wanted) != found.end();
}

inline void a_lost_lease_is_due(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, {{}, {}})) return;
  const timestamp end = book.jobs.front().status.lease_until;
  t.clock.set({end.microseconds - 1});
  t.expect(all_due(t).empty(), "nothing is due while the leases last");
  if (!beat_for(t, worker, {lease_of(book.jobs[1])}, hours(1)).lost.empty()) return;
  t.clock.set(end);
  t.expect(is_due(t, book, 0, due_reason::lease_lost), "a lease that ran out is named");
  t.expect(all_due(t).size() == 1, "a lease that was renewed is not");
  if (!book.must_write(losing(book.jobs[0], book.now()))) return;
  t.expect(all_due(t).empty(), "nor one that was dealt with");
}

inline void a_lease_renewed_for_less_is_due_earlier(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, {{}, {}})) return;
  if (!beat_for(t, worker, {lease_of(book.jobs[0])}, hours(1)).lost.empty()) return;
  if (!beat_for(t, worker, {lease_of(book.jobs[0])}, seconds(3)).lost.empty()) return;
  t.clock.advance(seconds(3));
  t.expect(is_due(t, book, 0, due_reason::lease_lost), "the lease that was given last counts");
  t.same(all_due(t).size(), std::size_t{1}, "the other has the lease it had");
}

inline void a_job_nobody_started_is_due(trial& t) {
  hand_book book{t};
  const timestamp end = book.now() + days(7);
  if (!book.order("order", {{.start_by = end}, {.kind = "nobody knows it", .start_by = end}, {}})) {
    return;
  }
  t.done(t.store.set_kind({.kind = "render", .paused = true}), "set_kind");
  t.clock.set({end.microseconds - 1});
  t.expect(all_due(t).empty(), "not before its time");
  t.clock.set(end);
  t.expect(is_due(t, book, 0, due_reason::not_started), "a paused kind ends too");
  t.expect(is_due(t, book, 1, due_reason::not_started), "an unknown kind ends too");
  t.same(all_due(t).size(), std::size_t{2}, "and nothing else");
}

inline void a_poll_nobody_made_is_due(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, {{}})) return;
  unit u = parking(book.jobs[0], book.now(), book.now() + seconds(5));
  u.jobs.front().status.start_by = book.now() + hours(1);
  if (!book.must_write(u)) return;
  t.clock.advance(minutes(1));
  t.expect(all_due(t).empty(), "the lease a waiting job once had is not lost");
  t.clock.advance(hours(1));
  t.expect(is_due(t, book, 0, due_reason::not_started), "a waiting job nobody polled");
}

inline void a_passed_deadline_is_due(trial& t) {
  hand_book book{t};
  const timestamp end = book.now() + hours(2);
  if (!lease_all(t, book, {{.deadline = end}, {.deadline = end}, {.deadline = end}})) return;
  if (!book.must_write(returning(book.jobs[1], book.now(), end + hours(9))) ||
      !book.must_write(parking(book.jobs[2], book.now(), end + hours(9)))) {
    return;
  }
  if (!beat_for(t, worker, {lease_of(book.jobs[0])}, days(1)).lost.empty()) return;
  t.clock.set({end.microseconds - 1});
  t.expect(all_due(t).empty(), "not before its time");
  t.clock.set(end);
  for (const std::size_t n : {0U, 1U, 2U}) {
    t.expect(is_due(t, book, n, due_reason::deadline),
             "a deadline ends a leased, a scheduled and a waiting job");
  }
}

inline void a_cancelled_job_nobody_has_is_due(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, {{}, {}})) return;
  if (!book.must_write(asking_to_cancel(book.jobs[0], book.now()))) return;
  t.expect(all_due(t).empty(), "its worker is told, as long as it has one");
  t.clock.advance(seconds(1));
  if (!book.must_write(returning(book.jobs[0], book.now(), book.now() + hours(9)))) return;
  t.expect(is_due(t, book, 0, due_reason::cancel_requested), "then it is named");
}

inline void what_has_ended_is_not_due(trial& t) {
  hand_book book{t};
  const timestamp end = book.now() + hours(2);
  if (!lease_all(t, book, {{.start_by = end, .deadline = end}})) return;
  if (!book.must_write(book.settling(book.jobs[0]))) return;
  t.clock.advance(days(30));
  t.expect(all_due(t).empty(), "a job that has ended");
}

inline void due_is_bounded_and_changes_nothing(trial& t) {
  hand_book book{t};
  if (!lease_all(t, book, std::vector<planned_job>(7))) return;
  t.clock.advance(minutes(1));
  const trace before = trace_of(t, book.id);
  t.same(all_due(t, 3).size(), std::size_t{3}, "no more than asked");
  t.same(all_due(t).size(), std::size_t{7}, "asking changes nothing");
  t.same(trace_of(t, book.id), before, "due changed a job");
  std::size_t dealt_with = 0;
  for (int rounds = 0; rounds < 9; ++rounds) {
    for (const due_job& d : all_due(t, 2)) {
      for (const job_record& j : std::vector<job_record>{book.jobs}) {
        if (j.body->id != d.job) continue;
        if (book.must_write(losing(j, book.now()))) ++dealt_with;
      }
    }
  }
  t.same(dealt_with, std::size_t{7}, "in small steps all of them are named once");
}

inline constexpr rule rules[]{
    {"leases.renewed", "a heartbeat renews a lease and changes nothing else", "queue 6, queue 16",
     a_heartbeat_renews_a_lease},
    {"leases.own", "a heartbeat renews no lease but the worker's own", "queue 1, queue 6",
     only_the_workers_own_leases_are_renewed},
    {"leases.alone", "the leases of a heartbeat are judged alone", "queue 6",
     leases_are_judged_alone},
    {"leases.cancel", "a wish to cancel is seen at the next heartbeat", "queue 11",
     a_wish_to_cancel_is_seen_at_the_next_heartbeat},
    {"leases.kept", "a step of a running job does not undo a heartbeat", "queue 6, queue 11",
     a_step_does_not_undo_a_heartbeat},
    {"due.lease_lost", "a lease that ran out is due", "queue 6, queue 7", a_lost_lease_is_due},
    {"due.renewed_for_less", "a lease renewed for a shorter time is due earlier", "queue 6",
     a_lease_renewed_for_less_is_due_earlier},
    {"due.not_started", "a job nobody started in time is due, whatever its kind", "queue 15",
     a_job_nobody_started_is_due},
    {"due.not_polled", "a waiting job nobody polled in time is due", "queue 5, queue 14",
     a_poll_nobody_made_is_due},
    {"due.deadline", "a job whose deadline passed is due, whatever it is doing", "queue 6",
     a_passed_deadline_is_due},
    {"due.cancel", "a cancelled job that nobody has is due", "queue 11",
     a_cancelled_job_nobody_has_is_due},
    {"due.ended", "a job that has ended is never due", "queue 3, queue 14",
     what_has_ended_is_not_due},
    {"due.bounded", "due is bounded, changes nothing and forgets nothing", "queue 14",
     due_is_bounded_and_changes_nothing},
};

}  // namespace tollgate::contract::leases
