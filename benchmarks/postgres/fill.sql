-- SPDX-License-Identifier: BSL-1.0
-- Many jobs at once, as the library would have written them one order after the other: :count jobs from
-- the :begin-th on, dealt in turns to accounts :first to :first + :accounts - 1, with :payload bytes
-- each; :stands 1: ready, 2: scheduled for tomorrow, 3: finished. Journal rows are left out: no claim
-- and no settle reads them.
SET work_mem = '128MB';
CREATE TEMP TABLE filled AS
SELECT n, ('00000000-0000-7000-8000-' || lpad(to_hex(:first + n % :accounts), 12, '0'))::uuid AS account,
  (lpad(to_hex(t.now / 1000), 12, '0') || '7' || lpad(to_hex(n % 12 + 1), 3, '0') || '8' ||
    lpad(to_hex(n), 15, '0'))::uuid AS job, 1000 + n AS arrival, n % 12 AS ordinal,
  t.now + CASE WHEN :stands = 2 THEN 86400000000 + n ELSE 0 END AS at, t.now
FROM generate_series(:begin::bigint, :begin::bigint + :count - 1) n,
  (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) t;
INSERT INTO job (bucket, account, job, made_by, hold, item, part_of, project, branch, kind, words,
  priority, arrival, ordinal, max_attempts, estimated, start_within, deadline, created_at)
SELECT 0, account, job, job, job, job, '00000000-0000-0000-0000-000000000000', account,
  '00000000-0000-0000-0000-000000000000', 'render', :'words'::bytea, 0,
  arrival, ordinal, 4, 12000, 604800000000, 9223372036854775807, now FROM filled ORDER BY n;
INSERT INTO payload (bucket, account, job, bytes)
SELECT 0, account, job, repeat('p', :payload)::bytea FROM filled ORDER BY n;
INSERT INTO live (bucket, account, job, item, kind, priority, arrival, ordinal, deadline, stands,
  stands_at, due_at, phase, role, state, epoch, revision, settled_epoch, final_seq, attempts,
  resubmissions, progress, ready_at, start_by, worker, lease_until, cancel_requested,
  error_retryable, error_code, error_message, provider_job_id, provider_metadata, result, actual,
  queued_at, started_at, completed_at, updated_at)
SELECT 0, account, job, job, 'render', 0, arrival, ordinal, 9223372036854775807, :stands, at,
  at + 604800000000, 0, 0, 'queued', 0, 0, 0, 0, 0, 0, 0, at, at + 604800000000,
  '00000000-0000-0000-0000-000000000000', 0, false, false, '', '', '', '', '', 0, now, 0, 0, now
FROM filled WHERE :stands < 3 ORDER BY n;
INSERT INTO ready (bucket, account, kind, priority, arrival, ordinal, job, until)
SELECT 0, account, 'render', 0, arrival, ordinal, job, at + 604800000000 FROM filled
WHERE :stands = 1 ORDER BY n;
INSERT INTO later (bucket, kind, poll, at, account, job, until)
SELECT 0, 'render', false, at, account, job, at + 604800000000 FROM filled
WHERE :stands = 2 ORDER BY n;
INSERT INTO hold (bucket, account, hold, made_by, job, project, state, amount, captured, released,
  refunded, made_at, expires_at, draw_lots, draw_parts)
SELECT 0, f.account, f.job, f.job, f.job, f.account, s.state, 12000, s.captured, s.released, 0, f.now,
  9223372036854775807, ARRAY[l.lot], s.parts
FROM filled f JOIN lot l ON l.bucket = 0 AND l.account = f.account,
  (VALUES (false, 0, 0, 0, '{12000,0,0,0}'::bigint[]),
    (true, 1, 10000, 2000, '{12000,10000,2000,0}')) AS s(over, state, captured, released, parts)
WHERE s.over = (:stands = 3) ORDER BY f.n;
INSERT INTO done (bucket, account, job, phase, role, state, epoch, revision, settled_epoch,
  final_seq, attempts, resubmissions, progress, ready_at, start_by, worker, lease_until,
  cancel_requested, error_retryable, error_code, error_message, provider_job_id,
  provider_metadata, result, actual, queued_at, started_at, completed_at, updated_at)
SELECT 0, account, job, 3, 2, 'completed', 1, 2, 1, arrival, 1, 0, 1000, at, at + 604800000000,
  '00000000-0000-0001-0000-000000000001', 0, false, false, '', '', 'operations/0123456789abcdef',
  '', 'https://example.org/video/0123456789.mp4', 10000, now, now, now, now
FROM filled WHERE :stands = 3 ORDER BY n;
INSERT INTO attempt (bucket, account, job, epoch, outcome, number, worker, at, retryable, error_code,
  error_message, provider_job_id, result)
SELECT 0, account, job, 1, 1, 1, '00000000-0000-0001-0000-000000000001', now, false, '', '',
  'operations/0123456789abcdef', '' FROM filled WHERE :stands = 3 ORDER BY n;
CREATE TEMP TABLE filled_account AS SELECT account, count(*) AS n, CASE WHEN :stands = 3 THEN 0
  ELSE 12000 * count(*) END AS held, CASE WHEN :stands = 3 THEN 10000 * count(*) ELSE 0 END AS spent,
  CASE WHEN :stands = 3 THEN 0 ELSE count(*) END AS open FROM filled GROUP BY account;
UPDATE account x SET available = x.available - f.held - f.spent, held = x.held + f.held,
  open_holds = x.open_holds + f.open FROM filled_account f WHERE x.bucket = 0 AND x.account = f.account;
UPDATE lot x SET available = x.available - f.held - f.spent, held = x.held + f.held,
  spent = x.spent + f.spent
FROM filled_account f WHERE x.bucket = 0 AND x.account = f.account;
INSERT INTO project AS x (bucket, account, project, spent, committed)
SELECT 0, account, account, spent, held FROM filled_account
ON CONFLICT (bucket, account, project) DO UPDATE SET spent = x.spent + excluded.spent,
  committed = x.committed + excluded.committed;
INSERT INTO line AS x (bucket, account, kind, ready, state, served)
SELECT 0, account, 'render', n, 1, 0 FROM filled_account WHERE :stands = 1
ON CONFLICT (bucket, account, kind) DO UPDATE SET ready = x.ready + excluded.ready, state = 1;
