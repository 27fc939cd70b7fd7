// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads records of any kind from rows of one shape: what it is, whose, its ids, numbers and texts.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/postgres/rows.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tollgate::postgres::detail {

/// The kinds of records a statement can answer with, one in a row.
enum class record : std::int16_t {
  clock,
  account,
  lot,
  hold,
  operation,
  entries,
  job,
  live_item,
  attempt,
  due_holds,  // the clock of a load that leaves out holds which are due
};

/// Takes the members of one record in the order in which the text lists them. What does not fit
/// makes `sound()` false, as does a row that holds more or less.
class record_reader {
 public:
  // Columns: 0 the kind of record, 1 whose (the place of a want), 2 ids, 3 numbers, 4 texts.
  record_reader(const rows& from, std::size_t row)
      : from_{from},
        kind_{from.get<std::int16_t>(row, 0)},
        place_{from.get<std::int32_t>(row, 1)},
        ids_{from.array<uuid>(row, 2)},
        numbers_{from.array<std::int64_t>(row, 3)},
        texts_{from.strings(row, 4)} {}

  /// The record as the place of a fault: its table and the first part of its key.
  [[nodiscard]] std::string where() const {
    constexpr std::string_view tables[]{"clock",     "account", "lot",  "hold",    "operation",
                                        "operation", "job",     "live", "attempt", "hold"};
    static_assert(std::size(tables) == static_cast<std::size_t>(record::due_holds) + 1);
    const auto at = static_cast<std::size_t>(kind_);
    std::string place{at < std::size(tables) ? tables[at] : "record"};
    if (kind() == record::entries) {
      return place + "/" + (numbers_.empty() ? "?" : std::to_string(numbers_.front()));
    }
    return place + "/" + (ids_.empty() ? "?" : to_string(ids_.front()));
  }

  [[nodiscard]] record kind() const noexcept { return static_cast<record>(kind_); }
  [[nodiscard]] std::size_t place() const noexcept { return static_cast<std::size_t>(place_); }

  template <class Id>
  void id(Id& to) {
    to = {next(ids_, next_id_)};
  }
  void text(std::string& to) { to = next(texts_, next_text_); }
  [[nodiscard]] std::string_view text() { return next(texts_, next_text_); }
  void time(timestamp& to) { to = {number()}; }
  void time(duration& to) { to = {number()}; }
  void amount(credits& to) {
    const auto read = credits::checked_from_units(number());
    if (!read) sound_ = false;
    to = read.value_or(credits{});
  }
  [[nodiscard]] credits amount() {
    credits read{};
    amount(read);
    return read;
  }
  void flag(bool& to) { to = number() != 0; }
  /// A counter or a small number.
  template <class Int>
  void number(Int& to) {
    const std::int64_t read = number();
    to = static_cast<Int>(read);
    if (static_cast<std::int64_t>(to) != read) sound_ = false;
  }
  /// An enumeration up to its last value.
  template <class Enum>
  void code(Enum& to, Enum last) {
    const std::int64_t read = number();
    if (read < 0 || read > static_cast<std::int64_t>(last)) sound_ = false;
    to = static_cast<Enum>(read);
  }
  [[nodiscard]] std::int64_t number() { return next(numbers_, next_number_); }
  [[nodiscard]] std::size_t ids_left() const noexcept { return ids_.size() - next_id_; }

  /// Everything was read, and nothing was wrong with it.
  [[nodiscard]] bool sound() const noexcept {
    return sound_ && from_.sound() && next_id_ == ids_.size() && next_number_ == numbers_.size() &&
           next_text_ == texts_.size();
  }

 private:
  template <class T>
  [[nodiscard]] T next(const std::vector<T>& all, std::size_t& at) {
    if (at < all.size()) return all[at++];
    sound_ = false;
    return T{};
  }

  const rows& from_;
  std::int16_t kind_;
  std::int32_t place_;
  std::vector<uuid> ids_;
  std::vector<std::int64_t> numbers_;
  std::vector<std::string_view> texts_;
  std::size_t next_id_{};
  std::size_t next_number_{};
  std::size_t next_text_{};
  bool sound_{true};
};

}  // namespace tollgate::postgres::detail
