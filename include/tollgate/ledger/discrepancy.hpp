// SPDX-License-Identifier: BSL-1.0
#pragma once
// What an audit has to say: one broken rule at one place.

#include <string>

namespace tollgate {

/// One thing that does not hold. `rule` is "invariant <n>" as numbered in docs/ledger.md, or
/// "settle first", "low credit", "running total".
struct discrepancy {
  std::string rule{};
  std::string place{};    // "account/<id>", "operation/<seq>", "lot/<id>", "hold/<id>", "job/<id>"
  std::string message{};  // one line for people, with both figures

  friend bool operator==(const discrepancy&, const discrepancy&) = default;
};

}  // namespace tollgate
