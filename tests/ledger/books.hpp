// SPDX-License-Identifier: BSL-1.0
#pragma once
// The complete books of one account, kept as the simplest store would, and audited at every step.

#include <tollgate/ledger/engine.hpp>
#include <tollgate/ledger/requests.hpp>
#include <tollgate/ledger/verify.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

inline constexpr timestamp noon{1'767'268'800'000'000};  // 2026-01-01T12:00:00Z
inline constexpr account_id user{{0x0197'0000'0000'7000U, 0x8000'0000'0000'0001U}};

[[nodiscard]] inline bool same(const ledger_change& a, const ledger_change& b) {
  return a.expected_seq == b.expected_seq && a.row == b.row && a.operations == b.operations &&
         a.entries == b.entries && a.lots == b.lots && a.holds == b.holds;
}

/// Everything that is kept of one account. Every command is decided twice, on what a thrifty store
/// would load and on everything in the opposite order; what differs, and what an audit finds, is a
/// fault. Knows nothing of Catch, so that laws can use it.
class ledger_books {
 public:
  ledger_rules rules{};
  timestamp now{noon};
  account row{};
  std::map<lot_id, lot> lots{};
  std::map<hold_id, hold> holds{};
  std::vector<operation> operations{};
  std::vector<entry> entries{};
  std::string faults{};

  /// Loads for commands decided together: lots in draw order until they cover the amount, what is
  /// due with its lots, what is named with its lots.
  [[nodiscard]] ledger_state load(std::span<const command> wants) const {
    ledger_state state{.row = row};
    std::set<lot_id> wanted;
    std::set<hold_id> named;
    std::set<std::string> keys;
    credits amount{};
    for (const command& c : wants) {
      amount = detail::saturating_add(amount, may_draw(c));
      wanted.insert(c.lot);
      named.insert(c.hold);
      keys.insert(c.key);
    }
    for (const auto& [id, h] : holds) {
      const bool due = h.is_open() && h.expires_at <= now;
      if (!due && named.count(id) == 0) continue;
      state.holds.push_back(h);
      for (const draw& d : h.draws) wanted.insert(d.lot);
    }
    std::vector<const lot*> in_order;
    for (const auto& [id, l] : lots) {
      if (next_due(l) <= now) wanted.insert(id);
      const bool drawable = l.available > credits{} && l.expires_at > now;
      if (drawable || (amount == credits::max() && l.pending > credits{})) in_order.push_back(&l);
    }
    std::sort(in_order.begin(), in_order.end(),
              [](const lot* a, const lot* b) { return draw_order(*a, *b) < 0; });
    for (const lot* l : in_order) {
      if (amount <= credits{}) break;
      wanted.insert(l->id);
      if (amount != credits::max()) amount -= std::min(amount, l->available);
    }
    for (const auto& [id, l] : lots) {
      if (wanted.count(id) != 0) state.lots.push_back(l);
    }
    for (const operation& o : operations) {
      if (!o.request.key.empty() && keys.count(o.request.key) != 0) state.prior.push_back(o);
    }
    return state;
  }
  [[nodiscard]] ledger_state load(const command& c) const { return load(std::span{&c, 1}); }

  /// Everything, youngest first. Of the holds what a store must load: those named and those due.
  [[nodiscard]] ledger_state load_all(const command& c) const {
    ledger_state state{.row = row};
    for (auto l = lots.rbegin(); l != lots.rend(); ++l) state.lots.push_back(l->second);
    for (auto h = holds.rbegin(); h != holds.rend(); ++h) state.holds.push_back(h->second);
    for (const operation& o : operations) {
      if (o.request.key == c.key) state.prior.push_back(o);
    }
    return state;
  }

  /// Writes as a store does; what no store could or should write is a fault.
  void write(const ledger_change& change) {
    if (change.expected_seq != row.seq) fault("the change was decided on another state");
    row = change.row;
    for (const operation& o : change.operations) {
      if (o.seq != operations.size() + 1) fault("an operation out of sequence");
      for (const operation& old : operations) {
        const bool same = old.request.key == o.request.key;
        if (same && !o.request.key.empty()) fault("a key was used twice: " + o.request.key);
      }
      operations.push_back(o);
    }
    entries.insert(entries.end(), change.entries.begin(), change.entries.end());
    for (const lot& l : change.lots) write_lot(l);
    for (const hold& h : change.holds) write_hold(h);
    audit();
  }

  /// Decides, writes, audits.
  result<receipt> run(const command& c) {
    ledger_state thrifty = load(c);
    ledger_state whole = load_all(c);
    ledger_decision d = decide(thrifty, c, now, rules);
    const ledger_decision other = decide(whole, c, now, rules);
    if (!(d.answer == other.answer)) fault("the answer depends on what was loaded");
    if (d.write.has_value() != other.write.has_value() ||
        (d.write && !same(*d.write, *other.write))) {
      fault("what is written depends on what was loaded");
    }
    if (thrifty.row != whole.row) fault("the state left behind depends on what was loaded");
    if (d.write) {
      write(*d.write);
      if (row != thrifty.row) fault("the state left behind is not what was written");
    }
    return std::move(d.answer);
  }

  /// Decides several commands on one state, then writes them in order.
  std::vector<result<receipt>> run_batch(std::span<const command> batch) {
    ledger_state state = load(batch);
    std::vector<result<receipt>> answers;
    for (const command& c : batch) {
      ledger_decision d = decide(state, c, now, rules);
      if (d.write) write(*d.write);
      answers.push_back(std::move(d.answer));
    }
    return answers;
  }

  [[nodiscard]] std::vector<discrepancy> check() const {
    std::vector<lot> all_lots;
    std::vector<hold> all_holds;
    for (const auto& [id, l] : lots) all_lots.push_back(l);
    for (const auto& [id, h] : holds) all_holds.push_back(h);
    return verify(row, all_lots, all_holds, operations, entries);
  }
  void audit() {
    for (const discrepancy& d : check()) fault(d.rule + " at " + d.place + ": " + d.message);
  }
  void fault(const std::string& what) {
    faults += "after operation " + std::to_string(row.seq) + ": " + what + "\n";
  }

 private:
  void write_lot(const lot& l) {
    const auto old = lots.find(l.id);
    if (old != lots.end()) {
      const lot& was = old->second;
      if (was.granted != l.granted || was.expires_at != l.expires_at || was.seq != l.seq ||
          was.effective_at != l.effective_at || was.priority != l.priority ||
          was.category != l.category || was.parent != l.parent) {
        fault("a lot changed what it is");
      }
    }
    lots.insert_or_assign(l.id, l);
  }
  void write_hold(const hold& h) {
    const auto old = holds.find(h.id);
    if (old != holds.end() && !old->second.is_open()) {
      hold was = old->second;
      if (h.refunded < was.refunded) fault("a refund was taken back");
      was.refunded = h.refunded;
      for (std::size_t i = 0; i < was.draws.size() && i < h.draws.size(); ++i) {
        was.draws[i].refunded = h.draws[i].refunded;
      }
      if (was != h) fault("a final hold changed");
    }
    holds.insert_or_assign(h.id, h);
  }
};

}  // namespace tollgate::test
