// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tables of the jobs: what they are, where live ones stand, and how ended ones ended.

#include <string_view>

namespace tollgate::postgres::detail {

/// job: written once. live: the status of a job until it ends; its row never moves, so that whoever
/// locks it sees its newest version and judges that. done: the status of an ended one.
/// ready, later: the places of live jobs in the queue, written under the lock of `slots`, the one
/// row of an account that makes its cap exact. line: what an account could start of one kind;
/// state 0: nothing, 1: something, 2: something, but the account is at its cap.
inline constexpr std::string_view queue_tables = R"sql(
CREATE TABLE {schema}.job (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  job uuid NOT NULL,
  made_by uuid NOT NULL,
  hold uuid NOT NULL,
  item uuid NOT NULL,
  part_of uuid NOT NULL,
  project uuid NOT NULL,
  branch uuid NOT NULL,
  kind bytea NOT NULL,
  words bytea NOT NULL,
  priority smallint NOT NULL,
  arrival bigint NOT NULL,
  ordinal bigint NOT NULL CHECK (ordinal >= 0),
  max_attempts bigint NOT NULL CHECK (max_attempts >= 0),
  estimated bigint NOT NULL CHECK (estimated BETWEEN 0 AND 999999999999),
  start_within bigint NOT NULL,
  deadline bigint NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (bucket, account, job)
);
CREATE INDEX job_newest ON {schema}.job (bucket, account, arrival, ordinal);
CREATE INDEX job_part_of ON {schema}.job (bucket, account, part_of, arrival, ordinal)
  WHERE part_of <> '00000000-0000-0000-0000-000000000000';

CREATE TABLE {schema}.live (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  job uuid NOT NULL,
  item uuid NOT NULL,
  kind bytea NOT NULL,
  priority smallint NOT NULL,
  arrival bigint NOT NULL,
  ordinal bigint NOT NULL,
  deadline bigint NOT NULL,
  stands smallint NOT NULL CHECK (stands BETWEEN 0 AND 3),
  stands_at bigint NOT NULL,
  due_at bigint NOT NULL,
  phase smallint NOT NULL CHECK (phase BETWEEN 0 AND 2),
  role smallint NOT NULL CHECK (role BETWEEN 0 AND 1),
  state bytea,
  epoch bigint NOT NULL CHECK (epoch >= 0),
  revision bigint NOT NULL CHECK (revision >= 0),
  settled_epoch bigint NOT NULL CHECK (settled_epoch BETWEEN 0 AND epoch),
  final_seq bigint NOT NULL CHECK (final_seq = 0),
  attempts bigint NOT NULL CHECK (attempts >= 0),
  resubmissions bigint NOT NULL CHECK (resubmissions >= 0),
  progress bigint NOT NULL CHECK (progress BETWEEN 0 AND 1000),
  ready_at bigint NOT NULL,
  start_by bigint NOT NULL,
  worker uuid NOT NULL,
  lease_until bigint NOT NULL,
  cancel_requested boolean NOT NULL,
  error_retryable boolean NOT NULL,
  error_code bytea NOT NULL,
  error_message bytea NOT NULL,
  provider_job_id bytea NOT NULL,
  provider_metadata bytea NOT NULL,
  result bytea NOT NULL,
  actual bigint NOT NULL CHECK (actual = 0),
  queued_at bigint NOT NULL,
  started_at bigint NOT NULL,
  completed_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (bucket, account, job),
  CHECK (stands = 0 OR (NOT cancel_requested AND phase = CASE stands WHEN 3 THEN 2 ELSE 0 END))
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX live_item ON {schema}.live (bucket, account, item);
CREATE INDEX live_due ON {schema}.live (bucket, due_at);

CREATE TABLE {schema}.done (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  job uuid NOT NULL,
  phase smallint NOT NULL CHECK (phase = 3),
  role smallint NOT NULL CHECK (role BETWEEN 2 AND 4),
  state bytea,
  epoch bigint NOT NULL CHECK (epoch >= 0),
  revision bigint NOT NULL CHECK (revision >= 0),
  settled_epoch bigint NOT NULL CHECK (settled_epoch BETWEEN 0 AND epoch),
  final_seq bigint NOT NULL CHECK (final_seq > 0),
  attempts bigint NOT NULL CHECK (attempts >= 0),
  resubmissions bigint NOT NULL CHECK (resubmissions >= 0),
  progress bigint NOT NULL CHECK (progress BETWEEN 0 AND 1000),
  ready_at bigint NOT NULL,
  start_by bigint NOT NULL,
  worker uuid NOT NULL,
  lease_until bigint NOT NULL,
  cancel_requested boolean NOT NULL,
  error_retryable boolean NOT NULL,
  error_code bytea NOT NULL,
  error_message bytea NOT NULL,
  provider_job_id bytea NOT NULL,
  provider_metadata bytea NOT NULL,
  result bytea NOT NULL,
  actual bigint NOT NULL CHECK (actual BETWEEN 0 AND 999999999999),
  queued_at bigint NOT NULL,
  started_at bigint NOT NULL,
  completed_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (bucket, account, job)
);

CREATE TABLE {schema}.ready (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  kind bytea NOT NULL,
  priority smallint NOT NULL,
  arrival bigint NOT NULL,
  ordinal bigint NOT NULL,
  job uuid NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY (bucket, account, kind, priority, arrival, ordinal)
);

CREATE TABLE {schema}.later (
  bucket smallint NOT NULL,
  kind bytea NOT NULL,
  poll boolean NOT NULL,
  at bigint NOT NULL,
  account uuid NOT NULL,
  job uuid NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY (bucket, kind, poll, at, account, job)
);

CREATE TABLE {schema}.slots (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  in_flight bigint NOT NULL CHECK (in_flight >= 0),
  max_in_flight bigint NOT NULL CHECK (max_in_flight >= 0),
  weight bigint NOT NULL CHECK (weight >= 1),
  PRIMARY KEY (bucket, account)
) WITH (fillfactor = 50);

CREATE TABLE {schema}.line (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  kind bytea NOT NULL,
  ready bigint NOT NULL,
  state smallint NOT NULL CHECK (state BETWEEN 0 AND 2),
  served bigint NOT NULL CHECK (served >= 0),
  PRIMARY KEY (bucket, account, kind)
) WITH (fillfactor = 50);
CREATE INDEX line_turn ON {schema}.line (bucket, kind, state, served, account);

CREATE TABLE {schema}.kind (
  bucket smallint NOT NULL,
  kind bytea NOT NULL,
  paused boolean NOT NULL,
  PRIMARY KEY (bucket, kind)
);
)sql";

/// The queue for nobody else, while its indexes are made anew. Who cannot have it within half a
/// second, because a dump reads it, gives up (`busy`) and keeps nobody waiting who stands behind:
/// before the second after which the server looks for deadlocks and might end somebody else.
inline constexpr std::string_view queue_alone = R"sql(
SELECT set_config('tollgate.lock_timeout', current_setting('lock_timeout'), true);
SET LOCAL lock_timeout = '500ms';
LOCK TABLE {schema}.live, {schema}.line IN ACCESS EXCLUSIVE MODE;
SELECT set_config('lock_timeout', current_setting('tollgate.lock_timeout'), true);
)sql";

/// Indexes that only serve the question they are for. Beside an empty table every index costs the
/// planner the same, and a plan is kept while the table fills: it looked for one job by what is
/// due, among all that lived. Who asks for a row by its key does not ask whether `due_at` is there,
/// so these cannot be chosen; who asks for a time, an item or a state does by that. (No column is
/// NULL: every row is in them.)
inline constexpr std::string_view indexes_for_one_question = R"sql(
DROP INDEX {schema}.live_item;
DROP INDEX {schema}.live_due;
DROP INDEX {schema}.line_turn;
CREATE UNIQUE INDEX live_item ON {schema}.live (bucket, account, item) WHERE item IS NOT NULL;
CREATE INDEX live_due ON {schema}.live (bucket, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX line_turn ON {schema}.line (bucket, kind, state, served, account)
  WHERE state IS NOT NULL;
)sql";

/// Hot tables: vacuumed after a fixed number of dead rows, without pauses. What hurts a queue is
/// its dead rows, not its backlog. Accounts, lots and holds are many and change in place: theirs
/// may wait for more.
inline constexpr std::string_view queue_upkeep = R"sql(
ALTER TABLE {schema}.ready SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
ALTER TABLE {schema}.later SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
ALTER TABLE {schema}.live SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
ALTER TABLE {schema}.line SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
ALTER TABLE {schema}.slots SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
ALTER TABLE {schema}.account SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE {schema}.lot SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE {schema}.hold SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE {schema}.project SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
)sql";

}  // namespace tollgate::postgres::detail
