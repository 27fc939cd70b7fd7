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

/// What was marked on a lot but is no longer held: it was captured, and only a refund would bring
/// it back. It may be asked for again, as a debt, which takes the place of the mark.
[[nodiscard]] inline credits captured_marks(const lot& l) {
  return std::max(l.revoke_on_return - l.held, credits{});
}

/// The lots in which credits of an expired grant came back and still are, in draw order. One whose
/// credits are all held is none of them: whether a store loaded it must change nothing.
[[nodiscard]] inline std::vector<std::size_t> children_of(const posting& p, lot_id grant) {
  const std::vector<lot>& lots = p.lots();
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < lots.size(); ++i) {
    if (lots[i].parent == grant && lots[i].available > credits{}) found.push_back(i);
  }
  std::sort(found.begin(), found.end(),
            [&](std::size_t a, std::size_t b) { return draw_order(lots[a], lots[b]) < 0; });
  return found;
}

/// Whether so much may be asked back of a lot. Grants only: what came back of one counts with it.
[[nodiscard]] inline refusal if_cannot_claw_back(const posting& p, const lot& l, const command& c) {
  if (!l.parent.is_nil()) {
    failure no = short_of(error::exceeds_captured, c.amount, credits{});
    no.reason = "came back of lot/" + to_string(l.parent) + ": claw back that grant";
    return no;
  }
  const bool owes = c.policy == claw_back_policy::into_debt;
  const credits most = l.granted - l.clawed_back + (owes ? captured_marks(l) : credits{});
  if (c.amount > most) return short_of(error::exceeds_captured, c.amount, most);
  if (refusal no = if_closed(p.row())) return no;
  if (!owes) return std::nullopt;
  const credits there = l.pending + p.row().available;
  const credits owed = c.amount > there ? c.amount - there : credits{};
  if (owed > credits::max() - p.row().debt) {
    return short_of(error::overflow, owed, credits::max());
  }
  return std::nullopt;
}

/// First what the grant itself still has, then what came back of it; then, if asked, the account's
/// other lots and a debt. Without a debt, what the grant has lent to holds is marked and revoked
/// when it comes back. All of it counts on the grant: no more is asked back than was granted.
[[nodiscard]] inline refusal claw_back(posting& p, const ledger_state& state, const command& c) {
  const auto index = find_lot(state, c.lot);
  if (!index) return make_failure(error::lot_not_found);
  if (refusal no = if_cannot_claw_back(p, p.lots()[*index], c)) return no;
  credits left = c.amount;
  const auto take = [&](std::size_t of, const side& from) {
    const credits share = std::min(left, p.lots()[of].*from.part);
    p.move(of, from, revoked_side, share);
    left -= share;
  };
  take(*index, pending_side);
  take(*index, available_side);
  for (const std::size_t child : children_of(p, c.lot)) take(child, available_side);
  lot& l = p.lots()[*index];
  if (c.policy == claw_back_policy::into_debt) {
    const credits others = std::min(left, p.row().available);
    drawing{p}.take(others, revoked_side, [](lot_id, credits) {});
    p.owe(entry_code::refund_out, left - others);
    const credits fresh = std::min(c.amount, l.granted - l.clawed_back);
    l.clawed_back += fresh;
    l.revoke_on_return -= c.amount - fresh;
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
