// SPDX-License-Identifier: BSL-1.0
#pragma once
// A seed from the operating system. Nothing below storage includes this: it asks the outside.

#include <tollgate/core/id_source.hpp>

#include <cstdint>
#include <ctime>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif

namespace tollgate {

/// 128 bits no other process has. Where the system refuses, time, process and address stand in.
[[nodiscard]] inline id_seed os_seed() noexcept {
  id_seed seed{};
#if __has_include(<sys/random.h>)
  if (getentropy(&seed, sizeof seed) == 0) return seed;
#endif
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  seed.a =
      detail::mix(static_cast<std::uint64_t>(now.tv_sec)) ^ static_cast<std::uint64_t>(now.tv_nsec);
  seed.b = detail::mix(reinterpret_cast<std::uintptr_t>(&seed));
#if __has_include(<unistd.h>)
  seed.b ^= static_cast<std::uint64_t>(getpid());
#endif
  return seed;
}

}  // namespace tollgate
