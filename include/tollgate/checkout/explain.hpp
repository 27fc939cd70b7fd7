// SPDX-License-Identifier: BSL-1.0
#pragma once
// Why a job is not running: the one reason that stands in its way now, and until when.

#include <tollgate/core/timestamp.hpp>
#include <tollgate/core/timestamp_text.hpp>
#include <tollgate/jobs/job.hpp>
#include <tollgate/storage/requests.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

/// Where a job stands, in the order in which it is judged: the first that holds is the answer.
enum class standing : std::uint8_t {
  ended,                 // it has its outcome
  running,               // a worker has it; until: its lease
  lease_lost,            // its worker went silent; the next worker to look gives it back or ends it
  overdue,               // its deadline or its time to start has passed; the next worker ends it
  cancelling,            // somebody asked to cancel it; the next worker to look ends it
  kind_paused,           // no job of its kind is started or polled
  waiting_for_provider,  // the provider has it; until: the next poll
  poll_due,              // the provider has it, and a worker may ask how far it is
  scheduled,             // not before an instant; until: that instant
  backing_off,           // its last attempt failed; until: the next one
  at_cap,                // as many jobs of the account are in flight as it may have
  in_line,               // a worker takes it in its turn
};

namespace detail {
inline constexpr std::array<std::string_view, 12> standing_names{"ended",
                                                                 "running",
                                                                 "lease_lost",
                                                                 "overdue",
                                                                 "cancelling",
                                                                 "kind_paused",
                                                                 "waiting_for_provider",
                                                                 "poll_due",
                                                                 "scheduled",
                                                                 "backing_off",
                                                                 "at_cap",
                                                                 "in_line"};
static_assert(standing_names.size() == static_cast<std::size_t>(standing::in_line) + 1);
}  // namespace detail

[[nodiscard]] constexpr std::string_view to_string(standing s) noexcept {
  return detail::standing_names[static_cast<std::size_t>(s)];
}

/// The answer to "why is it not running?".
struct explanation {
  standing why{};
  timestamp until{};   // where there is an instant at which it changes; zero: none is known
  std::string text{};  // one line for people

  friend bool operator==(const explanation&, const explanation&) = default;
};

namespace detail {

[[nodiscard]] inline explanation because(standing why, std::string text, timestamp until = {}) {
  return {.why = why, .until = until, .text = std::move(text)};
}
[[nodiscard]] inline std::string with_error(std::string text, const job_status& status) {
  if (status.error_code.empty() && status.error_message.empty()) return text;
  return text + ": " + status.error_code +
         (status.error_message.empty() ? "" : " (" + status.error_message + ")");
}

}  // namespace detail

/// Explains a job by its record and its queue, both read at about `now`. Pure.
[[nodiscard]] inline explanation explain(const job_record& job, const queue_state& queue,
                                         timestamp now) {
  using detail::because;
  const job_status& s = job.status;
  if (s.is_final()) {
    return because(standing::ended, detail::with_error("ended as " + s.state, s), s.completed_at);
  }
  if (s.phase == job_phase::leased) {
    if (s.lease_until > now) {
      return because(
          standing::running,
          s.state + ", a worker has it" + (s.cancel_requested ? " and is asked to cancel" : ""),
          s.lease_until);
    }
    return because(standing::lease_lost, "its worker went silent; the next worker takes care of it",
                   s.lease_until);
  }
  const bool late = s.start_by <= now || job.body->deadline <= now;
  if (late) return because(standing::overdue, "its time has passed; the next worker ends it");
  if (s.cancel_requested) {
    return because(standing::cancelling, "asked to cancel; the next worker ends it");
  }
  if (queue.kind_paused) {
    return because(standing::kind_paused, "jobs of kind " + job.body->kind + " are paused");
  }
  if (s.phase == job_phase::waiting) {
    if (s.ready_at <= now) {
      return because(standing::poll_due, s.state + " at the provider; a worker polls it next");
    }
    return because(standing::waiting_for_provider,
                   s.state + " at the provider; polled at " + to_string(s.ready_at), s.ready_at);
  }
  if (s.ready_at > now) {
    const bool failed = s.attempts > 0 && !s.error_code.empty();
    if (!failed) {
      return because(standing::scheduled, "not before " + to_string(s.ready_at), s.ready_at);
    }
    return because(standing::backing_off,
                   detail::with_error("attempt " + std::to_string(s.attempts) + " of " +
                                          std::to_string(job.body->max_attempts) +
                                          " failed, again at " + to_string(s.ready_at),
                                      s),
                   s.ready_at);
  }
  if (queue.max_in_flight != 0 && queue.in_flight >= queue.max_in_flight) {
    return because(standing::at_cap, std::to_string(queue.in_flight) + " of at most " +
                                         std::to_string(queue.max_in_flight) +
                                         " jobs of the account are in flight");
  }
  return because(standing::in_line, "ready; a worker takes it in its turn");
}

}  // namespace tollgate
