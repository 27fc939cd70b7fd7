// SPDX-License-Identifier: BSL-1.0
#pragma once
// A share of the accounts behind one mutex, and the moves of their jobs between the queues.

#include <tollgate/gate/commands.hpp>
#include <tollgate/memory/account_shelf.hpp>
#include <tollgate/memory/shard_mutex.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tollgate::memory::detail {

/// Why a job cannot go on by itself, if so.
[[nodiscard]] inline std::optional<due_reason> reason_of(const job_row& row,
                                                         timestamp now) noexcept {
  const job_status& s = row.status;
  if (s.is_final()) return std::nullopt;
  if (row.body->deadline <= now) return due_reason::deadline;
  if (s.phase == job_phase::leased) {
    if (s.lease_until <= now) return due_reason::lease_lost;
    return std::nullopt;
  }
  if (s.cancel_requested) return due_reason::cancel_requested;
  if (s.start_by <= now) return due_reason::not_started;
  return std::nullopt;
}

/// All members but `mutex` need it held. Queues hold stale entries until these come to the front:
/// whatever changes a job's standing raises its stamp and leaves the queues as they are.
class alignas(64) shard {
 public:
  shard_mutex mutex{};
  std::size_t number{};                    // among the shards
  growing_list<account_shelf> accounts{};  // in the order in which they came
  std::vector<timed_job> overdue{};        // may need a decision

  [[nodiscard]] account_shelf* find(account_id id) {
    const place at =
        by_id_.find(std::hash<account_id>{}(id), [&](place p) { return accounts[p].id == id; });
    return at == nowhere ? nullptr : &accounts[at];
  }
  [[nodiscard]] account_shelf& obtain(account_id id, const queue_limits& defaults) {
    if (account_shelf* known = find(id)) return *known;
    by_id_.add(std::hash<account_id>{}(id), accounts.size());
    account_shelf& made = accounts.add();
    made.id = id;
    made.max_in_flight = defaults.max_in_flight;
    made.weight = defaults.weight;
    return made;
  }

  /// Puts a job where its status says it belongs, and sets the timers that will end it.
  void enter(account_shelf& a, place at, timestamp now) {
    job_row& row = a.jobs.rows[at];
    set_timers(a, at);
    if (row.status.is_final() || row.status.phase == job_phase::leased) return;
    if (row.status.cancel_requested) return call_overdue(a, at);
    account_line& line = a.line(row.line);
    lane& l = line.board->lanes[number];
    if (row.status.phase == job_phase::waiting) {
      row.stands = standing::polled;
      l.polls.push({row.status.ready_at, &a, at, row.stamp});
    } else if (row.status.ready_at > now) {
      row.stands = standing::scheduled;
      l.scheduled.push({row.status.ready_at, &a, at, row.stamp});
    } else {
      return let_start(line, at);
    }
    line.board->publish(number);
  }

  /// Makes a job that is in no queue startable.
  void let_start(account_line& line, place at) {
    job_row& row = line.owner->jobs.rows[at];
    const job_body& body = *row.body;
    row.stands = standing::startable;
    line.ready.push({body.arrival, body.ordinal, at, row.stamp, body.priority});
    if (++line.count == 1) refresh(line);
  }

  /// Takes a job out of the queue it is in.
  void leave(account_shelf& a, place at) {
    job_row& row = a.jobs.rows[at];
    if (row.stands == standing::out) return;
    ++row.stamp;
    if (std::exchange(row.stands, standing::out) != standing::startable) return;
    account_line& line = a.line(row.line);
    if (--line.count != 0) return;
    line.ready.clear();
    refresh(line);
  }

  /// Counts a job in or out of flight; an account at its cap stands in no lane.
  void count_in_flight(account_shelf& a, bool before, bool after) {
    if (before == after) return;
    const bool was_full = a.is_full();
    after ? ++a.in_flight : --a.in_flight;
    if (was_full != a.is_full()) refresh_all(a);
  }
  void refresh_all(account_shelf& a) {
    for (std::uint32_t n = 0; n < a.line_count; ++n) refresh(a.line(n));
  }

  /// Puts the line into its lane or takes it out, as it now can start a job or not. Who joins does
  /// not bring along the turns it did not use.
  void refresh(account_line& line) {
    line_heap& heap = line.board->lanes[number].starts;
    const bool stands = line.heap_at != nowhere;
    const bool should = line.count != 0 && !line.owner->is_full();
    if (stands == should) return;
    if (should) {
      if (line.served < line.board->clock()) line.served = line.board->clock();
      heap.put(line);
    } else {
      heap.remove(line);
    }
    line.board->publish(number);
  }

  /// Counts one start of the account for the line. To be published by the caller.
  void charge(account_line& line) {
    line.served += line.owner->step();
    if (line.heap_at != nowhere) line.board->lanes[number].starts.put(line);
  }

  /// Sets the timers a job needs that are not set for an earlier instant anyway.
  void set_timers(account_shelf& a, place at) {
    job_row& row = a.jobs.rows[at];
    const job_status& s = row.status;
    if (s.is_final()) return;
    timestamp end = row.body->deadline;
    if (s.phase != job_phase::leased) {
      end = s.start_by < end ? s.start_by : end;
    } else if (s.lease_until < row.lease_timer) {
      row.lease_timer = s.lease_until;
      leases_.push({s.lease_until, &a, at});
    }
    if (end < row.end_timer) {
      row.end_timer = end;
      ends_.push({end, &a, at});
    }
  }

  /// Moves what the timers say to `overdue`.
  void ring_timers(timestamp now) {
    ring(leases_, &job_row::lease_timer, now);
    ring(ends_, &job_row::end_timer, now);
  }

 private:
  void call_overdue(account_shelf& a, place at) {
    job_row& row = a.jobs.rows[at];
    if (row.overdue) return;
    row.overdue = true;
    overdue.push_back({{}, &a, at});
  }
  void ring(run_queue<timed_job>& timers, timestamp job_row::*timer, timestamp now) {
    while (!timers.empty() && timers.front().at <= now) {
      const timed_job t = timers.front();
      timers.pop();
      job_row& row = t.owner->jobs.rows[t.job];
      if (row.*timer != t.at) continue;
      row.*timer = never;
      if (reason_of(row, now)) {
        call_overdue(*t.owner, t.job);
      } else {
        set_timers(*t.owner, t.job);  // it was put off meanwhile
      }
    }
  }

  place_index by_id_{};
  run_queue<timed_job> leases_{};
  run_queue<timed_job> ends_{};
};

}  // namespace tollgate::memory::detail
