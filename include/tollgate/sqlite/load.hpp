// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads what a decision needs, each record once, from one snapshot of the file.

#include <tollgate/gate/snapshot.hpp>
#include <tollgate/sqlite/records.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <utility>

namespace tollgate::sqlite::detail {

/// Reads for one want. Precondition: a transaction is open.
class loader {
 public:
  loader(connection& c, word_cache& words, const account_want& want, account_snapshot& into)
      : c_{c}, words_{words}, account_{want.account}, into_{into}, want_{want} {}

  void load(timestamp now) {
    into_.ledger.row.id = account_;  // also of one that does not exist
    {
      auto found = c_.select(sql::account, account_);
      if (!found.next()) return;
      found.decode([&](row_reader& row) { into_.ledger.row = read_account(row); });
    }
    // A decision is never dated before the account's last operation.
    now_ = later_of(now, into_.ledger.row.changed_at);
    take_lots(sql::lots_due, account_, now_);
    take_holds(sql::holds_due, account_, now_);
    take_covering();
    for (const hold_id& h : want_.holds) take_holds(sql::hold, account_, h);
    for (const lot_id& l : want_.lots) take_named_lot(l);
    for (const job_id& j : want_.jobs) take_job(j);
    for (const std::string& key : want_.keys) {
      if (!key.empty()) take_operation(sql::operation_by_key, account_, key);
    }
    for (const item_id& item : want_.items) take_live_job(item);
    for (std::size_t n = 0; n < into_.ledger.holds.size(); ++n) {
      for (const draw& d : into_.ledger.holds[n].draws) {
        if (!d.lot.is_nil()) take_named_lot(d.lot);
      }
    }
  }

 private:
  void take_covering() {
    if (want_.amount <= credits{}) return;
    const bool everything = want_.amount == credits::max();
    credits missing = want_.amount;
    auto found = c_.select(sql::lots_drawable, account_);
    while (missing > credits{} && found.next()) {
      found.decode([&](row_reader& row) {
        lot l = read_lot(row);
        const bool usable = l.effective_at <= now_ && l.expires_at > now_;
        if (!usable && !everything) return;
        if (!everything) missing -= std::min(missing, l.available);
        take(std::move(l));
      });
    }
    if (everything) take_lots(sql::lots_pending, account_);
  }

  template <class... Values>
  void take_lots(sql what, const Values&... values) {
    auto found = c_.select(what, values...);
    while (found.next()) found.decode([&](row_reader& row) { take(read_lot(row)); });
  }
  void take_named_lot(lot_id id) {
    if (!lots_.contains(id)) take_lots(sql::lot, account_, id);
  }
  void take(lot&& l) {
    if (lots_.insert(l.id).second) into_.ledger.lots.push_back(std::move(l));
  }
  template <class... Values>
  void take_holds(sql what, const Values&... values) {
    auto found = c_.select(what, values...);
    while (found.next()) {
      found.decode([&](row_reader& row) {
        hold h = read_hold(row);
        if (holds_.insert(h.id).second) into_.ledger.holds.push_back(std::move(h));
      });
    }
  }
  template <class... Values>
  void take_operation(sql what, const Values&... values) {
    auto found = c_.select(what, values...);
    if (!found.next()) return;
    found.decode([&](row_reader& row) {
      operation o = read_operation(row);
      for (const operation& known : into_.ledger.prior) {
        if (known.seq == o.seq) return;
      }
      into_.ledger.prior.push_back(std::move(o));
    });
  }
  void take_job(job_id id) {
    for (const job_record& known : into_.jobs) {
      if (known.body->id == id) return;
    }
    {
      auto found = c_.select(sql::job, id, account_);
      if (!found.next()) return;
      found.decode([&](row_reader& row) { into_.jobs.push_back(read_job(row, words_)); });
    }
    const job_record& job = into_.jobs.back();
    if (!holds_.contains(job.body->hold)) take_holds(sql::hold, account_, job.body->hold);
    if (job.status.final_seq != 0) {
      take_operation(sql::operation_by_seq, account_, job.status.final_seq);
    }
  }
  void take_live_job(item_id item) {
    const auto live = c_.select(sql::live_job_of_item, account_, item).value<job_id>();
    if (live) into_.live.push_back({item, *live});
  }

  connection& c_;
  word_cache& words_;
  account_id account_;
  account_snapshot& into_;
  const account_want& want_;
  timestamp now_{};
  std::unordered_set<lot_id> lots_{};
  std::unordered_set<hold_id> holds_{};
};

[[nodiscard]] inline result<snapshot> load(connection& c, word_cache& words,
                                           const load_request& request, timestamp now) {
  snapshot answer{.now = now};
  answer.accounts.resize(request.wants.size());
  if (request.wants.empty()) return answer;
  c.begin(sql::begin_read);
  for (std::size_t i = 0; i < request.wants.size() && c.ok(); ++i) {
    loader{c, words, request.wants[i], answer.accounts[i]}.load(now);
  }
  if (!c.commit()) return refuse(c.take_failure());
  return answer;
}

}  // namespace tollgate::sqlite::detail
