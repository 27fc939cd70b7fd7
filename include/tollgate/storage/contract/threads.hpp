// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: many threads on one store lose nothing, do nothing twice and never deadlock.

#include <tollgate/storage/contract/desk.hpp>
#include <tollgate/storage/contract/hand_book.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::contract::threads {

/// Runs `work(0)` ... `work(n - 1)` at the same time, one thread each.
template <class Work>
void together(std::size_t n, Work work) {
  std::atomic<std::size_t> ready{0};
  std::vector<std::thread> running;
  running.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    running.emplace_back([&, i] {
      ++ready;
      while (ready < n) std::this_thread::yield();
      work(i);
    });
  }
  for (std::thread& thread : running) thread.join();
}

/// How many empty claims a worker makes before it leaves the rest to those who still have jobs.
inline constexpr std::size_t patience = 500;

inline void no_update_is_lost(trial& t) {
  const desk d{t};
  if (!d.open(whole(10))) return;
  const std::size_t n = t.settings.threads;
  const std::size_t rounds = t.settings.rounds;
  together(n, [&](std::size_t i) {
    for (std::size_t r = 0; r < rounds; ++r) {
      const std::string key = std::to_string(i) + "/" + std::to_string(r);
      d.must(grant_request{.amount = whole(2), .key = "grant " + key});
      d.must(deduct_request{.amount = whole(1), .key = "deduct " + key});
    }
  });
  const account_records all = expect_sound(t, d.id);
  const std::size_t grants = n * rounds;
  t.same(all.operations.size(), 1 + 2 * grants, "every operation, once");
  t.same(all.row.seq, std::uint64_t{1 + 2 * grants}, "seq counts them");
  t.same(all.row.available, whole(10 + static_cast<std::int64_t>(grants)), "every credit");
}

inline void a_key_has_one_effect(trial& t) {
  const desk d{t};
  if (!d.open(whole(10))) return;
  const std::size_t n = t.settings.threads;
  std::vector<std::string> answers(n);
  std::atomic<std::size_t> first{0};
  for (std::size_t r = 0; r < t.settings.rounds; ++r) {
    const std::string key = "click " + std::to_string(r);
    together(n, [&](std::size_t i) {
      const receipt got = d.must(grant_request{.amount = whole(1), .key = key});
      answers[i] = to_string(got.operation);
      first += got.replayed ? 0U : 1U;
    });
    t.expect(std::count(answers.begin(), answers.end(), answers.front()) ==
                 static_cast<std::ptrdiff_t>(n),
             "everybody got the same receipt");
  }
  t.same(first.load(), t.settings.rounds, "and one of them was first, each time");
  t.same(expect_sound(t, d.id).operations.size(), 1 + t.settings.rounds, "one effect for each key");
}

inline void simultaneous_holds_never_overspend(trial& t) {
  const desk d{t};
  if (!d.open(whole(500))) return;
  std::atomic<int> held{0};
  std::atomic<int> refused{0};
  together(20, [&](std::size_t i) {
    const auto said = d.ask(hold_request{.amount = whole(75), .key = std::to_string(i)});
    if (said) ++held;
    if (is_refused(said, error::insufficient_credits)) ++refused;
  });
  t.same(held.load(), 6, "of 20 holds of 75 on 500 credits");
  t.same(refused.load(), 14, "the others are refused");
  const account_records all = expect_sound(t, d.id);
  t.same(all.row.available, whole(50), "what is left");
  t.same(all.row.open_holds, 6U, "open holds");
}

inline void holds_race_with_releases(trial& t) {
  const desk d{t};
  if (!d.open(whole(500))) return;
  std::atomic<int> open{0};
  together(t.settings.threads, [&](std::size_t i) {
    for (std::size_t r = 0; r < t.settings.rounds; ++r) {
      const std::string key = std::to_string(i) + "/" + std::to_string(r);
      const auto held = d.ask(hold_request{.amount = whole(75), .key = "hold " + key});
      if (!held) continue;
      if ((r + i) % 3 == 0) {
        d.must(release_request{.hold = held->hold, .key = "release " + key});
      } else if ((r + i) % 3 == 1) {
        d.must(capture_request{.hold = held->hold, .amount = {}, .key = "capture " + key});
      } else {
        ++open;
      }
    }
  });
  const account_records all = expect_sound(t, d.id);
  t.expect(open.load() <= 6, "never more than six at a time");
  t.same(all.row.open_holds, static_cast<std::uint32_t>(open.load()), "what was not released");
  t.same(all.row.available + all.row.held, whole(500), "no credit was lost or made");
}

inline void a_capture_excludes_a_release(trial& t) {
  const desk d{t};
  if (!d.open(whole(500))) return;
  for (std::size_t r = 0; r < t.settings.rounds; ++r) {
    const std::string key = std::to_string(r);
    const auto held = d.must(hold_request{.amount = whole(3), .key = "hold " + key});
    std::atomic<int> won{0};
    together(t.settings.threads, [&](std::size_t i) {
      const std::string mine = key + "/" + std::to_string(i);
      const bool ended =
          i % 2 == 0
              ? d.ask(capture_request{.hold = held.hold, .amount = whole(3), .key = "c" + mine})
                    .has_value()
              : d.ask(release_request{.hold = held.hold, .key = "r" + mine}).has_value();
      won += ended ? 1 : 0;
    });
    t.same(won.load(), 1, "of many captures and releases of one hold");
  }
  expect_sound(t, d.id);
}

inline void commits_in_any_order_do_not_deadlock(trial& t) {
  constexpr std::size_t accounts = 5;
  std::vector<desk> desks;
  for (std::uint64_t n = 0; n < accounts; ++n) {
    desks.emplace_back(t, n + 1);
    if (!desks.back().open(whole(10))) return;
  }
  together(t.settings.threads, [&](std::size_t i) {
    for (std::size_t r = 0; r < t.settings.rounds; ++r) {
      std::vector<command> batch;
      for (std::size_t k = 0; k < accounts; ++k) {
        const std::size_t at = (i % 2 == 0 ? k : accounts - 1 - k) + r;
        batch.push_back(
            to_command(grant_request{.account = desks[at % accounts].id,
                                     .amount = whole(1),
                                     .key = std::to_string(i) + "/" + std::to_string(r)}));
      }
      for (const auto& said :
           transact(t.store, std::span<const command>{batch}, ledger_rules{}, t.tries())) {
        t.expect(said.has_value(), "a grant to one of the accounts");
      }
    }
  });
  const std::size_t grants = t.settings.threads * t.settings.rounds;
  for (const desk& d : desks) {
    t.same(expect_sound(t, d.id).row.available, whole(10 + static_cast<std::int64_t>(grants)),
           "every batch reached every account");
  }
}

inline void what_is_loaded_belongs_together(trial& t) {
  const desk d{t};
  if (!d.open(whole(100))) return;
  std::atomic<bool> stop{false};
  together(3, [&](std::size_t i) {
    if (i == 0) {
      for (std::size_t r = 0; r < 4 * t.settings.rounds; ++r) {
        const std::string key = std::to_string(r);
        const auto held = d.must(hold_request{.amount = whole(60), .key = "hold " + key});
        d.must(release_request{.hold = held.hold, .key = "release " + key});
      }
      stop = true;
      return;
    }
    while (!stop) {
      const auto s = t.look({.account = d.id, .amount = credits::max()});
      credits available{};
      credits held{};
      for (const lot& l : s.ledger.lots) {
        available += l.available;
        held += l.held;
      }
      t.same(available, s.ledger.row.available, "the lots loaded are those of the row loaded");
      t.same(held, s.ledger.row.held, "the lots loaded are those of the row loaded");
    }
  });
}

inline void a_job_is_claimed_by_one_worker(trial& t) {
  hand_book book{t};
  if (!book.order("order", std::vector<planned_job>(60))) return;
  std::vector<std::vector<claimed_job>> got(t.settings.threads);
  together(got.size(), [&](std::size_t i) {
    for (std::size_t limit = 1; got[i].size() <= 60; limit = 1 + limit % 3) {
      const auto claimed =
          t.claim({.worker = nth<worker_id>(i + 1), .kinds = {"render"}, .limit = limit});
      if (claimed.empty()) return;
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
    {"threads.updates", "many threads on one account lose no update", "ledger 2, ledger 8",
     no_update_is_lost},
    {"threads.keys", "a key used by many threads at once has one effect", "ledger 6, ledger 13",
     a_key_has_one_effect},
    {"threads.holds", "20 holds of 75 at once on 500 credits: exactly 6 are made", "ledger 7",
     simultaneous_holds_never_overspend},
    {"threads.releases", "holds race with releases and captures, and no credit is lost",
     "ledger 3, ledger 7", holds_race_with_releases},
    {"threads.one_end", "of captures and releases of one hold one wins", "ledger 4",
     a_capture_excludes_a_release},
    {"threads.deadlock", "commits that name accounts in any order all come through",
     "ledger 2, queue 17", commits_in_any_order_do_not_deadlock},
    {"threads.snapshot", "what is loaded of an account belongs together", "ledger 2, ledger 3",
     what_is_loaded_belongs_together},
    {"threads.claims", "a job is claimed by one worker", "queue 1", a_job_is_claimed_by_one_worker},
    {"threads.cap", "a cap is exact under concurrent claims", "queue 8",
     a_cap_is_exact_under_concurrent_claims},
    {"threads.work", "many workers finish the work by polling alone, each job once",
     "queue 1, queue 2, queue 13, ledger 12", many_workers_finish_the_work},
    {"threads.one_outcome", "of success, failure, cancel and lost lease one wins",
     "queue 2, queue 4, queue 11", cancel_completion_and_loss_exclude_each_other},
};

}  // namespace tollgate::contract::threads
