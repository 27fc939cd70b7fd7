// SPDX-License-Identifier: BSL-1.0
#pragma once
// Holds, captures, releases and refunds of stand-alone callers.

#include <tollgate/ledger/detail/grants.hpp>
#include <tollgate/ledger/detail/holding.hpp>

#include <optional>
#include <utility>

namespace tollgate::detail {

/// For figures in a refusal only: a sum that stops at the largest amount.
[[nodiscard]] constexpr credits saturating_add(credits a, credits b) {
  return checked_add(a, b).value_or(credits::max());
}

/// Whether the account may hold so much, in the precedence of the errors.
[[nodiscard]] inline refusal if_cannot_hold(const posting& p, const account& row, credits total,
                                            std::uint32_t holds) {
  if (refusal no = if_not_open(row)) return no;
  const std::uint32_t most = p.rules().max_open_holds;
  if (holds != 0 && (holds > most || row.open_holds > most - holds)) {
    return make_failure(error::too_many_holds);
  }
  if (row.debt != credits{} || total > row.available) {
    return short_of(error::insufficient_credits, saturating_add(total, row.debt), row.available);
  }
  return std::nullopt;
}

/// Draws a new hold. Precondition: if_cannot_hold said nothing.
[[nodiscard]] inline hold draw_hold(drawing& from, hold h) {
  from.take(h.amount, held_side,
            [&](lot_id l, credits x) { h.draws.push_back({.lot = l, .amount = x}); });
  return h;
}

[[nodiscard]] inline refusal make_hold(posting& p, const command& c) {
  if (refusal no = if_cannot_hold(p, p.row(), c.amount, 1)) return no;
  const duration lasts = c.lasts_for != duration{} ? c.lasts_for : p.rules().hold_lasts_for;
  drawing lots{p};
  const hold& made = p.add_hold(
      draw_hold(lots, {.id = p.next_id<hold_id>(),
                       .order = p.current().id,
                       .project = c.project,
                       .amount = c.amount,
                       .made_at = p.at(),
                       .expires_at = c.expires_at != never ? c.expires_at : p.at() + lasts}));
  ++p.row().open_holds;
  operation& o = p.current();
  o.hold = made.id;
  o.moved = c.amount;
  o.project = c.project;
  o.committed = c.amount;
  return std::nullopt;
}

/// A hold made and captured in one step: nobody ever sees it open. What the lots do not cover
/// becomes debt; the caller has judged whether it may.
inline void charge_now(posting& p, hold h) {
  drawing lots{p};
  const credits covered = std::min(h.amount, p.row().available);
  lots.take(covered, spent_side, [&](lot_id l, credits x) {
    h.draws.push_back({.lot = l, .amount = x, .captured = x});
  });
  if (covered < h.amount) {
    const credits owed = h.amount - covered;
    h.draws.push_back({.lot = {}, .amount = owed, .captured = owed});
    p.owe(entry_code::revenue, owed);
  }
  h.order = p.current().id;
  h.made_at = p.at();
  h.captured = h.amount;
  h.state = hold_state::captured;
  p.add_hold(std::move(h));
  p.row().last_deduction_at = p.at();
}

[[nodiscard]] inline refusal deduct(posting& p, const command& c) {
  if (refusal no = if_cannot_hold(p, p.row(), c.amount, 0)) return no;
  const hold_id id = p.next_id<hold_id>();
  charge_now(p, {.id = id, .project = c.project, .amount = c.amount});
  operation& o = p.current();
  o.hold = id;
  o.moved = c.amount;
  o.project = c.project;
  o.spent = c.amount;
  return std::nullopt;
}

/// Whether a hold can still change.
[[nodiscard]] inline refusal if_final(const hold& h) {
  switch (h.state) {
    case hold_state::open: return std::nullopt;
    case hold_state::captured: return make_failure(error::hold_already_captured);
    case hold_state::released: return make_failure(error::hold_already_released);
    case hold_state::expired: return make_failure(error::hold_expired);
  }
  return std::nullopt;
}

/// Whether a capture above the open part may take the excess.
[[nodiscard]] inline refusal if_cannot_exceed(const posting& p, const account& row, const hold& h,
                                              credits amount, overage_policy policy) {
  if (amount <= h.open()) return std::nullopt;
  const credits over = amount - h.open();
  if (policy == overage_policy::refuse) {
    return short_of(error::exceeds_hold, amount, h.open());
  }
  if (refusal no = if_not_open(row)) return no;
  if (policy == overage_policy::from_available) return if_cannot_hold(p, row, over, 0);
  const credits owed = over > row.available ? over - row.available : credits{};
  if (owed > credits::max() - row.debt) return short_of(error::overflow, owed, credits::max());
  return std::nullopt;
}

/// Captures `amount` of a hold, the excess from a second hold that was captured as it was made.
inline void capture_with_overage(posting& p, ledger_state& state, hold& h, credits amount) {
  const credits inside = std::min(amount, h.open());
  operation& o = p.current();
  o.moved = amount;
  o.project = h.project;
  o.spent = amount;
  o.committed -= inside;
  capture_from(p, state, h, inside);
  p.row().last_deduction_at = p.at();
  if (amount > inside) {
    charge_now(p, {.id = p.next_id<hold_id>(), .project = h.project, .amount = amount - inside});
  }
}

[[nodiscard]] inline refusal capture(posting& p, ledger_state& state, const command& c) {
  const auto index = find_hold(state, c.hold);
  if (!index) return make_failure(error::hold_not_found);
  hold& h = state.holds[*index];
  if (refusal no = if_final(h)) return no;
  if (refusal no = if_cannot_exceed(p, p.row(), h, c.amount, c.overage)) return no;
  const bool final = c.final || c.amount > h.open();
  capture_with_overage(p, state, h, c.amount);
  p.touch_hold(*index);
  if (!final) return std::nullopt;
  p.current().committed -= h.open();
  release_rest(p, state, h);
  close_hold(p, h, hold_state::captured);
  return std::nullopt;
}

[[nodiscard]] inline refusal release(posting& p, ledger_state& state, const command& c) {
  const auto index = find_hold(state, c.hold);
  if (!index) return make_failure(error::hold_not_found);
  hold& h = state.holds[*index];
  if (refusal no = if_final(h)) return no;
  operation& o = p.current();
  o.moved = h.open();
  o.project = h.project;
  o.committed = -h.open();
  release_rest(p, state, h);
  close_hold(p, h, hold_state::released);
  p.touch_hold(*index);
  return std::nullopt;
}

[[nodiscard]] inline refusal extend_hold(posting& p, ledger_state& state, const command& c) {
  const auto index = find_hold(state, c.hold);
  if (!index) return make_failure(error::hold_not_found);
  hold& h = state.holds[*index];
  if (refusal no = if_final(h)) return no;
  const timestamp until = c.lasts_for != duration{} ? p.at() + c.lasts_for : c.expires_at;
  h.expires_at = later_of(h.expires_at, until);
  p.touch_hold(*index);
  return std::nullopt;
}

[[nodiscard]] inline refusal refund(posting& p, ledger_state& state, const command& c) {
  const auto index = find_hold(state, c.hold);
  if (!index) return make_failure(error::hold_not_found);
  hold& h = state.holds[*index];
  const credits refundable = h.is_open() ? credits{} : h.captured - h.refunded;
  if (c.amount > refundable) return short_of(error::exceeds_captured, c.amount, refundable);
  if (refusal no = if_closed(p.row())) return no;
  if (refusal no = if_too_large(p.row(), c.amount)) return no;
  operation& o = p.current();
  o.moved = c.amount;
  o.project = h.project;
  o.spent = -c.amount;
  refund_to(p, state, h, c.amount);
  p.touch_hold(*index);
  return std::nullopt;
}

}  // namespace tollgate::detail
