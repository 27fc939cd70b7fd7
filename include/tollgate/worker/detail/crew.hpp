// SPDX-License-Identifier: BSL-1.0
#pragma once
// A worker with threads: each step on a thread of its own kind, so that none waits for another.

#include <tollgate/storage/grouping.hpp>
#include <tollgate/worker/detail/pace.hpp>
#include <tollgate/worker/steps.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::detail {

/// The thread that calls `run` claims and sweeps; one renews leases; one settles, everything that
/// came together while its last commit was under way; the others run handlers. All sleep on
/// condition variables, and none calls out while it holds the mutex.
template <bench Bench, job_handler Handler, class Store>
class crew {
 public:
  crew(Bench& at, Handler& handler)
      : at_{at},
        handler_{handler},
        advances_{at.store, {.rules = at.options.rules}},
        threads_{std::max<std::size_t>(at.options.threads, 1)},
        batch_{std::max(at.options.batch, threads_)} {}

  /// Works until a stop, or until `finished` says so after an empty claim with nothing in hand.
  template <class Finished>
  void run(const std::stop_token& stopped, Finished finished) {
    const std::stop_callback on_stop{stopped, [this] { ask_to_stop(); }};
    std::vector<std::thread> hands;
    hands.reserve(threads_ + 2);
    hands.emplace_back([this] { renew(); });
    hands.emplace_back([this] { settle(); });
    for (std::size_t i = 0; i < threads_; ++i) hands.emplace_back([this] { work(); });
    claim(finished);
    wind_up();
    for (std::thread& t : hands) t.join();
  }

  /// There may be something to claim.
  void wake() {
    const std::lock_guard lock{mutex_};
    woken_ = true;
    claiming_.notify_one();
  }

 private:
  using clock = std::chrono::steady_clock;
  using guard = std::unique_lock<std::mutex>;

  void ask_to_stop() {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    claiming_.notify_one();
  }

  // --- the calling thread ---

  template <class Finished>
  void claim(Finished finished) {
    pace polls{at_.options.poll, at_.options.poll_limit};
    auto swept = clock::time_point::min();
    for (guard lock{mutex_}; !stopping_;) {
      woken_ = false;
      const std::size_t room = room_left();
      lock.unlock();
      if (clock::now() - to_chrono(at_.options.sweep) >= swept) {
        const auto s = sweep_step(at_);
        if (s && !s->more) swept = clock::now();
      }
      const bool nothing = room != 0 && !claim_up_to(room);
      const bool over = nothing && at_.state.owed() == 0 && at_.state.held() == 0 && finished();
      lock.lock();
      if (over && !woken_) break;
      if (!nothing) polls.reset();
      if (room != 0 && !nothing) continue;
      const duration pause = nothing ? polls.rest() : at_.options.sweep;
      auto until = clock::now() + to_chrono(pause);
      if (nothing) until = std::min(until, expected_);
      if (expected_ <= clock::now()) expected_ = clock::time_point::max();
      claiming_.wait_until(lock, until,
                           [&] { return stopping_ || woken_ || (!nothing && room_left() != 0); });
    }
  }

  /// How many jobs to claim: none while enough are in hand, and none while settles pile up.
  [[nodiscard]] std::size_t room_left() const {
    const std::size_t in_hand = queue_.size() + running_;
    if (in_hand >= batch_ || at_.state.owed() >= 2 * batch_) return 0;
    const bool somebody_idle = queue_.size() + running_ < threads_;
    return somebody_idle || in_hand <= batch_ / 2 ? batch_ - in_hand : 0;
  }

  bool claim_up_to(std::size_t room) {
    auto jobs = claim_step(at_, room);
    if (!jobs || jobs->empty()) return false;
    const std::lock_guard lock{mutex_};
    for (auto& job : *jobs) queue_.push_back(std::move(job));
    jobs->size() == 1 ? working_.notify_one() : working_.notify_all();
    return true;
  }

  /// Ends everything: first what did not begin, then what runs, then what is owed.
  void wind_up() {
    const auto begun = clock::now();
    guard lock{mutex_};
    const auto unstarted = std::exchange(queue_, {});
    lock.unlock();
    for (const auto& job : unstarted) {
      stop(at_, *job, stop_reason::shutting_down);
      run_step(at_, handler_, job);  // hands it back, because of the signal
    }
    at_.state.take_up();
    lock.lock();
    settling_.notify_one();
    const auto idle = [&] { return running_ == 0; };
    if (!ending_.wait_for(lock, to_chrono(at_.options.grace), idle)) {
      lock.unlock();
      stop_step(at_);
      lock.lock();
      if (!ending_.wait_for(lock, to_chrono(at_.options.farewell), idle)) {
        lock.unlock();
        hand_back_step(at_);
        lock.lock();
        settling_.notify_one();
        ending_.wait(lock, idle);  // a thread cannot be taken away from a handler
      }
    }
    const auto last = std::max(clock::now(), begun + to_chrono(at_.options.grace)) +
                      to_chrono(at_.options.farewell);
    ending_.wait_until(lock, last, [&] { return at_.state.owed() == 0; });
    closing_ = true;
    working_.notify_all();
    settling_.notify_one();
    renewing_.notify_one();
  }

  // --- the threads ---

  void work() {
    const auto send = [this](const advance_command& c) { return advances_.submit(c); };
    for (guard lock{mutex_};;) {
      working_.wait(lock, [&] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const auto job = std::move(queue_.front());
      queue_.pop_front();
      ++running_;
      lock.unlock();
      run_step(at_, handler_, job, send, [] {});
      lock.lock();
      --running_;
      settling_.notify_one();
      claiming_.notify_one();
      ending_.notify_one();
    }
  }

  void settle() {
    pace repeats{at_.options.retry_storage, at_.options.retry_storage_limit};
    for (guard lock{mutex_};;) {
      settling_.wait(lock, [&] { return closing_ || at_.state.has_owed(); });
      if (!at_.state.has_owed()) return;
      lock.unlock();
      const settle_summary s = settle_step(at_);
      lock.lock();
      if (s.soonest) expected_ = std::min(expected_, clock::now() + to_chrono(*s.soonest));
      woken_ = true;  // slots are free, and what was put off may be ready
      claiming_.notify_one();
      ending_.notify_one();
      if (!s.fault) {
        repeats.reset();
      } else if (closing_) {
        return;  // it was asked once more: what it does not take now is abandoned
      } else {
        settling_.wait_for(lock, to_chrono(repeats.rest()), [&] { return closing_; });
      }
    }
  }

  void renew() {
    pace repeats{at_.options.retry_storage, at_.options.heartbeat};
    duration next = at_.options.heartbeat;
    for (guard lock{mutex_}; !closing_;) {
      renewing_.wait_for(lock, to_chrono(next), [&] { return closing_; });
      if (closing_) return;
      lock.unlock();
      const bool answered = beat_step(at_);
      lock.lock();
      settling_.notify_one();  // what met damaged records is owed again
      if (answered) repeats.reset();
      next = answered ? at_.options.heartbeat : repeats.rest();
    }
  }

  Bench& at_;
  Handler& handler_;
  grouping<Store, advance_command> advances_;
  const std::size_t threads_;
  const std::size_t batch_;
  std::mutex mutex_{};
  std::condition_variable claiming_{};
  std::condition_variable working_{};
  std::condition_variable settling_{};
  std::condition_variable renewing_{};
  std::condition_variable ending_{};
  std::deque<std::shared_ptr<held_job>> queue_{};  // claimed, not begun
  std::size_t running_{};
  clock::time_point expected_{clock::time_point::max()};  // the first job that was put off
  bool woken_{};
  bool stopping_{};
  bool closing_{};
};

}  // namespace tollgate::detail
