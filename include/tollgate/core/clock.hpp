// SPDX-License-Identifier: BSL-1.0
#pragma once
// Time as an injected value: what a store reads instead of a clock of its own.

#include <tollgate/core/timestamp.hpp>

#include <atomic>
#include <cstdint>

namespace tollgate {

/// Something that tells the time. A reference: whoever made it keeps `context` alive.
/// `read` may be called from many threads at once.
struct clock_source {
  timestamp (*read)(void* context) noexcept {};
  void* context{};

  /// The time now. Precondition: `read` is set.
  [[nodiscard]] timestamp now() const noexcept { return read(context); }
};

/// A clock that stands still until told otherwise, for tests and simulations. Thread-safe.
/// It may be set back: what a store does then is part of its contract.
class manual_clock {
 public:
  /// 2026-01-01T00:00:00Z, unless said otherwise: zero means "not yet" and is no time to start at.
  static constexpr timestamp default_start{1'767'225'600'000'000};

  explicit manual_clock(timestamp start = default_start) noexcept : now_(start.microseconds) {}
  manual_clock(const manual_clock&) = delete;  // sources point to it
  manual_clock& operator=(const manual_clock&) = delete;

  [[nodiscard]] timestamp now() const noexcept { return {now_.load()}; }
  void set(timestamp t) noexcept { now_.store(t.microseconds); }
  /// Moves by a duration, also backwards, and ends at `never` instead of wrapping.
  timestamp advance(duration by) noexcept {
    auto before = now_.load();
    timestamp after{};
    do {
      after = timestamp{before} + by;
    } while (!now_.compare_exchange_weak(before, after.microseconds));
    return after;
  }

  /// Reads this clock, which must outlive the source.
  [[nodiscard]] clock_source source() noexcept {
    return {[](void* self) noexcept { return static_cast<manual_clock*>(self)->now(); }, this};
  }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace tollgate
