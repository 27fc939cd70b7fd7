// SPDX-License-Identifier: BSL-1.0
#pragma once
// A refund of what a job was charged, for hosts that know the job and not its holds.

#include <tollgate/core/result.hpp>
#include <tollgate/gate/order.hpp>
#include <tollgate/ledger/requests.hpp>
#include <tollgate/storage/concepts.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace tollgate {

/// The two charges a job can have: from its hold, and beyond it where the host's overage policy
/// allowed that. Each is refunded by itself.
enum class job_charge : std::uint8_t { of_hold, of_excess };

/// Gives back captured credits of a job that ended; several are possible up to what was captured.
struct job_refund_request {
  account_id account{};
  job_id job{};
  credits amount{};  // > 0
  job_charge charge{job_charge::of_hold};
  std::string reason{};
  std::string key{};
};

namespace detail {

/// The hold that a refund of a job names. That of its cost has the bits of the job; that of an
/// excess is known from the operation that ended the job, which never changes.
template <ledger_store Store>
[[nodiscard]] result<hold_id> refunded_hold(Store& store, const job_refund_request& r) {
  if (r.charge == job_charge::of_hold) return hold_of(r.job);
  auto loaded = store.load({.wants = {{.account = r.account, .jobs = {r.job}}}});
  if (!loaded) return refuse(std::move(loaded.error()));
  const auto& jobs = loaded->accounts.front().jobs;
  if (jobs.empty()) return refuse(no_such_job(r.job));
  const job_status& status = jobs.front().status;
  if (!status.is_final() || status.actual <= jobs.front().body->estimated) {
    auto none = make_failure(error::exceeds_captured, {}, "the job was charged no excess");
    none.required = r.amount;
    return refuse(std::move(none));
  }
  const receipt ended{.seq = status.final_seq, .at = status.completed_at};
  return overage_hold_of(r.account, ended);
}

}  // namespace detail
}  // namespace tollgate
