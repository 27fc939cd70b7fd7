// SPDX-License-Identifier: BSL-1.0
#pragma once
// The versions of the schema, each as the SQL text that makes it of the one before.

#include <tollgate/postgres/detail/schema_aging.hpp>
#include <tollgate/postgres/detail/schema_fields.hpp>
#include <tollgate/postgres/detail/schema_ledger.hpp>
#include <tollgate/postgres/detail/schema_queue.hpp>
#include <tollgate/postgres/detail/schema_views.hpp>

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::postgres {

/// One step of the schema. `{schema}` in its text stands for the quoted name of the schema.
struct migration {
  int version{};
  int min_reader{};  // the oldest version of the library's schema that may go on using it
  std::string_view sql{};
};

namespace detail {

inline const std::string& first_version() {
  static const std::string text =
      std::string{ledger_tables}.append(queue_tables).append(queue_upkeep).append(aging_tables);
  return text;
}
inline const std::string& second_version() {
  static const std::string text =
      std::string{aging_cleanup}.append(field_reader).append(people_views);
  return text;
}

}  // namespace detail

/// Every step, oldest first. Steps are only ever added.
[[nodiscard]] inline std::span<const migration> migrations() {
  static const std::array all{
      migration{.version = 1, .min_reader = 1, .sql = detail::first_version()},
      migration{.version = 2, .min_reader = 1, .sql = detail::second_version()},
      migration{.version = 3, .min_reader = 1, .sql = detail::aging_room},
  };
  return all;
}

/// A text with `{schema}` replaced by a name that is already quoted.
[[nodiscard]] inline std::string in_schema(std::string_view text, std::string_view quoted_name) {
  constexpr std::string_view mark{"{schema}"};
  std::string made;
  made.reserve(text.size() + 16 * quoted_name.size());
  for (;;) {
    const std::size_t at = text.find(mark);
    made.append(text.substr(0, at));
    if (at == std::string_view::npos) return made;
    made.append(quoted_name);
    text.remove_prefix(at + mark.size());
  }
}

}  // namespace tollgate::postgres
