// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: a load brings everything a decision is made from, as it is now.

#include <tollgate/storage/contract/hand_book.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tollgate::contract::loading {

[[nodiscard]] inline account_want want_all(const hand_book& book) {
  account_want w{.account = book.id};
  for (const lot& l : book.lots) w.lots.push_back(l.id);
  for (const hold& h : book.holds) w.holds.push_back(h.id);
  for (const job_record& j : book.jobs) w.jobs.push_back(j.body->id);
  return w;
}

inline void the_clock_is_the_stores(trial& t) {
  for (const duration by : {duration{}, duration{1}, seconds(1), days(400)}) {
    t.clock.advance(by);
    const snapshot s = t.value(t.store.load({}), "load");
    t.same(s.now, t.clock.now(), "a snapshot carries the store's clock");
  }
}

inline void each_want_is_answered_in_its_place(trial& t) {
  hand_book first{t, 1};
  hand_book second{t, 2};
  if (!first.must_write(first.opening(whole(1))) || !second.must_write(second.opening(whole(2)))) {
    return;
  }
  const account_id nobody = nth<account_id>(99);
  const snapshot s = t.value(
      t.store.load({.wants = {{.account = second.id}, {.account = nobody}, {.account = first.id}}}),
      "load");
  if (!t.same(s.accounts.size(), std::size_t{3}, "one account for each want")) return;
  t.same(s.accounts[0].ledger.row, second.row, "the first want is answered first");
  t.same(s.accounts[1].ledger.row.seq, std::uint64_t{0}, "an account nobody opened has seq 0");
  t.expect(s.accounts[1].ledger.lots.empty() && s.accounts[1].jobs.empty(), "and nothing else");
  t.same(s.accounts[2].ledger.row, first.row, "the last want is answered last");
}

inline void operations_are_found_by_their_key(trial& t) {
  hand_book book{t};
  hand_book other{t, 2};
  if (!book.must_write(book.opening(whole(5))) || !book.must_write(book.refusing("no")) ||
      !book.must_write(book.touching("yes")) || !other.must_write(other.opening(whole(5))) ||
      !other.must_write(other.touching("theirs"))) {
    return;
  }
  const auto s = t.look({.account = book.id, .keys = {"yes", "never", "no", "theirs"}});
  std::vector<std::string> keys;
  keys.reserve(s.ledger.prior.size());
  for (const operation& o : s.ledger.prior) keys.push_back(o.request.key);
  std::sort(keys.begin(), keys.end());
  t.expect(keys == std::vector<std::string>{"no", "yes"},
           "done and refused operations of this account, and no others");
}

inline void named_jobs_come_with_their_money(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}, {}})) return;
  const job_record& job = book.jobs[1];
  const auto s = t.look({.account = book.id, .jobs = {job.body->id, nth<job_id>(77)}});
  if (!t.same(s.jobs.size(), std::size_t{1}, "the job named, and not the one that is not there")) {
    return;
  }
  const hold* h = find_id(s.ledger.holds, job.body->hold);
  if (!t.expect(h != nullptr, "its hold")) return;
  for (const draw& d : h->draws) {
    t.expect(find_id(s.ledger.lots, d.lot) != nullptr, "the lots its hold drew from");
  }
}

inline void live_jobs_are_found_by_their_item(trial& t) {
  hand_book book{t};
  hand_book other{t, 2};
  const item_id a = nth<item_id>(1);
  const item_id b = nth<item_id>(2);
  const item_id c = nth<item_id>(3);
  if (!book.order("order", {{.item = a}, {.item = b}}) || !other.order("order", {{.item = c}}) ||
      !book.must_write(book.settling(book.jobs[1]))) {
    return;
  }
  const auto s = t.look({.account = book.id, .items = {c, b, a}});
  if (t.same(s.live.size(), std::size_t{1}, "live jobs of this account, final ones not")) {
    t.same(s.live.front().item, a, "the item");
    t.same(s.live.front().job, book.jobs[0].body->id, "its live job");
  }
}

inline void nothing_of_another_account_is_shown(trial& t) {
  hand_book book{t};
  hand_book other{t, 2};
  if (!book.must_write(book.opening(whole(1))) || !other.order("order", {{}})) return;
  account_want want = want_all(other);
  want.account = book.id;
  want.amount = credits::max();
  const auto s = t.look(want);
  t.same(s.ledger.row, book.row, "the account asked about");
  t.expect(s.jobs.empty(), "a job of another account is absent");
  t.expect(s.ledger.holds.empty(), "a hold of another account is absent");
  for (const lot& l : s.ledger.lots) {
    t.same(l.id, book.lots.front().id, "a lot of another account is absent");
  }
}

inline void a_load_changes_nothing(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}}) ||
      !book.must_write(book.holding("hold", whole(2), book.now() + hours(1)))) {
    return;
  }
  t.clock.advance(days(30));
  const trace before = trace_of(t, book.id);
  account_want want = want_all(book);
  want.amount = credits::max();
  t.look(want);
  t.same(trace_of(t, book.id), before, "loading wrote something, or applied what is due");
}

inline constexpr rule rules[]{
    {"loading.clock", "a snapshot carries the store's clock, which a test can set",
     "ledger 8, queue 16", the_clock_is_the_stores},
    {"loading.places", "every want is answered in its place, an unknown account by seq 0",
     "ledger 2", each_want_is_answered_in_its_place},
    {"loading.keys", "operations are found by their key, refusals too", "ledger 6, ledger 9",
     operations_are_found_by_their_key},
    {"loading.job_money", "a named job is loaded with its hold and the lots of its hold",
     "queue 2, ledger 12", named_jobs_come_with_their_money},
    {"loading.live_items", "live jobs are found by their item, final ones are not", "queue 10",
     live_jobs_are_found_by_their_item},
    {"loading.strangers", "nothing of another account is shown, even if it is named", "ledger 13",
     nothing_of_another_account_is_shown},
    {"loading.read_only", "loading writes nothing and applies nothing that is due", "ledger 2",
     a_load_changes_nothing},
};

}  // namespace tollgate::contract::loading
