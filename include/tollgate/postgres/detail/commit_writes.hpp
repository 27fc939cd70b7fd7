// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a commit writes once its groups were judged: every row asks the verdict of its group (`k`).

#include <tollgate/postgres/detail/commit_names.hpp>
#include <tollgate/postgres/detail/commit_relations.hpp>
#include <tollgate/postgres/detail/line_text.hpp>

#include <string>

namespace tollgate::postgres::detail {

/// Adds the writes of one combination of parts. Reads `q` (locked slots) and `l` (locked jobs).
class commit_writes {
 public:
  commit_writes(const commit_relations& of, cte_list& to) : of_{of}, to_{to} {}

  void add() {
    if (of_.has(money)) write_money();
    if (of_.has(inserts)) write_inserts();
    if (of_.has(changes)) write_changes();
    if (of_.has(inserts | changes)) write_queue();
    if (of_.has(attempts)) write_attempts();
  }

 private:
  /// Whether the group of a row is written.
  [[nodiscard]] static std::string ok(const std::string& row) {
    return "(SELECT v FROM k)[" + row + ".n] = 0";
  }
  /// Bucket and account of a row's group: they are the second and third parameter.
  [[nodiscard]] static std::string owner(const std::string& row) {
    return "($2::smallint[])[" + row + ".n], ($3::uuid[])[" + row + ".n]";
  }

  void write_money() {
    to_.add("w_account", "INSERT INTO {schema}.account (bucket, account, " + listed(account_names) +
                             ") SELECT " + owner("p") + ", " + listed(account_names, "p.") +
                             " FROM " + of_.account + " WHERE " + ok("p") +
                             (of_.has(opens) ? " AND ($4::bigint[])[p.n] > 0" : "") +
                             " ON CONFLICT (bucket, account) DO UPDATE SET " +
                             assigned(account_names));
    to_.add("w_lot", "INSERT INTO {schema}.lot (bucket, account, " + listed(lot_names) +
                         ") SELECT " + owner("pl") + ", " + listed(lot_names, "pl.") + " FROM " +
                         of_.lot + " WHERE " + ok("pl") +
                         " ON CONFLICT (bucket, account, lot) DO UPDATE SET " +
                         assigned(lot_names));
    if (of_.has(inserts)) to_.add("w_new_hold", insert_holds(of_.new_hold));
    if (of_.has(rest)) {
      to_.add("w_hold", insert_holds(of_.hold) +
                            " ON CONFLICT (bucket, account, hold) DO UPDATE SET " +
                            assigned(hold_names) +
                            ", draw_lots = excluded.draw_lots, draw_parts = excluded.draw_parts");
    }
    to_.add("w_operation",
            "INSERT INTO {schema}.operation (bucket, account, key, lots, entry_codes, "
            "entry_lots, entry_amounts, request, " +
                listed(operation_names) + ") SELECT " + owner("o") +
                ", nullif(o.key, ''::bytea), (" + of_.operation_lots +
                ")[o.lots_from:o.lots_to], (" + of_.entry_codes +
                ")[o.entries_from:o.entries_to], (" + of_.entry_lots +
                ")[o.entries_from:o.entries_to], (" + of_.entry_amounts +
                ")[o.entries_from:o.entries_to], o.request, " + listed(operation_names, "o.") +
                " FROM o WHERE " + ok("o"));
    to_.add("w_project",
            "INSERT INTO {schema}.project AS x (bucket, account, project, spent, committed) "
            "SELECT " +
                owner("pp") + ", pp.project, pp.spent, pp.committed FROM " + of_.project +
                " WHERE " + ok("pp") +
                " ON CONFLICT (bucket, account, project) DO UPDATE SET "
                "spent = x.spent + excluded.spent, committed = x.committed + excluded.committed");
  }
  [[nodiscard]] std::string insert_holds(const std::string& from) const {
    return "INSERT INTO {schema}.hold (bucket, account, draw_lots, draw_parts, " +
           listed(hold_names) + ") SELECT " + owner("h") + ", (" + of_.draw_lots +
           ")[h.draws_from:h.draws_to], (" + of_.draw_parts +
           ")[4 * h.draws_from - 3:4 * h.draws_to], " + listed(hold_names, "h.") + " FROM " + from +
           " WHERE " + ok("h");
  }

  void write_inserts() {
    to_.add("w_job", "INSERT INTO {schema}.job (bucket, account, job, " + listed(body_names) +
                         ") SELECT b.bucket, b.account, b.job, " + listed(body_names, "b.") +
                         " FROM b WHERE " + ok("b"));
    to_.add("w_payload",
            "INSERT INTO {schema}.payload (bucket, account, job, bytes) SELECT b.bucket, "
            "b.account, b.job, b.payload FROM b WHERE b.payload <> ''::bytea AND " +
                ok("b"));
    to_.add("w_begun",
            "INSERT INTO {schema}.live (bucket, account, job, item, kind, priority, arrival, "
            "ordinal, deadline, stands, stands_at, due_at, " +
                listed(status_names) +
                ") SELECT b.bucket, b.account, b.job, b.item, b.kind, b.priority, b.arrival, "
                "b.ordinal, b.deadline, b.stands, b.ready_at, least(b.due, b.deadline), " +
                listed(status_names, "b.") + " FROM b WHERE " + ok("b"));
  }

  void write_changes() {
    to_.add(
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
    to_.add("w_done", "INSERT INTO {schema}.done (bucket, account, job, " + listed(status_names) +
                          ") SELECT l.bucket, l.account, l.job, " + listed(status_names, "l.") +
                          " FROM l WHERE l.phase = 3 AND " + ok("l"));
    to_.add("w_ended", remove("live", "SELECT l.place FROM l WHERE l.phase = 3 AND " + ok("l")));
    // The row of a job in a table of places, and whether it leaves there.
    const auto leaves = [](std::string_view table, std::string_view key, std::string_view when) {
      return std::string{
                 "SELECT z.place FROM l CROSS JOIN LATERAL (SELECT z.ctid AS place FROM "
                 "{schema}."}
                 .append(table)
                 .append(
                     " z WHERE z.bucket = l.bucket AND z.account = l.account AND z.kind = "
                     "l.kind AND ")
                 .append(key)
                 .append(" LIMIT 1) z WHERE ")
                 .append(when)
                 .append(" AND ") +
             ok("l");
    };
    to_.add(
        "w_left",
        remove("ready", leaves("ready",
                               "z.priority = l.priority AND z.arrival = l.arrival AND z.ordinal = "
                               "l.ordinal",
                               "l.stood = 1 AND l.stands <> 1")) +
            " RETURNING x.bucket, x.account, x.kind");
    to_.add("w_until",
            "INSERT INTO {schema}.ready (bucket, account, kind, priority, arrival, ordinal, job, "
            "until) SELECT l.bucket, l.account, l.kind, l.priority, l.arrival, l.ordinal, l.job, "
            "least(l.start_by, l.deadline) FROM l WHERE l.stood = 1 AND l.stands = 1 AND " +
                ok("l") +
                " ON CONFLICT (bucket, account, kind, priority, arrival, ordinal) DO UPDATE SET "
                "until = excluded.until");
    to_.add("w_due",
            remove("later",
                   leaves("later", "z.poll = (l.stood = 3) AND z.at = l.stood_at AND z.job = l.job",
                          "l.stood >= 2 AND (l.stands, l.ready_at) IS DISTINCT FROM (l.stood, "
                          "l.stood_at)")));
  }
  /// Removes the rows at these places. A join would be planned as a walk through all of the table
  /// where that had just been empty.
  [[nodiscard]] static std::string remove(std::string_view table, std::string_view places) {
    return std::string{"DELETE FROM {schema}."}
        .append(table)
        .append(" x WHERE x.ctid = ANY (ARRAY(")
        .append(places)
        .append("))");
  }

  /// Who enters the queue now, and the lines and slots of the accounts.
  void write_queue() {
    const std::string placed = "bucket, account, kind, priority, arrival, ordinal, job, ";
    const std::string into_ready =
        "INSERT INTO {schema}.ready (bucket, account, kind, priority, arrival, ordinal, job, "
        "until) SELECT " +
        placed;
    if (of_.plain()) {
      to_.add("w_ready",
              into_ready + "least(start_by, deadline) FROM b WHERE stands = 1 AND " + ok("b"));
      to_.rows("m", "SELECT q.bucket, q.account, q.max_in_flight, q.in_flight AS fly_now FROM q");
      to_.rows("y", "SELECT bucket, account, kind, count(*) AS by FROM b WHERE stands = 1 AND " +
                        ok("b") + " GROUP BY 1, 2, 3");
      to_.add("w_line", line_upsert(mark_among(of_.queues, of_.marks)));
      return;
    }
    std::string enters;
    std::string flight;
    const std::string seen = placed + "least(start_by, deadline) AS until, stands, ready_at FROM ";
    if (of_.has(inserts)) {
      enters = "SELECT " + seen + "b WHERE stands > 0 AND " + ok("b");
      flight = "SELECT b.n, 1 AS by FROM b WHERE b.phase IN (1, 2)";
    }
    if (of_.has(changes)) {
      if (!enters.empty()) enters += " UNION ALL ", flight += " UNION ALL ";
      enters += "SELECT " + seen +
                "l WHERE stands > 0 AND NOT (stands = stood AND (stands = 1 OR ready_at = "
                "stood_at)) AND " +
                ok("l");
      flight += "SELECT l.n, (l.phase IN (1, 2))::int - (l.phase_was IN (1, 2))::int AS by FROM l";
    }
    to_.rows("e", enters);
    to_.add("w_ready", into_ready + "until FROM e WHERE stands = 1");
    to_.add("w_later",
            "INSERT INTO {schema}.later (bucket, kind, poll, at, account, job, until) SELECT "
            "bucket, kind, stands = 3, ready_at, account, job, until FROM e WHERE stands >= 2");
    to_.rows("m",
             "SELECT q.n, q.bucket, q.account, q.max_in_flight, q.weight, q.in_flight AS fly_was, "
             "greatest(q.in_flight + coalesce(d.by, 0), 0)::bigint AS fly_now FROM q LEFT JOIN "
             "(SELECT n, sum(by) AS by FROM (" +
                 flight + ") d GROUP BY n) d USING (n) WHERE " + ok("q"));
    to_.add("w_flight",
            "INSERT INTO {schema}.slots (bucket, account, in_flight, max_in_flight, weight) "
            "SELECT bucket, account, m.fly_now, max_in_flight, weight FROM m WHERE m.fly_now <> "
            "m.fly_was "
            "ON CONFLICT (bucket, account) DO UPDATE SET in_flight = excluded.in_flight");
    const std::string left = of_.has(changes)
                                 ? " UNION ALL SELECT bucket, account, kind, -1 FROM w_left"
                                 : std::string{};
    to_.rows("y",
             "SELECT bucket, account, kind, sum(by)::bigint AS by FROM (SELECT bucket, account, "
             "kind, 1 AS by FROM e WHERE stands = 1" +
                 left +
                 " UNION ALL SELECT x.bucket, x.account, x.kind, 0 FROM m CROSS JOIN LATERAL "
                 "(SELECT x.* FROM {schema}.line x WHERE x.bucket = m.bucket AND x.account = "
                 "m.account OFFSET 0) x WHERE m.max_in_flight > 0 AND (m.fly_was >= "
                 "m.max_in_flight) <> (m.fly_now >= m.max_in_flight)) y GROUP BY 1, 2, 3");
    to_.add("w_line", line_upsert(mark_among(of_.queues, of_.marks)));
  }

  void write_attempts() {
    to_.add("w_attempt", "INSERT INTO {schema}.attempt (bucket, account, " + listed(attempt_names) +
                             ") SELECT " + owner("t") + ", " + listed(attempt_names, "t.") +
                             " FROM " + of_.attempt + " WHERE " + ok("t") +
                             " ON CONFLICT DO NOTHING");
  }

  const commit_relations& of_;
  cte_list& to_;
};

}  // namespace tollgate::postgres::detail
