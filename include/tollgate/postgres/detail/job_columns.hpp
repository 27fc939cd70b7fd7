// SPDX-License-Identifier: BSL-1.0
#pragma once
// The columns of the jobs' tables, as records of one commit fill them.

#include <tollgate/gate/unit.hpp>
#include <tollgate/postgres/detail/columns.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

/// Where a live job stands in the queue.
enum class standing : std::int16_t { out, ready, scheduled, polled };

/// Where a status belongs, as seen at an instant. A job somebody asked to cancel stands nowhere.
[[nodiscard]] inline standing standing_of(const job_status& s, timestamp now) noexcept {
  if (s.is_final() || s.phase == job_phase::leased || s.cancel_requested) return standing::out;
  if (s.phase == job_phase::waiting) return standing::polled;
  return s.ready_at > now ? standing::scheduled : standing::ready;
}

/// When a status needs a decision by itself, its job's deadline aside.
[[nodiscard]] inline timestamp due_of(const job_status& s) noexcept {
  if (s.phase == job_phase::leased) return s.lease_until;
  return s.cancel_requested ? timestamp{} : s.start_by;
}

/// A status on its way into `live` or `done`.
struct status_row {
  std::int64_t n{};
  std::int64_t i{};
  std::int16_t bucket{};
  account_id account{};
  const job_status* row{};
  std::int64_t expected_epoch{};
  std::int64_t expected_revision{};
  std::optional<timestamp> expected_lease{};
  standing stands{};
};
/// A job that begins: what belongs to the status in the same place.
struct body_row {
  const job_body* row{};
  std::string words{};
};
struct attempt_row {
  std::int64_t n{};
  const attempt* row{};
};

/// The columns of a status that `live` and `done` have in common, in the order of `status_columns`.
inline constexpr std::array<std::string_view, 26> status_names{
    "phase",           "role",       "state",         "epoch",           "revision",
    "settled_epoch",   "final_seq",  "attempts",      "resubmissions",   "progress",
    "ready_at",        "start_by",   "worker",        "lease_until",     "cancel_requested",
    "error_retryable", "error_code", "error_message", "provider_job_id", "provider_metadata",
    "result",          "actual",     "queued_at",     "started_at",      "completed_at",
    "updated_at"};

// First how the row is found and judged, then the status.
inline constexpr std::array status_columns{
    field<status_row>("n", [](const status_row& r) { return r.n; }),
    field<status_row>("i", [](const status_row& r) { return r.i; }),
    field<status_row>("bucket", [](const status_row& r) { return r.bucket; }),
    field<status_row>("account", [](const status_row& r) { return r.account; }),
    field<status_row>("job", [](const status_row& r) { return r.row->id; }),
    field<status_row>("expected_epoch", [](const status_row& r) { return r.expected_epoch; }),
    field<status_row>("expected_revision", [](const status_row& r) { return r.expected_revision; }),
    field<status_row>("expected_lease", [](const status_row& r) { return r.expected_lease; }),
    field<status_row>("stands",
                      [](const status_row& r) { return static_cast<std::int16_t>(r.stands); }),
    field<status_row>("due", [](const status_row& r) { return due_of(*r.row); }),
    field<status_row>("phase", [](const status_row& r) { return code_of(r.row->phase); }),
    field<status_row>("role", [](const status_row& r) { return code_of(r.row->role); }),
    field<status_row>("state", [](const status_row& r) { return std::string_view{r.row->state}; }),
    field<status_row>("epoch", [](const status_row& r) { return count_of(r.row->epoch); }),
    field<status_row>("revision", [](const status_row& r) { return count_of(r.row->revision); }),
    field<status_row>("settled_epoch",
                      [](const status_row& r) { return count_of(r.row->settled_epoch); }),
    field<status_row>("final_seq", [](const status_row& r) { return count_of(r.row->final_seq); }),
    field<status_row>("attempts", [](const status_row& r) { return count_of(r.row->attempts); }),
    field<status_row>("resubmissions",
                      [](const status_row& r) { return count_of(r.row->resubmissions); }),
    field<status_row>("progress", [](const status_row& r) { return count_of(r.row->progress); }),
    field<status_row>("ready_at", [](const status_row& r) { return r.row->ready_at; }),
    field<status_row>("start_by", [](const status_row& r) { return r.row->start_by; }),
    field<status_row>("worker", [](const status_row& r) { return r.row->worker; }),
    field<status_row>("lease_until", [](const status_row& r) { return r.row->lease_until; }),
    field<status_row>("cancel_requested",
                      [](const status_row& r) { return r.row->cancel_requested; }),
    field<status_row>("error_retryable",
                      [](const status_row& r) { return r.row->error_retryable; }),
    field<status_row>("error_code",
                      [](const status_row& r) { return std::string_view{r.row->error_code}; }),
    field<status_row>("error_message",
                      [](const status_row& r) { return std::string_view{r.row->error_message}; }),
    field<status_row>("provider_job_id",
                      [](const status_row& r) { return std::string_view{r.row->provider_job_id}; }),
    field<status_row>(
        "provider_metadata",
        [](const status_row& r) { return std::string_view{r.row->provider_metadata}; }),
    field<status_row>("result",
                      [](const status_row& r) { return std::string_view{r.row->result}; }),
    field<status_row>("actual", [](const status_row& r) { return r.row->actual; }),
    field<status_row>("queued_at", [](const status_row& r) { return r.row->queued_at; }),
    field<status_row>("started_at", [](const status_row& r) { return r.row->started_at; }),
    field<status_row>("completed_at", [](const status_row& r) { return r.row->completed_at; }),
    field<status_row>("updated_at", [](const status_row& r) { return r.row->updated_at; }),
};

// The names that `live` and `done` have in common are the last of them, in the same order.
static_assert(std::equal(status_names.rbegin(), status_names.rend(), status_columns.rbegin(),
                         [](std::string_view name, const column<status_row>& c) {
                           return name == c.name;
                         }));
static_assert(status_columns[status_columns.size() - status_names.size() - 1].name == "due");

inline constexpr std::array body_columns{
    field<body_row>("made_by", [](const body_row& r) { return r.row->order; }),
    field<body_row>("hold", [](const body_row& r) { return r.row->hold; }),
    field<body_row>("item", [](const body_row& r) { return r.row->item; }),
    field<body_row>("part_of", [](const body_row& r) { return r.row->group; }),
    field<body_row>("project", [](const body_row& r) { return r.row->project; }),
    field<body_row>("branch", [](const body_row& r) { return r.row->branch; }),
    field<body_row>("kind", [](const body_row& r) { return std::string_view{r.row->kind}; }),
    field<body_row>("payload", [](const body_row& r) { return std::string_view{r.row->payload}; }),
    field<body_row>("words", [](const body_row& r) { return std::string_view{r.words}; }),
    field<body_row>("priority", [](const body_row& r) { return r.row->priority; }),
    field<body_row>("arrival", [](const body_row& r) { return count_of(r.row->arrival); }),
    field<body_row>("ordinal", [](const body_row& r) { return count_of(r.row->ordinal); }),
    field<body_row>("max_attempts",
                    [](const body_row& r) { return count_of(r.row->max_attempts); }),
    field<body_row>("estimated", [](const body_row& r) { return r.row->estimated; }),
    field<body_row>("start_within", [](const body_row& r) { return r.row->start_within; }),
    field<body_row>("deadline", [](const body_row& r) { return r.row->deadline; }),
    field<body_row>("created_at", [](const body_row& r) { return r.row->created_at; }),
};

inline constexpr std::array attempt_columns{
    field<attempt_row>("n", [](const attempt_row& r) { return r.n; }),
    field<attempt_row>("job", [](const attempt_row& r) { return r.row->job; }),
    field<attempt_row>("epoch", [](const attempt_row& r) { return count_of(r.row->epoch); }),
    field<attempt_row>("outcome", [](const attempt_row& r) { return code_of(r.row->outcome); }),
    field<attempt_row>("number", [](const attempt_row& r) { return count_of(r.row->number); }),
    field<attempt_row>("worker", [](const attempt_row& r) { return r.row->worker; }),
    field<attempt_row>("at", [](const attempt_row& r) { return r.row->at; }),
    field<attempt_row>("retryable", [](const attempt_row& r) { return r.row->retryable; }),
    field<attempt_row>("error_code",
                       [](const attempt_row& r) { return std::string_view{r.row->error_code}; }),
    field<attempt_row>("error_message",
                       [](const attempt_row& r) { return std::string_view{r.row->error_message}; }),
    field<attempt_row>(
        "provider_job_id",
        [](const attempt_row& r) { return std::string_view{r.row->provider_job_id}; }),
    field<attempt_row>("result",
                       [](const attempt_row& r) { return std::string_view{r.row->result}; }),
};

}  // namespace tollgate::postgres::detail
