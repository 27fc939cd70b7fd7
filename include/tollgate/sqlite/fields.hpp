// SPDX-License-Identifier: BSL-1.0
#pragma once
// The members of every record in the order of their columns: what is bound and what is read.

#include <tollgate/gate/commands.hpp>
#include <tollgate/gate/unit.hpp>
#include <tollgate/ledger/state.hpp>
#include <tollgate/storage/requests.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tollgate::sqlite::detail {

/// A text that is kept as BLOB.
template <class Text>
struct bytes_of_member {
  Text& value;
};
template <class Text>
[[nodiscard]] bytes_of_member<Text> as_bytes(Text& text) {
  return {text};
}

/// The members of a record: `all(to)` calls `to` with every one of them. Not a std::tuple, which
/// costs whoever includes this as many classes as it has members.
template <class Call>
struct members {
  Call all;
};
template <class Call>
members(Call) -> members<Call>;

// One list of columns for each record, and the members in the same order.

inline constexpr std::string_view account_columns =
    "id, currency, state, freeze_reason, available, held, debt, pending, low_credit_threshold, "
    "seq, open_holds, opened_at, changed_at, last_topup_at, last_deduction_at";
template <class Row>
[[nodiscard]] auto account_members(Row& a) {
  return members{[&a](auto&& to) {
    return to(a.id, a.currency, a.state, a.freeze_reason, a.available, a.held, a.debt, a.pending,
              a.low_credit_threshold, a.seq, a.open_holds, a.opened_at, a.changed_at,
              a.last_topup_at, a.last_deduction_at);
  }};
}

/// What a lot is, and how it is split now.
inline constexpr std::string_view lot_identity =
    "id, parent, category, priority, effective_at, expires_at, seq, granted";
inline constexpr std::string_view lot_split =
    "pending, available, held, spent, expired, revoked, clawed_back, revoke_on_return";
template <class Row>
[[nodiscard]] auto lot_identity_members(Row& l) {
  return members{[&l](auto&& to) {
    return to(l.id, l.parent, l.category, l.priority, l.effective_at, l.expires_at, l.seq,
              l.granted);
  }};
}
template <class Row>
[[nodiscard]] auto lot_split_members(Row& l) {
  return members{[&l](auto&& to) {
    return to(l.pending, l.available, l.held, l.spent, l.expired, l.revoked, l.clawed_back,
              l.revoke_on_return);
  }};
}

/// The draws follow as bytes.
inline constexpr std::string_view hold_columns =
    "id, made_by, job, project, state, amount, captured, released, refunded, made_at, expires_at";
template <class Row>
[[nodiscard]] auto hold_members(Row& h) {
  return members{[&h](auto&& to) {
    return to(h.id, h.order, h.job, h.project, h.state, h.amount, h.captured, h.released,
              h.refunded, h.made_at, h.expires_at);
  }};
}

/// The lots and the request follow as bytes.
inline constexpr std::string_view operation_columns =
    "id, seq, at, outcome, reason, required, limited_to, moved, available, held, debt, hold, "
    "project, spent, committed, jobs, low_credit";
template <class Row>
[[nodiscard]] auto operation_members(Row& o) {
  return members{[&o](auto&& to) {
    return to(o.id, o.seq, o.at, o.outcome, o.reason, o.required, o.limit, o.moved, o.available,
              o.held, o.debt, o.hold, o.project, o.spent, o.committed, o.jobs, o.low_credit);
  }};
}

/// The words of its machine follow as bytes.
inline constexpr std::string_view body_columns =
    "id, account, made_by, hold, item, scene, project, branch, kind, payload, priority, arrival, "
    "ordinal, max_attempts, estimated, start_within, deadline, created_at";
template <class Row>
[[nodiscard]] auto body_members(Row& b) {
  return members{[&b](auto&& to) {
    return to(b.id, b.account, b.order, b.hold, b.item, b.group, b.project, b.branch, b.kind,
              as_bytes(b.payload), b.priority, b.arrival, b.ordinal, b.max_attempts, b.estimated,
              b.start_within, b.deadline, b.created_at);
  }};
}

inline constexpr std::string_view status_columns =
    "phase, role, state, epoch, revision, settled_epoch, final_seq, attempts, resubmissions, "
    "progress, ready_at, start_by, worker, lease_until, cancel_requested, error_retryable, "
    "error_code, error_message, provider_job_id, provider_metadata, result, actual, queued_at, "
    "started_at, completed_at, updated_at";
template <class Row>
[[nodiscard]] auto status_members(Row& s) {
  return members{[&s](auto&& to) {
    return to(s.phase, s.role, s.state, s.epoch, s.revision, s.settled_epoch, s.final_seq,
              s.attempts, s.resubmissions, s.progress, s.ready_at, s.start_by, s.worker,
              s.lease_until, s.cancel_requested, s.error_retryable, s.error_code, s.error_message,
              s.provider_job_id, s.provider_metadata, as_bytes(s.result), s.actual, s.queued_at,
              s.started_at, s.completed_at, s.updated_at);
  }};
}

inline constexpr std::string_view attempt_columns =
    "job, account, epoch, number, outcome, worker, at, retryable, error_code, error_message, "
    "provider_job_id, result";
template <class Row>
[[nodiscard]] auto attempt_members(Row& a) {
  return members{[&a](auto&& to) {
    return to(a.job, a.account, a.epoch, a.number, a.outcome, a.worker, a.at, a.retryable,
              a.error_code, a.error_message, a.provider_job_id, as_bytes(a.result));
  }};
}

// A name without a member, or a member without a name, does not compile.

/// How many names a list of columns has.
[[nodiscard]] constexpr std::size_t names_in(std::string_view columns) {
  std::size_t n = 1;
  for (const char c : columns) {
    if (c == ',') ++n;
  }
  return n;
}
struct count_them {
  template <class... T>
  std::integral_constant<std::size_t, sizeof...(T)> operator()(T&&...) const;
};
template <class Members>
inline constexpr std::size_t members_in =
    decltype(std::declval<Members>().all(count_them{}))::value;

static_assert(names_in(account_columns) ==
              members_in<decltype(account_members(std::declval<account&>()))>);
static_assert(names_in(lot_identity) ==
              members_in<decltype(lot_identity_members(std::declval<lot&>()))>);
static_assert(names_in(lot_split) == members_in<decltype(lot_split_members(std::declval<lot&>()))>);
static_assert(names_in(hold_columns) == members_in<decltype(hold_members(std::declval<hold&>()))>);
static_assert(names_in(operation_columns) ==
              members_in<decltype(operation_members(std::declval<operation&>()))>);
static_assert(names_in(body_columns) ==
              members_in<decltype(body_members(std::declval<job_body&>()))>);
static_assert(names_in(status_columns) ==
              members_in<decltype(status_members(std::declval<job_status&>()))>);
static_assert(names_in(attempt_columns) ==
              members_in<decltype(attempt_members(std::declval<attempt&>()))>);

// The last value of each enumeration: what is read beyond it is a corrupt record.

[[nodiscard]] constexpr auto last_of(account_state) { return account_state::closed; }
[[nodiscard]] constexpr auto last_of(lot_category) { return lot_category::paid; }
[[nodiscard]] constexpr auto last_of(hold_state) { return hold_state::expired; }
[[nodiscard]] constexpr auto last_of(error) { return error::corrupt_record; }
[[nodiscard]] constexpr auto last_of(entry_code) { return entry_code::breakage; }
[[nodiscard]] constexpr auto last_of(job_phase) { return job_phase::final; }
[[nodiscard]] constexpr auto last_of(job_role) { return job_role::cancelled; }
[[nodiscard]] constexpr auto last_of(attempt_outcome) { return attempt_outcome::late; }

}  // namespace tollgate::sqlite::detail
