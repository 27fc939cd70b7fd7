// SPDX-License-Identifier: BSL-1.0
#pragma once
// The decision about a job that cannot go on by itself. Any worker may take it, also for kinds it
// does not know; it is fenced like every other, so that it never overwrites a job that went on.

#include <tollgate/gate/detail/steps.hpp>

#include <utility>

namespace tollgate {

namespace detail {

/// Whether what was named is still so.
[[nodiscard]] inline bool is_still_due(const job_record& job, due_reason reason, timestamp now) {
  const job_status& status = job.status;
  const bool idle = status.phase == job_phase::ready || status.phase == job_phase::waiting;
  switch (reason) {
    case due_reason::lease_lost:
      return status.phase == job_phase::leased && status.lease_until <= now;
    case due_reason::not_started: return idle && status.start_by <= now;
    case due_reason::deadline: return !status.is_final() && job.body->deadline <= now;
    case due_reason::cancel_requested: return idle && status.cancel_requested;
  }
  return false;
}

struct due_words {
  due_reason reason{};
  std::string_view code{};
  std::string_view message{};
};
inline constexpr due_words due_texts[]{
    {due_reason::lease_lost, "lease_lost", "its worker was lost in every attempt"},
    {due_reason::not_started, "not_started", "nobody picked it up in time"},
    {due_reason::deadline, "deadline", "its deadline passed"},
    {due_reason::cancel_requested, "cancelled", "cancelled as asked"},
};

static_assert([] {
  std::size_t n = 0;
  for (const due_words& words : due_texts) {
    if (static_cast<std::size_t>(words.reason) != n++) return false;
  }
  return n == static_cast<std::size_t>(due_reason::cancel_requested) + 1;
}());

}  // namespace detail

/// Decides about a due job. A lost lease keeps the epoch, so that its worker may still deliver as
/// long as nobody claims the job again; it counted as an attempt when it was claimed.
[[nodiscard]] inline decision<expire_receipt> decide(account_snapshot& s, const due_job& d,
                                                     timestamp now, const ledger_rules& rules) {
  job_record* job = detail::find_job(s, d.job);
  if (job == nullptr) return {.answer = refuse(no_such_job(d.job))};
  if (!detail::is_still_due(*job, d.reason, now)) {
    return {.answer = expire_receipt{.job = job->status}};
  }
  const auto& words = detail::due_texts[static_cast<std::size_t>(d.reason)];
  const bool lost = d.reason == due_reason::lease_lost;
  const timestamp lease = job->status.lease_until;
  const bool wished = job->status.cancel_requested;
  const bool runs_again = lost && job->status.attempts < job->body->max_attempts && !wished;
  decision<expire_receipt> made{.answer = expire_receipt{.changed = true}};
  auto outcome = lost ? attempt_outcome::lost : attempt_outcome::failed;
  detail::step_start from{};
  if (runs_again) {
    detail::begin_unit(made.write, job->body->account);
    from = detail::begin_step(job->status, now);
    detail::requeue(job->status, *job->body, now);
  } else {
    const job_role role = wished ? job_role::cancelled : job_role::failed;
    if (role == job_role::cancelled) outcome = attempt_outcome::cancelled;
    auto money = detail::end_hold(made.write, s, *job->body, {.role = role}, now, rules);
    if (!money) {
      made.answer = refuse(std::move(money.error()));
      return made;
    }
    from = detail::begin_step(job->status, now);
    detail::note_error(job->status, words.code, words.message, false);
    detail::end_job(s, *job, role, *money);
    made.answer->money = std::move(*money);
  }
  job_change& change = detail::end_step(*made.write, *job, from);
  if (lost) change.expected_lease = lease;
  attempt line = detail::log_line(*job, outcome, now);
  line.error_code = words.code;
  line.error_message = words.message;
  made.write->attempts.push_back(std::move(line));
  made.answer->job = job->status;
  return made;
}

}  // namespace tollgate
