// SPDX-License-Identifier: BSL-1.0
#pragma once
// The versions of the schema, each as the SQL text that makes it of the one before.

#include <tollgate/postgres/detail/schema_aging.hpp>
#include <tollgate/postgres/detail/schema_fields.hpp>
#include <tollgate/postgres/detail/schema_ledger.hpp>
#include <tollgate/postgres/detail/schema_queue.hpp>
#include <tollgate/postgres/detail/schema_views.hpp>

#include <array>
#include <initializer_list>
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

/// Texts one after the other. No chain of `append` where it is used: the compiler would work out a
/// static text of thirty kilobytes by itself, which cost a host a seventh of its include.
[[nodiscard]] inline std::string one_after_the_other(
    std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all.append(part);
  return all;
}

inline const std::string& first_version() {
  static const std::string text =
      one_after_the_other({ledger_tables, queue_tables, queue_upkeep, aging_tables});
  return text;
}
inline const std::string& second_version() {
  static const std::string text = one_after_the_other({aging_cleanup, field_reader, people_views});
  return text;
}
/// `clean_up` locks payloads and attempts, as who uses the queue does behind its tables: they go
/// first here, too.
inline const std::string& third_version() {
  static const std::string text = one_after_the_other({queue_alone, aging_room});
  return text;
}
inline const std::string& fourth_version() {
  static const std::string text =
      one_after_the_other({queue_alone, indexes_for_one_question, field_reader_alone});
  return text;
}

}  // namespace detail

/// Every step, oldest first. Steps are only ever added.
[[nodiscard]] inline std::span<const migration> migrations() {
  static const std::array all{
      migration{.version = 1, .min_reader = 1, .sql = detail::first_version()},
      migration{.version = 2, .min_reader = 1, .sql = detail::second_version()},
      migration{.version = 3, .min_reader = 1, .sql = detail::third_version()},
      migration{.version = 4, .min_reader = 1, .sql = detail::fourth_version()},
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
