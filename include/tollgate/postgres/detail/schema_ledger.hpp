// SPDX-License-Identifier: BSL-1.0
#pragma once
// The tables of the ledger: accounts, lots, holds, the journal, and what projects have cost.

#include <string_view>

namespace tollgate::postgres::detail {

/// Texts of callers are bytea: they are kept byte for byte, whatever they hold. `bucket` leads
/// every key, amounts are units and times microseconds in bigint. No triggers, no sequences, no
/// foreign keys: the commit statement is the only writer.
///
/// HOT: no column that a step changes is in an index or in a predicate of one, but for `drawable`
/// and `due_at`, which change when a lot is empty and when a stand-alone hold ends.
inline constexpr std::string_view ledger_tables = R"sql(
CREATE TABLE {schema}.setting (
  bucket smallint PRIMARY KEY CHECK (bucket = 0),
  buckets smallint NOT NULL CHECK (buckets BETWEEN 1 AND 1024)
);

CREATE TABLE {schema}.account (
  bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
  account uuid NOT NULL,
  currency bytea NOT NULL,
  state smallint NOT NULL CHECK (state BETWEEN 0 AND 2),
  freeze_reason bytea NOT NULL,
  available bigint NOT NULL CHECK (available BETWEEN 0 AND 999999999999),
  held bigint NOT NULL CHECK (held BETWEEN 0 AND 999999999999),
  debt bigint NOT NULL CHECK (debt BETWEEN 0 AND 999999999999),
  pending bigint NOT NULL CHECK (pending BETWEEN 0 AND 999999999999),
  low_credit_threshold bigint NOT NULL CHECK (low_credit_threshold BETWEEN 0 AND 999999999999),
  seq bigint NOT NULL CHECK (seq > 0),
  open_holds bigint NOT NULL CHECK (open_holds >= 0),
  opened_at bigint NOT NULL,
  changed_at bigint NOT NULL CHECK (changed_at >= opened_at),
  last_topup_at bigint NOT NULL,
  last_deduction_at bigint NOT NULL,
  PRIMARY KEY (bucket, account),
  CHECK (debt = 0 OR available = 0),
  CHECK (held = 0 OR open_holds > 0)
) WITH (fillfactor = 70);

CREATE TABLE {schema}.lot (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  lot uuid NOT NULL,
  parent uuid NOT NULL,
  category smallint NOT NULL CHECK (category BETWEEN 0 AND 3),
  priority smallint NOT NULL,
  effective_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  granted bigint NOT NULL CHECK (granted BETWEEN 0 AND 999999999999),
  pending bigint NOT NULL CHECK (pending >= 0),
  available bigint NOT NULL CHECK (available >= 0),
  held bigint NOT NULL CHECK (held >= 0),
  spent bigint NOT NULL CHECK (spent >= 0),
  expired bigint NOT NULL CHECK (expired >= 0),
  revoked bigint NOT NULL CHECK (revoked >= 0),
  clawed_back bigint NOT NULL CHECK (clawed_back BETWEEN 0 AND granted),
  revoke_on_return bigint NOT NULL CHECK (revoke_on_return BETWEEN 0 AND clawed_back),
  drawable boolean NOT NULL GENERATED ALWAYS AS (available <> 0 OR pending <> 0) STORED,
  PRIMARY KEY (bucket, account, lot),
  CHECK (granted = pending + available + held + spent + expired + revoked),
  CHECK (revoke_on_return = 0 OR (available = 0 AND pending = 0))
) WITH (fillfactor = 70);
CREATE INDEX lot_drawable ON {schema}.lot (bucket, account) WHERE drawable;

CREATE TABLE {schema}.hold (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  hold uuid NOT NULL,
  made_by uuid NOT NULL,
  job uuid NOT NULL,
  project uuid NOT NULL,
  state smallint NOT NULL CHECK (state BETWEEN 0 AND 3),
  amount bigint NOT NULL CHECK (amount BETWEEN 0 AND 999999999999),
  captured bigint NOT NULL CHECK (captured >= 0),
  released bigint NOT NULL CHECK (released >= 0),
  refunded bigint NOT NULL CHECK (refunded BETWEEN 0 AND captured),
  made_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  draw_lots uuid[] NOT NULL,
  draw_parts bigint[] NOT NULL,
  due_at bigint GENERATED ALWAYS AS (
    CASE WHEN state = 0 AND expires_at < 9223372036854775807 THEN expires_at END) STORED,
  PRIMARY KEY (bucket, account, hold),
  CHECK (amount >= captured + released),
  CHECK (state = 0 OR amount = captured + released),
  CHECK (state <> 0 OR refunded = 0),
  CHECK (job = '00000000-0000-0000-0000-000000000000' OR expires_at = 9223372036854775807),
  CHECK (4 * cardinality(draw_lots) = cardinality(draw_parts))
) WITH (fillfactor = 80);
CREATE INDEX hold_due ON {schema}.hold (bucket, account, due_at) WHERE due_at IS NOT NULL;

CREATE FUNCTION {schema}.sums_to_zero(amounts bigint[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  one bigint;
  total numeric := 0;
BEGIN
  FOREACH one IN ARRAY amounts LOOP total := total + one; END LOOP;
  RETURN total = 0;
END $$;

CREATE TABLE {schema}.operation (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  operation uuid NOT NULL,
  at bigint NOT NULL,
  kind smallint NOT NULL CHECK (kind >= 0),
  key bytea,
  amount bigint NOT NULL,
  outcome smallint NOT NULL CHECK (outcome >= 0),
  reason bytea NOT NULL,
  required bigint NOT NULL,
  lim bigint NOT NULL,
  moved bigint NOT NULL,
  available bigint NOT NULL CHECK (available BETWEEN 0 AND 999999999999),
  held bigint NOT NULL CHECK (held BETWEEN 0 AND 999999999999),
  debt bigint NOT NULL CHECK (debt BETWEEN 0 AND 999999999999),
  hold uuid NOT NULL,
  project uuid NOT NULL,
  spent bigint NOT NULL,
  committed bigint NOT NULL,
  jobs bigint NOT NULL CHECK (jobs >= 0),
  low_credit boolean NOT NULL,
  lots uuid[] NOT NULL,
  entry_codes smallint[] NOT NULL,
  entry_lots uuid[] NOT NULL,
  entry_amounts bigint[] NOT NULL,
  request bytea NOT NULL,
  PRIMARY KEY (bucket, account, seq),
  CHECK (debt = 0 OR available = 0),
  CHECK ({schema}.sums_to_zero(entry_amounts)),
  CHECK (cardinality(entry_codes) = cardinality(entry_amounts)
     AND cardinality(entry_lots) = cardinality(entry_amounts))
);
CREATE UNIQUE INDEX operation_key ON {schema}.operation (bucket, account, key)
  WHERE key IS NOT NULL;

CREATE TABLE {schema}.project (
  bucket smallint NOT NULL,
  account uuid NOT NULL,
  project uuid NOT NULL,
  spent bigint NOT NULL,
  committed bigint NOT NULL,
  PRIMARY KEY (bucket, account, project)
) WITH (fillfactor = 70);
)sql";

}  // namespace tollgate::postgres::detail
