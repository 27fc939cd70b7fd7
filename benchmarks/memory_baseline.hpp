// SPDX-License-Identifier: BSL-1.0
#pragma once
// What memory::store is measured against: straight code for two jobs, confirm and claim + settle,
// over unordered maps and vectors behind one mutex per shard. It keeps the same records and does
// the least to them: no engine, no expiry, no retry, no fairness, no caps, no queries.

#include <tollgate/core/clock.hpp>
#include <tollgate/gate/commands.hpp>
#include <tollgate/jobs/attempt.hpp>
#include <tollgate/jobs/job.hpp>
#include <tollgate/ledger/account.hpp>
#include <tollgate/ledger/entry.hpp>
#include <tollgate/ledger/hold.hpp>
#include <tollgate/ledger/lot.hpp>
#include <tollgate/ledger/operation.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tollgate::bench {

class memory_baseline {
 public:
  struct job_row {
    job_body body{};
    job_status status{};
    std::vector<attempt> attempts{};
  };
  struct confirmed {
    order_id order{};
    std::vector<job_id> jobs{};
    credits available{};
  };
  struct claimed {
    account_id account{};
    job_id job{};
    std::uint64_t epoch{};
    const job_body* body{};
  };

  explicit memory_baseline(clock_source clock) : clock_(clock) {}

  void open(account_id id, credits grant) {
    shard& s = shard_of(id);
    const std::lock_guard guard(s.mutex);
    book& b = s.books[id];
    const timestamp now = clock_.now();
    b.row = account{.id = id, .currency = "CREDIT", .available = grant, .seq = 1};
    b.row.opened_at = b.row.changed_at = now;
    lot first{.id = derive_id<lot_id>(id, 1, 1, now)};
    first.seq = 1;
    first.granted = first.available = grant;
    operation o{.id = derive_id<operation_id>(id, 1, 0, now), .seq = 1, .at = now};
    o.moved = o.available = grant;
    o.lots.push_back(first.id);
    b.entries.push_back({1, entry_code::promo_expense, {}, -grant});
    b.entries.push_back({1, entry_code::available, first.id, grant});
    b.lots.push_back(first);
    b.operations.push_back(std::move(o));
  }

  /// Empty `jobs`: refused.
  confirmed confirm(const confirm_command& c) {
    confirmed answer{};
    shard& s = shard_of(c.account);
    const std::lock_guard guard(s.mutex);
    const auto found = s.books.find(c.account);
    if (found == s.books.end()) return answer;
    book& b = found->second;
    if (b.keys.contains(c.key)) return answer;
    credits total{};
    for (const order_item& item : c.items) {
      if (b.live.contains(item.item)) return answer;
      total += item.cost;
    }
    if (b.row.available < total) return answer;

    const timestamp now = clock_.now();
    const std::uint64_t seq = b.row.seq + 1;
    operation o{.id = derive_id<operation_id>(c.account, seq, 0, now), .seq = seq, .at = now};
    answer.order = o.id;
    answer.jobs.reserve(c.items.size());
    std::uint32_t ordinal = 0;
    for (const order_item& item : c.items) {
      const auto job = derive_id<job_id>(c.account, seq, 2 * ordinal + 1, now);
      const auto reserved = derive_id<hold_id>(c.account, seq, 2 * ordinal + 2, now);
      hold h{.id = reserved, .order = o.id, .job = job, .project = c.project};
      h.amount = item.cost;
      h.made_at = now;
      draw_from_lots(b, h, o, item.cost);
      b.holds.emplace(reserved, std::move(h));

      job_row& row = b.jobs[job];
      row.body = job_body{.id = job,
                          .account = c.account,
                          .order = o.id,
                          .hold = reserved,
                          .item = item.item,
                          .group = c.group,
                          .project = c.project,
                          .branch = c.branch,
                          .kind = item.kind,
                          .payload = item.payload,
                          .states = item.states,
                          .priority = item.priority,
                          .arrival = seq,
                          .ordinal = ordinal,
                          .max_attempts = item.max_attempts,
                          .estimated = item.cost,
                          .start_within = item.start_within,
                          .deadline = item.deadline,
                          .created_at = now};
      row.status.id = job;
      row.status.state = item.states->ready;
      row.status.revision = 1;
      row.status.ready_at = row.status.queued_at = row.status.updated_at = now;
      row.status.start_by = now + item.start_within;
      b.live.emplace(item.item, job);
      s.ready.push_back({&b, &row});
      answer.jobs.push_back(job);
      ++ordinal;
    }
    b.row.available -= total;
    b.row.held += total;
    b.row.open_holds += ordinal;
    b.row.seq = seq;
    b.row.changed_at = now;
    for (const lot_id& from : o.lots) {
      b.entries.push_back({seq, entry_code::available, from, -total});
      b.entries.push_back({seq, entry_code::held, from, total});
    }
    o.request = command{.kind = operation_kind::confirm,
                        .account = c.account,
                        .key = c.key,
                        .amount = total,
                        .project = c.project,
                        .body = c.body,
                        .attachment = c.attachment};
    o.moved = o.committed = total;
    o.project = c.project;
    o.jobs = ordinal;
    close_operation(b, o);
    b.projects[c.project].second += total;
    b.keys.emplace(c.key, b.operations.size());
    b.operations.push_back(std::move(o));
    answer.available = b.row.available;
    return answer;
  }

  std::vector<claimed> claim(worker_id worker, std::size_t limit, duration lease) {
    std::vector<claimed> taken;
    taken.reserve(limit);
    const std::size_t first = turn_.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t n = 0; n < shards_.size() && taken.size() < limit; ++n) {
      shard& s = shards_[(first + n) % shards_.size()];
      const std::lock_guard guard(s.mutex);
      const timestamp now = clock_.now();
      while (!s.ready.empty() && taken.size() < limit) {
        const auto [b, row] = s.ready.front();
        s.ready.pop_front();
        job_status& j = row->status;
        j.phase = job_phase::leased;
        j.role = job_role::active;
        j.state = row->body.states->active;
        ++j.epoch;
        ++j.revision;
        ++j.attempts;
        j.worker = worker;
        j.lease_until = now + lease;
        j.started_at = j.updated_at = now;
        taken.push_back({b->row.id, j.id, j.epoch, &row->body});
      }
    }
    return taken;
  }

  /// Success: captures `actual`, gives the rest back.
  bool settle(const settle_command& c) {
    shard& s = shard_of(c.lease.account);
    const std::lock_guard guard(s.mutex);
    const auto found = s.books.find(c.lease.account);
    if (found == s.books.end()) return false;
    book& b = found->second;
    const auto at = b.jobs.find(c.lease.job);
    if (at == b.jobs.end()) return false;
    job_row& row = at->second;
    job_status& j = row.status;
    if (j.is_final() || j.epoch != c.lease.epoch) return false;
    hold& h = b.holds.at(row.body.hold);
    if (!h.is_open() || c.actual > h.open()) return false;

    const timestamp now = clock_.now();
    const std::uint64_t seq = b.row.seq + 1;
    operation o{.id = derive_id<operation_id>(c.lease.account, seq, 0, now), .seq = seq, .at = now};
    credits wanted = c.actual;
    for (draw& d : h.draws) {
      d.captured = wanted < d.amount ? wanted : d.amount;
      d.released = d.amount - d.captured;
      wanted -= d.captured;
      lot& from = lot_of(b, d.lot);
      from.held -= d.amount;
      from.spent += d.captured;
      from.available += d.released;
      o.lots.push_back(d.lot);
      b.entries.push_back({seq, entry_code::held, d.lot, -d.amount});
      b.entries.push_back({seq, entry_code::revenue, d.lot, d.captured});
      if (d.released != credits{}) {
        b.entries.push_back({seq, entry_code::available, d.lot, d.released});
      }
    }
    const credits rest = h.amount - c.actual;
    h.captured = c.actual;
    h.released = rest;
    h.state = hold_state::captured;
    b.row.held -= h.amount;
    b.row.available += rest;
    --b.row.open_holds;
    b.row.seq = seq;
    b.row.changed_at = b.row.last_deduction_at = now;
    o.request = command{.kind = operation_kind::settle,
                        .account = c.lease.account,
                        .amount = c.actual,
                        .hold = h.id,
                        .job = j.id,
                        .project = row.body.project};
    o.moved = o.spent = c.actual;
    o.committed = -h.amount;
    o.hold = h.id;
    o.project = row.body.project;
    close_operation(b, o);
    b.operations.push_back(std::move(o));
    auto& [spent, committed] = b.projects[row.body.project];
    spent += c.actual;
    committed -= h.amount;

    j.phase = job_phase::final;
    j.role = job_role::succeeded;
    j.state = row.body.states->succeeded;
    j.settled_epoch = j.epoch;
    j.final_seq = seq;
    ++j.revision;
    j.provider_job_id = c.provider_job_id;
    j.provider_metadata = c.provider_metadata;
    j.result = c.result;
    j.actual = c.actual;
    j.progress = 1'000;
    j.completed_at = j.updated_at = now;
    row.attempts.push_back(attempt{.job = j.id,
                                   .account = c.lease.account,
                                   .epoch = j.epoch,
                                   .number = j.attempts,
                                   .outcome = attempt_outcome::succeeded,
                                   .worker = j.worker,
                                   .at = now,
                                   .provider_job_id = c.provider_job_id});
    b.live.erase(row.body.item);
    return true;
  }

 private:
  struct book {
    account row{};
    std::vector<lot> lots{};  // in draw order
    std::vector<operation> operations{};
    std::vector<entry> entries{};
    std::unordered_map<hold_id, hold> holds{};
    std::unordered_map<job_id, job_row> jobs{};
    std::unordered_map<item_id, job_id> live{};
    std::unordered_map<std::string, std::size_t> keys{};
    std::unordered_map<project_id, std::pair<credits, credits>> projects{};
  };
  struct ready_job {
    book* owner{};
    job_row* row{};
  };
  struct alignas(64) shard {
    std::mutex mutex{};
    std::unordered_map<account_id, book> books{};
    std::deque<ready_job> ready{};
  };

  [[nodiscard]] shard& shard_of(account_id id) {
    return shards_[std::hash<account_id>{}(id) >> 58U];
  }
  [[nodiscard]] static lot& lot_of(book& b, lot_id id) {
    for (lot& l : b.lots) {
      if (l.id == id) return l;
    }
    return b.lots.front();
  }
  static void draw_from_lots(book& b, hold& h, operation& o, credits left) {
    for (lot& l : b.lots) {
      if (left == credits{}) break;
      if (l.available == credits{}) continue;
      const credits part = left < l.available ? left : l.available;
      l.available -= part;
      l.held += part;
      left -= part;
      h.draws.push_back({.lot = l.id, .amount = part});
      if (o.lots.empty() || o.lots.back() != l.id) o.lots.push_back(l.id);
    }
  }
  static void close_operation(const book& b, operation& o) {
    o.available = b.row.available;
    o.held = b.row.held;
    o.debt = b.row.debt;
  }

  clock_source clock_;
  std::array<shard, 64> shards_{};
  std::atomic<std::size_t> turn_{0};
};

}  // namespace tollgate::bench
