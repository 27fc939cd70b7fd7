// SPDX-License-Identifier: BSL-1.0
#pragma once
// How the lines of accounts change: what several statements have in common.

#include <string_view>

namespace tollgate::postgres::detail {

/// Adds `y.by` jobs to the line of (bucket, account, kind), or only looks at its state again (0).
/// `m` knows how many jobs an account has in flight afterwards. Who comes back to the queue begins
/// where its front is: absence earns no credit. Nobody there: where the account served last stood.
inline constexpr std::string_view line_upsert =
    "INSERT INTO {schema}.line AS x (bucket, account, kind, ready, state, served) SELECT "
    "y.bucket, y.account, y.kind, y.by, CASE WHEN m.max_in_flight > 0 AND m.fly_now >= "
    "m.max_in_flight THEN 2 ELSE 1 END, coalesce((SELECT z.served FROM {schema}.line z WHERE "
    "z.bucket = y.bucket AND z.kind = y.kind AND z.state = 1 ORDER BY z.served LIMIT 1), "
    "greatest((SELECT z.served FROM {schema}.line z WHERE z.bucket = y.bucket AND z.kind = "
    "y.kind AND z.state = 0 ORDER BY z.served DESC LIMIT 1), (SELECT z.served FROM "
    "{schema}.line z WHERE z.bucket = y.bucket AND z.kind = y.kind AND z.state = 2 ORDER BY "
    "z.served DESC LIMIT 1)), 0) FROM y LEFT JOIN m USING (bucket, account) ON CONFLICT "
    "(bucket, account, kind) DO UPDATE SET ready = x.ready + excluded.ready, state = CASE WHEN "
    "x.ready + excluded.ready <= 0 THEN 0 ELSE excluded.state END, served = CASE WHEN x.state "
    "<> 1 AND excluded.state = 1 AND x.ready + excluded.ready > 0 THEN greatest(x.served, "
    "excluded.served) ELSE x.served END";

/// When a live job `x` needs a decision by itself.
inline constexpr std::string_view truly_due =
    "least(CASE WHEN x.phase = 1 THEN x.lease_until WHEN x.cancel_requested THEN 0 ELSE "
    "x.start_by END, x.deadline)";

/// The clock, read once: what a test clock says, or the server's.
inline constexpr std::string_view clock_cte =
    "t AS MATERIALIZED (SELECT coalesce($1::bigint, (extract(epoch FROM clock_timestamp()) * "
    "1000000)::bigint) AS now)";

}  // namespace tollgate::postgres::detail
