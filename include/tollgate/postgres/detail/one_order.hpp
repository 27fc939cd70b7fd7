// SPDX-License-Identifier: BSL-1.0
#pragma once
// Which batches are one order that `order_text` can say, and what of its jobs is said once.

#include <tollgate/postgres/detail/batch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tollgate::postgres::detail {

[[nodiscard]] constexpr bool is_among(std::initializer_list<std::string_view> names,
                                      std::string_view name) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}
/// Columns of a hold, a status or a body that may differ between the jobs of one order.
[[nodiscard]] constexpr bool differs_by_job(std::string_view name) noexcept {
  return is_among({"job", "hold", "item", "payload", "ordinal", "estimated", "amount", "draws_from",
                   "draws_to"},
                  name);
}
/// Columns that only tie the rows of a batch together, or judge a row that is already there.
[[nodiscard]] constexpr bool only_in_batches(std::string_view name) noexcept {
  return is_among({"n", "i", "bucket", "account", "expected_epoch", "expected_revision",
                   "expected_lease", "lots_from", "lots_to", "entries_from", "entries_to"},
                  name);
}
[[nodiscard]] constexpr bool said_once(std::string_view name) noexcept {
  return !differs_by_job(name) && !only_in_batches(name);
}

[[nodiscard]] constexpr bool said_in_order(std::string_view name) noexcept {
  return !only_in_batches(name);
}

/// The columns of a table whose names are wanted, chosen while compiling.
template <const auto& Columns, bool (*Wanted)(std::string_view) = &said_once>
inline constexpr auto columns_of = [] {
  constexpr auto wanted = [](const auto& c) { return Wanted(c.name); };
  constexpr auto count = std::count_if(Columns.begin(), Columns.end(), wanted);
  std::array<typename std::remove_cvref_t<decltype(Columns)>::value_type, count> chosen{};
  std::copy_if(Columns.begin(), Columns.end(), chosen.begin(), wanted);
  return chosen;
}();

/// Whether rows agree in every one of these columns.
template <class Row>
[[nodiscard]] bool agree(std::span<const column<Row>> columns, const std::vector<Row>& rows) {
  return std::all_of(columns.begin(), columns.end(), [&](const column<Row>& c) {
    return std::all_of(rows.begin(), rows.end(),
                       [&](const Row& r) { return c.same(rows.front(), r); });
  });
}

/// Whether a batch is one order that order_text can say: one operation of one account makes
/// jobs that are ready, each with a hold of what it is estimated to cost, and they agree but for
/// what `differs_by_job` names. Everything else is for commit_text.
[[nodiscard]] inline bool is_one_order(const batch& b) {
  if (b.parts != (money | inserts) || b.groups.size() != 1 || b.accounts.size() != 1 ||
      b.operations.size() != 1 || b.projects.size() != 1 || b.begun.empty() ||
      b.new_holds.size() != b.begun.size()) {
    return false;
  }
  for (std::size_t i = 0; i < b.begun.size(); ++i) {
    const hold& h = *b.new_holds[i].row;
    const job_body& j = *b.bodies[i].row;
    if (h.id != j.hold || h.job != j.id || b.begun[i].row->id != j.id || h.amount != j.estimated) {
      return false;
    }
  }
  return agree<hold_row>(columns_of<hold_columns>, b.new_holds) &&
         agree<status_row>(columns_of<status_columns>, b.begun) &&
         agree<body_row>(columns_of<body_columns>, b.bodies);
}

}  // namespace tollgate::postgres::detail
