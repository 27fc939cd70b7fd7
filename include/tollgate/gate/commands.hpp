// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the gate can be asked to do with jobs and the money behind them, and what it answers.

#include <tollgate/core/fingerprint.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/jobs/job.hpp>
#include <tollgate/ledger/operation.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

/// One job of an order.
struct order_item {
  item_id item{};
  std::string kind{};
  std::string payload{};
  std::shared_ptr<const state_names> states{};
  std::int16_t priority{};
  std::uint32_t max_attempts{4};
  credits cost{};  // held for it; 0 is allowed
  duration start_within{days(7)};
  timestamp ready_at{};       // not before; zero: at once
  timestamp deadline{never};  // hard: it ends then; after it is ready
};

/// The press of "Confirm": hold the cost of every item and queue its job, all or nothing.
struct confirm_command {
  account_id account{};
  std::string key{};  // one key per click: only it identifies a repeat
  project_id project{};
  group_id group{};
  branch_id branch{};
  std::vector<order_item> items{};
  fingerprint body{};                  // digest of what was confirmed; another is another request
  std::string attachment{};            // recorded with the order: what the user saw and accepted
  std::optional<failure> objection{};  // what the quote has against it, judged in its place
};
struct order_receipt {
  receipt money{};
  order_id order{};
  std::vector<job_id> jobs{};  // in the order of the items
};

/// A lease as its holder names it.
struct lease_ref {
  account_id account{};
  job_id job{};
  std::uint64_t epoch{};

  friend bool operator==(const lease_ref&, const lease_ref&) = default;
};

enum class settle_kind : std::uint8_t {
  succeeded,    // capture `actual`, release the rest
  failed,       // retry when it may, else release everything
  cancelled,    // capture `actual` (usually 0), release the rest
  wait,         // still at the provider: poll again after `delay`
  handed_back,  // not done here: back to where the claim found it after `delay`, not counted
};

/// What a worker says at the end of a claim.
struct settle_command {
  lease_ref lease{};
  settle_kind kind{};
  credits actual{};
  overage_policy overage{overage_policy::refuse};
  duration delay{};  // wait, handed_back, and before a retry
  bool resumed{};    // handed_back: the claim was a poll, as claimed_job says; it goes on waiting
  bool retryable{};  // failed
  bool resubmit{};   // failed: the operation at the provider is dead, the next attempt submits anew
  std::string error_code{};
  std::string error_message{};
  std::string provider_job_id{};    // empty: keep what is stored
  std::string provider_metadata{};  // empty: keep what is stored
  std::string result{};
  std::string state{};       // wait: the machine's state to show; empty: keep it
  std::uint32_t progress{};  // wait: permille
  worker_id worker{};
};
struct settle_receipt {
  job_status job{};                // afterwards
  std::optional<receipt> money{};  // where credits moved
  bool replayed{};
  bool adopted{};  // the lease had run out, but nobody else had claimed the job
};

/// What a worker says on the way: moves no money, keeps the epoch.
struct advance_command {
  lease_ref lease{};
  std::string state{};              // empty: keep it
  std::uint32_t progress{};         // permille
  std::string provider_job_id{};    // empty: keep it
  std::string provider_metadata{};  // empty: keep it
};
struct advance_receipt {
  job_status job{};
  bool lease_lost{};  // provider data was saved, but the lease is no longer held
};

/// A wish to end a job.
struct cancel_command {
  account_id account{};
  job_id job{};
  std::string reason{};
};
enum class cancel_outcome : std::uint8_t {
  cancelled,      // it was ready or waiting: ended at once, credits released
  requested,      // a worker has it and will see the wish at its next heartbeat
  already_final,  // it stays as it is
};
struct cancel_receipt {
  cancel_outcome outcome{};
  job_status job{};
  std::optional<receipt> money{};
};

/// A job that cannot go on by itself, and why.
enum class due_reason : std::uint8_t {
  lease_lost,        // phase leased, lease_until <= now
  not_started,       // phase ready or waiting, start_by <= now
  deadline,          // not final, deadline <= now
  cancel_requested,  // phase ready or waiting, but somebody asked to cancel it
};
struct due_job {
  account_id account{};
  job_id job{};
  due_reason reason{};

  friend bool operator==(const due_job&, const due_job&) = default;
};
/// The answer to a due job: nothing where it was no longer due.
struct expire_receipt {
  job_status job{};
  std::optional<receipt> money{};
  bool changed{};
};

}  // namespace tollgate
