// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: a unit is written whole and only onto the account it was decided from, or not at all.

#include <tollgate/storage/contract/hand_book.hpp>

#include <string>
#include <utility>
#include <vector>

namespace tollgate::contract::committing {

/// Commits several units and answers their verdicts, always one for each.
[[nodiscard]] inline std::vector<verdict> commit_all(trial& t, std::vector<unit>& units) {
  auto verdicts = t.value(t.store.commit(units), "commit");
  t.same(verdicts.size(), units.size(), "one verdict for each unit");
  verdicts.resize(units.size(), verdict::moved);
  return verdicts;
}

/// A unit that touches every kind of record: credits, a hold, a job that ends, a job that begins
/// and a line of the log.
[[nodiscard]] inline unit settling_and_ordering(hand_book& book, const std::string& key) {
  const std::uint64_t seq = book.row.seq;
  const unit ended = book.settling(book.jobs.front());
  hand_book after = book;
  after.adopt(ended);
  unit both = after.ordering(key, {{}});
  ledger_change& money = *both.ledger;
  const ledger_change& first = *ended.ledger;
  money.expected_seq = seq;
  money.operations.insert(money.operations.begin(), first.operations.begin(),
                          first.operations.end());
  money.entries.insert(money.entries.begin(), first.entries.begin(), first.entries.end());
  money.holds.insert(money.holds.end(), first.holds.begin(), first.holds.end());
  both.jobs = ended.jobs;
  both.attempts = ended.attempts;
  return both;
}

inline void a_unit_is_written_whole(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}})) return;
  const unit u = settling_and_ordering(book, "next");
  if (!book.must_write(u)) return;
  const trace now = trace_of(t, book.id);
  t.same(now.row, book.row, "the account row");
  t.same(now.operations.size(), std::size_t{4}, "operations are appended");
  t.same(now.entries.size(), std::size_t{8}, "entries are appended");
  t.same(now.holds.size(), std::size_t{3}, "holds are added and replaced by their id");
  t.same(now.lots.size(), std::size_t{1}, "a lot is replaced by its id");
  t.same(now.jobs.size(), std::size_t{3}, "a job began");
  t.same(now.attempts.size(), std::size_t{1}, "the log has a line");
  for (const lot& l : now.lots) t.same(l, book.lots.front(), "the lot afterwards");
  for (const hold& h : now.holds) {
    const hold* wanted = book.find_hold(h.id);
    t.expect(wanted != nullptr && *wanted == h, "a hold afterwards");
  }
  for (const job_record& j : book.jobs) {
    const job_status* found = find_id(now.jobs, j.body->id);
    t.expect(found != nullptr && *found == j.status, "a job afterwards");
  }
}

inline void an_account_that_moved_is_not_written(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}})) return;
  const unit decided_before = settling_and_ordering(book, "before");
  if (!book.must_write(book.touching("meanwhile"))) return;
  const trace before = trace_of(t, book.id);
  t.same(t.commit(decided_before), verdict::moved, "a unit decided from an older seq");
  t.same(trace_of(t, book.id), before, "a unit that was refused left something behind");
  unit ahead = book.touching("ahead");
  ++ahead.ledger->expected_seq;
  t.same(t.commit(ahead), verdict::moved, "a unit decided from a seq that never was");
  t.same(trace_of(t, book.id), before, "and that left something behind");
}

inline void an_account_is_opened_once(trial& t) {
  hand_book book{t};
  const unit early = [&] {
    hand_book imagined = book;
    imagined.adopt(imagined.opening(whole(5)));
    return imagined.touching("early");
  }();
  t.same(t.commit(early), verdict::moved, "an account that does not exist has no seq 1");
  const unit open = book.opening(whole(5));
  if (!book.must_write(open)) return;
  unit again = open;
  again.ledger->operations.front().request.key = "another click";
  const trace before = trace_of(t, book.id);
  t.same(t.commit(std::move(again)), verdict::moved, "an account that exists is not opened again");
  t.same(trace_of(t, book.id), before, "opening again changed the account");
}

inline void a_failed_fence_writes_no_money(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}})) return;
  for (const bool epoch : {true, false}) {
    unit u = settling_and_ordering(book, "next");
    (epoch ? u.jobs.front().expected_epoch : u.jobs.front().expected_revision) += 7;
    const trace before = trace_of(t, book.id);
    t.same(t.commit(std::move(u)), epoch ? verdict::stale_lease : verdict::moved,
           "a current seq does not excuse another epoch or revision");
    t.same(trace_of(t, book.id), before, "credits moved for a job that did not");
  }
}

inline void one_failed_job_stops_the_whole_unit(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}, {}})) return;
  unit u = advancing(book.jobs[0], book.now());
  for (const std::size_t n : {1U, 2U}) {
    u.jobs.push_back(advancing(book.jobs[n], book.now()).jobs.front());
  }
  u.jobs[1].expected_epoch += 1;
  u.attempts = {attempt_of(book.jobs[0], attempt_outcome::handed_back, book.now())};
  const trace before = trace_of(t, book.id);
  t.same(t.commit(std::move(u)), verdict::stale_lease, "one of three jobs has another epoch");
  t.same(trace_of(t, book.id), before, "the other jobs or the log were written");
}

inline void units_are_judged_alone(trial& t) {
  hand_book a{t, 1};
  hand_book b{t, 2};
  hand_book c{t, 3};
  for (hand_book* book : {&a, &b, &c}) {
    if (!book->must_write(book->opening(whole(5)))) return;
  }
  std::vector<unit> units{c.touching("one"), b.touching("one"), a.touching("one")};
  ++units[1].ledger->expected_seq;
  const trace before = trace_of(t, b.id);
  const std::vector<unit> copies = units;
  const auto said = commit_all(t, units);
  t.same(said[0], verdict::written, "the unit before a refused one");
  t.same(said[1], verdict::moved, "the refused one, in its place");
  t.same(said[2], verdict::written, "the unit after a refused one");
  c.adopt(copies[0]);
  a.adopt(copies[2]);
  t.same(t.look({.account = a.id}).ledger.row, a.row, "what was written of the last");
  t.same(t.look({.account = c.id}).ledger.row, c.row, "what was written of the first");
  t.same(trace_of(t, b.id), before, "the refused one left something behind");
}

inline void units_are_judged_in_order(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  std::vector<unit> units;
  hand_book ahead = book;
  for (const char* key : {"one", "two", "three"}) {
    units.push_back(ahead.touching(key));
    ahead.adopt(units.back());
  }
  units.push_back(advancing(ahead.jobs.front(), book.now(), 100));
  ahead.adopt(units.back());
  units.push_back(advancing(ahead.jobs.front(), book.now(), 200));
  ahead.adopt(units.back());
  const auto said = commit_all(t, units);
  for (const verdict v : said) t.same(v, verdict::written, "a unit that follows the one before");
  t.same(t.look({.account = book.id}).ledger.row, ahead.row, "the account after all of them");
  t.same(t.status_of(book.id, ahead.jobs.front().body->id), ahead.jobs.front().status,
         "the job after both steps");
}

inline void what_follows_a_refused_unit_is_refused(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  std::vector<unit> units;
  hand_book ahead = book;
  for (const char* key : {"order", "two"}) {  // the first key is taken
    units.push_back(ahead.touching(key));
    ahead.adopt(units.back());
  }
  units.push_back(book.touching("three"));  // decided from what the account really is
  const auto said = commit_all(t, units);
  t.same(said[0], verdict::key_taken, "the first unit");
  t.same(said[1], verdict::moved, "a unit decided from what was not written");
  t.same(said[2], verdict::moved, "a later unit of the account, whatever its seq");
  t.same(t.look({.account = book.id}).ledger.row.seq, std::uint64_t{2}, "seq afterwards");
}

// seq counts, it does not name: after one foreign write the second unit's seq is right by chance.
inline void a_seq_that_matches_by_chance_is_refused(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  std::vector<unit> units;
  hand_book ahead = book;
  for (const char* key : {"one", "two"}) {
    units.push_back(ahead.touching(key));
    ahead.adopt(units.back());
  }
  if (!book.must_write(book.touching("meanwhile"))) return;
  const auto said = commit_all(t, units);
  t.same(said[0], verdict::moved, "a unit whose account went on");
  t.same(said[1], verdict::moved, "a unit decided after one that was refused");
  t.same(t.look({.account = book.id}).ledger.row, book.row, "the account as somebody else left it");
}

// The same of a job's revision, where no money moves.
inline void a_revision_that_matches_by_chance_is_refused(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  job_record job = book.jobs.front();
  std::vector<unit> units;
  for (int n = 0; n < 2; ++n) {
    units.push_back(advancing(job, book.now()));
    job.status = units.back().jobs.front().status;
  }
  unit wish = advancing(book.jobs.front(), book.now());
  wish.jobs.front().status.cancel_requested = true;
  if (!t.same(t.commit(wish), verdict::written, "a wish in between")) return;
  const auto said = commit_all(t, units);
  t.same(said[0], verdict::moved, "a step from before the wish");
  t.same(said[1], verdict::moved, "the step after it");
  const auto now = t.look({.account = book.id, .jobs = {job.body->id}}).jobs;
  if (t.same(now.size(), std::size_t{1}, "the job")) {
    t.same(now.front().status.cancel_requested, true, "the wish is not lost");
  }
}

inline void a_step_without_money_leaves_the_account(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  const unit u = advancing(book.jobs.front(), book.now());
  if (!book.must_write(book.touching("meanwhile"))) return;
  t.same(book.write(u), verdict::written, "a step of a job does not look at the account's seq");
  t.same(t.look({.account = book.id}).ledger.row, book.row, "the account");
}

inline void a_log_line_alone_is_written(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}}) || !book.must_write(book.settling(book.jobs.front()))) return;
  attempt late = attempt_of(book.jobs.front(), attempt_outcome::late, book.now());
  late.result = "rendered all the same";
  unit u{.account = book.id};
  u.attempts = {late};
  t.same(t.commit(u), verdict::written, "a late result of a final job");
  t.same(t.commit(u), verdict::written, "and its repeat");
  const auto lines = t.value(t.store.attempts(book.id, late.job), "attempts");
  if (t.same(lines.size(), std::size_t{2}, "both lines, the repeat dropped")) {
    t.same(lines.back(), late, "the late result is kept");
  }
}

inline void a_refused_unit_stays_as_it_was(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}})) return;
  std::vector<unit> units{settling_and_ordering(book, "next")};
  ++units.front().jobs.front().expected_revision;
  const auto said = commit_all(t, units);
  t.same(said.front(), verdict::moved, "another revision");
  --units.front().jobs.front().expected_revision;  // nobody decides it again: it is the same unit
  const auto again = commit_all(t, units);
  t.same(again.front(), verdict::written, "a refused unit can be committed once it fits");
  const trace now = trace_of(t, book.id);
  t.same(now.operations.size(), std::size_t{4}, "none of its operations was moved away");
  t.same(now.jobs.size(), std::size_t{3}, "none of its jobs was moved away");
}

inline void nothing_to_commit_is_no_fault(trial& t) {
  std::vector<unit> none;
  t.expect(commit_all(t, none).empty(), "no unit, no verdict");
}

inline constexpr rule rules[]{
    {"committing.whole", "a unit writes money, holds, jobs and log together", "queue 2, ledger 1",
     a_unit_is_written_whole},
    {"committing.seq", "a unit decided from another seq writes nothing", "ledger 2, ledger 8",
     an_account_that_moved_is_not_written},
    {"committing.open_once", "an account is opened once, and only then has a seq", "ledger 8",
     an_account_is_opened_once},
    {"committing.no_money_without_fence", "a unit whose job moved on moves no credits",
     "queue 1, queue 2", a_failed_fence_writes_no_money},
    {"committing.all_jobs_or_none", "one failed job stops the whole unit", "queue 2",
     one_failed_job_stops_the_whole_unit},
    {"committing.alone", "units are judged alone: one refused leaves the others", "queue 17",
     units_are_judged_alone},
    {"committing.in_order", "units of one commit see what those before them wrote",
     "ledger 8, queue 17", units_are_judged_in_order},
    {"committing.after_refusal", "a unit decided from a refused one is refused", "queue 17",
     what_follows_a_refused_unit_is_refused},
    {"committing.seq_by_chance", "a seq that matches by chance is refused", "ledger 8, queue 17",
     a_seq_that_matches_by_chance_is_refused},
    {"committing.revision_by_chance", "a revision that matches by chance is refused",
     "queue 2, queue 17", a_revision_that_matches_by_chance_is_refused},
    {"committing.jobs_only", "a step without money does not look at the account", "queue 17",
     a_step_without_money_leaves_the_account},
    {"committing.late_result", "a result that came too late is kept in the log", "queue 4",
     a_log_line_alone_is_written},
    {"committing.retry", "a refused unit is left as it was", "queue 17",
     a_refused_unit_stays_as_it_was},
    {"committing.nothing", "an empty commit is no fault", "queue 17",
     nothing_to_commit_is_no_fault},
};

}  // namespace tollgate::contract::committing
