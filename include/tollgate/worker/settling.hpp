// SPDX-License-Identifier: BSL-1.0
#pragma once
// From a handler's answer to the settle the gate decides: pure, and the same for every repeat.

#include <tollgate/jobs/retry_policy.hpp>
#include <tollgate/storage/requests.hpp>
#include <tollgate/worker/options.hpp>
#include <tollgate/worker/outcome.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace tollgate {

/// What a settle takes from the claim it ends.
struct settle_basis {
  const claimed_job& claimed;
  const provider_data& unsaved;  // what a `save` could not store
  std::uint32_t progress{};      // permille, as last stored
  worker_id worker{};
};

namespace detail {

[[nodiscard]] inline settle_command settle_of(const settle_basis& b, settle_kind kind) {
  return {.lease = {b.claimed.body->account, b.claimed.body->id, b.claimed.status.epoch},
          .kind = kind,
          .progress = b.progress,
          .worker = b.worker};
}

/// What the answer says, or else what could not be stored before it.
[[nodiscard]] inline std::string newest(std::string&& said, const std::string& unsaved) {
  if (said.empty()) return unsaved;
  return std::move(said);
}

[[nodiscard]] inline duration at_least_zero(duration d) noexcept { return std::max(d, duration{}); }

/// A cost below zero is a fault of the handler. It ends the job, free of charge: another attempt
/// would pay the provider again for the same fault.
inline void refuse_bad_cost(outcome& o) {
  const bool charges = o.kind == settle_kind::succeeded || o.kind == settle_kind::cancelled;
  if (charges && o.actual >= credits{}) return;
  if (charges) {
    o.fault = {.code = "invalid_outcome",
               .message = "the handler answered a cost of " + to_string(o.actual),
               .retryable = false};
    o.kind = settle_kind::failed;
  }
  o.actual = {};
}

/// Whether the policy tries again, and after which rest.
template <retry_policy_for<attempt_error> Retry>
void ask_policy(settle_command& c, const attempt_error& fault, const settle_basis& b,
                const jitter_source& jitter, const Retry& retry) {
  if constexpr (judges_fault<Retry, attempt_error>) {
    c.retryable = retry.retries(fault);
  } else {
    c.retryable = fault.retryable;
  }
  const std::uint32_t attempt = b.claimed.status.attempts;
  c.delay =
      at_least_zero(fault.retry_after ? *fault.retry_after
                                      : retry.delay(attempt, jitter(b.claimed.body->id, attempt)));
}

/// The same where exceptions are on and the host's policy throws: a job must end whatever a policy
/// does, so that the fault's own word and the default rest stand in for it.
template <retry_policy_for<attempt_error> Retry>
void ask_policy_or_default(settle_command& c, const attempt_error& fault, const settle_basis& b,
                           const jitter_source& jitter, const Retry& retry) {
#if defined(__cpp_exceptions)
  try {
    ask_policy(c, fault, b, jitter, retry);
  } catch (...) {
    ask_policy(c, fault, b, jitter_source{}, exponential_backoff{});
  }
#else
  ask_policy(c, fault, b, jitter, retry);
#endif
}

}  // namespace detail

/// Gives a claim back unfinished. One that was a poll stays at the provider, with its attempt and
/// its slot; another returns to the queue, and its attempt is not counted.
[[nodiscard]] inline settle_command hand_back(const settle_basis& b, duration delay = {}) {
  const auto kind = b.claimed.resumed ? settle_kind::wait : settle_kind::handed_back;
  settle_command c = detail::settle_of(b, kind);
  c.delay = detail::at_least_zero(delay);
  c.provider_job_id = b.unsaved.job_id;
  c.provider_metadata = b.unsaved.metadata;
  return c;
}

/// Ends a claim as its handler answered. A retry rests as the policy, or the provider, says; for a
/// policy that throws the default one answers.
template <retry_policy_for<attempt_error> Retry>
[[nodiscard]] settle_command settle_for(outcome&& o, const settle_basis& b,
                                        const worker_options& options, const Retry& retry) {
  detail::refuse_bad_cost(o);
  if (o.kind == settle_kind::handed_back) {
    settle_command c = hand_back(b, o.delay);
    if (!o.provider.job_id.empty()) c.provider_job_id = std::move(o.provider.job_id);
    if (!o.provider.metadata.empty()) c.provider_metadata = std::move(o.provider.metadata);
    return c;
  }
  settle_command c = detail::settle_of(b, o.kind);
  c.actual = o.actual;
  c.overage = options.overage;
  c.delay = detail::at_least_zero(o.delay);
  c.result = std::move(o.result);
  c.state = std::move(o.state);
  if (o.progress) c.progress = o.progress->value;
  c.provider_job_id = detail::newest(std::move(o.provider.job_id), b.unsaved.job_id);
  c.provider_metadata = detail::newest(std::move(o.provider.metadata), b.unsaved.metadata);
  if (o.kind != settle_kind::failed) return c;
  detail::ask_policy_or_default(c, o.fault, b, options.jitter, retry);
  c.resubmit = o.fault.resubmit;
  c.error_code = std::move(o.fault.code);
  c.error_message = std::move(o.fault.message);
  return c;
}

/// The settle of an answer that no gate takes: a failed attempt that says why and may be tried
/// again, with what the answer said of the operation at the provider.
inline void fail_the_attempt(settle_command& c, const failure& why) {
  c.kind = settle_kind::failed;
  c.actual = {};
  c.retryable = true;
  c.delay = detail::at_least_zero(c.delay);
  c.state.clear();
  c.error_code = "invalid_outcome";
  c.error_message = to_string(why);
}

/// Whether a refusal means that the cost does not fit; the whole hold is charged then.
[[nodiscard]] inline bool asks_too_much(const settle_command& c, const claimed_job& claimed,
                                        const failure& why) noexcept {
  const bool of_the_cost = why.code == error::exceeds_hold || why.code == error::overflow ||
                           why.code == error::insufficient_credits ||
                           why.code == error::account_frozen || why.code == error::account_closed ||
                           why.code == error::too_many_holds;
  return of_the_cost && c.actual > claimed.body->estimated;
}

/// The settle that fits: the whole hold, with a note in the attempt's log.
inline void charge_the_hold(settle_command& c, const claimed_job& claimed) {
  c.error_code = "exceeds_hold";
  c.error_message = "cost " + to_string(c.actual) + ", charged the whole hold of " +
                    to_string(claimed.body->estimated);
  c.actual = claimed.body->estimated;
  c.overage = overage_policy::refuse;
}

}  // namespace tollgate
