// SPDX-License-Identifier: BSL-1.0
#pragma once
// The step of a worker that moves money: it sends the settles that are owed, and judges what became
// of each.

#include <tollgate/storage/transact.hpp>
#include <tollgate/worker/observer.hpp>
#include <tollgate/worker/settling.hpp>
#include <tollgate/worker/state.hpp>
#include <tollgate/worker/workbench.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tollgate {

/// What one settle_step did.
struct settle_summary {
  std::size_t sent{};
  std::optional<failure> fault{};     // of the store: what it did not take is owed on
  std::optional<duration> soonest{};  // until the first of the jobs that live on runs again
};

namespace detail {

/// A fault of the store, after which the same settle is tried again, for ever.
[[nodiscard]] constexpr bool may_pass(error code) noexcept {
  return code == error::storage_unavailable || code == error::outcome_unknown ||
         code == error::busy;
}

/// Settles on their way to the store. Those of which nothing was noted when it is left, because
/// memory ran out, are owed on with their leases.
struct settles_on_their_way {
  worker_state& state;
  owed_list settles;

  settles_on_their_way(worker_state& from, std::size_t limit) noexcept
      : state{from}, settles{from.take_owed(limit)} {}
  settles_on_their_way(const settles_on_their_way&) = delete;
  settles_on_their_way& operator=(const settles_on_their_way&) = delete;
  ~settles_on_their_way() {
    while (!settles.empty()) state.keep(settles);
  }

  [[nodiscard]] std::vector<settle_command> commands() const {
    std::vector<settle_command> all;
    all.reserve(settles.size());
    for (const owed_settle& o : settles) all.push_back(o.command);
    return all;
  }
};

/// Counts and tells what became of the first of these, which was written.
template <bench Bench>
void note_written(Bench& at, owed_list& sent, const settle_receipt& r,
                  std::optional<duration>& soonest) {
  const settle_command& command = sent.front().command;
  const job_role role = r.job.role;
  // What ends a job leaves its epoch; a replay may find it ended later by somebody else.
  const bool lives = !r.job.is_final() || r.job.epoch != command.lease.epoch;
  const settle_kind kind = command.kind;
  if (lives) soonest = std::min(soonest.value_or(command.delay), command.delay);
  const owed_list ended = at.state.done(sent, [&](worker_totals& t) {
    if (lives) {
      ++(kind == settle_kind::failed ? t.retried
         : kind == settle_kind::wait ? t.waited
                                     : t.handed_back);
    } else {
      ++(role == job_role::succeeded   ? t.succeeded
         : role == job_role::cancelled ? t.cancelled
                                       : t.failed);
    }
  });
  const claimed_job& job = ended.front().job->claimed;
  if (!lives && role == job_role::failed) {
    tell(at.observer, [&] { return event::failed{job, r}; });
  } else if (!lives) {
    const credits asked = ended.front().command.actual;
    if (!r.replayed && r.job.actual < asked) {
      tell(at.observer, [&] { return event::charged_less{job, asked, r.job.actual}; });
    }
    tell(at.observer, [&] { return event::settled{job, r}; });
  } else if (kind == settle_kind::failed) {
    tell(at.observer, [&] { return event::retried{job, r}; });
  } else if (kind == settle_kind::wait) {
    tell(at.observer, [&] { return event::waiting{job, r}; });
  } else {
    tell(at.observer, [&] { return event::handed_back{job, r}; });
  }
}

/// Decides what becomes of the first of these, which was not written.
template <bench Bench>
void note_unwritten(Bench& at, owed_list& sent, const failure& why, std::optional<failure>& fault) {
  owed_settle& o = sent.front();
  const claimed_job& job = o.job->claimed;
  if (may_pass(why.code)) {
    if (!fault) fault = why;
    at.state.keep(sent);
  } else if (why.code == error::corrupt_record) {
    // Somebody may mend the records, and what was rendered is paid for then. Others are not kept
    // waiting for that, and the observer is not told with every beat.
    if (!o.damaged) note_fault(at, worker_step::settle, why);
    at.state.set_aside(sent);
  } else if (asks_too_much(o.command, job, why)) {
    const credits asked = o.command.actual;
    charge_the_hold(o.command, job);
    tell(at.observer, [&] { return event::charged_less{job, asked, o.command.actual}; });
    at.state.keep(sent);
  } else if (why.code == error::invalid_argument && o.command.kind != settle_kind::failed) {
    tell(at.observer, [&] { return event::refused{job, o.command, why}; });
    fail_the_attempt(o.command, why);
    at.state.keep(sent);
  } else if (why.code == error::stale_lease) {
    const owed_list ended = at.state.done(sent, [](worker_totals& t) { ++t.stale; });
    stop(at, *ended.front().job, stop_reason::lease_lost);
    tell(at.observer, [&] { return event::stale{job, ended.front().command}; });
  } else {
    const owed_list ended = at.state.done(sent, [](worker_totals& t) { ++t.refused; });
    tell(at.observer, [&] { return event::refused{job, ended.front().command, why}; });
  }
}

}  // namespace detail

/// Sends what is owed, as one batch. What met a fault of the store is owed on: its repeat says the
/// same and is answered as a replay if it had been written. One whose records are damaged is owed
/// on, and sent again after the next beat. A stale one is dropped; the gate kept its result. One
/// that asks for more than its hold is owed again for the whole hold.
template <bench Bench>
settle_summary settle_step(Bench& at) {
  settle_summary summary;
  detail::settles_on_their_way sent{at.state, at.options.settle_batch};
  if (sent.settles.empty()) return summary;
  const std::vector<settle_command> commands = sent.commands();
  summary.sent = commands.size();
  auto answers = transact(at.store, std::span<const settle_command>{commands}, at.options.rules);
  for (const auto& answer : answers) {
    if (answer) {
      detail::note_written(at, sent.settles, *answer, summary.soonest);
    } else {
      detail::note_unwritten(at, sent.settles, answer.error(), summary.fault);
    }
  }
  if (summary.fault) detail::note_fault(at, worker_step::settle, *summary.fault);
  return summary;
}

}  // namespace tollgate
