// SPDX-License-Identifier: BSL-1.0
#pragma once
// The decision at the end of a claim: the job's next step and its money in one unit, fenced,
// repeatable for ever after a lost answer.

#include <tollgate/gate/detail/steps.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace tollgate {

/// The longest rest before a poll, a retry or a job handed back: what a provider's header asks for
/// beyond it is not waited for, because every job that stands still ends.
inline constexpr duration longest_delay = days(30);

namespace detail {

[[nodiscard]] inline refusal if_bad_settle(const settle_command& c) {
  const bool charges = c.kind == settle_kind::succeeded || c.kind == settle_kind::cancelled;
  if (c.actual < credits{} || (!charges && c.actual != credits{})) {
    return make_failure(error::invalid_argument, "/actual", "is out of range");
  }
  if (c.delay < duration{}) return make_failure(error::invalid_argument, "/delay", "is below zero");
  if (c.state.size() > max_state_name) {
    return make_failure(error::invalid_argument, "/state", "is longer than 15 bytes");
  }
  return std::nullopt;
}

/// The answer to an epoch that was settled before: the receipt it got then.
[[nodiscard]] inline settle_receipt settled_before(const account_snapshot& s,
                                                   const job_record& job) {
  settle_receipt r{.job = job.status, .replayed = true};
  for (const operation& o : s.ledger.prior) {
    if (o.request.kind != operation_kind::settle || o.request.job != job.body->id) continue;
    if (auto money = answer_of(o, true)) r.money = std::move(*money);
  }
  return r;
}

/// Whether a settle names an operation at the provider that the job does not know.
[[nodiscard]] inline bool names_another(const settle_command& c, const job_status& job) noexcept {
  return !c.provider_job_id.empty() && c.provider_job_id != job.provider_job_id;
}

/// Whether this is no repeat though its epoch was settled: another answer was taken first, as where
/// the job was handed back over the head of the handler that answers now. What the epoch ended as
/// is read from what it left behind; where that cannot tell, it is a repeat if nothing is lost by
/// that answer.
[[nodiscard]] inline bool contradicts(const settle_command& c, const job_status& job) noexcept {
  const bool ended = job.is_final() && job.epoch == c.lease.epoch;  // and the settle ended it
  const bool untouched = job.epoch == c.lease.epoch + 1;            // nobody claimed it since
  switch (c.kind) {
    case settle_kind::succeeded: return !ended || job.role != job_role::succeeded;
    case settle_kind::cancelled: return !ended || job.role != job_role::cancelled;
    case settle_kind::failed:
      if (job.is_final()) return false;  // what ended it may have noted another error
      return job.error_code != c.error_code || job.error_message != c.error_message ||
             job.error_retryable != c.retryable;
    case settle_kind::wait:
      // Adopted after its lease was lost, a wait leaves the job ready with the operation it named.
      return names_another(c, job) ||
             (untouched && job.phase == job_phase::ready && c.provider_job_id.empty());
    case settle_kind::handed_back: return names_another(c, job);
  }
  return false;
}

/// Whether the job can still learn of the operation a late answer names: it knows of none, nobody
/// claimed it since, and the operation was not ended by its handler. A repeat finds it known.
[[nodiscard]] inline bool can_resume(const settle_command& c, const job_status& job) noexcept {
  return !job.is_final() && job.phase != job_phase::leased && c.lease.epoch != 0 &&
         job.settled_epoch == c.lease.epoch && job.epoch == c.lease.epoch + 1 &&
         job.provider_job_id.empty() && !c.provider_job_id.empty() && !c.resubmit &&
         c.kind != settle_kind::cancelled;
}

/// Somebody else has or had the job: nothing moves, but a result is kept for a person to look at,
/// and the operation at the provider for the next attempt, which would submit again without it.
[[nodiscard]] inline decision<settle_receipt> stale(job_record& job, const settle_command& c,
                                                    timestamp now) {
  decision<settle_receipt> d{
      .answer = refuse(error::stale_lease, "job/" + to_string(c.lease.job),
                       job.status.is_final() ? "the job has ended" : "the job was given away")};
  const bool has_result = c.kind != settle_kind::wait && c.kind != settle_kind::handed_back;
  const bool tells = has_result || names_another(c, job.status);
  if (!tells || c.lease.epoch == 0 || c.lease.epoch > job.status.epoch) return d;
  attempt late = log_line(job, attempt_outcome::late, now);
  late.epoch = c.lease.epoch;
  late.number = 0;
  late.worker = c.worker;
  late.retryable = c.retryable;
  late.error_code = c.error_code;
  late.error_message = c.error_message;
  late.provider_job_id = c.provider_job_id;
  late.result = c.result;
  d.write = unit{.account = job.body->account, .attempts = {std::move(late)}};
  if (!can_resume(c, job.status)) return d;
  const auto from = begin_step(job.status, now);
  keep_provider_data(job.status, c.provider_job_id, c.provider_metadata);
  end_step(*d.write, job, from);
  return d;
}

/// What a settle makes of a job that lives on: a retry, a poll later, or back to the queue.
[[nodiscard]] inline attempt_outcome live_on(job_status& status, const job_body& body,
                                             const settle_command& c, timestamp now) {
  const timestamp next = now + std::min(c.delay, longest_delay);
  const bool held_slot = status.phase == job_phase::leased;
  // A poll counted no attempt: given back, the job is where it was before it, at the provider.
  const bool waits =
      c.kind == settle_kind::wait || (c.kind == settle_kind::handed_back && c.resumed);
  ++status.epoch;
  if (waits && held_slot) {
    status.phase = job_phase::waiting;
    if (!c.state.empty()) status.state = c.state;
    if (c.kind == settle_kind::wait) status.progress = std::min(c.progress, 1000U);
    status.ready_at = next;
    status.start_by = next + body.start_within;
    status.lease_until = {};
    return attempt_outcome::handed_back;
  }
  requeue(status, body, next);
  if (c.kind == settle_kind::failed) {
    if (c.resubmit) give_up_operation(status);
    return attempt_outcome::retried;
  }
  if (c.kind == settle_kind::handed_back && held_slot && status.attempts > 0) --status.attempts;
  return attempt_outcome::handed_back;
}

[[nodiscard]] inline attempt_outcome outcome_of(job_role role) noexcept {
  if (role == job_role::succeeded) return attempt_outcome::succeeded;
  return role == job_role::cancelled ? attempt_outcome::cancelled : attempt_outcome::failed;
}

/// Whether a settle ends the job, and how. A wish to cancel ends what would have run again.
[[nodiscard]] inline std::optional<job_role> final_role(const settle_command& c,
                                                        const job_record& job) {
  switch (c.kind) {
    case settle_kind::succeeded: return job_role::succeeded;
    case settle_kind::cancelled: return job_role::cancelled;
    case settle_kind::failed: break;
    case settle_kind::wait:
    case settle_kind::handed_back:
      if (job.status.cancel_requested) return job_role::cancelled;
      return std::nullopt;
  }
  if (!c.retryable || job.status.attempts >= job.body->max_attempts) return job_role::failed;
  if (job.status.cancel_requested) return job_role::cancelled;
  return std::nullopt;
}

}  // namespace detail

namespace detail {

/// The next step of a job whose lease and request are in order.
[[nodiscard]] inline decision<settle_receipt> take_step(account_snapshot& s, job_record& job,
                                                        const settle_command& c, timestamp now,
                                                        const ledger_rules& rules) {
  decision<settle_receipt> d{};  // the one that is returned: its texts are not moved about
  job_status& status = job.status;
  d.answer->adopted = status.phase != job_phase::leased || status.lease_until <= now;
  const auto role = final_role(c, job);
  if (role) {
    auto money = end_hold(d.write, s, *job.body, {*role, c.actual, c.overage}, now, rules);
    if (!money) {
      d.answer = refuse(std::move(money.error()));
      return d;
    }
    d.answer->money = std::move(*money);
  } else {
    begin_unit(d.write, job.body->account);
  }
  // Nothing refuses from here on.
  const auto from = begin_step(status, now);
  attempt line = log_line(job, attempt_outcome::handed_back, now);
  status.settled_epoch = c.lease.epoch;
  keep_provider_data(status, c.provider_job_id, c.provider_metadata);
  line.provider_job_id = status.provider_job_id;  // also of one that is given up now
  if (c.kind == settle_kind::failed) note_error(status, c.error_code, c.error_message, c.retryable);
  if (role) {
    if (!c.result.empty()) status.result = c.result;
    if (*role == job_role::succeeded) {
      status.progress = 1000U;
      note_error(status, {}, {}, false);
    }
    end_job(s, job, *role, *d.answer->money);
    line.outcome = outcome_of(*role);
  } else {
    line.outcome = live_on(status, *job.body, c, now);
  }
  line.retryable = c.retryable;
  line.error_code = c.error_code;
  line.error_message = c.error_message;
  if (const auto& money = d.answer->money; money && money->moved < c.actual) {
    line.error_code = "exceeds_hold";
    line.error_message = "cost " + to_string(c.actual) + ", charged the whole hold of " +
                         to_string(money->moved) + ": the account is frozen";
  }
  end_step(*d.write, job, from);
  if (c.kind != settle_kind::wait) d.write->attempts.push_back(std::move(line));
  d.answer->job = status;
  return d;
}

}  // namespace detail

/// Decides the end of a claim. A repeat of a settled epoch is a replay, another answer to it is
/// late and kept; an epoch that is not the job's, or a job that has ended, is `stale_lease` and
/// moves nothing; a lease that merely ran out still counts as long as nobody claimed the job again.
/// An excess that is refused leaves the job unsettled. Where a policy would take it from a frozen
/// account, the whole hold is charged and no more.
[[nodiscard]] inline decision<settle_receipt> decide(account_snapshot& s, const settle_command& c,
                                                     timestamp now, const ledger_rules& rules) {
  const auto no = [](failure f) {
    return decision<settle_receipt>{.answer = refuse(std::move(f))};
  };
  if (auto wrong = detail::if_bad_settle(c)) return no(std::move(*wrong));
  job_record* job = detail::find_job(s, c.lease.job);
  if (job == nullptr) return no(no_such_job(c.lease.job));
  job_status& status = job->status;
  if (c.lease.epoch != 0 && status.settled_epoch == c.lease.epoch &&
      !detail::contradicts(c, status)) {
    return {.answer = detail::settled_before(s, *job)};
  }
  if (status.is_final() || status.epoch != c.lease.epoch || status.epoch == 0) {
    return detail::stale(*job, c, now);
  }
  return detail::take_step(s, *job, c, now, rules);
}

}  // namespace tollgate
