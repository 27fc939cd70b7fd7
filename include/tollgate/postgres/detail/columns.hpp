// SPDX-License-Identifier: BSL-1.0
#pragma once
// A list of records as a relation: column names and types for the SQL text, and one array of each
// column as its parameter, from one table, so that text and parameters cannot go apart.

#include <tollgate/postgres/parameters.hpp>

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tollgate::postgres::detail {

/// One column of a relation made of a vector of rows.
template <class Row>
struct column {
  std::string_view name;
  std::string_view type;  // of an element
  void (*put)(parameters&, const std::vector<Row>&);
  void (*put_one)(parameters&, const Row&);  // the value itself, where there is one row only
  bool (*same)(const Row&, const Row&);
};

template <class T>
[[nodiscard]] constexpr std::string_view sql_type() {
  if constexpr (std::convertible_to<T, std::string_view>) {
    return "bytea";
  } else {
    using value_type = typename plain<T>::type;
    switch (wire<value_type>::array_type) {
      case oid::int2_array: return "smallint";
      case oid::int4_array: return "integer";
      case oid::boolean_array: return "boolean";
      case oid::uuid_array: return "uuid";
      default: return "bigint";
    }
  }
}

/// A column of what a function without state reads from a row.
template <class Row, class Get>
[[nodiscard]] constexpr column<Row> field(std::string_view name, Get) {
  using value_type = std::remove_cvref_t<decltype(Get{}(std::declval<const Row&>()))>;
  constexpr bool is_text = std::convertible_to<value_type, std::string_view>;
  return {name, sql_type<value_type>(),
          [](parameters& to, const std::vector<Row>& rows) {
            if constexpr (is_text) {
              to.blobs(rows, Get{});
            } else {
              to.array(rows, Get{});
            }
          },
          [](parameters& to, const Row& row) {
            if constexpr (is_text) {
              to.bytes(Get{}(row));
            } else {
              to.put(Get{}(row));
            }
          },
          [](const Row& a, const Row& b) { return Get{}(a) == Get{}(b); }};
}

/// The widths of our counters and enumerations as columns have them.
template <class T>
  requires std::unsigned_integral<T>
[[nodiscard]] constexpr std::int64_t count_of(T value) noexcept {
  return static_cast<std::int64_t>(value);
}
template <class T>
  requires std::is_enum_v<T>
[[nodiscard]] constexpr std::int16_t code_of(T value) noexcept {
  return static_cast<std::int16_t>(value);
}

/// Numbers the parameters of one text.
class numbering {
 public:
  /// `$7::bigint`
  [[nodiscard]] std::string next(std::string_view type) {
    return "$" + std::to_string(++last_) + "::" + std::string{type};
  }
  /// `unnest((SELECT $3::uuid[]), $4::bigint[]) AS x(a, b)`. The sub-select hides the length from
  /// the planner. Where it knows it, a plan for these very values looks cheaper for ever than
  /// the generic one, and every execution is planned anew, which costs more than running it.
  template <class Row>
  [[nodiscard]] std::string relation(std::string_view alias, std::span<const column<Row>> columns) {
    list made;
    add<Row>(made, columns);
    return made.text(alias);
  }
  /// The same of two lists of rows that belong together by their places.
  template <class Row, class More>
  [[nodiscard]] std::string relation(std::string_view alias, std::span<const column<Row>> columns,
                                     std::span<const column<More>> more) {
    list made;
    add<Row>(made, columns);
    add<More>(made, more);
    return made.text(alias);
  }

 private:
  struct list {
    std::string from{"unnest("};
    std::string names{};

    [[nodiscard]] std::string text(std::string_view alias) const {
      return from + ") AS " + std::string{alias} + "(" + names + ")";
    }
  };
  template <class Row>
  void add(list& to, std::span<const column<Row>> columns) {
    for (const column<Row>& c : columns) {
      const std::string value = next(std::string{c.type} + "[]");
      if (to.names.empty()) {
        to.from += "(SELECT " + value + ")";
      } else {
        to.from += ", " + value;
        to.names += ", ";
      }
      to.names += c.name;
    }
  }

  int last_{};
};

template <class Row>
void put_relation(parameters& to, std::span<const column<Row>> columns,
                  const std::vector<Row>& rows) {
  for (const column<Row>& c : columns) c.put(to, rows);
}

/// Names in a row, each behind a prefix: "x.a, x.b".
[[nodiscard]] inline std::string listed(std::span<const std::string_view> names,
                                        std::string_view prefix = {}) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text.append(prefix).append(name);
  }
  return text;
}
/// The assignments of an ON CONFLICT: "a = excluded.a, b = excluded.b".
[[nodiscard]] inline std::string assigned(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text.append(name).append(" = excluded.").append(name);
  }
  return text;
}

}  // namespace tollgate::postgres::detail
