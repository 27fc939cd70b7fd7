// SPDX-License-Identifier: BSL-1.0
#pragma once
// The states a render goes through, as a table and as an enumeration.

#include <tollgate/jobs/machine.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::video {

/// queued -> processing -> generating -> uploading -> completed | failed | cancelled; a retry goes
/// from any active state back to queued, and a stage may be skipped by the outcome.
struct render_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
          {"processing", job_role::active},
          {"generating", job_role::active},
          {"uploading", job_role::active},
          {"completed", job_role::succeeded},
          {"failed", job_role::failed},
          {"cancelled", job_role::cancelled},
      },
      {
          {"queued", "processing"},
          {"processing", "generating"},
          {"generating", "uploading"},
          {"uploading", "completed"},
          {any_active, "queued"},
          {any_live, "failed"},
          {any_live, "cancelled"},
      });
};

/// Where a render stands. The order is that of the table.
enum class render_status : std::uint8_t {
  queued,
  processing,
  generating,
  uploading,
  completed,
  failed,
  cancelled,
};

/// The word in JSON, databases and the machine.
[[nodiscard]] constexpr std::string_view to_string(render_status status) noexcept {
  return machine_of<render_machine>().name(static_cast<std::size_t>(status));
}
[[nodiscard]] constexpr std::optional<render_status> parse_render_status(
    std::string_view name) noexcept {
  const auto index = machine_of<render_machine>().index_of(name);
  if (!index) return std::nullopt;
  return static_cast<render_status>(*index);
}
static_assert(to_string(render_status::queued) == "queued");
static_assert(to_string(render_status::completed) == "completed");
static_assert(to_string(render_status::cancelled) == "cancelled");
static_assert(render_machine::table.size() == 7);

}  // namespace tollgate::video
