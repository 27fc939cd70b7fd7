// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: history, totals, the queue and the audit show what was written.

#include <tollgate/storage/contract/hand_book.hpp>
#include <tollgate/storage/contract/listing.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tollgate::contract::queries {

using listing::list;

inline void the_history_is_complete(trial& t) {
  hand_book book{t};
  if (!book.must_write(book.opening(whole(500)))) return;
  std::vector<operation> wanted;
  for (int n = 0; n < 250; ++n) {
    const unit u = n % 3 == 0 ? book.refusing("no " + std::to_string(n))
                              : book.touching("yes " + std::to_string(n));
    wanted.push_back(u.ledger->operations.front());
    if (!book.must_write(u)) return;
  }
  auto first = t.value(t.store.history(book.id, {}), "history");
  const auto found = t.all_pages([&](const cursor& at) { return t.store.history(book.id, at); });
  if (!t.same(found.size(), std::size_t{251}, "every operation, refused ones too")) return;
  for (std::size_t n = 0; n < found.size(); ++n) {
    t.same(found[n].seq, n + 1, "by seq, without a gap");
    if (n > 0) t.same(found[n], wanted[n - 1], "as it was written");
  }
  if (first.next.token.empty()) return;
  const std::uint64_t last = first.items.back().seq;
  if (!book.must_write(book.touching("later"))) return;
  const auto next = t.value(t.store.history(book.id, first.next), "history");
  if (t.expect(!next.items.empty(), "the next page")) {
    t.same(next.items.front().seq, last + 1, "goes on where the page before ended");
  }
}

inline void the_last_operation_before_an_instant_is_found(trial& t) {
  hand_book book{t};
  const timestamp start = book.now();
  if (!book.must_write(book.opening(whole(5)))) return;
  t.clock.advance(hours(1));
  if (!book.must_write(book.touching("one")) || !book.must_write(book.touching("two"))) return;
  t.clock.advance(hours(1));
  if (!book.must_write(book.touching("three"))) return;
  const auto seq_at = [&](timestamp at) {
    const auto found = t.value(t.store.last_operation(book.id, at), "last_operation");
    return found.items.empty() ? std::uint64_t{0} : found.items.front().seq;
  };
  t.same(seq_at({start.microseconds - 1}), std::uint64_t{0}, "before there was an account");
  t.same(seq_at(start), std::uint64_t{1}, "at the very instant");
  t.same(seq_at(start + minutes(59)), std::uint64_t{1}, "between two");
  t.same(seq_at(start + hours(1)), std::uint64_t{3}, "the newest of one instant");
  t.same(seq_at(never), std::uint64_t{4}, "the newest of all");
}

inline void running_totals_are_folded(trial& t) {
  hand_book book{t};
  hand_book other{t, 2};
  const project_id p = nth<project_id>(1);
  const project_id q = nth<project_id>(2);
  if (!book.order("one", {{.cost = whole(8), .project = p}, {.cost = whole(5), .project = p}}) ||
      !book.order("two", {{.cost = whole(40), .project = q}}) ||
      !other.order("one", {{.cost = whole(90), .project = p}})) {
    return;
  }
  const auto total = [&](project_id of) {
    return t.value(t.store.running_total(book.id, of), "running_total");
  };
  t.same(total(p).committed, whole(13), "open holds are committed");
  t.same(total(p).spent, credits{}, "and not spent");
  if (!book.must_write(book.settling(book.jobs[0], whole(6)))) return;
  t.same(total(p).committed, whole(5), "what is still held");
  t.same(total(p).spent, whole(6), "what was captured");
  const hold captured = *book.find_hold(book.jobs[0].body->hold);
  if (!book.must_write(book.refunding("refund", captured, whole(2))) ||
      !book.must_write(book.importing("import", p, whole(30)))) {
    return;
  }
  t.same(total(p).spent, whole(34), "refunds lower it, imported costs raise it");
  t.same(total(q).committed, whole(40), "another project has its own");
  t.same(total(q).spent, credits{}, "another project has its own");
  t.same(total(nth<project_id>(3)).spent, credits{}, "a project nobody paid for");
}

inline void running_totals_outgrow_an_amount(trial& t) {
  hand_book book{t};
  const project_id p = nth<project_id>(1);
  const auto spent = [&] {
    return t.value(t.store.running_total(book.id, p), "running_total").spent;
  };
  if (!book.order("one", {{.cost = whole(8), .project = p}}) ||
      !book.must_write(book.settling(book.jobs[0], whole(8))) ||
      !book.must_write(book.importing("old", p, credits::max() - whole(8)))) {
    return;
  }
  t.same(spent(), credits::max(), "the largest total there is");
  if (!book.must_write(book.importing("older", p, whole(8)))) return;
  const auto beyond = t.store.running_total(book.id, p);
  t.expect(!beyond && beyond.error().code == error::overflow,
           "a larger one is refused, not cut off");
  const auto other = t.value(t.store.running_total(book.id, nth<project_id>(2)), "running_total");
  t.same(other.spent, credits{}, "another project has its own");
  const hold captured = *book.find_hold(book.jobs[0].body->hold);
  if (!book.must_write(book.refunding("refund", captured, whole(8)))) return;
  t.same(spent(), credits::max(), "nothing was lost on the way");
}

inline void the_queue_explains_itself(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}, {}})) return;
  const auto before = t.value(t.store.queue(book.id, "render"), "queue");
  t.same(before.in_flight, 0U, "nothing runs yet");
  t.same(before.max_in_flight, 0U, "no cap");
  t.same(before.weight, 1U, "weight 1");
  t.expect(!before.kind_paused, "not paused");
  t.claim({.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = 2});
  t.done(t.store.set_kind({.kind = "render", .paused = true}), "set_kind");
  const auto after = t.value(t.store.queue(book.id, "render"), "queue");
  t.same(after.in_flight, 2U, "two run");
  t.expect(after.kind_paused, "paused");
  t.expect(!t.value(t.store.queue(book.id, "upscale"), "queue").kind_paused, "another kind");
}

inline void every_account_is_listed(trial& t) {
  std::vector<account_id> wanted;
  for (std::uint64_t n = 1; n <= 230; ++n) {
    hand_book book{t, n};
    if (!book.must_write(book.opening(whole(1)))) return;
    wanted.push_back(book.id);
  }
  t.done(t.store.set_limits({.account = nth<account_id>(999), .max_in_flight = 1}),
         "limits may be set before an account exists");
  auto found = t.all_pages([&](const cursor& at) { return t.store.accounts(at); });
  std::sort(found.begin(), found.end());
  std::sort(wanted.begin(), wanted.end());
  t.expect(found == wanted, "every account once, and no account that was never opened");
}

inline void the_audit_is_complete(trial& t) {
  hand_book book{t};
  if (!book.order("one", {{.cost = whole(3)}, {}})) return;
  std::vector<operation> operations;
  std::vector<entry> entries;
  for (int n = 0; n < 40; ++n) {
    const unit u = n % 4 == 0   ? book.refusing("no " + std::to_string(n))
                   : n % 4 == 1 ? book.granting("grant " + std::to_string(n), whole(2))
                   : n % 4 == 2 ? book.ordering("order " + std::to_string(n), {{}})
                                : book.settling(book.jobs[static_cast<std::size_t>(n) / 4]);
    for (const operation& o : u.ledger->operations) operations.push_back(o);
    for (const entry& e : u.ledger->entries) entries.push_back(e);
    if (!book.must_write(u)) return;
  }
  const auto all = t.value(t.store.audit(book.id), "audit");
  t.same(all.row, book.row, "the row");
  t.same(all.lots.size(), book.lots.size(), "every lot");
  t.same(all.holds.size(), book.holds.size(), "every hold, final ones too");
  t.same(all.jobs.size(), book.jobs.size(), "every job, final ones too");
  if (!t.same(all.operations.size(), operations.size() + 2, "every operation") ||
      !t.same(all.entries.size(), entries.size() + 4, "every entry")) {
    return;
  }
  t.expect(std::equal(operations.begin(), operations.end(), all.operations.begin() + 2),
           "operations by seq, as they were written");
  t.expect(std::is_sorted(all.entries.begin(), all.entries.end(),
                          [](const entry& a, const entry& b) { return a.seq < b.seq; }),
           "entries by seq");
  for (const entry& e : entries) {
    t.expect(std::find(all.entries.begin(), all.entries.end(), e) != all.entries.end(),
             "an entry as it was written");
  }
  for (const lot& l : book.lots) {
    const lot* found = find_id(all.lots, l.id);
    t.expect(found != nullptr && *found == l, "a lot as it is");
  }
}

inline void what_does_not_exist_is_empty(trial& t) {
  const account_id nobody = nth<account_id>(9);
  t.expect(list(t, nobody, {}).empty(), "jobs of nobody");
  t.expect(t.value(t.store.history(nobody, {}), "history").items.empty(), "history of nobody");
  t.expect(t.value(t.store.last_operation(nobody, never), "last_operation").items.empty(),
           "operations of nobody");
  t.expect(t.value(t.store.attempts(nobody, nth<job_id>(1)), "attempts").empty(),
           "attempts of nobody");
  const auto total = t.value(t.store.running_total(nobody, nth<project_id>(1)), "running_total");
  t.expect(total.spent == credits{} && total.committed == credits{}, "the total of nobody");
  t.expect(t.value(t.store.accounts({}), "accounts").items.empty(),
           "an empty store has no accounts");
}

inline constexpr rule rules[]{
    {"queries.history", "the history has every operation by seq, refused ones too",
     "ledger 8, ledger 9, ledger 13", the_history_is_complete},
    {"queries.balance_at", "the last operation before an instant is found", "ledger 8",
     the_last_operation_before_an_instant_is_found},
    {"queries.running_total", "running totals fold what was spent and what is committed",
     "ledger 10", running_totals_are_folded},
    {"queries.large_total", "a running total beyond the range of an amount is refused, not lost",
     "ledger 10", running_totals_outgrow_an_amount},
    {"queries.queue", "the queue says why a job is not running", "queue 8, queue 15",
     the_queue_explains_itself},
    {"queries.accounts", "every account is listed once", "ledger 13", every_account_is_listed},
    {"queries.audit", "an auditor sees everything that was ever written", "ledger 13, ledger 2",
     the_audit_is_complete},
    {"queries.nobody", "what does not exist is empty, not a failure", "ledger 13",
     what_does_not_exist_is_empty},
};

}  // namespace tollgate::contract::queries
