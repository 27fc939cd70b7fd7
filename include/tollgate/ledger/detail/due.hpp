// SPDX-License-Identifier: BSL-1.0
#pragma once
// Settle first: what became due is applied, in the order in which it became due, before anything
// is decided, so that correctness never depends on a sweeper having run.

#include <tollgate/ledger/detail/holding.hpp>

#include <cstddef>
#include <cstdint>
#include <tuple>

namespace tollgate::detail {

/// The next thing that happens by itself. At one instant holds go before lots, because what a hold
/// gives back may expire with its lot; then the older before the younger, never in the order in
/// which a store happened to load them.
struct due_item {
  timestamp at{never};
  enum class what : std::uint8_t { hold, activation, expiry } kind{};
  std::uint64_t age{};  // of a hold its time, of a lot its operation
  uuid id{};
  std::size_t index{};

  [[nodiscard]] constexpr bool before(const due_item& other) const noexcept {
    return std::tie(at, kind, age, id) < std::tie(other.at, other.kind, other.age, other.id);
  }
};

[[nodiscard]] inline due_item first_due(const ledger_state& state) {
  due_item first{};
  const auto offer = [&](due_item d) {
    if (d.at != never && d.before(first)) first = d;
  };
  for (std::size_t i = 0; i < state.holds.size(); ++i) {
    const hold& h = state.holds[i];
    if (!h.is_open()) continue;
    offer({h.expires_at, due_item::what::hold, static_cast<std::uint64_t>(h.made_at.microseconds),
           h.id.value, i});
  }
  for (std::size_t i = 0; i < state.lots.size(); ++i) {
    const lot& l = state.lots[i];
    offer({next_due(l),
           l.pending != credits{} ? due_item::what::activation : due_item::what::expiry, l.seq,
           l.id.value, i});
  }
  return first;
}

/// Ends a hold that ran out. An expiry never captures.
inline void expire_hold(posting& p, ledger_state& state, std::size_t index, timestamp at) {
  hold& h = state.holds[index];
  operation& o = p.begin({.kind = operation_kind::expire_hold,
                          .account = state.row.id,
                          .currency = state.row.currency,
                          .hold = h.id},
                         at);
  o.moved = h.open();
  o.project = h.project;
  o.committed = -h.open();
  release_rest(p, state, h);
  close_hold(p, h, hold_state::expired);
  p.touch_hold(index);
  p.finish();
}

inline void expire_lot(posting& p, ledger_state& state, std::size_t index, timestamp at) {
  operation& o = p.begin({.kind = operation_kind::expire_lot,
                          .account = state.row.id,
                          .currency = state.row.currency,
                          .lot = state.lots[index].id},
                         at);
  o.moved = state.lots[index].available;
  p.move(index, available_side, expired_side, o.moved);
  p.finish();
}

inline void activate_lot(posting& p, ledger_state& state, std::size_t index, timestamp at) {
  operation& o = p.begin({.kind = operation_kind::activate_lot,
                          .account = state.row.id,
                          .currency = state.row.currency,
                          .lot = state.lots[index].id},
                         at);
  o.moved = state.lots[index].pending;
  p.move(index, pending_side, available_side, o.moved);
  p.pay_debt(index);
  p.finish();
}

/// Applies everything due at p.now(). Each is an operation of its own at the instant it was due:
/// when somebody happens to write does not change what happened.
inline void settle_due(posting& p, ledger_state& state) {
  for (due_item d = first_due(state); d.at <= p.now() && d.at != never; d = first_due(state)) {
    switch (d.kind) {
      case due_item::what::hold: expire_hold(p, state, d.index, d.at); break;
      case due_item::what::activation: activate_lot(p, state, d.index, d.at); break;
      case due_item::what::expiry: expire_lot(p, state, d.index, d.at); break;
    }
  }
}

}  // namespace tollgate::detail
