// SPDX-License-Identifier: BSL-1.0
#pragma once
// The rows a statement answered with, read from their binary form.

#include <tollgate/postgres/encoding.hpp>
#include <tollgate/postgres/parameters.hpp>

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::postgres {

namespace detail {
struct clear_result {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using result_ptr = std::unique_ptr<PGresult, clear_result>;
}  // namespace detail

/// Owns one answer. What cannot be read (another type, NULL, a wrong length, an amount out of
/// range) is read as a default value and makes `sound()` false: look once, after reading, and
/// answer `corrupt_record`. Columns count from 0. Views live as long as the rows.
class rows {
 public:
  rows() = default;
  explicit rows(detail::result_ptr answer) noexcept : answer_{std::move(answer)} {}

  [[nodiscard]] std::size_t size() const noexcept {
    return static_cast<std::size_t>(PQntuples(answer_.get()));
  }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// How many rows a statement without RETURNING wrote.
  [[nodiscard]] std::size_t affected() const noexcept {
    std::size_t count = 0;
    if (answer_) {
      for (const char* c = PQcmdTuples(answer_.get()); *c >= '0' && *c <= '9'; ++c) {
        count = count * 10 + static_cast<std::size_t>(*c - '0');
      }
    }
    return count;
  }
  /// Everything read so far was what was expected.
  [[nodiscard]] bool sound() const noexcept { return sound_; }
  /// What is read from now on is judged alone: one damaged row need not spoil the others.
  void judge_anew() const noexcept { sound_ = true; }

  [[nodiscard]] bool is_null(std::size_t row, int column) const noexcept {
    return PQgetisnull(answer_.get(), static_cast<int>(row), column) != 0;
  }

  /// A value of the type: `get<job_id>(0, 3)`.
  template <encodable T>
  [[nodiscard]] T get(std::size_t row, int column) const {
    return take<T>(is_null(row, column) ? std::nullopt : cell(row, column, wire<T>::type));
  }
  /// A value, or nothing for NULL.
  template <encodable T>
  [[nodiscard]] std::optional<T> maybe(std::size_t row, int column) const {
    if (is_null(row, column)) return std::nullopt;
    return get<T>(row, column);
  }
  /// The bytes of text or bytea; empty for NULL (`is_null` tells which).
  [[nodiscard]] std::string_view bytes(std::size_t row, int column) const {
    if (is_null(row, column)) return {};
    const auto type = PQftype(answer_.get(), column);
    const bool known =
        type == oid::text || type == oid::bytea || type == oid::varchar || type == oid::name;
    return cell(row, column, known ? type : oid::text).value_or(std::string_view{});
  }

  /// The elements of a one-dimensional array. NULL instead of an array has none; a NULL element
  /// is unsound unless T is an optional.
  template <class T>
  [[nodiscard]] std::vector<T> array(std::size_t row, int column) const {
    using value_type = typename detail::plain<T>::type;
    std::vector<T> values;
    each(row, column, wire<value_type>::array_type, wire<value_type>::type,
         [&](std::optional<std::string_view> element) {
           if constexpr (detail::is_optional<T>) {
             values.push_back(element ? T{take<value_type>(element)} : T{});
           } else {
             values.push_back(take<T>(element));
           }
         });
    return values;
  }
  /// The elements of text[] or bytea[].
  [[nodiscard]] std::vector<std::string_view> strings(std::size_t row, int column) const {
    std::vector<std::string_view> values;
    const bool text = PQftype(answer_.get(), column) == oid::text_array;
    each(row, column, text ? oid::text_array : oid::bytea_array, text ? oid::text : oid::bytea,
         [&](std::optional<std::string_view> element) {
           sound_ = sound_ && element.has_value();
           values.push_back(element.value_or(std::string_view{}));
         });
    return values;
  }

 private:
  template <class T>
  [[nodiscard]] T take(std::optional<std::string_view> bytes) const {
    const auto value = bytes ? detail::decode<T>(*bytes) : std::optional<T>{};
    sound_ = sound_ && value.has_value();
    return value.value_or(T{});
  }

  /// The bytes of a cell that is not NULL, if it is binary and of that type.
  [[nodiscard]] std::optional<std::string_view> cell(std::size_t row, int column,
                                                     unsigned type) const {
    const PGresult* from = answer_.get();
    if (row >= size() || PQftype(from, column) != type || PQfformat(from, column) != 1) {
      sound_ = false;
      return std::nullopt;
    }
    const auto at = static_cast<int>(row);
    return std::string_view{PQgetvalue(from, at, column),
                            static_cast<std::size_t>(PQgetlength(from, at, column))};
  }

  template <class Visit>
  void each(std::size_t row, int column, unsigned type, unsigned element, Visit visit) const {
    if (is_null(row, column)) return;
    const auto bytes = cell(row, column, type);
    if (!bytes) return;
    constexpr std::size_t head = 12;
    constexpr std::size_t dimension = 8;
    std::string_view rest = *bytes;
    const auto word = [&](std::size_t at) { return detail::word_at<std::uint32_t>(&rest[at]); };
    if (rest.size() < head || word(8) != element) return flaw();
    if (word(0) == 0) return;
    if (word(0) != 1 || rest.size() < head + dimension) return flaw();
    std::uint32_t count = word(head);
    rest.remove_prefix(head + dimension);
    for (; count > 0; --count) {
      if (rest.size() < 4) return flaw();
      const std::uint32_t length = word(0);
      rest.remove_prefix(4);
      if (length == ~std::uint32_t{0}) {
        visit(std::optional<std::string_view>{});
        continue;
      }
      if (rest.size() < length) return flaw();
      visit(std::optional<std::string_view>{rest.substr(0, length)});
      rest.remove_prefix(length);
    }
    if (!rest.empty()) flaw();
  }
  void flaw() const noexcept { sound_ = false; }

  // Shared, because without exceptions tl::expected assigns by copy.
  std::shared_ptr<PGresult> answer_{};
  mutable bool sound_{true};
};

}  // namespace tollgate::postgres
