// SPDX-License-Identifier: BSL-1.0
#pragma once
// Each record of ours as SQL lists it and as it is read again: text and reader side by side.

#include <tollgate/gate/snapshot.hpp>
#include <tollgate/jobs/attempt.hpp>
#include <tollgate/postgres/detail/record_reader.hpp>
#include <tollgate/storage/record_bytes.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::postgres::detail {

// Every text takes its columns from an alias `x`: ids, numbers, texts.

inline constexpr std::string_view account_record =
    "ARRAY[x.account], ARRAY[x.state, x.available, x.held, x.debt, x.pending, "
    "x.low_credit_threshold, x.seq, x.open_holds, x.opened_at, x.changed_at, x.last_topup_at, "
    "x.last_deduction_at]::bigint[], ARRAY[x.currency, x.freeze_reason]";

inline void read(record_reader& r, account& a) {
  r.id(a.id);
  r.code(a.state, account_state::closed);
  for (credits* part : {&a.available, &a.held, &a.debt, &a.pending, &a.low_credit_threshold}) {
    r.amount(*part);
  }
  r.number(a.seq);
  r.number(a.open_holds);
  for (timestamp* t : {&a.opened_at, &a.changed_at, &a.last_topup_at, &a.last_deduction_at}) {
    r.time(*t);
  }
  r.text(a.currency);
  r.text(a.freeze_reason);
}

inline constexpr std::string_view lot_record =
    "ARRAY[x.lot, x.parent], ARRAY[x.category, x.priority, x.effective_at, x.expires_at, x.seq, "
    "x.granted, x.pending, x.available, x.held, x.spent, x.expired, x.revoked, x.clawed_back, "
    "x.revoke_on_return]::bigint[], '{}'::bytea[]";

inline void read(record_reader& r, lot& l) {
  r.id(l.id);
  r.id(l.parent);
  r.code(l.category, lot_category::paid);
  r.number(l.priority);
  r.time(l.effective_at);
  r.time(l.expires_at);
  r.number(l.seq);
  for (credits* part : {&l.granted, &l.pending, &l.available, &l.held, &l.spent, &l.expired,
                        &l.revoked, &l.clawed_back, &l.revoke_on_return}) {
    r.amount(*part);
  }
}

inline constexpr std::string_view hold_record =
    "ARRAY[x.hold, x.made_by, x.job, x.project] || x.draw_lots, ARRAY[x.state, x.amount, "
    "x.captured, x.released, x.refunded, x.made_at, x.expires_at]::bigint[] || x.draw_parts, "
    "'{}'::bytea[]";

inline void read(record_reader& r, hold& h) {
  r.id(h.id);
  r.id(h.order);
  r.id(h.job);
  r.id(h.project);
  r.code(h.state, hold_state::expired);
  for (credits* part : {&h.amount, &h.captured, &h.released, &h.refunded}) r.amount(*part);
  r.time(h.made_at);
  r.time(h.expires_at);
  h.draws.resize(r.ids_left());
  for (draw& d : h.draws) {
    r.id(d.lot);
    for (credits* part : {&d.amount, &d.captured, &d.released, &d.refunded}) r.amount(*part);
  }
}

inline constexpr std::string_view operation_record =
    "ARRAY[x.operation, x.hold, x.project] || x.lots, ARRAY[x.seq, x.at, x.outcome, x.required, "
    "x.lim, x.moved, x.available, x.held, x.debt, x.spent, x.committed, x.jobs, "
    "x.low_credit::int]::bigint[], ARRAY[x.request, x.reason]";

inline void read(record_reader& r, operation& o, bool& sound) {
  r.id(o.id);
  r.id(o.hold);
  r.id(o.project);
  o.lots.resize(r.ids_left());
  for (lot_id& l : o.lots) r.id(l);
  r.number(o.seq);
  r.time(o.at);
  r.code(o.outcome, error::corrupt_record);
  for (credits* part :
       {&o.required, &o.limit, &o.moved, &o.available, &o.held, &o.debt, &o.spent, &o.committed}) {
    r.amount(*part);
  }
  r.number(o.jobs);
  r.flag(o.low_credit);
  auto request = read_command(r.text());
  sound = sound && request.has_value();
  if (request) o.request = *std::move(request);
  r.text(o.reason);
}

/// Begins the select of one kind of records.
[[nodiscard]] inline std::string select_record(record kind, std::string_view place,
                                               std::string_view columns) {
  return "SELECT " + std::to_string(static_cast<int>(kind)) + "::smallint, " + std::string{place} +
         ", " + std::string{columns};
}

/// A job `j` with its status `x`. A state that is NULL is the word of the machine for being worked
/// on, which a claim need not look up.
[[nodiscard]] inline std::string job_record_with(std::string_view payload) {
  return std::string{
      "ARRAY[j.job, j.account, j.made_by, j.hold, j.item, j.part_of, j.project, j.branch, "
      "x.worker], ARRAY[j.priority, j.arrival, j.ordinal, j.max_attempts, j.estimated, "
      "j.start_within, j.deadline, j.created_at, (x.state IS NULL)::int, x.phase, x.role, x.epoch, "
      "x.revision, x.settled_epoch, x.final_seq, x.attempts, x.resubmissions, x.progress, "
      "x.ready_at, x.start_by, x.lease_until, x.cancel_requested::int, x.error_retryable::int, "
      "x.actual, x.queued_at, x.started_at, x.completed_at, x.updated_at]::bigint[], "
      "ARRAY[j.kind, "}
      .append(payload)
      .append(
          ", j.words, coalesce(x.state, ''::bytea), x.error_code, x.error_message, "
          "x.provider_job_id, x.provider_metadata, x.result]");
}
/// One that is not there was empty, or has been erased.
inline constexpr std::string_view payload_of_job =
    "coalesce((SELECT p.bytes FROM {schema}.payload p WHERE p.bucket = j.bucket AND p.account = "
    "j.account AND p.job = j.job), ''::bytea)";
inline constexpr std::string_view no_payload = "''::bytea";

/// The words of machines, each made once and shared by the jobs that use it. Thread-safe.
class word_book {
 public:
  /// Null where the bytes are no words.
  [[nodiscard]] std::shared_ptr<const state_names> find(std::string_view bytes) {
    const std::lock_guard lock{mutex_};
    const auto known = words_.find(bytes);
    if (known != words_.end()) return known->second;
    auto read = read_state_names(bytes);
    if (!read) return nullptr;
    auto made = std::make_shared<const state_names>(*std::move(read));
    if (words_.size() < 1'000) words_.emplace(bytes, made);
    return made;
  }

 private:
  std::mutex mutex_{};
  std::map<std::string, std::shared_ptr<const state_names>, std::less<>> words_{};
};

inline void read(record_reader& r, job_record& into, word_book& words, bool& sound) {
  job_body b;
  job_status& s = into.status;
  r.id(b.id);
  r.id(b.account);
  r.id(b.order);
  r.id(b.hold);
  r.id(b.item);
  r.id(b.group);
  r.id(b.project);
  r.id(b.branch);
  r.id(s.worker);
  r.number(b.priority);
  r.number(b.arrival);
  r.number(b.ordinal);
  r.number(b.max_attempts);
  r.amount(b.estimated);
  r.time(b.start_within);
  r.time(b.deadline);
  r.time(b.created_at);
  const bool active = r.number() != 0;
  r.code(s.phase, job_phase::final);
  r.code(s.role, job_role::cancelled);
  r.number(s.epoch);
  r.number(s.revision);
  r.number(s.settled_epoch);
  r.number(s.final_seq);
  r.number(s.attempts);
  r.number(s.resubmissions);
  r.number(s.progress);
  r.time(s.ready_at);
  r.time(s.start_by);
  r.time(s.lease_until);
  r.flag(s.cancel_requested);
  r.flag(s.error_retryable);
  r.amount(s.actual);
  for (timestamp* t : {&s.queued_at, &s.started_at, &s.completed_at, &s.updated_at}) r.time(*t);
  r.text(b.kind);
  r.text(b.payload);
  b.states = words.find(r.text());
  sound = sound && b.states != nullptr;
  if (b.states == nullptr) b.states = std::make_shared<const state_names>();
  r.text(s.state);
  if (active) s.state = b.states->active;
  r.text(s.error_code);
  r.text(s.error_message);
  r.text(s.provider_job_id);
  r.text(s.provider_metadata);
  r.text(s.result);
  s.id = b.id;
  into.body = std::make_shared<const job_body>(std::move(b));
}

inline constexpr std::string_view attempt_record =
    "ARRAY[x.job, x.account, x.worker], ARRAY[x.epoch, x.number, x.outcome, x.at, "
    "x.retryable::int]::bigint[], ARRAY[x.error_code, x.error_message, x.provider_job_id, "
    "x.result]";

inline void read(record_reader& r, attempt& a) {
  r.id(a.job);
  r.id(a.account);
  r.id(a.worker);
  r.number(a.epoch);
  r.number(a.number);
  r.code(a.outcome, attempt_outcome::late);
  r.time(a.at);
  r.flag(a.retryable);
  r.text(a.error_code);
  r.text(a.error_message);
  r.text(a.provider_job_id);
  r.text(a.result);
}

/// What was read cannot have been written by a store: `place` is "table/key".
[[nodiscard]] inline tl::unexpected<failure> unsound(std::string place) {
  return refuse(error::corrupt_record, std::move(place), "a row that nobody wrote");
}
[[nodiscard]] inline tl::unexpected<failure> unsound(const record_reader& r) {
  return unsound(r.where());
}

}  // namespace tollgate::postgres::detail
