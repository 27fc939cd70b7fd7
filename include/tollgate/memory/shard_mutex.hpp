// SPDX-License-Identifier: BSL-1.0
#pragma once
// A mutex for sections shorter than putting a thread to sleep and waking it again.

#include <atomic>
#include <mutex>

namespace tollgate::memory::detail {

/// Tries for about a microsecond before it blocks. Models Lockable; not recursive, not fair.
class shard_mutex {
 public:
  void lock() {
    for (unsigned wait = 1; wait <= 256; wait *= 2) {
      if (mutex_.try_lock()) return;
      for (unsigned n = 0; n < wait; ++n) std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    mutex_.lock();
  }
  [[nodiscard]] bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_{};
};

}  // namespace tollgate::memory::detail
