// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a read shows: the account as of now, with everything due applied and nothing written.

#include <tollgate/ledger/detail/due.hpp>

namespace tollgate {

/// The account row as the next write would find it. Takes a copy: reads change nothing.
[[nodiscard]] inline account as_of(ledger_state state, timestamp now, const ledger_rules& rules) {
  if (!state.row.exists()) return state.row;
  detail::posting p{state, now, rules};
  detail::settle_due(p, state);
  return state.row;
}

}  // namespace tollgate
