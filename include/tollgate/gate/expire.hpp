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
  if (job == nullptr) return {.answer = refuse(error::job_not_found, to_string(d.job))};
  if (!detail::is_still_due(*job, d.reason, now)) {
    return {.answer = expire_receipt{.job = job->status}};
  }
  const job_status before = job->status;
  job_change change = detail::change_of(*job, now);
  const auto& words = detail::due_texts[static_cast<std::size_t>(d.reason)];
  const bool lost = d.reason == due_reason::lease_lost;
  if (lost) change.expected_lease = before.lease_until;
  const bool runs_again =
      lost && before.attempts < job->body->max_attempts && !before.cancel_requested;
  unit u{.account = job->body->account};
  expire_receipt receipt{.changed = true};
  auto outcome = lost ? attempt_outcome::lost : attempt_outcome::failed;
  if (runs_again) {
    detail::requeue(change.status, *job->body, now);
    job->status = change.status;
    u.jobs.push_back(std::move(change));
  } else {
    const job_role role = before.cancel_requested ? job_role::cancelled : job_role::failed;
    if (role == job_role::cancelled) outcome = attempt_outcome::cancelled;
    detail::note_error(change.status, words.code, words.message, false);
    auto ended = detail::end_job(s, *job, std::move(change), {.role = role}, now, rules);
    if (!ended.answer) {
      return {.write = std::move(ended.write), .answer = refuse(std::move(ended.answer.error()))};
    }
    u = std::move(*ended.write);
    receipt.money = std::move(*ended.answer);
  }
  attempt line = detail::log_line(*job, outcome, now);
  line.error_code = words.code;
  line.error_message = words.message;
  u.attempts.push_back(std::move(line));
  receipt.job = job->status;
  return {.write = std::move(u), .answer = std::move(receipt)};
}

}  // namespace tollgate
