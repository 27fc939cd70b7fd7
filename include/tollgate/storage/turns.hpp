// SPDX-License-Identifier: BSL-1.0
#pragma once
// Many threads of a process that want one account take turns, instead of racing each other through
// a database, where all but one lose.

#include <tollgate/core/id.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace tollgate {

/// Turns by account. Nothing depends on them: a store's conditions decide what is written, also
/// between processes; turns only save tries that would be lost. Thread-safe. A thread holds one
/// turn at most, and no other lock of the process while it waits for it.
class turns {
  struct seat {
    std::mutex mutex{};
    std::condition_variable moved_on{};
    std::uint64_t drawn{};   // turns asked for
    std::uint64_t served{};  // turns that are over
    std::atomic<unsigned> wanted{};
  };

 public:
  /// Empty until taken; ends with its scope.
  class turn {
   public:
    turn() = default;
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() {
      if (at_ == nullptr) return;
      {
        const std::lock_guard lock{at_->mutex};
        ++at_->served;
      }
      at_->moved_on.notify_all();
      at_->wanted.fetch_sub(1, std::memory_order_relaxed);
    }
    /// Waits for the turn of an account, behind all who asked before; at once if this is taken.
    void take(turns& all, account_id account) {
      if (at_ != nullptr) return;
      seat& s = all.seat_of(account);
      s.wanted.fetch_add(1, std::memory_order_relaxed);
      std::unique_lock lock{s.mutex};
      const std::uint64_t own = s.drawn++;
      s.moved_on.wait(lock, [&] { return s.served == own; });
      at_ = &s;
    }

   private:
    seat* at_{};
  };

  /// Whether somebody has or waits for the turn: who comes now would only lose a race.
  [[nodiscard]] bool wanted(account_id account) const noexcept {
    return seats_[place_of(account)].wanted.load(std::memory_order_relaxed) > 0;
  }

 private:
  static constexpr std::size_t count = 64;

  [[nodiscard]] static std::size_t place_of(account_id account) noexcept {
    return std::hash<account_id>{}(account) % count;
  }
  [[nodiscard]] seat& seat_of(account_id account) noexcept { return seats_[place_of(account)]; }

  std::array<seat, count> seats_{};
};

}  // namespace tollgate
