// SPDX-License-Identifier: BSL-1.0
#pragma once
// A line of the double-entry journal.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>

#include <cstdint>
#include <string_view>

namespace tollgate {

/// Where credits move from and to. The first four are parts of the account; the others are
/// counter-accounts: codes on entries, never rows that every operation would have to lock.
enum class entry_code : std::uint8_t {
  available,  // account parts: the fold of these is the account row
  held,
  pending,
  debt,          // negative while something is owed
  paid_funding,  // counter-accounts
  promo_expense,
  adjustment,
  refund_out,
  revenue,
  breakage,  // expired
};

[[nodiscard]] constexpr std::string_view to_string(entry_code code) noexcept {
  constexpr std::string_view names[]{"available",    "held",          "pending",    "debt",
                                     "paid_funding", "promo_expense", "adjustment", "refund_out",
                                     "revenue",      "breakage"};
  static_assert(std::size(names) == static_cast<std::size_t>(entry_code::breakage) + 1);
  return names[static_cast<std::size_t>(code)];
}

/// One line: the entries of one operation sum to zero.
struct entry {
  std::uint64_t seq{};  // of its operation
  entry_code code{};
  lot_id lot{};      // whose split changed; nil where none did
  credits amount{};  // signed

  friend bool operator==(const entry&, const entry&) = default;
};

}  // namespace tollgate
