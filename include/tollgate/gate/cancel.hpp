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
    return {.answer = refuse(no_such_job(c.job))};
  }
  cancel_receipt receipt{.outcome = cancel_outcome::already_final, .job = job->status};
  if (job->status.is_final()) return {.answer = std::move(receipt)};
  if (job->status.phase == job_phase::leased) {
    receipt.outcome = cancel_outcome::requested;
    if (job->status.cancel_requested) return {.answer = std::move(receipt)};
    const auto from = detail::begin_step(job->status, now);
    job->status.cancel_requested = true;
    receipt.job = job->status;
    unit u{.account = job->body->account};
    detail::end_step_within_lease(u, *job, from);
    return {.write = std::move(u), .answer = std::move(receipt)};
  }
  decision<cancel_receipt> d{};
  auto money = detail::end_hold(d.write, s, *job->body, {.role = job_role::cancelled}, now, rules);
  if (!money) {
    d.answer = refuse(std::move(money.error()));
    return d;
  }
  const auto from = detail::begin_step(job->status, now);
  job->status.cancel_requested = true;
  detail::note_error(job->status, "cancelled", c.reason, false);
  detail::end_job(s, *job, job_role::cancelled, *money);
  detail::end_step(*d.write, *job, from);
  d.write->attempts.push_back(detail::log_line(*job, attempt_outcome::cancelled, now));
  d.answer = cancel_receipt{
      .outcome = cancel_outcome::cancelled, .job = job->status, .money = std::move(*money)};
  return d;
}

}  // namespace tollgate
