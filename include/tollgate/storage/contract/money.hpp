// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: holds, lots, debts and time through the gate's decisions move every credit as the
// ledger says.

#include <tollgate/storage/contract/desk.hpp>

#include <span>
#include <string>
#include <vector>

namespace tollgate::contract::money {

inline void a_hold_expires_before_whatever_comes_next(trial& t) {
  const desk d{t};
  if (!d.open(whole(100))) return;
  const auto held = d.must(hold_request{.amount = whole(80), .lasts_for = hours(1), .key = "hold"});
  const auto longer =
      d.must(hold_request{.amount = whole(5), .lasts_for = hours(2), .key = "longer"});
  t.clock.advance(hours(1));
  const auto late = d.ask(capture_request{.hold = held.hold, .amount = whole(80), .key = "late"});
  t.expect(is_refused(late, error::hold_expired), "whether or not anybody swept");
  d.must(hold_request{.amount = whole(95), .lasts_for = hours(9), .key = "all of it"});
  d.must(capture_request{.hold = longer.hold, .amount = whole(5), .key = "in time"});
  const account_records all = expect_sound(t, d.id);
  t.same(all.row.held, whole(95), "what is held now");
  std::size_t expiries = 0;
  for (const operation& o : all.operations) {
    expiries += o.request.kind == operation_kind::expire_hold ? 1U : 0U;
  }
  t.same(expiries, std::size_t{1}, "the expiry is an operation of its own, once");
}

inline void lots_begin_and_end_by_themselves(trial& t) {
  const desk d{t};
  if (!d.open(credits{})) return;
  d.must(grant_request{.amount = whole(10), .lasts_for = hours(1), .key = "short"});
  d.must(
      grant_request{.amount = whole(20), .effective_at = t.clock.now() + hours(2), .key = "later"});
  const auto held = d.must(hold_request{.amount = whole(4), .lasts_for = days(2), .key = "hold"});
  t.expect(is_refused(d.ask(hold_request{.amount = whole(7), .key = "early"}),
                      error::insufficient_credits),
           "pending credits are not drawn");
  t.clock.advance(hours(1));
  t.expect(is_refused(d.ask(hold_request{.amount = whole(1), .key = "old"}),
                      error::insufficient_credits),
           "expired credits are not drawn");
  t.clock.advance(hours(1));
  d.must(hold_request{.amount = whole(20), .lasts_for = days(9), .key = "now"});
  d.must(release_request{.hold = held.hold, .key = "release"});
  const account_records all = expect_sound(t, d.id);
  t.same(all.row.available, whole(4), "credits that come back to an expired lot get some grace");
  t.same(all.row.held, whole(20), "held");
  t.clock.advance(days(2));
  d.must(set_threshold_request{.threshold = whole(1), .key = "touch"});
  t.same(expect_sound(t, d.id).row.available, credits{}, "and then they expire too");
}

inline void lots_are_drawn_and_refunded_in_order(trial& t) {
  const desk d{t};
  if (!d.open(credits{})) return;
  for (std::int16_t n = 6; n > 0; --n) {  // the last grant is drawn first
    d.must(grant_request{.amount = whole(10), .priority = n, .key = "grant " + std::to_string(n)});
  }
  const auto held = d.must(hold_request{.amount = whole(45), .key = "hold"});
  d.must(capture_request{.hold = held.hold, .amount = whole(35), .key = "capture"});
  d.must(refund_request{.hold = held.hold, .amount = whole(12), .reason = "bad", .key = "a"});
  d.must(refund_request{.hold = held.hold, .amount = whole(3), .reason = "bad", .key = "b"});
  t.expect(is_refused(d.ask(refund_request{
                          .hold = held.hold, .amount = whole(21), .reason = "bad", .key = "c"}),
                      error::exceeds_captured),
           "no more than was captured");
  const account_records all = expect_sound(t, d.id);
  t.same(all.row.available, whole(40), "what is left");
  for (const lot& l : all.lots) {
    const credits spent = l.priority <= 2 ? whole(10) : credits{};
    t.same(l.spent, spent,
           "the head of the draw order stays spent, priority " + std::to_string(l.priority));
  }
}

inline void debts_are_paid_first(trial& t) {
  const desk d{t};
  if (!d.open(credits{})) return;
  const auto bought = d.must(grant_request{.amount = whole(50), .key = "top-up"});
  d.must(deduct_request{.amount = whole(30), .key = "spend"});
  if (!t.expect(!bought.lots.empty(), "the lot of a grant")) return;
  d.must(claw_back_request{.lot = bought.lots.front(),
                           .amount = whole(50),
                           .policy = claw_back_policy::into_debt,
                           .reason = "charge-back",
                           .key = "charge-back"});
  t.same(d.row().debt, whole(30), "the rest is owed");
  d.must(grant_request{.amount = whole(40), .key = "next"});
  const account_records all = expect_sound(t, d.id);
  t.same(all.row.debt, credits{}, "paid");
  t.same(all.row.available, whole(10), "what is left");
}

inline void a_batch_is_judged_in_order(trial& t) {
  const desk d{t};
  if (!d.open(whole(10))) return;
  const std::vector<command> batch{
      to_command(deduct_request{.account = d.id, .amount = whole(8), .key = "a"}),
      to_command(deduct_request{.account = d.id, .amount = whole(8), .key = "b"}),
      to_command(grant_request{.account = d.id, .amount = whole(9), .key = "c"}),
      to_command(deduct_request{.account = d.id, .amount = whole(8), .key = "a"}),
      to_command(deduct_request{.account = d.id, .amount = whole(11), .key = "d"})};
  const auto said = transact(t.store, std::span<const command>{batch}, d.rules);
  if (!t.same(said.size(), batch.size(), "one answer for each")) return;
  t.expect(said[0].has_value() && !said[0]->replayed, "the first");
  t.expect(is_refused(said[1], error::insufficient_credits), "what the first left is too little");
  t.expect(said[2].has_value(), "a top-up between them");
  t.expect(said[3].has_value() && said[3]->replayed, "the same key twice in one batch");
  t.expect(said[4].has_value(), "as if each had come alone");
  t.same(expect_sound(t, d.id).row.available, credits{}, "exactly used up");
}

inline void time_never_goes_back(trial& t) {
  const desk d{t};
  if (!d.open(whole(10))) return;
  const auto held = d.must(hold_request{.amount = whole(1), .lasts_for = hours(1), .key = "hold"});
  t.clock.advance(minutes(30));
  d.must(grant_request{.amount = whole(1), .key = "a"});
  t.clock.advance(hours(-5));
  d.must(grant_request{.amount = whole(1), .key = "b"});
  expect_sound(t, d.id);
  d.must(capture_request{.hold = held.hold, .amount = whole(1), .key = "capture"});
  t.same(expect_sound(t, d.id).row.available, whole(11), "a hold outlives a clock set back");
  // Lots made later than the clock now says are the account's past all the same.
  d.must(hold_request{.amount = whole(11), .key = "all of it"});
  t.same(expect_sound(t, d.id).row.held, whole(11), "everything available can be drawn");
}

inline constexpr rule rules[]{
    {"money.hold_expiry", "a hold expires before whatever is decided next", "ledger 4, queue 14",
     a_hold_expires_before_whatever_comes_next},
    {"money.lot_expiry", "lots begin and end by themselves", "ledger 11",
     lots_begin_and_end_by_themselves},
    {"money.draw_order", "lots are drawn in order and refunded in reverse", "ledger 5, ledger 10",
     lots_are_drawn_and_refunded_in_order},
    {"money.debt", "what is owed is paid first", "ledger 7", debts_are_paid_first},
    {"money.batch", "a batch is judged in order, each command alone", "queue 17, ledger 6",
     a_batch_is_judged_in_order},
    {"money.clock", "time never goes back, and a time-out never shortens", "ledger 8, queue 16",
     time_never_goes_back},
};

}  // namespace tollgate::contract::money
