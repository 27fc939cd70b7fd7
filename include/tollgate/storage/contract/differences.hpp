// SPDX-License-Identifier: BSL-1.0
#pragma once
// Says in which members two records differ, so that a broken rule points at the column to look at.

#include <tollgate/storage/requests.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tollgate::contract {

namespace detail {

/// A value as a message shows it.
template <class T>
[[nodiscard]] std::string shown(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, verdict>) {
    constexpr std::string_view names[]{"written", "moved", "stale_lease", "key_taken",
                                       "item_taken"};
    static_assert(std::size(names) == static_cast<std::size_t>(verdict::item_taken) + 1);
    return std::string{names[static_cast<std::size_t>(value)]};
  } else if constexpr (requires { std::string{to_string(value)}; }) {
    return std::string{to_string(value)};
  } else if constexpr (std::is_enum_v<T>) {
    return "number " + std::to_string(static_cast<std::int64_t>(value));
  } else if constexpr (std::integral<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    const std::string_view text{value};
    return "\"" + std::string{text.substr(0, 60)} + "\" of " + std::to_string(text.size());
  } else if constexpr (std::is_same_v<T, timestamp> || std::is_same_v<T, duration>) {
    return std::to_string(value.microseconds) + " us";
  } else if constexpr (requires { value.size(); }) {
    return "a list of " + std::to_string(value.size());
  } else {
    return "another value";
  }
}

/// Collects "member is this, not that".
struct difference_list {
  std::string text{};

  template <class T>
  difference_list& member(std::string_view name, const T& got, const T& wanted) {
    if (got == wanted) return *this;
    if (!text.empty()) text += ", ";
    text += std::string{name} + " is " + shown(got) + ", not " + shown(wanted);
    return *this;
  }
};

}  // namespace detail

[[nodiscard]] inline std::string differences(const account& got, const account& want) {
  return detail::difference_list{}
      .member("id", got.id, want.id)
      .member("currency", got.currency, want.currency)
      .member("state", got.state, want.state)
      .member("freeze_reason", got.freeze_reason, want.freeze_reason)
      .member("available", got.available, want.available)
      .member("held", got.held, want.held)
      .member("debt", got.debt, want.debt)
      .member("pending", got.pending, want.pending)
      .member("low_credit_threshold", got.low_credit_threshold, want.low_credit_threshold)
      .member("seq", got.seq, want.seq)
      .member("open_holds", got.open_holds, want.open_holds)
      .member("opened_at", got.opened_at, want.opened_at)
      .member("changed_at", got.changed_at, want.changed_at)
      .member("last_topup_at", got.last_topup_at, want.last_topup_at)
      .member("last_deduction_at", got.last_deduction_at, want.last_deduction_at)
      .text;
}

[[nodiscard]] inline std::string differences(const lot& got, const lot& want) {
  return detail::difference_list{}
      .member("id", got.id, want.id)
      .member("parent", got.parent, want.parent)
      .member("category", got.category, want.category)
      .member("priority", got.priority, want.priority)
      .member("effective_at", got.effective_at, want.effective_at)
      .member("expires_at", got.expires_at, want.expires_at)
      .member("seq", got.seq, want.seq)
      .member("granted", got.granted, want.granted)
      .member("pending", got.pending, want.pending)
      .member("available", got.available, want.available)
      .member("held", got.held, want.held)
      .member("spent", got.spent, want.spent)
      .member("expired", got.expired, want.expired)
      .member("revoked", got.revoked, want.revoked)
      .member("clawed_back", got.clawed_back, want.clawed_back)
      .member("revoke_on_return", got.revoke_on_return, want.revoke_on_return)
      .text;
}

[[nodiscard]] inline std::string differences(const hold& got, const hold& want) {
  return detail::difference_list{}
      .member("id", got.id, want.id)
      .member("order", got.order, want.order)
      .member("job", got.job, want.job)
      .member("project", got.project, want.project)
      .member("state", got.state, want.state)
      .member("amount", got.amount, want.amount)
      .member("captured", got.captured, want.captured)
      .member("released", got.released, want.released)
      .member("refunded", got.refunded, want.refunded)
      .member("made_at", got.made_at, want.made_at)
      .member("expires_at", got.expires_at, want.expires_at)
      .member("draws", got.draws, want.draws)
      .text;
}

[[nodiscard]] inline std::string differences(const operation& got, const operation& want) {
  detail::difference_list found;
  const std::string_view request = first_difference(got.request, want.request);
  if (!request.empty()) found.text = "request." + std::string{request} + " is another";
  return found.member("request.key", got.request.key, want.request.key)
      .member("id", got.id, want.id)
      .member("seq", got.seq, want.seq)
      .member("at", got.at, want.at)
      .member("outcome", got.outcome, want.outcome)
      .member("reason", got.reason, want.reason)
      .member("required", got.required, want.required)
      .member("limit", got.limit, want.limit)
      .member("moved", got.moved, want.moved)
      .member("available", got.available, want.available)
      .member("held", got.held, want.held)
      .member("debt", got.debt, want.debt)
      .member("hold", got.hold, want.hold)
      .member("project", got.project, want.project)
      .member("spent", got.spent, want.spent)
      .member("committed", got.committed, want.committed)
      .member("jobs", got.jobs, want.jobs)
      .member("low_credit", got.low_credit, want.low_credit)
      .member("lots", got.lots, want.lots)
      .text;
}

[[nodiscard]] inline std::string differences(const attempt& got, const attempt& want) {
  return detail::difference_list{}
      .member("job", got.job, want.job)
      .member("account", got.account, want.account)
      .member("epoch", got.epoch, want.epoch)
      .member("number", got.number, want.number)
      .member("outcome", got.outcome, want.outcome)
      .member("worker", got.worker, want.worker)
      .member("at", got.at, want.at)
      .member("retryable", got.retryable, want.retryable)
      .member("error_code", got.error_code, want.error_code)
      .member("error_message", got.error_message, want.error_message)
      .member("provider_job_id", got.provider_job_id, want.provider_job_id)
      .member("result", got.result, want.result)
      .text;
}

[[nodiscard]] inline std::string differences(const job_status& got, const job_status& want) {
  return detail::difference_list{}
      .member("id", got.id, want.id)
      .member("phase", got.phase, want.phase)
      .member("role", got.role, want.role)
      .member("state", got.state, want.state)
      .member("epoch", got.epoch, want.epoch)
      .member("revision", got.revision, want.revision)
      .member("settled_epoch", got.settled_epoch, want.settled_epoch)
      .member("final_seq", got.final_seq, want.final_seq)
      .member("attempts", got.attempts, want.attempts)
      .member("resubmissions", got.resubmissions, want.resubmissions)
      .member("progress", got.progress, want.progress)
      .member("ready_at", got.ready_at, want.ready_at)
      .member("start_by", got.start_by, want.start_by)
      .member("worker", got.worker, want.worker)
      .member("lease_until", got.lease_until, want.lease_until)
      .member("cancel_requested", got.cancel_requested, want.cancel_requested)
      .member("error_retryable", got.error_retryable, want.error_retryable)
      .member("error_code", got.error_code, want.error_code)
      .member("error_message", got.error_message, want.error_message)
      .member("provider_job_id", got.provider_job_id, want.provider_job_id)
      .member("provider_metadata", got.provider_metadata, want.provider_metadata)
      .member("result", got.result, want.result)
      .member("actual", got.actual, want.actual)
      .member("queued_at", got.queued_at, want.queued_at)
      .member("started_at", got.started_at, want.started_at)
      .member("completed_at", got.completed_at, want.completed_at)
      .member("updated_at", got.updated_at, want.updated_at)
      .text;
}

/// What is in one list and not in the other, row by row.
template <class Row>
[[nodiscard]] std::string differences(const std::vector<Row>& got, const std::vector<Row>& want) {
  if (got.size() != want.size()) {
    return std::to_string(got.size()) + " rows, not " + std::to_string(want.size());
  }
  for (std::size_t n = 0; n < got.size(); ++n) {
    if (got[n] == want[n]) continue;
    std::string place = "row " + std::to_string(n);
    if constexpr (requires { differences(got[n], want[n]); }) {
      place += ": " + differences(got[n], want[n]);
    }
    return place;
  }
  return {};
}

}  // namespace tollgate::contract
