-- SPDX-License-Identifier: BSL-1.0
-- A confirm of twelve jobs as one would write it by hand: one statement, every row the library writes,
-- ids that grow with time, nothing looked up that the statement does not need. What it leaves out
-- is what a decision engine gives: draw order over several lots, expiries, debt, replays, refusals.
-- Sent by pgbench, prepared; `payload`, `seen`, `request` and `words` are texts of the same length as
-- the library's, each sent once for all twelve jobs.
\set a random(1, :accounts)
\set r random(0, 1152921504606846975)
\set r2 random(0, 1152921504606846975)
WITH t AS MATERIALIZED (
  SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(:a::bigint), 12, '0'))::uuid AS account,
    now, lpad(to_hex(now / 1000), 12, '0') || '7' AS head, '8' || lpad(to_hex(:r::bigint), 15, '0')
    AS tail, '8' || lpad(to_hex(:r2::bigint), 15, '0') AS tail2
  FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) t),
a AS (UPDATE account x SET available = x.available - 144000, held = x.held + 144000,
    seq = x.seq + 1, open_holds = x.open_holds + 12, changed_at = t.now
  FROM t WHERE x.bucket = 0 AND x.account = t.account AND x.state = 0 AND x.debt = 0
    AND x.available >= 144000
  RETURNING x.account, x.seq, x.available, x.held),
l AS (UPDATE lot x SET available = x.available - 144000, held = x.held + 144000
  FROM a WHERE x.bucket = 0 AND x.account = a.account AND x.drawable RETURNING x.lot),
o AS (INSERT INTO operation (bucket, account, seq, operation, at, kind, key, amount, outcome, reason,
    required, lim, moved, available, held, debt, hold, project, spent, committed, jobs, low_credit,
    lots, entry_codes, entry_lots, entry_amounts, request)
  SELECT 0, a.account, a.seq, (t.head || '000' || t.tail)::uuid, t.now, 15,
    ('confirm/' || t.head || t.tail)::bytea, 144000, 0, '', 0, 0, 144000, a.available, a.held, 0,
    '00000000-0000-0000-0000-000000000000', a.account, 0, 144000, 12, false, ARRAY[l.lot],
    '{0,1}'::smallint[], ARRAY[l.lot, l.lot], '{-144000,144000}'::bigint[], :request::bytea
  FROM a, l, t),
n AS MATERIALIZED (
  SELECT i, (t.head || lpad(to_hex(i + 1), 3, '0') || t.tail)::uuid AS job,
    (t.head || lpad(to_hex(i), 3, '0') || t.tail2)::uuid AS item,
    (t.head || '000' || t.tail)::uuid AS made_by, a.account, a.seq, l.lot, t.now
  FROM a, l, t, generate_series(0, 11) i),
h AS (INSERT INTO hold (bucket, account, hold, made_by, job, project, state, amount, captured,
    released, refunded, made_at, expires_at, draw_lots, draw_parts)
  SELECT 0, account, job, made_by, job, account, 0, 12000, 0, 0, 0, now, 9223372036854775807,
    ARRAY[lot], '{12000,0,0,0}'::bigint[] FROM n),
p AS (INSERT INTO project AS x (bucket, account, project, spent, committed)
  SELECT 0, account, account, 0, 144000 FROM a
  ON CONFLICT (bucket, account, project) DO UPDATE SET committed = x.committed + 144000),
j AS (INSERT INTO job (bucket, account, job, made_by, hold, item, part_of, project, branch, kind,
    words, priority, arrival, ordinal, max_attempts, estimated, start_within, deadline,
    created_at)
  SELECT 0, account, job, made_by, job, item, '00000000-0000-0000-0000-000000000000', account,
    '00000000-0000-0000-0000-000000000000', 'render', :words::bytea, 0, seq, i, 4, 12000,
    604800000000, 9223372036854775807, now FROM n),
b AS (INSERT INTO payload (bucket, account, job, bytes)
  SELECT 0, account, job, :payload::bytea FROM n),
v AS (INSERT INTO live (bucket, account, job, item, kind, priority, arrival, ordinal, deadline,
    stands, stands_at, due_at, phase, role, state, epoch, revision, settled_epoch, final_seq,
    attempts, resubmissions, progress, ready_at, start_by, worker, lease_until, cancel_requested,
    error_retryable, error_code, error_message, provider_job_id, provider_metadata, result, actual,
    queued_at, started_at, completed_at, updated_at)
  SELECT 0, account, job, item, 'render', 0, seq, i, 9223372036854775807, 1, now,
    now + 604800000000, 0, 0, 'queued', 0, 0, 0, 0, 0, 0, 0, now, now + 604800000000,
    '00000000-0000-0000-0000-000000000000', 0, false, false, '', '', '', '', '', 0, now, 0, 0, now
  FROM n),
r AS (INSERT INTO ready (bucket, account, kind, priority, arrival, ordinal, job, until)
  SELECT 0, account, 'render', 0, seq, i, job, now + 604800000000 FROM n)
INSERT INTO line AS x (bucket, account, kind, ready, state, served)
SELECT 0, account, 'render', 12, 1, 0 FROM a
ON CONFLICT (bucket, account, kind) DO UPDATE SET ready = x.ready + 12, state = 1;
