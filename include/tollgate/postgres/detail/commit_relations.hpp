// SPDX-License-Identifier: BSL-1.0
#pragma once
// What goes into a commit: its parameters as relations of the text, and their values in one order.

#include <tollgate/postgres/detail/batch.hpp>
#include <tollgate/postgres/detail/cte_list.hpp>
#include <tollgate/postgres/low_water.hpp>
#include <tollgate/storage/requests.hpp>

#include <cstddef>
#include <string>

namespace tollgate::postgres::detail {

/// The relations of one combination of parts. Those that are read more than once become rows of
/// their own: `g` groups, `o` operations, `b` jobs that begin. Others stand where they are read.
struct commit_relations {
  commit_relations(unsigned all, cte_list& to) : parts{all | ((all & opens) != 0 ? money : 0U)} {
    numbering number;
    to.rows("g", "SELECT * FROM " + number.relation<group_row>("r", group_columns));
    if (has(money)) {
      account = number.relation<account_row>("p", account_columns);
      lot = number.relation<lot_row>("pl", lot_columns);
      if (has(inserts)) new_hold = number.relation<hold_row>("h", hold_columns);
      if (has(rest)) hold = number.relation<hold_row>("h", hold_columns);
      to.rows("o", "SELECT * FROM " + number.relation<operation_row>("r", operation_columns));
      project = number.relation<project_row>("pp", project_columns);
      draw_lots = number.next("uuid[]");
      draw_parts = number.next("bigint[]");
      operation_lots = number.next("uuid[]");
      entry_codes = number.next("smallint[]");
      entry_lots = number.next("uuid[]");
      entry_amounts = number.next("bigint[]");
    }
    if (has(opens)) {
      max_in_flight = number.next("bigint");
      weight = number.next("bigint");
    }
    if (has(inserts)) {
      to.rows("b", "SELECT * FROM " +
                       number.relation<status_row, body_row>("r", status_columns, body_columns));
    }
    if (has(changes)) change = number.relation<status_row>("c", status_columns);
    if (has(inserts | changes)) {
      queues = number.next("bytea[]");
      marks = number.next("bigint[]");
    }
    if (has(attempts)) attempt = number.relation<attempt_row>("t", attempt_columns);
  }

  [[nodiscard]] bool has(unsigned any) const noexcept { return (parts & any) != 0; }
  /// Only jobs that begin, all of them ready: what a confirmation writes.
  [[nodiscard]] bool plain() const noexcept { return has(inserts) && !has(changes | rest); }

  unsigned parts;
  std::string account{};
  std::string lot{};
  std::string new_hold{};
  std::string hold{};
  std::string project{};
  std::string change{};
  std::string attempt{};
  std::string draw_lots{};
  std::string draw_parts{};
  std::string operation_lots{};
  std::string entry_codes{};
  std::string entry_lots{};
  std::string entry_amounts{};
  std::string max_in_flight{};
  std::string weight{};
  std::string queues{};  // whose low-water marks are known
  std::string marks{};
};

/// About how many bytes the values of a batch take: a kilobyte for each job and operation with what
/// belongs to it, and what hosts wrote.
[[nodiscard]] inline std::size_t about_bytes(const batch& b) noexcept {
  std::size_t bytes = 1'024 * (4 + b.operations.size() + b.bodies.size() + b.changed.size());
  for (const body_row& r : b.bodies) bytes += r.row->payload.size() + r.words.size();
  for (const operation_row& r : b.operations) bytes += r.request.size();
  return bytes;
}

/// The parameters of the text for `b.parts`, in its order.
[[nodiscard]] inline parameters commit_parameters(const batch& b, const queue_limits& defaults,
                                                  const low_water::list& known) {
  const auto has = [&](unsigned any) { return (b.parts & any) != 0; };
  parameters to;
  to.reserve(about_bytes(b));
  put_relation<group_row>(to, group_columns, b.groups);
  if (has(money)) {
    put_relation<account_row>(to, account_columns, b.accounts);
    put_relation<lot_row>(to, lot_columns, b.lots);
    if (has(inserts)) put_relation<hold_row>(to, hold_columns, b.new_holds);
    if (has(rest)) put_relation<hold_row>(to, hold_columns, b.holds);
    put_relation<operation_row>(to, operation_columns, b.operations);
    put_relation<project_row>(to, project_columns, b.projects);
    to.array(b.draw_lots).array(b.draw_parts).array(b.operation_lots);
    to.array(b.entries, [](const entry& e) { return code_of(e.code); });
    to.array(b.entries, [](const entry& e) { return e.lot; });
    to.array(b.entries, [](const entry& e) { return e.amount; });
  }
  if (has(opens)) to.put(count_of(defaults.max_in_flight)).put(count_of(defaults.weight));
  if (has(inserts)) {
    put_relation<status_row>(to, status_columns, b.begun);
    put_relation<body_row>(to, body_columns, b.bodies);
  }
  if (has(changes)) put_relation<status_row>(to, status_columns, b.changed);
  if (has(inserts | changes)) to.blobs(known.queues).array(known.marks);
  if (has(attempts)) put_relation<attempt_row>(to, attempt_columns, b.log);
  return to;
}

}  // namespace tollgate::postgres::detail
