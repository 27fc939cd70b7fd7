// SPDX-License-Identifier: BSL-1.0
#pragma once
// Values to the places of a statement, and columns back to values. No I/O.

#include <tollgate/sqlite/fields.hpp>

#include <sqlite3.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace tollgate::sqlite::detail {

template <class T>
concept identity = requires(const T& v) {
  { v.value } -> std::convertible_to<const uuid&>;
};

/// Binds values to the places of a statement, one after the other. A nil id is NULL. Texts are not
/// copied: they must outlive the use of the statement.
class binder {
 public:
  explicit binder(sqlite3_stmt* statement) noexcept : statement_{statement} {}

  template <class T>
  void bind(const T& v) {
    const int at = ++at_;
    if constexpr (std::is_enum_v<T> || std::integral<T>) {
      sqlite3_bind_int64(statement_, at, static_cast<sqlite3_int64>(v));
    } else if constexpr (std::same_as<T, timestamp> || std::same_as<T, duration>) {
      sqlite3_bind_int64(statement_, at, v.microseconds);
    } else if constexpr (std::same_as<T, credits>) {
      sqlite3_bind_int64(statement_, at, v.units());
    } else if constexpr (identity<T>) {
      bind_uuid(at, v.value);
    } else if constexpr (requires { *v.value.data(); }) {  // bytes_of_member
      bind_bytes(at, v.value);
    } else if constexpr (std::same_as<T, std::nullptr_t>) {
      sqlite3_bind_null(statement_, at);
    } else if constexpr (requires { v.has_value(); }) {
      if (v) {
        --at_;
        bind(*v);
      } else {
        sqlite3_bind_null(statement_, at);
      }
    } else {
      const std::string_view text{v};
      sqlite3_bind_text64(statement_, at, text.empty() ? "" : text.data(), text.size(),
                          SQLITE_STATIC, SQLITE_UTF8);
    }
  }
  template <class Call>
  void bind(const members<Call>& each) {
    each.all([this](const auto&... one) { (this->bind(one), ...); });
  }

 private:
  void bind_uuid(int at, const uuid& u) {
    if (u.is_nil()) {
      sqlite3_bind_null(statement_, at);
      return;
    }
    std::array<unsigned char, 16> bytes{};
    for (std::size_t i = 0; i < 16; ++i) {
      const std::uint64_t word = i < 8 ? u.high : u.low;
      bytes[i] = static_cast<unsigned char>(word >> (56U - 8U * (i % 8U)));
    }
    sqlite3_bind_blob(statement_, at, bytes.data(), 16, SQLITE_TRANSIENT);
  }
  void bind_bytes(int at, std::string_view bytes) {
    sqlite3_bind_blob64(statement_, at, bytes.empty() ? "" : bytes.data(), bytes.size(),
                        SQLITE_STATIC);
  }

  sqlite3_stmt* statement_;
  int at_{0};
};

/// Reads the columns of a row, one after the other. What no writer writes is a fault that sticks.
class row_reader {
 public:
  explicit row_reader(sqlite3_stmt* statement) noexcept : statement_{statement} {}

  template <class T>
  void read(T& v) {
    const int at = at_++;
    if constexpr (std::same_as<T, bool>) {
      v = sqlite3_column_int64(statement_, at) != 0;
    } else if constexpr (std::is_enum_v<T>) {
      const sqlite3_int64 number = sqlite3_column_int64(statement_, at);
      good_ = good_ && number >= 0 && number <= static_cast<sqlite3_int64>(last_of(T{}));
      v = good_ ? static_cast<T>(number) : T{};
    } else if constexpr (std::integral<T>) {
      const sqlite3_int64 number = sqlite3_column_int64(statement_, at);
      v = static_cast<T>(number);
      good_ = good_ && static_cast<sqlite3_int64>(v) == number;
    } else if constexpr (std::same_as<T, timestamp> || std::same_as<T, duration>) {
      v.microseconds = sqlite3_column_int64(statement_, at);
    } else if constexpr (std::same_as<T, credits>) {
      const auto amount = credits::checked_from_units(sqlite3_column_int64(statement_, at));
      good_ = good_ && amount.has_value();
      v = amount ? *amount : credits{};
    } else if constexpr (identity<T>) {
      v.value = uuid_at(at);
    } else {
      v = bytes_at(at);
    }
  }
  template <class T>
  void read(bytes_of_member<T>& v) {
    v.value = bytes_at(at_++);
  }
  template <class Call>
  void read(const members<Call>& each) {
    each.all([this](auto&&... one) { (this->read(one), ...); });
  }
  template <class First, class... Rest>
    requires(sizeof...(Rest) != 0)
  void read(First& first, Rest&... rest) {
    read(first);
    (read(rest), ...);
  }
  template <class T>
  [[nodiscard]] T get() {
    T v{};
    read(v);
    return v;
  }
  /// Bytes or text, good until the next row.
  [[nodiscard]] std::string_view bytes() { return bytes_at(at_++); }

  [[nodiscard]] bool good() const noexcept { return good_; }
  void fail() noexcept { good_ = false; }

 private:
  [[nodiscard]] std::string_view bytes_at(int at) {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, at));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, at));
    return data == nullptr ? std::string_view{} : std::string_view{data, size};
  }
  [[nodiscard]] uuid uuid_at(int at) {
    const std::string_view bytes = bytes_at(at);
    good_ = good_ && (bytes.empty() || bytes.size() == 16);
    uuid u{};
    if (!good_) return u;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::uint64_t& word = i < 8 ? u.high : u.low;
      word = (word << 8U) | static_cast<unsigned char>(bytes[i]);
    }
    return u;
  }

  sqlite3_stmt* statement_;
  int at_{0};
  bool good_{true};
};

}  // namespace tollgate::sqlite::detail
