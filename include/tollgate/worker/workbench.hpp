// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the steps of one worker share.

#include <tollgate/storage/concepts.hpp>
#include <tollgate/worker/observer.hpp>
#include <tollgate/worker/options.hpp>
#include <tollgate/worker/state.hpp>

namespace tollgate {

/// What the steps of one worker share; everything outlives it. Thread-safe as far as its parts are.
template <job_store Store, worker_observer Observer = no_observer,
          retry_policy_for<attempt_error> Retry = exponential_backoff>
struct workbench {
  Store& store;
  worker_state& state;
  const worker_options& options;
  Observer& observer;
  const Retry& retry;

  workbench(Store& s, worker_state& w, const worker_options& o, Observer& watch, const Retry& r)
      : store{s}, state{w}, options{o}, observer{watch}, retry{r} {}
};

template <class T>
inline constexpr bool is_workbench = false;
template <class Store, class Observer, class Retry>
inline constexpr bool is_workbench<workbench<Store, Observer, Retry>> = true;

/// Some workbench.
template <class T>
concept bench = is_workbench<T>;

namespace detail {

template <bench Bench>
void note_fault(Bench& at, worker_step step, const failure& why) {
  tell(at.observer, [&] { return event::storage_failed{step, why}; });
}

template <bench Bench>
void stop(Bench& at, held_job& job, stop_reason reason) {
  if (job.stop.reason() >= reason) return;
  job.stop.fire(reason);
  tell(at.observer, [&] { return event::stop_asked{job.claimed, reason}; });
}

}  // namespace detail

}  // namespace tollgate
