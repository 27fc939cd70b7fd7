// SPDX-License-Identifier: BSL-1.0
#pragma once
// The complete books of one account, in order, as an audit reads them.

#include <tollgate/core/int128.hpp>
#include <tollgate/ledger/account.hpp>
#include <tollgate/ledger/discrepancy.hpp>
#include <tollgate/ledger/entry.hpp>
#include <tollgate/ledger/hold.hpp>
#include <tollgate/ledger/lot.hpp>
#include <tollgate/ledger/operation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::detail {

/// Units in 128 bits: an audit adds what may be corrupt, and must not overflow on it.
using units_sum = int128;
[[nodiscard]] constexpr units_sum units_of(credits x) noexcept { return x.units(); }
[[nodiscard]] constexpr units_sum open_units(const hold& h) noexcept {
  return units_of(h.amount) - units_of(h.captured) - units_of(h.released);
}
[[nodiscard]] constexpr units_sum open_units(const draw& d) noexcept {
  return units_of(d.amount) - units_of(d.captured) - units_of(d.released);
}

[[nodiscard]] inline std::string text_of(units_sum units) {
  const auto amount = credits::checked_from_units(units);
  return amount ? to_string(*amount) : std::string{"an amount out of range"};
}

[[nodiscard]] inline std::string place_of(const account& a) { return "account/" + to_string(a.id); }
[[nodiscard]] inline std::string place_of(const lot& l) { return "lot/" + to_string(l.id); }
[[nodiscard]] inline std::string place_of(const hold& h) { return "hold/" + to_string(h.id); }
[[nodiscard]] inline std::string place_of(const operation& o) {
  return "operation/" + std::to_string(o.seq);
}

/// Pointers to records in the order of a member; the records outlive it.
template <class Record, class Key>
class ordered {
 public:
  ordered(std::span<const Record> records, Key Record::*key) : key_{key} {
    rows_.reserve(records.size());
    for (const Record& r : records) rows_.push_back(&r);
    sort();
  }
  ordered(std::span<const Record* const> records, Key Record::*key)
      : key_{key}, rows_(records.begin(), records.end()) {
    sort();
  }

  [[nodiscard]] std::span<const Record* const> all() const noexcept { return rows_; }
  [[nodiscard]] std::span<const Record* const> with(const Key& key) const {
    const auto first =
        std::lower_bound(rows_.begin(), rows_.end(), key,
                         [&](const Record* r, const Key& k) { return r->*key_ < k; });
    const auto last = std::upper_bound(first, rows_.end(), key,
                                       [&](const Key& k, const Record* r) { return k < r->*key_; });
    return {first, last};
  }
  [[nodiscard]] const Record* find(const Key& key) const {
    const auto same = with(key);
    return same.empty() ? nullptr : same.front();
  }
  /// Where the record stands in all(). Precondition: it is one of them.
  [[nodiscard]] std::size_t index_of(const Key& key) const {
    return static_cast<std::size_t>(with(key).data() - rows_.data());
  }

 private:
  void sort() {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [&](const Record* a, const Record* b) { return a->*key_ < b->*key_; });
  }

  Key Record::*key_;
  std::vector<const Record*> rows_{};
};

/// Everything there is of one account, and what was found wrong with it so far.
class books {
 public:
  books(const account& the_row, std::span<const lot> all_lots, std::span<const hold> all_holds,
        std::span<const operation> all_operations, std::span<const entry> all_entries)
      : row{the_row},
        lots{all_lots, &lot::id},
        holds{all_holds, &hold::id},
        operations{all_operations, &operation::seq},
        entries{all_entries, &entry::seq} {}

  void report(std::string_view rule, std::string place, std::string message) {
    discrepancies.push_back({std::string{rule}, std::move(place), std::move(message)});
  }
  /// Reports two figures that should be the same.
  template <class Record>
  void expect(std::string_view rule, const Record& at, std::string_view what, units_sum is,
              units_sum should) {
    if (is == should) return;
    report(rule, place_of(at),
           std::string{what} + " is " + text_of(is) + ", but should be " + text_of(should));
  }
  /// Reports what should be true and is not.
  template <class Record>
  void require(bool is_so, std::string_view rule, const Record& at, std::string_view otherwise) {
    if (!is_so) report(rule, place_of(at), std::string{otherwise});
  }

  const account& row;
  ordered<lot, lot_id> lots;
  ordered<hold, hold_id> holds;
  ordered<operation, std::uint64_t> operations;
  ordered<entry, std::uint64_t> entries;
  std::vector<discrepancy> discrepancies{};
};

}  // namespace tollgate::detail
