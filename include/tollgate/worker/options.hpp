// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a host may set about a worker.

#include <tollgate/core/clock.hpp>
#include <tollgate/core/os_seed.hpp>
#include <tollgate/core/system_clock.hpp>
#include <tollgate/jobs/retry_policy.hpp>
#include <tollgate/ledger/command.hpp>
#include <tollgate/ledger/rules.hpp>

#include <cstddef>
#include <cstdint>

namespace tollgate {

/// Where the jitter of a retry comes from. By default from the job and its attempt alone, so that a
/// repeated decision is the same decision. Thread-safe.
struct jitter_source {
  permille (*draw)(void* context, job_id job, std::uint32_t attempt) noexcept {
      [](void*, job_id job, std::uint32_t attempt) noexcept { return jitter_of(job, attempt); }};
  void* context{};

  [[nodiscard]] permille operator()(job_id job, std::uint32_t attempt) const noexcept {
    return draw(context, job, attempt);
  }
};

/// Where the identity of a worker comes from. Each start asks once and must get another.
struct incarnation_source {
  worker_id (*make)(void* context) noexcept {[](void*) noexcept {
    id_source ids{os_seed()};
    return ids.make<worker_id>(system_clock_source().now());
  }};
  void* context{};

  [[nodiscard]] worker_id operator()() const noexcept { return make(context); }
};

/// How a worker without threads waits when there is nothing to do. Without one it sleeps for real,
/// until `wake`.
struct sleeper {
  void (*sleep)(void* context, duration d) noexcept {};
  void* context{};
};

/// Waits by moving a clock on: a run with a simulated clock takes no time.
[[nodiscard]] inline sleeper sleep_on(manual_clock& clock) noexcept {
  return {[](void* self, duration d) noexcept { static_cast<manual_clock*>(self)->advance(d); },
          &clock};
}

/// The settings of a worker; the defaults are those of the promise: death is noticed in seconds.
struct worker_options {
  std::size_t threads{4};         // that run handlers; 0: all on the thread that calls `run`
  std::size_t batch{32};          // claimed and not yet answered at most; at least `threads`
  std::size_t settle_batch{200};  // settles in one commit at most
  std::size_t sweep_batch{100};

  duration lease{seconds(20)};      // a worker that is silent for so long has lost its jobs
  duration heartbeat{seconds(5)};   // how often it says that it lives
  duration poll{milliseconds(20)};  // after the first empty claim; doubles
  duration poll_limit{seconds(1)};  // up to this
  duration sweep{seconds(1)};       // how often it looks for jobs that cannot go on
  duration retry_storage{milliseconds(100)};  // after a fault of the store; doubles
  duration retry_storage_limit{seconds(5)};   // up to this
  duration grace{seconds(20)};                // how long handlers may finish after a stop
  duration farewell{seconds(2)};              // and answer after their stop token fired then

  overage_policy overage{overage_policy::refuse};  // what a cost above the hold does
  ledger_rules rules{};                            // the same as at the gate

  clock_source clock{system_clock_source()};  // for handlers, and for timing without threads
  sleeper sleeping{};                         // without threads
  jitter_source jitter{};
  incarnation_source incarnation{};
};

}  // namespace tollgate
