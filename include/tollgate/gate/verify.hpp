// SPDX-License-Identifier: BSL-1.0
#pragma once
// The audit of an account together with its jobs: money and work tell the same story.

#include <tollgate/jobs/job.hpp>
#include <tollgate/ledger/verify.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

namespace detail {

/// A job as the place of a discrepancy.
struct job_place {
  const job_record& job;
};
[[nodiscard]] inline std::string place_of(job_place at) {
  return "job/" + to_string(at.job.body ? at.job.body->id : at.job.status.id);
}

/// Jobs, and the operations that settled them, each in the order of the job's id.
struct job_books {
  std::vector<const job_record*> jobs{};
  std::vector<const operation*> settled{};

  [[nodiscard]] const job_record* find(job_id id) const {
    const auto at =
        std::lower_bound(jobs.begin(), jobs.end(), id,
                         [](const job_record* j, job_id other) { return j->body->id < other; });
    return at == jobs.end() || (*at)->body->id != id ? nullptr : *at;
  }
  [[nodiscard]] std::span<const operation* const> outcomes_of(job_id id) const {
    const auto first =
        std::lower_bound(settled.begin(), settled.end(), id,
                         [](const operation* o, job_id other) { return o->request.job < other; });
    const auto last =
        std::upper_bound(first, settled.end(), id,
                         [](job_id other, const operation* o) { return other < o->request.job; });
    return {first, last};
  }
};

/// A job that ended: one outcome, and the figures of job, hold and operation are the same.
inline void audit_final(books& b, const job_record& j, const hold& h,
                        std::span<const operation* const> outcomes) {
  const job_place at{j};
  const job_status& status = j.status;
  b.require(!h.is_open(), "invariant 12", at, "has ended, but its hold is open");
  b.require(is_final(status.role), "invariant 12", at, "has ended in a role that goes on");
  b.require(outcomes.size() == 1, "invariant 12", at, "has ended without exactly one outcome");
  if (outcomes.empty()) return;
  const operation& o = *outcomes.front();
  b.require(o.seq == status.final_seq && o.hold == h.id, "invariant 12", at,
            "names another operation as its end");
  b.require(o.at == status.completed_at, "invariant 12", at, "ended at another time");
  b.expect("invariant 12", at, "what it was charged", units_of(status.actual), units_of(o.moved));
  b.expect("invariant 12", at, "what its hold captured", units_of(h.captured),
           std::min(units_of(o.moved), units_of(h.amount)));
  const bool charged = h.state == hold_state::captured;
  const bool agrees = status.role == job_role::succeeded ? charged
                      : status.role == job_role::failed
                          ? h.state == hold_state::released && h.captured == credits{}
                          : charged || h.state == hold_state::released;
  b.require(agrees, "invariant 12", at, "its role and the state of its hold do not agree");
}

inline void audit_job(books& b, const job_record& j, const job_books& all) {
  const job_place at{j};
  const job_body& body = *j.body;
  const hold* h = b.holds.find(body.hold);
  if (h == nullptr || h->job != body.id || body.account != b.row.id || j.status.id != body.id) {
    b.report("invariant 12", place_of(at), "has no hold of its own");
    return;
  }
  b.expect("invariant 12", at, "its estimate", units_of(body.estimated), units_of(h->amount));
  b.require(h->order == body.order && h->project == body.project, "invariant 12", at,
            "its order or project is not that of its hold");
  const auto outcomes = all.outcomes_of(body.id);
  if (j.status.is_final()) {
    audit_final(b, j, *h, outcomes);
    return;
  }
  b.require(h->is_open(), "invariant 12", at, "goes on, but its hold has ended");
  b.require(is_live(j.status.role), "invariant 12", at, "goes on in a role that ends it");
  b.require(outcomes.empty() && j.status.final_seq == 0, "invariant 12", at,
            "goes on, but has an outcome");
}

/// Invariant 12.
inline void audit_jobs(books& b, std::span<const job_record> jobs) {
  job_books all;
  for (const job_record& j : jobs) {
    b.require(j.body != nullptr, "invariant 12", job_place{j}, "has no body");
    if (j.body) all.jobs.push_back(&j);
  }
  std::sort(all.jobs.begin(), all.jobs.end(),
            [](const job_record* x, const job_record* y) { return x->body->id < y->body->id; });
  for (const operation* o : b.operations.all()) {
    if (o->request.kind == operation_kind::settle && !o->refused()) all.settled.push_back(o);
  }
  std::sort(all.settled.begin(), all.settled.end(),
            [](const operation* x, const operation* y) { return x->request.job < y->request.job; });
  for (std::size_t i = 0; i < all.jobs.size(); ++i) {
    const job_record& j = *all.jobs[i];
    b.require(i == 0 || all.jobs[i - 1]->body->id != j.body->id, "invariant 12", job_place{j},
              "is there twice");
    audit_job(b, j, all);
  }
  for (const hold* h : b.holds.all()) {
    if (h->job.is_nil() || !h->is_open()) continue;
    const job_record* j = all.find(h->job);
    b.require(j != nullptr && j->body->hold == h->id && !j->status.is_final(), "invariant 12", *h,
              "is open for a job that is not live");
  }
  std::vector<uuid> items;  // of live jobs
  for (const job_record* j : all.jobs) {
    if (!j->status.is_final()) items.push_back(j->body->item.value);
  }
  std::sort(items.begin(), items.end());
  const auto twice = std::adjacent_find(items.begin(), items.end());
  if (twice != items.end()) {
    b.report("invariant 12", "item/" + to_string(*twice), "has two live jobs");
  }
}

}  // namespace detail

/// verify(...) of the ledger, and invariant 12: every live job has one open hold of its own, every
/// final job a final hold and one outcome, and no hold of a job is open without a live job.
/// O(n log n) in the number of records.
[[nodiscard]] inline std::vector<discrepancy> verify(const account& row, std::span<const lot> lots,
                                                     std::span<const hold> holds,
                                                     std::span<const operation> operations,
                                                     std::span<const entry> entries,
                                                     std::span<const job_record> jobs) {
  detail::books b{row, lots, holds, operations, entries};
  detail::audit_journal(b);
  detail::audit_lots(b);
  detail::audit_holds(b);
  detail::audit_jobs(b, jobs);
  return std::move(b.discrepancies);
}

}  // namespace tollgate
