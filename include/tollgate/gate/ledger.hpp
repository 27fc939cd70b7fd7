// SPDX-License-Identifier: BSL-1.0
#pragma once
// A plain ledger command as a unit, so that it is loaded, batched and written like every other.

#include <tollgate/gate/snapshot.hpp>
#include <tollgate/gate/unit.hpp>
#include <tollgate/ledger/engine.hpp>

#include <utility>

namespace tollgate {

/// Decides one ledger command on a snapshot.
[[nodiscard]] inline decision<receipt> decide(account_snapshot& s, const command& c, timestamp now,
                                              const ledger_rules& rules) {
  ledger_decision d = decide(s.ledger, c, now, rules);
  decision<receipt> made{.answer = std::move(d.answer)};
  if (d.write) made.write = unit{.account = c.account, .ledger = std::move(d.write)};
  return made;
}

}  // namespace tollgate
