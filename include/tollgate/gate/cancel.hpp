// SPDX-License-Identifier: BSL-1.0
#pragma once
// The decision behind "Cancel": end what nobody works on, ask who works on the rest.

#include <tollgate/gate/detail/steps.hpp>

#include <utility>

namespace tollgate {

/// Decides a wish to cancel. Ready and waiting jobs end at once and their credits are released; a
/// running one is asked, and its worker settles it; a job that ended stays as it is.
[[nodiscard]] inline decision<cancel_receipt> decide(account_snapshot& s, const cancel_command& c,
                                                     timestamp now, const ledger_rules& rules) {
  job_record* job = detail::find_job(s, c.job);
  if (job == nullptr) {
    return {.answer = refuse(error::job_not_found, to_string(c.job))};
  }
  cancel_receipt receipt{.outcome = cancel_outcome::already_final, .job = job->status};
  if (job->status.is_final()) return {.answer = std::move(receipt)};
  if (job->status.phase == job_phase::leased) {
    receipt.outcome = cancel_outcome::requested;
    if (job->status.cancel_requested) return {.answer = std::move(receipt)};
    job_change change = detail::step_of(*job, now);
    change.status.cancel_requested = true;
    job->status = change.status;
    receipt.job = job->status;
    unit u{.account = job->body->account};
    u.jobs.push_back(std::move(change));
    return {.write = std::move(u), .answer = std::move(receipt)};
  }
  job_change change = detail::change_of(*job, now);
  change.status.cancel_requested = true;
  detail::note_error(change.status, "cancelled", c.reason, false);
  auto ended =
      detail::end_job(s, *job, std::move(change), {.role = job_role::cancelled}, now, rules);
  if (!ended.answer) {
    return {.write = std::move(ended.write), .answer = refuse(std::move(ended.answer.error()))};
  }
  ended.write->attempts.push_back(detail::log_line(*job, attempt_outcome::cancelled, now));
  receipt = {
      .outcome = cancel_outcome::cancelled, .job = job->status, .money = std::move(*ended.answer)};
  return {.write = std::move(ended.write), .answer = std::move(receipt)};
}

}  // namespace tollgate
