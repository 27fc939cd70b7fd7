// SPDX-License-Identifier: BSL-1.0
#pragma once
// Ledger units that are written by hand: an account, its lots and holds, one lot at a time.

#include <tollgate/storage/contract/records.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::contract {

/// One account as its written units left it. Makes units the way the engine does; every unit it
/// makes keeps the invariants of the ledger.
class hand_ledger {
 public:
  explicit hand_ledger(trial& t, std::uint64_t number) : trial_{t}, id{nth<account_id>(number)} {
    row.id = id;
    row.currency = "CREDIT";
  }

 protected:
  trial& trial_;

 public:
  account_id id;
  account row{};
  std::vector<lot> lots{};
  std::vector<hold> holds{};

  /// The account with its opening grant, as seq 1.
  [[nodiscard]] unit opening(credits amount) {
    unit u = begin(operation_kind::open_account, "open");
    u.ledger->row.opened_at = now();
    fund(u, amount, {.category = lot_category::promo}, entry_code::promo_expense);
    return finish(std::move(u));
  }
  /// More credits, in a lot of a given shape; pending where it is not effective yet.
  [[nodiscard]] unit granting(std::string key, credits amount, lot shape = {}) {
    unit u = begin(operation_kind::grant, std::move(key));
    u.ledger->operations.front().request.category = shape.category;
    fund(u, amount, std::move(shape), entry_code::paid_funding);
    return finish(std::move(u));
  }
  /// An operation that moves nothing: a new threshold.
  [[nodiscard]] unit touching(std::string key, credits threshold = whole(10)) {
    unit u = begin(operation_kind::set_threshold, std::move(key));
    u.ledger->operations.front().request.threshold = threshold;
    u.ledger->row.low_credit_threshold = threshold;
    return finish(std::move(u));
  }
  /// A refusal, recorded under its key.
  [[nodiscard]] unit refusing(std::string key, credits asked = whole(999)) {
    unit u = begin(operation_kind::hold, std::move(key));
    operation& o = u.ledger->operations.front();
    o.request.amount = asked;
    o.outcome = error::insufficient_credits;
    o.reason = "not enough";
    o.required = asked;
    o.limit = row.available;
    return finish(std::move(u));
  }
  /// Costs of an earlier system.
  [[nodiscard]] unit importing(std::string key, project_id project, credits cost) {
    unit u = begin(operation_kind::import_cost, std::move(key));
    operation& o = u.ledger->operations.front();
    o.request.amount = cost;
    o.request.project = project;
    o.moved = cost;
    o.project = project;
    o.spent = cost;
    return finish(std::move(u));
  }

  /// A stand-alone hold on one lot.
  [[nodiscard]] unit holding(std::string key, credits amount, timestamp expires_at,
                             std::size_t from = 0, project_id project = {}) {
    unit u = begin(operation_kind::hold, std::move(key));
    operation& o = u.ledger->operations.front();
    o.request.amount = amount;
    o.request.expires_at = expires_at;
    o.request.project = project;
    o.moved = amount;
    o.project = project;
    o.committed = amount;
    hold h{.id = derive_id<hold_id>(id, o.seq, 1, now()),
           .order = o.id,
           .project = project,
           .amount = amount,
           .made_at = now(),
           .expires_at = expires_at};
    o.hold = h.id;
    draw_from(u, h, lot_at(from));
    u.ledger->holds.push_back(std::move(h));
    ++u.ledger->row.open_holds;
    return finish(std::move(u));
  }
  /// The capture of a whole hold.
  [[nodiscard]] unit capturing(std::string key, const hold& of) {
    unit u = begin(operation_kind::capture, std::move(key));
    u.ledger->operations.front().request.hold = of.id;
    u.ledger->operations.front().request.amount = of.open();
    end_hold(u, of, of.open());
    return finish(std::move(u));
  }
  /// A part of what a final hold captured comes back.
  [[nodiscard]] unit refunding(std::string key, hold of, credits amount) {
    unit u = begin(operation_kind::refund, std::move(key));
    operation& o = u.ledger->operations.front();
    o.request.hold = of.id;
    o.request.amount = amount;
    o.hold = of.id;
    o.moved = amount;
    o.project = of.project;
    o.spent = -amount;
    of.refunded += amount;
    of.draws.front().refunded += amount;
    lot l = lot_of(of);
    l.spent -= amount;
    l.available += amount;
    u.ledger->row.available += amount;
    u.ledger->entries = {{o.seq, entry_code::revenue, l.id, -amount},
                         {o.seq, entry_code::available, l.id, amount}};
    u.ledger->lots.push_back(l);
    u.ledger->holds.push_back(std::move(of));
    return finish(std::move(u));
  }

  [[nodiscard]] const hold* find_hold(hold_id wanted) const {
    for (const hold& h : holds) {
      if (h.id == wanted) return &h;
    }
    return nullptr;
  }
  [[nodiscard]] timestamp now() const { return trial_.clock.now(); }

 protected:
  template <class Row>
  static void replace(std::vector<Row>& rows, const Row& by) {
    for (Row& r : rows) {
      if (r.id == by.id) {
        r = by;
        return;
      }
    }
    rows.push_back(by);
  }

  [[nodiscard]] unit begin(operation_kind kind, std::string key) {
    unit u{.account = id, .ledger = ledger_change{.expected_seq = row.seq, .row = row}};
    account& after = u.ledger->row;
    ++after.seq;
    after.changed_at = now();
    u.ledger->operations.push_back(
        {.id = derive_id<operation_id>(id, after.seq, 0, now()),
         .seq = after.seq,
         .at = now(),
         .request = {.kind = kind, .account = id, .key = std::move(key)}});
    return u;
  }
  [[nodiscard]] static unit finish(unit u) {
    operation& o = u.ledger->operations.front();
    o.available = u.ledger->row.available;
    o.held = u.ledger->row.held;
    o.debt = u.ledger->row.debt;
    for (const lot& l : u.ledger->lots) o.lots.push_back(l.id);
    return u;
  }

  void fund(unit& u, credits amount, lot shape, entry_code source) {
    operation& o = u.ledger->operations.front();
    o.request.amount = amount;
    o.moved = amount;
    shape.id = derive_id<lot_id>(id, o.seq, 1, now());
    shape.seq = o.seq;
    shape.granted = amount;
    const bool later = shape.effective_at > now();
    if (!later) shape.effective_at = now();
    (later ? shape.pending : shape.available) = amount;
    (later ? u.ledger->row.pending : u.ledger->row.available) += amount;
    if (!later) u.ledger->row.last_topup_at = now();
    u.ledger->entries = {
        {o.seq, source, shape.id, -amount},
        {o.seq, later ? entry_code::pending : entry_code::available, shape.id, amount}};
    if (amount == credits{}) {
      u.ledger->entries.clear();
      return;
    }
    u.ledger->lots.push_back(std::move(shape));
  }

  /// Moves a hold's amount from the available to the held part of a lot.
  static void draw_from(unit& u, hold& h, lot source) {
    if (h.amount == credits{}) return;
    h.draws = {{.lot = source.id, .amount = h.amount}};
    source.available -= h.amount;
    source.held += h.amount;
    u.ledger->row.available -= h.amount;
    u.ledger->row.held += h.amount;
    std::vector<entry>& lines = u.ledger->entries;
    if (lines.empty()) {
      const std::uint64_t seq = u.ledger->row.seq;
      lines = {{seq, entry_code::available, source.id, {}}, {seq, entry_code::held, source.id, {}}};
    }
    lines[0].amount -= h.amount;
    lines[1].amount += h.amount;
    replace(u.ledger->lots, source);
  }

  /// A store that lost the lot must not end the suite.
  [[nodiscard]] lot lot_at(std::size_t n) const { return n < lots.size() ? lots[n] : lot{}; }

  [[nodiscard]] lot lot_of(const hold& h) const {
    for (const lot& l : lots) {
      if (!h.draws.empty() && l.id == h.draws.front().lot) return l;
    }
    return {};
  }

  /// Captures a part of a hold and releases the rest.
  void end_hold(unit& u, hold h, credits actual) {
    operation& o = u.ledger->operations.front();
    account& after = u.ledger->row;
    const credits rest = h.amount - actual;
    o.hold = h.id;
    o.moved = actual;
    o.project = h.project;
    o.spent = actual;
    o.committed = -h.amount;
    h.state =
        actual == credits{} && rest != credits{} ? hold_state::released : hold_state::captured;
    h.captured = actual;
    h.released = rest;
    --after.open_holds;
    if (!h.draws.empty()) {
      h.draws.front().captured = actual;
      h.draws.front().released = rest;
      lot l = lot_of(h);
      l.held -= h.amount;
      l.spent += actual;
      l.available += rest;
      after.held -= h.amount;
      after.available += rest;
      u.ledger->entries.push_back({o.seq, entry_code::held, l.id, -h.amount});
      if (actual != credits{})
        u.ledger->entries.push_back({o.seq, entry_code::revenue, l.id, actual});
      if (rest != credits{})
        u.ledger->entries.push_back({o.seq, entry_code::available, l.id, rest});
      u.ledger->lots.push_back(l);
    }
    if (actual != credits{}) after.last_deduction_at = now();
    u.ledger->holds.push_back(std::move(h));
  }
};

}  // namespace tollgate::contract
