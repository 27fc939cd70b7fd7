// SPDX-License-Identifier: BSL-1.0
#pragma once
// Compares every lot with the lines of the journal that name it, and with the clock.

#include <tollgate/ledger/detail/books.hpp>
#include <tollgate/ledger/detail/posting.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace tollgate::detail {

/// What the journal and the holds say of one lot.
struct lot_tally {
  std::array<units_sum, 10> posted{};  // by entry_code
  units_sum held{};                    // open draws
  units_sum charged{};                 // captured - refunded draws

  [[nodiscard]] units_sum& operator[](entry_code code) {
    return posted[static_cast<std::size_t>(code)];
  }
};

/// The counter-account that paid for a lot.
[[nodiscard]] inline entry_code funding_of(const lot& l, const operation* made) {
  if (!l.parent.is_nil()) return entry_code::breakage;
  const bool repaid = made != nullptr && made->request.kind == operation_kind::refund;
  return repaid ? entry_code::revenue : funding_of(l.category);
}

/// Invariant 11, and that dues happened when they were due: one line of `available` of a lot.
inline void audit_draw(books& b, const entry& e, const lot& l) {
  const operation* o = b.operations.find(e.seq);
  if (o == nullptr || e.code != entry_code::available) return;
  b.require(o->at >= l.effective_at, "invariant 11", *o, "uses credits not yet effective");
  if (o->request.kind == operation_kind::expire_lot) {
    b.require(o->at == l.expires_at, "settle first", *o, "a lot expired at another time");
    return;
  }
  b.require(o->at < l.expires_at, "invariant 11", *o, "uses credits that have expired");
  if (o->request.kind == operation_kind::activate_lot) {
    b.require(o->at == l.effective_at, "settle first", *o,
              "a lot became effective at another time");
  }
}

/// Invariant 3: the parts of one lot.
inline void audit_lot(books& b, const lot& l, lot_tally t) {
  units_sum parts{};
  for (const credits part : {l.pending, l.available, l.held, l.spent, l.expired, l.revoked}) {
    b.require(part >= credits{}, "invariant 3", l, "a part is below zero");
    parts += units_of(part);
  }
  b.expect("invariant 3", l, "the sum of the parts", parts, units_of(l.granted));
  const operation* made = b.operations.find(l.seq);
  b.require(made != nullptr && !made->refused(), "invariant 13", l, "no operation made it");
  b.require(l.parent.is_nil() || b.lots.find(l.parent) != nullptr, "invariant 13", l,
            "its parent is not there");
  b.require(l.clawed_back >= credits{} && l.clawed_back <= l.granted &&
                l.revoke_on_return >= credits{} && l.revoke_on_return <= l.clawed_back,
            "invariant 3", l, "more is asked back than was granted");
  b.require(l.revoke_on_return == credits{} || (l.available == credits{} && l.pending == credits{}),
            "invariant 3", l, "has credits that should have been revoked");

  t[funding_of(l, made)] += units_of(l.granted);
  using code = entry_code;
  b.expect("invariant 3", l, "pending", units_of(l.pending), t[code::pending]);
  b.expect("invariant 3", l, "available", units_of(l.available), t[code::available]);
  b.expect("invariant 3", l, "held", units_of(l.held), t[code::held]);
  b.expect("invariant 3", l, "spent", units_of(l.spent), t[code::revenue] + t[code::debt]);
  b.expect("invariant 3", l, "expired", units_of(l.expired), t[code::breakage]);
  b.expect("invariant 3", l, "revoked", units_of(l.revoked),
           t[code::refund_out] + t[code::adjustment]);
  b.expect("invariant 3", l, "what funds it and is no lot's",
           t[code::paid_funding] + t[code::promo_expense], 0);
  b.expect("invariant 3", l, "held", units_of(l.held), t.held);
  b.expect("invariant 3", l, "what it was charged for holds", t[code::revenue], t.charged);
  b.require(next_due(l) > b.row.changed_at, "settle first", l,
            "was due before the last write, which did not apply it");
}

/// Invariant 3: no more is asked back of a grant and what came back of it than was granted.
inline void audit_claw_backs(books& b) {
  const auto lots = b.lots.all();
  std::vector<units_sum> asked(lots.size());
  for (const lot* l : lots) {
    const lot* grant = l;
    for (std::size_t up = 0; up < lots.size() && !grant->parent.is_nil(); ++up) {
      const lot* parent = b.lots.find(grant->parent);
      if (parent == nullptr) break;
      grant = parent;
    }
    asked[b.lots.index_of(grant->id)] += units_of(l->clawed_back);
  }
  for (std::size_t i = 0; i < lots.size(); ++i) {
    const bool alone = asked[i] == units_of(lots[i]->clawed_back);  // audit_lot has judged it
    b.require(alone || asked[i] <= units_of(lots[i]->granted), "invariant 3", *lots[i],
              "more is asked back of it and what came back of it than was granted");
  }
}

/// Invariants 3 and 11.
inline void audit_lots(books& b) {
  const auto lots = b.lots.all();
  std::vector<lot_tally> tallies(lots.size());
  for (const entry* e : b.entries.all()) {
    const lot* l = b.lots.find(e->lot);
    if (l == nullptr || e->code > entry_code::breakage) continue;
    tallies[b.lots.index_of(l->id)][e->code] += units_of(e->amount);
    audit_draw(b, *e, *l);
  }
  for (const hold* h : b.holds.all()) {
    for (const draw& d : h->draws) {
      if (b.lots.find(d.lot) == nullptr) continue;
      lot_tally& t = tallies[b.lots.index_of(d.lot)];
      t.held += open_units(d);
      t.charged += units_of(d.captured) - units_of(d.refunded);
    }
  }
  units_sum available{};
  units_sum held{};
  units_sum pending{};
  for (std::size_t i = 0; i < lots.size(); ++i) {
    const lot& l = *lots[i];
    b.require(i == 0 || lots[i - 1]->id != l.id, "invariant 13", l, "is there twice");
    audit_lot(b, l, tallies[i]);
    available += units_of(l.available);
    held += units_of(l.held);
    pending += units_of(l.pending);
  }
  audit_claw_backs(b);
  b.expect("invariant 3", b.row, "available", units_of(b.row.available), available);
  b.expect("invariant 3", b.row, "held", units_of(b.row.held), held);
  b.expect("invariant 3", b.row, "pending", units_of(b.row.pending), pending);
}

}  // namespace tollgate::detail
