// SPDX-License-Identifier: BSL-1.0
#pragma once
// What is asked of a store, and what it answers.

#include <tollgate/gate/commands.hpp>
#include <tollgate/gate/snapshot.hpp>
#include <tollgate/gate/unit.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tollgate {

/// Everything loaded at one instant of the store's clock; each account is consistent in itself.
struct load_request {
  std::vector<account_want> wants{};  // each account at most once
};

/// The claim of a worker for up to `limit` jobs it has handlers for.
struct claim_request {
  worker_id worker{};
  std::vector<std::string> kinds{};
  std::size_t limit{1};
  duration lease{seconds(20)};
};

/// A job as claimed: status.epoch is the fence of everything done with it. `resumed` tells that it
/// was waiting for a poll.
struct claimed_job {
  std::shared_ptr<const job_body> body{};
  job_status status{};
  bool resumed{};
};

/// Renews leases to now + lease.
struct beat {
  worker_id worker{};
  std::vector<lease_ref> leases{};
  duration lease{seconds(20)};
};
struct beat_answer {
  std::vector<job_id> lost{};              // no longer the worker's; stop working on them
  std::vector<job_id> cancel_requested{};  // still the worker's; settle as cancelled soon
};

/// Asks for up to `limit` jobs that cannot go on by themselves.
struct due_request {
  std::size_t limit{100};
};
/// Settings of an account in the queue. Weight 2 gets twice the share of weight 1.
struct queue_limits {
  account_id account{};
  std::uint32_t max_in_flight{};  // leased + waiting at one instant; 0: no limit
  std::uint32_t weight{1};
};

/// A kind that is paused is not claimed; everything else goes on.
struct kind_setting {
  std::string kind{};
  bool paused{};
};

/// A place in a listing; empty: from the beginning. Opaque, and stable while rows are added.
struct cursor {
  std::string token{};
  friend bool operator==(const cursor&, const cursor&) = default;
};

template <class T>
struct page {
  std::vector<T> items{};
  cursor next{};  // empty: this was the last page
};

/// Which jobs of an account; nil or empty members do not restrict. Newest first.
struct job_filter {
  job_id job{};
  order_id order{};
  group_id group{};
  project_id project{};
  item_id item{};
  bool live_only{};
  std::size_t limit{100};
};

/// What a project has cost: captures - refunds + imported costs; what its open holds hold.
struct project_total {
  credits spent{};
  credits committed{};
};

/// How the queue stands for an account and kind: why a job is not running.
struct queue_state {
  std::uint32_t in_flight{};
  std::uint32_t max_in_flight{};
  std::uint32_t weight{1};
  bool kind_paused{};
};

/// Everything a store keeps of one account, for audits.
struct account_records {
  account row{};
  std::vector<lot> lots{};
  std::vector<hold> holds{};
  std::vector<operation> operations{};  // by seq
  std::vector<entry> entries{};         // by seq
  std::vector<job_record> jobs{};
};

}  // namespace tollgate
