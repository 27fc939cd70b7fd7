// SPDX-License-Identifier: BSL-1.0
#pragma once
// What screens and auditors ask. Each answer is one snapshot of the file; nothing is changed.

#include <tollgate/sqlite/commit.hpp>
#include <tollgate/sqlite/cursor_token.hpp>
#include <tollgate/sqlite/lines.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::sqlite::detail {

inline constexpr std::size_t page_size = 100;
inline constexpr std::size_t largest_page = 1'000;

/// Newest first, from the shortest list that holds all jobs a filter can name.
[[nodiscard]] inline result<page<job_record>> jobs(connection& c, word_cache& words,
                                                   account_id account, const job_filter& f,
                                                   const cursor& from) {
  constexpr std::uint64_t end = std::numeric_limits<std::int64_t>::max();
  const auto before = position_of(listing::jobs, account, from, end);
  if (!before) return refuse(before.error());
  const std::size_t limit = std::clamp<std::size_t>(f.limit, 1, largest_page);
  job_list_of list = job_list_of::account;
  uuid tag = account.value;
  const auto on = [&](job_list_of which, const uuid& id) {
    list = which;
    tag = id;
    return sql::jobs_listed;
  };
  const sql what = !f.job.is_nil()       ? sql::one_job
                   : !f.order.is_nil()   ? on(job_list_of::order, f.order.value)
                   : !f.item.is_nil()    ? sql::jobs_of_item
                   : !f.group.is_nil()   ? on(job_list_of::group, f.group.value)
                   : f.live_only         ? sql::jobs_live
                   : !f.project.is_nil() ? on(job_list_of::project, f.project.value)
                                         : sql::jobs_listed;
  page<job_record> answer{};
  std::uint64_t last = 0;
  auto rows = c.select(what, account, *before, limit + 1, list, id<account_id>{tag}, f.job, f.order,
                       f.item, f.group, f.project, f.live_only);
  while (rows.next()) {
    if (answer.items.size() == limit) {
      answer.next = cursor_of(listing::jobs, account, last);
      break;
    }
    rows.decode([&](row_reader& r) {
      last = r.get<std::uint64_t>();
      answer.items.push_back(read_job(r, words));
    });
  }
  return answer;
}

[[nodiscard]] inline result<page<operation>> history(connection& c, account_id account,
                                                     const cursor& from) {
  const auto after = position_of(listing::history, account, from, 0);
  if (!after) return refuse(after.error());
  page<operation> answer{};
  auto rows = c.select(sql::history, account, *after, page_size + 1);
  while (rows.next()) {
    if (answer.items.size() == page_size) {
      answer.next = cursor_of(listing::history, account, answer.items.back().seq);
      break;
    }
    rows.decode([&](row_reader& r) { answer.items.push_back(read_operation(r)); });
  }
  return answer;
}

/// By bisection: times never decrease with seq. Precondition: a transaction is open.
[[nodiscard]] inline page<operation> last_operation(connection& c, account_id account,
                                                    timestamp until) {
  page<operation> answer{};
  std::uint64_t low = 0;
  std::uint64_t high =
      c.select(sql::standing_of_account, account).value<std::uint64_t>().value_or(0);
  while (low < high && c.ok()) {
    const std::uint64_t middle = low + (high - low + 1) / 2;
    const auto at = c.select(sql::time_of_operation, account, middle).value<timestamp>();
    if (at && *at <= until) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  if (low == 0) return answer;
  auto row = c.select(sql::operation_by_seq, account, low);
  if (row.next()) row.decode([&](row_reader& r) { answer.items.push_back(read_operation(r)); });
  return answer;
}

[[nodiscard]] inline std::vector<attempt> attempts(connection& c, account_id account, job_id job) {
  std::vector<attempt> answer;
  auto rows = c.select(sql::attempts, job, account);
  while (rows.next()) {
    rows.decode([&](row_reader& r) { answer.push_back(read_attempt(r)); });
  }
  return answer;
}

/// The sums are units in 64 bits, which keep nine million of the largest operations.
[[nodiscard]] inline result<project_total> running_total(connection& c, account_id account,
                                                         project_id project) {
  std::int64_t spent_units = 0;
  std::int64_t committed_units = 0;
  const std::string tag = byte_writer{}.put(project).take();
  auto row = c.select(sql::running_total, account, as_bytes(tag));
  if (row.next()) {
    row.decode([&](row_reader& r) {
      spent_units = r.get<std::int64_t>();
      committed_units = r.get<std::int64_t>();
    });
  }
  const auto spent = credits::checked_from_units(spent_units);
  const auto committed = credits::checked_from_units(committed_units);
  if (!spent || !committed) return refuse(error::overflow, "/project");
  return project_total{.spent = *spent, .committed = *committed};
}

/// Precondition: a transaction is open.
[[nodiscard]] inline queue_state queue(connection& c, account_id account, const std::string& kind,
                                       const queue_limits& defaults) {
  limits_found found = limits_of(c, account, defaults);
  if (found.damage) c.corrupt(std::move(*found.damage), "a row that nobody wrote");
  const queue_limits& limits = found.values;
  return {.in_flight = c.select(sql::in_flight, account).value<std::uint32_t>().value_or(0),
          .max_in_flight = limits.max_in_flight,
          .weight = limits.weight,
          .kind_paused = c.select(sql::kind, kind).value<bool>().value_or(false)};
}

/// By id; the token is the last one. A new account may stand before it: nobody is shown twice.
[[nodiscard]] inline result<page<account_id>> accounts(connection& c, const cursor& from) {
  const auto last = from.token.empty() ? uuid{} : parse_uuid(from.token);
  if (!last) return refuse(error::invalid_argument, "/cursor", "not a cursor of this listing");
  page<account_id> answer{};
  const std::string after = byte_writer{}.put(*last).take();
  auto rows = c.select(sql::accounts, as_bytes(after), largest_page + 1);
  while (rows.next()) {
    if (answer.items.size() == largest_page) {
      answer.next = {to_string(answer.items.back())};
      break;
    }
    rows.decode([&](row_reader& r) { answer.items.push_back(r.get<account_id>()); });
  }
  return answer;
}

/// Precondition: a transaction is open.
[[nodiscard]] inline account_records audit(connection& c, word_cache& words, account_id account) {
  account_records answer{};
  answer.row.id = account;
  const auto all = [&](sql what, auto&& take) {
    auto rows = c.select(what, account);
    while (rows.next()) rows.decode(take);
  };
  all(sql::account, [&](row_reader& r) { answer.row = read_account(r); });
  all(sql::all_lots, [&](row_reader& r) { answer.lots.push_back(read_lot(r)); });
  all(sql::all_holds, [&](row_reader& r) { answer.holds.push_back(read_hold(r)); });
  all(sql::all_operations, [&](row_reader& r) {
    const std::string entries{r.bytes()};
    operation o = read_operation(r);
    read_entries(r, entries, o.seq, answer.entries);
    answer.operations.push_back(std::move(o));
  });
  all(sql::all_jobs, [&](row_reader& r) { answer.jobs.push_back(read_job(r, words)); });
  return answer;
}

}  // namespace tollgate::sqlite::detail
