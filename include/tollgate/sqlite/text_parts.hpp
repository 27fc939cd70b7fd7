// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the texts of statements are made of.

#include <tollgate/sqlite/fields.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate::sqlite::detail {

/// "a, b, c" with something before each name.
[[nodiscard]] inline std::string each(std::string_view columns, std::string_view before,
                                      std::string_view after = {}) {
  std::string text;
  while (!columns.empty()) {
    const std::size_t end = columns.find(", ");
    if (!text.empty()) text += ", ";
    text.append(before).append(columns.substr(0, end)).append(after);
    columns.remove_prefix(end == std::string_view::npos ? columns.size() : end + 2);
  }
  return text;
}
/// "?, ?, ?" for so many columns.
[[nodiscard]] inline std::string places(std::string_view columns) {
  std::string text{"?"};
  for (std::size_t at = columns.find(", "); at != std::string_view::npos;
       at = columns.find(", ", at + 1)) {
    text += ", ?";
  }
  return text;
}
[[nodiscard]] inline std::string insert_text(std::string_view table, const std::string& columns) {
  return "INSERT INTO " + std::string{table} + "(" + columns + ") VALUES (" + places(columns) + ")";
}

/// Columns as a decoder expects them.
[[nodiscard]] inline std::string lot_list() {
  return std::string{lot_identity} + ", " + std::string{lot_split};
}
[[nodiscard]] inline std::string hold_list() { return std::string{hold_columns} + ", draws"; }
[[nodiscard]] inline std::string operation_list() {
  return std::string{operation_columns} + ", lots, request";
}
[[nodiscard]] inline std::string job_list() {
  return each(body_columns, "b.") + ", b.words, " + each(status_columns, "j.");
}

namespace texts {

[[nodiscard]] inline std::string select(const std::string& columns, std::string_view rest) {
  return "SELECT " + columns + " FROM " + std::string{rest};
}
[[nodiscard]] inline std::string select_jobs(std::string_view from) {
  return select(job_list(), from);
}
/// Jobs newest first. Places are numbers of bodies, which grow with time. Parameters: 1 account,
/// 2 before which place, 3 limit, 4 which list, 5 its tag, 6 job, 7 order, 8 item, 9 group,
/// 10 project, 11 live ones only.
[[nodiscard]] inline std::string listed(std::string_view from, std::string_view order) {
  return select("b.n, " + job_list(), from) +
         " AND b.n < ?2 AND (?6 IS NULL OR b.id = ?6) AND (?7 IS NULL OR b.made_by = ?7)"
         " AND (?8 IS NULL OR b.item = ?8) AND (?9 IS NULL OR b.scene = ?9)"
         " AND (?10 IS NULL OR b.project = ?10) AND (NOT ?11 OR j.lane IS NOT NULL)" +
         std::string{order} + " LIMIT ?3";
}

[[nodiscard]] inline std::string write_lot() {
  const std::string columns = "account, " + lot_list() + ", drawable, due_at";
  return insert_text("tollgate_lots", columns) + " ON CONFLICT(account, id) DO UPDATE SET " +
         "parent = excluded.parent, category = excluded.category, priority = excluded.priority, "
         "effective_at = excluded.effective_at, expires_at = excluded.expires_at, "
         "seq = excluded.seq, granted = excluded.granted, pending = excluded.pending, "
         "available = excluded.available, held = excluded.held, spent = excluded.spent, "
         "expired = excluded.expired, revoked = excluded.revoked, "
         "clawed_back = excluded.clawed_back, revoke_on_return = excluded.revoke_on_return, "
         "drawable = excluded.drawable, due_at = excluded.due_at";
}
[[nodiscard]] inline std::string write_hold() {
  const std::string columns = "account, " + hold_list() + ", due_at";
  return insert_text("tollgate_holds", columns) + " ON CONFLICT(account, id) DO UPDATE SET " +
         "made_by = excluded.made_by, job = excluded.job, project = excluded.project, "
         "state = excluded.state, amount = excluded.amount, captured = excluded.captured, "
         "released = excluded.released, refunded = excluded.refunded, "
         "made_at = excluded.made_at, expires_at = excluded.expires_at, "
         "draws = excluded.draws, due_at = excluded.due_at";
}

}  // namespace texts

}  // namespace tollgate::sqlite::detail
