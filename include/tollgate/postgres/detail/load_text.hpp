// SPDX-License-Identifier: BSL-1.0
#pragma once
// The text of the one statement that loads: one snapshot of the database for all of it, so that
// what is loaded of an account belongs together.

#include <tollgate/postgres/detail/batch.hpp>
#include <tollgate/postgres/detail/line_text.hpp>
#include <tollgate/postgres/detail/records.hpp>
#include <tollgate/storage/requests.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::postgres::detail {

/// What is named in a request; each combination is a text of its own.
enum named : unsigned { keys = 1, holds = 2, lots = 4, jobs = 8, items = 16 };

struct want_row {
  std::int32_t place{};
  std::int16_t bucket{};
  const account_want* want{};
};
/// One name of a want.
struct uuid_row {
  std::int32_t place{};
  uuid value{};
};
struct key_row {
  std::int32_t place{};
  const std::string* value{};
};

inline constexpr std::array want_columns{
    field<want_row>("place", [](const want_row& r) { return r.place; }),
    field<want_row>("bucket", [](const want_row& r) { return r.bucket; }),
    field<want_row>("account", [](const want_row& r) { return r.want->account; }),
    field<want_row>("amount", [](const want_row& r) { return r.want->amount; }),
};
inline constexpr std::array uuid_columns{
    field<uuid_row>("place", [](const uuid_row& r) { return r.place; }),
    field<uuid_row>("id", [](const uuid_row& r) { return r.value; }),
};
inline constexpr std::array key_columns{
    field<key_row>("place", [](const key_row& r) { return r.place; }),
    field<key_row>("key", [](const key_row& r) { return std::string_view{*r.value}; }),
};

[[nodiscard]] inline unsigned named_in(const account_want& w) noexcept {
  return (w.keys.empty() ? 0U : named::keys) | (w.holds.empty() ? 0U : named::holds) |
         (w.lots.empty() ? 0U : named::lots) | (w.jobs.empty() ? 0U : named::jobs) |
         (w.items.empty() ? 0U : named::items);
}

/// A request as relations. Refers to the request.
struct load_batch {
  unsigned parts{};
  std::vector<want_row> wants{};
  std::vector<key_row> keys{};
  std::vector<uuid_row> holds{};
  std::vector<uuid_row> lots{};
  std::vector<uuid_row> jobs{};
  std::vector<uuid_row> items{};

  load_batch(const load_request& request, std::int64_t buckets) {
    std::int32_t place = 0;
    for (const account_want& w : request.wants) {
      wants.push_back({place, bucket_of(w.account, buckets), &w});
      for (const std::string& k : w.keys) keys.push_back({place, &k});
      for (const hold_id h : w.holds) holds.push_back({place, h.value});
      for (const lot_id l : w.lots) lots.push_back({place, l.value});
      for (const job_id j : w.jobs) jobs.push_back({place, j.value});
      for (const item_id i : w.items) items.push_back({place, i.value});
      parts |= named_in(w);
      ++place;
    }
  }
};

/// Of accounts `a` (place, amount, time and their columns): the lots in draw order until they cover
/// the amount, and those that are due.
[[nodiscard]] inline std::string covering_lots() {
  return "d AS (SELECT x.* FROM (SELECT a.place, a.amount, a.time, x.*, x.available <> 0 AND "
         "x.effective_at <= a.time AND x.expires_at > a.time AS usable, coalesce(sum(CASE WHEN "
         "x.effective_at <= a.time AND x.expires_at > a.time THEN x.available END) OVER (PARTITION "
         "BY a.place ORDER BY x.priority, x.expires_at, x.category, x.effective_at, x.seq, x.lot "
         "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM a CROSS JOIN "
         "LATERAL "
         "(SELECT x.* FROM {schema}.lot x WHERE x.bucket = a.bucket AND x.account = a.account AND "
         "x.drawable OFFSET 0) x) x WHERE x.amount = " +
         std::to_string(credits::max().units()) +
         " OR (x.usable AND x.before < x.amount) OR (CASE WHEN x.pending <> 0 THEN x.effective_at "
         "ELSE x.expires_at END) <= x.time)";
}

/// The status of each job in `jj`: of a live one, or of one that has ended.
[[nodiscard]] inline std::string statuses_of_jobs() {
  const std::string status = "SELECT y.bucket, y.account, y.job, " + listed(status_names, "y.");
  const std::string of =
      " y WHERE y.bucket = jj.bucket AND y.account = jj.account AND "
      "y.job = jj.job";
  return "js AS MATERIALIZED (SELECT jj.place, x.* FROM jj CROSS JOIN LATERAL (" + status +
         " FROM {schema}.live" + of + " UNION ALL " + status + " FROM {schema}.done" + of +
         " LIMIT 1) x)";
}

/// What is named, each (place, bucket, account, id) once, as rows of a table.
[[nodiscard]] inline std::string named_rows(const std::string& names, std::string_view table) {
  const std::string name{table};
  return "(" + names + ") n CROSS JOIN LATERAL (SELECT x.* FROM {schema}." + name +
         " x WHERE x.bucket = n.bucket AND x.account = n.account" + with_id("x." + name, "n.id") +
         ") x";
}

/// The lots that holds `h` drew from; two jobs may draw from one.
inline constexpr std::string_view lots_of_holds =
    "SELECT DISTINCT h.place, h.bucket, h.account, u.id FROM h CROSS JOIN LATERAL "
    "unnest(h.draw_lots) u(id)";

/// Those of them that `d` has not.
[[nodiscard]] inline std::string select_named_lots(const std::string& names) {
  return select_record(record::lot, "n.place", lot_record) + " FROM " + named_rows(names, "lot") +
         " WHERE NOT EXISTS (SELECT FROM d WHERE d.place = n.place AND d.lot = n.id)";
}

/// The operation of each name `n` of a relation.
[[nodiscard]] inline std::string select_operations(std::string_view from, std::string_view is) {
  return select_record(record::operation, "n.place", operation_record) + " FROM " +
         std::string{from} +
         " n CROSS JOIN LATERAL (SELECT x.* FROM {schema}.operation x WHERE x.bucket = n.bucket "
         "AND x.account = n.account AND " +
         std::string{is} + " LIMIT 1) x";
}

/// The jobs of `jj` without their payloads, and the operations that ended them.
[[nodiscard]] inline std::string select_jobs() {
  return select_operations("js", "n.final_seq <> 0 AND x.seq = n.final_seq") + "\nUNION ALL " +
         select_record(record::job, "j.place", job_record_with(no_payload)) +
         " FROM jj j JOIN js x USING (place, job)";
}

inline constexpr std::string_view live_item_record =
    "ARRAY[x.item, x.job], '{}'::bigint[], '{}'::bytea[]";

[[nodiscard]] inline std::string load_text(unsigned parts) {
  const auto has = [&](unsigned any) { return (parts & any) != 0; };
  numbering number;
  static_cast<void>(number.next("bigint"));  // the clock
  std::string text =
      "WITH " + std::string{clock_cte} +
      ",\na AS MATERIALIZED (SELECT w.place, w.amount, greatest(t.now, x.changed_at) AS time, x.* "
      "FROM " +
      number.relation<want_row>("w", want_columns) +
      " CROSS JOIN t CROSS JOIN LATERAL (SELECT x.* FROM {schema}.account x WHERE x.bucket = "
      "w.bucket AND x.account = w.account LIMIT 1) x)";
  // Of each list of names only those of accounts that exist.
  const auto names = [&](std::string_view as, const std::string& relation, std::string_view what) {
    text.append(",\n").append(as).append(
        " AS MATERIALIZED (SELECT a.place, a.bucket, a.account, r.");
    text.append(what).append(" FROM ").append(relation).append(" JOIN a USING (place))");
  };
  if (has(keys)) names("nk", number.relation<key_row>("r", key_columns), "key");
  if (has(holds)) names("nh", number.relation<uuid_row>("r", uuid_columns), "id");
  if (has(lots)) names("nl", number.relation<uuid_row>("r", uuid_columns), "id");
  if (has(jobs)) names("nj", number.relation<uuid_row>("r", uuid_columns), "id");
  if (has(items)) names("ni", number.relation<uuid_row>("r", uuid_columns), "id");
  std::string these_holds =
      "SELECT a.place, a.bucket, a.account, x.hold AS id FROM a CROSS JOIN LATERAL (SELECT x.hold "
      "FROM {schema}.hold x WHERE x.bucket = a.bucket AND x.account = a.account AND x.due_at IS "
      "NOT NULL AND x.due_at <= a.time OFFSET 0) x";
  if (has(holds)) these_holds += " UNION SELECT place, bucket, account, id FROM nh";
  if (has(jobs)) {
    text += ",\njj AS MATERIALIZED (SELECT n.place, x.* FROM " +
            named_rows("SELECT DISTINCT * FROM nj", "job") + "),\n" + statuses_of_jobs();
    these_holds += " UNION SELECT place, bucket, account, hold FROM jj";
  }
  text += ",\nh AS MATERIALIZED (SELECT n.place, x.* FROM " + named_rows(these_holds, "hold") +
          "),\n" + covering_lots();
  std::string these_lots{lots_of_holds};
  if (has(lots)) these_lots += " UNION SELECT place, bucket, account, id FROM nl";
  text += "\n" + select_record(record::clock, "0", "'{}'::uuid[], ARRAY[t.now], '{}'::bytea[]") +
          " FROM t";
  const auto add = [&](const std::string& select) { text += "\nUNION ALL " + select; };
  add(select_record(record::account, "x.place", account_record) + " FROM a x");
  add(select_record(record::lot, "x.place", lot_record) + " FROM d x");
  add(select_named_lots(these_lots));
  add(select_record(record::hold, "x.place", hold_record) + " FROM h x");
  if (has(keys)) add(select_operations("nk", "x.key = n.key"));
  if (has(jobs)) add(select_jobs());
  if (has(items)) {
    add(select_record(record::live_item, "n.place", live_item_record) +
        " FROM ni n CROSS JOIN LATERAL " +
        live_with_item("x.*", "x.bucket = n.bucket AND x.account = n.account", "n.id"));
  }
  return text;
}

[[nodiscard]] inline parameters load_parameters(const load_batch& b, std::optional<timestamp> now) {
  parameters to;
  to.put(now);
  put_relation<want_row>(to, want_columns, b.wants);
  if (!b.keys.empty()) put_relation<key_row>(to, key_columns, b.keys);
  for (const auto* names : {&b.holds, &b.lots, &b.jobs, &b.items}) {
    if (!names->empty()) put_relation<uuid_row>(to, uuid_columns, *names);
  }
  return to;
}

}  // namespace tollgate::postgres::detail
