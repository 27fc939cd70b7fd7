// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a decision about one account is made from, and what it changes.

#include <tollgate/ledger/account.hpp>
#include <tollgate/ledger/entry.hpp>
#include <tollgate/ledger/hold.hpp>
#include <tollgate/ledger/lot.hpp>
#include <tollgate/ledger/operation.hpp>

#include <cstdint>
#include <vector>

namespace tollgate {

/// The part of an account a store loaded: the row; the lots it may draw from, in any order;
/// everything that is due; what the command names. The engine works on it in place, so that the
/// next command of a batch sees what this one did.
struct ledger_state {
  account row{};                   // row.seq == 0: the account does not exist
  std::vector<lot> lots{};         // covers the amount wanted, all that is due, lots of `holds`
  std::vector<hold> holds{};       // those named and those due
  std::vector<operation> prior{};  // operations found under the keys asked about
};

/// The money part of one atomic write. Rows are whole: lots and holds as they are afterwards.
struct ledger_change {
  std::uint64_t expected_seq{};         // write only if the account row still has it; 0: insert
  account row{};                        // afterwards
  std::vector<operation> operations{};  // gapless from expected_seq + 1; append
  std::vector<entry> entries{};         // append
  std::vector<lot> lots{};              // insert or replace by id
  std::vector<hold> holds{};            // insert or replace by id
};

}  // namespace tollgate
