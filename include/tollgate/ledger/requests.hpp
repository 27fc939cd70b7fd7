// SPDX-License-Identifier: BSL-1.0
#pragma once
// The requests of the ledger as callers write them: one struct each, with designated initialisers.

#include <tollgate/ledger/command.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

namespace tollgate {

/// Opens an account, once: an account that exists is answered, not changed. The opening grant is
/// promotional credit that never expires; 0 opens an empty account.
struct open_account_request {
  account_id account{};
  credits opening_grant{};
  credits low_credit_threshold{};
  std::string key{"open"};
};

/// Gives credits: a top-up (`paid`) or a promotion. `amount` > 0. Not drawn before `effective_at`
/// nor from `expires_at` on; `lasts_for` counts from the moment it becomes effective.
struct grant_request {
  account_id account{};
  credits amount{};
  lot_category category{lot_category::paid};
  std::int16_t priority{};
  timestamp effective_at{};  // zero: at once
  timestamp expires_at{never};
  duration lasts_for{};  // instead of expires_at
  std::string reason{};
  std::string key{};
};

/// Reserves credits for a stand-alone caller until it captures, releases or the time-out passes.
struct hold_request {
  account_id account{};
  credits amount{};             // 0 is allowed
  duration lasts_for{};         // zero: the ledger's default
  timestamp expires_at{never};  // instead of lasts_for
  project_id project{};
  std::string key{};
};

/// Charges part or all of a hold. `final` gives the rest back in the same operation.
struct capture_request {
  account_id account{};
  hold_id hold{};
  credits amount{};
  bool final{true};
  overage_policy overage{overage_policy::refuse};
  std::string key{};
};

/// Ends a hold and gives back what is open of it.
struct release_request {
  account_id account{};
  hold_id hold{};
  std::string key{};
};

/// Moves the time-out of a stand-alone hold; it never shortens.
struct extend_hold_request {
  account_id account{};
  hold_id hold{};
  duration lasts_for{};         // from now
  timestamp expires_at{never};  // instead of lasts_for
  std::string key{};
};

/// Holds and captures in one operation.
struct deduct_request {
  account_id account{};
  credits amount{};
  project_id project{};
  std::string reason{};
  std::string key{};
};

/// Gives back captured credits of a final hold; several are possible up to what was captured.
struct refund_request {
  account_id account{};
  hold_id hold{};
  credits amount{};  // > 0
  std::string reason{};
  std::string key{};
};

/// Takes back the credits of one grant: a charge-back or a revoked promotion.
struct claw_back_request {
  account_id account{};
  lot_id lot{};
  credits amount{};  // > 0
  claw_back_policy policy{claw_back_policy::up_to_available};
  std::string reason{};
  std::string key{};
};

/// An administrator's correction; below zero it takes from what is available. Needs a reason.
struct adjust_request {
  account_id account{};
  credits amount{};  // not 0
  std::string reason{};
  std::string key{};
};

struct set_threshold_request {
  account_id account{};
  credits threshold{};
  std::string key{};
};

/// Stops new holds and deductions; what runs goes on. Needs a reason.
struct freeze_request {
  account_id account{};
  std::string reason{};
  std::string key{};
};
struct unfreeze_request {
  account_id account{};
  std::string reason{};
  std::string key{};
};

/// Closes an account for good: nothing held, nothing owed; what is left is forfeited if asked so.
struct close_request {
  account_id account{};
  bool forfeit{false};
  std::string reason{};
  std::string key{};
};

/// Counts an earlier system's cost into the running total of a project; moves no credits.
struct import_cost_request {
  account_id account{};
  project_id project{};
  credits amount{};
  std::string reason{};
  std::string key{};
};

[[nodiscard]] inline command to_command(open_account_request r) {
  return {.kind = operation_kind::open_account,
          .account = r.account,
          .key = std::move(r.key),
          .amount = r.opening_grant,
          .threshold = r.low_credit_threshold,
          .category = lot_category::promo};
}
[[nodiscard]] inline command to_command(grant_request r) {
  return {.kind = operation_kind::grant,
          .account = r.account,
          .key = std::move(r.key),
          .amount = r.amount,
          .category = r.category,
          .priority = r.priority,
          .effective_at = r.effective_at,
          .expires_at = r.expires_at,
          .lasts_for = r.lasts_for,
          .reason = std::move(r.reason)};
}
[[nodiscard]] inline command to_command(hold_request r) {
  return {.kind = operation_kind::hold,
          .account = r.account,
          .key = std::move(r.key),
          .amount = r.amount,
          .project = r.project,
          .expires_at = r.expires_at,
          .lasts_for = r.lasts_for};
}
[[nodiscard]] inline command to_command(capture_request r) {
  return {.kind = operation_kind::capture,
          .account = r.account,
          .key = std::move(r.key),
          .amount = r.amount,
          .hold = r.hold,
          .overage = r.overage,
          .final = r.final};
}
[[nodiscard]] inline command to_command(release_request r) {
  return {.kind = operation_kind::release,
          .account = r.account,
          .key = std::move(r.key),
          .hold = r.hold};
}
[[nodiscard]] inline command to_command(extend_hold_request r) {
  return {.kind = operation_kind::extend_hold,
          .account = r.account,
          .key = std::move(r.key),
          .hold = r.hold,
          .expires_at = r.expires_at,
          .lasts_for = r.lasts_for};
}
[[nodiscard]] inline command to_command(deduct_request r) {
  return {.kind = operation_kind::deduct,
          .account = r.account,
          .key = std::move(r.key),
          .amount = r.amount,
          .project = r.project,
          .reason = std::move(r.reason)};
}
[[nodiscard]] inline command to_command(refund_request r) {
  return {.kind = operation_kind::refund,
          .account = r.account,
          .key = std::move(r.key),
          .amount = r.amount,
          .hold = r.hold,
          .reason = std::move(r.reason)};
}
[[nodiscard]] inline command to_command(claw_back_request r) {
  return {.kind = operation_kind::claw_back,
          .account = r.account,
          .key = std::move(r.key),
          .amount = r.amount,
          .lot = r.lot,
          .policy = r.policy,
          .reason = std::move(r.reason)};
}
[[nodiscard]] inline command to_command(adjust_request r) {
  return {.kind = operation_kind::adjust,
          .account = r.account,
          .key = std::move(r.key),
          .amount = r.amount,
          .category = lot_category::adjustment,
          .reason = std::move(r.reason)};
}
[[nodiscard]] inline command to_command(set_threshold_request r) {
  return {.kind = operation_kind::set_threshold,
          .account = r.account,
          .key = std::move(r.key),
          .threshold = r.threshold};
}
[[nodiscard]] inline command to_command(freeze_request r) {
  return {.kind = operation_kind::freeze,
          .account = r.account,
          .key = std::move(r.key),
          .reason = std::move(r.reason)};
}
[[nodiscard]] inline command to_command(unfreeze_request r) {
  return {.kind = operation_kind::unfreeze,
          .account = r.account,
          .key = std::move(r.key),
          .reason = std::move(r.reason)};
}
[[nodiscard]] inline command to_command(close_request r) {
  return {.kind = operation_kind::close,
          .account = r.account,
          .key = std::move(r.key),
          .final = r.forfeit,
          .reason = std::move(r.reason)};
}
[[nodiscard]] inline command to_command(import_cost_request r) {
  return {.kind = operation_kind::import_cost,
          .account = r.account,
          .key = std::move(r.key),
          .amount = r.amount,
          .project = r.project,
          .reason = std::move(r.reason)};
}

/// Anything that is a request of the ledger.
template <class Request>
concept ledger_request = requires(Request r) {
  { to_command(r) } -> std::same_as<command>;
};

}  // namespace tollgate
