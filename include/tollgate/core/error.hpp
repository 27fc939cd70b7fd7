// SPDX-License-Identifier: BSL-1.0
#pragma once
// Every way an answer can be "no", in one enumeration, in the order in which they are judged.

#include <array>
#include <cstdint>
#include <string_view>

namespace tollgate {

/// Why something was refused. When several reasons apply the first in this order is given:
/// what the caller wrote, then what the gate knows, then what the ledger knows, then the machine.
enum class error : std::uint8_t {
  none,              // not an error; the outcome of an operation that was done
  invalid_argument,  // place: what is wrong, a JSON pointer
  too_precise,       // text amount with more decimals than the scale keeps; place: the text
  unknown_currency,  // place: where it is named
  key_conflict,      // the key was used for another request; place: the first member that differs
  account_not_found,
  blocked,          // a warning of severity `block`; place: its code
  request_changed,  // the items are no longer those of the quote
  quote_expired,    // at: when the price lock ended
  price_changed,    // available: the old total, required: the new one; subjects: the items
  already_queued,   // subjects: the live jobs of the items
  job_not_found,
  stale_lease,     // the epoch is no longer the job's; nothing moved
  unknown_kind,    // no handler or machine here knows this kind of job
  hold_not_found,  // or another account's: whether that exists is nobody's business
  lot_not_found,
  hold_already_captured,
  hold_already_released,
  hold_expired,
  exceeds_hold,      // required: asked for, available: what is still open
  exceeds_captured,  // required: asked for, available: what can still be given back
  account_closed,
  account_frozen,  // reason: why it was frozen
  account_in_use,  // close refused: required: what must be zero (held, debt or available)
  too_many_holds,
  overflow,               // the result does not fit the range of an amount
  insufficient_credits,   // required, available; shortfall = required - available
  busy,                   // lost too many races; nothing happened, try again
  unsupported_isolation,  // the host's transaction is not READ COMMITTED
  storage_unavailable,    // nothing happened
  outcome_unknown,        // the answer was lost; the same key tells the truth
  corrupt_record,         // place: the record that breaks an invariant, "table/key"
};

namespace detail {
inline constexpr std::array<std::string_view, 32> error_names{
    "none",
    "invalid_argument",
    "too_precise",
    "unknown_currency",
    "key_conflict",
    "account_not_found",
    "blocked",
    "request_changed",
    "quote_expired",
    "price_changed",
    "already_queued",
    "job_not_found",
    "stale_lease",
    "unknown_kind",
    "hold_not_found",
    "lot_not_found",
    "hold_already_captured",
    "hold_already_released",
    "hold_expired",
    "exceeds_hold",
    "exceeds_captured",
    "account_closed",
    "account_frozen",
    "account_in_use",
    "too_many_holds",
    "overflow",
    "insufficient_credits",
    "busy",
    "unsupported_isolation",
    "storage_unavailable",
    "outcome_unknown",
    "corrupt_record",
};
static_assert(error_names.size() == static_cast<std::size_t>(error::corrupt_record) + 1);
}  // namespace detail

/// The name of an error as it is written in logs, JSON and databases.
[[nodiscard]] constexpr std::string_view to_string(error code) noexcept {
  return detail::error_names[static_cast<std::size_t>(code)];
}

}  // namespace tollgate
