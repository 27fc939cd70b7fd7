// SPDX-License-Identifier: BSL-1.0
#pragma once
// Leases jobs: due polls first, oldest first, then starts, to the account served least. Every look
// is at the head of an index, so what waits behind, is scheduled or has ended costs nothing.

#include <tollgate/sqlite/records.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::sqlite::detail {

/// An account's cap and weight, those of the store where it has none of its own.
[[nodiscard]] inline queue_limits limits_of(connection& c, account_id account,
                                            const queue_limits& defaults) {
  queue_limits found = defaults;
  found.account = account;
  auto row = c.select(sql::limits, account);
  if (row.next())
    row.decode([&](row_reader& r) { r.read(members(found.max_in_flight, found.weight)); });
  return found;
}

/// One claim. Precondition: a transaction that writes is open. Turns are counted here and written
/// once, at the end.
class claimer {
 public:
  claimer(connection& c, word_cache& words, const claim_request& request,
          const queue_limits& defaults, timestamp now, std::size_t turn)
      : c_{c}, words_{words}, request_{request}, defaults_{defaults}, now_{now}, turn_{turn} {}

  [[nodiscard]] std::vector<claimed_job> claim() {
    find_kinds();
    if (kinds_.empty() || request_.limit == 0) return {};
    for (const kind_line& k : kinds_) promote(k.name);
    take_polls();
    // Kinds take turns; a round in which none of them had a start ends the claim.
    for (std::size_t idle = 0; idle < kinds_.size() && !is_done();) {
      idle = take_start(turn_++ % kinds_.size()) ? 0 : idle + 1;
    }
    write_turns();
    if (taken_.empty() && damage_) c_.corrupt(std::move(*damage_), "a row that nobody wrote");
    return std::move(taken_);
  }

 private:
  struct place_in_line {
    std::uint64_t turn{};
    account_id account{};
    friend auto operator<=>(const place_in_line&, const place_in_line&) = default;
  };
  /// The accounts that can start jobs of a kind, least served first.
  struct kind_line {
    std::string name{};
    std::uint64_t clock{};
    bool advanced{};
    std::set<place_in_line> line{};
    std::size_t untouched{};  // of them as they were read: nobody further back can be before these
    place_in_line last{};     // read so far
    bool more{true};
  };
  /// What an account has of one kind.
  struct share {
    std::uint64_t served{};
    bool known{};
    bool charged{};
    bool stands{};     // in the line, as it was read or charged since
    bool untouched{};  // as it was read
    bool more{true};
    std::size_t damaged{};          // stand before the others and cannot be read
    std::deque<job_record> jobs{};  // can be started, in order
  };
  struct claiming_account {
    std::uint64_t step{1};
    std::size_t room{std::numeric_limits<std::size_t>::max()};  // below its cap
    std::vector<share> shares{};                                // one for each kind
  };

  [[nodiscard]] bool is_done() const { return taken_.size() >= request_.limit || !c_.ok(); }
  [[nodiscard]] std::size_t missing() const { return request_.limit - taken_.size(); }

  void find_kinds() {
    for (const std::string& name : request_.kinds) {
      const auto same = [&](const kind_line& k) { return k.name == name; };
      if (std::any_of(kinds_.begin(), kinds_.end(), same)) continue;
      kind_line k{.name = name};
      bool paused = false;
      {
        auto row = c_.select(sql::kind, name);
        if (row.next()) row.decode([&](row_reader& r) { r.read(members(paused, k.clock)); });
      }
      if (!paused) kinds_.push_back(std::move(k));
    }
  }

  /// Lets jobs start whose time has come.
  void promote(const std::string& kind) {
    std::vector<std::pair<account_id, job_id>> due;
    {
      auto rows = c_.select(sql::scheduled, kind, now_);
      while (rows.next()) {
        auto& [owner, job] = due.emplace_back();
        if (pass_by(rows.damage_in([&](row_reader& r) { r.read(members(job, owner)); }))) {
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

  /// A damaged row is left as it is, and the others are claimed. Answers whether this is one.
  bool pass_by(std::optional<std::string> place) {
    if (!place) return false;
    if (!damage_) damage_ = std::move(place);
    return true;
  }
  /// Reads on until `wanted` jobs are sound or there are no more of them (false). Those that are
  /// damaged stay where they stand: `damaged` is how many of them there were.
  template <class Select>
  bool read_jobs(std::size_t wanted, std::size_t& damaged, std::vector<job_record>& to,
                 Select select) {
    const std::size_t had = to.size();
    for (;;) {
      const std::size_t limit = wanted + 2 * damaged;
      std::size_t passed = 0;
      {
        auto rows = select(limit);
        while (rows.next()) {
          job_record job;
          if (pass_by(rows.damage_in([&](row_reader& r) { job = read_job(r, words_); }))) {
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
    for (const kind_line& k : kinds_) {
      std::size_t damaged = 0;
      read_jobs(request_.limit, damaged, found,
                [&](std::size_t limit) { return c_.select(sql::polls, k.name, now_, limit); });
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
    kind_line& k = kinds_[kind];
    while (!is_done()) {
      if (k.untouched == 0 && k.more) read_line(kind);
      if (k.line.empty()) return false;
      const place_in_line first = *k.line.begin();
      claiming_account& a = obtain(first.account);
      if (a.room == 0) c_.run(sql::block_account, first.account);
      if (a.room == 0 || !has_jobs(first.account, kind)) {
        leave(first.account, kind);
        continue;
      }
      std::size_t best = kind;
      for (std::size_t other = 0; other < kinds_.size(); ++other) {
        if (other != kind && has_jobs(first.account, other) &&
            runs_before(*a.shares[other].jobs.front().body, *a.shares[best].jobs.front().body)) {
          best = other;
        }
      }
      job_record job = std::move(a.shares[best].jobs.front());
      a.shares[best].jobs.pop_front();
      if (k.clock < first.turn) {
        k.clock = first.turn;
        k.advanced = true;
      }
      charge(first.account, a, kind);
      if (best != kind) charge(first.account, a, best);
      if (a.room != std::numeric_limits<std::size_t>::max()) --a.room;
      lease(std::move(job));
      return true;
    }
    return false;
  }

  /// Reads on in the line of a kind: nobody behind what was read can have a turn before it.
  void read_line(std::size_t kind) {
    kind_line& k = kinds_[kind];
    std::vector<place_in_line> found;
    {
      auto rows = c_.select(sql::lines, k.name, k.last.turn, as_bytes(bytes_of_last(k)), missing());
      while (rows.next()) {
        place_in_line& p = found.emplace_back();
        rows.decode([&](row_reader& r) { r.read(members(p.account, p.turn)); });
      }
    }
    k.more = found.size() == missing();
    for (const place_in_line& p : found) {
      k.last = p;
      share& s = obtain(p.account).shares[kind];
      if (!s.known) s.served = p.turn;
      s.known = s.stands = true;
      s.untouched = !s.charged;
      k.untouched += s.untouched ? 1U : 0U;
      k.line.insert({s.served, p.account});
    }
  }
  /// An id that is nil stands before all others.
  [[nodiscard]] const std::string& bytes_of_last(const kind_line& k) {
    last_ = byte_writer{}.put(k.last.account).take();
    return last_;
  }

  [[nodiscard]] claiming_account& obtain(account_id id) {
    const auto known = accounts_.find(id);
    if (known != accounts_.end()) return known->second;
    claiming_account& a = accounts_[id];
    a.shares.resize(kinds_.size());
    const queue_limits limits = limits_of(c_, id, defaults_);
    constexpr std::uint64_t whole = std::uint64_t{1} << 20U;
    a.step = std::max<std::uint64_t>(whole / std::max(limits.weight, 1U), 1);
    if (limits.max_in_flight != 0) {
      const auto used = c_.select(sql::in_flight, id).value<std::size_t>().value_or(0);
      a.room = limits.max_in_flight - std::min<std::size_t>(used, limits.max_in_flight);
    }
    return a;
  }

  /// Whether there is a job to start; reads a few of them where none is known.
  [[nodiscard]] bool has_jobs(account_id id, std::size_t kind) {
    claiming_account& a = obtain(id);
    share& s = a.shares[kind];
    const std::size_t in_line = std::max<std::size_t>(kinds_[kind].line.size(), 1);
    while (s.jobs.empty() && s.more && c_.ok()) {
      const std::size_t chunk = std::min({missing(), missing() / in_line + 1, a.room});
      std::vector<job_record> found;
      s.more = read_jobs(chunk, s.damaged, found, [&](std::size_t limit) {
        return c_.select(sql::starts, id, kinds_[kind].name, limit);
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

  void touch(account_id id, share& s, std::size_t kind) {
    if (s.untouched) --kinds_[kind].untouched;
    s.untouched = false;
    if (s.stands) kinds_[kind].line.erase({s.served, id});
  }
  /// Counts one start of an account.
  void charge(account_id id, claiming_account& a, std::size_t kind) {
    share& s = a.shares[kind];
    if (!s.known) {
      s.served = c_.select(sql::line, id, kinds_[kind].name).value<std::uint64_t>().value_or(0);
      s.known = true;
    }
    touch(id, s, kind);
    s.served += a.step;
    s.charged = true;
    if (s.stands) kinds_[kind].line.insert({s.served, id});
  }
  /// Takes an account out of a line: it has nothing to start there, or no room to.
  void leave(account_id id, std::size_t kind) {
    claiming_account& a = accounts_.at(id);
    share& s = a.shares[kind];
    touch(id, s, kind);
    s.stands = false;
    if (s.damaged != 0 && a.room != 0) return;  // it stands here until those are mended
    c_.run(sql::leave_line, id, kinds_[kind].name);
  }
  void write_turns() {
    for (const auto& [id, a] : accounts_) {
      for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
        const share& s = a.shares[kind];
        if (s.charged) c_.run(sql::charge_line, id, kinds_[kind].name, s.served);
      }
    }
    for (const kind_line& k : kinds_) {
      if (k.advanced) c_.run(sql::advance_kind, k.name, k.clock);
    }
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
  const queue_limits& defaults_;
  timestamp now_;
  std::size_t turn_;
  std::string last_{};
  std::optional<std::string> damage_{};  // where the first damaged row stands
  std::vector<kind_line> kinds_{};
  std::map<account_id, claiming_account> accounts_{};
  std::vector<claimed_job> taken_{};
};

}  // namespace tollgate::sqlite::detail
