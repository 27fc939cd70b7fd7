// SPDX-License-Identifier: BSL-1.0
#pragma once
// The units of a commit, account by account: which of them can be written as one.

#include <tollgate/gate/unit.hpp>
#include <tollgate/postgres/detail/batch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tollgate::postgres::detail {

/// The units of one account in their order, and how far they came.
struct unit_group {
  account_id account{};
  std::int16_t bucket{};
  std::vector<std::size_t> units{};  // places in the commit
  std::size_t next{};                // the first that has no verdict yet
  std::size_t taken{};               // how many are in the statement under way
  bool one_by_one{};                 // a merged try was refused: nobody knows which unit it was

  [[nodiscard]] bool open() const noexcept { return next < units.size(); }
};

/// Groups in the order in which accounts are locked.
[[nodiscard]] inline std::vector<unit_group> group_units(std::span<const unit> units,
                                                         std::int64_t buckets) {
  std::vector<std::size_t> order(units.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::vector<std::int16_t> bucket(units.size());
  for (std::size_t i = 0; i < order.size(); ++i) bucket[i] = bucket_of(units[i].account, buckets);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (bucket[a] != bucket[b]) return bucket[a] < bucket[b];
    return units[a].account < units[b].account;
  });
  std::vector<unit_group> groups;
  for (const std::size_t i : order) {
    if (groups.empty() || groups.back().account != units[i].account) {
      groups.push_back({.account = units[i].account, .bucket = bucket[i]});
    }
    groups.back().units.push_back(i);
  }
  return groups;
}

/// Follows the units of one group, and says how far each follows from those before it: so far they
/// hold or fail as one, and only the first one's conditions have to be looked at.
class unit_chain {
 public:
  /// A unit that contradicts itself whatever the records are.
  [[nodiscard]] static std::optional<verdict> refused(const unit& u) {
    if (u.ledger && repeats(keys_of(*u.ledger))) return verdict::key_taken;
    std::vector<item_id> items;
    items.reserve(u.inserts.size());
    for (const job_insert& i : u.inserts) items.push_back(i.body->item);
    return repeats(std::move(items)) ? std::optional{verdict::item_taken} : std::nullopt;
  }

  /// Takes one more unit along if it follows from those before.
  [[nodiscard]] bool take(const unit& u) {
    if (count_ != 0 && !follows(u)) return false;
    ++count_;
    if (u.ledger) {
      seq_ = u.ledger->row.seq;
      for (const std::string_view key : keys_of(*u.ledger)) keys_.push_back(key);
    }
    for (const job_insert& i : u.inserts) {
      begun_.push_back(i.body->id);
      items_.push_back(i.body->item);
    }
    for (const job_change& c : u.jobs) {
      ended_ = ended_ || c.status.is_final();
      changed_.push_back(&c.status);
    }
    return true;
  }

 private:
  [[nodiscard]] bool follows(const unit& u) const {
    if (u.ledger) {
      if (seq_ ? u.ledger->expected_seq != *seq_ : u.ledger->expected_seq == 0) return false;
      for (const std::string_view key : keys_of(*u.ledger)) {
        if (has(keys_, key)) return false;
      }
    }
    // Whether an item is free again is seen by the next statement.
    if (ended_ && !u.inserts.empty()) return false;
    for (const job_insert& i : u.inserts) {
      if (has(items_, i.body->item)) return false;
    }
    for (const job_change& c : u.jobs) {
      if (has(begun_, c.status.id)) return false;
      const auto last = std::find_if(changed_.rbegin(), changed_.rend(),
                                     [&](const job_status* s) { return s->id == c.status.id; });
      if (last == changed_.rend()) continue;
      const job_status& s = **last;
      if (s.is_final() || s.epoch != c.expected_epoch || s.revision != c.expected_revision ||
          (c.expected_lease && *c.expected_lease != s.lease_until)) {
        return false;
      }
    }
    for (const attempt& a : u.attempts) {
      if (has(begun_, a.job)) return false;
    }
    return true;
  }

  template <class T>
  [[nodiscard]] static bool has(const std::vector<T>& among, const T& one) {
    return std::find(among.begin(), among.end(), one) != among.end();
  }
  [[nodiscard]] static std::vector<std::string_view> keys_of(const ledger_change& l) {
    std::vector<std::string_view> keys;
    for (const operation& o : l.operations) {
      if (!o.request.key.empty()) keys.push_back(o.request.key);
    }
    return keys;
  }
  template <class T>
  [[nodiscard]] static bool repeats(std::vector<T> values) {
    std::sort(values.begin(), values.end());
    return std::adjacent_find(values.begin(), values.end()) != values.end();
  }

  std::size_t count_{};
  std::optional<std::uint64_t> seq_{};
  bool ended_{};
  std::vector<std::string_view> keys_{};
  std::vector<job_id> begun_{};
  std::vector<item_id> items_{};
  std::vector<const job_status*> changed_{};
};

}  // namespace tollgate::postgres::detail
