// SPDX-License-Identifier: BSL-1.0
#pragma once
// The text of the one statement that judges and writes a commit, and its parameters.
//
// Why no condition is judged on a row that somebody else changes meanwhile. The statement runs
// under READ COMMITTED, so what it merely reads is as old as its beginning. Therefore:
//  1. It locks, one after the other, each in the order of (bucket, account[, job]): the accounts
//     whose seq is expected; the row of `slots` of every account whose jobs begin or change; the
//     rows of `live` of the jobs that change. A locked row is read again after the wait: `seq`,
//     `in_flight`, `epoch`, `revision`, `lease_until` are judged on that newest version. A row
//     that is gone after the wait is not there: the job has ended.
//  2. Lots, holds, keys and items have no locks of their own. They only change with the seq of
//     their account, so they are what the decision saw if the locked seq is the expected one, and
//     nobody can change them while the account is locked. A key or item that was taken meanwhile
//     came with another seq. The unique indexes would stop the statement all the same.
//  3. The place of a job in `ready` or `later` follows its row of `live` (`stands`, `stands_at`),
//     under the lock of `slots`. Promoting moves it without raising the revision: where the locked
//     row's place is not the one the statement could see, the unit is `moved`.
//  4. A new account is inserted last of the conditions; a row that is already there writes nothing
//     and makes the unit `moved`.
// The verdicts are an array in the order of the groups (`k`), and every row that is written asks
// the array by its group's number: a join would compare every row with every group.

#include <tollgate/postgres/detail/batch.hpp>
#include <tollgate/postgres/detail/commit_names.hpp>
#include <tollgate/postgres/detail/line_text.hpp>
#include <tollgate/postgres/statement.hpp>
#include <tollgate/storage/requests.hpp>

#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

/// Writes the text for one combination of parts.
class commit_text {
 public:
  explicit commit_text(unsigned parts) : parts_{parts | ((parts & opens) != 0 ? money : 0U)} {}

  [[nodiscard]] std::string write() {
    relations();
    locks();
    judgement();
    if (has(money)) write_money();
    if (has(inserts)) write_inserts();
    if (has(changes)) write_changes();
    if (has(inserts | changes)) write_queue();
    if (has(attempts)) write_attempts();
    return "WITH " + text_ +
           " SELECT u.n, u.v FROM k CROSS JOIN LATERAL unnest(k.v) WITH ORDINALITY AS u(v, n)";
  }

 private:
  [[nodiscard]] bool has(unsigned any) const noexcept { return (parts_ & any) != 0; }
  /// Only jobs that begin, all of them ready: what a confirmation writes.
  [[nodiscard]] bool plain() const noexcept { return has(inserts) && !has(changes | rest); }

  void with(std::string_view name, const std::string& body) {
    if (!text_.empty()) text_ += ",\n";
    text_.append(name).append(" AS ").append(body);
  }
  void with_rows(std::string_view name, const std::string& body) {
    with(name, "MATERIALIZED (" + body + ")");
  }
  void with_write(std::string_view name, const std::string& body) { with(name, "(" + body + ")"); }

  /// Whether the group of a row is written.
  [[nodiscard]] static std::string ok(const std::string& row) {
    return "(SELECT v FROM k)[" + row + ".n] = 0";
  }
  /// Bucket and account of a row's group: they are the second and third parameter.
  [[nodiscard]] static std::string owner(const std::string& row) {
    return "($2::smallint[])[" + row + ".n], ($3::uuid[])[" + row + ".n]";
  }

  void relations() {
    with_rows("g", "SELECT * FROM " + number_.relation<group_row>("r", group_columns));
    if (has(money)) {
      account_ = number_.relation<account_row>("p", account_columns);
      lot_ = number_.relation<lot_row>("pl", lot_columns);
      if (has(inserts)) new_hold_ = number_.relation<hold_row>("h", hold_columns);
      if (has(rest)) hold_ = number_.relation<hold_row>("h", hold_columns);
      with_rows("o", "SELECT * FROM " + number_.relation<operation_row>("r", operation_columns));
      project_ = number_.relation<project_row>("pp", project_columns);
      draw_lots_ = number_.next("uuid[]");
      draw_parts_ = number_.next("bigint[]");
      operation_lots_ = number_.next("uuid[]");
      entry_codes_ = number_.next("smallint[]");
      entry_lots_ = number_.next("uuid[]");
      entry_amounts_ = number_.next("bigint[]");
    }
    if (has(opens)) {
      max_in_flight_ = number_.next("bigint");
      weight_ = number_.next("bigint");
    }
    if (has(inserts)) {
      with_rows("b", "SELECT * FROM " +
                         number_.relation<status_row, body_row>("r", status_columns, body_columns));
    }
    if (has(changes)) change_ = number_.relation<status_row>("c", status_columns);
    if (has(attempts)) attempt_ = number_.relation<attempt_row>("t", attempt_columns);
  }

  void locks() {
    std::string after = "true";
    if (has(money)) {
      with_rows("a",
                "SELECT g.n, x.seq FROM g CROSS JOIN LATERAL (SELECT x.seq FROM {schema}.account x "
                "WHERE x.bucket = g.bucket AND x.account = g.account FOR UPDATE) x "
                "WHERE g.expected >= 0");
      after = "(SELECT count(*) FROM a) >= 0";
    }
    if (has(inserts | changes)) {
      with_rows("q",
                "SELECT g.n, g.bucket, g.account, x.in_flight, x.max_in_flight, x.weight FROM g "
                "CROSS JOIN LATERAL (SELECT x.* FROM {schema}.slots x WHERE x.bucket = g.bucket "
                "AND x.account = g.account FOR UPDATE) x WHERE g.queue AND " +
                    after);
      after = "(SELECT count(*) FROM q) >= 0";
    }
    if (has(changes)) {
      with_rows("l",
                "SELECT c.*, x.job IS NOT NULL AS there, y.job IS NOT NULL AS seen, x.item, "
                "x.kind, x.priority, x.arrival, x.ordinal, x.deadline, x.due_at AS due_was, "
                "x.stands AS stood, x.stands_at AS stood_at, x.phase AS phase_was, x.epoch AS "
                "epoch_was, x.revision AS revision_was, x.lease_until AS lease_was FROM " +
                    change_ +
                    " LEFT JOIN LATERAL (SELECT x.* FROM {schema}.live x WHERE x.bucket = c.bucket "
                    "AND x.account = c.account AND x.job = c.job FOR UPDATE) x ON true "
                    "LEFT JOIN LATERAL (SELECT y.job FROM {schema}.live y WHERE y.bucket = "
                    "c.bucket AND y.account = c.account AND y.job = c.job AND y.stands = x.stands "
                    "AND y.stands_at = x.stands_at LIMIT 1) y ON true WHERE " +
                    after);
    }
  }

  void judgement() {
    std::string verdict;
    std::string from = "g";
    if (has(money)) {
      from += " LEFT JOIN a USING (n)";
      verdict += " WHEN g.expected >= 0 AND coalesce(a.seq, 0) <> g.expected THEN 1";
      from +=
          " LEFT JOIN (SELECT DISTINCT o.n FROM o CROSS JOIN LATERAL (SELECT 1 FROM "
          "{schema}.operation x WHERE x.bucket = ($2::smallint[])[o.n] AND x.account = "
          "($3::uuid[])[o.n] AND x.key = o.key LIMIT 1) x WHERE o.key <> ''::bytea) ko USING (n)";
      verdict += " WHEN ko.n IS NOT NULL THEN 3";
    }
    if (has(changes)) {
      from +=
          " LEFT JOIN (SELECT l.n, min(l.i * 8 + CASE WHEN NOT l.there OR l.epoch_was <> "
          "l.expected_epoch THEN 2 ELSE 1 END) % 8 AS v FROM l WHERE NOT l.there OR NOT l.seen OR "
          "l.epoch_was <> l.expected_epoch OR l.revision_was <> l.expected_revision OR l.lease_was "
          "<> l.expected_lease GROUP BY l.n) kj USING (n)";
      verdict += " WHEN kj.n IS NOT NULL THEN kj.v";
    }
    if (has(inserts)) {
      from +=
          " LEFT JOIN (SELECT DISTINCT b.n FROM b CROSS JOIN LATERAL (SELECT 1 FROM {schema}.live "
          "x WHERE x.bucket = b.bucket AND x.account = b.account AND x.item = b.item LIMIT 1) x) "
          "ki USING (n)";
      verdict += " WHEN ki.n IS NOT NULL THEN 4";
    }
    with_rows("f", "SELECT g.n, g.bucket, g.account, g.expected, " +
                       (verdict.empty() ? std::string{"0"} : "CASE" + verdict + " ELSE 0 END") +
                       "::smallint AS v FROM " + from);
    if (!has(opens)) {
      with_rows("k", "SELECT array_agg(v ORDER BY n) AS v FROM f");
      return;
    }
    with_write("opened", "INSERT INTO {schema}.account (bucket, account, " + listed(account_names) +
                             ") SELECT f.bucket, f.account, " + listed(account_names, "p.") +
                             " FROM f JOIN " + account_ +
                             " USING (n) WHERE f.v = 0 AND f.expected = 0"
                             " ON CONFLICT DO NOTHING RETURNING bucket, account");
    with_rows("k",
              "SELECT array_agg(CASE WHEN f.v = 0 AND f.expected = 0 AND opened.account IS NULL "
              "THEN 1 ELSE f.v END::smallint ORDER BY f.n) AS v FROM f LEFT JOIN opened USING "
              "(bucket, account)");
    with_write("w_slots",
               "INSERT INTO {schema}.slots (bucket, account, in_flight, max_in_flight, weight) "
               "SELECT bucket, account, 0, " +
                   max_in_flight_ + ", " + weight_ + " FROM opened ON CONFLICT DO NOTHING");
  }

  void write_money() {
    with_write("w_account", "INSERT INTO {schema}.account (bucket, account, " +
                                listed(account_names) + ") SELECT " + owner("p") + ", " +
                                listed(account_names, "p.") + " FROM " + account_ + " WHERE " +
                                ok("p") + (has(opens) ? " AND ($4::bigint[])[p.n] > 0" : "") +
                                " ON CONFLICT (bucket, account) DO UPDATE SET " +
                                assigned(account_names));
    with_write("w_lot", "INSERT INTO {schema}.lot (bucket, account, " + listed(lot_names) +
                            ") SELECT " + owner("pl") + ", " + listed(lot_names, "pl.") + " FROM " +
                            lot_ + " WHERE " + ok("pl") +
                            " ON CONFLICT (bucket, account, lot) DO UPDATE SET " +
                            assigned(lot_names));
    if (has(inserts)) with_write("w_new_hold", insert_holds(new_hold_));
    if (has(rest)) {
      with_write("w_hold",
                 insert_holds(hold_) + " ON CONFLICT (bucket, account, hold) DO UPDATE SET " +
                     assigned(hold_names) +
                     ", draw_lots = excluded.draw_lots, draw_parts = excluded.draw_parts");
    }
    with_write("w_operation",
               "INSERT INTO {schema}.operation (bucket, account, key, lots, entry_codes, "
               "entry_lots, entry_amounts, request, " +
                   listed(operation_names) + ") SELECT " + owner("o") +
                   ", nullif(o.key, ''::bytea), (" + operation_lots_ +
                   ")[o.lots_from:o.lots_to], (" + entry_codes_ +
                   ")[o.entries_from:o.entries_to], (" + entry_lots_ +
                   ")[o.entries_from:o.entries_to], (" + entry_amounts_ +
                   ")[o.entries_from:o.entries_to], o.request, " + listed(operation_names, "o.") +
                   " FROM o WHERE " + ok("o"));
    with_write(
        "w_project",
        "INSERT INTO {schema}.project AS x (bucket, account, project, spent, committed) "
        "SELECT " +
            owner("pp") + ", pp.project, pp.spent, pp.committed FROM " + project_ + " WHERE " +
            ok("pp") +
            " ON CONFLICT (bucket, account, project) DO UPDATE SET "
            "spent = x.spent + excluded.spent, committed = x.committed + excluded.committed");
  }
  [[nodiscard]] std::string insert_holds(const std::string& from) const {
    return "INSERT INTO {schema}.hold (bucket, account, draw_lots, draw_parts, " +
           listed(hold_names) + ") SELECT " + owner("h") + ", (" + draw_lots_ +
           ")[h.draws_from:h.draws_to], (" + draw_parts_ +
           ")[4 * h.draws_from - 3:4 * h.draws_to], " + listed(hold_names, "h.") + " FROM " + from +
           " WHERE " + ok("h");
  }

  void write_inserts() {
    with_write("w_job", "INSERT INTO {schema}.job (bucket, account, job, " + listed(body_names) +
                            ") SELECT b.bucket, b.account, b.job, " + listed(body_names, "b.") +
                            " FROM b WHERE " + ok("b"));
    with_write("w_payload",
               "INSERT INTO {schema}.payload (bucket, account, job, bytes) SELECT b.bucket, "
               "b.account, b.job, b.payload FROM b WHERE b.payload <> ''::bytea AND " +
                   ok("b"));
    with_write("w_begun",
               "INSERT INTO {schema}.live (bucket, account, job, item, kind, priority, arrival, "
               "ordinal, deadline, stands, stands_at, due_at, " +
                   listed(status_names) +
                   ") SELECT b.bucket, b.account, b.job, b.item, b.kind, b.priority, b.arrival, "
                   "b.ordinal, b.deadline, b.stands, b.ready_at, least(b.due, b.deadline), " +
                   listed(status_names, "b.") + " FROM b WHERE " + ok("b"));
  }

  void write_changes() {
    with_write(
        "w_live",
        "INSERT INTO {schema}.live (bucket, account, job, item, kind, priority, arrival, ordinal, "
        "deadline, stands, stands_at, due_at, " +
            listed(status_names) +
            ") SELECT l.bucket, l.account, l.job, l.item, l.kind, l.priority, l.arrival, "
            "l.ordinal, l.deadline, l.stands, l.ready_at, least(l.due_was, l.due, l.deadline), " +
            listed(status_names, "l.") + " FROM l WHERE l.phase < 3 AND " + ok("l") +
            " ON CONFLICT (bucket, account, job) DO UPDATE SET stands = excluded.stands, "
            "stands_at = excluded.stands_at, due_at = excluded.due_at, " +
            assigned(status_names));
    with_write("w_done", "INSERT INTO {schema}.done (bucket, account, job, " +
                             listed(status_names) + ") SELECT l.bucket, l.account, l.job, " +
                             listed(status_names, "l.") + " FROM l WHERE l.phase = 3 AND " +
                             ok("l"));
    with_write("w_ended",
               "DELETE FROM {schema}.live x USING l WHERE x.bucket = l.bucket AND x.account = "
               "l.account AND x.job = l.job AND l.phase = 3 AND " +
                   ok("l"));
    const std::string in_ready =
        " AND x.bucket = l.bucket AND x.account = l.account AND x.kind = l.kind AND x.priority = "
        "l.priority AND x.arrival = l.arrival AND x.ordinal = l.ordinal AND " +
        ok("l");
    with_write("w_left",
               "DELETE FROM {schema}.ready x USING l WHERE l.stood = 1 AND l.stands <> 1" +
                   in_ready + " RETURNING x.bucket, x.account, x.kind");
    with_write("w_until",
               "UPDATE {schema}.ready x SET until = least(l.start_by, l.deadline) FROM l WHERE "
               "l.stood = 1 AND l.stands = 1" +
                   in_ready);
    with_write("w_due",
               "DELETE FROM {schema}.later x USING l WHERE l.stood >= 2 AND (l.stands, l.ready_at) "
               "IS DISTINCT FROM (l.stood, l.stood_at) AND x.bucket = l.bucket AND x.kind = l.kind "
               "AND x.poll = (l.stood = 3) AND x.at = l.stood_at AND x.account = l.account AND "
               "x.job = l.job AND " +
                   ok("l"));
  }

  /// Who enters the queue now, and the lines and slots of the accounts.
  void write_queue() {
    const std::string placed = "bucket, account, kind, priority, arrival, ordinal, job, ";
    const std::string into_ready =
        "INSERT INTO {schema}.ready (bucket, account, kind, priority, arrival, ordinal, job, "
        "until) SELECT " +
        placed;
    if (plain()) {
      with_write("w_ready",
                 into_ready + "least(start_by, deadline) FROM b WHERE stands = 1 AND " + ok("b"));
      with_rows("m", "SELECT q.bucket, q.account, q.max_in_flight, q.in_flight AS fly_now FROM q");
      with_rows("y", "SELECT bucket, account, kind, count(*) AS by FROM b WHERE stands = 1 AND " +
                         ok("b") + " GROUP BY 1, 2, 3");
      with_write("w_line", std::string{line_upsert});
      return;
    }
    std::string enters;
    std::string flight;
    const std::string seen = placed + "least(start_by, deadline) AS until, stands, ready_at FROM ";
    if (has(inserts)) {
      enters = "SELECT " + seen + "b WHERE stands > 0 AND " + ok("b");
      flight = "SELECT b.n, 1 AS by FROM b WHERE b.phase IN (1, 2)";
    }
    if (has(changes)) {
      if (!enters.empty()) enters += " UNION ALL ", flight += " UNION ALL ";
      enters += "SELECT " + seen +
                "l WHERE stands > 0 AND NOT (stands = stood AND (stands = 1 OR ready_at = "
                "stood_at)) AND " +
                ok("l");
      flight += "SELECT l.n, (l.phase IN (1, 2))::int - (l.phase_was IN (1, 2))::int AS by FROM l";
    }
    with_rows("e", enters);
    with_write("w_ready", into_ready + "until FROM e WHERE stands = 1");
    with_write("w_later",
               "INSERT INTO {schema}.later (bucket, kind, poll, at, account, job, until) SELECT "
               "bucket, kind, stands = 3, ready_at, account, job, until FROM e WHERE stands >= 2");
    with_rows("m",
              "SELECT q.n, q.bucket, q.account, q.max_in_flight, q.weight, q.in_flight AS fly_was, "
              "greatest(q.in_flight + coalesce(d.by, 0), 0)::bigint AS fly_now FROM q LEFT JOIN "
              "(SELECT n, sum(by) AS by FROM (" +
                  flight + ") d GROUP BY n) d USING (n) WHERE " + ok("q"));
    with_write("w_flight",
               "INSERT INTO {schema}.slots (bucket, account, in_flight, max_in_flight, weight) "
               "SELECT bucket, account, m.fly_now, max_in_flight, weight FROM m WHERE m.fly_now <> "
               "m.fly_was "
               "ON CONFLICT (bucket, account) DO UPDATE SET in_flight = excluded.in_flight");
    const std::string left =
        has(changes) ? " UNION ALL SELECT bucket, account, kind, -1 FROM w_left" : std::string{};
    with_rows("y",
              "SELECT bucket, account, kind, sum(by)::bigint AS by FROM (SELECT bucket, account, "
              "kind, 1 AS by FROM e WHERE stands = 1" +
                  left +
                  " UNION ALL SELECT x.bucket, x.account, x.kind, 0 FROM m CROSS JOIN LATERAL "
                  "(SELECT x.* FROM {schema}.line x WHERE x.bucket = m.bucket AND x.account = "
                  "m.account OFFSET 0) x WHERE m.max_in_flight > 0 AND (m.fly_was >= "
                  "m.max_in_flight) <> (m.fly_now >= m.max_in_flight)) y GROUP BY 1, 2, 3");
    with_write("w_line", std::string{line_upsert});
  }

  void write_attempts() {
    with_write("w_attempt", "INSERT INTO {schema}.attempt (bucket, account, " +
                                listed(attempt_names) + ") SELECT " + owner("t") + ", " +
                                listed(attempt_names, "t.") + " FROM " + attempt_ + " WHERE " +
                                ok("t") + " ON CONFLICT DO NOTHING");
  }

  unsigned parts_;
  numbering number_{};
  std::string text_{};
  // Relations that are read once stand where they are read.
  std::string account_{};
  std::string lot_{};
  std::string new_hold_{};
  std::string hold_{};
  std::string project_{};
  std::string change_{};
  std::string attempt_{};
  std::string draw_lots_{};
  std::string draw_parts_{};
  std::string operation_lots_{};
  std::string entry_codes_{};
  std::string entry_lots_{};
  std::string entry_amounts_{};
  std::string max_in_flight_{};
  std::string weight_{};
};

/// The parameters of the text for `b.parts`, in its order.
[[nodiscard]] inline parameters commit_parameters(const batch& b, const queue_limits& defaults) {
  const auto has = [&](unsigned any) { return (b.parts & any) != 0; };
  parameters to;
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
  if (has(attempts)) put_relation<attempt_row>(to, attempt_columns, b.log);
  return to;
}

}  // namespace tollgate::postgres::detail
