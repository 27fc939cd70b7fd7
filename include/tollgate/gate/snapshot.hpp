// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a decision asks a store for, and what it is made from.

#include <tollgate/jobs/job.hpp>
#include <tollgate/ledger/state.hpp>

#include <string>
#include <vector>

namespace tollgate {

/// What one decision needs of one account.
struct account_want {
  account_id account{};
  credits amount{};                 // lots in draw order until they cover it; max(): all with
                                    // credits left, pending ones too
  std::vector<std::string> keys{};  // operations under these keys
  std::vector<hold_id> holds{};     // with the lots they drew from
  std::vector<lot_id> lots{};
  std::vector<job_id> jobs{};    // with their hold, its lots, and the operation that ended them
  std::vector<item_id> items{};  // their live jobs
};

/// An account as loaded, with the jobs that were named.
struct account_snapshot {
  ledger_state ledger{};
  /// Of those named, the ones that exist and are this account's. Payloads may be left out: no
  /// decision looks inside.
  std::vector<job_record> jobs{};
  /// Live jobs of the items asked about.
  struct live_item {
    item_id item{};
    job_id job{};
  };
  std::vector<live_item> live{};
};

/// What was loaded, and the store's clock read with it.
struct snapshot {
  timestamp now{};
  std::vector<account_snapshot> accounts{};  // one for each want, in the order asked
};

}  // namespace tollgate
