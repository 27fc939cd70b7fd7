// SPDX-License-Identifier: BSL-1.0
#pragma once
// What people read: accounts and jobs in numbers, instants and words, as views.

#include <string_view>

namespace tollgate::postgres::detail {

/// Views run with the rights of who asks, so that row-level security is theirs. `jobs` has what
/// every job has, of any kind. `video_generation_jobs` has the renders, their payload and result
/// read by the layout of video/codec.hpp: `tests/postgres/views.test.cpp` holds them together.
inline constexpr std::string_view people_views = R"sql(
CREATE FUNCTION {schema}.instant(microseconds bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE microseconds WHEN 0 THEN NULL WHEN 9223372036854775807 THEN 'infinity'::timestamptz
    ELSE timestamptz 'epoch' + microseconds * interval '1 microsecond' END
$$;

CREATE FUNCTION {schema}.credits(units bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT round(units::numeric / 10000, 4) $$;

CREATE FUNCTION {schema}.known(id uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT nullif(id, '00000000-0000-0000-0000-000000000000')
$$;

CREATE FUNCTION {schema}.active_word(words bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT substring(words FROM get_byte(words, 1) + 4 FOR get_byte(words, get_byte(words, 1) + 2))
$$;

CREATE VIEW {schema}.user_credits WITH (security_invoker = true) AS
SELECT account AS user_id,
  {schema}.credits(available + held - debt) AS balance,
  {schema}.credits(available) AS available,
  {schema}.credits(held) AS held,
  {schema}.credits(debt) AS debt,
  {schema}.credits(low_credit_threshold) AS low_credit_threshold,
  available < low_credit_threshold AS is_low_credit,
  {schema}.instant(last_topup_at) AS last_topup_at,
  {schema}.instant(last_deduction_at) AS last_deduction_at,
  {schema}.instant(opened_at) AS created_at,
  {schema}.instant(changed_at) AS updated_at
FROM {schema}.account;

CREATE VIEW {schema}.jobs WITH (security_invoker = true) AS
SELECT j.job AS id, j.account AS user_id, j.made_by AS order_id, j.hold AS hold_id,
  {schema}.known(j.project) AS project_id, {schema}.known(j.branch) AS branch_id,
  {schema}.known(j.part_of) AS group_id, j.item AS item_id,
  {schema}.readable(j.kind) AS kind,
  {schema}.readable(coalesce(x.state, {schema}.active_word(j.words))) AS status,
  x.progress::numeric / 1000 AS progress,
  {schema}.credits(j.estimated) AS estimated_cost,
  CASE WHEN x.phase = 3 THEN {schema}.credits(x.actual) END AS actual_cost,
  nullif({schema}.readable(x.error_code), '') AS error_code,
  nullif({schema}.readable(x.error_message), '') AS error_message,
  x.attempts AS attempt_count, j.max_attempts - 1 AS max_retries,
  nullif({schema}.readable(x.provider_job_id), '') AS provider_job_id,
  nullif({schema}.readable(x.provider_metadata), '') AS provider_metadata,
  x.cancel_requested, p.bytes AS payload, nullif(x.result, ''::bytea) AS result,
  {schema}.instant(j.created_at) AS created_at, {schema}.instant(x.queued_at) AS queued_at,
  {schema}.instant(x.started_at) AS started_at, {schema}.instant(x.completed_at) AS completed_at,
  {schema}.instant(j.deadline) AS deadline, {schema}.instant(x.updated_at) AS updated_at
FROM {schema}.job j CROSS JOIN LATERAL (
  SELECT l.state, l.phase, l.progress, l.actual, l.error_code, l.error_message, l.attempts,
    l.provider_job_id, l.provider_metadata, l.cancel_requested, l.result, l.queued_at,
    l.started_at, l.completed_at, l.updated_at
  FROM {schema}.live l WHERE (l.bucket, l.account, l.job) = (j.bucket, j.account, j.job)
  UNION ALL SELECT d.state, d.phase, d.progress, d.actual, d.error_code, d.error_message,
    d.attempts, d.provider_job_id, d.provider_metadata, d.cancel_requested, d.result, d.queued_at,
    d.started_at, d.completed_at, d.updated_at
  FROM {schema}.done d WHERE (d.bucket, d.account, d.job) = (j.bucket, j.account, j.job)) x
LEFT JOIN {schema}.payload p ON (p.bucket, p.account, p.job) = (j.bucket, j.account, j.job);

CREATE VIEW {schema}.video_generation_jobs WITH (security_invoker = true) AS
SELECT j.id, j.user_id, j.order_id, j.project_id, j.branch_id, j.group_id AS scene_id,
  j.item_id AS shot_id, o.f[2] AS shot_label, o.f[3] AS model_variant, j.status, j.progress,
  {schema}.known(o.f[7]::uuid) AS start_frame_id, {schema}.known(o.f[9]::uuid) AS end_frame_id,
  o.f[8] AS start_frame_url, o.f[10] AS end_frame_url,
  o.f[6] AS video_prompt_snapshot, o.f[5] AS frame_prompt_snapshot,
  round(o.f[4]::numeric / 1000, 3) AS duration_seconds,
  j.estimated_cost, j.actual_cost,
  nullif(r.f[2], '') AS video_url, nullif(r.f[3], '') AS storage_path,
  j.error_code, j.error_message, j.attempt_count, j.max_retries, j.cancel_requested,
  j.provider_job_id, j.provider_metadata,
  CASE WHEN j.payload IS NULL THEN 'erased' WHEN o.f IS NULL THEN 'unreadable'
    ELSE 'kept' END AS payload_state,
  j.created_at, j.queued_at, j.started_at AS processing_started_at, j.completed_at, j.updated_at
FROM {schema}.jobs j
CROSS JOIN LATERAL (SELECT CASE WHEN y.f[1] = '1' AND y.f[4]::numeric <= 60000
    THEN y.f END AS f
  FROM (SELECT {schema}.fields(j.payload, 'nttnttut(ut)') AS f OFFSET 0) y OFFSET 0) o
CROSS JOIN LATERAL (SELECT CASE WHEN y.f[1] = '1' THEN y.f END AS f
  FROM (SELECT {schema}.fields(j.result, 'ntt') AS f OFFSET 0) y OFFSET 0) r
WHERE j.kind = 'video.render';

CREATE VIEW {schema}.entry WITH (security_invoker = true) AS
SELECT o.bucket, o.account, o.seq, o.operation, e.code, e.lot, e.amount
FROM {schema}.operation o
CROSS JOIN LATERAL unnest(o.entry_codes, o.entry_lots, o.entry_amounts) AS e(code, lot, amount);
)sql";

}  // namespace tollgate::postgres::detail
