// SPDX-License-Identifier: BSL-1.0
#pragma once
// How long a loop rests when there was nothing to do.

#include <tollgate/core/timestamp.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

namespace tollgate::detail {

[[nodiscard]] inline std::chrono::microseconds to_chrono(duration d) noexcept {
  return std::chrono::microseconds{std::max(d, duration{}).microseconds};
}

/// Doubles from `first` to `limit`, and starts again when something happened.
class pace {
 public:
  pace(duration first, duration limit) noexcept
      : first_{std::max(first, duration{1})}, limit_{std::max(limit, first_)}, next_{first_} {}

  void reset() noexcept { next_ = first_; }
  [[nodiscard]] duration rest() noexcept {
    const duration now = next_;
    next_ = std::min(now * 2, limit_);
    return now;
  }

 private:
  duration first_;
  duration limit_;
  duration next_;
};

}  // namespace tollgate::detail
