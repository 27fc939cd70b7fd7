-- SPDX-License-Identifier: BSL-1.0
-- An independent audit of the books in a tollgate schema: one row for each rule that does not hold
-- and each place where it does not, and no row where all is well. It is written from the rules of
-- docs/ledger.md, whose numbers it names, and shares nothing with the library: it reads tables only.
--   psql "$CONNINFO" -X -v ON_ERROR_STOP=1 -v schema=tollgate -f docs/verify.sql
-- It sees one instant, takes no locks that others wait for, and may run while orders are made.
\if :{?schema}
\else
  \set schema tollgate
\endif
BEGIN READ ONLY;
SET LOCAL search_path = :"schema";
SET LOCAL jit = off;  -- compiling this takes longer than running it

WITH
nil AS (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS id),

-- The lines of the journal; amounts are summed wider than a bigint.
line AS MATERIALIZED (
  SELECT o.bucket, o.account, o.seq, o.at, o.kind, e.code, e.lot, e.amount::numeric AS amount
  FROM operation o
  CROSS JOIN LATERAL unnest(o.entry_codes, o.entry_lots, o.entry_amounts) AS e(code, lot, amount)),

-- What each operation posted, and the balances after it as the journal from its beginning tells them.
posted AS (
  SELECT o.bucket, o.account, o.seq,
    coalesce(sum(l.amount), 0) AS total,
    count(l.code) AS lines,
    coalesce(sum(l.amount) FILTER (WHERE l.code = 0), 0) AS available,
    coalesce(sum(l.amount) FILTER (WHERE l.code = 1), 0) AS held,
    coalesce(sum(l.amount) FILTER (WHERE l.code = 2), 0) AS pending,
    coalesce(-sum(l.amount) FILTER (WHERE l.code = 3), 0) AS debt
  FROM operation o LEFT JOIN line l USING (bucket, account, seq)
  GROUP BY o.bucket, o.account, o.seq),
journal AS MATERIALIZED (
  SELECT o.*, p.total, p.lines, p.debt AS debt_by,
    sum(p.available) OVER w AS fold_available, sum(p.held) OVER w AS fold_held,
    sum(p.pending) OVER w AS fold_pending, sum(p.debt) OVER w AS fold_debt,
    lag(o.seq) OVER w AS seq_before, lag(o.at) OVER w AS at_before,
    'account ' || o.account || ', operation ' || o.seq AS place
  FROM operation o JOIN posted p USING (bucket, account, seq)
  WINDOW w AS (PARTITION BY o.bucket, o.account ORDER BY o.seq)),
newest AS (
  SELECT DISTINCT ON (bucket, account) * FROM journal ORDER BY bucket, account, seq DESC),

-- What an account's operations say of its row beyond the balances.
told AS (
  SELECT bucket, account,
    coalesce(max(at) FILTER (WHERE kind = 1), 0) AS topup,
    coalesce(max(at) FILTER (WHERE kind IN (3, 6) OR (kind = 16 AND moved <> 0)), 0) AS charge,
    coalesce((array_agg(CASE kind WHEN 11 THEN 1 WHEN 12 THEN 0 WHEN 13 THEN 2 END ORDER BY seq DESC)
      FILTER (WHERE kind IN (11, 12, 13)))[1], 0) AS state
  FROM operation WHERE outcome = 0 GROUP BY bucket, account),

-- The draws of holds, in their order, with what was before and comes after each.
drawn AS MATERIALIZED (
  SELECT h.bucket, h.account, h.hold, d.n, d.lot, d.amount, d.captured, d.released, d.refunded,
    lag(d.captured) OVER w AS captured_before, lag(d.amount) OVER w AS amount_before,
    lag(d.released) OVER w AS released_before, lag(d.refunded) OVER w AS refunded_before
  FROM hold h CROSS JOIN LATERAL (
    SELECT u.n, u.lot, h.draw_parts[4 * u.n - 3]::numeric AS amount,
      h.draw_parts[4 * u.n - 2]::numeric AS captured, h.draw_parts[4 * u.n - 1]::numeric AS released,
      h.draw_parts[4 * u.n]::numeric AS refunded
    FROM unnest(h.draw_lots) WITH ORDINALITY AS u(lot, n)) d
  WINDOW w AS (PARTITION BY h.bucket, h.account, h.hold ORDER BY d.n)),
draws AS (
  SELECT bucket, account, hold, sum(amount) AS amount, sum(captured) AS captured,
    sum(released) AS released, sum(refunded) AS refunded
  FROM drawn GROUP BY bucket, account, hold),

-- Each lot beside the lines and draws that name it. `fund` is the code that paid for it: what
-- expired for what came back of it, revenue for a refund, else by category.
lot_lines AS (
  SELECT bucket, account, lot, jsonb_object_agg(code, amount) AS by_code, sum(amount) AS total FROM (
    SELECT bucket, account, lot, code, sum(amount) AS amount FROM line
    GROUP BY bucket, account, lot, code) s
  GROUP BY bucket, account, lot),
lot_draws AS (
  SELECT bucket, account, lot, sum(amount - captured - released) AS held,
    sum(captured - refunded) AS charged
  FROM drawn GROUP BY bucket, account, lot),
lots AS MATERIALIZED (
  SELECT x.*, made.seq IS NOT NULL AND made.outcome = 0 AS made,
    f.fund, coalesce(s.total, 0) AS total, coalesce(d.held, 0) AS drawn,
    coalesce(d.charged, 0) AS charged,
    c.posted[1] AS p_available, c.posted[2] AS p_held, c.posted[3] AS p_pending,
    c.posted[4] AS p_debt, c.posted[5] + c.posted[6] AS p_funding,
    c.posted[7] + c.posted[8] AS p_revoked, c.posted[9] AS p_revenue, c.posted[10] AS p_expired,
    'account ' || x.account || ', lot ' || x.lot AS place
  FROM lot x
  LEFT JOIN operation made USING (bucket, account, seq)
  CROSS JOIN LATERAL (SELECT CASE WHEN x.parent <> (SELECT id FROM nil) THEN 9
    WHEN made.kind = 7 THEN 8 WHEN x.category = 0 THEN 5 WHEN x.category = 1 THEN 7
    WHEN x.category = 2 THEN 6 ELSE 4 END AS fund) f
  LEFT JOIN lot_lines s USING (bucket, account, lot)
  LEFT JOIN lot_draws d USING (bucket, account, lot)
  CROSS JOIN LATERAL (SELECT array_agg(coalesce((s.by_code->>code::text)::numeric, 0) +
      CASE code WHEN f.fund THEN x.granted ELSE 0 END ORDER BY code) AS posted
    FROM generate_series(0, 9) AS code) c),
lot_sums AS (
  SELECT bucket, account, sum(available) AS available, sum(held) AS held, sum(pending) AS pending
  FROM lot GROUP BY bucket, account),

-- Which operations ended which hold. A capture may end one, too; whether it did, its request says.
ended AS (
  SELECT bucket, account, hold, count(*) FILTER (WHERE kind IN (10, 2)) AS made,
    count(*) FILTER (WHERE kind IN (4, 16, 17)) AS ends,
    count(*) FILTER (WHERE kind = 3) AS captures,
    max(at) FILTER (WHERE kind = 17) AS expired_at
  FROM operation WHERE outcome = 0 GROUP BY bucket, account, hold),
holds AS MATERIALIZED (
  SELECT h.*, made.at AS op_at, made.kind AS op_kind, made.outcome AS op_outcome,
    coalesce(e.ends, 0) AS ends, coalesce(e.captures, 0) AS captures, e.expired_at,
    coalesce(d.amount, 0) AS d_amount, coalesce(d.captured, 0) AS d_captured,
    coalesce(d.released, 0) AS d_released, coalesce(d.refunded, 0) AS d_refunded,
    a.changed_at, 'account ' || h.account || ', hold ' || h.hold AS place
  FROM hold h
  LEFT JOIN ended e USING (bucket, account, hold)
  LEFT JOIN draws d USING (bucket, account, hold)
  LEFT JOIN account a USING (bucket, account)
  LEFT JOIN operation made ON made.bucket = h.bucket AND made.account = h.account
    AND made.operation = h.made_by),
hold_sums AS (
  SELECT bucket, account, count(*) FILTER (WHERE state = 0) AS open_holds,
    sum(amount::numeric - captured - released) AS held,
    sum(captured::numeric - refunded) AS charged
  FROM hold GROUP BY bucket, account),

-- Jobs, wherever their status is kept.
status AS (
  SELECT bucket, account, job, phase, role, epoch, final_seq, actual, completed_at, true AS live
  FROM live
  UNION ALL
  SELECT bucket, account, job, phase, role, epoch, final_seq, actual, completed_at, false FROM done),
settled AS (
  SELECT h.bucket, h.account, h.job, count(*) AS outcomes, max(o.seq) AS seq, max(o.at) AS at,
    max(o.moved) AS moved
  FROM hold h JOIN operation o USING (bucket, account, hold)
  WHERE o.kind = 16 AND o.outcome = 0 GROUP BY h.bucket, h.account, h.job),
jobs AS MATERIALIZED (
  SELECT j.bucket, j.account, j.job, j.item, j.made_by, j.project, j.estimated, s.live, s.phase, s.role,
    s.final_seq, s.actual, s.completed_at, h.hold IS NOT NULL AS has_hold, h.state AS hold_state,
    h.amount AS hold_amount, h.captured AS hold_captured, h.made_by AS hold_made_by,
    h.project AS hold_project, coalesce(e.outcomes, 0) AS outcomes, e.seq AS settled_seq,
    e.at AS settled_at, e.moved AS settled_moved,
    'account ' || j.account || ', job ' || j.job AS place
  FROM job j
  LEFT JOIN status s USING (bucket, account, job)
  LEFT JOIN settled e USING (bucket, account, job)
  LEFT JOIN hold h ON h.bucket = j.bucket AND h.account = j.account AND h.hold = j.hold
    AND h.job = j.job),
orders AS (
  SELECT o.bucket, o.account, o.seq, o.jobs,
    (SELECT count(*) FROM hold h WHERE h.bucket = o.bucket AND h.account = o.account
      AND h.made_by = o.operation) AS holds,
    (SELECT count(*) FROM job j WHERE j.bucket = o.bucket AND j.account = o.account
      AND j.made_by = o.operation) AS made
  FROM operation o WHERE o.kind = 15 AND o.outcome = 0),

-- Projects: what operations say, what holds say, and what is kept.
project_told AS (
  SELECT bucket, account, project, sum(spent::numeric) AS spent, sum(committed::numeric) AS committed,
    sum(CASE WHEN kind = 14 AND outcome = 0 THEN moved::numeric ELSE 0 END) AS imported
  FROM operation GROUP BY bucket, account, project),
project_held AS (
  SELECT bucket, account, project, sum(captured::numeric - refunded) AS spent,
    sum(amount::numeric - captured - released) AS committed
  FROM hold GROUP BY bucket, account, project),

accounts AS MATERIALIZED (
  SELECT a.*, n.seq AS newest_seq, n.at AS newest_at, n.fold_available, n.fold_held, n.fold_pending,
    n.fold_debt, coalesce(t.state, 0) AS told_state, coalesce(t.topup, 0) AS told_topup,
    coalesce(t.charge, 0) AS told_charge, coalesce(l.available, 0) AS lots_available,
    coalesce(l.held, 0) AS lots_held, coalesce(l.pending, 0) AS lots_pending,
    coalesce(h.held, 0) AS holds_held, coalesce(h.open_holds, 0) AS holds_open,
    coalesce(h.charged, 0) AS holds_charged,
    coalesce((SELECT sum(amount) FROM line x WHERE x.bucket = a.bucket AND x.account = a.account
      AND x.code = 8), 0) AS revenue,
    'account ' || a.account AS place
  FROM account a
  LEFT JOIN newest n USING (bucket, account)
  LEFT JOIN told t USING (bucket, account)
  LEFT JOIN lot_sums l USING (bucket, account)
  LEFT JOIN hold_sums h USING (bucket, account))

-- Each rule once: its name, the place, and what is wrong there.
SELECT rule, place, found FROM (
  SELECT '1 entries of an operation sum to zero' AS rule, place, 'they sum to ' || total AS found
  FROM journal WHERE total <> 0
  UNION ALL
  SELECT '2 an account is the fold of its journal', place, format(
    'available %s, held %s, pending %s, debt %s, the journal says %s, %s, %s, %s', available, held,
    pending, debt, fold_available, fold_held, fold_pending, fold_debt)
  FROM accounts WHERE (available, held, pending, debt) IS DISTINCT FROM
    (fold_available, fold_held, fold_pending, fold_debt)
  UNION ALL
  SELECT '2 balances after an operation are the fold up to it', place, format(
    'available %s, held %s, debt %s, the journal says %s, %s, %s', available, held, debt,
    fold_available, fold_held, fold_debt)
  FROM journal WHERE (available, held, debt) IS DISTINCT FROM (fold_available, fold_held, fold_debt)
  UNION ALL
  SELECT '2 the state and times of an account are those of its journal', place, format(
    'state %s, topped up %s, deducted %s, the journal says %s, %s, at least %s', state,
    last_topup_at, last_deduction_at, told_state, told_topup, told_charge)
  FROM accounts WHERE state <> told_state OR last_topup_at <> told_topup
    OR last_deduction_at < told_charge OR last_deduction_at > changed_at
  UNION ALL
  SELECT '3 a lot is split into what was granted', place, format('granted %s', granted)
  FROM lots WHERE granted::numeric <> pending::numeric + available + held + spent + expired + revoked
    OR least(pending, available, held, spent, expired, revoked) < 0
  UNION ALL
  SELECT '3 a lot is what its lines say', place, format(
    'pending %s, available %s, held %s, spent %s, expired %s, revoked %s, its lines say %s, %s, %s, '
    '%s, %s, %s', pending, available, held, spent, expired, revoked, p_pending, p_available, p_held,
    p_revenue + p_debt, p_expired, p_revoked)
  FROM lots WHERE total <> 0 OR p_funding <> 0
    OR (pending, available, held, spent, expired, revoked) IS DISTINCT FROM
      (p_pending, p_available, p_held, p_revenue + p_debt, p_expired, p_revoked)
  UNION ALL
  SELECT '3 a lot holds and was charged what draws took from it', place, format(
    'held %s, charged %s, the draws say %s and %s', held, p_revenue, drawn, charged)
  FROM lots WHERE held <> drawn OR p_revenue <> charged
  UNION ALL
  SELECT '3 no more is asked back of a lot than was granted', place, format(
    'granted %s, asked back %s, of that on return %s', granted, clawed_back, revoke_on_return)
  FROM lots WHERE NOT (0 <= revoke_on_return AND revoke_on_return <= clawed_back
    AND clawed_back <= granted) OR (revoke_on_return <> 0 AND available + pending <> 0)
  UNION ALL
  SELECT '3 an account is the sum of its lots', place, format(
    'available %s, held %s, pending %s, the lots have %s, %s, %s', available, held, pending,
    lots_available, lots_held, lots_pending)
  FROM accounts WHERE (available, held, pending) IS DISTINCT FROM
    (lots_available, lots_held, lots_pending)
  UNION ALL
  SELECT '3 held is the sum of open holds', place, format(
    'held %s in %s holds, the holds say %s in %s', held, open_holds, holds_held, holds_open)
  FROM accounts WHERE held <> holds_held OR open_holds <> holds_open
  UNION ALL
  SELECT '3 revenue is what holds were charged', place, format('%s, not %s', revenue, holds_charged)
  FROM accounts WHERE revenue <> holds_charged
  UNION ALL
  SELECT '4 a final hold has nothing open', place, format('state %s, amount %s, captured %s, released %s',
    state, amount, captured, released)
  FROM holds WHERE state NOT BETWEEN 0 AND 3 OR (state <> 0 AND amount <> captured + released)
  UNION ALL
  SELECT '4 a stand-alone hold has a time-out and no other has', place, 'expires at ' || expires_at
  FROM holds WHERE (op_kind = 2) <> (expires_at <> 9223372036854775807)
  UNION ALL
  SELECT '5 draws add up to their hold', place, format(
    'amount %s, captured %s, released %s, refunded %s, the draws say %s, %s, %s, %s', amount, captured,
    released, refunded, d_amount, d_captured, d_released, d_refunded)
  FROM holds WHERE (amount, captured, released, refunded) IS DISTINCT FROM
    (d_amount, d_captured, d_released, d_refunded)
  UNION ALL
  SELECT '5 what is captured is a head of the draws', format('account %s, hold %s', account, hold),
    'draw ' || n
  FROM drawn WHERE captured > 0 AND captured_before < amount_before
  UNION ALL
  SELECT '5 what is released is a tail of the draws', format('account %s, hold %s', account, hold),
    'draw ' || n
  FROM drawn WHERE (released_before > 0 AND released < amount) OR least(amount, captured, released,
    refunded, amount - captured - released) < 0 OR amount = 0
  UNION ALL
  SELECT '5 a refund gives back what was captured last', format('account %s, hold %s', account, hold),
    'draw ' || n
  FROM drawn WHERE refunded_before > 0 AND refunded < captured
  UNION ALL
  SELECT '5 only a final hold is refunded', place, 'refunded ' || refunded
  FROM holds WHERE refunded <> 0 AND state = 0
  UNION ALL
  SELECT '6 a key has one operation', 'account ' || account, encode(key, 'escape')
  FROM operation WHERE key IS NOT NULL GROUP BY bucket, account, key HAVING count(*) > 1
  UNION ALL
  SELECT '6 a hold has one outcome, and none while it is open', place, format(
    'state %s, ended by %s operations', state, ends)
  FROM holds WHERE op_kind IN (2, 15) AND CASE state WHEN 0 THEN ends <> 0
    WHEN 1 THEN ends > 1 OR ends + captures = 0
    WHEN 2 THEN ends <> 1 ELSE ends <> 1 OR expired_at IS DISTINCT FROM expires_at END
  UNION ALL
  SELECT '7 no balance is below zero', place, format('available %s, held %s, pending %s, debt %s',
    fold_available, fold_held, fold_pending, fold_debt)
  FROM journal WHERE least(fold_available, fold_held, fold_pending, fold_debt) < 0
  UNION ALL
  SELECT '7 nothing is available while something is owed', place, format('available %s, debt %s',
    fold_available, fold_debt)
  FROM journal WHERE fold_debt > 0 AND fold_available <> 0
  UNION ALL
  SELECT '7 debt rises only where somebody may ask for it', place, 'by ' || debt_by
  FROM journal WHERE debt_by > 0 AND kind NOT IN (3, 8, 16)
  UNION ALL
  SELECT '8 seq has no gap', place, format('after %s', seq_before)
  FROM journal WHERE seq <> coalesce(seq_before, 0) + 1
  UNION ALL
  SELECT '8 time does not go back', place, format('at %s after %s', at, at_before)
  FROM journal WHERE at < at_before
  UNION ALL
  SELECT '8 an account stands where its newest operation left it', place, format(
    'seq %s at %s, not %s at %s', seq, changed_at, newest_seq, newest_at)
  FROM accounts WHERE (seq, changed_at) IS DISTINCT FROM (newest_seq, newest_at)
  UNION ALL
  SELECT '8 an account is opened once and first', place, 'kind ' || kind
  FROM journal WHERE (kind = 0) <> (seq = 1)
  UNION ALL
  SELECT '9 a refusal moves nothing', place, format('outcome %s, %s lines, moved %s', outcome, lines,
    moved)
  FROM journal WHERE outcome <> 0 AND (lines <> 0 OR moved <> 0 OR spent <> 0 OR committed <> 0
    OR jobs <> 0 OR cardinality(lots) <> 0)
  UNION ALL
  SELECT '10 no more is refunded than was captured', place, format('captured %s, refunded %s',
    captured, refunded)
  FROM holds WHERE refunded > captured OR refunded < 0
  UNION ALL
  SELECT '10 no more is refunded than was captured', format('account %s, hold %s', account, hold),
    'draw ' || n
  FROM drawn WHERE refunded > captured
  UNION ALL
  SELECT '11 nothing expired or not yet effective is drawn', 'account ' || l.account || ', operation '
    || l.seq, format('lot %s at %s', x.lot, l.at)
  FROM line l JOIN lot x USING (bucket, account, lot)
  WHERE l.code = 0 AND (l.at < x.effective_at OR CASE l.kind WHEN 18 THEN l.at <> x.expires_at
    WHEN 19 THEN l.at <> x.effective_at ELSE l.at >= x.expires_at END)
  UNION ALL
  SELECT '11 what was due before the last write was applied by it', x.place, 'changed at ' ||
    a.changed_at
  FROM lots x JOIN account a USING (bucket, account)
  WHERE CASE WHEN x.pending <> 0 THEN x.effective_at WHEN x.available <> 0 THEN x.expires_at
    ELSE 9223372036854775807 END <= a.changed_at
  UNION ALL
  SELECT '11 what was due before the last write was applied by it', place, 'changed at ' || changed_at
  FROM holds WHERE state = 0 AND expires_at <= changed_at
  UNION ALL
  SELECT '12 a job has one status', 'account ' || account || ', job ' || job, count(*) || ' of them'
  FROM (SELECT bucket, account, job FROM job UNION ALL SELECT bucket, account, job FROM status) s
  GROUP BY bucket, account, job HAVING count(*) <> 2
  UNION ALL
  SELECT '12 a job has a hold of its own', place, format('estimated %s, held %s', estimated, hold_amount)
  FROM jobs WHERE NOT has_hold OR (estimated, made_by, project) IS DISTINCT FROM
    (hold_amount, hold_made_by, hold_project)
  UNION ALL
  SELECT '12 a live job has an open hold and no outcome', place, format(
    'state of the hold %s, outcomes %s, role %s', hold_state, outcomes, role)
  FROM jobs WHERE live AND (hold_state IS DISTINCT FROM 0 OR outcomes <> 0 OR final_seq <> 0
    OR role NOT IN (0, 1) OR phase = 3)
  UNION ALL
  SELECT '12 a final job has a final hold and one outcome', place, format(
    'state of the hold %s, outcomes %s, role %s', hold_state, outcomes, role)
  FROM jobs WHERE NOT live AND (hold_state IS NOT DISTINCT FROM 0 OR outcomes <> 1 OR phase <> 3
    OR role NOT IN (2, 3, 4) OR (final_seq, completed_at) IS DISTINCT FROM (settled_seq, settled_at))
  UNION ALL
  SELECT '12 a final job was charged what its outcome says', place, format(
    'charged %s, the operation moved %s, the hold captured %s', actual, settled_moved, hold_captured)
  FROM jobs WHERE NOT live AND (actual <> settled_moved
    OR hold_captured <> least(settled_moved, hold_amount)
    OR CASE role WHEN 2 THEN hold_state <> 1 WHEN 3 THEN hold_state <> 2 OR actual <> 0
      ELSE hold_state NOT IN (1, 2) END)
  UNION ALL
  SELECT '12 no hold of a job is open without a live job', h.place, 'job ' || h.job
  FROM holds h CROSS JOIN nil WHERE h.state = 0 AND h.job <> nil.id AND NOT EXISTS (
    SELECT FROM jobs j WHERE j.bucket = h.bucket AND j.account = h.account AND j.job = h.job AND j.live)
  UNION ALL
  SELECT '12 an item has one live job', 'account ' || account || ', item ' || item, count(*) || ' jobs'
  FROM jobs WHERE live GROUP BY bucket, account, item HAVING count(*) > 1
  UNION ALL
  SELECT '13 an order has all its holds and jobs', format('account %s, operation %s', account, seq),
    format('%s jobs, there are %s holds and %s jobs', jobs, holds, made)
  FROM orders WHERE jobs <> holds OR jobs <> made
  UNION ALL
  SELECT '13 a hold was made by an operation of its account', place, format('operation %s', made_by)
  FROM holds CROSS JOIN nil WHERE op_kind IS NULL OR op_outcome <> 0 OR made_at <> op_at
    OR (op_kind = 15) <> (job <> nil.id)
  UNION ALL
  SELECT '13 a lot was made by an operation of its account', x.place, format('operation %s', x.seq)
  FROM lots x WHERE NOT made OR (parent <> (SELECT id FROM nil) AND NOT EXISTS (SELECT FROM lot y
    WHERE y.bucket = x.bucket AND y.account = x.account AND y.lot = x.parent))
  UNION ALL
  SELECT '13 what an operation names is there', place, 'hold ' || o.hold
  FROM journal o CROSS JOIN nil WHERE o.outcome = 0 AND o.hold <> nil.id AND NOT EXISTS (
    SELECT FROM hold h WHERE h.bucket = o.bucket AND h.account = o.account AND h.hold = o.hold)
  UNION ALL
  SELECT '13 what an operation names is there', format('account %s, operation %s', account, seq),
    'lot ' || l.lot
  FROM line l CROSS JOIN nil WHERE l.lot <> nil.id AND NOT EXISTS (SELECT FROM lot x
    WHERE x.bucket = l.bucket AND x.account = l.account AND x.lot = l.lot)
  UNION ALL
  SELECT '13 every row is of an account, in its bucket', kept || ' of account ' || r.account,
    'bucket ' || r.bucket
  FROM (SELECT DISTINCT 'operation' AS kept, bucket, account FROM operation
    UNION SELECT 'lot', bucket, account FROM lot UNION SELECT 'hold', bucket, account FROM hold
    UNION SELECT 'project', bucket, account FROM project
    UNION SELECT 'job', bucket, account FROM job) r
  WHERE NOT EXISTS (SELECT FROM account a WHERE a.bucket = r.bucket AND a.account = r.account)
  UNION ALL
  SELECT 'running total: a project is what its operations say', 'account ' || account || ', project '
    || project, format('spent %s, committed %s, the operations say %s, %s', p.spent, p.committed, t.spent,
    t.committed)
  FROM project p FULL JOIN project_told t USING (bucket, account, project)
  WHERE (coalesce(p.spent, 0), coalesce(p.committed, 0)) IS DISTINCT FROM
    (coalesce(t.spent, 0), coalesce(t.committed, 0)) AND project <> (SELECT id FROM nil)
  UNION ALL
  SELECT 'running total: operations say what holds say', 'account ' || account || ', project '
    || project, format('spent %s, committed %s, the holds say %s, %s', t.spent - t.imported, t.committed,
    h.spent, h.committed)
  FROM project_told t FULL JOIN project_held h USING (bucket, account, project)
  WHERE coalesce(t.spent - t.imported, 0) <> coalesce(h.spent, 0)
    OR coalesce(t.committed, 0) <> coalesce(h.committed, 0)
  UNION ALL
  SELECT 'queue: what is in flight is counted', 'account ' || account, format('%s, not %s',
    coalesce(s.in_flight, 0), coalesce(f.in_flight, 0))
  FROM slots s FULL JOIN (SELECT bucket, account, count(*) AS in_flight FROM live
    WHERE phase IN (1, 2) GROUP BY bucket, account) f USING (bucket, account)
  WHERE coalesce(s.in_flight, 0) <> coalesce(f.in_flight, 0)
  UNION ALL
  SELECT 'queue: a place in the queue is a live job''s', 'account ' || q.account || ', job ' || q.job,
    'it is not live'
  FROM (SELECT bucket, account, job FROM ready UNION ALL SELECT bucket, account, job FROM later) q
  WHERE NOT EXISTS (SELECT FROM live l WHERE l.bucket = q.bucket AND l.account = q.account
    AND l.job = q.job)
  UNION ALL
  SELECT 'queue: a job that may start or waits has one place', 'account ' || l.account || ', job '
    || l.job, 'phase ' || l.phase
  FROM live l WHERE l.phase IN (0, 2) AND NOT l.cancel_requested AND 1 <> (
    SELECT count(*) FROM (SELECT bucket, account, job FROM ready UNION ALL
      SELECT bucket, account, job FROM later) q
    WHERE q.bucket = l.bucket AND q.account = l.account AND q.job = l.job)
) AS broken
ORDER BY rule, place, found;

COMMIT;
