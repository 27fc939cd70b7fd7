// SPDX-License-Identifier: BSL-1.0
#pragma once
// The account row: what a user can spend, what is held, what is owed; and the version that guards
// it.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <cstdint>
#include <string>

namespace tollgate {

enum class account_state : std::uint8_t { open, frozen, closed };

/// One account. Every change of it, of its lots, holds and of its jobs' outcomes raises `seq`
/// by one: whoever saw `seq` unchanged saw everything below it unchanged.
struct account {
  account_id id{};
  std::string currency{};  // at most 15 characters
  account_state state{account_state::open};
  std::string freeze_reason{};
  credits available{};  // can be spent now; zero while `debt` is not
  credits held{};       // the open part of all open holds
  credits debt{};       // owed; paid first by the next credits that arrive
  credits pending{};    // granted, not yet effective
  credits low_credit_threshold{};
  std::uint64_t seq{};  // 0: does not exist
  std::uint32_t open_holds{};
  timestamp opened_at{};
  timestamp changed_at{};         // of the newest operation; time never goes back behind it
  timestamp last_topup_at{};      // zero: never
  timestamp last_deduction_at{};  // zero: never

  /// What a person is shown: credits of theirs, those held for running work included.
  [[nodiscard]] constexpr credits balance() const noexcept { return available + held - debt; }
  /// Held credits count as spent.
  [[nodiscard]] constexpr bool is_low_credit() const noexcept {
    return available < low_credit_threshold;
  }
  [[nodiscard]] constexpr bool exists() const noexcept { return seq != 0; }

  friend bool operator==(const account&, const account&) = default;
};

}  // namespace tollgate
