// SPDX-License-Identifier: BSL-1.0
#pragma once
// The log of what became of each claim of a job.

#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

enum class attempt_outcome : std::uint8_t {
  succeeded,
  retried,  // failed, will run again
  failed,   // failed for good
  cancelled,
  lost,         // its lease ran out
  handed_back,  // returned unfinished by a worker that stops, or snoozed; not counted
  late,         // a result that came after the job was given to somebody else: kept, not used
};

[[nodiscard]] constexpr std::string_view to_string(attempt_outcome outcome) noexcept {
  constexpr std::string_view names[]{"succeeded", "retried",     "failed", "cancelled",
                                     "lost",      "handed_back", "late"};
  static_assert(std::size(names) == static_cast<std::size_t>(attempt_outcome::late) + 1);
  return names[static_cast<std::size_t>(outcome)];
}

/// One line of the log. At most one per job, epoch and outcome: a repeat is dropped.
struct attempt {
  job_id job{};
  account_id account{};
  std::uint64_t epoch{};
  std::uint32_t number{};
  attempt_outcome outcome{};
  worker_id worker{};
  timestamp at{};
  bool retryable{};
  std::string error_code{};
  std::string error_message{};
  std::string provider_job_id{};
  std::string result{};  // of a late result: what nobody may lose

  friend bool operator==(const attempt&, const attempt&) = default;
};

}  // namespace tollgate
