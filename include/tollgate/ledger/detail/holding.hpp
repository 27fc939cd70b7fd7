// SPDX-License-Identifier: BSL-1.0
#pragma once
// The life of held credits: drawn from lots in order, captured from the head, released from the
// tail, refunded last captured first.

#include <tollgate/ledger/detail/posting.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tollgate::detail {

/// The place of a lot among those loaded; nothing if the store did not bring it.
[[nodiscard]] inline std::optional<std::size_t> find_lot(const ledger_state& state, lot_id id) {
  for (std::size_t i = 0; i < state.lots.size(); ++i) {
    if (state.lots[i].id == id) return i;
  }
  return std::nullopt;
}
[[nodiscard]] inline std::optional<std::size_t> find_hold(const ledger_state& state, hold_id id) {
  for (std::size_t i = 0; i < state.holds.size(); ++i) {
    if (state.holds[i].id == id) return i;
  }
  return std::nullopt;
}

/// Takes available credits lot by lot in draw order. Precondition: covers(p, the sum of all takes).
class drawing {
 public:
  explicit drawing(posting& p) : posting_{p} {
    const std::vector<lot>& lots = p.lots();
    for (std::size_t i = 0; i < lots.size(); ++i) {
      if (lots[i].available > credits{}) order_.push_back(i);
    }
    std::sort(order_.begin(), order_.end(),
              [&](std::size_t a, std::size_t b) { return draw_order(lots[a], lots[b]) < 0; });
  }

  /// Moves `x` to another part of the lots it comes from, telling each share to `each`.
  template <class Each>
  void take(credits x, const side& into, Each each) {
    while (x > credits{} && next_ < order_.size()) {
      const std::size_t index = order_[next_];
      const credits share = std::min(x, posting_.lots()[index].available);
      posting_.move(index, available_side, into, share);
      each(posting_.lots()[index].id, share);
      x -= share;
      if (posting_.lots()[index].available == credits{}) ++next_;
    }
  }

 private:
  posting& posting_;
  std::vector<std::size_t> order_{};
  std::size_t next_{};
};

/// Whether the lots loaded hold at least so much; false tells of a store that loads too little.
[[nodiscard]] inline bool covers(const ledger_state& state, credits x) {
  for (const lot& l : state.lots) {
    if (x <= l.available) return true;
    x -= l.available;
  }
  return x <= credits{};
}

/// Credits come back to a lot from its held or its spent part: what was revoked meanwhile stays
/// away, whether a release or a refund brings it; into an expired lot they come as a child lot for
/// the grace period, or are forfeited.
inline void give_back(posting& p, std::size_t index, const side& from, credits x) {
  const credits revoked = std::min(p.lots()[index].revoke_on_return, x);
  p.lots()[index].revoke_on_return -= revoked;
  p.move(index, from, revoked_side, revoked);
  x -= revoked;
  if (x == credits{}) return;
  if (p.lots()[index].expires_at > p.at()) {
    p.move(index, from, available_side, x);
    p.pay_debt(index);
    return;
  }
  p.move(index, from, expired_side, x);
  if (p.rules().grace <= duration{}) return;
  const lot& old = p.lots()[index];
  p.pay_debt(p.fund({.id = p.next_id<lot_id>(),
                     .parent = old.parent.is_nil() ? old.id : old.parent,
                     .category = old.category,
                     .priority = old.priority,
                     .effective_at = p.at(),
                     .expires_at = p.at() + p.rules().grace,
                     .granted = x},
                    entry_code::breakage, available_side));
}

/// Charges the next `x` of a hold. Precondition: x <= h.open(), its lots are loaded.
inline void capture_from(posting& p, const ledger_state& state, hold& h, credits x) {
  h.captured += x;
  for (draw& d : h.draws) {
    const credits share = std::min(d.open(), x);
    if (share == credits{}) continue;
    if (const auto index = find_lot(state, d.lot)) p.move(*index, held_side, spent_side, share);
    d.captured += share;
    x -= share;
  }
}

/// Gives back everything that is open of a hold. Precondition: its lots are loaded.
inline void release_rest(posting& p, const ledger_state& state, hold& h) {
  h.released += h.open();
  for (auto d = h.draws.rbegin(); d != h.draws.rend(); ++d) {
    const credits share = d->open();
    if (share == credits{}) continue;
    if (const auto index = find_lot(state, d->lot)) give_back(p, *index, held_side, share);
    d->released += share;
  }
}

/// Makes a hold final.
inline void close_hold(posting& p, hold& h, hold_state as) {
  h.state = as;
  --p.row().open_holds;
}

/// Gives back captured credits, last captured first. Precondition: x <= captured - refunded.
inline void refund_to(posting& p, const ledger_state& state, hold& h, credits x) {
  h.refunded += x;
  for (auto d = h.draws.rbegin(); d != h.draws.rend(); ++d) {
    const credits share = std::min(d->captured - d->refunded, x);
    if (share == credits{}) continue;
    d->refunded += share;
    x -= share;
    if (const auto index = find_lot(state, d->lot)) {
      give_back(p, *index, spent_side, share);
      continue;
    }
    // It was an overage into debt: the debt falls, and what was already paid off comes back.
    const credits owed = std::min(p.row().debt, share);
    p.owe(entry_code::revenue, -owed);
    if (share > owed) {
      p.fund({.id = p.next_id<lot_id>(),
              .category = lot_category::refund,
              .effective_at = p.at(),
              .granted = share - owed},
             entry_code::revenue, available_side);
    }
  }
}

/// Whether every lot a hold drew from was loaded with it.
[[nodiscard]] inline bool has_its_lots(const ledger_state& state, const hold& h) {
  return std::all_of(h.draws.begin(), h.draws.end(), [&](const draw& d) {
    return d.lot.is_nil() || find_lot(state, d.lot).has_value();
  });
}

}  // namespace tollgate::detail
