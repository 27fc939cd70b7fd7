// SPDX-License-Identifier: BSL-1.0
#pragma once
// How a handler learns that it should stop, and why.

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <string_view>

namespace tollgate {

/// Why a handler should stop; a later reason in this list replaces an earlier one.
enum class stop_reason : std::uint8_t {
  none,
  shutting_down,     // the worker ends: answer what there is, or hand back
  cancel_requested,  // somebody cancelled the job: answer `cancelled` with what it cost
  lease_lost,        // the job is no longer this worker's; a result may still be taken, or kept
};

[[nodiscard]] constexpr std::string_view to_string(stop_reason reason) noexcept {
  constexpr std::string_view names[]{"none", "shutting_down", "cancel_requested", "lease_lost"};
  static_assert(std::size(names) == static_cast<std::size_t>(stop_reason::lease_lost) + 1);
  return names[static_cast<std::size_t>(reason)];
}

/// A stop token with its reason. Thread-safe.
class stop_signal {
 public:
  /// Callbacks a handler registered on the token run here, on the thread of the worker's heartbeat:
  /// they should be short and must not throw.
  void fire(stop_reason reason) noexcept {
    auto before = reason_.load();
    while (before < reason && !reason_.compare_exchange_weak(before, reason)) {
    }
    source_.request_stop();
  }
  [[nodiscard]] stop_reason reason() const noexcept { return reason_.load(); }
  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  std::atomic<stop_reason> reason_{stop_reason::none};
  std::stop_source source_{};
};

}  // namespace tollgate
