// SPDX-License-Identifier: BSL-1.0
#pragma once
// How credits enter and leave an account other than by being spent.

#include <tollgate/ledger/detail/holding.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace tollgate::detail {

using refusal = std::optional<failure>;

[[nodiscard]] inline failure short_of(error code, credits required, credits available) {
  failure f = make_failure(code);
  f.required = required;
  f.available = available;
  return f;
}

/// A closed account takes no part in anything.
[[nodiscard]] inline refusal if_closed(const account& row) {
  if (row.state == account_state::closed) return make_failure(error::account_closed);
  return std::nullopt;
}
/// A closed or frozen account starts nothing new.
[[nodiscard]] inline refusal if_not_open(const account& row) {
  if (row.state == account_state::frozen) {
    return make_failure(error::account_frozen, {}, row.freeze_reason);
  }
  return if_closed(row);
}
/// All credits of an account together stay in the range of an amount.
[[nodiscard]] inline refusal if_too_large(const account& row, credits more) {
  if (more.units() <=
      credits::max().units() - row.available.units() - row.held.units() - row.pending.units()) {
    return std::nullopt;
  }
  return short_of(error::overflow, more, credits::max());
}

/// What grant, open_account and a positive adjust have in common.
inline void add_credits(posting& p, const command& c) {
  const timestamp effective = later_of(c.effective_at, p.at());
  lot l{.id = p.next_id<lot_id>(),
        .category = c.category,
        .priority = c.priority,
        .effective_at = effective,
        .expires_at = c.lasts_for != duration{} ? effective + c.lasts_for : c.expires_at,
        .granted = c.amount};
  const bool waits = effective > p.at();
  const std::size_t made = p.fund(l, funding_of(c.category), waits ? pending_side : available_side);
  p.pay_debt(made);
  p.current().moved = c.amount;
}

[[nodiscard]] inline refusal grant(posting& p, const command& c) {
  if (refusal no = if_closed(p.row())) return no;
  if (refusal no = if_too_large(p.row(), c.amount)) return no;
  add_credits(p, c);
  p.row().last_topup_at = p.at();
  return std::nullopt;
}

/// Takes from what is available: the only correction that cannot create a debt.
[[nodiscard]] inline refusal adjust(posting& p, const command& c) {
  if (c.amount > credits{}) {
    if (refusal no = if_closed(p.row())) return no;
    if (refusal no = if_too_large(p.row(), c.amount)) return no;
    add_credits(p, c);
    return std::nullopt;
  }
  if (refusal no = if_closed(p.row())) return no;
  if (-c.amount > p.row().available) {
    return short_of(error::insufficient_credits, -c.amount, p.row().available);
  }
  drawing{p}.take(-c.amount, adjusted_side, [](lot_id, credits) {});
  p.current().moved = c.amount;
  return std::nullopt;
}

/// First what the lot itself still has; then, if asked, the account's other lots and a debt.
/// Without a debt, what the lot has lent to holds is marked and revoked when it comes back.
[[nodiscard]] inline refusal claw_back(posting& p, const ledger_state& state, const command& c) {
  const auto index = find_lot(state, c.lot);
  if (!index) return make_failure(error::lot_not_found);
  const lot& named = p.lots()[*index];
  if (c.amount > named.granted - named.clawed_back) {
    return short_of(error::exceeds_captured, c.amount, named.granted - named.clawed_back);
  }
  if (refusal no = if_closed(p.row())) return no;
  const bool owes = c.policy == claw_back_policy::into_debt;
  if (owes) {
    const credits own = named.pending + named.available;
    const credits rest = c.amount > own ? c.amount - own : credits{};
    const credits others = p.row().available - named.available;
    if (rest > others && rest - others > credits::max() - p.row().debt) {
      return short_of(error::overflow, rest - others, credits::max());
    }
  }
  credits left = c.amount;
  const auto take_own = [&](const side& from) {
    const credits share = std::min(left, p.lots()[*index].*from.part);
    p.move(*index, from, revoked_side, share);
    left -= share;
  };
  take_own(pending_side);
  take_own(available_side);
  lot& l = p.lots()[*index];
  if (owes) {
    const credits others = std::min(left, p.row().available);
    drawing{p}.take(others, revoked_side, [](lot_id, credits) {});
    p.owe(entry_code::refund_out, left - others);
    l.clawed_back += c.amount;
    p.current().moved = c.amount;
  } else {
    // A capture after an earlier mark leaves less held than is marked.
    const credits markable = std::max(l.held - l.revoke_on_return, credits{});
    const credits marked = std::min(left, markable);
    l.revoke_on_return += marked;
    l.clawed_back += c.amount - left + marked;
    p.current().moved = c.amount - left;
  }
  p.touch_lot(*index);
  return std::nullopt;
}

[[nodiscard]] inline refusal close(posting& p, const command& c) {
  if (refusal no = if_closed(p.row())) return no;
  const account& row = p.row();
  const credits left = row.available + row.pending;
  for (const credits blocks : {row.held, row.debt, c.final ? credits{} : left}) {
    if (blocks != credits{}) return short_of(error::account_in_use, blocks, credits{});
  }
  if (row.open_holds != 0) return make_failure(error::account_in_use, {}, "a free hold is open");
  std::vector<std::size_t> lots;
  for (std::size_t i = 0; i < p.lots().size(); ++i) {
    if (p.lots()[i].pending + p.lots()[i].available != credits{}) lots.push_back(i);
  }
  std::sort(lots.begin(), lots.end(),
            [&](std::size_t a, std::size_t b) { return draw_order(p.lots()[a], p.lots()[b]) < 0; });
  for (const std::size_t i : lots) {
    p.move(i, pending_side, expired_side, p.lots()[i].pending);
    p.move(i, available_side, expired_side, p.lots()[i].available);
  }
  p.current().moved = left;
  p.row().state = account_state::closed;
  return std::nullopt;
}

[[nodiscard]] inline refusal freeze(posting& p, const command& c) {
  if (refusal no = if_closed(p.row())) return no;
  p.row().state = account_state::frozen;
  p.row().freeze_reason = c.reason;
  return std::nullopt;
}

[[nodiscard]] inline refusal unfreeze(posting& p, const command&) {
  if (refusal no = if_closed(p.row())) return no;
  p.row().state = account_state::open;
  p.row().freeze_reason.clear();
  return std::nullopt;
}

[[nodiscard]] inline refusal set_threshold(posting& p, const command& c) {
  if (refusal no = if_closed(p.row())) return no;
  p.row().low_credit_threshold = c.threshold;
  return std::nullopt;
}

[[nodiscard]] inline refusal import_cost(posting& p, const command& c) {
  if (refusal no = if_closed(p.row())) return no;
  p.current().project = c.project;
  p.current().spent = c.amount;
  p.current().moved = c.amount;
  return std::nullopt;
}

}  // namespace tollgate::detail
