// SPDX-License-Identifier: BSL-1.0
#pragma once
// The machine's clock. Nothing below storage includes this: there time is an argument.

#include <tollgate/core/clock.hpp>

#include <ctime>

namespace tollgate {

/// The machine's UTC clock in microseconds. It may step back; stores guard against that.
[[nodiscard]] inline clock_source system_clock_source() noexcept {
  return {[](void*) noexcept {
            std::timespec now{};
            std::timespec_get(&now, TIME_UTC);
            return timestamp{static_cast<std::int64_t>(now.tv_sec) * 1'000'000 +
                             static_cast<std::int64_t>(now.tv_nsec) / 1'000};
          },
          nullptr};
}

}  // namespace tollgate
