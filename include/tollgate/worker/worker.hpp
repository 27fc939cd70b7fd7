// SPDX-License-Identifier: BSL-1.0
#pragma once
// Runs the jobs of a store with a host's handler.

#include <tollgate/worker/detail/crew.hpp>
#include <tollgate/worker/detail/solo.hpp>
#include <tollgate/worker/handler.hpp>
#include <tollgate/worker/observer.hpp>
#include <tollgate/worker/options.hpp>
#include <tollgate/worker/remaining.hpp>
#include <tollgate/worker/steps.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace tollgate {

/// Claims jobs, runs them, keeps their leases alive and settles them, until told to stop. A handler
/// or observer given by name is referred to and must outlive the worker; a temporary one is kept.
/// One thread at a time calls `run`, `run_until_settled` or `turn`; `wake` may be called from any.
template <job_store Store, class Handler, class Observer = no_observer,
          retry_policy_for<attempt_error> Retry = exponential_backoff>
  requires job_handler<std::remove_reference_t<Handler>> &&
           worker_observer<std::remove_reference_t<Observer>>
class worker {
 public:
  explicit worker(Store& store, Handler&& handler, worker_options options = {},
                  Observer&& observer = default_observer(), Retry retry = {})
      : store_{store},
        handler_{std::forward<Handler>(handler)},
        observer_{std::forward<Observer>(observer)},
        retry_{std::move(retry)},
        options_{std::move(options)} {}
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// Works until no live job of its kinds is left that could run: what is scheduled, at the
  /// provider or with another worker is waited for, what is paused is not. Or until a stop.
  worker_totals run_until_settled(const std::stop_token& stopped = {})
    requires storage<Store>
  {
    remaining_work<Store> remaining{store_, kinds_of(handler())};
    return start(stopped, [&] {
      const auto any = remaining.any();
      if (!any) {
        tell(observer(), [&] { return event::storage_failed{worker_step::look, any.error()}; });
      }
      return any && !*any;
    });
  }

  /// Works until a stop. Then nothing more is claimed; what did not begin is handed back; handlers
  /// may finish within `grace`, are asked to stop, and after `farewell` their jobs are handed back
  /// over their heads. Returns when every handler did.
  worker_totals run(const std::stop_token& stopped) {
    return start(stopped, [] { return false; });
  }

  /// One round on this thread: renew, sweep, claim, run, settle. Answers how many jobs it ran. The
  /// first starts an incarnation, which `run` without threads goes on with and ends.
  std::size_t turn() { return by_itself().solo.turn(); }

  /// Says that there may be something to claim: polling finds it anyway, only later.
  void wake() {
    const std::lock_guard lock{mutex_};
    if (crew_ != nullptr) {
      crew_->wake();
    } else {
      bell_.ring();
    }
  }

 private:
  using handler_type = std::remove_reference_t<Handler>;
  using observer_type = std::remove_reference_t<Observer>;
  using bench_type = workbench<Store, observer_type, Retry>;
  using crew_type = detail::crew<bench_type, handler_type, Store>;
  using solo_type = detail::solo<bench_type, handler_type>;

  static no_observer default_observer() { return {}; }

  /// One incarnation.
  struct incarnation {
    explicit incarnation(worker& w)
        : state{w.options_.incarnation(), kinds_of(w.handler())},
          bench{w.store_, state, w.options_, w.observer(), w.retry_} {}
    worker_state state;
    bench_type bench;
  };
  struct lone_incarnation : incarnation {
    explicit lone_incarnation(worker& w)
        : incarnation{w}, solo{this->bench, w.handler(), w.bell_} {}
    solo_type solo;
  };

  template <class Finished>
  worker_totals start(const std::stop_token& stopped, Finished finished) {
    if (options_.threads == 0) {
      lone_incarnation& me = by_itself();
      me.solo.run(stopped, finished);
      abandon(me);
      const worker_totals totals = me.state.totals();
      alone_.reset();
      return totals;
    }
    incarnation me{*this};
    crew_type crew{me.bench, handler()};
    know(&crew);
    crew.run(stopped, finished);
    know(nullptr);
    abandon(me);
    return me.state.totals();
  }

  /// Tells what a stop left unsettled.
  void abandon(incarnation& me) {
    me.state.take_up();
    for (const owed_settle& o : me.state.take_owed(me.state.owed())) {
      tell(observer(), [&] { return event::abandoned{o.job->claimed, o.command}; });
    }
  }
  void know(crew_type* crew) {
    const std::lock_guard lock{mutex_};
    crew_ = crew;
  }
  lone_incarnation& by_itself() {
    if (!alone_) alone_ = std::make_unique<lone_incarnation>(*this);
    return *alone_;
  }

  handler_type& handler() noexcept { return handler_; }
  observer_type& observer() noexcept { return observer_; }

  Store& store_;
  Handler handler_;
  [[no_unique_address]] Observer observer_;
  [[no_unique_address]] Retry retry_;
  worker_options options_;
  detail::doorbell bell_{};
  std::mutex mutex_{};
  crew_type* crew_{};
  std::unique_ptr<lone_incarnation> alone_{};
};

template <class Store, class Handler>
worker(Store&, Handler&&) -> worker<Store, Handler>;
template <class Store, class Handler>
worker(Store&, Handler&&, worker_options) -> worker<Store, Handler>;
template <class Store, class Handler, class Observer>
worker(Store&, Handler&&, worker_options, Observer&&) -> worker<Store, Handler, Observer>;
template <class Store, class Handler, class Observer, class Retry>
worker(Store&, Handler&&, worker_options, Observer&&, Retry)
    -> worker<Store, Handler, Observer, Retry>;

}  // namespace tollgate
