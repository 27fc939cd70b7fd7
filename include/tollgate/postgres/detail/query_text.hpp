// SPDX-License-Identifier: BSL-1.0
#pragma once
// The texts of what screens and auditors ask, and the list of all texts that are always the same.

#include <tollgate/postgres/detail/claim_text.hpp>
#include <tollgate/postgres/detail/records.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

[[nodiscard]] inline std::string select_from(record kind, std::string_view columns) {
  return select_record(kind, "0", columns) + " FROM ";
}

/// The status of a job `j`, wherever it is: alias `x`.
[[nodiscard]] inline std::string status_of_j() {
  const auto from = [](std::string_view table) {
    return "SELECT " + listed(status_names, "y.") + " FROM {schema}." + std::string{table} +
           " y WHERE y.bucket = j.bucket AND y.account = j.account AND y.job = j.job";
  };
  return "LATERAL (" + from("live") + " UNION ALL " + from("done") + " LIMIT 1) x";
}

/// Which members of a filter restrict; each combination is a text of its own.
enum filtered : unsigned {
  by_job = 1,
  by_order = 2,
  by_group = 4,
  by_project = 8,
  by_item = 16,
  live_only = 32,
};

/// $1 bucket, $2 account, $3 and $4 the place (arrival, ordinal) before which the page begins,
/// $5 limit, then the ids of the filter in the order of its members.
[[nodiscard]] inline std::string jobs_text(unsigned filter) {
  std::string text = select_from(record::job, job_record_with(payload_of_job)) + "{schema}.job j ";
  text += (filter & live_only) != 0 ? "JOIN {schema}.live x USING (bucket, account, job)"
                                    : "CROSS JOIN " + status_of_j();
  text +=
      " WHERE j.bucket = $1::smallint AND j.account = $2::uuid AND (j.arrival, j.ordinal) < "
      "($3::bigint, $4::bigint)";
  int number = 5;
  for (const auto& [bit, name] :
       {std::pair{by_job, "job"}, std::pair{by_order, "made_by"}, std::pair{by_group, "part_of"},
        std::pair{by_project, "project"}, std::pair{by_item, "item"}}) {
    if ((filter & bit) == 0) continue;
    text += std::string{" AND j."} + name + " = $" + std::to_string(++number) + "::uuid";
  }
  // The index on groups leaves out jobs of none; the planner has to be told that this is another.
  if ((filter & by_group) != 0) {
    text += " AND j.part_of <> '00000000-0000-0000-0000-000000000000'";
  }
  return text + " ORDER BY j.arrival DESC, j.ordinal DESC LIMIT $5::bigint";
}

/// $1 bucket, $2 account, $3 the seq after which the page begins, $4 limit.
[[nodiscard]] inline std::string history_text() {
  return select_from(record::operation, operation_record) +
         "{schema}.operation x WHERE x.bucket = $1::smallint AND x.account = $2::uuid AND x.seq > "
         "$3::bigint ORDER BY x.seq LIMIT $4::bigint";
}

/// $1 bucket, $2 account, $3 instant. Times never decrease with seq, which has no gap: halving
/// finds the place without an index on times.
[[nodiscard]] inline std::string last_operation_text() {
  return "WITH RECURSIVE s(low, high) AS (SELECT 0::bigint, x.seq FROM {schema}.account x WHERE "
         "x.bucket = $1::smallint AND x.account = $2::uuid UNION ALL SELECT CASE WHEN o.at <= "
         "$3::bigint THEN o.seq ELSE s.low END, CASE WHEN o.at <= $3 THEN s.high ELSE o.seq - 1 "
         "END "
         "FROM s CROSS JOIN LATERAL (SELECT o.seq, o.at FROM {schema}.operation o WHERE o.bucket = "
         "$1 "
         "AND o.account = $2 AND o.seq = (s.low + s.high + 1) / 2 LIMIT 1) o WHERE s.low < "
         "s.high) " +
         select_from(record::operation, operation_record) +
         "{schema}.operation x WHERE x.bucket = $1 AND x.account = $2 AND x.seq = (SELECT s.low "
         "FROM s "
         "WHERE s.low = s.high)";
}

/// $1 bucket, $2 account, $3 job.
[[nodiscard]] inline std::string attempts_text() {
  return select_from(record::attempt, attempt_record) +
         "{schema}.attempt x WHERE x.bucket = $1::smallint AND x.account = $2::uuid AND x.job = "
         "$3::uuid ORDER BY x.at, x.epoch, x.outcome";
}

/// $1 bucket, $2 account, $3 project.
inline constexpr std::string_view total_text =
    "SELECT x.spent, x.committed FROM {schema}.project x WHERE x.bucket = $1::smallint AND "
    "x.account = $2::uuid AND x.project = $3::uuid";

/// $1 bucket, $2 account, $3 kind.
inline constexpr std::string_view queue_text =
    "SELECT s.in_flight, s.max_in_flight, s.weight, coalesce(k.paused, false) FROM (SELECT "
    "$1::smallint AS bucket, $2::uuid AS account, $3::bytea AS kind) w LEFT JOIN {schema}.slots s "
    "USING (bucket, account) LEFT JOIN {schema}.kind k USING (bucket, kind)";

/// $1 and $2: the bucket and account after which the page begins, $3 limit.
inline constexpr std::string_view accounts_text =
    "SELECT x.bucket, x.account FROM {schema}.account x WHERE (x.bucket, x.account) > "
    "($1::smallint, $2::uuid) ORDER BY x.bucket, x.account LIMIT $3::bigint";

/// $1 bucket, $2 account. Everything of it, in one snapshot of the database.
[[nodiscard]] inline std::string audit_text() {
  const auto all = [](record kind, std::string_view columns, std::string_view table) {
    return select_from(kind, columns) + "{schema}." + std::string{table} +
           " x WHERE x.bucket = $1::smallint AND x.account = $2::uuid";
  };
  constexpr std::string_view entries =
      "x.entry_lots, ARRAY[x.seq] || x.entry_codes::bigint[] || x.entry_amounts, '{}'::bytea[]";
  return all(record::account, account_record, "account") + " UNION ALL " +
         all(record::lot, lot_record, "lot") + " UNION ALL " +
         all(record::hold, hold_record, "hold") + " UNION ALL " +
         all(record::operation, operation_record, "operation") + " UNION ALL " +
         all(record::entries, entries, "operation") + " UNION ALL " +
         select_from(record::job, job_record_with(payload_of_job)) + "{schema}.job j CROSS JOIN " +
         status_of_j() + " WHERE j.bucket = $1 AND j.account = $2";
}

/// $1 bucket, $2 account, $3 job. A job that is not over keeps what it needs. What a provider said
/// in words may quote the prompt. Answers how many jobs: 0 or 1.
[[nodiscard]] inline std::string erase_text() {
  const std::string over =
      " WHERE x.bucket = $1 AND x.account = $2 AND x.job = $3 AND EXISTS (SELECT FROM d)";
  return "WITH d AS MATERIALIZED (SELECT 1 FROM {schema}.done x WHERE x.bucket = $1::smallint AND "
         "x.account = $2::uuid AND x.job = $3::uuid FOR UPDATE),\n"
         "w_payload AS (DELETE FROM {schema}.payload x" +
         over +
         "),\nw_done AS (UPDATE {schema}.done x SET result = ''::bytea, provider_metadata = "
         "''::bytea, error_message = ''::bytea" +
         over +
         "),\nw_attempt AS (UPDATE {schema}.attempt x SET result = ''::bytea, error_message = "
         "''::bytea" +
         over + ")\nSELECT count(*) FROM d";
}

/// $1 clock or NULL, $2 how long what ended is kept, $3 the span of a partition, $4 how many ahead,
/// $5 rows erased at most where there is no partition.
inline constexpr std::string_view clean_up_text =
    "SELECT made, dropped, kept, erased, more FROM {schema}.clean_up($1::bigint, $2::bigint, "
    "$3::bigint, $4::int, $5::bigint)";

/// $1 buckets, $2 accounts, sorted: locks them until the transaction ends.
inline constexpr std::string_view lock_text =
    "SELECT x.seq FROM unnest($1::smallint[], $2::uuid[]) AS w(bucket, account) CROSS JOIN LATERAL "
    "(SELECT x.seq FROM {schema}.account x WHERE x.bucket = w.bucket AND x.account = w.account FOR "
    "UPDATE) x";

inline constexpr std::string_view isolation_text =
    "SELECT current_setting('transaction_isolation')";

inline constexpr std::string_view read_buckets_text =
    "WITH made AS (INSERT INTO {schema}.setting (bucket, buckets) VALUES (0, $1::smallint) ON "
    "CONFLICT DO NOTHING RETURNING buckets) SELECT buckets FROM made UNION ALL SELECT buckets "
    "FROM {schema}.setting LIMIT 1";

/// The texts that have one form.
enum class text : std::size_t {
  claim,
  promote,
  renew,
  due,
  heal,
  front,
  limits,
  kind,
  history,
  last_operation,
  attempts,
  total,
  queue,
  accounts,
  audit,
  erase,
  clean_up,
  read_buckets,
  lock,
  isolation,
};
struct fixed_text {
  detail::text which;
  std::string_view name;
  std::string text;
  bool writes;
};
[[nodiscard]] inline std::array<fixed_text, 20> fixed_texts() {
  return {{
      {text::claim, "claim", claim_text(), true},
      {text::promote, "promote", promote_text(), true},
      {text::renew, "renew", renew_text(), true},
      {text::due, "due", due_text(), true},
      {text::heal, "heal", heal_text(), true},
      {text::front, "front", front_text(), false},
      {text::limits, "limits", limits_text(), true},
      {text::kind, "kind", std::string{kind_text}, true},
      {text::history, "history", history_text(), false},
      {text::last_operation, "last_operation", last_operation_text(), false},
      {text::attempts, "attempts", attempts_text(), false},
      {text::total, "total", std::string{total_text}, false},
      {text::queue, "queue", std::string{queue_text}, false},
      {text::accounts, "accounts", std::string{accounts_text}, false},
      {text::audit, "audit", audit_text(), false},
      {text::erase, "erase", erase_text(), true},
      {text::clean_up, "clean_up", std::string{clean_up_text}, true},
      {text::read_buckets, "read_buckets", std::string{read_buckets_text}, true},
      {text::lock, "lock", std::string{lock_text}, true},
      {text::isolation, "isolation", std::string{isolation_text}, false},
  }};
}

}  // namespace tollgate::postgres::detail
