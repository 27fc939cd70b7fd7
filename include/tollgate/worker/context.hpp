// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a handler is given: the job, and what can be said about it while it runs.

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/jobs/machine_table.hpp>
#include <tollgate/jobs/retry_policy.hpp>
#include <tollgate/storage/requests.hpp>
#include <tollgate/worker/outcome.hpp>
#include <tollgate/worker/stop_signal.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace tollgate {

/// What a context does through its worker. A host that tests a handler alone writes its own.
class job_port {
 public:
  virtual result<advance_receipt> advance(const advance_command& c) = 0;
  /// Called whenever a handler asks whether it should stop: a worker without threads renews its
  /// leases here.
  virtual void tick() {}

 protected:
  job_port() = default;
  job_port(const job_port&) = default;
  job_port& operator=(const job_port&) = default;
  ~job_port() = default;
};

/// What a context is made of; everything outlives it.
struct context_parts {
  const claimed_job& claimed;
  stop_signal& stop;
  job_port& port;
  const machine_table* machine{};  // nothing: any state is taken
  clock_source clock{};
};

/// One claim of one job, as its handler sees it. For the handler's thread only, but for
/// `should_stop`, `reason` and `stop_token`. Do not keep it: it ends when the handler returns.
class job_context {
 public:
  explicit job_context(const context_parts& parts) : parts_{parts}, status_{parts.claimed.status} {}
  job_context(const job_context&) = delete;
  job_context& operator=(const job_context&) = delete;

  [[nodiscard]] const job_body& body() const noexcept { return *parts_.claimed.body; }
  /// As claimed, and after each step as the store answered it.
  [[nodiscard]] const job_status& status() const noexcept { return status_; }
  [[nodiscard]] job_id id() const noexcept { return body().id; }
  [[nodiscard]] const std::string& kind() const noexcept { return body().kind; }
  [[nodiscard]] const std::string& payload() const noexcept { return body().payload; }
  /// From 1; polls and hand-backs do not count.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return status_.attempts; }
  /// It was waiting at the provider, and this is the next look at it.
  [[nodiscard]] bool resumed() const noexcept { return parts_.claimed.resumed; }
  /// What an earlier claim or attempt submitted, in whatever way it ended: resume it, do not submit
  /// again. Empty: nothing was submitted, or nobody could say so; then use `submission_key`.
  [[nodiscard]] const std::string& provider_job_id() const noexcept {
    return unsaved_.job_id.empty() ? status_.provider_job_id : unsaved_.job_id;
  }
  [[nodiscard]] const std::string& provider_metadata() const noexcept {
    return unsaved_.metadata.empty() ? status_.provider_metadata : unsaved_.metadata;
  }
  /// For providers that take an idempotency key: known before the submission, the same for every
  /// attempt, another only after an operation was given up with `resubmit`.
  [[nodiscard]] std::string submission_key() const {
    return body().submission_key(status_.resubmissions);
  }
  /// What the hold covers.
  [[nodiscard]] credits held() const noexcept { return body().estimated; }
  /// The worker's clock. Never compare it with times of the store.
  [[nodiscard]] timestamp now() const noexcept { return parts_.clock.now(); }

  /// Stores what is needed to resume: call it as soon as the provider answered a submission.
  /// Errors: `stale_lease` (somebody else has the job) and those of the store; what could not be
  /// stored goes with the outcome.
  result<void> save(provider_data data) {
    if (!data.job_id.empty()) unsaved_.job_id = std::move(data.job_id);
    if (!data.metadata.empty()) unsaved_.metadata = std::move(data.metadata);
    return send({}, status_.progress);
  }

  /// Shows where the work stands. Errors: `invalid_argument` at "/state" where the job's machine
  /// leads from the present state to no such active one; else as `save`.
  result<void> advance(std::string_view state, permille progress) {
    if (auto wrong = if_cannot_go(state)) return refuse(std::move(*wrong));
    return send(std::string{state}, progress.value);
  }
  result<void> advance(permille progress) { return send({}, progress.value); }

  [[nodiscard]] bool should_stop() const {
    parts_.port.tick();
    return reason() != stop_reason::none;
  }
  [[nodiscard]] stop_reason reason() const noexcept { return parts_.stop.reason(); }
  /// For waits that can be interrupted. A worker without threads fires it only while the handler
  /// calls `should_stop`.
  [[nodiscard]] std::stop_token stop_token() const noexcept { return parts_.stop.token(); }

  /// What `save` could not store.
  [[nodiscard]] const provider_data& unsaved() const noexcept { return unsaved_; }
  /// Why the job cannot go to a state from where it stands; nothing where it can.
  [[nodiscard]] std::optional<failure> if_cannot_go(std::string_view state) const {
    if (state.empty() || state == status_.state) return std::nullopt;
    if (state.size() > max_state_name) {
      return make_failure(error::invalid_argument, "/state",
                          std::string{state} + " is longer than 15 bytes");
    }
    if (parts_.machine == nullptr) return std::nullopt;
    const machine_table& table = *parts_.machine;
    if (table.role_of(state) == job_role::active && table.can_reach(status_.state, state)) {
      return std::nullopt;
    }
    return make_failure(error::invalid_argument, "/state",
                        status_.state + " does not lead to " + std::string{state});
  }

 private:
  result<void> send(std::string state, std::uint32_t progress) {
    auto answer = parts_.port.advance({.lease = {body().account, id(), parts_.claimed.status.epoch},
                                       .state = std::move(state),
                                       .progress = progress,
                                       .provider_job_id = unsaved_.job_id,
                                       .provider_metadata = unsaved_.metadata});
    if (!answer) {
      if (answer.error().code == error::stale_lease) parts_.stop.fire(stop_reason::lease_lost);
      return refuse(std::move(answer.error()));
    }
    status_ = std::move(answer->job);
    unsaved_ = {};
    if (answer->lease_lost) parts_.stop.fire(stop_reason::lease_lost);
    if (status_.cancel_requested) parts_.stop.fire(stop_reason::cancel_requested);
    return {};
  }

  context_parts parts_;
  job_status status_;
  provider_data unsaved_{};
};

}  // namespace tollgate
