// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: many workers on one store claim each job once, keep caps and finish the work.

#include <tollgate/storage/contract/threads.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::contract::workers {

using threads::together;

/// How many empty claims a worker makes before it leaves the rest to those who still have jobs.
inline constexpr std::size_t patience = 500;

inline void a_job_is_claimed_by_one_worker(trial& t) {
  hand_book book{t};
  if (!book.order("order", std::vector<planned_job>(60))) return;
  std::vector<std::vector<claimed_job>> got(t.settings.threads);
  std::atomic<std::size_t> all{0};
  together(got.size(), [&](std::size_t i) {
    std::size_t idle = 0;
    for (std::size_t limit = 1; got[i].size() <= 60; limit = 1 + limit % 3) {
      const auto claimed =
          t.claim({.worker = nth<worker_id>(i + 1), .kinds = {"render"}, .limit = limit});
      all += claimed.size();
      // Before the last was claimed an empty answer proves nothing: what it saw may have gone.
      if (claimed.empty() && (all >= 60 || ++idle == patience)) return;
      got[i].insert(got[i].end(), claimed.begin(), claimed.end());
    }
  });
  std::map<job_id, int> times;
  for (std::size_t i = 0; i < got.size(); ++i) {
    for (const claimed_job& c : got[i]) {
      ++times[c.status.id];
      const job_status now = t.status_of(book.id, c.status.id);
      t.same(now.worker, nth<worker_id>(i + 1), "the job is the worker's that claimed it");
      t.same(now.epoch, std::uint64_t{1}, "it was claimed once");
    }
  }
  t.same(times.size(), std::size_t{60}, "every job was claimed");
  for (const auto& [id, n] : times) t.same(n, 1, "by one worker");
}

inline void a_cap_is_exact_under_concurrent_claims(trial& t) {
  constexpr std::uint32_t most = 3;
  std::array<std::atomic<std::uint32_t>, 3> running{};
  std::vector<hand_book> books;
  for (std::uint64_t n = 1; n <= running.size(); ++n) {
    books.emplace_back(t, n);
    if (!books.back().order("order", std::vector<planned_job>(20, {.cost = {}})) ||
        !t.done(t.store.set_limits({.account = books.back().id, .max_in_flight = most}),
                "limits")) {
      return;
    }
  }
  const auto number_of = [&](const claimed_job& c) {
    const auto of = [&](const hand_book& b) { return b.id == c.body->account; };
    return static_cast<std::size_t>(std::find_if(books.begin(), books.end(), of) - books.begin());
  };
  std::atomic<std::size_t> ended{0};
  together(t.settings.threads, [&](std::size_t i) {
    std::vector<claimed_job> held;  // while a worker holds some, others try to get more
    std::size_t idle = 0;
    for (std::size_t r = 0; ended < 60 && idle < patience && t.tries() > 1; ++r) {
      auto got =
          t.claim({.worker = nth<worker_id>(i + 1), .kinds = {"render"}, .limit = 1 + (i + r) % 5});
      for (const claimed_job& c : got) {
        const std::size_t n = number_of(c);
        if (!t.expect(n < running.size(), "a job of one of the accounts")) return;
        t.expect(++running[n] <= most, "more jobs of an account in flight than its cap allows");
      }
      idle = got.empty() && held.empty() ? idle + 1 : 0;
      std::this_thread::yield();
      for (const claimed_job& c : held) {
        const std::size_t n = number_of(c);
        --running[n];  // before the slot is really free, so that nobody is accused wrongly
        t.expect(desk{t, n + 1}.settle(c, settle_kind::succeeded).has_value(), "a success");
        ++ended;
      }
      held = std::move(got);
    }
  });
  t.same(ended.load(), std::size_t{60}, "all of them ran");
  for (const hand_book& b : books) expect_sound(t, b.id);
}

inline void many_workers_finish_the_work(trial& t) {
  constexpr std::int64_t accounts = 4;
  std::vector<desk> desks;
  for (std::int64_t n = 1; n <= accounts; ++n) {
    desks.emplace_back(t, static_cast<std::uint64_t>(n));
    if (!desks.back().open(whole(1'000))) return;
  }
  std::atomic<std::size_t> ended{0};
  const std::size_t orders = t.settings.threads;
  together(t.settings.threads, [&](std::size_t i) {
    const desk& mine = desks[i % desks.size()];
    mine.must_confirm("click " + std::to_string(i),
                      {desk::item(3 * i + 1, whole(5)), desk::item(3 * i + 2, whole(5)),
                       desk::item(3 * i + 3, whole(5))});
    std::size_t idle = 0;
    while (ended < 3 * orders && idle < patience && t.tries() > 1) {
      const auto got = t.claim({.worker = nth<worker_id>(i + 1), .kinds = {"render"}, .limit = 2});
      for (const claimed_job& c : got) {
        const bool retry = c.status.attempts == 1 && c.body->ordinal == 1;
        const bool fails = c.body->ordinal == 2;
        const auto said = retry   ? mine.settle(c, settle_kind::failed, {}, true)
                          : fails ? mine.settle(c, settle_kind::failed)
                                  : mine.settle(c, settle_kind::succeeded, whole(4));
        t.expect(said.has_value(), "a result");
        if (!retry) ++ended;
      }
      idle = got.empty() ? idle + 1 : 0;
      std::this_thread::yield();
    }
  });
  t.same(ended.load(), 3 * orders, "every job ended, once");
  credits left{};
  for (const desk& d : desks) left += expect_sound(t, d.id).row.available;
  t.same(left, whole(1'000 * accounts - 8 * static_cast<std::int64_t>(orders)),
         "two of every three jobs were charged");
}

inline void cancel_completion_and_loss_exclude_each_other(trial& t) {
  const desk d{t};
  if (!d.open(whole(500))) return;
  for (std::size_t r = 0; r < t.settings.rounds; ++r) {
    const auto order = d.must_confirm("click " + std::to_string(r), {desk::item(1, whole(3))});
    const auto jobs = d.claim();
    if (!t.same(jobs.size(), std::size_t{1}, "the job is claimed") || order.jobs.empty()) return;
    t.clock.advance(minutes(1));
    std::atomic<int> outcomes{0};
    together(4, [&](std::size_t i) {
      if (i == 0) {
        const auto said = d.settle(jobs[0], settle_kind::succeeded, whole(3));
        if (said && !said->replayed) ++outcomes;
      } else if (i == 1) {
        const auto said = d.settle(jobs[0], settle_kind::failed);
        if (said && !said->replayed) ++outcomes;
      } else if (i == 2) {
        const auto said = d.run(cancel_command{.account = d.id, .job = order.jobs[0]});
        if (said && said->outcome == cancel_outcome::cancelled) ++outcomes;
      } else {
        const auto said = d.run(due_job{d.id, order.jobs[0], due_reason::lease_lost});
        if (said && said->changed && said->job.is_final()) ++outcomes;
      }
    });
    t.same(outcomes.load(), 1, "of a success, a failure, a cancel and a lost lease");
    t.expect(t.status_of(d.id, order.jobs[0]).is_final(), "the job has ended");
  }
  expect_sound(t, d.id);
}

inline constexpr rule rules[]{
    {"threads.claims", "a job is claimed by one worker", "queue 1", a_job_is_claimed_by_one_worker},
    {"threads.cap", "a cap is exact under concurrent claims", "queue 8",
     a_cap_is_exact_under_concurrent_claims},
    {"threads.work", "many workers finish the work by polling alone, each job once",
     "queue 1, queue 2, queue 13, ledger 12", many_workers_finish_the_work},
    {"threads.one_outcome", "of success, failure, cancel and lost lease one wins",
     "queue 2, queue 4, queue 11", cancel_completion_and_loss_exclude_each_other},
};

}  // namespace tollgate::contract::workers
