// SPDX-License-Identifier: BSL-1.0
#pragma once
// What screens ask about jobs, whatever the jobs are: listings, the newest of each item, reasons.

#include <tollgate/checkout/explain.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/storage/concepts.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

/// Calls `each(record)` for every job of an account that a filter names, newest first, page by
/// page, until there are no more or it answers false.
template <query_store Store, class Each>
[[nodiscard]] result<void> each_job(Store& store, account_id account, const job_filter& filter,
                                    Each each) {
  cursor at{};
  do {
    auto found = store.jobs(account, filter, at);
    if (!found) return refuse(std::move(found.error()));
    for (const job_record& record : found->items) {
      if (!each(record)) return {};
    }
    at = std::move(found->next);
  } while (!at.token.empty());
  return {};
}

namespace detail {

/// A nil id restricts no filter, and so would name the jobs of every group.
[[nodiscard]] inline std::optional<failure> if_no_group(group_id group) {
  if (!group.is_nil()) return std::nullopt;
  return make_failure(error::invalid_argument, "/group", "a nil id names no group");
}

}  // namespace detail

/// The newest job of each item of a group, newest first. Errors: `invalid_argument` (a nil group).
template <query_store Store>
[[nodiscard]] result<std::vector<job_record>> newest_jobs(Store& store, account_id account,
                                                          group_id group) {
  if (auto none = detail::if_no_group(group)) return refuse(std::move(*none));
  std::vector<job_record> newest;
  std::vector<item_id> met;  // sorted
  auto read = each_job(store, account, {.group = group}, [&](const job_record& record) {
    const auto at = std::lower_bound(met.begin(), met.end(), record.body->item);
    if (at == met.end() || *at != record.body->item) {
      met.insert(at, record.body->item);
      newest.push_back(record);
    }
    return true;
  });
  if (!read) return refuse(std::move(read.error()));
  return newest;
}

/// The items of a group whose newest job failed for good: what can be confirmed again alone.
template <query_store Store>
[[nodiscard]] result<std::vector<item_id>> failed_items(Store& store, account_id account,
                                                        group_id group) {
  auto newest = newest_jobs(store, account, group);
  if (!newest) return refuse(std::move(newest.error()));
  std::vector<item_id> failed;
  for (const job_record& record : *newest) {
    if (record.status.role == job_role::failed) failed.push_back(record.body->item);
  }
  return failed;
}

/// Why a job of an account is not running. Errors: `job_not_found`.
template <storage Store>
[[nodiscard]] result<explanation> explain(Store& store, account_id account, job_id job) {
  auto loaded = store.load({.wants = {{.account = account, .jobs = {job}}}});
  if (!loaded) return refuse(std::move(loaded.error()));
  const auto& jobs = loaded->accounts.front().jobs;
  if (jobs.empty()) return refuse(no_such_job(job));
  auto queue = store.queue(account, jobs.front().body->kind);
  if (!queue) return refuse(std::move(queue.error()));
  return explain(jobs.front(), *queue, loaded->now);
}

}  // namespace tollgate
