// SPDX-License-Identifier: BSL-1.0
#pragma once
// The texts of the queue: claim, promote, renew, find what is due.
//
// A claim locks the row of `slots` of each account it may take from (`ac`): `in_flight` is judged
// on the locked row, so a cap is exact. It passes by the accounts that somebody else has, for those
// next in line, before the limit counts: claims made at the same time take from different accounts.
// It never waits for an account and so may lock them as they come. (The limit of the lines listed
// only keeps the plan on the index; they are read one by one until enough are locked.) Everything
// else of an account's queue (line, ready, the place in live) changes only under that lock.
// Its jobs in `ready` are seen as they were when the statement began; those that are gone since are
// not deleted again, and so not claimed. A claim reads the heads of the lines it serves and as many
// jobs as it takes, never the backlog behind them.
//
// Turns are dealt by virtual time (`st`), at most as many as are taken. `fr` bounds what is listed:
// if every line gave its first few jobs (`ev`), the limit would be reached by the turn `fr` at the
// latest, so no later one can be chosen. Listing a hundred turns of each of a hundred accounts and
// sorting them was half of a claim's time. `sure`: an account shares its free slots between kinds.
//
// Rows of `ready` and `later` are removed by their ctid, and rows of `live` and `line` changed by
// their key, so that no plan can turn a claim into a scan of the backlog (decision 0037). Where
// only the existence of a row is asked, ORDER BY names the index: LIMIT 1 alone once chose to read
// all that is scheduled, because a third of it might have been due.

#include <tollgate/postgres/detail/columns.hpp>
#include <tollgate/postgres/detail/job_columns.hpp>
#include <tollgate/postgres/detail/line_text.hpp>
#include <tollgate/postgres/detail/records.hpp>

#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

/// Changes rows of `live`, all of whose columns a relation has: SET follows. By its key, and not by
/// a join with the table, for which a plan made beside an empty one would walk through all of it.
[[nodiscard]] inline std::string change_live(std::string_view relation) {
  const std::string columns =
      "bucket, account, job, item, kind, priority, arrival, ordinal, deadline, stands, stands_at, "
      "due_at, " +
      listed(status_names);
  return "INSERT INTO {schema}.live AS x (" + columns + ") SELECT " + columns + " FROM " +
         std::string{relation} + " ON CONFLICT (bucket, account, job) DO UPDATE SET ";
}

/// $1 clock or NULL, $2 bucket, $3 kinds in the order in which ties between them are broken,
/// $4 limit, $5 worker, $6 lease, $7 the low-water mark of each kind. Answers jobs as records
/// (place 1: a poll), then one clock record with: now, whether scheduled jobs may start, how many
/// dead jobs were put aside, whether somebody else had what could have been taken.
[[nodiscard]] inline std::string claim_text() {
  std::string text{"WITH "};
  text += clock_cte;
  text += R"sql(,
k AS MATERIALIZED (SELECT r.kind, r.turn, r.mark
  FROM unnest((SELECT $3::bytea[]), (SELECT $7::bigint[])) WITH ORDINALITY AS r(kind, mark, turn)
  LEFT JOIN {schema}.kind x ON x.bucket = $2::smallint AND x.kind = r.kind
  WHERE x.paused IS NOT TRUE),
v AS MATERIALIZED (SELECT x.* FROM k CROSS JOIN t CROSS JOIN LATERAL (
  SELECT x.*, x.ctid AS place FROM {schema}.later x WHERE x.bucket = $2 AND x.kind = k.kind
  AND x.poll
  AND x.at <= t.now AND x.until > t.now ORDER BY x.at
  LIMIT (SELECT $4::bigint) FOR UPDATE SKIP LOCKED) x
  ORDER BY x.at LIMIT (SELECT $4::bigint)),
pv AS MATERIALIZED (SELECT x.account, x.job, v.place FROM v CROSS JOIN LATERAL (
  SELECT x.account, x.job FROM {schema}.live x WHERE x.bucket = $2 AND x.account = v.account
  AND x.job = v.job AND x.stands = 3 AND x.stands_at = v.at FOR UPDATE SKIP LOCKED) x),
w_polled AS (DELETE FROM {schema}.later x
  WHERE x.ctid = ANY (ARRAY(SELECT pv.place FROM pv))),
ac AS MATERIALIZED (SELECT DISTINCT y.* FROM k CROSS JOIN LATERAL (SELECT s.* FROM (
    SELECT x.account FROM {schema}.line x WHERE x.bucket = $2 AND x.kind = k.kind AND x.state = 1
    AND x.served >= k.mark ORDER BY x.served, x.account
    LIMIT 16 * least((SELECT $4::bigint), 1000000)) x
  CROSS JOIN LATERAL (SELECT s.* FROM {schema}.slots s WHERE s.bucket = $2
    AND s.account = x.account FOR UPDATE SKIP LOCKED) s
  LIMIT (SELECT $4::bigint)) y WHERE (SELECT count(*) FROM pv) < $4),
ln AS MATERIALIZED (SELECT x.*, k.turn, ac.in_flight, ac.max_in_flight,
    greatest(1048576 / ac.weight, 1) AS step,
    CASE WHEN ac.max_in_flight > 0 THEN ac.max_in_flight - ac.in_flight ELSE $4 END AS free
  FROM (SELECT * FROM ac ORDER BY account) ac
  CROSS JOIN LATERAL (SELECT x.* FROM {schema}.line x WHERE x.bucket = $2
    AND x.account = ac.account FOR UPDATE) x LEFT JOIN k USING (kind)),
sl AS MATERIALIZED (SELECT s.account, s.kind, s.turn, s.free, s.step,
    s.served - min(s.served) OVER (PARTITION BY s.kind) AS served, least(s.ready, s.free, $4) AS n,
    least(s.ready, s.free / (SELECT count(*) FROM k), $4) AS sure
  FROM ln s WHERE s.turn IS NOT NULL AND s.ready > 0 AND s.free > 0),
ev AS MATERIALIZED (SELECT min(e.c) AS c
  FROM unnest('{1,2,4,8,16,32,64,128,256,512,1024,4096}'::bigint[]) e(c)
  WHERE (SELECT sum(least(sl.sure, e.c)) FROM sl) >= $4),
fr AS MATERIALIZED (SELECT s.served + g.i * s.step AS at FROM sl s CROSS JOIN ev
  CROSS JOIN LATERAL generate_series(0, least(s.sure, ev.c) - 1) g(i)
  ORDER BY at OFFSET (SELECT $4::bigint) - 1 LIMIT 1),
st AS (SELECT account, kind, turn, free, at, row_number() OVER (
    PARTITION BY account ORDER BY at, turn) AS nth FROM (
  SELECT s.account, s.kind, s.turn, s.free, s.served + g.i * s.step AS at FROM sl s
  CROSS JOIN LATERAL generate_series(0, least(s.n,
    coalesce(((SELECT at FROM fr) - s.served) / s.step + 1, s.n)) - 1) g(i)) s),
al AS MATERIALIZED (SELECT account, kind, count(*) AS n FROM (
  SELECT account, kind FROM st WHERE nth <= free ORDER BY at, turn, account
  LIMIT greatest($4 - (SELECT count(*) FROM pv), 0)) s GROUP BY 1, 2),
tk AS MATERIALIZED (SELECT x.* FROM al CROSS JOIN LATERAL (
  SELECT x.ctid AS place FROM {schema}.ready x WHERE x.bucket = $2 AND x.account = al.account
  AND x.kind = al.kind ORDER BY x.priority, x.arrival, x.ordinal LIMIT al.n) x),
w_taken AS (DELETE FROM {schema}.ready x WHERE x.ctid = ANY (ARRAY(SELECT tk.place FROM tk))
  RETURNING x.account, x.kind, x.job, x.until),
lv AS MATERIALIZED (SELECT x.*, false AS poll, w.until <= t.now AS dead FROM w_taken w CROSS JOIN t
    CROSS JOIN LATERAL (SELECT x.* FROM {schema}.live x WHERE x.bucket = $2
    AND x.account = w.account AND x.job = w.job AND x.stands = 1 FOR UPDATE) x
  UNION ALL SELECT x.*, true, false FROM pv CROSS JOIN LATERAL (SELECT x.* FROM {schema}.live x
    WHERE x.bucket = $2 AND x.account = pv.account AND x.job = pv.job FOR UPDATE) x),
nw AS MATERIALIZED (SELECT x.bucket, x.account, x.job, x.item, x.kind, x.priority, x.arrival,
    x.ordinal, x.deadline, x.poll, x.dead, 0::smallint AS stands, x.stands_at,
    CASE WHEN x.dead THEN x.due_at ELSE least(x.due_at, t.now + $6::bigint) END AS due_at,
    CASE WHEN x.dead THEN x.phase ELSE 1::smallint END AS phase,
    CASE WHEN x.dead THEN x.role ELSE 1::smallint END AS role,
    CASE WHEN x.dead OR x.poll THEN x.state END AS state,
    x.epoch + (NOT x.dead)::int AS epoch, x.revision + (NOT x.dead)::int AS revision,
    x.settled_epoch, x.final_seq, x.attempts + (NOT x.dead AND NOT x.poll)::int AS attempts,
    x.resubmissions, x.progress, x.ready_at, x.start_by,
    CASE WHEN x.dead THEN x.worker ELSE $5::uuid END AS worker,
    CASE WHEN x.dead THEN x.lease_until ELSE t.now + $6 END AS lease_until,
    x.cancel_requested, x.error_retryable, x.error_code, x.error_message, x.provider_job_id,
    x.provider_metadata, x.result, x.actual, x.queued_at,
    CASE WHEN x.dead OR x.poll OR x.started_at <> 0 THEN x.started_at ELSE t.now END AS started_at,
    x.completed_at, CASE WHEN x.dead THEN x.updated_at ELSE t.now END AS updated_at
  FROM lv x CROSS JOIN t),
)sql";
  text += "w_live AS (" + change_live("nw") +
          "stands = excluded.stands, due_at = excluded.due_at, " + assigned(status_names) + ")";
  text += R"sql(,
gone AS MATERIALIZED (SELECT account, kind, count(*) AS n FROM w_taken GROUP BY 1, 2),
went AS MATERIALIZED (SELECT account, kind, count(*) AS n FROM nw WHERE NOT dead AND NOT poll
  GROUP BY 1, 2),
fl AS MATERIALIZED (SELECT account, sum(n)::bigint AS n FROM went GROUP BY 1),
w_slots AS (INSERT INTO {schema}.slots (bucket, account, in_flight, max_in_flight, weight)
  SELECT ac.bucket, ac.account, ac.in_flight + fl.n, ac.max_in_flight, ac.weight
  FROM ac JOIN fl USING (account)
  ON CONFLICT (bucket, account) DO UPDATE SET in_flight = excluded.in_flight),
w_line AS (INSERT INTO {schema}.line (bucket, account, kind, ready, state, served)
  SELECT bucket, account, kind, ready, state, served FROM (
    SELECT l.bucket, l.account, l.kind, l.ready - coalesce(gone.n, 0) AS ready,
      CASE WHEN l.ready - coalesce(gone.n, 0) <= 0 THEN 0 WHEN l.max_in_flight > 0
        AND l.in_flight + coalesce(fl.n, 0) >= l.max_in_flight THEN 2 ELSE 1 END AS state,
      l.served + coalesce(went.n, 0) * l.step AS served, l.ready AS had, l.state AS was,
      l.served AS stood
    FROM ln l LEFT JOIN gone USING (account, kind) LEFT JOIN went USING (account, kind)
      LEFT JOIN fl USING (account)) l
  WHERE (ready, state, served) IS DISTINCT FROM (had, was, stood)
  ON CONFLICT (bucket, account, kind) DO UPDATE SET ready = excluded.ready,
    state = excluded.state, served = excluded.served)
)sql";
  const auto tag = [](record kind) {
    return "SELECT " + std::to_string(static_cast<int>(kind)) + "::smallint, ";
  };
  text += tag(record::job) + "x.poll::int, " + job_record_with(payload_of_job) +
          " FROM nw x CROSS JOIN LATERAL (SELECT j.* FROM {schema}.job j WHERE j.bucket = "
          "x.bucket AND j.account = x.account" +
          with_id("j.job", "x.job") + ") j WHERE NOT x.dead\n";
  text += "UNION ALL " + tag(record::clock) +
          R"sql(0, '{}'::uuid[], ARRAY[t.now,
  (SELECT count(*) FROM k CROSS JOIN LATERAL (SELECT 1 FROM {schema}.later x WHERE x.bucket = $2
    AND x.kind = k.kind AND NOT x.poll AND x.at <= t.now ORDER BY x.at LIMIT 1) x),
  (SELECT count(*) FROM nw WHERE dead),
  CASE WHEN EXISTS (SELECT FROM al) THEN 0 ELSE (SELECT count(*) FROM k CROSS JOIN LATERAL (
    SELECT 1 FROM {schema}.line x WHERE x.bucket = $2 AND x.kind = k.kind AND x.state = 1
    AND x.served >= k.mark ORDER BY x.served LIMIT 1) x) END
    + (SELECT coalesce(sum(n), 0) FROM al) - (SELECT count(*) FROM w_taken)]::bigint[],
  '{}'::bytea[] FROM t)sql";
  return text;
}

/// Lets scheduled jobs start whose time has come. $1 clock or NULL, $2 bucket, $3 kinds, $4 limit,
/// $5 queues and $6 their low-water marks. Answers how many.
[[nodiscard]] inline std::string promote_text() {
  return "WITH " + std::string{clock_cte} + R"sql(,
v AS MATERIALIZED (SELECT x.* FROM unnest($3::bytea[]) k(kind) CROSS JOIN t CROSS JOIN LATERAL (
  SELECT x.*, x.ctid AS place FROM {schema}.later x WHERE x.bucket = $2::smallint
  AND x.kind = k.kind AND NOT x.poll AND x.at <= t.now ORDER BY x.at LIMIT $4::bigint) x),
ac AS MATERIALIZED (SELECT x.* FROM (SELECT DISTINCT account FROM v ORDER BY account) h
  CROSS JOIN LATERAL (SELECT x.* FROM {schema}.slots x WHERE x.bucket = $2
  AND x.account = h.account FOR UPDATE SKIP LOCKED) x),
lv AS MATERIALIZED (SELECT x.*, v.place FROM v JOIN ac USING (account) CROSS JOIN LATERAL (
  SELECT x.* FROM {schema}.live x WHERE x.bucket = $2 AND x.account = v.account AND x.job = v.job
  AND x.stands = 2 AND x.stands_at = v.at FOR UPDATE) x),
w_later AS (DELETE FROM {schema}.later x
  WHERE x.ctid = ANY (ARRAY(SELECT lv.place FROM lv))),
w_live AS ()sql" +
         change_live("lv") + R"sql(stands = 1),
w_ready AS (INSERT INTO {schema}.ready (bucket, account, kind, priority, arrival, ordinal, job,
  until) SELECT bucket, account, kind, priority, arrival, ordinal, job, least(start_by, deadline)
  FROM lv),
y AS MATERIALIZED (SELECT bucket, account, kind, count(*) AS by FROM lv GROUP BY 1, 2, 3),
m AS (SELECT bucket, account, max_in_flight, in_flight AS fly_now FROM ac),
w_line AS ()sql" +
         line_upsert(mark_among("$5::bytea[]", "$6::bigint[]")) + ") SELECT count(*) FROM lv";
}

/// $1 clock or NULL, $2 buckets, $3 accounts, $4 jobs, $5 epochs (sorted by bucket, account, job),
/// $6 worker, $7 lease. Answers the jobs whose leases were renewed, and whether they should end. An
/// index is written only where a lease ends earlier than it did.
[[nodiscard]] inline std::string renew_text() {
  return "WITH " + std::string{clock_cte} + R"sql(,
c AS MATERIALIZED (SELECT * FROM unnest($2::smallint[], $3::uuid[], $4::uuid[], $5::bigint[])
  AS c(bucket, account, job, epoch)),
lv AS MATERIALIZED (SELECT x.* FROM c CROSS JOIN LATERAL (SELECT x.*
  FROM {schema}.live x WHERE x.bucket = c.bucket AND x.account = c.account AND x.job = c.job
  AND x.phase = 1 AND x.epoch = c.epoch AND x.worker = $6::uuid FOR UPDATE) x)
)sql" + change_live("lv") +
         R"sql(lease_until = (SELECT now FROM t) + $7::bigint,
  due_at = least(x.due_at, (SELECT now FROM t) + $7)
RETURNING x.job, x.cancel_requested)sql";
}

/// $1 clock or NULL, $2 bucket, $3 limit, $4 due_at, $5 account and $6 job of the last one named:
/// those behind it. `due_at` is a hint that may be too early, so that a heartbeat need not touch an
/// index: hints that were are set right on the way.
[[nodiscard]] inline std::string due_text() {
  return "WITH " + std::string{clock_cte} +
         ",\nlv AS MATERIALIZED (SELECT x.ctid AS place FROM {schema}.live x WHERE x.bucket = "
         "$2::smallint AND x.due_at <= (SELECT now "
         "FROM "
         "t) AND " +
         std::string{truly_due} +
         " > (SELECT now FROM t) ORDER BY x.due_at LIMIT 1000 FOR UPDATE SKIP LOCKED),\n"
         "w_hint AS (UPDATE {schema}.live x SET due_at = " +
         std::string{truly_due} +
         " WHERE x.ctid = ANY (ARRAY(SELECT lv.place FROM lv)))\n"
         "SELECT x.account, x.job, (CASE WHEN x.deadline <= t.now THEN 2 WHEN x.phase = 1 THEN 0 "
         "WHEN "
         "x.cancel_requested THEN 3 ELSE 1 END)::smallint, x.due_at FROM t CROSS JOIN "
         "{schema}.live x WHERE "
         "x.bucket = $2 AND x.due_at <= (SELECT now FROM t) AND x.due_at >= $4::bigint AND "
         "(x.due_at, x.account, x.job) > ($4, $5::uuid, $6::uuid) AND " +
         std::string{truly_due} + " <= t.now ORDER BY x.due_at, x.account, x.job LIMIT $3::bigint";
}

/// $1 bucket. Opens lines that were held back though their account is below its cap: a line that
/// was made while somebody else freed the slot was not seen by them. They come back at the front.
[[nodiscard]] inline std::string heal_text() {
  return R"sql(WITH RECURSIVE k(kind) AS (
  (SELECT x.kind FROM {schema}.line x WHERE x.bucket = $1::smallint AND x.state >= 0
    ORDER BY x.kind LIMIT 1)
  UNION ALL SELECT (SELECT x.kind FROM {schema}.line x WHERE x.bucket = $1 AND x.state >= 0
    AND x.kind > k.kind ORDER BY x.kind LIMIT 1) FROM k WHERE k.kind IS NOT NULL),
h AS MATERIALIZED (SELECT y.* FROM k CROSS JOIN LATERAL (SELECT y.* FROM {schema}.line y
    WHERE y.bucket = $1 AND y.kind = k.kind AND y.state = 2 AND y.ready > 0 ORDER BY y.served) y
  CROSS JOIN LATERAL (SELECT 1 FROM {schema}.slots s WHERE s.bucket = $1 AND s.account = y.account
    AND (s.max_in_flight = 0 OR s.in_flight < s.max_in_flight) LIMIT 1) s)
INSERT INTO {schema}.line AS y (bucket, account, kind, ready, state, served)
SELECT bucket, account, kind, ready, state, served FROM h ORDER BY account, kind
ON CONFLICT (bucket, account, kind) DO UPDATE SET state = 1, served = greatest(y.served, )sql" +
         front_of("0") + ") WHERE y.state = 2 AND y.ready > 0";
}

/// $1 bucket, $2 account, $3 max_in_flight, $4 weight. A line that opens comes back at the front.
[[nodiscard]] inline std::string limits_text() {
  return "WITH q AS (INSERT INTO {schema}.slots AS x (bucket, account, in_flight, max_in_flight, "
         "weight) VALUES ($1::smallint, $2::uuid, 0, $3::bigint, $4::bigint) ON CONFLICT (bucket, "
         "account) DO UPDATE SET max_in_flight = excluded.max_in_flight, weight = excluded.weight "
         "RETURNING x.in_flight, x.max_in_flight)\nUPDATE {schema}.line y SET state = CASE WHEN "
         "q.max_in_flight > 0 AND q.in_flight >= q.max_in_flight THEN 2 ELSE 1 END, served = CASE "
         "WHEN y.state = 2 THEN greatest(y.served, " +
         front_of("0") +
         ") ELSE y.served END FROM q WHERE y.bucket = $1 AND y.account = $2 AND y.ready > 0";
}

/// $1 buckets, $2 kind, $3 paused.
inline constexpr std::string_view kind_text =
    "INSERT INTO {schema}.kind (bucket, kind, paused) SELECT b, $2::bytea, $3::boolean FROM "
    "generate_series(0, $1::int - 1) b ON CONFLICT (bucket, kind) DO UPDATE SET paused = "
    "excluded.paused";

}  // namespace tollgate::postgres::detail
