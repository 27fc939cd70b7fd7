// SPDX-License-Identifier: BSL-1.0
#pragma once
// What can be run against a store: the commands of the gate, each decided by a pure function.

#include <tollgate/gate/advance.hpp>
#include <tollgate/gate/cancel.hpp>
#include <tollgate/gate/confirm.hpp>
#include <tollgate/gate/expire.hpp>
#include <tollgate/gate/ledger.hpp>
#include <tollgate/gate/settle.hpp>
#include <tollgate/gate/wants.hpp>

#include <concepts>
#include <utility>

namespace tollgate {

/// A command of the gate: it says what it needs, and a pure function decides it.
template <class Command>
concept gate_command =
    requires(const Command& c, account_snapshot& s, timestamp now, const ledger_rules& rules) {
      { want_for(c) } -> std::same_as<account_want>;
      typename decltype(decide(s, c, now, rules))::receipt_type;
    };

/// What a command is answered with.
template <gate_command Command>
using receipt_of =
    typename decltype(decide(std::declval<account_snapshot&>(), std::declval<const Command&>(),
                             timestamp{}, std::declval<const ledger_rules&>()))::receipt_type;

/// Whose account a command changes.
template <gate_command Command>
[[nodiscard]] account_id account_of(const Command& c) {
  if constexpr (requires { c.lease.account; }) {
    return c.lease.account;
  } else if constexpr (requires { c.command().account; }) {  // a plan of the checkout
    return c.command().account;
  } else {
    return c.account;
  }
}

}  // namespace tollgate
