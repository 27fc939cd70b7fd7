// SPDX-License-Identifier: BSL-1.0
#pragma once
// Every statement of the store as text. No I/O here: connection.hpp prepares and runs them.

#include <tollgate/sqlite/text_parts.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::sqlite::detail {

/// What a statement is called. Parameters are bound in the order in which they stand in its text.
enum class sql : std::uint8_t {
  begin_read,
  begin_write,
  commit,
  rollback,
  // load
  account,
  lots_drawable,
  lots_pending,
  lots_due,
  lot,
  holds_due,
  hold,
  operation_by_key,
  operation_by_seq,
  job,
  live_job_of_item,
  // commit
  standing_of_account,
  key_is_taken,
  standing_of_job,
  insert_account,
  update_account,
  update_lot_split,
  write_lot,
  write_hold,
  insert_operation,
  add_to_project,
  insert_project,
  insert_body,
  insert_job,
  update_job,
  insert_attempt,
  list_jobs,
  stand_line,
  stand_lines_of_account,
  free_account,
  // queue
  kind,
  advance_kind,
  lines,
  line,
  charge_line,
  leave_line,
  block_account,
  limits,
  in_flight,
  scheduled,
  promote,
  polls,
  starts,
  lease,
  set_aside,
  heartbeat,
  due,
  set_limits,
  set_kind,
  // queries
  one_job,
  jobs_of_item,
  jobs_live,
  jobs_listed,
  history,
  time_of_operation,
  attempts,
  running_total,
  accounts,
  all_lots,
  all_holds,
  all_operations,
  all_jobs,
  count,
};
inline constexpr auto sql_count = static_cast<std::size_t>(sql::count);

namespace texts {

/// Every text, in its place.
[[nodiscard]] inline std::array<std::string, sql_count> make() {
  std::array<std::string, sql_count> all;
  const auto set = [&](sql what, std::string text) {
    all[static_cast<std::size_t>(what)] = std::move(text);
  };
  set(sql::begin_read, "BEGIN");
  set(sql::begin_write, "BEGIN IMMEDIATE");
  set(sql::commit, "COMMIT");
  set(sql::rollback, "ROLLBACK");

  set(sql::account, select(std::string{account_columns}, "tollgate_accounts WHERE id = ?"));
  set(sql::lots_drawable,
      select(lot_list(),
             "tollgate_lots WHERE account = ? AND drawable = 1"
             " ORDER BY priority, expires_at, category, effective_at, seq, id"));
  set(sql::lots_pending,
      select(lot_list(), "tollgate_lots WHERE account = ? AND due_at IS NOT NULL AND pending > 0"));
  set(sql::lots_due, select(lot_list(), "tollgate_lots WHERE account = ? AND due_at <= ?"));
  set(sql::lot, select(lot_list(), "tollgate_lots WHERE account = ? AND id = ?"));
  set(sql::holds_due, select(hold_list(), "tollgate_holds WHERE account = ? AND due_at <= ?"));
  set(sql::hold, select(hold_list(), "tollgate_holds WHERE account = ? AND id = ?"));
  set(sql::operation_by_key,
      select(operation_list(), "tollgate_operations WHERE account = ? AND key = ?"));
  set(sql::operation_by_seq,
      select(operation_list(), "tollgate_operations WHERE account = ? AND seq = ?"));
  set(sql::job, select_jobs("tollgate_jobs j JOIN tollgate_job_bodies b ON b.n = j.body"
                            " WHERE j.id = ? AND j.account = ?"));
  // Of the jobs of an item none but the newest can be live.
  set(sql::live_job_of_item,
      "SELECT j.id FROM (SELECT id FROM tollgate_job_bodies WHERE account = ?1 AND item IS ?2"
      " ORDER BY n DESC LIMIT 1) newest JOIN tollgate_jobs j"
      " ON j.id = newest.id AND j.account = ?1 WHERE j.lane IS NOT NULL");

  set(sql::standing_of_account, "SELECT seq, blocked FROM tollgate_accounts WHERE id = ?");
  set(sql::key_is_taken, "SELECT 1 FROM tollgate_operations WHERE account = ? AND key = ?");
  set(sql::standing_of_job,
      "SELECT phase, epoch, revision, lease_until, kind FROM tollgate_jobs"
      " WHERE id = ? AND account = ?");
  set(sql::insert_account, insert_text("tollgate_accounts", std::string{account_columns}));
  set(sql::update_account,
      "UPDATE tollgate_accounts SET " + each(account_columns, "", " = ?") + " WHERE id = ?");
  set(sql::update_lot_split, "UPDATE tollgate_lots SET " + each(lot_split, "", " = ?") +
                                 " WHERE account = ? AND id = ? AND parent IS ? AND category = ?"
                                 " AND priority = ? AND effective_at = ? AND expires_at = ?"
                                 " AND seq = ? AND granted = ? AND drawable IS ? AND due_at IS ?");
  set(sql::write_lot, write_lot());
  set(sql::write_hold, write_hold());
  set(sql::insert_operation,
      insert_text("tollgate_operations", "account, " + operation_list() + ", kind, key, entries"));
  set(sql::add_to_project,
      "UPDATE tollgate_projects SET spent = spent + ?, committed = committed + ?"
      " WHERE account = ? AND id = ?");
  set(sql::insert_project,
      "INSERT INTO tollgate_projects(spent, committed, account, id) VALUES (?, ?, ?, ?)");
  set(sql::insert_body, insert_text("tollgate_job_bodies", std::string{body_columns} + ", words"));
  set(sql::insert_job,
      insert_text("tollgate_jobs",
                  "id, account, body, kind, priority, arrival, ordinal, deadline, " +
                      std::string{status_columns} + ", lane, due_at, wake_at"));
  set(sql::update_job, "UPDATE tollgate_jobs SET " + each(status_columns, "", " = ?") +
                           ", lane = ?, due_at = nullif(min(?, deadline), 9223372036854775807)"
                           ", wake_at = ? WHERE id = ? AND account = ?");
  set(sql::insert_attempt,
      "INSERT INTO tollgate_attempts(" + std::string{attempt_columns} + ") SELECT " +
          places(attempt_columns) +
          " WHERE EXISTS (SELECT 1 FROM tollgate_jobs WHERE id = ?1 AND account = ?2)"
          " ON CONFLICT(job, account, epoch, outcome) DO NOTHING");
  set(sql::list_jobs,
      "INSERT INTO tollgate_job_lists(account, of, tag, first, last) VALUES (?, ?, ?, ?, ?)");
  // Who joins does not bring along the turns it did not use.
  set(sql::stand_line,
      "INSERT INTO tollgate_lines(account, kind, served, turn) SELECT ?1, ?2, front, front FROM"
      " (SELECT coalesce((SELECT clock FROM tollgate_kinds WHERE name = ?2), 0) AS front)"
      " WHERE true ON CONFLICT(account, kind) DO UPDATE SET"
      " served = max(served, excluded.served), turn = max(served, excluded.served)"
      " WHERE turn IS NULL");
  set(sql::stand_lines_of_account,
      "UPDATE tollgate_lines SET (served, turn) = (SELECT max(served, front), max(served, front)"
      " FROM (SELECT coalesce((SELECT clock FROM tollgate_kinds WHERE name = kind), 0) AS front))"
      " WHERE account = ? AND turn IS NULL");
  set(sql::free_account, "UPDATE tollgate_accounts SET blocked = 0 WHERE id = ?");

  set(sql::kind, "SELECT paused, clock FROM tollgate_kinds WHERE name = ?");
  set(sql::advance_kind,
      "INSERT INTO tollgate_kinds(name, paused, clock) VALUES (?, 0, ?)"
      " ON CONFLICT(name) DO UPDATE SET clock = excluded.clock WHERE clock < excluded.clock");
  set(sql::lines,
      "SELECT account, turn FROM tollgate_lines WHERE kind = ?1"
      " AND turn IS NOT NULL AND (turn, account) > (?2, ?3) ORDER BY turn, account LIMIT ?4");
  set(sql::line, "SELECT served FROM tollgate_lines WHERE account = ? AND kind = ?");
  set(sql::charge_line,
      "UPDATE tollgate_lines SET served = ?3, turn = CASE WHEN turn IS NOT NULL THEN ?3 END"
      " WHERE account = ?1 AND kind = ?2");
  set(sql::leave_line, "UPDATE tollgate_lines SET turn = NULL WHERE account = ? AND kind = ?");
  set(sql::block_account, "UPDATE tollgate_accounts SET blocked = 1 WHERE id = ?");
  set(sql::limits, "SELECT max_in_flight, weight, account FROM tollgate_limits WHERE account = ?");
  set(sql::in_flight, "SELECT count(*) FROM tollgate_jobs WHERE account = ? AND lane = 0");
  set(sql::scheduled,
      "SELECT id, account FROM tollgate_jobs WHERE kind = ? AND phase = 0 AND wake_at <= ?"
      " ORDER BY wake_at LIMIT 4096");
  set(sql::promote,
      "UPDATE tollgate_jobs SET lane = 1, wake_at = NULL WHERE id = ? AND account = ?");
  set(sql::polls, select_jobs("tollgate_jobs j JOIN tollgate_job_bodies b ON b.n = j.body"
                              " WHERE j.kind = ? AND j.phase = 2 AND j.wake_at <= ?"
                              " ORDER BY j.wake_at LIMIT ?"));
  set(sql::starts, select_jobs("tollgate_jobs j JOIN tollgate_job_bodies b ON b.n = j.body"
                               " WHERE j.account = ? AND j.lane = 1 AND j.kind = ?"
                               " ORDER BY j.priority, j.arrival, j.ordinal LIMIT ?"));
  set(sql::lease,
      "UPDATE tollgate_jobs SET phase = 1, role = 1, state = ?, epoch = ?, revision = ?,"
      " attempts = ?, worker = ?, lease_until = ?, started_at = ?, updated_at = ?, lane = 0,"
      " due_at = ?, wake_at = NULL WHERE id = ? AND account = ?");
  set(sql::set_aside,
      "UPDATE tollgate_jobs SET lane = ?, wake_at = ? WHERE id = ? AND account = ?");
  set(sql::heartbeat,
      "UPDATE tollgate_jobs SET lease_until = ?1, due_at = min(?1, deadline)"
      " WHERE id = ?2 AND account = ?3 AND phase = 1 AND epoch = ?4 AND worker = ?5"
      " RETURNING cancel_requested");
  set(sql::due,
      "SELECT due_at, id, account, phase, deadline, cancel_requested FROM tollgate_jobs"
      " WHERE due_at <= ?1 AND (due_at, id, account) > (?2, ?3, ?4)"
      " ORDER BY due_at, id, account LIMIT ?5");
  set(sql::set_limits,
      "INSERT INTO tollgate_limits(account, max_in_flight, weight) VALUES (?, ?, ?)"
      " ON CONFLICT(account) DO UPDATE SET max_in_flight = excluded.max_in_flight,"
      " weight = excluded.weight");
  set(sql::set_kind,
      "INSERT INTO tollgate_kinds(name, paused, clock) VALUES (?, ?, 0)"
      " ON CONFLICT(name) DO UPDATE SET paused = excluded.paused");

  set(sql::one_job, listed("tollgate_jobs j CROSS JOIN tollgate_job_bodies b ON b.n = j.body"
                           " WHERE j.id = ?6 AND j.account = ?1",
                           ""));
  set(sql::jobs_of_item, listed("tollgate_job_bodies b CROSS JOIN tollgate_jobs j"
                                " ON j.id = b.id AND j.account = b.account"
                                " WHERE b.account = ?1 AND b.item = ?8",
                                " ORDER BY b.n DESC"));
  set(sql::jobs_live, listed("tollgate_jobs j CROSS JOIN tollgate_job_bodies b ON b.n = j.body"
                             " WHERE j.account = ?1 AND j.lane IS NOT NULL",
                             " ORDER BY j.body DESC"));
  set(sql::jobs_listed,
      listed("tollgate_job_lists l CROSS JOIN tollgate_job_bodies b ON b.n BETWEEN l.first AND"
             " l.last CROSS JOIN tollgate_jobs j ON j.id = b.id AND j.account = b.account"
             " WHERE l.account = ?1 AND l.of = ?4 AND l.tag = ?5 AND l.first < ?2",
             " ORDER BY l.first DESC, b.n DESC"));
  set(sql::history, select(operation_list(),
                           "tollgate_operations WHERE account = ? AND seq > ?"
                           " ORDER BY seq LIMIT ?"));
  set(sql::time_of_operation, "SELECT at FROM tollgate_operations WHERE account = ? AND seq = ?");
  set(sql::attempts, select(std::string{attempt_columns},
                            "tollgate_attempts WHERE job = ? AND account = ?"
                            " ORDER BY at, epoch, outcome"));
  set(sql::running_total,
      "SELECT spent, committed FROM tollgate_projects WHERE account = ? AND id = ?");
  set(sql::accounts, "SELECT id FROM tollgate_accounts WHERE id > ? ORDER BY id LIMIT ?");
  set(sql::all_lots, select(lot_list(), "tollgate_lots WHERE account = ? ORDER BY seq, id"));
  set(sql::all_holds, select(hold_list(), "tollgate_holds WHERE account = ? ORDER BY id"));
  set(sql::all_operations,
      select("entries, " + operation_list(), "tollgate_operations WHERE account = ? ORDER BY seq"));
  set(sql::all_jobs, select_jobs("tollgate_job_lists l CROSS JOIN tollgate_job_bodies b"
                                 " ON b.n BETWEEN l.first AND l.last CROSS JOIN tollgate_jobs j"
                                 " ON j.id = b.id AND j.account = b.account"
                                 " WHERE l.account = ?1 AND l.of = 0 AND l.tag = ?1"));
  return all;
}

}  // namespace texts

/// The text of a statement.
[[nodiscard]] inline const std::string& text_of(sql what) {
  static const std::array<std::string, sql_count> all = texts::make();
  return all[static_cast<std::size_t>(what)];
}

}  // namespace tollgate::sqlite::detail
