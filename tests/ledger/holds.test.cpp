// SPDX-License-Identifier: BSL-1.0
#include <tollgate/ledger/hold.hpp>

#include <ledger/till.hpp>

#include <vector>

using namespace tollgate;
using namespace tollgate::test;

namespace {

/// Two lots of 10 credits, drawn in this order, and nothing else.
struct two_lots : till {
  lot_id first;
  lot_id second;
  two_lots() : till(0_cr) {
    first = give({.amount = 10_cr, .priority = 1});
    second = give({.amount = 10_cr, .priority = 2});
  }
};

}  // namespace

// --- hold ----------------------------------------------------------------------------------------

TEST_CASE("a hold moves credits from available to held and says what it did") {
  till t{100_cr};
  const receipt r = t.must(hold_request{.amount = 40_cr});
  CHECK(r.moved == 40_cr);
  CHECK(r.available == 60_cr);
  CHECK(r.held == 40_cr);
  CHECK(r.lots == std::vector<lot_id>{t.first_lot()});
  CHECK(t.row.balance() == 100_cr);
  CHECK(t.row.open_holds == 1);
  const hold& h = t.holds.at(r.hold);
  CHECK(h.is_open());
  CHECK(h.order == r.operation);
  CHECK(h.draws == std::vector<draw>{{.lot = t.first_lot(), .amount = 40_cr}});
}

TEST_CASE("exactly what is available can be held, one unit more cannot") {
  till t{100_cr};
  const failure no = t.refused(hold_request{.amount = 100.0001_cr});
  CHECK(no.code == error::insufficient_credits);
  CHECK(no.shortfall() == 0.0001_cr);
  CHECK(t.must(hold_request{.amount = 100_cr}).available == 0_cr);
}

TEST_CASE("a hold of nothing is a hold: open until it is settled") {
  till t{0_cr};
  const hold_id h = t.hold_of(0_cr);
  CHECK(t.holds.at(h).is_open());
  CHECK(t.row.open_holds == 1);
  CHECK(t.capture(h, 0_cr).moved == 0_cr);
  CHECK(t.holds.at(h).state == hold_state::captured);
  CHECK(t.row.open_holds == 0);
}

TEST_CASE("a stand-alone hold always has a time-out: its own, or a day") {
  till t;
  CHECK(t.holds.at(t.hold_of(1_cr)).expires_at == noon + hours(24));
  const hold_id short_one = t.must(hold_request{.lasts_for = minutes(5)}).hold;
  CHECK(t.holds.at(short_one).expires_at == noon + minutes(5));
  const hold_id until = t.must(hold_request{.expires_at = noon + days(3)}).hold;
  CHECK(t.holds.at(until).expires_at == noon + days(3));
}

TEST_CASE("the number of open holds is limited, and ended ones do not count") {
  till t;
  t.rules.max_open_holds = 2;
  const hold_id a = t.hold_of(1_cr);
  t.hold_of(1_cr);
  CHECK(t.refused(hold_request{.amount = 1_cr}).code == error::too_many_holds);
  t.must(deduct_request{.amount = 1_cr});  // never open, never one too many
  t.release(a);
  t.hold_of(1_cr);
}

TEST_CASE("a limit that was lowered later refuses holds, not deductions") {
  till t;
  t.hold_of(1_cr);
  t.rules.max_open_holds = 0;
  CHECK(t.refused(hold_request{}).code == error::too_many_holds);
  t.must(deduct_request{.amount = 1_cr});
}

TEST_CASE("a hold of another account is not found, so that its existence is not revealed") {
  till t;
  const hold_id h = t.hold_of(1_cr);
  ledger_books other;
  const account_id stranger{{5, 5}};
  REQUIRE(other.run(to_command(open_account_request{.account = stranger})));
  const auto answer = other.run(
      to_command(capture_request{.account = stranger, .hold = h, .amount = 1_cr, .key = "k"}));
  CHECK(answer.error().code == error::hold_not_found);
  CHECK(other.operations.size() == 2);  // a decision, so it is recorded
}

// --- capture -------------------------------------------------------------------------------------

TEST_CASE("a final capture charges a head of the draws and gives the rest back to the same lots") {
  two_lots t;
  const hold_id h = t.hold_of(15_cr);
  const receipt r = t.capture(h, 12_cr);
  CHECK(r.moved == 12_cr);
  CHECK(r.available == 8_cr);
  CHECK(r.held == 0_cr);
  CHECK(t.lots.at(t.first).spent == 10_cr);
  CHECK(t.lots.at(t.second).spent == 2_cr);
  CHECK(t.lots.at(t.second).available == 8_cr);
  const hold& after = t.holds.at(h);
  CHECK(after.state == hold_state::captured);
  CHECK(after.captured == 12_cr);
  CHECK(after.released == 3_cr);
  CHECK(t.row.last_deduction_at == noon);
}

TEST_CASE("a capture that is not final leaves the rest held") {
  two_lots t;
  const hold_id h = t.hold_of(15_cr);
  t.capture(h, 4_cr, false);
  CHECK(t.holds.at(h).is_open());
  CHECK(t.row.held == 11_cr);
  t.capture(h, 11_cr, false);
  CHECK(t.holds.at(h).is_open());  // nothing left, but not ended
  CHECK(t.row.open_holds == 1);
  t.capture(h, 0_cr);
  CHECK(t.row.open_holds == 0);
  CHECK(t.lots.at(t.first).spent + t.lots.at(t.second).spent == 15_cr);
}

TEST_CASE("a hold that was partly captured can be released: what was captured stays so") {
  till t;
  const hold_id h = t.hold_of(10_cr);
  t.capture(h, 4_cr, false);
  CHECK(t.release(h).moved == 6_cr);
  CHECK(t.holds.at(h).state == hold_state::released);
  CHECK(t.row.available == 96_cr);
  CHECK(t.refused(refund_request{.hold = h, .amount = 5_cr}).available == 4_cr);
}

TEST_CASE("capturing nothing gives everything back") {
  till t;
  const hold_id h = t.hold_of(10_cr);
  CHECK(t.capture(h, 0_cr).available == 100_cr);
  CHECK(t.holds.at(h).state == hold_state::captured);
}

TEST_CASE("capturing more than is open is refused by default, with both figures") {
  till t;
  const hold_id h = t.hold_of(10_cr);
  t.capture(h, 3_cr, false);
  const failure no = t.refused(capture_request{.hold = h, .amount = 8_cr});
  CHECK(no.code == error::exceeds_hold);
  CHECK(no.required == 8_cr);
  CHECK(no.available == 7_cr);
  CHECK(t.holds.at(h).is_open());
}

TEST_CASE("an excess from what is available is a second hold, made and captured at once") {
  till t{30_cr};
  const hold_id h = t.hold_of(10_cr);
  const receipt r = t.must(capture_request{
      .hold = h, .amount = 25_cr, .final = false, .overage = overage_policy::from_available});
  CHECK(r.moved == 25_cr);
  CHECK(r.available == 5_cr);
  CHECK(t.holds.at(h).state == hold_state::captured);  // taking more than there is ends it
  const hold& second = t.holds.at(overage_hold_of(user, r));
  CHECK(second.amount == 15_cr);
  CHECK(second.captured == 15_cr);
  CHECK(second.state == hold_state::captured);
  CHECK(second.order == r.operation);
  CHECK(t.row.open_holds == 0);
  CHECK(t.must(refund_request{.hold = second.id, .amount = 15_cr}).available == 20_cr);
}

TEST_CASE("an excess from what is available is refused whole where there is too little") {
  till t{30_cr};
  const hold_id h = t.hold_of(10_cr);
  const failure no = t.refused(
      capture_request{.hold = h, .amount = 31_cr, .overage = overage_policy::from_available});
  CHECK(no.code == error::insufficient_credits);
  CHECK(no.required == 21_cr);
  CHECK(no.available == 20_cr);
  CHECK(t.holds.at(h).open() == 10_cr);
}

TEST_CASE("an excess into debt takes what is available and owes the rest") {
  till t{30_cr};
  const hold_id h = t.hold_of(10_cr);
  const receipt r =
      t.must(capture_request{.hold = h, .amount = 37_cr, .overage = overage_policy::into_debt});
  CHECK(r.moved == 37_cr);
  CHECK(r.available == 0_cr);
  CHECK(r.debt == 7_cr);
  CHECK(t.row.balance() == -7_cr);
  const hold& second = t.holds.at(overage_hold_of(user, r));
  REQUIRE(second.draws.size() == 2);
  CHECK(second.draws[0].amount == 20_cr);
  CHECK(second.draws[1].lot.is_nil());
  CHECK(second.draws[1].amount == 7_cr);
}

TEST_CASE("an overage policy changes nothing where nothing exceeds the hold") {
  till t{30_cr};
  const hold_id h = t.hold_of(10_cr);
  const receipt r =
      t.must(capture_request{.hold = h, .amount = 10_cr, .overage = overage_policy::into_debt});
  CHECK(t.holds.count(overage_hold_of(user, r)) == 0);
  CHECK(t.row.debt == 0_cr);
}

// --- one outcome ---------------------------------------------------------------------------------

TEST_CASE("whoever ends a hold first wins, everybody after is told how it ended") {
  till t;
  const auto refusals = [&](hold_id h) {
    const error capture = t.refused(capture_request{.hold = h, .amount = 1_cr}).code;
    CHECK(t.refused(release_request{.hold = h}).code == capture);
    CHECK(t.refused(extend_hold_request{.hold = h, .lasts_for = hours(1)}).code == capture);
    return capture;
  };
  const hold_id captured = t.hold_of(1_cr);
  t.capture(captured, 1_cr);
  CHECK(refusals(captured) == error::hold_already_captured);
  const hold_id released = t.hold_of(1_cr);
  t.release(released);
  CHECK(refusals(released) == error::hold_already_released);
  const hold_id expired = t.must(hold_request{.amount = 1_cr, .lasts_for = seconds(1)}).hold;
  t.pass(seconds(1));
  CHECK(refusals(expired) == error::hold_expired);
  CHECK(t.row.held == 0_cr);
}

TEST_CASE("two captures decided on the same state: the second is decided again and refused") {
  till t;
  const hold_id h = t.hold_of(10_cr);
  const auto capture = [&](const char* key) {
    return to_command(capture_request{.account = user, .hold = h, .amount = 10_cr, .key = key});
  };
  ledger_state first = t.load(capture("a"));
  ledger_state second = t.load(capture("b"));
  const auto a = decide(first, capture("a"), t.now, t.rules);
  const auto b = decide(second, capture("b"), t.now, t.rules);
  REQUIRE(a.write);
  REQUIRE(b.write);
  CHECK(a.write->expected_seq == b.write->expected_seq);  // only one of them can be written
  t.write(*a.write);
  CHECK(b.write->expected_seq != t.row.seq);
  CHECK(t.refused(capture("b")).code == error::hold_already_captured);
}

TEST_CASE("the hold of a job cannot be ended by commands of the ledger") {
  till t;
  const hold_id h = t.hold_of(10_cr);
  command capture = to_command(capture_request{.account = user, .hold = h, .key = "k"});
  ledger_state state = t.load(capture);
  state.holds.front().job = {{3, 3}};
  state.holds.front().expires_at = never;
  for (const operation_kind kind :
       {operation_kind::capture, operation_kind::release, operation_kind::extend_hold}) {
    capture.kind = kind;
    capture.lasts_for = kind == operation_kind::extend_hold ? hours(1) : duration{};
    const auto d = decide(state, capture, t.now, t.rules);
    CHECK(!d.write);
    CHECK(d.answer.error().code == error::invalid_argument);
    CHECK(d.answer.error().place == "/hold");
  }
}

// --- time-outs -----------------------------------------------------------------------------------

TEST_CASE("a hold is lost at the instant of its time-out, whether or not anybody swept") {
  till t;
  const hold_id h = t.must(hold_request{.amount = 10_cr, .lasts_for = hours(1)}).hold;
  t.now = noon + hours(1);
  CHECK(t.refused(capture_request{.hold = h, .amount = 10_cr}).code == error::hold_expired);
  CHECK(t.row.available == 100_cr);
  const operation& expiry = t.last(1);
  CHECK(expiry.request.kind == operation_kind::expire_hold);
  CHECK(key_of(expiry) == "expire/" + to_string(h));
  CHECK(expiry.at == noon + hours(1));
  CHECK(expiry.moved == 10_cr);
  CHECK(expiry.spent == 0_cr);
}

TEST_CASE("a hold can be captured until just before its time-out") {
  till t;
  const hold_id h = t.must(hold_request{.amount = 10_cr, .lasts_for = hours(1)}).hold;
  t.now = noon + duration{hours(1).microseconds - 1};
  t.capture(h, 10_cr);
}

TEST_CASE("extending moves a time-out later and never earlier") {
  till t;
  const hold_id h = t.must(hold_request{.amount = 10_cr, .lasts_for = hours(2)}).hold;
  t.must(extend_hold_request{.hold = h, .lasts_for = hours(1)});
  CHECK(t.holds.at(h).expires_at == noon + hours(2));
  t.must(extend_hold_request{.hold = h, .expires_at = noon + hours(5)});
  CHECK(t.holds.at(h).expires_at == noon + hours(5));
  t.pass(hours(3));
  const receipt r = t.must(extend_hold_request{.hold = h, .lasts_for = hours(4)});
  CHECK(r.moved == 0_cr);
  CHECK(t.holds.at(h).expires_at == noon + hours(7));
  t.pass(hours(3));
  t.capture(h, 10_cr);
}

// --- deduct and refund ---------------------------------------------------------------------------

TEST_CASE("a deduction is a hold that nobody ever sees open") {
  till t;
  const receipt r = t.must(deduct_request{.amount = 30_cr});
  CHECK(r.moved == 30_cr);
  CHECK(r.available == 70_cr);
  CHECK(t.row.open_holds == 0);
  CHECK(t.holds.at(r.hold).state == hold_state::captured);
  CHECK(t.row.last_deduction_at == noon);
  CHECK(t.refused(deduct_request{.amount = 70.0001_cr}).code == error::insufficient_credits);
  CHECK(t.must(deduct_request{.amount = 0_cr}).moved == 0_cr);
}

TEST_CASE("a refund goes back to the same lots, last captured first, in several parts") {
  two_lots t;
  const hold_id h = t.must(deduct_request{.amount = 15_cr}).hold;
  CHECK(t.must(refund_request{.hold = h, .amount = 3_cr}).moved == 3_cr);
  CHECK(t.lots.at(t.second).spent == 2_cr);
  CHECK(t.lots.at(t.first).spent == 10_cr);
  t.must(refund_request{.hold = h, .amount = 4_cr});
  CHECK(t.lots.at(t.second).spent == 0_cr);
  CHECK(t.lots.at(t.first).spent == 8_cr);
  const failure no = t.refused(refund_request{.hold = h, .amount = 8.0001_cr});
  CHECK(no.code == error::exceeds_captured);
  CHECK(no.available == 8_cr);
  t.must(refund_request{.hold = h, .amount = 8_cr});
  CHECK(t.row.available == 20_cr);
  CHECK(t.holds.at(h).state == hold_state::captured);
  CHECK(t.refused(refund_request{.hold = h, .amount = 0.0001_cr}).available == 0_cr);
}

TEST_CASE("nothing is refunded of a hold that is open, released or unknown") {
  till t;
  const hold_id open = t.hold_of(10_cr);
  t.capture(open, 5_cr, false);
  CHECK(t.refused(refund_request{.hold = open, .amount = 1_cr}).code == error::exceeds_captured);
  const hold_id released = t.hold_of(10_cr);
  t.release(released);
  CHECK(t.refused(refund_request{.hold = released, .amount = 1_cr}).code ==
        error::exceeds_captured);
  CHECK(t.refused(refund_request{.hold = {{9, 9}}, .amount = 1_cr}).code == error::hold_not_found);
}

// --- debt ----------------------------------------------------------------------------------------

namespace {

/// Ten credits in debt, through an excess of 10 over a hold of 10.
struct indebted : till {
  hold_id hold;
  hold_id excess;
  indebted() : till(10_cr) {
    hold = hold_of(10_cr);
    const receipt r =
        must(capture_request{.hold = hold, .amount = 20_cr, .overage = overage_policy::into_debt});
    excess = overage_hold_of(user, r);
  }
};

}  // namespace

TEST_CASE("a debt blocks new holds and deductions, free ones too") {
  indebted t;
  CHECK(t.row.debt == 10_cr);
  const failure no = t.refused(hold_request{.amount = 1_cr});
  CHECK(no.code == error::insufficient_credits);
  CHECK(no.required == 11_cr);
  CHECK(no.available == 0_cr);
  CHECK(t.refused(hold_request{.amount = 0_cr}).code == error::insufficient_credits);
  CHECK(t.refused(deduct_request{.amount = 0_cr}).code == error::insufficient_credits);
}

TEST_CASE("the next grant pays the debt first") {
  indebted t;
  const receipt part = t.must(grant_request{.amount = 4_cr});
  CHECK(part.moved == 4_cr);
  CHECK(part.available == 0_cr);
  CHECK(part.debt == 6_cr);
  const receipt rest = t.must(grant_request{.amount = 9_cr});
  CHECK(rest.debt == 0_cr);
  CHECK(rest.available == 3_cr);
  CHECK(t.lots.at(rest.lots.front()).spent == 6_cr);
  t.hold_of(3_cr);
}

TEST_CASE("credits that become effective pay the debt first") {
  indebted t;
  t.give({.amount = 15_cr, .effective_at = noon + hours(1)});
  CHECK(t.row.debt == 10_cr);
  t.pass(hours(1));
  CHECK(t.shown().available == 5_cr);
  CHECK(t.shown().debt == 0_cr);
  t.touch();
  CHECK(t.row.available == 5_cr);
}

TEST_CASE("a release and an expiry pay the debt first") {
  till t{30_cr};
  const hold_id a = t.hold_of(10_cr);
  t.must(hold_request{.amount = 10_cr, .lasts_for = hours(1)});
  const hold_id c = t.hold_of(10_cr);
  t.must(capture_request{.hold = a, .amount = 25_cr, .overage = overage_policy::into_debt});
  CHECK(t.row.debt == 15_cr);
  CHECK(t.release(c).debt == 5_cr);
  t.pass(hours(1));
  const receipt r = t.touch();
  CHECK(r.debt == 0_cr);
  CHECK(r.available == 5_cr);
}

TEST_CASE("the rest of a capture pays an older debt") {
  till t{20_cr};
  const hold_id a = t.hold_of(10_cr);
  const hold_id b = t.hold_of(10_cr);
  t.must(capture_request{.hold = a, .amount = 16_cr, .overage = overage_policy::into_debt});
  CHECK(t.row.debt == 6_cr);
  const receipt r = t.capture(b, 1_cr);
  CHECK(r.debt == 0_cr);
  CHECK(r.available == 3_cr);
}

TEST_CASE("refunding an excess lowers the debt it made") {
  indebted t;
  const receipt r = t.must(refund_request{.hold = t.excess, .amount = 4_cr});
  CHECK(r.debt == 6_cr);
  CHECK(r.available == 0_cr);
  CHECK(t.must(refund_request{.hold = t.excess, .amount = 6_cr}).debt == 0_cr);
}

TEST_CASE("refunding an excess whose debt was paid gives credits") {
  indebted t;
  t.give(8_cr);
  const receipt r = t.must(refund_request{.hold = t.excess, .amount = 10_cr});
  CHECK(r.debt == 0_cr);
  CHECK(r.available == 8_cr);
  REQUIRE(!r.lots.empty());
  CHECK(t.lots.at(r.lots.front()).category == lot_category::refund);
  t.hold_of(8_cr);
}

TEST_CASE("refunding what a lot paid pays the debt first") {
  indebted t;
  const receipt r = t.must(refund_request{.hold = t.hold, .amount = 10_cr});
  CHECK(r.debt == 0_cr);
  CHECK(r.available == 0_cr);
  CHECK(t.row.balance() == 0_cr);
}
