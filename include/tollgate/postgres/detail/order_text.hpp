// SPDX-License-Identifier: BSL-1.0
#pragma once
// The text of a commit of exactly one order on one account, and its parameters.
//
// It locks, judges and writes what commit_text does for such a unit, on the same conditions: the
// account, then its row of `slots`; seq, key and items on what is locked; then the writes, each of
// which asks for the verdict. What a batch has as relations are values here: a relation of many
// columns costs the server more to begin and to end than the rows of one order cost to write. What
// may differ from job to job are arrays that are read by place; the rest is said once.

#include <tollgate/postgres/detail/commit_names.hpp>
#include <tollgate/postgres/detail/cte_list.hpp>
#include <tollgate/postgres/detail/line_text.hpp>
#include <tollgate/postgres/detail/one_order.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::postgres::detail {

/// Writes the text of one order.
class order_text {
 public:
  [[nodiscard]] std::string write() {
    number_parameters();
    locks_and_verdict();
    write_money();
    write_jobs();
    return ctes_.with() + "\nSELECT 1, v FROM k";
  }

 private:
  using named = std::vector<std::pair<std::string_view, std::string>>;

  [[nodiscard]] std::string many(std::string_view element) {
    return number_.next(std::string{element} + "[]");
  }
  template <class Row>
  [[nodiscard]] named ones(std::span<const column<Row>> columns) {
    named all;
    for (const column<Row>& c : columns) all.emplace_back(c.name, number_.next(c.type));
    return all;
  }

  /// In the order in which `order_parameters` puts them.
  void number_parameters() {
    bucket_ = number_.next("smallint");
    id_ = number_.next("uuid");
    owner_ = bucket_ + ", " + id_;
    expected_ = number_.next("bigint");
    account_ = ones<account_row>(columns_of<account_columns>);
    for (const column<lot_row>& c : columns_of<lot_columns, &said_in_order>) {
      const std::string all = many(c.type);
      if (lots_.empty()) lot_ids_ = all;
      lots_.emplace_back(c.name, "(" + all + ")[r.i]");
    }
    operation_ = ones<operation_row>(columns_of<operation_columns, &said_in_order>);
    journal_ = many("uuid");
    for (const std::string_view type : {"smallint", "uuid", "bigint"})
      journal_ += ", " + many(type);
    project_ = ones<project_row>(columns_of<project_columns>);
    hold_ = ones<hold_row>(columns_of<hold_columns>);
    status_ = ones<status_row>(columns_of<status_columns>);
    body_ = ones<body_row>(columns_of<body_columns>);
    jobs_ = many("uuid");
    const std::string holds = "(" + many("uuid") + ")[r.i]";
    items_ = many("uuid");
    ordinals_ = many("bigint");
    const std::string costs = "(" + many("bigint") + ")[r.i]";
    const std::string job = "(" + jobs_ + ")[r.i]";
    payloads_ = many("bytea");
    hold_.insert(hold_.end(), {{"job", job}, {"hold", holds}, {"amount", costs}});
    body_.insert(body_.end(), {{"hold", holds},
                               {"item", "(" + items_ + ")[r.i]"},
                               {"ordinal", "r.x"},
                               {"estimated", costs}});
    draws_from_ = "(" + many("bigint") + ")[r.i]";
    draws_to_ = "(" + many("bigint") + ")[r.i]";
    draw_lots_ = many("uuid");
    draw_parts_ = many("bigint");
    mark_ = number_.next("bigint");
  }

  [[nodiscard]] static const std::string& of(const named& from, std::string_view name) {
    return std::find_if(from.begin(), from.end(), [&](const auto& v) { return v.first == name; })
        ->second;
  }
  /// The values of columns as a select lists them.
  [[nodiscard]] static std::string values(std::span<const std::string_view> names,
                                          const named& from) {
    std::string text;
    for (const std::string_view name : names) {
      if (!text.empty()) text += ", ";
      text += of(from, name);
    }
    return text;
  }
  /// A row for each element of an array: `r.x` at place `r.i`. The sub-select hides the length from
  /// the planner, as in `numbering::relation`.
  [[nodiscard]] static std::string each(const std::string& array) {
    return " FROM unnest((SELECT " + array + ")) WITH ORDINALITY AS r(x, i) WHERE " +
           std::string{written};
  }

  void locks_and_verdict() {
    const std::string mine = "(x.bucket, x.account) = (" + owner_ + ")";
    ctes_.rows("a", "SELECT x.seq FROM {schema}.account x WHERE " + mine + " FOR UPDATE");
    ctes_.rows("q", "SELECT x.in_flight, x.max_in_flight FROM {schema}.slots x WHERE " + mine +
                        " AND coalesce((SELECT seq FROM a), 0) >= 0 FOR UPDATE");
    const std::string& key = of(operation_, "key");
    ctes_.rows("k", "SELECT CASE WHEN coalesce((SELECT seq FROM a), 0) <> " + expected_ +
                        " THEN 1 WHEN " + key +
                        " <> ''::bytea AND EXISTS (SELECT FROM {schema}.operation x "
                        "WHERE " +
                        mine + " AND x.key = " + key +
                        ") THEN 3 WHEN EXISTS (SELECT FROM unnest((SELECT " + items_ +
                        ")) n(id) CROSS JOIN LATERAL " + live_with_item("", mine, "n.id") +
                        ") THEN 4 ELSE 0 END::smallint AS v"
                        " WHERE coalesce((SELECT in_flight FROM q), 0) >= 0");
    ctes_.rows("r", "SELECT r.x, r.i" + each(ordinals_));
  }

  void write_money() {
    std::string set;
    for (const std::string_view name : account_names) {
      if (!set.empty()) set += ", ";
      set.append(name).append(" = ").append(of(account_, name));
    }
    ctes_.add("w_account", "UPDATE {schema}.account x SET " + set +
                               " WHERE (x.bucket, x.account) = (" + owner_ + ") AND " +
                               std::string{written});
    ctes_.add("w_lot", "INSERT INTO {schema}.lot (bucket, account, " + listed(lot_names) +
                           ") SELECT " + owner_ + ", " + values(lot_names, lots_) + each(lot_ids_) +
                           " ON CONFLICT (bucket, account, lot) DO UPDATE SET " +
                           assigned(lot_names));
    ctes_.add("w_hold", "INSERT INTO {schema}.hold (bucket, account, draw_lots, draw_parts, " +
                            listed(hold_names) + ") SELECT " + owner_ + ", (" + draw_lots_ + ")[" +
                            draws_from_ + ":" + draws_to_ + "], (" + draw_parts_ + ")[4 * " +
                            draws_from_ + " - 3:4 * " + draws_to_ + "], " +
                            values(hold_names, hold_) + " FROM r");
    ctes_.add("w_operation", "INSERT INTO {schema}.operation (bucket, account, key, request, " +
                                 listed(operation_names) +
                                 ", lots, entry_codes, entry_lots, entry_amounts) SELECT " +
                                 owner_ + ", nullif(" + of(operation_, "key") + ", ''::bytea), " +
                                 of(operation_, "request") + ", " +
                                 values(operation_names, operation_) + ", " + journal_ + " WHERE " +
                                 std::string{written});
    ctes_.add(
        "w_project",
        "INSERT INTO {schema}.project AS x (bucket, account, project, spent, committed) SELECT " +
            owner_ + ", " + of(project_, "project") + ", " + of(project_, "spent") + ", " +
            of(project_, "committed") + " WHERE " + std::string{written} +
            " ON CONFLICT (bucket, account, project) DO UPDATE SET spent = x.spent + "
            "excluded.spent, committed = x.committed + excluded.committed");
  }

  void write_jobs() {
    const std::string job = "(" + jobs_ + ")[r.i]";
    ctes_.add("w_job", "INSERT INTO {schema}.job (bucket, account, job, " + listed(body_names) +
                           ") SELECT " + owner_ + ", " + job + ", " + values(body_names, body_) +
                           " FROM r");
    ctes_.add("w_payload", "INSERT INTO {schema}.payload (bucket, account, job, bytes) SELECT " +
                               owner_ + ", " + job + ", r.x" + each(payloads_) +
                               " AND r.x <> ''::bytea");
    const std::string& deadline = of(body_, "deadline");
    ctes_.add(
        "w_begun",
        "INSERT INTO {schema}.live (bucket, account, job, item, kind, priority, arrival, ordinal, "
        "deadline, stands, stands_at, due_at, " +
            listed(status_names) + ") SELECT " + owner_ + ", " + job + ", (" + items_ + ")[r.i], " +
            of(body_, "kind") + ", " + of(body_, "priority") + ", " + of(body_, "arrival") +
            ", r.x, " + deadline + ", " + of(status_, "stands") + ", " + of(status_, "ready_at") +
            ", least(" + of(status_, "due") + ", " + deadline + "), " +
            values(status_names, status_) + " FROM r");
    ctes_.add("w_ready",
              "INSERT INTO {schema}.ready (bucket, account, kind, priority, arrival, ordinal, job, "
              "until) SELECT " +
                  owner_ + ", " + of(body_, "kind") + ", " + of(body_, "priority") + ", " +
                  of(body_, "arrival") + ", r.x, " + job + ", least(" + of(status_, "start_by") +
                  ", " + deadline + ")" + " FROM r");
    // One line, of the kind they share.
    ctes_.add("m", "SELECT " + bucket_ + " AS bucket, " + id_ +
                       " AS account, max_in_flight, in_flight AS fly_now FROM q");
    ctes_.add("y", "SELECT " + bucket_ + " AS bucket, " + id_ + " AS account, " +
                       of(body_, "kind") + " AS kind, cardinality(" + ordinals_ +
                       ")::bigint AS by WHERE " + std::string{written});
    ctes_.add("w_line", line_upsert(mark_));
  }

  /// What every write asks.
  static constexpr std::string_view written = "(SELECT v FROM k) = 0";

  numbering number_{};
  cte_list ctes_{};
  // Parameters, or what reads an array of them by place.
  std::string bucket_{};
  std::string id_{};
  std::string owner_{};
  std::string expected_{};
  named account_{};
  named lots_{};
  std::string lot_ids_{};
  named operation_{};
  std::string journal_{};
  named project_{};
  named hold_{};
  named status_{};
  named body_{};
  std::string jobs_{};
  std::string items_{};
  std::string ordinals_{};
  std::string payloads_{};
  std::string draws_from_{};
  std::string draws_to_{};
  std::string draw_lots_{};
  std::string draw_parts_{};
  std::string mark_{};
};

/// The parameters of the text. `mark` is that of the queue its jobs go to. Precondition:
/// `is_one_order`.
[[nodiscard]] inline parameters order_parameters(const batch& b, std::int64_t mark) {
  parameters to;
  to.reserve(128, 16'384);
  const auto ones = [&](const auto& columns, const auto& row) {
    for (const auto& c : columns) c.put_one(to, row);
  };
  const group_row& g = b.groups.front();
  to.put(g.bucket).put(g.account).put(g.expected_seq);
  ones(columns_of<account_columns>, b.accounts.front());
  for (const column<lot_row>& c : columns_of<lot_columns, &said_in_order>) c.put(to, b.lots);
  ones(columns_of<operation_columns, &said_in_order>, b.operations.front());
  to.array(b.operation_lots);
  to.array(b.entries, [](const entry& e) { return code_of(e.code); });
  to.array(b.entries, [](const entry& e) { return e.lot; });
  to.array(b.entries, [](const entry& e) { return e.amount; });
  ones(columns_of<project_columns>, b.projects.front());
  ones(columns_of<hold_columns>, b.new_holds.front());
  ones(columns_of<status_columns>, b.begun.front());
  ones(columns_of<body_columns>, b.bodies.front());
  to.array(b.bodies, [](const body_row& r) { return r.row->id; });
  to.array(b.bodies, [](const body_row& r) { return r.row->hold; });
  to.array(b.bodies, [](const body_row& r) { return r.row->item; });
  to.array(b.bodies, [](const body_row& r) { return count_of(r.row->ordinal); });
  to.array(b.bodies, [](const body_row& r) { return r.row->estimated; });
  to.blobs(b.bodies, [](const body_row& r) { return std::string_view{r.row->payload}; });
  to.array(b.new_holds, [](const hold_row& r) { return r.draws_from; });
  to.array(b.new_holds, [](const hold_row& r) { return r.draws_to; });
  to.array(b.draw_lots).array(b.draw_parts).put(mark);
  return to;
}

}  // namespace tollgate::postgres::detail
