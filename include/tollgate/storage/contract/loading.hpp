// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: a load brings everything a decision is made from, as it is now.

#include <tollgate/storage/contract/hand_book.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tollgate::contract::loading {

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

/// What stands in a book is what is loaded under its names.
inline void expect_loaded(trial& t, const hand_book& book, const account_snapshot& s) {
  t.same(s.ledger.row, book.row, "the account row as it was written");
  for (const lot& l : book.lots) {
    const lot* found = find_id(s.ledger.lots, l.id);
    if (t.expect(found != nullptr, "a named lot is loaded")) {
      t.same(*found, l, "a lot as it was written");
    }
  }
  for (const hold& h : book.holds) {
    const hold* found = find_id(s.ledger.holds, h.id);
    if (t.expect(found != nullptr, "a named hold is loaded")) {
      t.same(*found, h, "a hold as it was written");
    }
  }
  t.same(s.jobs.size(), book.jobs.size(), "every named job is loaded once");
  for (const job_record& found : s.jobs) {
    for (const job_record& j : book.jobs) {
      if (!t.expect(found.body != nullptr, "a job has its body")) return;
      if (found.body->id != j.body->id) continue;
      t.same(found.status, j.status, "a status as it was written");
      expect_same_body(t, *found.body, *j.body);
    }
  }
}
[[nodiscard]] inline account_want want_all(const hand_book& book) {
  account_want w{.account = book.id};
  for (const lot& l : book.lots) w.lots.push_back(l.id);
  for (const hold& h : book.holds) w.holds.push_back(h.id);
  for (const job_record& j : book.jobs) w.jobs.push_back(j.body->id);
  return w;
}

/// An operation with something in every member.
[[nodiscard]] inline operation full_operation(const hand_book& book, const ledger_change& l) {
  operation o = l.operations.front();
  o.request = {.kind = operation_kind::capture,
               .account = book.id,
               .key = o.request.key,
               .currency = "CREDIT",
               .amount = credits::max(),
               .threshold = whole(2),
               .hold = l.holds.front().id,
               .lot = l.lots.front().id,
               .job = nth<job_id>(2),
               .project = nth<project_id>(1),
               .category = lot_category::refund,
               .priority = 32'767,
               .effective_at = book.now() + days(1),
               .expires_at = book.now() + days(2),
               .lasts_for = hours(3),
               .overage = overage_policy::into_debt,
               .policy = claw_back_policy::into_debt,
               .final = false,
               .reason = awkward_text(),
               .attachment = every_byte()};
  o.request.body.bytes.fill(0xa5);
  o.outcome = error::exceeds_hold;
  o.reason = awkward_text();
  o.required = credits::max();
  o.limit = whole(3);
  o.moved = whole(4);
  o.available = l.row.available;
  o.held = l.row.held;
  o.debt = l.row.debt;
  o.hold = l.holds.front().id;
  o.project = nth<project_id>(1);
  o.spent = -whole(5);
  o.committed = -whole(6);
  o.jobs = 7;
  o.low_credit = true;
  o.lots = {book.lots.front().id, l.lots.front().id};
  return o;
}

inline void money_is_read_back_as_it_was_written(trial& t) {
  hand_book book{t};
  if (!book.must_write(book.opening(credits::max()))) return;
  unit u = book.touching(std::string(200, 'k'));
  ledger_change& l = *u.ledger;
  const lot split{.id = nth<lot_id>(1),
                  .parent = book.lots.front().id,
                  .category = lot_category::adjustment,
                  .priority = -32'768,
                  .effective_at = book.now() + days(1),
                  .expires_at = book.now() + days(2),
                  .seq = l.row.seq,
                  .granted = whole(21),
                  .pending = whole(6),
                  .available = {},
                  .held = whole(3),
                  .spent = whole(3),
                  .expired = whole(4),
                  .revoked = whole(5),
                  .clawed_back = whole(7)};
  // What is asked back of a lot when it returns was held when nothing else was left of it.
  const lot asked{.id = nth<lot_id>(2),
                  .parent = book.lots.front().id,
                  .expires_at = book.now() + days(2),
                  .seq = l.row.seq,
                  .granted = whole(3),
                  .spent = whole(3),
                  .clawed_back = whole(2),
                  .revoke_on_return = whole(1)};
  const hold part{.id = nth<hold_id>(1),
                  .order = l.operations.front().id,
                  .project = nth<project_id>(1),
                  .state = hold_state::captured,
                  .amount = whole(6),
                  .captured = whole(3),
                  .released = whole(3),
                  .refunded = whole(1),
                  .made_at = book.now(),
                  .expires_at = book.now() + hours(1),
                  .draws = {{split.id, whole(4), whole(3), whole(1), whole(1)},
                            {{}, whole(2), {}, whole(2), {}}}};
  l.lots = {split, asked};
  l.holds = {part};
  l.row.state = account_state::frozen;
  l.row.freeze_reason = awkward_text();
  l.row.pending = whole(6);
  l.row.held = whole(3);
  l.row.open_holds = 1;
  l.row.last_deduction_at = book.now();
  const operation written = full_operation(book, l);
  l.operations.front() = written;
  l.entries = {{l.row.seq, entry_code::pending, split.id, whole(6)},
               {l.row.seq, entry_code::held, split.id, whole(3)},
               {l.row.seq, entry_code::debt, {}, -whole(9)}};
  if (!book.must_write(u)) return;
  account_want want = want_all(book);
  want.keys = {written.request.key};
  const account_snapshot s = t.look(want);
  expect_loaded(t, book, s);
  if (t.same(s.ledger.prior.size(), std::size_t{1}, "the operation under the key")) {
    t.same(s.ledger.prior.front(), written, "an operation as it was written");
  }
  const trace all = trace_of(t, book.id);
  t.same(all.operations.size(), std::size_t{2}, "both operations");
  for (const entry& e : u.ledger->entries) {
    t.expect(std::find(all.entries.begin(), all.entries.end(), e) != all.entries.end(),
             "an entry as it was written");
  }
}

inline void jobs_are_read_back_as_they_were_written(trial& t) {
  hand_book book{t};
  const planned_job plan{.item = nth<item_id>(5),
                         .kind = std::string(60, 'x'),
                         .payload = every_byte(),
                         .cost = credits::from_units(1),
                         .priority = 32'767,
                         .start_by = book.now() + days(7),
                         .deadline = book.now() + days(9),
                         .project = nth<project_id>(6),
                         .group = nth<group_id>(7),
                         .max_attempts = 9};
  if (!book.order("order", {plan, {.kind = "", .cost = {}}})) return;
  job_change c = step(book.jobs.front(), book.now());
  job_status& s = c.status;
  s.state = "generating12345";
  s.progress = 999;
  s.worker = nth<worker_id>(8);
  s.cancel_requested = true;
  s.error_retryable = true;
  s.error_code = "code";
  s.error_message = awkward_text();
  s.provider_job_id = awkward_text();
  s.provider_metadata = awkward_text();
  s.result = every_byte();
  s.settled_epoch = 3;
  s.epoch = 4;
  s.attempts = 2;
  s.resubmissions = 1;
  s.started_at = book.now();
  unit u = stepping(book.jobs.front(), c);
  attempt line = attempt_of(book.jobs.front(), attempt_outcome::late, book.now());
  line.epoch = 3;
  line.worker = nth<worker_id>(9);
  line.retryable = true;
  line.error_message = awkward_text();
  line.provider_job_id = awkward_text();
  line.result = every_byte();
  u.attempts = {line};
  if (!book.must_write(u)) return;
  expect_loaded(t, book, t.look(want_all(book)));
  const auto lines = t.value(t.store.attempts(book.id, book.jobs.front().body->id), "attempts");
  if (t.same(lines.size(), std::size_t{1}, "the line of the log")) {
    t.same(lines.front(), line, "an attempt as it was written");
  }
}

inline void a_final_job_is_read_back_with_what_ended_it(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{.cost = whole(8)}})) return;
  const unit u = book.settling(book.jobs.front(), whole(5));
  if (!book.must_write(u)) return;
  const account_snapshot s = t.look({.account = book.id, .jobs = {book.jobs.front().body->id}});
  expect_loaded(t, book, s);
  const operation* ended = find_id(s.ledger.prior, u.ledger->operations.front().id);
  if (t.expect(ended != nullptr, "the operation that ended a final job is loaded with it")) {
    t.same(*ended, u.ledger->operations.front(), "as it was written");
  }
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
    {"loading.money", "rows, lots, holds, operations and entries are read back as written",
     "ledger 2, ledger 3, ledger 13", money_is_read_back_as_it_was_written},
    {"loading.jobs", "bodies, statuses and attempts are read back as written, byte for byte",
     "queue 5, queue 12, queue 15", jobs_are_read_back_as_they_were_written},
    {"loading.final_job", "a final job is loaded with the operation that ended it",
     "queue 3, ledger 12", a_final_job_is_read_back_with_what_ended_it},
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
