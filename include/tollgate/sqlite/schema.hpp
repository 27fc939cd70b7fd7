// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tables of the store as numbered migrations.

#include <cstdint>
#include <string_view>

namespace tollgate::sqlite {

/// One step of the schema. A program refuses a file only where `min_reader` is beyond the newest
/// version it knows: steps that merely add something leave it as it was.
struct migration {
  std::int64_t version{};
  std::int64_t min_reader{};
  std::string_view text{};
};

/// What has to be created in a file, oldest first. Every invariant that one row can hold is a
/// CHECK; amounts are whole 1/10,000 of a credit, instants are microseconds, ids 16 bytes, and
/// what a row does not have is NULL. Columns that only exist for an index are checked against
/// what they are derived from.
inline constexpr migration migrations[]{
    {1, 1, R"sql(
CREATE TABLE tollgate_accounts (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  currency TEXT NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
  freeze_reason TEXT NOT NULL,
  available INTEGER NOT NULL CHECK (available >= 0),
  held INTEGER NOT NULL CHECK (held >= 0),
  debt INTEGER NOT NULL CHECK (debt >= 0),
  pending INTEGER NOT NULL CHECK (pending >= 0),
  low_credit_threshold INTEGER NOT NULL,
  seq INTEGER NOT NULL CHECK (seq > 0),
  open_holds INTEGER NOT NULL CHECK (open_holds >= 0),
  opened_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  last_topup_at INTEGER NOT NULL,
  last_deduction_at INTEGER NOT NULL,
  blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1)),
  CHECK (debt = 0 OR available = 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE tollgate_lots (
  account BLOB NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  parent BLOB,
  category INTEGER NOT NULL CHECK (category BETWEEN 0 AND 3),
  priority INTEGER NOT NULL,
  effective_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  seq INTEGER NOT NULL CHECK (seq > 0),
  granted INTEGER NOT NULL,
  pending INTEGER NOT NULL CHECK (pending >= 0),
  available INTEGER NOT NULL CHECK (available >= 0),
  held INTEGER NOT NULL CHECK (held >= 0),
  spent INTEGER NOT NULL CHECK (spent >= 0),
  expired INTEGER NOT NULL CHECK (expired >= 0),
  revoked INTEGER NOT NULL CHECK (revoked >= 0),
  clawed_back INTEGER NOT NULL CHECK (clawed_back >= 0),
  revoke_on_return INTEGER NOT NULL CHECK (revoke_on_return >= 0),
  drawable INTEGER CHECK (drawable IS CASE WHEN available > 0 THEN 1 END),
  due_at INTEGER CHECK (due_at IS CASE
    WHEN pending > 0 THEN effective_at
    WHEN available > 0 AND expires_at < 9223372036854775807 THEN expires_at END),
  PRIMARY KEY (account, id),
  CHECK (granted = pending + available + held + spent + expired + revoked)
) STRICT, WITHOUT ROWID;
CREATE INDEX tollgate_lots_drawable ON tollgate_lots
  (account, priority, expires_at, category, effective_at, seq, id) WHERE drawable = 1;
CREATE INDEX tollgate_lots_due ON tollgate_lots (account, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE tollgate_holds (
  account BLOB NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  made_by BLOB,
  job BLOB,
  project BLOB,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  captured INTEGER NOT NULL CHECK (captured >= 0),
  released INTEGER NOT NULL CHECK (released >= 0),
  refunded INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND captured),
  made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  draws BLOB NOT NULL,
  due_at INTEGER CHECK (due_at IS CASE
    WHEN state = 0 AND expires_at < 9223372036854775807 THEN expires_at END),
  PRIMARY KEY (account, id),
  CHECK (captured + released <= amount),
  CHECK (state = 0 OR captured + released = amount)
) STRICT, WITHOUT ROWID;
CREATE INDEX tollgate_holds_due ON tollgate_holds (account, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE tollgate_operations (
  account BLOB NOT NULL,
  id BLOB NOT NULL CHECK (length(id) = 16),
  seq INTEGER NOT NULL CHECK (seq > 0),
  at INTEGER NOT NULL,
  outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 31),
  reason TEXT NOT NULL,
  required INTEGER NOT NULL,
  limited_to INTEGER NOT NULL,
  moved INTEGER NOT NULL,
  available INTEGER NOT NULL CHECK (available >= 0),
  held INTEGER NOT NULL CHECK (held >= 0),
  debt INTEGER NOT NULL CHECK (debt >= 0),
  hold BLOB,
  project BLOB,
  spent INTEGER NOT NULL,
  committed INTEGER NOT NULL,
  jobs INTEGER NOT NULL CHECK (jobs >= 0),
  low_credit INTEGER NOT NULL CHECK (low_credit IN (0, 1)),
  lots BLOB NOT NULL,
  request BLOB NOT NULL,
  kind TEXT NOT NULL,
  key TEXT CHECK (key <> ''),
  entries BLOB NOT NULL CHECK (length(entries) % 25 = 0),
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tollgate_operations_key ON tollgate_operations (account, key)
  WHERE key IS NOT NULL;
CREATE TRIGGER tollgate_operations_stay BEFORE UPDATE ON tollgate_operations
  BEGIN SELECT RAISE(ABORT, 'an operation is never changed'); END;
CREATE TRIGGER tollgate_operations_are_kept BEFORE DELETE ON tollgate_operations
  BEGIN SELECT RAISE(ABORT, 'an operation is never dropped'); END;

CREATE TABLE tollgate_projects (
  account BLOB NOT NULL,
  id BLOB NOT NULL,
  spent INTEGER NOT NULL,
  committed INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tollgate_job_bodies (
  n INTEGER PRIMARY KEY,
  id BLOB NOT NULL CHECK (length(id) = 16),
  account BLOB NOT NULL,
  made_by BLOB,
  hold BLOB,
  item BLOB,
  scene BLOB,
  project BLOB,
  branch BLOB,
  kind TEXT NOT NULL,
  payload BLOB NOT NULL,
  priority INTEGER NOT NULL,
  arrival INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  estimated INTEGER NOT NULL CHECK (estimated >= 0),
  start_within INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  words BLOB NOT NULL
) STRICT;
CREATE INDEX tollgate_job_bodies_item ON tollgate_job_bodies (account, item);

CREATE TABLE tollgate_job_lists (
  account BLOB NOT NULL,
  of INTEGER NOT NULL CHECK (of BETWEEN 0 AND 3),
  tag BLOB NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL CHECK (last >= first),
  PRIMARY KEY (account, of, tag, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE tollgate_jobs (
  id BLOB NOT NULL CHECK (length(id) = 16),
  account BLOB NOT NULL,
  body INTEGER NOT NULL,
  kind TEXT NOT NULL,
  priority INTEGER NOT NULL,
  arrival INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  phase INTEGER NOT NULL CHECK (phase BETWEEN 0 AND 3),
  role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 4),
  state TEXT NOT NULL,
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  revision INTEGER NOT NULL CHECK (revision >= 0),
  settled_epoch INTEGER NOT NULL CHECK (settled_epoch >= 0),
  final_seq INTEGER NOT NULL CHECK (final_seq >= 0),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  resubmissions INTEGER NOT NULL CHECK (resubmissions >= 0),
  progress INTEGER NOT NULL CHECK (progress BETWEEN 0 AND 1000),
  ready_at INTEGER NOT NULL,
  start_by INTEGER NOT NULL,
  worker BLOB,
  lease_until INTEGER NOT NULL,
  cancel_requested INTEGER NOT NULL CHECK (cancel_requested IN (0, 1)),
  error_retryable INTEGER NOT NULL CHECK (error_retryable IN (0, 1)),
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  provider_job_id TEXT NOT NULL,
  provider_metadata TEXT NOT NULL,
  result BLOB NOT NULL,
  actual INTEGER NOT NULL CHECK (actual >= 0),
  queued_at INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  completed_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  lane INTEGER CHECK (lane IS NULL OR lane BETWEEN 0 AND 2),
  due_at INTEGER,
  wake_at INTEGER,
  PRIMARY KEY (id, account),
  CHECK ((phase = 3) = (lane IS NULL)),
  CHECK ((phase IN (1, 2)) = (lane IS 0)),
  CHECK (phase <> 3 OR (due_at IS NULL AND wake_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX tollgate_jobs_lane ON tollgate_jobs
  (account, lane, kind, priority, arrival, ordinal) WHERE lane IS NOT NULL;
CREATE INDEX tollgate_jobs_due ON tollgate_jobs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tollgate_jobs_wake ON tollgate_jobs (kind, phase, wake_at) WHERE wake_at IS NOT NULL;

CREATE TABLE tollgate_attempts (
  job BLOB NOT NULL,
  account BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  number INTEGER NOT NULL,
  outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 6),
  worker BLOB,
  at INTEGER NOT NULL,
  retryable INTEGER NOT NULL CHECK (retryable IN (0, 1)),
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  provider_job_id TEXT NOT NULL,
  result BLOB NOT NULL,
  PRIMARY KEY (job, account, epoch, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE tollgate_kinds (
  name TEXT NOT NULL PRIMARY KEY,
  paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
  clock INTEGER NOT NULL CHECK (clock >= 0)
) STRICT, WITHOUT ROWID;
CREATE TABLE tollgate_lines (
  account BLOB NOT NULL,
  kind TEXT NOT NULL,
  served INTEGER NOT NULL,
  turn INTEGER CHECK (turn IS NULL OR turn = served),
  PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX tollgate_lines_turn ON tollgate_lines (kind, turn, account) WHERE turn IS NOT NULL;
CREATE TABLE tollgate_limits (
  account BLOB NOT NULL PRIMARY KEY CHECK (length(account) = 16),
  max_in_flight INTEGER NOT NULL CHECK (max_in_flight >= 0),
  weight INTEGER NOT NULL CHECK (weight > 0)
) STRICT, WITHOUT ROWID;
)sql"},
    // For people: the lines of the journal, one row each.
    {2, 1, R"sql(
CREATE VIEW tollgate_entries AS
WITH RECURSIVE line(account, seq, n, rest) AS (
  SELECT account, seq, 1, entries FROM tollgate_operations WHERE length(entries) > 0
  UNION ALL
  SELECT account, seq, n + 1, substr(rest, 26) FROM line WHERE length(rest) > 25)
SELECT account, seq, n,
  CASE hex(substr(rest, 1, 1))
    WHEN '00' THEN 'available' WHEN '01' THEN 'held' WHEN '02' THEN 'pending' WHEN '03' THEN
    'debt' WHEN '04' THEN 'paid_funding' WHEN '05' THEN 'promo_expense' WHEN '06' THEN
    'adjustment' WHEN '07' THEN 'refund_out' WHEN '08' THEN 'revenue' WHEN '09' THEN
    'breakage' END AS code,
  nullif(substr(rest, 2, 16), zeroblob(16)) AS lot,
  (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 1, 1)) << 60) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 2, 1)) << 56) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 3, 1)) << 52) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 4, 1)) << 48) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 5, 1)) << 44) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 6, 1)) << 40) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 7, 1)) << 36) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 8, 1)) << 32) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 9, 1)) << 28) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 10, 1)) << 24) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 11, 1)) << 20) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 12, 1)) << 16) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 13, 1)) << 12) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 14, 1)) << 8) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 15, 1)) << 4) |
    (instr('123456789ABCDEF', substr(hex(substr(rest, 18, 8)), 16, 1)) << 0) AS amount
FROM line;
)sql"},
};

}  // namespace tollgate::sqlite
