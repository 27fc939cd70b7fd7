// SPDX-License-Identifier: BSL-1.0
#pragma once
// A worker on the thread that calls it: the steps, one after the other.

#include <tollgate/worker/detail/pace.hpp>
#include <tollgate/worker/steps.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace tollgate::detail {

/// Wakes whoever waits for something to do.
class doorbell {
 public:
  void ring() {
    const std::lock_guard lock{mutex_};
    rung_ = true;
    bell_.notify_all();
  }
  void wait(duration d) {
    std::unique_lock lock{mutex_};
    bell_.wait_for(lock, to_chrono(d), [&] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_{};
  std::condition_variable bell_{};
  bool rung_{};
};

template <bench Bench, job_handler Handler>
class solo {
 public:
  solo(Bench& at, Handler& handler, doorbell& bell)
      : at_{at},
        handler_{handler},
        bell_{bell},
        polls_{at.options.poll, at.options.poll_limit},
        repeats_{at.options.retry_storage, at.options.retry_storage_limit} {}

  /// One round: renew, sweep, claim, run, settle. Answers how many jobs it ran.
  std::size_t turn() {
    beat_if_due();
    sweep_if_due();
    settle();
    const std::size_t batch = std::max<std::size_t>(at_.options.batch, 1);
    if (stopped_.stop_requested() || fault_ || at_.state.owed() >= 2 * batch) return 0;
    const auto jobs = claim_step(at_, batch);
    if (!jobs) return 0;
    const unrun_end at_the_end{at_.state, *jobs};
    for (const auto& job : *jobs) {
      if (stopped_.stop_requested()) stop(at_, *job, stop_reason::shutting_down);
      const auto send = [this](const advance_command& c) {
        return transact(at_.store, c, at_.options.rules);
      };
      run_step(at_, handler_, job, send, [this] { tick(); });
      beat_if_due();
    }
    settle();
    return jobs->size();
  }

  /// Turns until `finished` says so after a turn without work, or until a stop.
  template <class Finished>
  void run(const std::stop_token& stopped, Finished finished) {
    stopped_ = stopped;
    const std::stop_callback ring{stopped_, [this] { bell_.ring(); }};
    while (!stopped_.stop_requested()) {
      if (turn() != 0) {
        polls_.reset();
      } else if (stopped_.stop_requested() || (at_.state.owed() == 0 && finished())) {
        break;
      } else {
        rest();
      }
    }
    pay_up();
  }

 private:
  /// If host code or want of memory ends a turn half-way, what did not run is not renewed for ever.
  struct unrun_end {
    unrun_end(worker_state& s, const std::vector<std::shared_ptr<held_job>>& j)
        : state{s}, jobs{j} {}
    ~unrun_end() { state.forget_unanswered(jobs); }
    unrun_end(const unrun_end&) = delete;
    unrun_end& operator=(const unrun_end&) = delete;
    worker_state& state;
    const std::vector<std::shared_ptr<held_job>>& jobs;
  };
  // A clock that was set back makes a step due rather than late.
  [[nodiscard]] bool is_due(std::optional<timestamp> last, duration every) const {
    if (!last) return true;
    const duration since = at_.options.clock.now() - *last;
    return since >= every || since < duration{};
  }
  void beat_if_due() {
    if (!is_due(beaten_, at_.options.heartbeat)) return;
    if (beat_step(at_)) beaten_ = at_.options.clock.now();
  }
  void sweep_if_due() {
    if (!is_due(swept_, at_.options.sweep)) return;
    const auto swept = sweep_step(at_);
    if (swept && !swept->more) swept_ = at_.options.clock.now();
  }
  void settle() {
    fault_ = false;
    while (!fault_ && at_.state.has_owed()) {
      const settle_summary s = settle_step(at_);
      fault_ = s.fault.has_value();
      if (s.soonest) expected_ = std::min(expected_, at_.options.clock.now() + *s.soonest);
    }
    if (!fault_) repeats_.reset();
  }
  /// While a handler runs and asks whether to stop.
  void tick() {
    beat_if_due();
    if (!stopped_.stop_requested()) return;
    if (!stopping_since_) stopping_since_ = at_.options.clock.now();
    if (is_due(stopping_since_, at_.options.grace)) stop_step(at_);
  }
  void rest() {
    duration d = fault_ ? repeats_.rest() : polls_.rest();
    const timestamp now = at_.options.clock.now();
    if (expected_ <= now) expected_ = never;
    if (expected_ < now + d && !fault_) d = expected_ - now;
    sleep(d);
  }
  void sleep(duration d) {
    if (at_.options.sleeping.sleep != nullptr) {
      at_.options.sleeping.sleep(at_.options.sleeping.context, d);
    } else {
      bell_.wait(d);
    }
  }
  /// Tries to settle what is owed for as long as a stop may take.
  void pay_up() {
    duration left = at_.options.grace;
    at_.state.take_up();
    for (settle(); at_.state.owed() != 0 && left > duration{}; settle()) {
      const duration d = std::min(repeats_.rest(), left);
      left = left - d;
      beat_if_due();
      sleep(d);
    }
  }

  Bench& at_;
  Handler& handler_;
  doorbell& bell_;
  std::stop_token stopped_{};
  pace polls_;
  pace repeats_;
  std::optional<timestamp> beaten_{};
  std::optional<timestamp> swept_{};
  std::optional<timestamp> stopping_since_{};
  timestamp expected_{never};  // when the first job that was put off runs again
  bool fault_{};
};

}  // namespace tollgate::detail
