// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a host may set about its ledger. Every program that writes one database uses the same rules.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/timestamp.hpp>

#include <cstdint>
#include <string>

namespace tollgate {

/// The settings the engine decides by.
struct ledger_rules {
  std::string currency{"CREDIT"};                              // of every account and request
  credits opening_grant{credits::from_units(1'000'000)};       // 100.0000
  credits low_credit_threshold{credits::from_units(100'000)};  // 10.0000
  duration grace{hours(24)};  // life of credits that come back to an expired lot; 0: forfeited
  duration hold_lasts_for{hours(24)};    // of a stand-alone hold that names no time-out
  std::uint32_t max_open_holds{10'000};  // per account
};

}  // namespace tollgate
