// SPDX-License-Identifier: BSL-1.0
#pragma once
// What people read: accounts and jobs in numbers, instants and words, as views.

#include <string_view>

namespace tollgate::postgres::detail {

/// Views run with the rights of who asks, so that row-level security is theirs. Payload and result
/// are bytes of the domain's codec: a view cannot look inside.
inline constexpr std::string_view people_views = R"sql(
CREATE FUNCTION {schema}.readable(bytes bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN convert_from(bytes, 'UTF8');
EXCEPTION WHEN OTHERS THEN
  RETURN encode(bytes, 'escape');
END $$;

CREATE FUNCTION {schema}.instant(microseconds bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE microseconds WHEN 0 THEN NULL WHEN 9223372036854775807 THEN 'infinity'::timestamptz
    ELSE timestamptz 'epoch' + microseconds * interval '1 microsecond' END
$$;

CREATE FUNCTION {schema}.active_word(words bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT substring(words FROM get_byte(words, 1) + 4 FOR get_byte(words, get_byte(words, 1) + 2))
$$;

CREATE VIEW {schema}.user_credits WITH (security_invoker = true) AS
SELECT account AS user_id,
  (available::numeric + held - debt) / 10000 AS balance,
  available::numeric / 10000 AS available,
  held::numeric / 10000 AS held,
  debt::numeric / 10000 AS debt,
  low_credit_threshold::numeric / 10000 AS low_credit_threshold,
  available < low_credit_threshold AS is_low_credit,
  {schema}.instant(last_topup_at) AS last_topup_at,
  {schema}.instant(last_deduction_at) AS last_deduction_at,
  {schema}.instant(opened_at) AS created_at,
  {schema}.instant(changed_at) AS updated_at
FROM {schema}.account;

CREATE VIEW {schema}.video_generation_jobs WITH (security_invoker = true) AS
SELECT j.job AS id, j.account AS user_id, j.made_by AS order_id, j.hold AS hold_id,
  nullif(j.project, '00000000-0000-0000-0000-000000000000') AS project_id,
  nullif(j.branch, '00000000-0000-0000-0000-000000000000') AS branch_id,
  nullif(j.part_of, '00000000-0000-0000-0000-000000000000') AS scene_id,
  j.item AS shot_id, {schema}.readable(j.kind) AS kind,
  {schema}.readable(coalesce(x.state, {schema}.active_word(j.words))) AS status,
  x.progress::numeric / 1000 AS progress,
  j.estimated::numeric / 10000 AS estimated_cost,
  CASE WHEN x.phase = 3 THEN x.actual::numeric / 10000 END AS actual_cost,
  nullif({schema}.readable(x.error_code), '') AS error_code,
  nullif({schema}.readable(x.error_message), '') AS error_message,
  x.attempts, j.max_attempts - 1 AS max_retries,
  nullif({schema}.readable(x.provider_job_id), '') AS provider_job_id,
  nullif({schema}.readable(x.provider_metadata), '') AS provider_metadata,
  x.cancel_requested, j.payload, x.result,
  {schema}.instant(x.queued_at) AS queued_at, {schema}.instant(x.started_at) AS started_at,
  {schema}.instant(x.completed_at) AS completed_at, {schema}.instant(j.deadline) AS deadline,
  {schema}.instant(j.created_at) AS created_at, {schema}.instant(x.updated_at) AS updated_at
FROM {schema}.job j CROSS JOIN LATERAL (
  SELECT l.state, l.phase, l.progress, l.actual, l.error_code, l.error_message, l.attempts,
    l.provider_job_id, l.provider_metadata, l.cancel_requested, l.result, l.queued_at,
    l.started_at, l.completed_at, l.updated_at
  FROM {schema}.live l WHERE (l.bucket, l.account, l.job) = (j.bucket, j.account, j.job)
  UNION ALL SELECT d.state, d.phase, d.progress, d.actual, d.error_code, d.error_message,
    d.attempts, d.provider_job_id, d.provider_metadata, d.cancel_requested, d.result, d.queued_at,
    d.started_at, d.completed_at, d.updated_at
  FROM {schema}.done d WHERE (d.bucket, d.account, d.job) = (j.bucket, j.account, j.job)) x;

CREATE VIEW {schema}.entry WITH (security_invoker = true) AS
SELECT o.bucket, o.account, o.seq, o.operation, e.code, e.lot, e.amount
FROM {schema}.operation o
CROSS JOIN LATERAL unnest(o.entry_codes, o.entry_lots, o.entry_amounts) AS e(code, lot, amount);
)sql";

}  // namespace tollgate::postgres::detail
