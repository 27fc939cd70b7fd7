// SPDX-License-Identifier: BSL-1.0
#pragma once
// The columns that a commit writes in each table, in one order for every text that writes them.

#include <array>
#include <string_view>

namespace tollgate::postgres::detail {

inline constexpr std::array<std::string_view, 14> account_names{
    "currency",      "state",
    "freeze_reason", "available",
    "held",          "debt",
    "pending",       "low_credit_threshold",
    "seq",           "open_holds",
    "opened_at",     "changed_at",
    "last_topup_at", "last_deduction_at"};
inline constexpr std::array<std::string_view, 16> lot_names{
    "lot",     "parent",  "category",    "priority",        "effective_at", "expires_at",
    "seq",     "granted", "pending",     "available",       "held",         "spent",
    "expired", "revoked", "clawed_back", "revoke_on_return"};
inline constexpr std::array<std::string_view, 11> hold_names{
    "hold",     "made_by",  "job",      "project", "state",     "amount",
    "captured", "released", "refunded", "made_at", "expires_at"};
inline constexpr std::array<std::string_view, 19> operation_names{
    "seq",      "operation", "at",        "kind",      "amount",    "outcome", "reason",
    "required", "lim",       "moved",     "available", "held",      "debt",    "hold",
    "project",  "spent",     "committed", "jobs",      "low_credit"};
inline constexpr std::array<std::string_view, 16> body_names{
    "made_by",   "hold",         "item",     "part_of",   "project", "branch",
    "kind",      "words",        "priority", "arrival",   "ordinal", "max_attempts",
    "estimated", "start_within", "deadline", "created_at"};
inline constexpr std::array<std::string_view, 11> attempt_names{
    "job",       "epoch",      "outcome",       "number",          "worker", "at",
    "retryable", "error_code", "error_message", "provider_job_id", "result"};

}  // namespace tollgate::postgres::detail
