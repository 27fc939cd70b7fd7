// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: an account's cap is exact, and accounts share the workers by their weights.

#include <tollgate/storage/contract/hand_book.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tollgate::contract::sharing {

inline const worker_id worker = nth<worker_id>(1);

inline bool limit(trial& t, const hand_book& book, std::uint32_t most, std::uint32_t weight = 1) {
  return t.done(t.store.set_limits({.account = book.id, .max_in_flight = most, .weight = weight}),
                "set_limits");
}
[[nodiscard]] inline std::vector<claimed_job> take(trial& t, std::size_t limit,
                                                   std::vector<std::string> kinds = {"render"}) {
  return t.claim({.worker = worker, .kinds = std::move(kinds), .limit = limit});
}
[[nodiscard]] inline std::vector<planned_job> jobs(std::size_t n, std::string kind = "render") {
  return std::vector<planned_job>(n, planned_job{.kind = std::move(kind)});
}
[[nodiscard]] inline std::uint32_t in_flight(trial& t, const hand_book& book) {
  return t.value(t.store.queue(book.id, "render"), "queue").in_flight;
}
/// Takes over what a claim made of the book's jobs; answers how many were its own.
inline std::size_t follow(hand_book& book, const std::vector<claimed_job>& got) {
  std::size_t own = 0;
  for (const claimed_job& c : got) {
    for (job_record& j : book.jobs) {
      if (j.body->id != c.status.id) continue;
      j.status = c.status;
      ++own;
    }
  }
  return own;
}

inline void a_cap_is_exact(trial& t) {
  hand_book book{t};
  if (!book.order("order", jobs(9)) || !limit(t, book, 3)) return;
  t.same(take(t, 1).size(), std::size_t{1}, "one below the cap");
  const auto rest = take(t, 9);
  t.same(rest.size(), std::size_t{2}, "one claim of many stops at the cap");
  t.expect(take(t, 9).empty(), "nothing above the cap");
  t.same(in_flight(t, book), 3U, "three are in flight");
  const auto q = t.value(t.store.queue(book.id, "render"), "queue");
  t.same(q.max_in_flight, 3U, "the cap is shown");
}

inline void a_slot_is_free_when_a_job_ends_or_returns(trial& t) {
  hand_book book{t};
  if (!book.order("order", jobs(9)) || !limit(t, book, 2)) return;
  follow(book, take(t, 9));
  if (!book.must_write(book.settling(book.jobs[0]))) return;
  t.same(follow(book, take(t, 9)), std::size_t{1}, "a job that ended gives its slot away");
  if (!book.must_write(returning(book.jobs[1], book.now(), book.now() + hours(1)))) return;
  t.same(follow(book, take(t, 9)), std::size_t{1}, "a job that was handed back does too");
  t.clock.advance(minutes(1));
  if (!book.must_write(losing(book.jobs[2], book.now()))) return;
  t.same(in_flight(t, book), 1U, "and one whose lease was lost");
  t.same(follow(book, take(t, 9)), std::size_t{1}, "once");
  t.expect(take(t, 9).empty(), "and no more");
}

inline void a_waiting_job_keeps_its_slot(trial& t) {
  hand_book book{t};
  if (!book.order("order", jobs(4)) || !limit(t, book, 1)) return;
  follow(book, take(t, 9));
  if (!book.must_write(parking(book.jobs.front(), book.now(), book.now() + seconds(5)))) return;
  t.same(in_flight(t, book), 1U, "a waiting job is in flight");
  t.expect(take(t, 9).empty(), "its slot is not given to another");
  t.clock.advance(seconds(5));
  const auto poll = take(t, 9);
  if (t.same(poll.size(), std::size_t{1}, "a poll needs no slot of its own")) {
    t.expect(poll.front().resumed, "it is the poll");
  }
  t.same(in_flight(t, book), 1U, "and takes none");
}

inline void a_cap_counts_every_kind(trial& t) {
  hand_book book{t};
  std::vector<planned_job> plan = jobs(5);
  for (const planned_job& p : jobs(5, "upscale")) plan.push_back(p);
  if (!book.order("order", plan) || !limit(t, book, 3)) return;
  const std::size_t first = take(t, 2, {"upscale"}).size();
  const std::size_t then = take(t, 9, {"render", "upscale"}).size();
  t.same(first + then, std::size_t{3}, "both kinds together");
  t.expect(take(t, 9).empty() && take(t, 9, {"upscale"}).empty(), "nothing above the cap");
}

inline void a_cap_can_be_changed(trial& t) {
  hand_book book{t};
  if (!book.order("order", jobs(9)) || !limit(t, book, 4)) return;
  t.same(take(t, 9).size(), std::size_t{4}, "the first cap");
  if (!limit(t, book, 2)) return;
  t.expect(take(t, 9).empty(), "a lower cap starts nothing new");
  if (!limit(t, book, 6)) return;
  t.same(take(t, 9).size(), std::size_t{2}, "a higher cap starts the difference");
  if (!limit(t, book, 0)) return;
  t.same(take(t, 99).size(), std::size_t{3}, "no cap starts everything");
}

inline void one_accounts_cap_is_not_anothers(trial& t) {
  hand_book full{t, 1};
  hand_book free{t, 2};
  if (!full.order("order", jobs(5)) || !free.order("order", jobs(5)) || !limit(t, full, 1)) return;
  const auto got = take(t, 9);
  t.same(follow(full, got), std::size_t{1}, "the account with a cap");
  t.same(follow(free, got), std::size_t{5}, "the account without one");
}

inline void one_job_is_not_delayed_by_a_backlog(trial& t) {
  hand_book big{t, 1};
  hand_book small{t, 2};
  if (!big.order("order", jobs(60))) return;
  t.same(follow(big, take(t, 20)), std::size_t{20}, "alone it gets everything");
  if (!small.order("order", jobs(1))) return;
  std::size_t claims = 0;
  while (follow(small, take(t, 1)) == 0 && claims < 40) ++claims;
  t.expect(claims <= 2, "an account with one job waited for " + std::to_string(claims) +
                            " jobs of an account with a backlog");
}

inline void a_batch_is_shared(trial& t) {
  std::vector<hand_book> books;
  for (std::uint64_t n = 1; n <= 4; ++n) {
    books.emplace_back(t, n);
    if (!books.back().order("order", jobs(n == 1 ? 60 : 6))) return;
  }
  const auto got = take(t, 12);
  t.same(got.size(), std::size_t{12}, "as many as asked");
  for (hand_book& b : books) {
    t.expect(follow(b, got) >= 1, "an account got nothing of a claim of twelve for four accounts");
  }
}

inline void accounts_share_by_weight(trial& t) {
  hand_book light{t, 1};
  hand_book heavy{t, 2};
  if (!light.order("order", jobs(60)) || !heavy.order("order", jobs(60)) ||
      !limit(t, light, 0, 1) || !limit(t, heavy, 0, 3)) {
    return;
  }
  t.same(t.value(t.store.queue(heavy.id, "render"), "queue").weight, 3U, "the weight is shown");
  std::size_t of_light = 0;
  std::size_t of_heavy = 0;
  for (int n = 0; n < 40; ++n) {
    const auto got = take(t, 1);
    of_light += follow(light, got);
    of_heavy += follow(heavy, got);
  }
  t.same(of_light + of_heavy, std::size_t{40}, "no claim went empty");
  t.expect(of_light >= 7 && of_light <= 13,
           "of 40 jobs weight 1 beside weight 3 got " + std::to_string(of_light) + ", not 10");
}

inline void absence_earns_no_credit(trial& t) {
  hand_book busy{t, 1};
  hand_book idle{t, 2};
  if (!busy.order("order", jobs(90)) || !idle.order("order", jobs(1))) return;
  std::size_t of_idle = 0;
  for (int n = 0; n < 40; ++n) of_idle += follow(idle, take(t, 1));
  t.same(of_idle, std::size_t{1}, "its one job ran among forty");
  if (!idle.order("more", jobs(40))) return;
  std::size_t of_busy = 0;
  for (int n = 0; n < 20; ++n) of_busy += follow(busy, take(t, 1));
  t.expect(of_busy >= 8 && of_busy <= 12,
           "of 20 claims after the other one was away, the busy account got " +
               std::to_string(of_busy) + ", not 10");
}

inline void kinds_do_not_starve_each_other(trial& t) {
  hand_book big{t, 1};
  hand_book small{t, 2};
  if (!big.order("order", jobs(60)) || !small.order("order", jobs(1, "upscale"))) return;
  for (const bool reversed : {false, true}) {
    std::vector<std::string> kinds{"render", "upscale"};
    if (reversed) std::reverse(kinds.begin(), kinds.end());
    std::size_t claims = 0;
    while (follow(small, take(t, 1, kinds)) == 0 && claims < 25) ++claims;
    t.expect(claims <= 10,
             "a job of one kind waited for " + std::to_string(claims) + " jobs of another");
    if (!small.order(reversed ? "b" : "a", jobs(1, "upscale"))) return;
  }
}

inline constexpr rule rules[]{
    {"cap.exact", "no claim takes an account above its cap", "queue 8", a_cap_is_exact},
    {"cap.freed", "a slot is free when its job ends, returns or is lost", "queue 8",
     a_slot_is_free_when_a_job_ends_or_returns},
    {"cap.waiting", "a waiting job keeps its slot, and its poll needs none", "queue 5, queue 8",
     a_waiting_job_keeps_its_slot},
    {"cap.kinds", "a cap counts jobs of every kind", "queue 8", a_cap_counts_every_kind},
    {"cap.changed", "a cap can be changed while jobs run", "queue 8", a_cap_can_be_changed},
    {"cap.per_account", "one account's cap holds back nobody else", "queue 8",
     one_accounts_cap_is_not_anothers},
    {"fairness.backlog", "a backlog does not delay an account with one job", "queue 8",
     one_job_is_not_delayed_by_a_backlog},
    {"fairness.batch", "one claim of many is shared between accounts", "queue 8",
     a_batch_is_shared},
    {"fairness.weight", "accounts share by their weights", "queue 8", accounts_share_by_weight},
    {"fairness.absence", "who was away does not catch up", "queue 8", absence_earns_no_credit},
    {"fairness.kinds", "one kind does not starve another", "queue 8",
     kinds_do_not_starve_each_other},
};

}  // namespace tollgate::contract::sharing
