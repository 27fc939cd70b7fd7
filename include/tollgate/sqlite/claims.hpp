// SPDX-License-Identifier: BSL-1.0
#pragma once
// Leases jobs: due polls first, oldest first, then starts, to the account served least. Every look
// is at the head of an index, so what waits behind, is scheduled or has ended costs nothing.

#include <tollgate/sqlite/lines.hpp>
#include <tollgate/sqlite/records.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::sqlite::detail {

/// One claim. Precondition: a transaction that writes is open.
class claimer {
 public:
  claimer(connection& c, word_cache& words, const claim_request& request,
          const queue_limits& defaults, timestamp now, std::size_t turn)
      : c_{c},
        words_{words},
        request_{request},
        now_{now},
        turn_{turn},
        lines_{c, damage_, defaults} {}

  [[nodiscard]] std::vector<claimed_job> claim() {
    lines_.find_kinds(request_.kinds);
    const std::size_t kinds = lines_.kinds();
    if (kinds == 0 || request_.limit == 0) return {};
    for (std::size_t kind = 0; kind < kinds; ++kind) promote(lines_.name(kind));
    take_polls();
    // Kinds take turns; a round in which none of them had a start ends the claim.
    for (std::size_t idle = 0; idle < kinds && !is_done();) {
      idle = take_start(turn_++ % kinds) ? 0 : idle + 1;
    }
    lines_.write();
    if (taken_.empty()) damage_.fail(c_);
    return std::move(taken_);
  }

 private:
  /// What an account can start of one kind.
  struct stock {
    bool more{true};
    std::size_t damaged{};          // stand before the others and cannot be read
    std::deque<job_record> jobs{};  // in order
  };

  [[nodiscard]] bool is_done() const { return taken_.size() >= request_.limit || !c_.ok(); }
  [[nodiscard]] std::size_t missing() const { return request_.limit - taken_.size(); }

  /// Lets jobs start whose time has come.
  void promote(const std::string& kind) {
    std::vector<std::pair<account_id, job_id>> due;
    {
      auto rows = c_.select(sql::scheduled, kind, now_);
      while (rows.next()) {
        auto& [owner, job] = due.emplace_back();
        if (damage_.is(rows.damage_in([&](row_reader& r) { r.read(job, owner); }))) {
          due.pop_back();
        }
      }
    }
    std::sort(due.begin(), due.end());
    account_id last{};
    for (const auto& [owner, job] : due) {
      c_.run(sql::promote, job, owner);
      if (owner != last) c_.run(sql::stand_line, owner, kind);
      last = owner;
    }
  }

  /// Whether it stands where it belongs, and its fence can still be raised.
  [[nodiscard]] static bool can_be_leased(const job_status& s, job_phase phase) {
    constexpr auto last = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return s.phase == phase && s.epoch < last && s.revision < last;
  }
  /// Reads on until `wanted` jobs are sound or there are no more of them (false). Those that are
  /// damaged stay where they stand: `damaged` is how many of them there were.
  template <class Select>
  bool read_jobs(std::size_t wanted, std::size_t& damaged, std::vector<job_record>& to,
                 job_phase phase, Select select) {
    const std::size_t had = to.size();
    for (;;) {
      const std::size_t limit = wanted + 2 * damaged;
      std::size_t passed = 0;
      {
        auto rows = select(limit);
        while (rows.next()) {
          job_record job;
          if (damage_.is(rows.damage_in([&](row_reader& r) {
                job = read_job(r, words_);
                if (!can_be_leased(job.status, phase)) r.fail();
              }))) {
            ++passed;
          } else {
            to.push_back(std::move(job));
          }
        }
      }
      damaged = passed;
      const bool more = to.size() - had + passed == limit;
      if (!more || to.size() - had >= wanted || !c_.ok()) return more;
      to.resize(had);
    }
  }

  void take_polls() {
    std::vector<job_record> found;
    for (std::size_t kind = 0; kind < lines_.kinds(); ++kind) {
      std::size_t damaged = 0;
      read_jobs(request_.limit, damaged, found, job_phase::waiting, [&](std::size_t limit) {
        return c_.select(sql::polls, lines_.name(kind), now_, limit);
      });
    }
    std::stable_sort(found.begin(), found.end(), [](const job_record& a, const job_record& b) {
      return a.status.ready_at < b.status.ready_at;
    });
    for (job_record& job : found) {
      if (is_done()) return;
      if (is_over(job)) {
        set_aside(job, {});
      } else {
        lease(std::move(job));
      }
    }
  }

  /// Whether its time is over: `due` sees to it.
  [[nodiscard]] bool is_over(const job_record& job) const {
    return job.body->deadline <= now_ || job.status.start_by <= now_;
  }
  void set_aside(const job_record& job, std::optional<timestamp> wake_at) {
    const lane where = job.status.in_flight() ? lane::in_flight : lane::aside;
    c_.run(sql::set_aside, where, wake_at, job.body->id, job.body->account);
  }

  // Starts the job that runs before the others of the account whose turn it is, of whatever kind
  // was asked for. False: nobody has one of this kind.
  bool take_start(std::size_t kind) {
    while (!is_done()) {
      const auto first = lines_.first(kind, missing());
      if (!first) return false;
      if (lines_.room(*first) == 0 || !has_jobs(*first, kind)) {
        lines_.leave(*first, kind, stocks_[{*first, kind}].damaged != 0);
        continue;
      }
      std::size_t best = kind;
      for (std::size_t other = 0; other < lines_.kinds(); ++other) {
        if (other != kind && has_jobs(*first, other) &&
            runs_before(*next_of(*first, other).body, *next_of(*first, best).body)) {
          best = other;
        }
      }
      job_record job = std::move(next_of(*first, best));
      stocks_[{*first, best}].jobs.pop_front();
      lines_.start(*first, kind, best);
      lease(std::move(job));
      return true;
    }
    return false;
  }
  [[nodiscard]] job_record& next_of(account_id id, std::size_t kind) {
    return stocks_[{id, kind}].jobs.front();
  }

  /// Whether there is a job to start; reads a few of them where none is known.
  [[nodiscard]] bool has_jobs(account_id id, std::size_t kind) {
    stock& s = stocks_[{id, kind}];
    const std::size_t in_line = std::max<std::size_t>(lines_.length(kind), 1);
    while (s.jobs.empty() && s.more && c_.ok()) {
      const std::size_t chunk = std::min({missing(), missing() / in_line + 1, lines_.room(id)});
      std::vector<job_record> found;
      s.more = read_jobs(chunk, s.damaged, found, job_phase::ready, [&](std::size_t limit) {
        return c_.select(sql::starts, id, lines_.name(kind), limit);
      });
      for (job_record& job : found) {
        if (is_over(job)) {
          set_aside(job, {});
        } else if (job.status.ready_at > now_) {  // the clock of who wrote it is ahead of ours
          set_aside(job, job.status.ready_at);
        } else {
          s.jobs.push_back(std::move(job));
        }
      }
    }
    return !s.jobs.empty();
  }

  void lease(job_record job) {
    job_status& s = job.status;
    const bool resumed = s.phase == job_phase::waiting;
    if (!resumed) {
      ++s.attempts;
      s.state = job.body->states->active;
      if (s.started_at == timestamp{}) s.started_at = now_;
    }
    s.phase = job_phase::leased;
    s.role = job_role::active;
    ++s.epoch;
    ++s.revision;
    s.worker = request_.worker;
    s.lease_until = now_ + request_.lease;
    s.updated_at = now_;
    const timestamp end = std::min(s.lease_until, job.body->deadline);
    c_.run(sql::lease, s.state, s.epoch, s.revision, s.attempts, s.worker, s.lease_until,
           s.started_at, s.updated_at, some(end), s.id, job.body->account);
    taken_.push_back({job.body, std::move(s), resumed});
  }

  connection& c_;
  word_cache& words_;
  const claim_request& request_;
  timestamp now_;
  std::size_t turn_;
  passed_by damage_{};
  turn_lines lines_;
  std::map<std::pair<account_id, std::size_t>, stock> stocks_{};
  std::vector<claimed_job> taken_{};
};

}  // namespace tollgate::sqlite::detail
