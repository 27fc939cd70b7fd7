// SPDX-License-Identifier: BSL-1.0
#pragma once
// What happens in a worker, for logs, metrics and screens. What nobody listens to costs nothing.
// A settle whose answer was lost is sent again and told when it is answered; what a worker had not
// heard when it ended (`abandoned`) is told by nobody. To miss nothing, read the journal.

#include <tollgate/core/failure.hpp>
#include <tollgate/core/observer.hpp>
#include <tollgate/gate/commands.hpp>
#include <tollgate/storage/requests.hpp>
#include <tollgate/worker/outcome.hpp>
#include <tollgate/worker/stop_signal.hpp>

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace tollgate {

/// The step of a worker in which something happened.
enum class worker_step : std::uint8_t { claim, advance, beat, settle, sweep, look };

[[nodiscard]] constexpr std::string_view to_string(worker_step step) noexcept {
  constexpr std::string_view names[]{"claim", "advance", "beat", "settle", "sweep", "look"};
  static_assert(std::size(names) == static_cast<std::size_t>(worker_step::look) + 1);
  return names[static_cast<std::size_t>(step)];
}

/// The events. Their references end with the call.
namespace event {

struct claimed {
  const claimed_job& job;
};
/// A handler begins.
struct started {
  const claimed_job& job;
};
/// A handler said how far it is, or saved what is needed to resume.
struct progressed {
  const job_body& body;
  const job_status& status;
};
/// A handler answered; nothing is written yet.
struct answered {
  const claimed_job& job;
  const outcome& said;
};
/// A handler named a state the job's machine does not allow; the job keeps the state it has.
struct state_refused {
  const claimed_job& job;
  const failure& why;
};

/// A settle was written: the job ended, succeeded or cancelled.
struct settled {
  const claimed_job& job;
  const settle_receipt& receipt;
};
/// An attempt failed; the job runs again from receipt.job.ready_at on.
struct retried {
  const claimed_job& job;
  const settle_receipt& receipt;
};
/// The job failed for good; its hold was given back.
struct failed {
  const claimed_job& job;
  const settle_receipt& receipt;
};
/// The job is at the provider, and no thread has it.
struct waiting {
  const claimed_job& job;
  const settle_receipt& receipt;
};
/// The job went back to the queue unfinished; not counted.
struct handed_back {
  const claimed_job& job;
  const settle_receipt& receipt;
};

/// More was asked for than the hold covers: the whole hold is charged, the attempt's log says so.
struct charged_less {
  const claimed_job& job;
  credits asked;
  credits charged;
};
/// Somebody else has or had the job. What the handler answered moved nothing; a result is kept in
/// the log of attempts.
struct stale {
  const claimed_job& job;
  const settle_command& said;
};
/// The store's records do not allow the settle, now or later: a person has to look.
struct refused {
  const claimed_job& job;
  const settle_command& said;
  const failure& why;
};
/// The worker ended before the store took the settle. The job's lease will run out.
struct abandoned {
  const claimed_job& job;
  const settle_command& said;
};

/// A handler was told to stop.
struct stop_asked {
  const claimed_job& job;
  stop_reason reason;
};
/// A job that could not go on by itself was retried or ended.
struct swept {
  const due_job& due;
  const expire_receipt& receipt;
};
/// The store did not answer as it should; the step is tried again.
struct storage_failed {
  worker_step step;
  const failure& why;
};

}  // namespace event

/// Any type with an `on(const event::X&)` for each event it wants. Called from all threads of the
/// worker at once, between its steps: be quick, do not throw, do not call the worker but `wake`.
template <class Observer>
concept worker_observer =
    std::is_same_v<Observer, no_observer> ||
    observes_any_of<Observer, event::claimed, event::started, event::progressed, event::answered,
                    event::state_refused, event::settled, event::retried, event::failed,
                    event::waiting, event::handed_back, event::charged_less, event::stale,
                    event::refused, event::abandoned, event::stop_asked, event::swept,
                    event::storage_failed>;

}  // namespace tollgate
