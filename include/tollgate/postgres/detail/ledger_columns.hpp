// SPDX-License-Identifier: BSL-1.0
#pragma once
// The columns of the ledger's tables, as records of one commit fill them.

#include <tollgate/ledger/state.hpp>
#include <tollgate/postgres/detail/columns.hpp>
#include <tollgate/storage/requests.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

/// The part of a commit that concerns one account: `n` ties its rows together.
struct group_row {
  std::int64_t n{};
  std::int16_t bucket{};
  account_id account{};
  std::int64_t expected_seq{-1};  // -1: no money, the seq is not looked at
  bool queue{};                   // jobs are added or change
};
struct account_row {
  std::int64_t n{};
  const account* row{};
};
struct lot_row {
  std::int64_t n{};
  const lot* row{};
};
struct hold_row {
  std::int64_t n{};
  const hold* row{};
  std::int64_t draws_from{};  // places in the arrays of all draws, from 1
  std::int64_t draws_to{};
};
struct operation_row {
  std::int64_t n{};
  const operation* row{};
  std::string request{};
  std::int64_t lots_from{};
  std::int64_t lots_to{};
  std::int64_t entries_from{};
  std::int64_t entries_to{};
};
struct project_row {
  std::int64_t n{};
  project_id project{};
  credits spent{};
  credits committed{};
};

inline constexpr std::array group_columns{
    field<group_row>("n", [](const group_row& r) { return r.n; }),
    field<group_row>("bucket", [](const group_row& r) { return r.bucket; }),
    field<group_row>("account", [](const group_row& r) { return r.account; }),
    field<group_row>("expected", [](const group_row& r) { return r.expected_seq; }),
    field<group_row>("queue", [](const group_row& r) { return r.queue; }),
};

inline constexpr std::array account_columns{
    field<account_row>("n", [](const account_row& r) { return r.n; }),
    field<account_row>("currency",
                       [](const account_row& r) { return std::string_view{r.row->currency}; }),
    field<account_row>("state", [](const account_row& r) { return code_of(r.row->state); }),
    field<account_row>("freeze_reason",
                       [](const account_row& r) { return std::string_view{r.row->freeze_reason}; }),
    field<account_row>("available", [](const account_row& r) { return r.row->available; }),
    field<account_row>("held", [](const account_row& r) { return r.row->held; }),
    field<account_row>("debt", [](const account_row& r) { return r.row->debt; }),
    field<account_row>("pending", [](const account_row& r) { return r.row->pending; }),
    field<account_row>("low_credit_threshold",
                       [](const account_row& r) { return r.row->low_credit_threshold; }),
    field<account_row>("seq", [](const account_row& r) { return count_of(r.row->seq); }),
    field<account_row>("open_holds",
                       [](const account_row& r) { return count_of(r.row->open_holds); }),
    field<account_row>("opened_at", [](const account_row& r) { return r.row->opened_at; }),
    field<account_row>("changed_at", [](const account_row& r) { return r.row->changed_at; }),
    field<account_row>("last_topup_at", [](const account_row& r) { return r.row->last_topup_at; }),
    field<account_row>("last_deduction_at",
                       [](const account_row& r) { return r.row->last_deduction_at; }),
};

inline constexpr std::array lot_columns{
    field<lot_row>("n", [](const lot_row& r) { return r.n; }),
    field<lot_row>("lot", [](const lot_row& r) { return r.row->id; }),
    field<lot_row>("parent", [](const lot_row& r) { return r.row->parent; }),
    field<lot_row>("category", [](const lot_row& r) { return code_of(r.row->category); }),
    field<lot_row>("priority", [](const lot_row& r) { return r.row->priority; }),
    field<lot_row>("effective_at", [](const lot_row& r) { return r.row->effective_at; }),
    field<lot_row>("expires_at", [](const lot_row& r) { return r.row->expires_at; }),
    field<lot_row>("seq", [](const lot_row& r) { return count_of(r.row->seq); }),
    field<lot_row>("granted", [](const lot_row& r) { return r.row->granted; }),
    field<lot_row>("pending", [](const lot_row& r) { return r.row->pending; }),
    field<lot_row>("available", [](const lot_row& r) { return r.row->available; }),
    field<lot_row>("held", [](const lot_row& r) { return r.row->held; }),
    field<lot_row>("spent", [](const lot_row& r) { return r.row->spent; }),
    field<lot_row>("expired", [](const lot_row& r) { return r.row->expired; }),
    field<lot_row>("revoked", [](const lot_row& r) { return r.row->revoked; }),
    field<lot_row>("clawed_back", [](const lot_row& r) { return r.row->clawed_back; }),
    field<lot_row>("revoke_on_return", [](const lot_row& r) { return r.row->revoke_on_return; }),
};

inline constexpr std::array hold_columns{
    field<hold_row>("n", [](const hold_row& r) { return r.n; }),
    field<hold_row>("hold", [](const hold_row& r) { return r.row->id; }),
    field<hold_row>("made_by", [](const hold_row& r) { return r.row->order; }),
    field<hold_row>("job", [](const hold_row& r) { return r.row->job; }),
    field<hold_row>("project", [](const hold_row& r) { return r.row->project; }),
    field<hold_row>("state", [](const hold_row& r) { return code_of(r.row->state); }),
    field<hold_row>("amount", [](const hold_row& r) { return r.row->amount; }),
    field<hold_row>("captured", [](const hold_row& r) { return r.row->captured; }),
    field<hold_row>("released", [](const hold_row& r) { return r.row->released; }),
    field<hold_row>("refunded", [](const hold_row& r) { return r.row->refunded; }),
    field<hold_row>("made_at", [](const hold_row& r) { return r.row->made_at; }),
    field<hold_row>("expires_at", [](const hold_row& r) { return r.row->expires_at; }),
    field<hold_row>("draws_from", [](const hold_row& r) { return r.draws_from; }),
    field<hold_row>("draws_to", [](const hold_row& r) { return r.draws_to; }),
};

inline constexpr std::array operation_columns{
    field<operation_row>("n", [](const operation_row& r) { return r.n; }),
    field<operation_row>("seq", [](const operation_row& r) { return count_of(r.row->seq); }),
    field<operation_row>("operation", [](const operation_row& r) { return r.row->id; }),
    field<operation_row>("at", [](const operation_row& r) { return r.row->at; }),
    field<operation_row>("kind",
                         [](const operation_row& r) { return code_of(r.row->request.kind); }),
    field<operation_row>(
        "key", [](const operation_row& r) { return std::string_view{r.row->request.key}; }),
    field<operation_row>("amount", [](const operation_row& r) { return r.row->request.amount; }),
    field<operation_row>("outcome", [](const operation_row& r) { return code_of(r.row->outcome); }),
    field<operation_row>("reason",
                         [](const operation_row& r) { return std::string_view{r.row->reason}; }),
    field<operation_row>("required", [](const operation_row& r) { return r.row->required; }),
    field<operation_row>("lim", [](const operation_row& r) { return r.row->limit; }),
    field<operation_row>("moved", [](const operation_row& r) { return r.row->moved; }),
    field<operation_row>("available", [](const operation_row& r) { return r.row->available; }),
    field<operation_row>("held", [](const operation_row& r) { return r.row->held; }),
    field<operation_row>("debt", [](const operation_row& r) { return r.row->debt; }),
    field<operation_row>("hold", [](const operation_row& r) { return r.row->hold; }),
    field<operation_row>("project", [](const operation_row& r) { return r.row->project; }),
    field<operation_row>("spent", [](const operation_row& r) { return r.row->spent; }),
    field<operation_row>("committed", [](const operation_row& r) { return r.row->committed; }),
    field<operation_row>("jobs", [](const operation_row& r) { return count_of(r.row->jobs); }),
    field<operation_row>("low_credit", [](const operation_row& r) { return r.row->low_credit; }),
    field<operation_row>("request",
                         [](const operation_row& r) { return std::string_view{r.request}; }),
    field<operation_row>("lots_from", [](const operation_row& r) { return r.lots_from; }),
    field<operation_row>("lots_to", [](const operation_row& r) { return r.lots_to; }),
    field<operation_row>("entries_from", [](const operation_row& r) { return r.entries_from; }),
    field<operation_row>("entries_to", [](const operation_row& r) { return r.entries_to; }),
};

inline constexpr std::array project_columns{
    field<project_row>("n", [](const project_row& r) { return r.n; }),
    field<project_row>("project", [](const project_row& r) { return r.project; }),
    field<project_row>("spent", [](const project_row& r) { return r.spent; }),
    field<project_row>("committed", [](const project_row& r) { return r.committed; }),
};

}  // namespace tollgate::postgres::detail
