// SPDX-License-Identifier: BSL-1.0
#pragma once
// The money records of one account, and the indexes a load needs.

#include <tollgate/ledger/state.hpp>
#include <tollgate/memory/growing_list.hpp>
#include <tollgate/memory/place_index.hpp>
#include <tollgate/storage/project_sum.hpp>

#include <algorithm>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::memory::detail {

struct lot_row {
  lot value{};
  timestamp due{never};  // under which it stands among what is due
  std::uint64_t mark{};  // the last load that took it along
};
struct hold_row {
  hold value{};
  timestamp due{never};
  std::uint64_t mark{};
};
struct project_row {
  project_id id{};
  project_sum sum{};
};

/// When a hold ends by itself: only those of stand-alone callers do.
[[nodiscard]] constexpr timestamp next_due(const hold& h) noexcept {
  return h.is_open() ? h.expires_at : never;
}

/// True when two operations of a change have the same key.
[[nodiscard]] inline bool repeats_a_key(const ledger_change& change) {
  const auto& added = change.operations;
  for (std::size_t i = 1; i < added.size(); ++i) {
    if (added[i].request.key.empty()) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (added[j].request.key == added[i].request.key) return true;
    }
  }
  return false;
}

/// Guarded by the mutex of its shard, like everything on a shelf.
class ledger_shelf {
 public:
  /// A lot or hold that changes by itself, ordered by when. At one instant holds go before lots.
  struct due_item {
    timestamp at{};
    bool is_lot{};
    place where{};
    friend auto operator<=>(const due_item&, const due_item&) = default;
  };

  account row{};
  growing_list<lot_row> lots{};
  growing_list<hold_row> holds{};
  growing_list<operation> operations{};  // by seq, from 1
  growing_list<entry> entries{};
  std::vector<place> drawable{};  // lots with something available, in draw order
  std::set<due_item> due{};

  [[nodiscard]] place find_lot(lot_id id) const {
    if (lots.size() <= few) {
      for (place p = 0; p < lots.size(); ++p) {
        if (lots[p].value.id == id) return p;
      }
      return nowhere;
    }
    return lot_index_.find(hash_of(id), [&](place p) { return lots[p].value.id == id; });
  }
  [[nodiscard]] place find_hold(hold_id id) const {
    return hold_index_.find(hash_of(id), [&](place p) { return holds[p].value.id == id; });
  }
  [[nodiscard]] place find_key(std::string_view key) const {
    return key_index_.find(hash_of(key), [&](place p) { return operations[p].request.key == key; });
  }
  [[nodiscard]] result<project_total> total_of(project_id id) const {
    const place at = find_project(id);
    return at == nowhere ? project_total{} : projects_[at].sum.total();
  }

  /// True when a key of the change was used before.
  [[nodiscard]] bool has_a_key_of(const ledger_change& change) const {
    for (const operation& o : change.operations) {
      if (!o.request.key.empty() && find_key(o.request.key) != nowhere) return true;
    }
    return false;
  }

  /// Adds a hold; `find_hold` finds it if it is `indexed`.
  place add_hold(hold&& h, bool indexed) {
    const place at = holds.size();
    if (indexed) hold_index_.add(hash_of(h.id), at);
    hold_row& made = holds.add({.value = std::move(h)});
    expect(made.due, next_due(made.value), false, at);
    return at;
  }
  void replace_hold(place at, hold&& h) {
    hold_row& known = holds[at];
    known.value = std::move(h);
    expect(known.due, next_due(known.value), false, at);
  }

  /// Writes all of a change but its holds; moves from it.
  void write(ledger_change& change) {
    row = std::move(change.row);
    for (lot& l : change.lots) write_lot(l);
    for (const entry& e : change.entries) entries.add(entry{e});
    for (operation& o : change.operations) append(std::move(o));
  }

 private:
  // So many are looked through one by one: they are near, an index is somewhere else.
  static constexpr place few = 4;

  template <class Id>
  [[nodiscard]] static std::uint64_t hash_of(const Id& id) noexcept {
    return std::hash<Id>{}(id);
  }
  [[nodiscard]] place find_project(project_id id) const {
    if (projects_.size() <= few) {
      for (place p = 0; p < projects_.size(); ++p) {
        if (projects_[p].id == id) return p;
      }
      return nowhere;
    }
    return project_index_.find(hash_of(id), [&](place p) { return projects_[p].id == id; });
  }

  void append(operation&& o) {
    assert(o.seq == operations.size() + 1);
    const place at = operations.size();
    if (!o.request.key.empty()) key_index_.add(hash_of(std::string_view{o.request.key}), at);
    if (o.spent != credits{} || o.committed != credits{}) {
      place known = find_project(o.project);
      if (known == nowhere) {
        known = projects_.size();
        projects_.add({.id = o.project});
        project_index_.add(hash_of(o.project), known);
      }
      projects_[known].sum.add(o);
    }
    operations.add(std::move(o));
  }

  void write_lot(const lot& l) {
    place at = find_lot(l.id);
    if (at == nowhere) {
      at = lots.size();
      lots.add({.value = l});
      lot_index_.add(hash_of(l.id), at);
      if (l.available != credits{}) stand_in_draw_order(at);
    } else {
      lot& old = lots[at].value;
      const bool stood = old.available != credits{};
      const bool stands = l.available != credits{};
      if (stood == stands && draw_order(old, l) == std::strong_ordering::equal) {
        old = l;
      } else {
        if (stood) drawable.erase(in_draw_order(old));
        old = l;
        if (stands) stand_in_draw_order(at);
      }
    }
    expect(lots[at].due, next_due(l), true, at);
  }
  [[nodiscard]] std::vector<place>::iterator in_draw_order(const lot& l) {
    return std::lower_bound(drawable.begin(), drawable.end(), l, [this](place p, const lot& x) {
      return draw_order(lots[p].value, x) < 0;
    });
  }
  void stand_in_draw_order(place at) { drawable.insert(in_draw_order(lots[at].value), at); }

  // Most lots and holds never change by themselves and cost nothing here.
  void expect(timestamp& known, timestamp next, bool is_lot, place at) {
    if (known == next) return;
    if (known != never) due.erase({known, is_lot, at});
    if (next != never) due.insert({next, is_lot, at});
    known = next;
  }

  growing_list<project_row> projects_{};
  place_index lot_index_{};
  place_index hold_index_{};
  place_index key_index_{};
  place_index project_index_{};
};

}  // namespace tollgate::memory::detail
