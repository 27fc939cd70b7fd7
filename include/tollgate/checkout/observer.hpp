// SPDX-License-Identifier: BSL-1.0
#pragma once
// Events of the checkout, for logs and metrics: told after the commit, on the thread that called.
// A commit whose answer was lost is told as `request_refused` with `outcome_unknown`; if it was
// written, its repeat is a replay and no event. To miss nothing, read the journal (`history`).

#include <tollgate/core/failure.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/observer.hpp>
#include <tollgate/gate/commands.hpp>
#include <tollgate/jobs/job.hpp>
#include <tollgate/ledger/command.hpp>
#include <tollgate/ledger/operation.hpp>

#include <string_view>
#include <type_traits>

namespace tollgate {

/// The events. Their references end with the call.
namespace event {

/// A ledger operation was done now; a replay is no event.
struct credits_moved {
  const command& request;
  const receipt& done;
};
/// An order was made now; a replay is no event.
struct order_made {
  const confirm_command& request;
  const order_receipt& done;
};
/// A wish to cancel was judged.
struct cancel_judged {
  const cancel_command& request;
  const cancel_receipt& done;
};
/// What is available fell below the account's threshold by this operation.
struct credit_became_low {
  account_id account;
  const receipt& by;
};
/// Something was refused, or failed.
struct request_refused {
  account_id account;
  std::string_view what;  // the word of the operation: "confirm", "grant", "cancel"
  const failure& why;
};
/// A listing left a job out, because the domain could not read it.
struct job_unreadable {
  const job_record& job;
  const failure& why;
};

}  // namespace event

/// Any type with an `on(const event::X&)` for each event it wants. Called from all threads of the
/// host that use the gate, at once: be quick, do not throw.
template <class Observer>
concept checkout_observer =
    std::is_same_v<Observer, no_observer> ||
    observes_any_of<Observer, event::credits_moved, event::order_made, event::cancel_judged,
                    event::credit_became_low, event::request_refused, event::job_unreadable>;

}  // namespace tollgate
