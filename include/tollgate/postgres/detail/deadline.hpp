// SPDX-License-Identifier: BSL-1.0
#pragma once
// How long a socket is waited for: nothing on the other side may hang a thread for ever.

#include <tollgate/core/timestamp.hpp>

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>

namespace tollgate::postgres::detail {

/// A point in this machine's own time. A duration of zero or less never ends.
class deadline {
 public:
  using clock = std::chrono::steady_clock;

  explicit deadline(duration after) noexcept
      : bounded_{after.microseconds > 0},
        end_{clock::now() + std::chrono::microseconds{after.microseconds}} {}

  [[nodiscard]] bool bounded() const noexcept { return bounded_; }
  [[nodiscard]] clock::time_point end() const noexcept { return end_; }
  [[nodiscard]] bool passed() const noexcept { return bounded_ && clock::now() >= end_; }

  /// The time left as poll takes it: milliseconds, rounded up, at most an hour; -1 for ever.
  [[nodiscard]] int poll_timeout() const noexcept {
    if (!bounded_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
  }

 private:
  bool bounded_;
  clock::time_point end_;
};

/// Waits until the socket is ready for one of the events; says which, or 0 at the deadline.
[[nodiscard]] inline short wait_for(int socket, short events, const deadline& until) noexcept {
  for (;;) {
    pollfd one{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&one, 1, until.poll_timeout());
    if (ready > 0) return one.revents;
    if (ready < 0 && errno != EINTR) return POLLERR;
    if (until.passed()) return 0;
  }
}

}  // namespace tollgate::postgres::detail
