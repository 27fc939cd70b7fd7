// SPDX-License-Identifier: BSL-1.0
#pragma once
// The decision on the way: where the work stands, and what is needed to resume it.

#include <tollgate/gate/detail/steps.hpp>

#include <algorithm>
#include <utility>

namespace tollgate {

/// Decides a step of a running job: no money, no new epoch. When the lease ran out but nobody else
/// has the job, what the provider said is saved all the same, so that the next attempt resumes.
[[nodiscard]] inline decision<advance_receipt> decide(account_snapshot& s, const advance_command& c,
                                                      timestamp now, const ledger_rules&) {
  const auto no = [](failure f) {
    return decision<advance_receipt>{.answer = refuse(std::move(f))};
  };
  if (c.state.size() > max_state_name) {
    return no(make_failure(error::invalid_argument, "/state", "is longer than 15 bytes"));
  }
  job_record* job = detail::find_job(s, c.lease.job);
  if (job == nullptr) return no(no_such_job(c.lease.job));
  const bool lost = job->status.phase == job_phase::ready;
  if (job->status.is_final() || job->status.epoch != c.lease.epoch || c.lease.epoch == 0) {
    return no(make_failure(error::stale_lease, "job/" + to_string(c.lease.job)));
  }
  const auto from = detail::begin_step(job->status, now);
  detail::keep_provider_data(job->status, c.provider_job_id, c.provider_metadata);
  if (!lost) {
    if (!c.state.empty()) job->status.state = c.state;
    job->status.progress = std::min(c.progress, 1000U);
  }
  unit u{.account = job->body->account};
  detail::end_step_within_lease(u, *job, from);
  return {.write = std::move(u), .answer = advance_receipt{.job = job->status, .lease_lost = lost}};
}

}  // namespace tollgate
