// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a handler answers at the end of a claim.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/gate/commands.hpp>
#include <tollgate/jobs/retry_policy.hpp>

#include <optional>
#include <string>
#include <utility>

namespace tollgate {

/// What is needed to find an operation at the provider again. An empty member says nothing new.
struct provider_data {
  std::string job_id{};
  std::string metadata{};

  friend bool operator==(const provider_data&, const provider_data&) = default;
};

/// Why an attempt failed. A fault that no attempt can mend is not `retryable`: it is final at once.
struct attempt_error {
  std::string code{};
  std::string message{};
  bool retryable{true};
  std::optional<duration> retry_after{};  // instead of the worker's policy: the provider's word
  bool resubmit{};  // the operation at the provider is dead: the next attempt submits a new one
};

/// Where an operation stands at the provider, and when to look again.
struct provider_wait {
  duration poll_after{seconds(5)};
  std::string state{};                 // of the job's machine; empty: as it is
  std::optional<permille> progress{};  // nothing: as it is
  provider_data provider{};
};

/// One answer. Made by the named functions; its members are what the worker reads.
struct outcome {
  settle_kind kind{settle_kind::failed};
  credits actual{};                    // succeeded, cancelled: what it really cost
  duration delay{};                    // wait, handed_back
  attempt_error fault{};               // failed
  std::string state{};                 // wait
  std::optional<permille> progress{};  // wait
  std::string result{};                // bytes of the domain's codec
  provider_data provider{};

  /// Done: `actual` is captured, the rest of the hold given back. More than the hold is charged as
  /// the worker's `overage` says.
  [[nodiscard]] static outcome succeeded(credits actual, std::string result = {}) {
    outcome o{};
    o.kind = settle_kind::succeeded;
    o.actual = actual;
    o.result = std::move(result);
    return o;
  }
  /// Not done. Runs again while the fault is retryable and attempts are left, else it is final and
  /// the hold is given back. The next attempt resumes the operation at the provider unless the
  /// fault says `resubmit`.
  [[nodiscard]] static outcome failed(attempt_error why) {
    outcome o{};
    o.fault = std::move(why);
    return o;
  }
  /// Ended because somebody asked for it; `actual` is what the provider charged all the same.
  [[nodiscard]] static outcome cancelled(credits actual = {}, std::string result = {}) {
    outcome o = succeeded(actual, std::move(result));
    o.kind = settle_kind::cancelled;
    return o;
  }
  /// Still at the provider: the thread is free, any worker looks again after `poll_after`. The job
  /// keeps its hold, its slot and its attempt.
  [[nodiscard]] static outcome wait(provider_wait w) {
    outcome o{};
    o.kind = settle_kind::wait;
    o.delay = w.poll_after;
    o.state = std::move(w.state);
    o.progress = w.progress;
    o.provider = std::move(w.provider);
    return o;
  }
  /// Not now and not here: back to the queue, without counting the attempt.
  [[nodiscard]] static outcome handed_back(duration delay = {}) {
    outcome o{};
    o.kind = settle_kind::handed_back;
    o.delay = delay;
    return o;
  }

  /// The same answer with what the provider said.
  [[nodiscard]] outcome with(provider_data data) && {
    provider = std::move(data);
    return std::move(*this);
  }
};

}  // namespace tollgate
