// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a state of a job means to the queue and to the ledger, whatever a machine calls it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate {

/// The part a state plays. Its hold is open while it is live and settled once it is final.
enum class job_role : std::uint8_t {
  ready,      // waits for a worker, now or later
  active,     // a worker has it
  succeeded,  // final: captured
  failed,     // final: released
  cancelled,  // final: released, or partly captured
};

/// The name of a state is at most this long, whatever machine it is of.
inline constexpr std::size_t max_state_name = 15;

namespace detail {
inline constexpr std::array<std::string_view, 5> job_role_names{"ready", "active", "succeeded",
                                                                "failed", "cancelled"};
static_assert(job_role_names.size() == static_cast<std::size_t>(job_role::cancelled) + 1);
}  // namespace detail

/// The name as it is written in JSON and databases.
[[nodiscard]] constexpr std::string_view to_string(job_role role) noexcept {
  return detail::job_role_names[static_cast<std::size_t>(role)];
}

/// Reads a name that `to_string` writes; anything else is nothing.
[[nodiscard]] constexpr std::optional<job_role> parse_job_role(std::string_view name) noexcept {
  for (std::size_t i = 0; i < detail::job_role_names.size(); ++i) {
    if (detail::job_role_names[i] == name) return static_cast<job_role>(i);
  }
  return std::nullopt;
}

/// Whether a job in this role has ended.
[[nodiscard]] constexpr bool is_final(job_role role) noexcept { return role > job_role::active; }
/// Whether a job in this role still holds credits and occupies its item.
[[nodiscard]] constexpr bool is_live(job_role role) noexcept { return !is_final(role); }

}  // namespace tollgate
