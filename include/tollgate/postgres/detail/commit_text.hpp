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
// Only groups whose conditions all held are in `ok`, and every write joins `ok`.

#include <tollgate/postgres/detail/batch.hpp>
#include <tollgate/postgres/detail/line_text.hpp>
#include <tollgate/postgres/statement.hpp>
#include <tollgate/storage/requests.hpp>

#include <array>
#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

inline constexpr std::array<std::string_view, 14> account_names{
    "currency",      "state",
    "freeze_reason", "available",
    "held",          "debt",
    "pending",       "low_credit_threshold",
    "seq",           "open_holds",
    "opened_at",     "changed_at",
    "last_topup_at", "last_deduction_at"};
inline constexpr std::array<std::string_view, 16> lot_names{
    "lot",     "parent",  "category",    "priority",        "effective_at", "expires_at",
    "seq",     "granted", "pending",     "available",       "held",         "spent",
    "expired", "revoked", "clawed_back", "revoke_on_return"};
inline constexpr std::array<std::string_view, 11> hold_names{
    "hold",     "made_by",  "job",      "project", "state",     "amount",
    "captured", "released", "refunded", "made_at", "expires_at"};
inline constexpr std::array<std::string_view, 19> operation_names{
    "seq",      "operation", "at",        "kind",      "amount",    "outcome", "reason",
    "required", "lim",       "moved",     "available", "held",      "debt",    "hold",
    "project",  "spent",     "committed", "jobs",      "low_credit"};
inline constexpr std::array<std::string_view, 18> body_names{
    "job",     "made_by",      "hold",      "item",         "part_of",  "project",
    "branch",  "kind",         "payload",   "words",        "priority", "arrival",
    "ordinal", "max_attempts", "estimated", "start_within", "deadline", "created_at"};
inline constexpr std::array<std::string_view, 11> attempt_names{
    "job",       "epoch",      "outcome",       "number",          "worker", "at",
    "retryable", "error_code", "error_message", "provider_job_id", "result"};

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
           " SELECT f.n, CASE WHEN f.v = 0 AND ok.n IS NULL THEN 1 ELSE f.v END::smallint"
           " FROM f LEFT JOIN ok USING (n) ORDER BY f.n";
  }

 private:
  [[nodiscard]] bool has(unsigned any) const noexcept { return (parts_ & any) != 0; }

  void with(std::string_view name, const std::string& body) {
    if (!text_.empty()) text_ += ",\n";
    text_.append(name).append(" AS ").append(body);
  }
  void with_rows(std::string_view name, const std::string& body) {
    with(name, "MATERIALIZED (" + body + ")");
  }
  void with_write(std::string_view name, const std::string& body) { with(name, "(" + body + ")"); }
  template <class Row, std::size_t N>
  void with_relation(std::string_view name, const std::array<column<Row>, N>& columns) {
    with_rows(name, "SELECT * FROM " + number_.relation<Row>("r", columns));
  }

  void relations() {
    with_relation("g", group_columns);
    if (has(money)) {
      with_relation("p", account_columns);
      with_relation("pl", lot_columns);
      if (has(inserts)) with_relation("nh", hold_columns);
      with_relation("ph", hold_columns);
      with_relation("o", operation_columns);
      with_relation("pp", project_columns);
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
      with_relation("b", body_columns);
      with_relation("s", status_columns);
    }
    if (has(changes)) with_relation("c", status_columns);
    if (has(attempts)) with_relation("t", attempt_columns);
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
                "SELECT c.i, x.*, y.job IS NOT NULL AS seen FROM c "
                "CROSS JOIN LATERAL (SELECT x.* FROM {schema}.live x WHERE x.bucket = c.bucket "
                "AND x.account = c.account AND x.job = c.job FOR UPDATE) x "
                "LEFT JOIN LATERAL (SELECT y.job FROM {schema}.live y WHERE y.bucket = c.bucket "
                "AND y.account = c.account AND y.job = c.job AND y.stands = x.stands "
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
          " LEFT JOIN (SELECT DISTINCT o.n FROM o JOIN g USING (n) CROSS JOIN LATERAL (SELECT 1 "
          "FROM {schema}.operation x WHERE x.bucket = g.bucket AND x.account = g.account "
          "AND x.key = o.key LIMIT 1) x WHERE o.key <> ''::bytea) ko USING (n)";
      verdict += " WHEN ko.n IS NOT NULL THEN 3";
    }
    if (has(changes)) {
      from +=
          " LEFT JOIN (SELECT c.n, min(c.i * 8 + CASE WHEN l.i IS NULL OR l.epoch <> "
          "c.expected_epoch THEN 2 ELSE 1 END) % 8 AS v FROM c LEFT JOIN l USING (i) WHERE "
          "l.i IS NULL OR NOT l.seen OR l.epoch <> c.expected_epoch OR l.revision <> "
          "c.expected_revision OR l.lease_until <> c.expected_lease GROUP BY c.n) kj USING (n)";
      verdict += " WHEN kj.n IS NOT NULL THEN kj.v";
    }
    if (has(inserts)) {
      from +=
          " LEFT JOIN (SELECT DISTINCT s.n FROM s JOIN b USING (i) CROSS JOIN LATERAL (SELECT 1 "
          "FROM {schema}.live x WHERE x.bucket = s.bucket AND x.account = s.account "
          "AND x.item = b.item LIMIT 1) x) ki USING (n)";
      verdict += " WHEN ki.n IS NOT NULL THEN 4";
    }
    with_rows("f", "SELECT g.n, g.bucket, g.account, g.expected, " +
                       (verdict.empty() ? std::string{"0"} : "CASE" + verdict + " ELSE 0 END") +
                       "::smallint AS v FROM " + from);
    if (!has(opens)) {
      with_rows("ok", "SELECT n, bucket, account FROM f WHERE v = 0");
      return;
    }
    with_write("opened", "INSERT INTO {schema}.account (bucket, account, " + listed(account_names) +
                             ") SELECT f.bucket, f.account, " + listed(account_names, "p.") +
                             " FROM f JOIN p USING (n) WHERE f.v = 0 AND f.expected = 0"
                             " ON CONFLICT DO NOTHING RETURNING bucket, account");
    with_rows("ok",
              "SELECT f.n, f.bucket, f.account FROM f LEFT JOIN opened USING (bucket, account) "
              "WHERE f.v = 0 AND (f.expected <> 0 OR opened.account IS NOT NULL)");
    with_write("w_slots",
               "INSERT INTO {schema}.slots (bucket, account, in_flight, max_in_flight, weight) "
               "SELECT bucket, account, 0, " +
                   max_in_flight_ + ", " + weight_ + " FROM opened ON CONFLICT DO NOTHING");
  }

  void write_money() {
    with_write("w_account", "INSERT INTO {schema}.account (bucket, account, " +
                                listed(account_names) + ") SELECT ok.bucket, ok.account, " +
                                listed(account_names, "p.") +
                                " FROM p JOIN ok USING (n) JOIN g USING (n) WHERE g.expected > 0"
                                " ON CONFLICT (bucket, account) DO UPDATE SET " +
                                assigned(account_names));
    with_write("w_lot", "INSERT INTO {schema}.lot (bucket, account, " + listed(lot_names) +
                            ") SELECT ok.bucket, ok.account, " + listed(lot_names, "pl.") +
                            " FROM pl JOIN ok USING (n) ON CONFLICT (bucket, account, lot)"
                            " DO UPDATE SET " +
                            assigned(lot_names));
    if (has(inserts)) with_write("w_new_hold", insert_holds("nh"));
    with_write("w_hold", insert_holds("ph") +
                             " ON CONFLICT (bucket, account, hold) DO UPDATE SET " +
                             assigned(hold_names) +
                             ", draw_lots = excluded.draw_lots, draw_parts = excluded.draw_parts");
    with_write("w_operation",
               "INSERT INTO {schema}.operation (bucket, account, key, lots, entry_codes, "
               "entry_lots, entry_amounts, request, " +
                   listed(operation_names) +
                   ") SELECT ok.bucket, ok.account, nullif(o.key, ''::bytea), (" + operation_lots_ +
                   ")[o.lots_from:o.lots_to], (" + entry_codes_ +
                   ")[o.entries_from:o.entries_to], (" + entry_lots_ +
                   ")[o.entries_from:o.entries_to], (" + entry_amounts_ +
                   ")[o.entries_from:o.entries_to], o.request, " + listed(operation_names, "o.") +
                   " FROM o JOIN ok USING (n)");
    with_write("w_project",
               "INSERT INTO {schema}.project AS x (bucket, account, project, spent, committed) "
               "SELECT ok.bucket, ok.account, pp.project, pp.spent, pp.committed FROM pp JOIN ok "
               "USING (n) ON CONFLICT (bucket, account, project) DO UPDATE SET "
               "spent = x.spent + excluded.spent, committed = x.committed + excluded.committed");
  }
  [[nodiscard]] std::string insert_holds(const std::string& from) const {
    return "INSERT INTO {schema}.hold (bucket, account, draw_lots, draw_parts, " +
           listed(hold_names) + ") SELECT ok.bucket, ok.account, (" + draw_lots_ +
           ")[h.draws_from:h.draws_to], (" + draw_parts_ +
           ")[4 * h.draws_from - 3:4 * h.draws_to], " + listed(hold_names, "h.") + " FROM " + from +
           " h JOIN ok USING (n)";
  }

  void write_inserts() {
    with_write("w_job", "INSERT INTO {schema}.job (bucket, account, " + listed(body_names) +
                            ") SELECT s.bucket, s.account, " + listed(body_names, "b.") +
                            " FROM s JOIN b USING (i) JOIN ok USING (n)");
    with_write("w_begun",
               "INSERT INTO {schema}.live (bucket, account, job, item, kind, priority, arrival, "
               "ordinal, deadline, stands, stands_at, due_at, " +
                   listed(status_names) +
                   ") SELECT s.bucket, s.account, b.job, b.item, b.kind, b.priority, b.arrival, "
                   "b.ordinal, b.deadline, s.stands, s.ready_at, least(s.due, b.deadline), " +
                   listed(status_names, "s.") + " FROM s JOIN b USING (i) JOIN ok USING (n)");
  }

  void write_changes() {
    with_write(
        "w_live",
        "INSERT INTO {schema}.live (bucket, account, job, item, kind, priority, arrival, ordinal, "
        "deadline, stands, stands_at, due_at, " +
            listed(status_names) +
            ") SELECT l.bucket, l.account, l.job, l.item, l.kind, l.priority, l.arrival, "
            "l.ordinal, l.deadline, c.stands, c.ready_at, least(l.due_at, c.due, l.deadline), " +
            listed(status_names, "c.") +
            " FROM c JOIN l USING (i) JOIN ok USING (n) WHERE c.phase < 3 ON CONFLICT (bucket, "
            "account, job) DO UPDATE SET stands = excluded.stands, stands_at = "
            "excluded.stands_at, due_at = excluded.due_at, " +
            assigned(status_names));
    with_write("w_done", "INSERT INTO {schema}.done (bucket, account, job, " +
                             listed(status_names) + ") SELECT c.bucket, c.account, c.job, " +
                             listed(status_names, "c.") +
                             " FROM c JOIN ok USING (n) WHERE c.phase = 3");
    with_write("w_ended",
               "DELETE FROM {schema}.live x USING c JOIN ok USING (n) WHERE x.bucket = c.bucket "
               "AND x.account = c.account AND x.job = c.job AND c.phase = 3");
    with_write("w_left",
               "DELETE FROM {schema}.ready x USING l JOIN c USING (i) JOIN ok USING (n) WHERE "
               "l.stands = 1 AND c.stands <> 1 AND x.bucket = l.bucket AND x.account = l.account "
               "AND x.kind = l.kind AND x.priority = l.priority AND x.arrival = l.arrival AND "
               "x.ordinal = l.ordinal RETURNING x.bucket, x.account, x.kind");
    with_write("w_until",
               "UPDATE {schema}.ready x SET until = least(c.start_by, l.deadline) FROM l JOIN c "
               "USING (i) JOIN ok USING (n) WHERE l.stands = 1 AND c.stands = 1 AND x.bucket = "
               "l.bucket AND x.account = l.account AND x.kind = l.kind AND x.priority = l.priority "
               "AND x.arrival = l.arrival AND x.ordinal = l.ordinal");
    with_write("w_due",
               "DELETE FROM {schema}.later x USING l JOIN c USING (i) JOIN ok USING (n) WHERE "
               "l.stands >= 2 AND (c.stands, c.ready_at) IS DISTINCT FROM (l.stands, l.stands_at) "
               "AND x.bucket = l.bucket AND x.kind = l.kind AND x.poll = (l.stands = 3) AND "
               "x.at = l.stands_at AND x.account = l.account AND x.job = l.job");
  }

  /// Who enters the queue now, and the lines and slots of the accounts.
  void write_queue() {
    std::string enters;
    std::string flight;
    if (has(inserts)) {
      enters =
          "SELECT s.n, s.bucket, s.account, b.kind, b.priority, b.arrival, b.ordinal, b.job, "
          "least(s.start_by, b.deadline) AS until, s.stands, s.ready_at FROM s JOIN b USING (i) "
          "JOIN ok USING (n) WHERE s.stands > 0";
      flight = "SELECT s.n, 1 AS by FROM s JOIN ok USING (n) WHERE s.phase IN (1, 2)";
    }
    if (has(changes)) {
      if (!enters.empty()) enters += " UNION ALL ", flight += " UNION ALL ";
      enters +=
          "SELECT c.n, l.bucket, l.account, l.kind, l.priority, l.arrival, l.ordinal, l.job, "
          "least(c.start_by, l.deadline) AS until, c.stands, c.ready_at FROM l JOIN c USING (i) "
          "JOIN ok "
          "USING (n) WHERE c.stands > 0 AND NOT (c.stands = l.stands AND (c.stands = 1 OR "
          "c.ready_at = l.stands_at))";
      flight +=
          "SELECT c.n, (c.phase IN (1, 2))::int - (l.phase IN (1, 2))::int AS by FROM l JOIN c "
          "USING (i) "
          "JOIN ok USING (n)";
    }
    with_rows("e", enters);
    with_write("w_ready",
               "INSERT INTO {schema}.ready (bucket, account, kind, priority, arrival, ordinal, "
               "job, until) SELECT bucket, account, kind, priority, arrival, ordinal, job, until "
               "FROM e WHERE stands = 1");
    with_write("w_later",
               "INSERT INTO {schema}.later (bucket, kind, poll, at, account, job, until) SELECT "
               "bucket, kind, stands = 3, ready_at, account, job, until FROM e WHERE stands >= 2");
    with_rows("m",
              "SELECT q.n, q.bucket, q.account, q.max_in_flight, q.weight, q.in_flight AS fly_was, "
              "greatest(q.in_flight + coalesce(d.by, 0), 0)::bigint AS fly_now FROM q LEFT JOIN "
              "(SELECT n, sum(by) AS by FROM (" +
                  flight + ") d GROUP BY n) d USING (n) JOIN ok USING (n)");
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
    with_write("w_attempt",
               "INSERT INTO {schema}.attempt (bucket, account, job_created_at, " +
                   listed(attempt_names) + ") SELECT ok.bucket, ok.account, j.created_at, " +
                   listed(attempt_names, "t.") +
                   " FROM t JOIN ok USING (n) CROSS JOIN LATERAL (SELECT j.created_at FROM "
                   "{schema}.job j WHERE j.bucket = ok.bucket AND j.account = ok.account AND "
                   "j.job = t.job LIMIT 1) j ON CONFLICT DO NOTHING");
  }

  unsigned parts_;
  numbering number_{};
  std::string text_{};
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
    put_relation<hold_row>(to, hold_columns, b.holds);
    put_relation<operation_row>(to, operation_columns, b.operations);
    put_relation<project_row>(to, project_columns, b.projects);
    to.array(b.draw_lots).array(b.draw_parts).array(b.operation_lots);
    to.array(b.entries, [](const entry& e) { return code_of(e.code); });
    to.array(b.entries, [](const entry& e) { return e.lot; });
    to.array(b.entries, [](const entry& e) { return e.amount; });
  }
  if (has(opens)) to.put(count_of(defaults.max_in_flight)).put(count_of(defaults.weight));
  if (has(inserts)) {
    put_relation<body_row>(to, body_columns, b.bodies);
    put_relation<status_row>(to, status_columns, b.begun);
  }
  if (has(changes)) put_relation<status_row>(to, status_columns, b.changed);
  if (has(attempts)) put_relation<attempt_row>(to, attempt_columns, b.log);
  return to;
}

}  // namespace tollgate::postgres::detail
