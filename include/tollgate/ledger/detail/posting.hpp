// SPDX-License-Identifier: BSL-1.0
#pragma once
// The one place where credits move: every move changes a lot, the account row and the journal by
// the same number, so that no two of them can disagree.

#include <tollgate/ledger/detail/touched.hpp>
#include <tollgate/ledger/rules.hpp>
#include <tollgate/ledger/state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tollgate::detail {

/// One side of a move: where it shows in the journal, and which part of the lot it is.
struct side {
  entry_code code{};
  credits lot::*part{};
};
inline constexpr side available_side{entry_code::available, &lot::available};
inline constexpr side held_side{entry_code::held, &lot::held};
inline constexpr side pending_side{entry_code::pending, &lot::pending};
inline constexpr side spent_side{entry_code::revenue, &lot::spent};
inline constexpr side repaid_side{entry_code::debt, &lot::spent};  // spent on an old debt
inline constexpr side expired_side{entry_code::breakage, &lot::expired};
inline constexpr side revoked_side{entry_code::refund_out, &lot::revoked};
inline constexpr side adjusted_side{entry_code::adjustment, &lot::revoked};

[[nodiscard]] constexpr entry_code funding_of(lot_category category) noexcept {
  switch (category) {
    case lot_category::promo: return entry_code::promo_expense;
    case lot_category::paid: return entry_code::paid_funding;
    case lot_category::refund: return entry_code::refund_out;
    case lot_category::adjustment: return entry_code::adjustment;
  }
  return entry_code::adjustment;
}

/// The open part of a sequence of operations of one account: begin, move, finish, begin, ...; then
/// `take` gives what has to be written. Lots are named by their index in the state, which only
/// grows.
class posting {
 public:
  posting(ledger_state& state, timestamp now, const ledger_rules& rules)
      : state_{state}, rules_{rules}, now_{later_of(now, state.row.changed_at)} {
    change_.expected_seq = state.row.seq;
  }

  [[nodiscard]] timestamp now() const noexcept { return now_; }
  [[nodiscard]] account& row() noexcept { return state_.row; }
  [[nodiscard]] std::vector<lot>& lots() noexcept { return state_.lots; }
  [[nodiscard]] std::vector<hold>& holds() noexcept { return state_.holds; }
  [[nodiscard]] const account& row() const noexcept { return state_.row; }
  [[nodiscard]] const std::vector<lot>& lots() const noexcept { return state_.lots; }
  [[nodiscard]] const ledger_rules& rules() const noexcept { return rules_; }

  /// Starts the operation of a request. The reference is good until the next `begin`.
  operation& begin(command request, timestamp at) {
    account& row = state_.row;
    at_ = later_of(at, row.changed_at);
    ++row.seq;
    row.changed_at = at_;
    was_low_ = row.is_low_credit();
    made_ = 0;
    first_entry_ = change_.entries.size();
    if (change_.entries.empty()) change_.entries.reserve(usual_entries);
    operation& o = change_.operations.emplace_back();
    o.id = derive_id<operation_id>(row.id, row.seq, 0, at_);
    o.seq = row.seq;
    o.at = at_;
    o.hold = request.hold;
    o.request = std::move(request);
    return o;
  }

  /// Ends the operation: balances after, the edge of low credit.
  void finish() {
    operation& o = current();
    const account& row = state_.row;
    o.available = row.available;
    o.held = row.held;
    o.debt = row.debt;
    o.low_credit = row.is_low_credit() && !was_low_ && row.state != account_state::closed;
    for (std::size_t i = first_entry_; i < change_.entries.size(); ++i) {
      const lot_id l = change_.entries[i].lot;
      if (!l.is_nil() && std::find(o.lots.begin(), o.lots.end(), l) == o.lots.end()) {
        o.lots.push_back(l);
      }
    }
    const auto nothing = [](const entry& e) { return e.amount == credits{}; };
    const auto first = change_.entries.begin() + static_cast<std::ptrdiff_t>(first_entry_);
    change_.entries.erase(std::remove_if(first, change_.entries.end(), nothing),
                          change_.entries.end());
  }

  /// Ends the operation as a refusal, which moves nothing.
  void finish_refused(const failure& why) {
    operation& o = current();
    o.outcome = why.code;
    o.reason = why.reason;
    o.required = why.required;
    o.limit = why.available;
    finish();
  }

  [[nodiscard]] operation& current() noexcept { return change_.operations.back(); }
  [[nodiscard]] timestamp at() const noexcept { return at_; }

  /// The id of the next thing this operation makes.
  template <class Id>
  [[nodiscard]] Id next_id() {
    return derive_id<Id>(state_.row.id, state_.row.seq, ++made_, at_);
  }

  /// Moves credits from one part of a lot to another.
  void move(std::size_t index, const side& from, const side& to, credits x) {
    if (x == credits{}) return;
    lot& l = state_.lots[index];
    l.*from.part -= x;
    l.*to.part += x;
    post(from.code, l.id, -x);
    post(to.code, l.id, x);
    touch_lot(index);
  }

  /// Adds a lot funded by a counter-account; its credits are pending or available.
  std::size_t fund(lot l, entry_code funding, const side& into) {
    l.seq = state_.row.seq;
    const credits x = l.granted;
    l.*into.part += x;
    state_.lots.push_back(std::move(l));
    const std::size_t index = state_.lots.size() - 1;
    post(funding, state_.lots[index].id, -x);
    post(into.code, state_.lots[index].id, x);
    touch_lot(index);
    return index;
  }

  /// Records a debt, or its reduction by a negative amount, against a counter-account.
  void owe(entry_code counter, credits x) {
    if (x == credits{}) return;
    post(entry_code::debt, {}, -x);
    post(counter, {}, x);
  }

  /// Credits that arrived pay what is owed first.
  void pay_debt(std::size_t index) {
    const credits x = std::min(state_.row.debt, state_.lots[index].available);
    move(index, available_side, repaid_side, x);
  }

  void touch_lot(std::size_t index) { touched_lots_.add(index); }
  void touch_hold(std::size_t index) { touched_holds_.add(index); }
  /// A hold this change makes; nobody can name it before it is written.
  hold& add_hold(hold h) { return change_.holds.emplace_back(std::move(h)); }
  void reserve_holds(std::size_t n) { change_.holds.reserve(change_.holds.size() + n); }

  /// Whether there is an operation to write.
  [[nodiscard]] bool wrote() const noexcept { return !change_.operations.empty(); }
  /// What has to be written. The operations become known to the next command of the batch.
  [[nodiscard]] ledger_change&& take() {
    change_.row = state_.row;
    change_.lots.reserve(touched_lots_.size());
    for (std::size_t n = 0; n < touched_lots_.size(); ++n) {
      change_.lots.push_back(state_.lots[touched_lots_[n]]);
    }
    for (std::size_t n = 0; n < touched_holds_.size(); ++n) {
      change_.holds.push_back(state_.holds[touched_holds_[n]]);
    }
    return std::move(change_);
  }

 private:
  static constexpr std::size_t usual_entries = 4;  // of one operation on one lot

  /// Adds to the line of this code and lot; the account row follows the lines of its own parts.
  void post(entry_code code, lot_id l, credits x) {
    account& row = state_.row;
    switch (code) {
      case entry_code::available: row.available += x; break;
      case entry_code::held: row.held += x; break;
      case entry_code::pending: row.pending += x; break;
      case entry_code::debt: row.debt -= x; break;
      case entry_code::paid_funding:  // counter-accounts are on no row
      case entry_code::promo_expense:
      case entry_code::adjustment:
      case entry_code::refund_out:
      case entry_code::revenue:
      case entry_code::breakage: break;
    }
    for (std::size_t i = first_entry_; i < change_.entries.size(); ++i) {
      entry& e = change_.entries[i];
      if (e.code == code && e.lot == l) {
        e.amount += x;
        return;
      }
    }
    change_.entries.push_back({.seq = row.seq, .code = code, .lot = l, .amount = x});
  }

  ledger_state& state_;
  const ledger_rules& rules_;
  timestamp now_;
  timestamp at_{};
  bool was_low_{};
  std::uint32_t made_{};
  std::size_t first_entry_{};
  ledger_change change_{};
  touched touched_lots_{};
  touched touched_holds_{};
};

}  // namespace tollgate::detail
