// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tables that age out, payloads and attempts, in partitions by time, and what drops those.

#include <string_view>

namespace tollgate::postgres::detail {

/// Ids of jobs begin with the millisecond in which their order was made (UUIDv7), so a range of ids
/// is a span of time: no column for it, and a lookup by id finds the one partition. A job without a
/// row in `payload` has an empty one. What has no partition of its own is in `_rest`: writing never
/// waits for a partition to be made.
inline constexpr std::string_view aging_tables = R"sql(
CREATE TABLE {schema}.payload (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  job uuid NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (bucket, account, job)
) PARTITION BY RANGE (job);
CREATE TABLE {schema}.payload_rest PARTITION OF {schema}.payload DEFAULT;

CREATE TABLE {schema}.attempt (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  job uuid NOT NULL,
  epoch bigint NOT NULL CHECK (epoch >= 0),
  outcome smallint NOT NULL CHECK (outcome BETWEEN 0 AND 6),
  number bigint NOT NULL CHECK (number >= 0),
  worker uuid NOT NULL,
  at bigint NOT NULL,
  retryable boolean NOT NULL,
  error_code bytea NOT NULL,
  error_message bytea NOT NULL,
  provider_job_id bytea NOT NULL,
  result bytea NOT NULL,
  PRIMARY KEY (bucket, account, job, epoch, outcome)
) PARTITION BY RANGE (job);
CREATE TABLE {schema}.attempt_rest PARTITION OF {schema}.attempt DEFAULT;

CREATE FUNCTION {schema}.first_id(at bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (lpad(to_hex(least(greatest(at, 0) / 1000, 281474976710655)), 12, '0')
    || repeat('0', 20))::uuid
$$;

CREATE FUNCTION {schema}.time_of(id uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint * 1000
$$;
)sql";

/// One round of cleaning up, in one transaction; docs/postgres.md says when to call it. It has
/// the rights of the schema's owner, so that the service needs none of its own to drop anything: it
/// takes no name, drops only partitions of these two tables, and nothing younger than a day.
///
/// A partition is dropped in this order: SHARE on it, so that nobody adds to it any more; whoever
/// added before has committed, and is seen; then the look for live jobs; then, briefly, the lock on
/// the parent that every statement has to pass. Who does not get a lock in time gives up, for now.
inline constexpr std::string_view aging_cleanup = R"sql(
CREATE FUNCTION {schema}.parts(parent oid) RETURNS TABLE (part oid, since uuid, upto uuid)
LANGUAGE sql STABLE AS $$
  SELECT c.oid, b.bounds[1]::uuid, b.bounds[2]::uuid
  FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL regexp_match(pg_catalog.pg_get_expr(c.relpartbound, c.oid),
    'FROM \(''(.+)''\) TO \(''(.+)''\)') AS b(bounds)
  WHERE i.inhparent = parent AND b.bounds IS NOT NULL
$$;

CREATE FUNCTION {schema}.clean_up(at bigint, keep bigint, width bigint, ahead int, most bigint,
  OUT made int, OUT dropped int, OUT kept int, OUT erased bigint, OUT more boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  instant bigint := coalesce(at, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
  oldest uuid := {schema}.first_id(instant - keep);
  parent record;
  p record;
  since bigint;
  blocked boolean;
  gone bigint;
BEGIN
  made := 0; dropped := 0; kept := 0; erased := 0; more := false;
  IF keep < 86400000000 OR width < 3600000000 OR ahead NOT BETWEEN 1 AND 100 OR most < 1 THEN
    RAISE EXCEPTION 'clean_up keeps at least a day, in partitions of at least an hour'
      USING ERRCODE = '22023';
  END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended('tollgate clean up '
    || pg_typeof(NULL::{schema}.payload)::oid, 0)) THEN
    RETURN;  -- somebody is at it
  END IF;
  FOR parent IN
    SELECT c.oid, c.oid::regclass AS name, c.relname, n.nspname, t.partdefid::regclass AS rest
    FROM pg_partitioned_table t JOIN pg_class c ON c.oid = t.partrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.reltype IN (pg_typeof(NULL::{schema}.payload), pg_typeof(NULL::{schema}.attempt))
    ORDER BY c.relname
  LOOP
    -- What is coming: from the end of the newest partition on, or from the span of now.
    since := greatest(instant / width * width, coalesce((SELECT {schema}.time_of(x.upto)
      FROM {schema}.parts(parent.oid) x ORDER BY x.upto DESC LIMIT 1), 0));
    WHILE since < instant + ahead * width LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE job >= %L AND job < %L)', parent.rest,
        {schema}.first_id(since), {schema}.first_id(since + width)) INTO blocked;
      IF NOT blocked THEN
        BEGIN
          EXECUTE format('CREATE TABLE %I.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
            parent.nspname, parent.relname || to_char(to_timestamp(since / 1000000)
              AT TIME ZONE 'UTC', '_YYYYMMDD_HH24'), parent.name,
            {schema}.first_id(since), {schema}.first_id(since + width));
          made := made + 1;
        EXCEPTION
          WHEN lock_not_available OR deadlock_detected THEN more := true; EXIT;
          WHEN check_violation OR duplicate_table THEN NULL;  -- its rows stay where they are
        END;
      END IF;
      since := since + width;
    END LOOP;
    -- What is over: one partition of each in a round.
    FOR p IN SELECT x.part::regclass AS name, x.since, x.upto FROM {schema}.parts(parent.oid) x
      WHERE x.upto <= oldest ORDER BY x.upto
    LOOP
      BEGIN
        EXECUTE format('LOCK TABLE %s IN SHARE MODE', p.name);
        IF EXISTS (SELECT FROM {schema}.live l WHERE l.job >= p.since AND l.job < p.upto) THEN
          kept := kept + 1;
          CONTINUE;
        END IF;
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent.name);
        EXECUTE format('DROP TABLE %s', p.name);
        dropped := dropped + 1;
        more := more OR EXISTS (SELECT FROM {schema}.parts(parent.oid) x WHERE x.upto <= oldest
          AND x.upto > p.upto);
      EXCEPTION WHEN lock_not_available OR deadlock_detected THEN more := true;
      END;
      EXIT;
    END LOOP;
    -- What never had a partition, row by row.
    EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT r.ctid FROM %1$s r
      WHERE r.job < %2$L AND NOT EXISTS (SELECT FROM {schema}.live l WHERE l.bucket = r.bucket
      AND l.account = r.account AND l.job = r.job) LIMIT %3$s FOR UPDATE SKIP LOCKED))',
      parent.rest, oldest, most);
    GET DIAGNOSTICS gone = ROW_COUNT;
    erased := erased + gone;
    more := more OR gone = most;
  END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION {schema}.clean_up(bigint, bigint, bigint, int, bigint) FROM PUBLIC;
)sql";

/// Weekly partitions, from this week on for a month, kept for a month: the defaults of
/// `clean_up_request`.
inline constexpr std::string_view aging_room =
    "SELECT {schema}.clean_up(NULL, 2592000000000, 604800000000, 4, 1);\n";

}  // namespace tollgate::postgres::detail
