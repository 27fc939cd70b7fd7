// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the books of an account must say besides adding up: they tell of what was asked, and of
// nothing else.

#include <tollgate/gate/order.hpp>
#include <tollgate/gate/verify.hpp>
#include <tollgate/simulation/record.hpp>
#include <tollgate/simulation/stage.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace tollgate::simulation {

/// Judges the books of one account. Refers to the stage and the record.
class money_rules {
 public:
  money_rules(stage& s, record& r) : stage_{s}, record_{r} {}

  /// `seen` operations were judged before.
  void judge(const account_records& books, std::size_t seen) {
    const auto found = verify(books.row, books.lots, books.holds, books.operations, books.entries,
                              std::span<const job_record>{books.jobs});
    for (const discrepancy& d : found) {
      stage_.require(false, d.rule, [&] { return d.place + ": " + d.message; });
    }
    if (stage_.broken) return;
    stage_.require(books.operations.size() >= seen, "ledger 13",
                   [&] { return stage_.name("account", books.row.id) + " lost operations"; });
    for (std::size_t n = seen; n < books.operations.size(); ++n) {
      judge_operation(books, books.operations[n]);
    }
    judge_debt(books);
    for (const hold& h : books.holds) judge_hold(books, h);
  }

 private:
  void judge_operation(const account_records& books, const operation& o) {
    const auto place = [&] {
      return stage_.name("account", books.row.id) + ", operation " + std::to_string(o.seq) + " (" +
             std::string{to_string(o.request.kind)} + ")";
    };
    if (o.refused()) {
      const bool moved = std::any_of(books.entries.begin(), books.entries.end(),
                                     [&](const entry& e) { return e.seq == o.seq; });
      stage_.require(!moved && o.moved == credits{}, "ledger 9",
                     [&] { return place() + " was refused and moved credits"; });
    }
    if (is_internal(o.request.kind)) return;
    stage_.require(record_.keys.contains({books.row.id, o.request.key}), "ledger 6",
                   [&] { return place() + " is under a key that nobody used"; });
    // Whoever was told that nothing happened can rely on it.
    const auto at = record_.keys.find({books.row.id, o.request.key});
    stage_.require(at == record_.keys.end() || !at->second.given_up, "ledger 6",
                   [&] { return place() + " was done, though its caller was told it was not"; });
  }

  /// A debt is there because somebody asked for it.
  void judge_debt(const account_records& books) {
    if (books.row.debt == credits{}) return;
    const bool asked_for =
        std::any_of(books.operations.begin(), books.operations.end(), [](const operation& o) {
          return !o.refused() && (o.request.policy == claw_back_policy::into_debt ||
                                  o.request.overage == overage_policy::into_debt);
        });
    stage_.require(asked_for, "ledger 7", [&] {
      return stage_.name("account", books.row.id) + " owes what nobody asked for";
    });
  }

  void judge_hold(const account_records& books, const hold& h) {
    if (h.state == hold_state::expired) {
      credits captured{};
      for (const operation& o : books.operations) {
        const bool charges = o.request.kind == operation_kind::capture && !o.refused();
        if (charges && o.hold == h.id) captured += o.moved;
      }
      stage_.require(h.captured == captured, "ledger 12", [&] {
        return stage_.name("hold", h.id) + " expired and charged what nobody captured";
      });
    }
    for (const draw& d : h.draws) {
      const auto lot_at = std::find_if(books.lots.begin(), books.lots.end(),
                                       [&](const lot& l) { return l.id == d.lot; });
      if (lot_at == books.lots.end()) continue;
      stage_.require(lot_at->effective_at <= h.made_at && h.made_at < lot_at->expires_at,
                     "ledger 11", [&] {
                       return stage_.name("hold", h.id) + " drew from " +
                              stage_.name("lot", d.lot) + ", which was not there to be drawn";
                     });
    }
  }

  stage& stage_;
  record& record_;
};

}  // namespace tollgate::simulation
