// SPDX-License-Identifier: BSL-1.0
// Failures that happened elsewhere, and that must not be possible here: those that need no jobs.
#include <ledger/till.hpp>

#include <deque>
#include <string>
#include <utility>
#include <vector>

using namespace tollgate;
using namespace tollgate::test;

namespace {

/// A client that decided on what it loaded and has not written yet.
struct client {
  command wish;
  ledger_decision decided;
};
client prepare(const till& t, const command& wish) {
  ledger_state state = t.load(wish);
  return {wish, decide(state, wish, t.now, t.rules)};
}
/// Lets a client write, or decide again where somebody else has written before it.
result<receipt> finish(till& t, client c) {
  while (c.decided.write && c.decided.write->expected_seq != t.row.seq) c = prepare(t, c.wish);
  if (c.decided.write) t.write(*c.decided.write);
  INFO(t.faults);
  REQUIRE(t.faults.empty());
  return c.decided.answer;
}
/// All prepare on the same state, then write one after the other.
std::vector<result<receipt>> race(till& t, const std::vector<command>& wishes) {
  std::deque<client> clients;
  for (const command& c : wishes) clients.push_back(prepare(t, c));
  std::vector<result<receipt>> answers;
  for (client& c : clients) answers.push_back(finish(t, std::move(c)));
  return answers;
}

}  // namespace

TEST_CASE("the expiry of a stranded hold never captures, and its journal claims no refund") {
  till t{100_cr};
  const hold_id h = t.must(hold_request{.amount = 80_cr, .lasts_for = hours(1)}).hold;
  t.pass(hours(2));
  t.touch();
  CHECK(t.row.available == 100_cr);
  CHECK(t.holds.at(h).captured == 0_cr);
  CHECK(t.refused(refund_request{.hold = h, .amount = 80_cr}).code == error::exceeds_captured);
  for (const operation& o : t.operations) CHECK(o.spent == 0_cr);
}

TEST_CASE("a failure found after a capture is refunded exactly once, whatever key asks again") {
  till t{100_cr};
  const hold_id h = t.hold_of(80_cr);
  t.capture(h, 80_cr);
  const refund_request refund{.hold = h, .amount = 80_cr, .key = "refund"};
  CHECK(t.must(refund).available == 100_cr);
  CHECK(t.must(refund).replayed);
  CHECK(t.refused(refund_request{.hold = h, .amount = 80_cr}).code == error::exceeds_captured);
  CHECK(t.row.available == 100_cr);
}

TEST_CASE("a decision that is never written leaves everything as it was and can be taken again") {
  till t{100_cr};
  const hold_id h = t.hold_of(80_cr);
  const command capture =
      to_command(capture_request{.account = user, .hold = h, .amount = 30_cr, .key = "c"});
  const account before = t.row;
  REQUIRE(prepare(t, capture).decided.write);
  CHECK(t.row == before);
  CHECK(t.ask(capture)->available == 70_cr);
  CHECK(t.ask(capture)->replayed);
  CHECK(t.row.available == 70_cr);
}

TEST_CASE("a sweep and a late capture cannot both end a hold, though their keys differ") {
  till t{100_cr};
  const hold_id h = t.must(hold_request{.amount = 80_cr, .lasts_for = hours(1)}).hold;
  const client late = prepare(
      t, to_command(capture_request{.account = user, .hold = h, .amount = 80_cr, .key = "late"}));
  t.pass(hours(1));
  t.touch();  // the sweep
  const auto answer = finish(t, late);
  REQUIRE(!answer);
  CHECK(answer.error().code == error::hold_expired);
  CHECK(t.row.available == 100_cr);
}

TEST_CASE("a hold whose caller died ends by its own time-out, whoever writes next") {
  till t{100_cr};
  t.must(hold_request{.amount = 100_cr, .lasts_for = hours(1)});
  CHECK(t.refused(hold_request{.amount = 1_cr}).code == error::insufficient_credits);
  t.pass(hours(1));
  CHECK(t.must(hold_request{.amount = 100_cr}).held == 100_cr);  // no sweeper ran
}

TEST_CASE("an amount far below a cent is the same number on both sides of its entry") {
  till t{100_cr};
  t.must(deduct_request{.amount = 0.0001_cr});
  const std::vector<entry> lines(t.entries.end() - 2, t.entries.end());
  CHECK(lines[0].amount == -0.0001_cr);
  CHECK(lines[1].amount == 0.0001_cr);
  CHECK(t.row.available == 99.9999_cr);
}

TEST_CASE("a free render takes the same path as every other: hold 0, capture 0") {
  till t{0_cr};
  const hold_id h = t.hold_of(0_cr);
  CHECK(t.capture(h, 0_cr).moved == 0_cr);
  CHECK(t.refused(capture_request{.hold = h}).code == error::hold_already_captured);
}

TEST_CASE("of 20 simultaneous holds of 75 on 500 credits exactly 6 succeed") {
  till t{500_cr};
  std::vector<command> wishes;
  for (int i = 0; i < 20; ++i) {
    wishes.push_back(
        to_command(hold_request{.account = user, .amount = 75_cr, .key = "h" + std::to_string(i)}));
  }
  int held = 0;
  for (const auto& answer : race(t, wishes)) {
    if (answer) {
      ++held;
    } else {
      CHECK(answer.error().code == error::insufficient_credits);
    }
  }
  CHECK(held == 6);
  CHECK(t.row.available == 50_cr);
  CHECK(t.row.held == 450_cr);
}

TEST_CASE("simultaneous holds never overspend while releases race with them") {
  till t{500_cr};
  std::vector<hold_id> open;
  for (int i = 0; i < 6; ++i) open.push_back(t.hold_of(75_cr));
  std::vector<command> wishes;
  for (std::size_t i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    wishes.push_back(to_command(hold_request{.account = user, .amount = 75_cr, .key = "h" + n}));
    if (i % 4 == 3) {
      wishes.push_back(
          to_command(release_request{.account = user, .hold = open[i / 4], .key = "r" + n}));
    }
  }
  int held = 0;
  const auto answers = race(t, wishes);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (wishes[i].kind == operation_kind::hold && answers[i]) ++held;
  }
  CHECK(held == 4);  // one for each release but the last, after which nobody asked
  CHECK(t.row.available == 125_cr);
  CHECK(t.row.held == 375_cr);
}

TEST_CASE("a hold that was refunded cannot be captured again for free") {
  till t{100_cr};
  const hold_id h = t.hold_of(10_cr);
  t.capture(h, 10_cr);
  t.must(refund_request{.hold = h, .amount = 10_cr});
  CHECK(t.refused(capture_request{.hold = h, .amount = 10_cr}).code ==
        error::hold_already_captured);
  CHECK(t.refused(release_request{.hold = h}).code == error::hold_already_captured);
}

TEST_CASE("held credits count as spent, and a refused hold does not exist") {
  till t{100_cr, 50_cr};
  CHECK(t.must(hold_request{.amount = 60_cr}).low_credit);
  const failure no = t.refused(hold_request{.amount = 60_cr, .key = "refused"});
  CHECK(no.code == error::insufficient_credits);
  CHECK(no.available == 40_cr);
  CHECK(t.last().hold.is_nil());
  CHECK(t.holds.size() == 1);
  const hold_id would_be = derive_id<hold_id>(user, t.row.seq, 1, t.row.changed_at);
  CHECK(t.refused(capture_request{.hold = would_be, .amount = 60_cr}).code ==
        error::hold_not_found);
}

TEST_CASE("two simultaneous requests with one key: one is done, the other is its replay") {
  till t{100_cr};
  const command wish = to_command(hold_request{.account = user, .amount = 100_cr, .key = "k"});
  const auto answers = race(t, {wish, wish});
  REQUIRE(answers[0]);
  REQUIRE(answers[1]);  // not: insufficient credits
  CHECK(answers[1]->replayed);
  CHECK(answers[1]->hold == answers[0]->hold);
}

TEST_CASE("a refusal is replayed with its reason; what was not decided consumes no key") {
  till t{10_cr};
  const command wish = to_command(hold_request{.account = user, .amount = 11_cr, .key = "k"});
  ledger_state broken = t.load(wish);
  broken.row.available = 20_cr;  // a fault of the storage, not of the request
  CHECK(decide(broken, wish, t.now, t.rules).answer.error().code == error::corrupt_record);
  t.give(1_cr);
  CHECK(t.ask(wish)->moved == 11_cr);
  const failure first = t.refused(hold_request{.amount = 1_cr, .key = "later"});
  t.give(10_cr);
  CHECK(t.refused(hold_request{.amount = 1_cr, .key = "later"}) == first);
}

TEST_CASE("a refusal is a value: what is asked next to it goes on") {
  till t{10_cr};
  const std::vector<command> batch{
      to_command(hold_request{.account = user, .amount = 11_cr, .key = "a"}),
      to_command(grant_request{.account = user, .amount = 1_cr, .key = "b"}),
      to_command(hold_request{.account = user, .amount = 11_cr, .key = "c"})};
  const auto answers = t.run_batch(batch);
  CHECK(t.faults.empty());
  CHECK(!answers[0]);
  CHECK(answers[1].has_value());
  CHECK(answers[2].has_value());
}
