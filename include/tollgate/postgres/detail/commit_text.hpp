// SPDX-License-Identifier: BSL-1.0
#pragma once
// The text of the one statement that judges and writes a commit: here are its locks and verdicts,
// in commit_relations.hpp its parameters, in commit_writes.hpp what it writes.
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
//     under the lock of `slots`. Promoting moves it without raising the revision. And what ends is
//     removed by its place in the table, which finds nothing but what the statement can see: where
//     the locked version of a row is another one, the unit is `moved`.
//  4. A new account is inserted last of the conditions; a row that is already there writes nothing
//     and makes the unit `moved`.
// The verdicts are an array in the order of the groups (`k`), and every row that is written asks
// the array by its group's number: a join would compare every row with every group.

#include <tollgate/postgres/detail/commit_names.hpp>
#include <tollgate/postgres/detail/commit_relations.hpp>
#include <tollgate/postgres/detail/commit_writes.hpp>
#include <tollgate/postgres/detail/cte_list.hpp>

#include <string>

namespace tollgate::postgres::detail {

/// Writes the text for one combination of parts.
class commit_text {
 public:
  explicit commit_text(unsigned parts) : of_{parts, ctes_} {}

  [[nodiscard]] std::string write() {
    locks();
    judgement();
    commit_writes{of_, ctes_}.add();
    return ctes_.with() +
           " SELECT u.n, u.v FROM k CROSS JOIN LATERAL unnest(k.v) WITH ORDINALITY AS u(v, n)";
  }

 private:
  void locks() {
    std::string after = "true";
    if (of_.has(money)) {
      ctes_.rows(
          "a",
          "SELECT g.n, x.seq FROM g CROSS JOIN LATERAL (SELECT x.seq FROM {schema}.account x "
          "WHERE x.bucket = g.bucket AND x.account = g.account FOR UPDATE) x "
          "WHERE g.expected >= 0");
      after = "(SELECT count(*) FROM a) >= 0";
    }
    if (of_.has(inserts | changes)) {
      ctes_.rows("q",
                 "SELECT g.n, g.bucket, g.account, x.in_flight, x.max_in_flight, x.weight FROM g "
                 "CROSS JOIN LATERAL (SELECT x.* FROM {schema}.slots x WHERE x.bucket = g.bucket "
                 "AND x.account = g.account FOR UPDATE) x WHERE g.queue AND " +
                     after);
      after = "(SELECT count(*) FROM q) >= 0";
    }
    if (of_.has(changes)) {
      ctes_.rows(
          "l",
          "SELECT c.*, x.job IS NOT NULL AS there, y.seen IS NOT NULL AS seen, x.place, x.item, "
          "x.kind, x.priority, x.arrival, x.ordinal, x.deadline, x.due_at AS due_was, "
          "x.stands AS stood, x.stands_at AS stood_at, x.phase AS phase_was, x.epoch AS "
          "epoch_was, x.revision AS revision_was, x.lease_until AS lease_was FROM " +
              of_.change +
              " LEFT JOIN LATERAL (SELECT x.*, x.ctid AS place FROM {schema}.live x WHERE x.bucket "
              "= c.bucket AND x.account = c.account AND x.job = c.job FOR UPDATE) x ON true LEFT "
              "JOIN LATERAL (SELECT true AS seen FROM {schema}.live y WHERE y.ctid = x.place LIMIT "
              "1) y ON true WHERE " +
              after);
    }
  }

  void judgement() {
    std::string verdict;
    std::string from = "g";
    if (of_.has(money)) {
      from += " LEFT JOIN a USING (n)";
      verdict += " WHEN g.expected >= 0 AND coalesce(a.seq, 0) <> g.expected THEN 1";
      from +=
          " LEFT JOIN (SELECT DISTINCT o.n FROM o CROSS JOIN LATERAL (SELECT 1 FROM "
          "{schema}.operation x WHERE x.bucket = ($2::smallint[])[o.n] AND x.account = "
          "($3::uuid[])[o.n] AND x.key = o.key LIMIT 1) x WHERE o.key <> ''::bytea) ko USING (n)";
      verdict += " WHEN ko.n IS NOT NULL THEN 3";
    }
    if (of_.has(changes)) {
      from +=
          " LEFT JOIN (SELECT l.n, min(l.i * 8 + CASE WHEN NOT l.there OR l.epoch_was <> "
          "l.expected_epoch THEN 2 ELSE 1 END) % 8 AS v FROM l WHERE NOT l.there OR NOT l.seen OR "
          "l.epoch_was <> l.expected_epoch OR l.revision_was <> l.expected_revision OR l.lease_was "
          "<> l.expected_lease GROUP BY l.n) kj USING (n)";
      verdict += " WHEN kj.n IS NOT NULL THEN kj.v";
    }
    if (of_.has(inserts)) {
      from += " LEFT JOIN (SELECT DISTINCT b.n FROM b CROSS JOIN LATERAL " +
              live_with_item("1", "x.bucket = b.bucket AND x.account = b.account", "b.item") +
              ") ki USING (n)";
      verdict += " WHEN ki.n IS NOT NULL THEN 4";
    }
    ctes_.rows("f", "SELECT g.n, g.bucket, g.account, g.expected, " +
                        (verdict.empty() ? std::string{"0"} : "CASE" + verdict + " ELSE 0 END") +
                        "::smallint AS v FROM " + from);
    if (!of_.has(opens)) {
      ctes_.rows("k", "SELECT array_agg(v ORDER BY n) AS v FROM f");
      return;
    }
    ctes_.add("opened", "INSERT INTO {schema}.account (bucket, account, " + listed(account_names) +
                            ") SELECT f.bucket, f.account, " + listed(account_names, "p.") +
                            " FROM f JOIN " + of_.account +
                            " USING (n) WHERE f.v = 0 AND f.expected = 0"
                            " ON CONFLICT DO NOTHING RETURNING bucket, account");
    ctes_.rows("k",
               "SELECT array_agg(CASE WHEN f.v = 0 AND f.expected = 0 AND opened.account IS NULL "
               "THEN 1 ELSE f.v END::smallint ORDER BY f.n) AS v FROM f LEFT JOIN opened USING "
               "(bucket, account)");
    ctes_.add("w_slots",
              "INSERT INTO {schema}.slots (bucket, account, in_flight, max_in_flight, weight) "
              "SELECT bucket, account, 0, " +
                  of_.max_in_flight + ", " + of_.weight + " FROM opened ON CONFLICT DO NOTHING");
  }

  cte_list ctes_{};
  commit_relations of_;
};

}  // namespace tollgate::postgres::detail
