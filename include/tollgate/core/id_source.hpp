// SPDX-License-Identifier: BSL-1.0
#pragma once
// Fresh identities from many threads at once, in the order in which they were made.

#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <atomic>
#include <cstdint>

namespace tollgate {

/// What tells one id source from all others: 128 bits, from the OS (`os_seed.hpp`) or a test.
struct id_seed {
  std::uint64_t a{};
  std::uint64_t b{};
};

/// Makes UUIDv7 whose first 60 bits, milliseconds and a counter, only ever grow (RFC 9562, 6.2,
/// method 1). More than 4,096 ids in a millisecond borrow from the next, and a clock that steps
/// back is not followed. The other 62 bits come from the seed. Identities, not secrets: whoever
/// knows the seed can foretell them. Thread-safe and lock-free.
class id_source {
 public:
  explicit id_source(id_seed seed) noexcept
      : seed_{detail::mix(seed.a), detail::mix(seed.b ^ 0x746f6c6c67617465U)} {}
  id_source(const id_source&) = delete;  // a copy would repeat the ids of the original
  id_source& operator=(const id_source&) = delete;

  /// An id later than every one before. Precondition: `now` is 1970 or later.
  [[nodiscard]] uuid next(timestamp now) noexcept {
    constexpr unsigned counter_bits = 12;
    const auto millis = static_cast<std::uint64_t>(now.microseconds / 1'000) & 0xffff'ffff'ffffU;
    const std::uint64_t earliest = millis << counter_bits;
    auto last = last_.load(std::memory_order_relaxed);
    std::uint64_t step = 0;
    do {
      step = last < earliest ? earliest : last + 1;
    } while (!last_.compare_exchange_weak(last, step, std::memory_order_relaxed));
    const auto random = detail::mix(seed_.a ^ detail::mix(seed_.b ^ step));
    return detail::version_7({static_cast<std::int64_t>(step >> counter_bits) * 1'000}, step,
                             random);
  }

  /// An id of a given type: `ids.make<account_id>(now)`.
  template <class Id>
  [[nodiscard]] Id make(timestamp now) noexcept {
    return {next(now)};
  }

 private:
  id_seed seed_;
  std::atomic<std::uint64_t> last_{0};  // milliseconds, then the counter
};

}  // namespace tollgate
