// SPDX-License-Identifier: BSL-1.0
#pragma once
// Accounts whose units are written by hand, so that most rules try a store without the engine.

#include <tollgate/storage/contract/hand_ledger.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::contract {

/// One account with its jobs, and what both look like once their units were written.
class hand_book : public hand_ledger {
 public:
  explicit hand_book(trial& t, std::uint64_t number = 1) : hand_ledger{t, number} {}

  std::vector<job_record> jobs{};  // in the order in which they were made

  /// Commits a unit; when it was written the book follows.
  verdict write(const unit& u, trial::place where = trial::place::current()) {
    const verdict said = trial_.commit(u, where);
    if (said == verdict::written) adopt(u);
    return said;
  }
  /// Commits a unit that nothing stands against.
  bool must_write(const unit& u, trial::place where = trial::place::current()) {
    return trial_.same(write(u, where), verdict::written, "a unit nothing stands against", where);
  }
  void adopt(const unit& u) {
    if (u.ledger) {
      row = u.ledger->row;
      for (const lot& l : u.ledger->lots) replace(lots, l);
      for (const hold& h : u.ledger->holds) replace(holds, h);
    }
    for (const job_insert& i : u.inserts) jobs.push_back({i.body, i.status});
    for (const job_change& c : u.jobs) {
      for (job_record& j : jobs) {
        if (j.body->id == c.status.id) j.status = c.status;
      }
    }
  }

  /// An order: a hold on one lot for each job.
  [[nodiscard]] unit ordering(std::string key, const std::vector<planned_job>& plan,
                              std::size_t from = 0) {
    unit u = begin(operation_kind::confirm, std::move(key));
    operation& o = u.ledger->operations.front();
    o.jobs = static_cast<std::uint32_t>(plan.size());
    lot source = lot_at(from);
    for (std::uint32_t n = 0; n < plan.size(); ++n) {
      const planned_job& p = plan[n];
      const job_id job = tollgate::job_of(id, o.seq, now(), n);
      hold h{.id = hold_of(job),
             .order = o.id,
             .job = job,
             .project = p.project,
             .amount = p.cost,
             .made_at = now()};
      o.project = p.project;
      o.moved += p.cost;
      o.committed += p.cost;
      if (n == 0) o.hold = h.id;
      u.inserts.push_back(queued(p, h, o, n));
      draw_from(u, h, source);
      source = u.ledger->lots.empty() ? source : u.ledger->lots.back();
      u.ledger->holds.push_back(std::move(h));
      ++u.ledger->row.open_holds;
    }
    o.request.amount = o.moved;
    o.request.project = o.project;
    return finish(std::move(u));
  }
  /// Opens the account and orders one job for each plan.
  bool order(std::string key, const std::vector<planned_job>& plan,
             trial::place where = trial::place::current()) {
    if (row.seq == 0 && !must_write(opening(whole(100'000)), where)) return false;
    return must_write(ordering(std::move(key), plan), where);
  }

  /// A job's outcome: `actual` captured, the rest of its hold released.
  [[nodiscard]] unit settling(const job_record& job, credits actual = whole(1)) {
    unit u = begin(operation_kind::settle, {});
    operation& o = u.ledger->operations.front();
    o.request.job = job.body->id;
    o.request.hold = job.body->hold;
    o.request.amount = actual;
    const hold* of = find_hold(job.body->hold);
    if (!trial_.expect(of != nullptr, "the hold of a job is known")) return u;
    end_hold(u, *of, actual);
    job_change c = step(job, now());
    c.status.phase = job_phase::final;
    c.status.role = job_role::succeeded;
    c.status.state = job.body->states->succeeded;
    c.status.settled_epoch = job.status.epoch;
    c.status.final_seq = o.seq;
    c.status.progress = 1'000;
    c.status.actual = actual;
    c.status.result = "done";
    c.status.lease_until = {};
    c.status.completed_at = now();
    u.jobs.push_back(std::move(c));
    u.attempts.push_back(attempt_of(job, attempt_outcome::succeeded, now()));
    return finish(std::move(u));
  }

 private:
  [[nodiscard]] job_insert queued(const planned_job& p, const hold& h, const operation& o,
                                  std::uint32_t ordinal) const {
    static const auto words = std::make_shared<const state_names>();
    job_body b{.id = h.job,
               .account = id,
               .order = o.id,
               .hold = h.id,
               .item = p.item.is_nil() ? item_id{h.job.value} : p.item,
               .group = p.group,
               .project = p.project,
               .kind = p.kind,
               .payload = p.payload,
               .states = words,
               .priority = p.priority,
               .arrival = o.seq,
               .ordinal = ordinal,
               .max_attempts = p.max_attempts,
               .estimated = p.cost,
               .start_within = days(7),
               .deadline = p.deadline,
               .created_at = now()};
    job_status s{.id = h.job,
                 .state = words->ready,
                 .ready_at = later_of(p.ready_at, now()),
                 .start_by = p.start_by,
                 .queued_at = now(),
                 .updated_at = now()};
    return {std::make_shared<const job_body>(std::move(b)), std::move(s)};
  }
};

}  // namespace tollgate::contract
