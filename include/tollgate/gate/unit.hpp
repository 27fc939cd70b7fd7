// SPDX-License-Identifier: BSL-1.0
#pragma once
// One atomic write: the money of one account and the jobs it belongs to, all or nothing.

#include <tollgate/core/result.hpp>
#include <tollgate/jobs/attempt.hpp>
#include <tollgate/jobs/job.hpp>
#include <tollgate/ledger/state.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

/// A job that begins.
struct job_insert {
  std::shared_ptr<const job_body> body{};
  job_status status{};
};

/// A step of a job: its whole status afterwards, and what must still be true for it to be written.
/// The store refuses a final job, another epoch (`stale_lease`), another revision or, where
/// `expected_lease` is given, another lease_until (`moved`).
struct job_change {
  job_status status{};  // status.revision = expected_revision + 1
  std::uint64_t expected_epoch{};
  std::uint64_t expected_revision{};
  std::optional<timestamp> expected_lease{};  // nobody renewed it meanwhile
};

/// What one decision writes. All of it or nothing; only if every condition in it still holds.
struct unit {
  account_id account{};
  std::optional<ledger_change> ledger{};  // none: jobs only, the account's seq is not looked at
  std::vector<job_insert> inserts{};
  std::vector<job_change> jobs{};
  std::vector<attempt> attempts{};  // append; a repeat of job, epoch and outcome is dropped
};

/// What became of a unit.
enum class verdict : std::uint8_t {
  written,
  moved,        // seq, revision or lease is another: load and decide again
  stale_lease,  // a job's epoch is another, or it is final
  key_taken,    // somebody wrote the key meanwhile: load again and replay
  item_taken,   // an item got a live job meanwhile: load again
};

/// A decision: what to write, and what to answer once it is written.
template <class Receipt>
struct decision {
  using receipt_type = Receipt;
  std::optional<unit> write{};  // none: a replay, or a refusal that is not recorded
  result<Receipt> answer;
};

}  // namespace tollgate
