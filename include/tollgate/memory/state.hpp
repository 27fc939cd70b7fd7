// SPDX-License-Identifier: BSL-1.0
#pragma once
// The whole of a store in memory: its shards, its kinds and its clock.

#include <tollgate/core/clock.hpp>
#include <tollgate/memory/kind_board.hpp>
#include <tollgate/memory/shard.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace tollgate::memory::detail {

struct store_state {
  explicit store_state(clock_source source, const queue_limits& limits)
      : clock(source), defaults(limits) {
    for (std::size_t s = 0; s < shards.size(); ++s) shards[s].number = s;
    if (defaults.weight == 0) defaults.weight = 1;
  }

  clock_source clock;
  queue_limits defaults;
  kind_registry kinds{};
  std::array<shard, shard_count> shards{};
  std::atomic<std::int64_t> latest{0};  // the last instant handed out
  std::atomic<std::size_t> turn{0};     // spreads what looks at all shards, or at several kinds

  [[nodiscard]] shard& shard_of(account_id id) noexcept {
    static_assert(shard_count == 64);
    return shards[std::hash<account_id>{}(id)&63U];  // indexes use the upper half of the hash
  }

  /// Reads the clock; never goes back behind what it told before.
  [[nodiscard]] timestamp now() noexcept {
    const std::int64_t read = clock.now().microseconds;
    auto told = latest.load(std::memory_order_relaxed);
    while (told < read) {
      if (latest.compare_exchange_weak(told, read, std::memory_order_relaxed)) return {read};
    }
    return {told};
  }
  /// The last instant told, without reading the clock.
  [[nodiscard]] timestamp told() const noexcept { return {latest.load(std::memory_order_relaxed)}; }
};

}  // namespace tollgate::memory::detail
