// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: jobs are listed newest first, by whatever is asked for, in pages that stay as they are.

#include <tollgate/storage/contract/hand_book.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace tollgate::contract::listing {

[[nodiscard]] inline std::vector<job_id> ids_of(const std::vector<job_record>& jobs) {
  std::vector<job_id> ids;
  ids.reserve(jobs.size());
  for (const job_record& j : jobs) ids.push_back(j.status.id);
  return ids;
}
[[nodiscard]] inline std::vector<job_record> list(trial& t, account_id account, job_filter f,
                                                  trial::place where = trial::place::current()) {
  return t.all_pages([&](const cursor& at) { return t.store.jobs(account, f, at); }, where);
}

inline void jobs_are_listed_newest_first(trial& t) {
  hand_book book{t};
  for (int n = 0; n < 7; ++n) {
    t.clock.advance(seconds(1));
    if (!book.order("order " + std::to_string(n), {{.priority = 3}, {.priority = -3}})) return;
  }
  if (!book.must_write(book.settling(book.jobs[3]))) return;
  for (const std::size_t limit : {1U, 3U, 7U, 100U}) {
    const auto found = list(t, book.id, {.limit = limit});
    if (!t.same(found.size(), book.jobs.size(), "every job once, in pages of any size")) return;
    t.expect(std::is_sorted(found.begin(), found.end(),
                            [](const job_record& a, const job_record& b) {
                              return a.body->arrival > b.body->arrival;
                            }),
             "newest orders first");
    const auto ids = ids_of(found);
    t.same(std::set<job_id>(ids.begin(), ids.end()).size(), ids.size(), "no job twice");
  }
  const auto first = t.value(t.store.jobs(book.id, {.limit = 3}, {}), "jobs");
  t.same(first.items.size(), std::size_t{3}, "a page holds as many as asked");
  for (const job_record& found : list(t, book.id, {})) {
    for (const job_record& j : book.jobs) {
      if (j.body->id != found.status.id) continue;
      t.same(found.status, j.status, "a listed status is the newest");
      expect_same_body(t, *found.body, *j.body);
    }
  }
}

inline void jobs_are_filtered(trial& t) {
  hand_book book{t};
  hand_book other{t, 2};
  const project_id p1 = nth<project_id>(1);
  const project_id p2 = nth<project_id>(2);
  const group_id g = nth<group_id>(1);
  const item_id shot = nth<item_id>(1);
  if (!book.order("one", {{.item = shot, .project = p1, .group = g}, {.project = p1}}) ||
      !book.order("two", {{.project = p2, .group = g}, {.project = p2}, {.project = p2}}) ||
      !book.must_write(book.settling(book.jobs[0])) ||
      !book.order("again", {{.item = shot, .project = p1}}) || !other.order("one", {{}, {}})) {
    return;
  }
  const auto count = [&](job_filter f) { return list(t, book.id, f).size(); };
  t.same(count({}), std::size_t{6}, "all of the account, none of another");
  t.same(count({.job = book.jobs[2].body->id}), std::size_t{1}, "by job");
  t.same(count({.job = other.jobs[0].body->id}), std::size_t{0}, "a job of another account");
  t.same(count({.order = book.jobs[2].body->order}), std::size_t{3}, "by order");
  t.same(count({.group = g}), std::size_t{2}, "by group");
  t.same(count({.project = p1}), std::size_t{3}, "by project");
  t.same(count({.item = shot}), std::size_t{2}, "by item, ended ones too");
  t.same(count({.item = shot, .live_only = true}), std::size_t{1}, "by item, live ones only");
  t.same(count({.live_only = true}), std::size_t{5}, "live ones only");
  t.same(count({.group = g, .project = p2}), std::size_t{1}, "by group and project");
  t.same(count({.project = p1, .limit = 1}), std::size_t{3}, "a filter goes on page by page");
}

inline void pages_of_jobs_are_stable(trial& t) {
  hand_book book{t};
  for (int n = 0; n < 6; ++n) {
    if (!book.order("order " + std::to_string(n), {{}, {}})) return;
  }
  const std::vector<job_id> wanted = ids_of(book.jobs);
  for (const bool live : {false, true}) {
    const job_filter f{.live_only = live, .limit = 3};
    auto found = t.value(t.store.jobs(book.id, f, {}), "jobs");
    std::vector<job_id> seen = ids_of(found.items);
    for (int n = 0; !found.next.token.empty() && n < 99; ++n) {
      // While somebody turns pages a new order arrives, and what was shown last comes to its end.
      if (!book.order((live ? "live " : "more ") + std::to_string(n), {{}})) return;
      const job_id last = found.items.empty() ? job_id{} : found.items.back().status.id;
      for (const job_record& j : std::vector<job_record>{book.jobs}) {
        if (n == 0 && live && j.body->id == last && !book.must_write(book.settling(j))) return;
      }
      found = t.value(t.store.jobs(book.id, f, found.next), "jobs");
      for (const job_id id : ids_of(found.items)) seen.push_back(id);
    }
    for (const job_id id : wanted) {
      t.same(std::count(seen.begin(), seen.end(), id), std::ptrdiff_t{1},
             "a job that was there from the beginning is shown once");
    }
  }
}

inline constexpr rule rules[]{
    {"queries.jobs", "jobs are listed newest first, in pages of any size", "queue 12",
     jobs_are_listed_newest_first},
    {"queries.filter", "jobs are found by job, order, group, project and item",
     "queue 10, queue 11", jobs_are_filtered},
    {"queries.stable_pages", "pages stay as they are while jobs come and end", "queue 12",
     pages_of_jobs_are_stable},
};

}  // namespace tollgate::contract::listing
