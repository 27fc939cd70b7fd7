// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: what was written is read back as it was, to the last byte and unit.

#include <tollgate/storage/contract/loading.hpp>

#include <algorithm>
#include <string>

namespace tollgate::contract::round_trips {

using loading::want_all;

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
      expect_same_terms(t, *found.body, *j.body);
      const std::string& payload = found.body->payload;
      t.expect(payload.empty() || payload == j.body->payload,
               "the payload of a loaded job is left out or whole");
    }
  }
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
                         .payload = "p" + every_byte(),  // cut at a zero it is not empty
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
  const auto listed = t.value(t.store.jobs(book.id, {}, {}), "jobs").items;
  t.same(listed.size(), book.jobs.size(), "every job is listed");
  for (const job_record& found : listed) {
    for (const job_record& j : book.jobs) {
      if (j.body->id == found.body->id) expect_same_body(t, *found.body, *j.body);
    }
  }
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

inline constexpr rule rules[]{
    {"loading.money", "rows, lots, holds, operations and entries are read back as written",
     "ledger 2, ledger 3, ledger 13", money_is_read_back_as_it_was_written},
    {"loading.jobs", "bodies, statuses and attempts are read back as written, byte for byte",
     "queue 5, queue 12, queue 15", jobs_are_read_back_as_they_were_written},
    {"loading.final_job", "a final job is loaded with the operation that ended it",
     "queue 3, ledger 12", a_final_job_is_read_back_with_what_ended_it},
};

}  // namespace tollgate::contract::round_trips
