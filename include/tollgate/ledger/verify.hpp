// SPDX-License-Identifier: BSL-1.0
#pragma once
// An audit of the complete books of one account: what does not hold, or nothing.

#include <tollgate/ledger/detail/audit_holds.hpp>
#include <tollgate/ledger/detail/audit_journal.hpp>
#include <tollgate/ledger/detail/audit_lots.hpp>

#include <span>
#include <utility>
#include <vector>

namespace tollgate {

/// Checks invariants 1 to 11 and 13 of docs/ledger.md on all that is kept of one account, in any
/// order. Changes nothing and trusts nothing: figures out of range are discrepancies too.
/// O(n log n) in the number of records. An account that does not exist has empty books.
[[nodiscard]] inline std::vector<discrepancy> verify(const account& row, std::span<const lot> lots,
                                                     std::span<const hold> holds,
                                                     std::span<const operation> operations,
                                                     std::span<const entry> entries) {
  detail::books b{row, lots, holds, operations, entries};
  detail::audit_journal(b);
  detail::audit_lots(b);
  detail::audit_holds(b);
  return std::move(b.discrepancies);
}

}  // namespace tollgate
