// SPDX-License-Identifier: BSL-1.0
#pragma once
// Takes along from an account's shelf what a decision needs, each record once.

#include <tollgate/gate/snapshot.hpp>
#include <tollgate/memory/state.hpp>

#include <mutex>

namespace tollgate::memory::detail {

/// Copies the records of one want. Precondition: the mutex of the shelf's shard is held.
class loader {
 public:
  loader(account_shelf& shelf, timestamp now)
      : shelf_(shelf),
        money_(shelf.ledger),
        // A decision is never dated before the account's last operation.
        now_(later_of(now, shelf.ledger.row.changed_at)),
        mark_(++shelf.load_count) {}

  void load(const account_want& want, account_snapshot& into) {
    into_ = &into;
    into.ledger.row = money_.row;
    into.jobs.reserve(want.jobs.size());
    into.ledger.holds.reserve(want.holds.size() + want.jobs.size());
    take_due();
    take_covering(want.amount);
    for (const hold_id& h : want.holds) take_hold(shelf_.find_hold(h));
    for (const lot_id& l : want.lots) take_lot(money_.find_lot(l));
    for (const job_id& j : want.jobs) take_job(shelf_.jobs.find(j));
    for (const auto& key : want.keys) take_operation(money_.find_key(key));
    for (const item_id& item : want.items) {
      const place at = shelf_.jobs.live_job_of(item);
      if (at != nowhere) into.live.push_back({item, shelf_.jobs.rows[at].status.id});
    }
  }

 private:
  void take_due() {
    for (const auto& item : money_.due) {
      if (item.at > now_) break;
      item.is_lot ? take_lot(item.where) : take_hold(item.where);
    }
  }
  void take_covering(credits amount) {
    if (amount == credits::max()) return take_all_left();
    for (const place at : money_.drawable) {
      if (amount <= credits{}) return;
      const lot& l = money_.lots[at].value;
      if (l.effective_at > now_ || l.expires_at <= now_) continue;
      take_lot(at);
      amount -= l.available;
    }
  }
  void take_all_left() {
    for (const place at : money_.drawable) take_lot(at);
    for (const auto& item : money_.due) {  // what is pending stands here
      if (item.is_lot) take_lot(item.where);
    }
  }
  void take_lot(place at) {
    if (at == nowhere) return;
    lot_row& row = money_.lots[at];
    if (row.mark == mark_) return;
    row.mark = mark_;
    into_->ledger.lots.push_back(row.value);
  }
  void take_hold(place at) {
    if (at == nowhere) return;
    hold_row& row = money_.holds[at];
    if (row.mark == mark_) return;
    row.mark = mark_;
    into_->ledger.holds.push_back(row.value);
    for (const draw& d : row.value.draws) {
      if (!d.lot.is_nil()) take_lot(money_.find_lot(d.lot));
    }
  }
  void take_job(place at) {
    if (at == nowhere) return;
    job_row& row = shelf_.jobs.rows[at];
    if (row.mark == mark_) return;
    row.mark = mark_;
    into_->jobs.emplace_back(row.body, row.status);
    take_hold(shelf_.find_hold(row.body->hold));
    if (const auto seq = row.status.final_seq; seq != 0 && seq <= money_.operations.size()) {
      take_operation(static_cast<place>(seq - 1));
    }
  }
  void take_operation(place at) {
    if (at == nowhere) return;
    const operation& o = money_.operations[at];
    for (const operation& known : into_->ledger.prior) {
      if (known.seq == o.seq) return;
    }
    into_->ledger.prior.push_back(o);
  }

  account_shelf& shelf_;
  ledger_shelf& money_;
  timestamp now_;
  std::uint64_t mark_;
  account_snapshot* into_{};
};

[[nodiscard]] inline snapshot load(store_state& store, const load_request& request) {
  snapshot answer{.now = store.now()};
  answer.accounts.resize(request.wants.size());
  for (std::size_t i = 0; i < request.wants.size(); ++i) {
    const account_want& want = request.wants[i];
    shard& s = store.shard_of(want.account);
    const std::lock_guard guard(s.mutex);
    if (account_shelf* shelf = s.find(want.account)) {
      loader(*shelf, answer.now).load(want, answer.accounts[i]);
    }
    answer.accounts[i].ledger.row.id = want.account;  // also of one that does not exist
  }
  return answer;
}

}  // namespace tollgate::memory::detail
