// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: who no longer has a job changes nothing of it, and what has ended stays as it is.

#include <tollgate/storage/contract/hand_book.hpp>

#include <string>
#include <utility>
#include <vector>

namespace tollgate::contract::fencing {

inline const worker_id first_worker = nth<worker_id>(1);
inline const worker_id second_worker = nth<worker_id>(2);

/// Claims one job of the book; nothing, with a fault noted, if none came.
[[nodiscard]] inline bool claim_one(trial& t, hand_book& book, worker_id worker,
                                    trial::place where = trial::place::current()) {
  const auto got = t.claim({.worker = worker, .kinds = {"render"}}, where);
  if (!t.same(got.size(), std::size_t{1}, "one job is claimed", where)) return false;
  for (job_record& j : book.jobs) {
    if (j.body->id == got.front().status.id) j.status = got.front().status;
  }
  return true;
}

inline void every_claim_raises_the_epoch(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  const job_id id = book.jobs.front().body->id;
  std::uint64_t epoch = book.jobs.front().status.epoch;
  for (int n = 0; n < 3; ++n) {
    if (!claim_one(t, book, first_worker)) return;
    t.same(book.jobs.front().status.epoch, epoch + 1, "the epoch of a claim");
    t.same(t.status_of(book.id, id).epoch, epoch + 1, "and of the job");
    t.clock.advance(minutes(1));
    if (!book.must_write(losing(book.jobs.front(), book.now()))) return;  // leaves the epoch
    epoch = book.jobs.front().status.epoch;
  }
}

inline void a_stale_epoch_changes_nothing(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  if (!claim_one(t, book, first_worker)) return;
  const hand_book stale = book;
  t.clock.advance(minutes(1));
  if (!book.must_write(losing(book.jobs.front(), book.now())) ||
      !claim_one(t, book, second_worker)) {
    return;
  }
  const trace before = trace_of(t, book.id);
  hand_book other = stale;
  t.same(t.commit(other.settling(other.jobs.front())), verdict::stale_lease,
         "a result of an epoch that was given away");
  t.same(t.commit(advancing(stale.jobs.front(), book.now())), verdict::stale_lease,
         "progress of an epoch that was given away");
  t.same(t.commit(returning(stale.jobs.front(), book.now(), book.now())), verdict::stale_lease,
         "a hand-back of an epoch that was given away");
  t.same(trace_of(t, book.id), before, "a stale worker changed something");
  job_record ahead = book.jobs.front();
  ++ahead.status.epoch;
  t.same(t.commit(advancing(ahead, book.now())), verdict::stale_lease,
         "an epoch that was not given to anybody yet");
}

inline void another_revision_is_decided_again(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}}) || !claim_one(t, book, first_worker)) return;
  const job_record before = book.jobs.front();
  if (!book.must_write(asking_to_cancel(before, book.now()))) return;
  t.same(t.commit(advancing(before, book.now())), verdict::moved,
         "a step decided from an older revision");
  t.expect(t.status_of(book.id, before.body->id).cancel_requested, "the wish is still there");
}

inline void a_renewed_lease_is_not_lost(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}}) || !claim_one(t, book, first_worker)) return;
  const job_record job = book.jobs.front();
  t.clock.advance(minutes(1));
  const unit lost = losing(job, book.now());
  const auto answer =
      t.value(t.store.heartbeat({.worker = first_worker, .leases = {{book.id, job.body->id, 1}}}),
              "heartbeat");
  t.expect(answer.lost.empty(), "a late heartbeat still renews what nobody took");
  t.same(t.commit(lost), verdict::moved, "a lease that was renewed meanwhile is not lost");
  job_record renewed = job;
  renewed.status.lease_until = book.now() + seconds(20);
  t.same(t.status_of(book.id, job.body->id), renewed.status, "the job is still leased");
  t.same(t.commit(losing(renewed, book.now())), verdict::written,
         "a unit that expects the lease as it is");
}

inline void a_final_job_never_changes(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}}) || !claim_one(t, book, first_worker) ||
      !book.must_write(book.settling(book.jobs.front()))) {
    return;
  }
  const trace before = trace_of(t, book.id);
  const job_record done = book.jobs.front();
  t.same(t.commit(advancing(done, book.now())), verdict::stale_lease, "progress after the end");
  t.same(t.commit(returning(done, book.now(), book.now())), verdict::stale_lease,
         "a retry after the end");
  unit again = book.touching("again");
  again.jobs = {step(done, book.now())};
  t.same(t.commit(std::move(again)), verdict::stale_lease, "money for a job that has ended");
  t.same(trace_of(t, book.id), before, "a final job or its account changed");
}

inline void a_late_result_is_adopted_until_the_next_claim(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}})) return;
  if (!claim_one(t, book, first_worker)) return;
  t.clock.advance(hours(1));
  t.same(book.write(book.settling(book.jobs.front())), verdict::written,
         "a result after the lease ran out, while nobody else has the job");
  if (!claim_one(t, book, first_worker)) return;
  const job_record held = book.jobs.back();
  t.clock.advance(hours(1));
  if (!book.must_write(losing(held, book.now()))) return;
  hand_book late = book;
  late.jobs.back().status.worker = first_worker;
  t.same(book.write(late.settling(late.jobs.back())), verdict::written,
         "and after its loss was written down, as long as nobody claimed it again");
}

inline void a_job_belongs_to_its_account(trial& t) {
  hand_book book{t};
  hand_book other{t, 2};
  if (!book.order("order", {{}}) || !other.must_write(other.opening(whole(5)))) return;
  unit u = advancing(book.jobs.front(), book.now());
  u.account = other.id;
  t.same(t.commit(std::move(u)), verdict::stale_lease, "a job under another account's name");
  job_record nobody = book.jobs.front();
  nobody.status.id = nth<job_id>(99);
  t.same(t.commit(advancing(nobody, book.now())), verdict::stale_lease,
         "a job that does not exist");
  t.same(t.status_of(book.id, book.jobs.front().body->id), book.jobs.front().status, "the job");
}

inline void the_log_only_grows(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  const job_id id = book.jobs.front().body->id;
  std::vector<attempt> wanted;
  for (int n = 0; n < 3; ++n) {
    if (!claim_one(t, book, first_worker)) return;
    t.clock.advance(seconds(1));
    const unit u = returning(book.jobs.front(), book.now(), book.now());
    wanted.push_back(u.attempts.front());
    if (!book.must_write(u)) return;
    unit repeat = u;  // the same line again, beside a step that fits
    repeat.jobs = {step(book.jobs.front(), book.now())};
    repeat.attempts.front().error_code = "not this one";
    if (!book.must_write(repeat)) return;
  }
  const auto lines = t.value(t.store.attempts(book.id, id), "attempts");
  t.expect(lines == wanted, "every attempt once, oldest first, as it was first written");
}

inline constexpr rule rules[]{
    {"fencing.epoch", "every claim raises the epoch by one; losing a lease leaves it", "queue 1",
     every_claim_raises_the_epoch},
    {"fencing.stale", "a stale epoch moves no money and changes no job", "queue 1, queue 2",
     a_stale_epoch_changes_nothing},
    {"fencing.revision", "a step decided from an older revision is decided again",
     "queue 11, queue 17", another_revision_is_decided_again},
    {"fencing.renewed", "a lease that was renewed meanwhile is not taken away", "queue 6, queue 14",
     a_renewed_lease_is_not_lost},
    {"fencing.final", "a job that has ended never changes", "queue 3, ledger 12",
     a_final_job_never_changes},
    {"fencing.adoption", "a late result counts until somebody else claims the job", "queue 4",
     a_late_result_is_adopted_until_the_next_claim},
    {"fencing.account", "a job is changed under its own account only", "ledger 13",
     a_job_belongs_to_its_account},
    {"fencing.log", "attempts are appended, a repeat is dropped", "queue 12, queue 3",
     the_log_only_grows},
};

}  // namespace tollgate::contract::fencing
