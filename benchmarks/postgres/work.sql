-- SPDX-License-Identifier: BSL-1.0
-- Claim a hundred jobs and settle them, by hand: two statements on the library's tables, every row it
-- writes. Fair as the library is (the accounts served least come first), because otherwise fewer
-- rows would be written. It leaves out caps, weights, polls, kinds, dead jobs, promotion, retries,
-- adoption and replays. One run of the script is one batch; it is smaller, even empty, where another
-- client took the same jobs since the statement began.
WITH t AS MATERIALIZED (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now),
hd AS MATERIALIZED (SELECT x.account FROM line x WHERE x.bucket = 0 AND x.kind = 'render'
  AND x.state = 1 ORDER BY x.served, x.account LIMIT 100 FOR UPDATE SKIP LOCKED),
tk AS MATERIALIZED (SELECT x.place FROM hd CROSS JOIN LATERAL (
  SELECT x.ctid AS place FROM ready x WHERE x.bucket = 0 AND x.account = hd.account
  AND x.kind = 'render' ORDER BY x.priority, x.arrival, x.ordinal
  LIMIT (SELECT (99 + count(*)) / greatest(count(*), 1) FROM hd)) x LIMIT 100),
w AS (DELETE FROM ready x WHERE x.ctid = ANY (ARRAY(SELECT place FROM tk))
  RETURNING x.account, x.job),
v AS (UPDATE live x SET stands = 0, due_at = least(x.due_at, t.now + 20000000), phase = 1, role = 1,
    state = NULL, epoch = x.epoch + 1, revision = x.revision + 1, attempts = x.attempts + 1,
    worker = '00000000-0000-0001-0000-000000000001', lease_until = t.now + 20000000,
    started_at = t.now, updated_at = t.now
  FROM w, t WHERE x.bucket = 0 AND x.account = w.account AND x.job = w.job
  RETURNING x.account, x.job, x.epoch),
c AS MATERIALIZED (SELECT account, count(*) AS n FROM w GROUP BY account),
s AS (UPDATE slots x SET in_flight = x.in_flight + c.n FROM c
  WHERE x.bucket = 0 AND x.account = c.account),
n AS (UPDATE line x SET ready = x.ready - c.n, served = x.served + c.n * 1048576,
    state = CASE WHEN x.ready - c.n <= 0 THEN 0 ELSE 1 END FROM c
  WHERE x.bucket = 0 AND x.account = c.account AND x.kind = 'render')
SELECT coalesce(array_agg(v.account), '{}') AS accounts, coalesce(array_agg(v.job), '{}') AS jobs,
  coalesce(array_agg(v.epoch), '{}') AS epochs,
  sum(length(p.bytes)) + sum(length(j.words)) AS bytes, count(*) AS claimed
FROM v JOIN job j ON j.bucket = 0 AND j.account = v.account AND j.job = v.job
  LEFT JOIN payload p ON p.bucket = 0 AND p.account = v.account AND p.job = v.job \gset

WITH t AS MATERIALIZED (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now),
c AS MATERIALIZED (SELECT account, job, epoch, row_number() OVER (PARTITION BY account ORDER BY job)
    AS k FROM unnest(:accounts::uuid[], :jobs::uuid[], :epochs::bigint[]) AS c(account, job, epoch)),
v AS (DELETE FROM live x USING c WHERE x.bucket = 0 AND x.account = c.account AND x.job = c.job
    AND x.epoch = c.epoch AND x.phase = 1 RETURNING x.*, c.k),
h AS (UPDATE hold x SET state = 1, captured = 10000, released = x.amount - 10000,
    draw_parts = ARRAY[x.amount, 10000, x.amount - 10000, 0] FROM v
  WHERE x.bucket = 0 AND x.account = v.account AND x.hold = v.job AND x.state = 0
  RETURNING x.account, x.hold, x.project, x.amount, x.draw_lots[1] AS lot),
m AS MATERIALIZED (SELECT account, project, lot, count(*) AS n, sum(amount)::bigint AS amount
  FROM h GROUP BY account, project, lot),
l AS (UPDATE lot x SET held = x.held - m.amount, spent = x.spent + 10000 * m.n,
    available = x.available + m.amount - 10000 * m.n FROM m
  WHERE x.bucket = 0 AND x.account = m.account AND x.lot = m.lot),
a AS (UPDATE account x SET held = x.held - m.amount, available = x.available + m.amount - 10000 * m.n,
    seq = x.seq + m.n, open_holds = x.open_holds - m.n, changed_at = t.now,
    last_deduction_at = t.now FROM m, t
  WHERE x.bucket = 0 AND x.account = m.account
  RETURNING x.account, x.seq - m.n AS seq, x.available, x.held),
o AS (INSERT INTO operation (bucket, account, seq, operation, at, kind, key, amount, outcome, reason,
    required, lim, moved, available, held, debt, hold, project, spent, committed, jobs, low_credit,
    lots, entry_codes, entry_lots, entry_amounts, request)
  SELECT 0, v.account, a.seq + v.k, v.job, t.now, 16, NULL, 10000, 0, '', 0, 0, 10000, a.available,
    a.held, 0, h.hold, h.project, 10000, -h.amount, 0, false, ARRAY[h.lot], '{1,8,0}'::smallint[],
    ARRAY[h.lot, h.lot, h.lot], ARRAY[-h.amount, 10000, h.amount - 10000], :settled::bytea
  FROM v JOIN h ON h.account = v.account AND h.hold = v.job JOIN a ON a.account = v.account, t),
p AS (INSERT INTO project AS x (bucket, account, project, spent, committed)
  SELECT 0, account, project, 10000 * n, -amount FROM m
  ON CONFLICT (bucket, account, project) DO UPDATE SET spent = x.spent + excluded.spent,
    committed = x.committed + excluded.committed),
d AS (INSERT INTO done (bucket, account, job, phase, role, state, epoch, revision, settled_epoch,
    final_seq, attempts, resubmissions, progress, ready_at, start_by, worker, lease_until,
    cancel_requested, error_retryable, error_code, error_message, provider_job_id,
    provider_metadata, result, actual, queued_at, started_at, completed_at, updated_at)
  SELECT 0, v.account, v.job, 3, 2, 'completed', v.epoch, v.revision + 1, v.epoch, a.seq + v.k,
    v.attempts, 0, 1000, v.ready_at, v.start_by, v.worker, 0, false, false, '', '',
    'operations/0123456789abcdef', '', 'https://example.org/video/0123456789.mp4', 10000,
    v.queued_at, v.started_at, t.now, t.now
  FROM v JOIN a ON a.account = v.account, t),
s AS (UPDATE slots x SET in_flight = x.in_flight - m.n FROM m
  WHERE x.bucket = 0 AND x.account = m.account)
INSERT INTO attempt (bucket, account, job, epoch, outcome, number, worker, at,
  retryable, error_code, error_message, provider_job_id, result)
SELECT 0, v.account, v.job, v.epoch, 1, v.attempts, v.worker, t.now, false, '', '',
  'operations/0123456789abcdef', ''
FROM v, t;
