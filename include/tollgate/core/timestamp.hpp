// SPDX-License-Identifier: BSL-1.0
#pragma once
// Instants and durations in whole microseconds, without the cost of <chrono>.

#include <compare>
#include <cstdint>
#include <limits>

namespace tollgate {

/// A span of time in microseconds; may be negative.
struct duration {
  std::int64_t microseconds{};

  friend constexpr auto operator<=>(const duration&, const duration&) = default;
  friend constexpr duration operator+(duration a, duration b) noexcept {
    return {a.microseconds + b.microseconds};
  }
  friend constexpr duration operator-(duration a, duration b) noexcept {
    return {a.microseconds - b.microseconds};
  }
  friend constexpr duration operator*(duration a, std::int64_t n) noexcept {
    return {a.microseconds * n};
  }
};

[[nodiscard]] constexpr duration milliseconds(std::int64_t n) noexcept { return {n * 1'000}; }
[[nodiscard]] constexpr duration seconds(std::int64_t n) noexcept { return {n * 1'000'000}; }
[[nodiscard]] constexpr duration minutes(std::int64_t n) noexcept { return seconds(n * 60); }
[[nodiscard]] constexpr duration hours(std::int64_t n) noexcept { return seconds(n * 3'600); }
[[nodiscard]] constexpr duration days(std::int64_t n) noexcept { return hours(n * 24); }

/// An instant: microseconds since 1970-01-01T00:00:00Z, without leap seconds. Zero is "not yet".
struct timestamp {
  std::int64_t microseconds{};

  friend constexpr auto operator<=>(const timestamp&, const timestamp&) = default;

  /// Moves by a duration; ends at `never` and at the earliest instant instead of wrapping.
  friend constexpr timestamp operator+(timestamp t, duration d) noexcept {
    constexpr auto top = std::numeric_limits<std::int64_t>::max();
    constexpr auto bottom = std::numeric_limits<std::int64_t>::min();
    if (t.microseconds == top) return t;
    if (d.microseconds > 0 && t.microseconds > top - d.microseconds) return {top};
    if (d.microseconds < 0 && t.microseconds < bottom - d.microseconds) return {bottom};
    return {t.microseconds + d.microseconds};
  }
  friend constexpr duration operator-(timestamp a, timestamp b) noexcept {
    return {a.microseconds - b.microseconds};
  }
};

/// The instant that never comes: "does not expire".
inline constexpr timestamp never{std::numeric_limits<std::int64_t>::max()};

[[nodiscard]] constexpr timestamp later_of(timestamp a, timestamp b) noexcept {
  return a < b ? b : a;
}

}  // namespace tollgate
