// SPDX-License-Identifier: BSL-1.0
#pragma once
// The record of one job: a body that is written once, and a status that every step replaces.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/jobs/role.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace tollgate {

/// The words of a job's machine for the steps every job takes; shared by all jobs of a machine, so
/// that a worker can end a job whose kind it does not know. At most 15 characters each.
struct state_names {
  std::string ready{"queued"};
  std::string active{"running"};  // the state a claim puts it in
  std::string succeeded{"done"};
  std::string failed{"failed"};
  std::string cancelled{"cancelled"};

  friend bool operator==(const state_names&, const state_names&) = default;
};

/// What a job is made of. A store keeps `kind` and `payload` as they are and never looks inside;
/// types exist at the gate and in the worker. Immutable and shared: never copied after confirm.
struct job_body {
  job_id id{};
  account_id account{};
  order_id order{};
  hold_id hold{};
  item_id item{};  // one live job per account and item
  group_id group{};
  project_id project{};
  branch_id branch{};
  std::string kind{};     // which handler runs it; unknown kinds are left alone
  std::string payload{};  // bytes of the domain's codec
  std::shared_ptr<const state_names> states{};  // never null
  std::int16_t priority{};                      // within the account; lower runs first
  std::uint64_t arrival{};                      // seq of its order: older runs first
  std::uint32_t ordinal{};                      // within its order
  std::uint32_t max_attempts{4};
  credits estimated{};        // = the amount of its hold
  duration start_within{};    // how long it may stand ready or unpolled before it ends
  timestamp deadline{never};  // hard: it ends then, whatever it is doing
  timestamp created_at{};

  /// For providers that accept an idempotency key of the submission: the same for all attempts that
  /// resume one operation, another after an operation was given up.
  [[nodiscard]] std::string submission_key(std::uint32_t resubmissions) const {
    return resubmissions == 0 ? to_string(id) : to_string(id) + "/" + std::to_string(resubmissions);
  }
};

/// Where a job is for the queue; the state of its machine is a word of the domain beside it.
enum class job_phase : std::uint8_t {
  ready,    // claimable from ready_at on; holds no slot of its account
  leased,   // a worker has it until lease_until
  waiting,  // at the provider, no worker has it; claimable for a poll from ready_at on; keeps slot
  final,
};

/// The moving part of a job. `epoch` is the fence: it only grows, with every claim and every
/// return to the queue; only the loss of a lease leaves it. `revision` counts all changes.
struct job_status {
  job_id id{};
  job_phase phase{job_phase::ready};
  job_role role{job_role::ready};
  std::string state{};  // name in the domain's machine
  std::uint64_t epoch{};
  std::uint64_t revision{};       // every write but a heartbeat raises it by one
  std::uint64_t settled_epoch{};  // the last epoch that was settled; a repeat of it is a replay
  std::uint64_t final_seq{};      // the account's operation that ended it; 0 while it lives
  std::uint32_t attempts{};       // counted at the claim; polls and hand-backs do not count
  std::uint32_t resubmissions{};  // operations at the provider that failed and were given up
  std::uint32_t progress{};       // permille, as the worker last said
  timestamp ready_at{};           // phase ready, waiting: claimable from here on
  timestamp start_by{never};      // phase ready, waiting: ends the job when nobody claimed it
  worker_id worker{};             // the last incarnation that claimed it
  timestamp lease_until{};        // phase leased
  bool cancel_requested{};
  bool error_retryable{};
  std::string error_code{};  // of the last attempt that failed, or what ended the job besides ...
  std::string error_message{};    // ... ("cancelled" with its reason, "deadline"); empty: neither
  std::string provider_job_id{};  // survives the attempt: the next one resumes it
  std::string provider_metadata{};
  std::string result{};  // bytes of the domain's codec
  credits actual{};      // captured
  timestamp queued_at{};
  timestamp started_at{};    // first claim
  timestamp completed_at{};  // final since
  timestamp updated_at{};

  [[nodiscard]] constexpr bool is_final() const noexcept { return phase == job_phase::final; }
  [[nodiscard]] constexpr bool in_flight() const noexcept {
    return phase == job_phase::leased || phase == job_phase::waiting;
  }
  friend bool operator==(const job_status&, const job_status&) = default;
};

/// A whole job.
struct job_record {
  std::shared_ptr<const job_body> body{};
  job_status status{};
};

/// The order in which one account's ready jobs run: priority, arrival, place in the order.
[[nodiscard]] constexpr bool runs_before(const job_body& a, const job_body& b) noexcept {
  if (a.priority != b.priority) return a.priority < b.priority;
  if (a.arrival != b.arrival) return a.arrival < b.arrival;
  return a.ordinal < b.ordinal;
}

}  // namespace tollgate
