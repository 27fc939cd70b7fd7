// SPDX-License-Identifier: BSL-1.0
#pragma once
// Rows written by hand: ids, planned jobs, and the steps of a job as the gate takes them.

#include <tollgate/gate/order.hpp>
#include <tollgate/storage/contract/trial.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::contract {

/// The n-th id of a kind; the same number gives the same id in every run.
template <class Id>
[[nodiscard]] constexpr Id nth(std::uint64_t n) noexcept {
  return make_id<Id>(manual_clock::default_start, tollgate::detail::mix(n), n);
}
/// So many whole credits.
[[nodiscard]] constexpr credits whole(std::int64_t n) { return credits::from_units(n * 10'000); }

/// A job to order; what is left out is unremarkable.
struct planned_job {
  item_id item{};  // nil: an item of its own
  std::string kind{"render"};
  std::string payload{};
  credits cost{whole(1)};
  std::int16_t priority{};
  timestamp ready_at{};
  timestamp start_by{never};
  timestamp deadline{never};
  project_id project{};
  group_id group{};
  std::uint32_t max_attempts{4};
};

/// The step of a job that changes nothing but its revision.
[[nodiscard]] inline job_change step(const job_record& job, timestamp now) {
  job_change c{.status = job.status,
               .expected_epoch = job.status.epoch,
               .expected_revision = job.status.revision};
  ++c.status.revision;
  c.status.updated_at = now;
  return c;
}
/// A unit that changes a job and no money.
[[nodiscard]] inline unit stepping(const job_record& job, job_change c) {
  unit u{.account = job.body->account};
  u.jobs.push_back(std::move(c));
  return u;
}
/// A line of the log about a job as it is.
[[nodiscard]] inline attempt attempt_of(const job_record& job, attempt_outcome outcome,
                                        timestamp now) {
  return {.job = job.body->id,
          .account = job.body->account,
          .epoch = job.status.epoch,
          .number = job.status.attempts,
          .outcome = outcome,
          .worker = job.status.worker,
          .at = now,
          .error_code = outcome == attempt_outcome::retried ? "timeout" : ""};
}
/// Progress, and what the provider said.
[[nodiscard]] inline unit advancing(const job_record& job, timestamp now,
                                    std::uint32_t progress = 500) {
  job_change c = step(job, now);
  c.status.progress = progress;
  c.status.provider_job_id = "operations/" + std::to_string(progress);
  return stepping(job, std::move(c));
}
/// Back to the queue for a retry.
[[nodiscard]] inline unit returning(const job_record& job, timestamp now, timestamp ready_at) {
  job_change c = step(job, now);
  ++c.status.epoch;
  c.status.settled_epoch = job.status.epoch;
  c.status.phase = job_phase::ready;
  c.status.role = job_role::ready;
  c.status.state = job.body->states->ready;
  c.status.ready_at = ready_at;
  c.status.lease_until = {};
  unit u = stepping(job, std::move(c));
  u.attempts.push_back(attempt_of(job, attempt_outcome::retried, now));
  return u;
}
/// Back to the queue because the lease was lost: the epoch stays.
[[nodiscard]] inline unit losing(const job_record& job, timestamp now) {
  unit u = returning(job, now, now);
  u.jobs.front().status.epoch = job.status.epoch;
  u.jobs.front().status.settled_epoch = job.status.settled_epoch;
  u.jobs.front().expected_lease = job.status.lease_until;
  u.attempts.front().outcome = attempt_outcome::lost;
  return u;
}
/// At the provider until a poll.
[[nodiscard]] inline unit parking(const job_record& job, timestamp now, timestamp poll_at) {
  job_change c = step(job, now);
  ++c.status.epoch;
  c.status.settled_epoch = job.status.epoch;
  c.status.phase = job_phase::waiting;
  c.status.state = "generating";
  c.status.ready_at = poll_at;
  c.status.lease_until = {};
  c.status.provider_job_id = "operations/7";
  return stepping(job, std::move(c));
}
/// Somebody wants it to end.
[[nodiscard]] inline unit asking_to_cancel(const job_record& job, timestamp now) {
  job_change c = step(job, now);
  c.status.cancel_requested = true;
  return stepping(job, std::move(c));
}

/// Everything a store keeps of one account, to see whether something changed.
struct trace {
  account row{};
  std::vector<lot> lots{};
  std::vector<hold> holds{};
  std::vector<operation> operations{};
  std::vector<entry> entries{};
  std::vector<job_status> jobs{};
  std::vector<attempt> attempts{};

  friend bool operator==(const trace&, const trace&) = default;
};
[[nodiscard]] inline trace trace_of(trial& t, account_id account,
                                    trial::place where = trial::place::current()) {
  const auto by_id = [](const auto& a, const auto& b) { return b.id > a.id; };
  account_records all = t.value(t.store.audit(account), "audit", where);
  trace found{.row = std::move(all.row),
              .lots = std::move(all.lots),
              .holds = std::move(all.holds),
              .operations = std::move(all.operations),
              .entries = std::move(all.entries)};
  for (const job_record& j : all.jobs) found.jobs.push_back(j.status);
  std::sort(found.lots.begin(), found.lots.end(), by_id);
  std::sort(found.holds.begin(), found.holds.end(), by_id);
  std::sort(found.jobs.begin(), found.jobs.end(), by_id);
  for (const job_status& j : found.jobs) {
    auto lines = t.value(t.store.attempts(account, j.id), "attempts", where);
    for (attempt& line : lines) found.attempts.push_back(std::move(line));
  }
  return found;
}

[[nodiscard]] inline std::string differences(const trace& got, const trace& want) {
  std::string found;
  const auto part = [&](const char* name, const std::string& text) {
    if (!text.empty()) found += (found.empty() ? "" : "; ") + std::string{name} + " " + text;
  };
  part("account:", differences(got.row, want.row));
  part("lots:", differences(got.lots, want.lots));
  part("holds:", differences(got.holds, want.holds));
  part("operations:", differences(got.operations, want.operations));
  part("entries:", differences(got.entries, want.entries));
  part("jobs:", differences(got.jobs, want.jobs));
  part("attempts:", differences(got.attempts, want.attempts));
  return found;
}

/// The element with an id, or nothing.
template <class Row, class Id>
[[nodiscard]] const Row* find_id(const std::vector<Row>& rows, Id wanted) {
  for (const Row& r : rows) {
    if (r.id == wanted) return &r;
  }
  return nullptr;
}
/// Every byte there is, for what a store keeps without looking inside.
[[nodiscard]] inline std::string every_byte() {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  return bytes;
}
/// Text that is easily damaged on its way through SQL, JSON or CSV.
[[nodiscard]] inline std::string awkward_text() {
  return "it's \"quoted\", {\\n}\t\n%s; \xe2\x82\xac \xf0\x9f\x8e\xac --";
}

/// Notes every field but the payload in which a body differs from what was written.
inline void expect_same_terms(trial& t, const job_body& got, const job_body& want,
                              trial::place where = trial::place::current()) {
  t.same(got.account, want.account, "account of a job", where);
  t.same(got.order, want.order, "order of a job", where);
  t.same(got.hold, want.hold, "hold of a job", where);
  t.same(got.item, want.item, "item of a job", where);
  t.same(got.group, want.group, "group of a job", where);
  t.same(got.project, want.project, "project of a job", where);
  t.same(got.branch, want.branch, "branch of a job", where);
  t.same(got.kind, want.kind, "kind of a job", where);
  t.expect(got.states && *got.states == *want.states, "states of a job", where);
  t.same(got.priority, want.priority, "priority of a job", where);
  t.same(got.arrival, want.arrival, "arrival of a job", where);
  t.same(got.ordinal, want.ordinal, "ordinal of a job", where);
  t.same(got.max_attempts, want.max_attempts, "max_attempts of a job", where);
  t.same(got.estimated, want.estimated, "estimated cost of a job", where);
  t.same(got.start_within, want.start_within, "start_within of a job", where);
  t.same(got.deadline, want.deadline, "deadline of a job", where);
  t.same(got.created_at, want.created_at, "created_at of a job", where);
}
/// The same with the payload.
inline void expect_same_body(trial& t, const job_body& got, const job_body& want,
                             trial::place where = trial::place::current()) {
  expect_same_terms(t, got, want, where);
  t.expect(got.payload == want.payload, "payload of a job, byte for byte", where);
}

}  // namespace tollgate::contract
