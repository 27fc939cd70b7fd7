// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: many threads on one store lose nothing, do nothing twice and never deadlock.

#include <tollgate/storage/contract/desk.hpp>
#include <tollgate/storage/contract/hand_book.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <span>
#include <string>
#include <thread>
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
};

}  // namespace tollgate::contract::threads
