// SPDX-License-Identifier: BSL-1.0
#pragma once
// The text of a load of exactly one account, and its parameters.
//
// It answers what load_text does for such a request. What that has as relations are values here,
// and what a name is looked up by is said directly: starting and ending a plan costs more than
// reading the rows of one account. Holds that are due are not loaded but told of, since few loads
// meet one: the general text is asked then.

#include <tollgate/postgres/detail/load_text.hpp>
#include <tollgate/postgres/rows.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

/// Whether `account_load_text` can say a request: one account, and of it at most one name of each
/// kind, but any number of items.
[[nodiscard]] inline bool is_account_load(const load_request& request) noexcept {
  if (request.wants.size() != 1) return false;
  const account_want& w = request.wants.front();
  return w.keys.size() <= 1 && w.holds.size() <= 1 && w.lots.size() <= 1 && w.jobs.size() <= 1;
}

/// `parts` says what is named.
[[nodiscard]] inline std::string account_load_text(unsigned parts) {
  const auto has = [&](unsigned any) { return (parts & any) != 0; };
  numbering number;
  static_cast<void>(number.next("bigint"));  // the clock
  const std::string bucket = number.next("smallint");
  const std::string account = number.next("uuid");
  const std::string amount = number.next("bigint");
  const std::string mine = " x WHERE x.bucket = " + bucket + " AND x.account = " + account;
  const auto names = [&](const std::string& value) {
    return "SELECT a.place, a.bucket, a.account, " + value + " AS id FROM a";
  };
  const std::string key = has(keys) ? number.next("bytea") : "";
  std::string these_holds = has(holds) ? names(number.next("uuid")) : "";
  std::string these_lots = has(lots) ? names(number.next("uuid")) : "";
  const std::string job = has(jobs) ? number.next("uuid") : "";
  const std::string item = has(items) ? number.next("uuid[]") : "";

  // One row even without the account; the columns of one that is not there are NULL.
  std::string text = "WITH " + std::string{clock_cte} +
                     ",\na AS MATERIALIZED (SELECT 0 AS place, " + amount +
                     " AS amount, t.now, greatest(t.now, x.changed_at) AS time, x.* FROM t LEFT "
                     "JOIN {schema}.account x ON x.bucket = " +
                     bucket + " AND x.account = " + account + "),\n" + covering_lots();
  const auto either = [](std::string& to, std::string_view more) {
    if (!to.empty()) to += " UNION ";
    to += more;
  };
  if (has(jobs)) {
    text += ",\njj AS MATERIALIZED (SELECT 0 AS place, x.* FROM {schema}.job" + mine +
            with_id("x.job", job) + "),\n" + statuses_of_jobs();
    either(these_holds, "SELECT place, bucket, account, hold AS id FROM jj");
  }
  if (!these_holds.empty()) {
    text +=
        ",\nh AS MATERIALIZED (SELECT n.place, x.* FROM " + named_rows(these_holds, "hold") + ")";
    either(these_lots, lots_of_holds);
  }

  text += "\nSELECT (CASE WHEN EXISTS (SELECT FROM {schema}.hold" + mine +
          " AND x.due_at <= a.time) THEN " + std::to_string(code_of(record::due_holds)) + " ELSE " +
          std::to_string(code_of(record::clock)) +
          " END)::smallint, 0, '{}'::uuid[], ARRAY[a.now], '{}'::bytea[] FROM a";
  const auto add = [&](const std::string& select) { text += "\nUNION ALL " + select; };
  add(select_record(record::account, "0", account_record) + " FROM a x WHERE x.seq IS NOT NULL");
  add(select_record(record::lot, "0", lot_record) + " FROM d x");
  if (!these_lots.empty()) add(select_named_lots(these_lots));
  if (!these_holds.empty()) add(select_record(record::hold, "0", hold_record) + " FROM h x");
  if (has(keys)) {
    add(select_record(record::operation, "0", operation_record) + " FROM {schema}.operation" +
        mine + " AND x.key = " + key);
  }
  if (has(jobs)) add(select_jobs());
  if (has(items)) {
    const std::string owner = "x.bucket = " + bucket + " AND x.account = " + account;
    add(select_record(record::live_item, "0", live_item_record) + " FROM unnest((SELECT " + item +
        ")) n(id) CROSS JOIN LATERAL " + live_with_item("x.*", owner, "n.id"));
  }
  return text;
}

/// The parameters of the text. Precondition: `is_account_load`.
[[nodiscard]] inline parameters account_load_parameters(const account_want& w, std::int64_t buckets,
                                                        std::optional<timestamp> now) {
  parameters to;
  to.put(now).put(bucket_of(w.account, buckets)).put(w.account).put(w.amount);
  for (const std::string& k : w.keys) to.bytes(k);
  for (const hold_id h : w.holds) to.put(h);
  for (const lot_id l : w.lots) to.put(l);
  for (const job_id j : w.jobs) to.put(j);
  if (!w.items.empty()) to.array(w.items);
  return to;
}

/// Whether an answer of the text leaves holds out, because they are due.
[[nodiscard]] inline bool leaves_holds_out(const rows& answer) {
  for (std::size_t row = 0; row < answer.size(); ++row) {
    if (answer.get<std::int16_t>(row, 0) == code_of(record::due_holds)) return true;
  }
  return false;
}

}  // namespace tollgate::postgres::detail
