// SPDX-License-Identifier: BSL-1.0
#pragma once
// The steps of a job: how its status looks after each, and how the last one moves the money.

#include <tollgate/gate/commands.hpp>
#include <tollgate/gate/snapshot.hpp>
#include <tollgate/gate/unit.hpp>
#include <tollgate/ledger/engine.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::detail {

[[nodiscard]] inline job_record* find_job(account_snapshot& s, job_id id) {
  const auto at = std::find_if(s.jobs.begin(), s.jobs.end(),
                               [&](const job_record& j) { return j.body && j.body->id == id; });
  return at == s.jobs.end() ? nullptr : &*at;
}

/// What must still hold of a job for a step of it to be written.
struct step_start {
  std::uint64_t epoch{};
  std::uint64_t revision{};
};

/// Begins a step of a job, which is changed in place: one revision on.
[[nodiscard]] inline step_start begin_step(job_status& status, timestamp now) {
  const step_start from{status.epoch, status.revision};
  ++status.revision;
  status.updated_at = later_of(now, status.updated_at);
  return from;
}
/// A unit of an account with nothing in it yet.
inline unit& begin_unit(std::optional<unit>& write, account_id account) {
  unit& u = write.emplace();
  u.account = account;
  return u;
}
/// Ends a step: the job as it now is goes into the unit. The only copy of its texts on the way.
inline job_change& end_step(unit& u, const job_record& job, const step_start& from) {
  return u.jobs.emplace_back(job.status, from.epoch, from.revision);
}

/// The same for a step that leaves the lease where it is: a heartbeat between load and commit
/// raises no revision, and writing the lease as it was loaded would take the renewal back.
inline job_change& end_step_within_lease(unit& u, const job_record& job, const step_start& from) {
  job_change& change = end_step(u, job, from);
  if (job.status.phase == job_phase::leased) change.expected_lease = job.status.lease_until;
  return change;
}

/// Back to the queue. `epoch` is raised by the caller unless the lease was merely lost.
inline void requeue(job_status& status, const job_body& body, timestamp ready_at) {
  status.phase = job_phase::ready;
  status.role = job_role::ready;
  status.state = body.states->ready;
  status.ready_at = ready_at;
  status.start_by = ready_at + body.start_within;
  status.lease_until = {};
}

[[nodiscard]] inline const std::string& name_of(const state_names& names, job_role role) {
  switch (role) {
    case job_role::ready: return names.ready;
    case job_role::active: return names.active;
    case job_role::succeeded: return names.succeeded;
    case job_role::failed: return names.failed;
    case job_role::cancelled: return names.cancelled;
  }
  return names.failed;
}

/// Takes over what an attempt learned from the provider; empty means nothing new.
inline void keep_provider_data(job_status& status, const std::string& id,
                               const std::string& metadata) {
  if (!id.empty()) status.provider_job_id = id;
  if (!metadata.empty()) status.provider_metadata = metadata;
}

/// Forgets a dead operation: the next attempt submits again, under another key. One that was never
/// named stays what it is, for the next submission under the same key may find it.
inline void give_up_operation(job_status& status) {
  if (status.provider_job_id.empty()) return;
  status.provider_job_id.clear();
  status.provider_metadata.clear();
  ++status.resubmissions;
}

/// The error of the last attempt that failed; a job that succeeds has none.
inline void note_error(job_status& status, std::string_view code, std::string_view message,
                       bool retryable) {
  status.error_code = code;
  status.error_message = message;
  status.error_retryable = retryable;
}

[[nodiscard]] inline attempt log_line(const job_record& job, attempt_outcome outcome,
                                      timestamp now) {
  return {.job = job.body->id,
          .account = job.body->account,
          .epoch = job.status.epoch,
          .number = job.status.attempts,
          .outcome = outcome,
          .worker = job.status.worker,
          .at = now,
          .provider_job_id = job.status.provider_job_id};
}

/// How a job ends.
struct ending {
  job_role role{};
  credits charge{};
  overage_policy overage{overage_policy::refuse};
};

/// What is charged at the end. An excess is a new charge, which a frozen account refuses; but what
/// was held for the job goes on, so that a delivered result is settled by its whole hold. The
/// operation then says that more was asked for than moved.
[[nodiscard]] inline credits charge_of(const ending& end, const account& row, const hold& h) {
  const bool only_the_hold =
      end.overage != overage_policy::refuse && row.state == account_state::frozen;
  return only_the_hold ? std::min(end.charge, h.open()) : end.charge;
}

/// Ends the hold of a job: captures the charge, releases the rest, and begins the unit that says
/// so. The job itself is not touched, so that a refusal (of an excess) leaves it as it was; what
/// had become due on the account is written all the same.
[[nodiscard]] inline result<receipt> end_hold(std::optional<unit>& write, account_snapshot& s,
                                              const job_body& body, const ending& end,
                                              timestamp now, const ledger_rules& rules) {
  ledger_state& state = s.ledger;
  const auto index = find_hold(state, body.hold);
  if (!state.row.exists() || !index || !state.holds[*index].is_open()) {
    return refuse(error::corrupt_record, "hold/" + to_string(body.hold),
                  "a live job has no open hold");
  }
  posting p{state, now, rules};
  settle_due(p, state);
  const credits draws = end.overage == overage_policy::refuse ? credits{} : end.charge;
  if (auto wrong = if_badly_loaded(state, draws)) return refuse(std::move(*wrong));
  hold& h = state.holds[*index];
  const credits charge = charge_of(end, state.row, h);
  if (auto wrong = if_cannot_exceed(p, state.row, h, charge, end.overage)) {
    if (p.wrote()) begin_unit(write, body.account).ledger.emplace(p.take());
    return refuse(std::move(*wrong));
  }
  operation& o = p.begin({.kind = operation_kind::settle,
                          .account = body.account,
                          .currency = state.row.currency,
                          .amount = end.charge,
                          .hold = h.id,
                          .job = body.id,
                          .project = body.project,
                          .overage = end.overage,
                          .reason = name_of(*body.states, end.role)},
                         p.now());
  o.project = h.project;
  const bool charges = end.role == job_role::succeeded || end.charge != credits{};
  if (charges) capture_with_overage(p, state, h, charge);
  o.committed -= h.open();
  release_rest(p, state, h);
  close_hold(p, h, charges ? hold_state::captured : hold_state::released);
  p.touch_hold(*index);
  p.finish();
  state.prior.push_back(p.current());
  begin_unit(write, body.account).ledger.emplace(p.take());
  return answer_of(state.prior.back());
}

/// Ends a job whose hold has ended with this receipt.
inline void end_job(account_snapshot& s, job_record& job, job_role role, const receipt& money) {
  job_status& status = job.status;
  status.phase = job_phase::final;
  status.role = role;
  status.state = name_of(*job.body->states, role);
  status.final_seq = money.seq;
  status.actual = money.moved;
  status.lease_until = {};
  status.completed_at = money.at;
  status.updated_at = money.at;
  std::erase_if(s.live, [&](const auto& live) { return live.job == job.body->id; });
}

}  // namespace tollgate::detail
