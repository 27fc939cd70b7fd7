// SPDX-License-Identifier: BSL-1.0
#pragma once
// What is global about a kind of job: whether it is paused, how far its fair clock has come, and
// a hint for every shard, so that a claim locks only the shard that has what it needs.

#include <tollgate/core/timestamp.hpp>
#include <tollgate/memory/growing_list.hpp>
#include <tollgate/memory/line_heap.hpp>
#include <tollgate/memory/run_queue.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::memory::detail {

struct account_shelf;

inline constexpr std::size_t shard_count = 64;

/// A job and an instant that concerns it. Stale when the job's stamp or timer is another.
struct timed_job {
  timestamp at{};
  account_shelf* owner{};
  place job{};
  std::uint32_t stamp{};
  friend bool operator<(const timed_job& a, const timed_job& b) noexcept { return a.at < b.at; }
};

/// The jobs of one kind in one shard, guarded by the shard's mutex.
struct lane {
  line_heap starts{};                // accounts that may start a job, least served first
  run_queue<timed_job> polls{};      // jobs waiting at their provider, by when to ask
  run_queue<timed_job> scheduled{};  // ready, but not yet
};

/// Thread-safe but for `lanes`. Hints are published under the lock of their shard and read without
/// it: one that is too old costs a look, or an empty claim that the next one makes good.
class kind_board {
 public:
  explicit kind_board(std::string_view kind) : name(kind) {}

  static constexpr std::uint64_t nobody = std::numeric_limits<std::uint64_t>::max();
  struct head {
    std::size_t shard{shard_count};
    std::uint64_t served{nobody};
    std::uint64_t runner_up{nobody};  // of the other shards
  };

  const std::string name;
  std::atomic<bool> paused{false};
  kind_board* next{};  // in its bucket of the registry
  std::array<lane, shard_count> lanes{};

  /// How much the account served last had been served: who joins starts from here.
  [[nodiscard]] std::uint64_t clock() const noexcept {
    return clock_.load(std::memory_order_relaxed);
  }
  void advance_clock(std::uint64_t to) noexcept {
    auto known = clock_.load(std::memory_order_relaxed);
    while (known < to && !clock_.compare_exchange_weak(known, to, std::memory_order_relaxed)) {
    }
  }

  /// The shard of the account served least; among equals the next one from `first` on, so that
  /// workers who look from different sides rarely meet.
  [[nodiscard]] head least_served(std::size_t first) const noexcept {
    head best{};
    for (std::size_t n = 0; n < shard_count; ++n) {
      const std::size_t s = (first + n) % shard_count;
      const auto served = starts_[s].load(std::memory_order_relaxed);
      if (served < best.served) {
        best = {s, served, best.served};
      } else if (served < best.runner_up) {
        best.runner_up = served;
      }
    }
    return best;
  }
  [[nodiscard]] timestamp poll_hint(std::size_t shard) const noexcept {
    return {polls_[shard].load(std::memory_order_relaxed)};
  }
  [[nodiscard]] timestamp schedule_hint(std::size_t shard) const noexcept {
    return {scheduled_[shard].load(std::memory_order_relaxed)};
  }

  /// False: no poll or scheduled start of the kind can be due in any shard.
  [[nodiscard]] bool may_have_due(timestamp now) const noexcept {
    return soonest_.load(std::memory_order_relaxed) <= now.microseconds;
  }
  /// To be called after shards with due hints were looked at: finds the next instant again.
  /// A hint published meanwhile lowers it once more, before or after; none is lost.
  void find_soonest() noexcept {
    soonest_.exchange(never.microseconds);
    std::int64_t least = never.microseconds;
    for (std::size_t s = 0; s < shard_count; ++s) {
      least = std::min({least, polls_[s].load(), scheduled_[s].load()});
    }
    lower_soonest(least);
  }

  /// Tells what stands first in the lane of a shard. Precondition: its mutex is held.
  void publish(std::size_t shard) noexcept {
    const lane& l = lanes[shard];
    const auto served = l.starts.empty() ? nobody : l.starts.least();
    if (starts_[shard].load(std::memory_order_relaxed) != served) {
      starts_[shard].store(served, std::memory_order_relaxed);
    }
    publish_time(polls_[shard], l.polls);
    publish_time(scheduled_[shard], l.scheduled);
  }

 private:
  void publish_time(std::atomic<std::int64_t>& hint, const run_queue<timed_job>& queue) noexcept {
    const auto at = (queue.empty() ? never : queue.front().at).microseconds;
    if (hint.load(std::memory_order_relaxed) == at) return;
    hint.store(at);  // in one order with find_soonest
    lower_soonest(at);
  }
  void lower_soonest(std::int64_t to) noexcept {
    auto known = soonest_.load();
    while (to < known && !soonest_.compare_exchange_weak(known, to)) {
    }
  }

  template <class T>
  [[nodiscard]] static std::array<std::atomic<T>, shard_count> filled(T value) {
    return fill<T>(value, std::make_index_sequence<shard_count>{});
  }
  template <class T, std::size_t... I>
  [[nodiscard]] static std::array<std::atomic<T>, shard_count> fill(T value,
                                                                    std::index_sequence<I...>) {
    return {((void)I, value)...};
  }

  std::atomic<std::uint64_t> clock_{0};
  std::atomic<std::int64_t> soonest_{never.microseconds};
  std::array<std::atomic<std::uint64_t>, shard_count> starts_{filled(nobody)};
  std::array<std::atomic<std::int64_t>, shard_count> polls_{filled(never.microseconds)};
  std::array<std::atomic<std::int64_t>, shard_count> scheduled_{filled(never.microseconds)};
};

/// Every kind ever seen. Found without a lock; a new one is made under it. Never forgets one.
class kind_registry {
 public:
  kind_registry() = default;
  kind_registry(const kind_registry&) = delete;
  kind_registry& operator=(const kind_registry&) = delete;
  ~kind_registry() {
    for (auto& first : buckets_) {
      for (kind_board* b = first.load(std::memory_order_relaxed); b != nullptr;) {
        delete std::exchange(b, b->next);
      }
    }
  }

  [[nodiscard]] kind_board* find(std::string_view kind) const noexcept {
    kind_board* b = bucket_of(kind).load(std::memory_order_acquire);
    while (b != nullptr && b->name != kind) b = b->next;
    return b;
  }
  [[nodiscard]] kind_board& obtain(std::string_view kind) {
    if (kind_board* known = find(kind)) return *known;
    const std::lock_guard guard(making_);
    if (kind_board* known = find(kind)) return *known;
    auto made = std::make_unique<kind_board>(kind);
    made->next = bucket_of(kind).load(std::memory_order_relaxed);
    bucket_of(kind).store(made.get(), std::memory_order_release);
    return *made.release();
  }

 private:
  using bucket = std::atomic<kind_board*>;
  [[nodiscard]] const bucket& bucket_of(std::string_view kind) const noexcept {
    return buckets_[std::hash<std::string_view>{}(kind) % buckets_.size()];
  }
  [[nodiscard]] bucket& bucket_of(std::string_view kind) noexcept {
    return buckets_[std::hash<std::string_view>{}(kind) % buckets_.size()];
  }

  std::array<bucket, 64> buckets_{};
  std::mutex making_{};
};

}  // namespace tollgate::memory::detail
