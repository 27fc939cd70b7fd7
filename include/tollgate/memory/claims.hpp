// SPDX-License-Identifier: BSL-1.0
#pragma once
// Leases jobs: due polls first, oldest first, then starts, to the account served least. Costs the
// same whatever waits behind, is scheduled for later, or is done.

#include <tollgate/memory/state.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace tollgate::memory::detail {

/// One claim. Locks one shard at a time.
class claimer {
 public:
  claimer(store_state& store, const claim_request& request)
      : store_(store),
        request_(request),
        now_(store.now()),
        first_(std::hash<worker_id>{}(request.worker) % shard_count) {
    for (const auto& kind : request.kinds) {
      kind_board* board = store.kinds.find(kind);
      if (board == nullptr || board->paused.load(std::memory_order_relaxed)) continue;
      if (std::find(boards_.begin(), boards_.end(), board) == boards_.end()) {
        boards_.push_back(board);
      }
    }
  }

  [[nodiscard]] std::vector<claimed_job> claim() {
    if (boards_.empty() || request_.limit == 0) return {};
    taken_.reserve(std::min<std::size_t>(request_.limit, 256));
    for (kind_board* board : boards_) {
      if (board->may_have_due(now_)) take_due(*board);
    }
    std::size_t turn = boards_.size() == 1 ? 0 : store_.turn.fetch_add(1);
    // Kinds take turns; a round in which none of them had a start ends the claim.
    for (std::size_t idle = 0; idle < boards_.size() && !is_full();) {
      idle = take_starts(*boards_[turn++ % boards_.size()]) ? 0 : idle + 1;
    }
    return std::move(taken_);
  }

 private:
  [[nodiscard]] bool is_full() const noexcept { return taken_.size() >= request_.limit; }

  // What is due of one kind: lets scheduled jobs start, takes polls.
  void take_due(kind_board& board) {
    for (std::size_t s = 0; s < shard_count; ++s) {
      if (board.schedule_hint(s) > now_) continue;
      shard& here = store_.shards[s];
      const std::lock_guard guard(here.mutex);
      promote(board, here);
    }
    while (!is_full()) {
      std::size_t oldest = 0;
      for (std::size_t s = 1; s < shard_count; ++s) {
        if (board.poll_hint(s) < board.poll_hint(oldest)) oldest = s;
      }
      if (board.poll_hint(oldest) > now_) break;
      shard& here = store_.shards[oldest];
      const std::lock_guard guard(here.mutex);
      take_poll(board, here);
    }
    board.find_soonest();
  }

  void promote(kind_board& board, shard& here) {
    auto& scheduled = board.lanes[here.number].scheduled;
    while (!scheduled.empty() && scheduled.front().at <= now_) {
      const timed_job next = scheduled.front();
      scheduled.pop();
      const job_row& row = next.owner->jobs.rows[next.job];
      if (row.stamp != next.stamp) continue;
      here.let_start(next.owner->line(row.line), next.job);
    }
    board.publish(here.number);
  }

  void take_poll(kind_board& board, shard& here) {
    auto& polls = board.lanes[here.number].polls;
    while (!polls.empty() && polls.front().at <= now_) {
      const timed_job next = polls.front();
      polls.pop();
      const job_row& row = next.owner->jobs.rows[next.job];
      if (row.stamp != next.stamp) continue;
      const bool dead = reason_of(row, now_).has_value();  // its timers see to it
      here.leave(*next.owner, next.job);
      if (dead) continue;
      lease(here, *next.owner, next.job);
      break;
    }
    board.publish(here.number);
  }

  // Takes from the account served least, and on in its shard while that has the least. False:
  // nobody has one.
  bool take_starts(kind_board& board) {
    for (;;) {
      const auto head = board.least_served(first_);
      if (head.shard == shard_count) return false;
      shard& here = store_.shards[head.shard];
      const std::lock_guard guard(here.mutex);
      const line_heap& starts = board.lanes[here.number].starts;
      bool took = false;
      while (!starts.empty() && !is_full()) {
        if (took && (boards_.size() > 1 || starts.least() > head.runner_up)) break;
        took = take_start(starts.first(), here) || took;
      }
      for (kind_board* touched : boards_) touched->publish(here.number);
      if (took) return true;
    }
  }

  // Starts the job of the account that runs before its others, of whatever kind was asked for.
  bool take_start(account_line& turn, shard& here) {
    account_line* from = next_line(turn, here);
    if (from == nullptr) return false;
    account_shelf& a = *turn.owner;
    const place at = from->ready.front().job;
    from->ready.pop();
    turn.board->advance_clock(turn.served);
    here.charge(*from);
    if (from != &turn) here.charge(turn);
    here.leave(a, at);
    lease(here, a, at);
    return true;
  }

  [[nodiscard]] account_line* next_line(account_line& turn, shard& here) {
    if (boards_.size() == 1) return drop_dead(turn, here) ? &turn : nullptr;
    account_line* best = nullptr;
    for (kind_board* board : boards_) {
      account_line* line = turn.owner->line_of(*board);
      if (line == nullptr || !drop_dead(*line, here)) continue;
      if (best == nullptr || line->ready.front() < best->ready.front()) best = line;
    }
    return best;
  }

  // Lets go of jobs at the front of a line that can no longer start. False: none is left.
  [[nodiscard]] bool drop_dead(account_line& line, shard& here) {
    while (line.count != 0) {
      const startable_job& next = line.ready.front();
      const job_row& row = line.owner->jobs.rows[next.job];
      if (row.stamp != next.stamp) {
        line.ready.pop();
        continue;
      }
      if (!reason_of(row, now_)) return true;
      const place at = next.job;
      line.ready.pop();
      here.leave(*line.owner, at);
    }
    return false;
  }

  void lease(shard& here, account_shelf& a, place at) {
    job_row& row = a.jobs.rows[at];
    job_status& s = row.status;
    const bool resumed = s.phase == job_phase::waiting;
    if (!resumed) {
      ++s.attempts;
      s.state = row.body->states->active;
      if (s.started_at == timestamp{}) s.started_at = now_;
      here.count_in_flight(a, false, true);
    }
    s.phase = job_phase::leased;
    s.role = job_role::active;
    ++s.epoch;
    ++s.revision;
    s.worker = request_.worker;
    s.lease_until = now_ + request_.lease;
    s.updated_at = now_;
    here.set_timers(a, at);
    taken_.emplace_back(row.body, s, resumed);
  }

  store_state& store_;
  const claim_request& request_;
  timestamp now_;
  std::size_t first_;  // where this worker starts to look
  std::vector<kind_board*> boards_{};
  std::vector<claimed_job> taken_{};
};

[[nodiscard]] inline beat_answer heartbeat(store_state& store, const beat& b) {
  beat_answer answer{};
  const timestamp now = store.now();
  for (const lease_ref& lease : b.leases) {
    shard& here = store.shard_of(lease.account);
    const std::lock_guard guard(here.mutex);
    account_shelf* a = here.find(lease.account);
    const place at = a == nullptr ? nowhere : a->jobs.find(lease.job);
    if (at == nowhere) {
      answer.lost.push_back(lease.job);
      continue;
    }
    job_status& s = a->jobs.rows[at].status;
    if (s.phase != job_phase::leased || s.epoch != lease.epoch || s.worker != b.worker) {
      answer.lost.push_back(lease.job);
      continue;
    }
    s.lease_until = now + b.lease;
    here.set_timers(*a, at);
    if (s.cancel_requested) answer.cancel_requested.push_back(lease.job);
  }
  return answer;
}

[[nodiscard]] inline std::vector<due_job> due(store_state& store, const due_request& request) {
  std::vector<due_job> found;
  const timestamp now = store.now();
  const std::size_t first = store.turn.fetch_add(1);
  for (std::size_t n = 0; n < shard_count && found.size() < request.limit; ++n) {
    shard& here = store.shards[(first + n) % shard_count];
    const std::lock_guard guard(here.mutex);
    here.ring_timers(now);
    for (std::size_t i = 0; i < here.overdue.size() && found.size() < request.limit;) {
      const timed_job t = here.overdue[i];
      job_row& row = t.owner->jobs.rows[t.job];
      if (const auto reason = reason_of(row, now)) {
        found.push_back({t.owner->id, row.status.id, *reason});
        ++i;
        continue;
      }
      // Decided meanwhile, or put off by a late heartbeat.
      row.overdue = false;
      here.overdue[i] = here.overdue.back();
      here.overdue.pop_back();
      here.set_timers(*t.owner, t.job);
    }
  }
  return found;
}

}  // namespace tollgate::memory::detail
