// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads the journal from its beginning and compares every balance that was written on the way.

#include <tollgate/ledger/detail/books.hpp>
#include <tollgate/ledger/validate.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::detail {

/// The account row as its journal tells it.
struct folded {
  std::array<units_sum, 4> part{};  // by entry_code: available, held, pending, debt (negative)
  credits threshold{};
  account_state state{account_state::open};
  std::string_view freeze_reason{};
  timestamp last_topup_at{};
  timestamp last_charge_at{};  // of operations that certainly charged

  [[nodiscard]] units_sum available() const { return part[0]; }
  [[nodiscard]] units_sum held() const { return part[1]; }
  [[nodiscard]] units_sum pending() const { return part[2]; }
  [[nodiscard]] units_sum debt() const { return -part[3]; }
  [[nodiscard]] bool low() const { return available() < units_of(threshold); }
};

[[nodiscard]] inline bool may_owe(const command& c) noexcept {
  switch (c.kind) {
    case operation_kind::claw_back: return c.policy == claw_back_policy::into_debt;
    case operation_kind::capture:
    case operation_kind::settle: return c.overage == overage_policy::into_debt;
    case operation_kind::open_account:
    case operation_kind::grant:
    case operation_kind::hold:
    case operation_kind::release:
    case operation_kind::extend_hold:
    case operation_kind::deduct:
    case operation_kind::refund:
    case operation_kind::adjust:
    case operation_kind::set_threshold:
    case operation_kind::freeze:
    case operation_kind::unfreeze:
    case operation_kind::close:
    case operation_kind::import_cost:
    case operation_kind::confirm:
    case operation_kind::expire_hold:
    case operation_kind::expire_lot:
    case operation_kind::activate_lot: break;
  }
  return false;
}

/// Invariants 1 and 9: what one operation posted.
inline void fold_entries(books& b, const operation& o, folded& now) {
  const auto lines = b.entries.with(o.seq);
  units_sum sum{};
  for (const entry* e : lines) {
    sum += units_of(e->amount);
    const auto code = static_cast<std::size_t>(e->code);
    if (code < now.part.size()) now.part[code] += units_of(e->amount);
    b.require(code <= static_cast<std::size_t>(entry_code::breakage), "invariant 1", o,
              "an entry has a code nobody knows");
    b.require(e->lot.is_nil() || b.lots.find(e->lot) != nullptr, "invariant 13", o,
              "an entry names a lot that is not there");
  }
  b.expect("invariant 1", o, "the sum of the entries", sum, 0);
  if (!o.refused()) return;
  b.require(lines.empty(), "invariant 9", o, "a refusal has entries");
  b.require(o.moved == credits{} && o.spent == credits{} && o.committed == credits{} &&
                o.jobs == 0 && o.lots.empty(),
            "invariant 9", o, "a refusal says it moved something");
}

/// What the operation did to the row beyond its balances.
inline void fold_settings(const operation& o, folded& now) {
  if (o.refused()) return;
  switch (o.request.kind) {
    case operation_kind::open_account:
    case operation_kind::set_threshold: now.threshold = o.request.threshold; break;
    case operation_kind::grant: now.last_topup_at = o.at; break;
    case operation_kind::deduct:
    case operation_kind::capture: now.last_charge_at = o.at; break;
    case operation_kind::settle:
      if (o.moved != credits{}) now.last_charge_at = o.at;
      break;
    case operation_kind::freeze:
      now.state = account_state::frozen;
      now.freeze_reason = o.request.reason;
      break;
    case operation_kind::unfreeze:
      now.state = account_state::open;
      now.freeze_reason = {};
      break;
    case operation_kind::close: now.state = account_state::closed; break;
    case operation_kind::hold:
    case operation_kind::release:
    case operation_kind::extend_hold:
    case operation_kind::refund:
    case operation_kind::claw_back:
    case operation_kind::adjust:
    case operation_kind::import_cost:
    case operation_kind::confirm:
    case operation_kind::expire_hold:
    case operation_kind::expire_lot:
    case operation_kind::activate_lot: break;
  }
}

/// Invariants 2, 7 and 8 at one operation.
inline void audit_operation(books& b, const operation& o, const folded& before, const folded& now) {
  b.require(o.request.account == b.row.id, "invariant 13", o, "is of another account");
  b.expect("invariant 2", o, "available", units_of(o.available), now.available());
  b.expect("invariant 2", o, "held", units_of(o.held), now.held());
  b.expect("invariant 2", o, "debt", units_of(o.debt), now.debt());
  for (const units_sum part : {now.available(), now.held(), now.pending(), now.debt()}) {
    b.require(part >= 0, "invariant 7", o, "a balance falls below zero");
  }
  b.require(now.debt() <= 0 || now.available() == 0, "invariant 7", o,
            "credits are available while something is owed");
  b.require(now.debt() <= before.debt() || may_owe(o.request), "invariant 7", o,
            "the debt rises though nobody asked for it");
  const bool opens = o.request.kind == operation_kind::open_account;
  b.require(opens == (o.seq == 1), "invariant 8", o,
            "an account is opened by its first operation, once");
  const bool fell = !opens && now.low() && !before.low() && now.state != account_state::closed;
  b.require(o.low_credit == fell, "low credit", o,
            fell ? "nobody was told that credits ran low" : "tells of an edge that is none");
}

/// Invariants 6 and 13: one operation for each key, the keys of what happens by itself included.
inline void audit_keys(books& b) {
  std::vector<std::string> keys;
  keys.reserve(b.operations.all().size());
  for (const operation* o : b.operations.all()) {
    keys.push_back(key_of(*o));
    if (is_internal(o->request.kind)) {
      b.require(o->request.key.empty(), "invariant 13", *o,
                "what happens by itself has a caller's key");
    } else {
      b.require(!keys.back().empty() && !is_reserved_key(keys.back()), "invariant 13", *o,
                "has no key of a caller");
    }
  }
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i] == keys[i - 1] && !keys[i].empty()) {
      b.report("invariant 6", place_of(b.row), "the key " + keys[i] + " has two operations");
    }
  }
}

/// Invariants 1, 2, 6, 7, 8, 9 and 13.
inline void audit_journal(books& b) {
  folded now{};
  std::uint64_t seq{};
  timestamp at{};
  for (const operation* o : b.operations.all()) {
    b.require(o->seq == ++seq, "invariant 8", *o, "the journal has a gap or a double");
    b.require(seq == 1 || o->at >= at, "invariant 8", *o, "time goes back");
    seq = o->seq;
    at = o->at;
    const folded before = now;
    fold_entries(b, *o, now);
    fold_settings(*o, now);
    audit_operation(b, *o, before, now);
  }
  for (const entry* e : b.entries.all()) {
    if (b.operations.find(e->seq) != nullptr) continue;
    b.report("invariant 13", "operation/" + std::to_string(e->seq), "has entries but no record");
  }
  const account& row = b.row;
  b.expect("invariant 2", row, "available", units_of(row.available), now.available());
  b.expect("invariant 2", row, "held", units_of(row.held), now.held());
  b.expect("invariant 2", row, "pending", units_of(row.pending), now.pending());
  b.expect("invariant 2", row, "debt", units_of(row.debt), now.debt());
  b.expect("invariant 2", row, "the threshold", units_of(row.low_credit_threshold),
           units_of(now.threshold));
  b.require(row.state == now.state && row.freeze_reason == now.freeze_reason, "invariant 2", row,
            "its state is not what the journal says");
  b.require(row.last_topup_at == now.last_topup_at && row.last_deduction_at >= now.last_charge_at &&
                row.last_deduction_at <= at,
            "invariant 2", row, "the last top-up or deduction is not what the journal says");
  b.require(row.seq == seq && row.changed_at == at, "invariant 8", row,
            "its seq or time is not that of its newest operation");
  audit_keys(b);
}

}  // namespace tollgate::detail
