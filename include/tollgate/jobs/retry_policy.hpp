// SPDX-License-Identifier: BSL-1.0
#pragma once
// When a job that failed runs again: exponential backoff with a cap and injected jitter.

#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <concepts>
#include <cstdint>

namespace tollgate {

/// A fraction of a whole in thousandths, 0 to 1000: chance enters as a number, never from inside.
struct permille {
  std::uint32_t value{};

  friend constexpr auto operator<=>(const permille&, const permille&) = default;
};

/// Says how often a job may start, and how long it rests after its n-th attempt failed (n from 1).
/// Pure: the same attempt and jitter rest equally long, never negatively long.
template <class Policy>
concept retry_policy = requires(const Policy& p, std::uint32_t attempt, permille jitter) {
  { p.max_attempts } -> std::convertible_to<std::uint32_t>;
  { p.delay(attempt, jitter) } -> std::same_as<duration>;
};

/// A fault of an attempt, of whatever type, that knows whether another attempt can help.
template <class Fault>
concept attempt_fault = requires(const Fault& fault) {
  { fault.retryable } -> std::convertible_to<bool>;
};

/// A retry policy that may look at the fault itself: it has `bool retries(fault)`.
template <class Policy, class Fault>
concept judges_fault = requires(const Policy& p, const Fault& fault) {
  { p.retries(fault) } -> std::same_as<bool>;
};

/// A policy that can decide about faults of a type: by its own judgement, or by the fault's word.
template <class Policy, class Fault>
concept retry_policy_for =
    retry_policy<Policy> && (judges_fault<Policy, Fault> || attempt_fault<Fault>);

/// Rests `first`, then `growth` times as long after each further attempt, never above `cap`. The
/// jitter shortens a rest by up to `spread`, so that jobs that failed together return apart.
struct exponential_backoff {
  std::uint32_t max_attempts{4};  // one try and three retries
  duration first{seconds(2)};
  duration cap{minutes(5)};
  permille growth{2'000};  // at least 1000: a rest never shrinks
  permille spread{500};    // at most 1000

  /// Between (1 - spread) of the rest at jitter 1000 and all of it at jitter 0.
  [[nodiscard]] constexpr duration delay(std::uint32_t attempt, permille jitter) const noexcept {
    const std::int64_t limit = cap.microseconds > 0 ? cap.microseconds : 0;
    std::int64_t rest = first.microseconds > 0 ? first.microseconds : 0;
    if (rest > limit) rest = limit;
    const std::int64_t factor = growth.value > whole ? growth.value : whole;
    for (std::uint32_t n = 1; n < attempt && rest < limit && factor > whole; ++n) {
      // A rest of less than a microsecond's growth would stand still; so it grows by at least one.
      const std::int64_t grown = scaled(rest, factor, limit);
      rest = grown > rest ? grown : rest + 1;
    }
    const std::int64_t part = at_most_whole(spread) * at_most_whole(jitter);  // of whole * whole
    return {rest - (rest / (whole * whole) * part + rest % (whole * whole) * part / whole / whole)};
  }

 private:
  static constexpr std::int64_t whole = 1'000;

  [[nodiscard]] static constexpr std::int64_t at_most_whole(permille p) noexcept {
    return p.value < whole ? p.value : whole;
  }
  // value * factor / 1000, or the limit where that is less; nothing overflows on the way.
  [[nodiscard]] static constexpr std::int64_t scaled(std::int64_t value, std::int64_t factor,
                                                     std::int64_t limit) noexcept {
    if (value / whole > limit / factor) return limit;
    const std::int64_t product = value / whole * factor + value % whole * factor / whole;
    return product < limit ? product : limit;
  }
};

/// Whether and when a job runs again.
struct retry_decision {
  bool again{};
  duration after{};  // zero where it does not

  friend constexpr bool operator==(const retry_decision&, const retry_decision&) = default;
};

/// What becomes of a job whose n-th attempt failed (n from 1). A fault that no attempt can mend is
/// final at once; so is the last attempt, whatever failed it.
template <class Fault, retry_policy_for<Fault> Policy>
[[nodiscard]] constexpr retry_decision after_failure(const Policy& policy, const Fault& fault,
                                                     std::uint32_t attempt, permille jitter) {
  bool helps = false;
  if constexpr (judges_fault<Policy, Fault>) {
    helps = policy.retries(fault);
  } else {
    helps = static_cast<bool>(fault.retryable);
  }
  if (!helps || attempt >= static_cast<std::uint32_t>(policy.max_attempts)) return {};
  return {true, policy.delay(attempt, jitter)};
}

/// The jitter of a job's attempt: spread evenly over jobs and attempts, and the same whenever the
/// decision is taken again.
[[nodiscard]] constexpr permille jitter_of(job_id job, std::uint32_t attempt) noexcept {
  const auto mixed =
      detail::mix(job.value.high ^ detail::mix(job.value.low ^ detail::mix(attempt)));
  return {static_cast<std::uint32_t>(mixed % 1'001)};
}

}  // namespace tollgate
