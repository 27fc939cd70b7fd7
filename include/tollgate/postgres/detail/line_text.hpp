// SPDX-License-Identifier: BSL-1.0
#pragma once
// How the lines of accounts change: what several statements have in common.

#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

/// The least `served` of those who wait in the queue (y.bucket, y.kind), none of whom is below
/// `mark`. Nobody there: where the account served last stood.
[[nodiscard]] inline std::string front_of(std::string_view mark) {
  const auto served = [](std::string_view condition, std::string_view order) {
    return std::string{
        "(SELECT z.served FROM {schema}.line z WHERE z.bucket = y.bucket AND z.kind = y.kind AND "}
        .append(condition)
        .append(" ORDER BY z.served")
        .append(order)
        .append(" LIMIT 1)");
  };
  return "coalesce(" + served("z.state = 1 AND z.served >= " + std::string{mark}, "") +
         ", greatest(" + served("z.state = 0", " DESC") + ", " + served("z.state = 2", " DESC") +
         "), 0)";
}

/// $1 bucket, $2 kind, $3 mark. Answers the front of that queue.
[[nodiscard]] inline std::string front_text() {
  return "SELECT " + front_of("$3::bigint") +
         "::bigint FROM (SELECT $1::smallint AS bucket, $2::bytea AS kind) y";
}

/// Adds `y.by` jobs to the line of (bucket, account, kind), or only looks at its state again (0).
/// `m` knows how many jobs an account has in flight afterwards. Who comes back to the queue begins
/// where its front is: absence earns no credit.
[[nodiscard]] inline std::string line_upsert(std::string_view mark) {
  return "INSERT INTO {schema}.line AS x (bucket, account, kind, ready, state, served) SELECT "
         "y.bucket, y.account, y.kind, y.by, CASE WHEN m.max_in_flight > 0 AND m.fly_now >= "
         "m.max_in_flight THEN 2 ELSE 1 END, " +
         front_of(mark) +
         " FROM y LEFT JOIN m USING (bucket, account) ON CONFLICT (bucket, account, kind) DO "
         "UPDATE SET ready = x.ready + excluded.ready, state = CASE WHEN x.ready + excluded.ready "
         "<= 0 THEN 0 ELSE excluded.state END, served = CASE WHEN x.state <> 1 AND excluded.state "
         "= 1 AND x.ready + excluded.ready > 0 THEN greatest(x.served, excluded.served) ELSE "
         "x.served END";
}

/// The mark of the queue of a row `y`, among those of a statement: `queues` names each by its
/// bucket in two bytes and its kind, `marks` has theirs in the same places.
[[nodiscard]] inline std::string mark_among(std::string_view queues, std::string_view marks) {
  return std::string{"coalesce(("}
      .append(marks)
      .append(")[array_position(")
      .append(queues)
      .append(", int2send(y.bucket) || y.kind)], 0)");
}

/// The one row that has a value in the last column of a key, the others being said before. It is
/// said as a range in the order of that key, so that a plan made beside an empty table, where every
/// index costs the same, goes by this one (decision 0037).
[[nodiscard]] inline std::string with_id(std::string_view column, std::string_view value) {
  return std::string{" AND "}
      .append(column)
      .append(" BETWEEN ")
      .append(value)
      .append(" AND ")
      .append(value)
      .append(" ORDER BY ")
      .append(column)
      .append(" LIMIT 1");
}

/// The live job `x` of one item.
[[nodiscard]] inline std::string live_with_item(std::string_view what, std::string_view owner,
                                                std::string_view item) {
  return std::string{"(SELECT "}
      .append(what)
      .append(" FROM {schema}.live x WHERE ")
      .append(owner)
      .append(with_id("x.item", item))
      .append(") x");
}

/// When a live job `x` needs a decision by itself.
inline constexpr std::string_view truly_due =
    "least(CASE WHEN x.phase = 1 THEN x.lease_until WHEN x.cancel_requested THEN 0 ELSE "
    "x.start_by END, x.deadline)";

/// The clock, read once: what a test clock says, or the server's.
inline constexpr std::string_view clock_cte =
    "t AS MATERIALIZED (SELECT coalesce($1::bigint, (extract(epoch FROM clock_timestamp()) * "
    "1000000)::bigint) AS now)";

}  // namespace tollgate::postgres::detail
