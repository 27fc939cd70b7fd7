// SPDX-License-Identifier: BSL-1.0
#pragma once
// Compares every hold with its draws and with the operations that made and ended it, and the
// running totals of projects with what their holds were charged.

#include <tollgate/ledger/detail/books.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tollgate::detail {

/// What the operations say of one hold.
struct hold_tally {
  std::size_t ended{};    // operations that end a hold whatever it has
  bool may_have_ended{};  // a capture that ends it only where it took more than was open
};

/// Invariant 5: what is captured is a head of the draws, what is released a tail, and refunds
/// begin with what was captured last.
inline void audit_draws(books& b, const hold& h) {
  units_sum amount{};
  units_sum captured{};
  units_sum released{};
  units_sum refunded{};
  bool head = true;       // everything so far is captured whole
  bool tail = false;      // the release has begun
  bool returned = false;  // the refund has begun
  for (const draw& d : h.draws) {
    const bool sound = d.captured >= credits{} && d.released >= credits{} &&
                       d.refunded >= credits{} && d.amount > credits{} && open_units(d) >= 0;
    b.require(sound, "invariant 5", h, "a part of a draw is below zero");
    b.require(d.refunded <= d.captured, "invariant 10", h, "more is refunded than was captured");
    b.require(d.lot.is_nil() ? d.captured == d.amount : b.lots.find(d.lot) != nullptr,
              "invariant 13", h, "a draw names a lot that is not there");
    b.require(head || d.captured == credits{}, "invariant 5", h, "the captured part is no head");
    b.require(!tail || d.released == d.amount, "invariant 5", h, "the released part is no tail");
    b.require(!returned || d.refunded == d.captured, "invariant 5", h,
              "the refund began in the middle");
    head = head && d.captured == d.amount;
    tail = tail || d.released != credits{};
    returned = returned || d.refunded != credits{};
    amount += units_of(d.amount);
    captured += units_of(d.captured);
    released += units_of(d.released);
    refunded += units_of(d.refunded);
  }
  b.expect("invariant 5", h, "the amount", units_of(h.amount), amount);
  b.expect("invariant 5", h, "what was captured", units_of(h.captured), captured);
  b.expect("invariant 5", h, "what was released", units_of(h.released), released);
  b.expect("invariant 5", h, "what was refunded", units_of(h.refunded), refunded);
}

/// How many holds an operation made, for certain; a capture or settle may make one more.
[[nodiscard]] inline std::uint32_t holds_made(const operation& o) {
  if (o.refused()) return 0;
  switch (o.request.kind) {
    case operation_kind::confirm: return o.jobs;
    case operation_kind::hold:
    case operation_kind::deduct: return 1;
    case operation_kind::open_account:
    case operation_kind::grant:
    case operation_kind::capture:
    case operation_kind::release:
    case operation_kind::extend_hold:
    case operation_kind::refund:
    case operation_kind::claw_back:
    case operation_kind::adjust:
    case operation_kind::set_threshold:
    case operation_kind::freeze:
    case operation_kind::unfreeze:
    case operation_kind::close:
    case operation_kind::import_cost:
    case operation_kind::settle:
    case operation_kind::expire_hold:
    case operation_kind::expire_lot:
    case operation_kind::activate_lot: break;
  }
  return 0;
}
/// What an operation does to the hold it names.
enum class hold_effect : std::uint8_t { none, captures, ends, expires };
[[nodiscard]] inline hold_effect effect_on_hold(const command& c) {
  switch (c.kind) {
    case operation_kind::capture: return hold_effect::captures;  // and ends, where it is final
    case operation_kind::release:
    case operation_kind::settle: return hold_effect::ends;
    case operation_kind::expire_hold: return hold_effect::expires;
    case operation_kind::open_account:
    case operation_kind::grant:
    case operation_kind::hold:
    case operation_kind::extend_hold:
    case operation_kind::deduct:
    case operation_kind::refund:
    case operation_kind::claw_back:
    case operation_kind::adjust:
    case operation_kind::set_threshold:
    case operation_kind::freeze:
    case operation_kind::unfreeze:
    case operation_kind::close:
    case operation_kind::import_cost:
    case operation_kind::confirm:
    case operation_kind::expire_lot:
    case operation_kind::activate_lot: break;
  }
  return hold_effect::none;
}
[[nodiscard]] inline bool may_exceed(const operation& o) {
  const bool charges = effect_on_hold(o.request) == hold_effect::captures ||
                       o.request.kind == operation_kind::settle;
  return !o.refused() && charges && o.request.overage != overage_policy::refuse;
}

/// Invariants 4 and 10 of one hold.
inline void audit_hold(books& b, const hold& h, const operation* made, const hold_tally& t) {
  b.require(h.is_open() || open_units(h) == 0, "invariant 4", h, "is final, but not all of it");
  b.require(h.state <= hold_state::expired, "invariant 4", h, "has a state nobody knows");
  b.require(h.refunded == credits{} || !h.is_open(), "invariant 5", h, "is refunded while open");
  b.require(h.refunded <= h.captured, "invariant 10", h, "more is refunded than was captured");
  if (made == nullptr || made->refused()) {
    b.report("invariant 13", place_of(h), "no operation made it");
    return;
  }
  b.require(h.made_at == made->at, "invariant 13", h, "was made at another time");
  const operation_kind kind = made->request.kind;
  const bool lasting = kind == operation_kind::hold || kind == operation_kind::confirm;
  b.require(h.job.is_nil() != (kind == operation_kind::confirm), "invariant 13", h,
            "only an order makes the holds of jobs");
  b.require((h.expires_at != never) == (kind == operation_kind::hold), "invariant 4", h,
            "stand-alone holds have a time-out, others have none");
  b.require(!h.is_open() || h.expires_at > b.row.changed_at, "settle first", h,
            "ran out before the last write, which did not end it");
  if (!lasting) {
    b.require(h.state == hold_state::captured && h.captured == h.amount && t.ended == 0,
              "invariant 4", h, "should have been captured as it was made");
    return;
  }
  b.require(h.is_open() ? t.ended == 0 : t.ended == 1 || (t.ended == 0 && t.may_have_ended),
            "invariant 6", h, "has not one outcome, or none while it is open");
}

/// Charges and reservations of a project: what operations say, less what holds and imports say.
struct project_delta {
  project_id project{};
  units_sum spent{};
  units_sum committed{};
};

inline void audit_projects(books& b) {
  std::vector<project_delta> deltas;
  deltas.reserve(b.operations.all().size() + b.holds.all().size());
  for (const operation* o : b.operations.all()) {
    const bool imported = o->request.kind == operation_kind::import_cost && !o->refused();
    const credits import = imported ? o->request.amount : credits{};
    deltas.push_back({o->project, units_of(o->spent) - units_of(import), units_of(o->committed)});
  }
  for (const hold* h : b.holds.all()) {
    deltas.push_back({h->project, units_of(h->refunded) - units_of(h->captured), -open_units(*h)});
  }
  std::sort(deltas.begin(), deltas.end(),
            [](const project_delta& x, const project_delta& y) { return x.project < y.project; });
  project_delta sum{};
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    if (i == 0 || deltas[i].project != deltas[i - 1].project) sum = {deltas[i].project, 0, 0};
    sum.spent += deltas[i].spent;
    sum.committed += deltas[i].committed;
    if (i + 1 != deltas.size() && deltas[i + 1].project == sum.project) continue;
    if (sum.spent == 0 && sum.committed == 0) continue;
    b.report("running total", "project/" + to_string(sum.project),
             "differs from its holds by " + text_of(sum.spent) + " spent and " +
                 text_of(sum.committed) + " committed");
  }
}

/// Which operation ended which hold; and that all an operation made is there.
[[nodiscard]] inline std::vector<hold_tally> tally_holds(books& b) {
  std::vector<hold_tally> tallies(b.holds.all().size());
  ordered<operation, operation_id> by_id{b.operations.all(), &operation::id};
  std::vector<std::uint32_t> made(by_id.all().size());
  for (const hold* h : b.holds.all()) {
    if (by_id.find(h->order) != nullptr) ++made[by_id.index_of(h->order)];
  }
  for (const operation* o : b.operations.all()) {
    b.require(by_id.with(o->id).size() == 1, "invariant 13", *o, "shares its id with another");
    const std::uint32_t least = holds_made(*o);
    const std::uint32_t there = made[by_id.index_of(o->id)];
    b.require(there == least || (may_exceed(*o) && there == 1), "invariant 13", *o,
              "a hold it made is not there, or one it did not make");
    if (o->refused() || o->hold.is_nil()) continue;
    if (b.holds.find(o->hold) == nullptr) {
      b.report("invariant 13", place_of(*o), "names a hold that is not there");
      continue;
    }
    const hold& h = *b.holds.find(o->hold);
    hold_tally& t = tallies[b.holds.index_of(o->hold)];
    const hold_effect effect = effect_on_hold(o->request);
    if (effect == hold_effect::expires) {
      b.require(o->at == h.expires_at && h.state == hold_state::expired, "settle first", h,
                "ran out at another time, or did not");
    }
    const bool captures = effect == hold_effect::captures;
    const bool ends = effect == hold_effect::ends || effect == hold_effect::expires ||
                      (captures && o->request.final);
    if (ends) ++t.ended;
    if (captures && !ends && may_exceed(*o)) t.may_have_ended = true;
  }
  return tallies;
}

/// Invariants 3 (held, open holds), 4, 5, 6 (one outcome), 10, 13, and running totals.
inline void audit_holds(books& b) {
  const auto tallies = tally_holds(b);
  ordered<operation, operation_id> by_id{b.operations.all(), &operation::id};
  const auto holds = b.holds.all();
  units_sum held{};
  units_sum charged{};
  units_sum revenue{};
  std::uint32_t open{};
  for (std::size_t i = 0; i < holds.size(); ++i) {
    const hold& h = *holds[i];
    b.require(i == 0 || holds[i - 1]->id != h.id, "invariant 13", h, "is there twice");
    audit_hold(b, h, by_id.find(h.order), tallies[i]);
    audit_draws(b, h);
    held += open_units(h);
    charged += units_of(h.captured) - units_of(h.refunded);
    if (h.is_open()) ++open;
  }
  for (const entry* e : b.entries.all()) {
    if (e->code == entry_code::revenue) revenue += units_of(e->amount);
  }
  b.expect("invariant 3", b.row, "held", units_of(b.row.held), held);
  b.expect("invariant 3", b.row, "revenue", revenue, charged);
  b.require(b.row.open_holds == open, "invariant 3", b.row, "counts other open holds");
  audit_projects(b);
}

}  // namespace tollgate::detail
