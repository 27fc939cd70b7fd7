// SPDX-License-Identifier: BSL-1.0
#include <tollgate/ledger/lot.hpp>

#include <ledger/till.hpp>

#include <vector>

using namespace tollgate;
using namespace tollgate::test;

namespace {

constexpr lot lot_of(lot_category category, std::int16_t priority, timestamp expires_at,
                     timestamp effective_at, std::uint64_t seq) {
  return {.category = category,
          .priority = priority,
          .effective_at = effective_at,
          .expires_at = expires_at,
          .seq = seq};
}

// Each row is drawn before the next.
constexpr lot drawn_in_order[]{
    lot_of(lot_category::paid, 0, never, noon + days(9), 9),
    lot_of(lot_category::paid, 1, noon + days(1), noon, 9),
    lot_of(lot_category::promo, 1, noon + days(2), noon, 9),
    lot_of(lot_category::promo, 1, never, noon + days(1), 8),
    lot_of(lot_category::refund, 1, never, noon, 7),
    lot_of(lot_category::adjustment, 1, never, noon, 6),
    lot_of(lot_category::paid, 1, never, noon, 5),
    lot_of(lot_category::paid, 1, never, noon + seconds(1), 3),
    lot_of(lot_category::paid, 1, never, noon + seconds(1), 4),
};
constexpr bool is_ordered() {
  for (std::size_t i = 0; i < std::size(drawn_in_order); ++i) {
    for (std::size_t j = 0; j < std::size(drawn_in_order); ++j) {
      if (draw_order(drawn_in_order[i], drawn_in_order[j]) != (i <=> j)) return false;
    }
  }
  return true;
}
static_assert(is_ordered(), "priority, earliest expiry, promo before paid, effective_at, then age");

}  // namespace

// --- grants --------------------------------------------------------------------------------------

TEST_CASE("a grant is a lot of its own that can be drawn at once") {
  till t{0_cr};
  const receipt r = t.must(grant_request{.amount = 25_cr, .reason = "invoice 7"});
  CHECK(r.moved == 25_cr);
  CHECK(r.available == 25_cr);
  const lot& l = t.lots.at(r.lots.front());
  CHECK(l.category == lot_category::paid);
  CHECK(l.granted == 25_cr);
  CHECK(l.effective_at == noon);
  CHECK(l.expires_at == never);
  CHECK(t.row.last_topup_at == noon);
}

TEST_CASE("lots are drawn in draw order, whatever order they were granted in") {
  till t{0_cr};
  const lot_id paid = t.give({.amount = 1_cr});
  const lot_id last = t.give({.amount = 1_cr, .priority = 5, .lasts_for = hours(1)});
  const lot_id promo = t.give({.amount = 1_cr, .category = lot_category::promo});
  const lot_id expiring = t.give({.amount = 1_cr, .lasts_for = days(1)});
  const lot_id soonest = t.give({.amount = 1_cr, .lasts_for = hours(1)});
  const lot_id first = t.give({.amount = 1_cr, .priority = -1});
  const receipt r = t.must(deduct_request{.amount = 6_cr});
  CHECK(r.lots == std::vector<lot_id>{first, soonest, expiring, promo, paid, last});
}

TEST_CASE("pending credits are nobody's to spend until they become effective") {
  till t{0_cr};
  const lot_id l =
      t.give({.amount = 10_cr, .effective_at = noon + hours(1), .lasts_for = hours(2)});
  CHECK(t.row.pending == 10_cr);
  CHECK(t.row.available == 0_cr);
  CHECK(t.row.balance() == 0_cr);
  CHECK(t.lots.at(l).expires_at == noon + hours(3));  // counts from when it becomes effective
  t.now = noon + duration{hours(1).microseconds - 1};
  CHECK(t.refused(hold_request{.amount = 1_cr}).code == error::insufficient_credits);
  t.now = noon + hours(1);
  t.hold_of(10_cr);
  const operation& activation = t.last(1);
  CHECK(activation.request.kind == operation_kind::activate_lot);
  CHECK(key_of(activation) == "effective/" + to_string(l));
  CHECK(activation.moved == 10_cr);
}

TEST_CASE("a time in the past makes a grant effective at once") {
  till t{0_cr};
  const lot_id l = t.give({.amount = 1_cr, .effective_at = timestamp{1}, .lasts_for = hours(1)});
  CHECK(t.lots.at(l).effective_at == noon);
  CHECK(t.lots.at(l).expires_at == noon + hours(1));
}

// --- expiry --------------------------------------------------------------------------------------

TEST_CASE("a lot expires at its instant; what was left of it is gone") {
  till t{0_cr};
  const lot_id l = t.give({.amount = 10_cr, .expires_at = noon + hours(1)});
  t.must(deduct_request{.amount = 4_cr});
  t.now = noon + hours(1);
  CHECK(t.refused(hold_request{.amount = 1_cr}).code == error::insufficient_credits);
  const operation& expiry = t.last(1);
  CHECK(expiry.request.kind == operation_kind::expire_lot);
  CHECK(key_of(expiry) == "expire/" + to_string(l));
  CHECK(expiry.moved == 6_cr);
  CHECK(t.lots.at(l).expired == 6_cr);
  CHECK(t.lots.at(l).spent == 4_cr);
}

TEST_CASE("a hold keeps the credits of a lot that expires meanwhile, and its capture is honoured") {
  till t{0_cr};
  const lot_id l = t.give({.amount = 10_cr, .lasts_for = hours(1)});
  const hold_id h = t.must(hold_request{.amount = 6_cr, .lasts_for = days(1)}).hold;
  t.pass(hours(2));
  t.touch();
  CHECK(t.lots.at(l).expired == 4_cr);
  CHECK(t.row.held == 6_cr);
  CHECK(t.capture(h, 6_cr).moved == 6_cr);
  CHECK(t.lots.at(l).spent == 6_cr);
}

TEST_CASE("what returns to an expired lot lives on in a child lot for the grace period") {
  till t{0_cr};
  const lot_id l = t.give(
      {.amount = 10_cr, .category = lot_category::promo, .priority = 3, .lasts_for = hours(1)});
  const hold_id h = t.must(hold_request{.amount = 10_cr, .lasts_for = days(1)}).hold;
  t.pass(hours(2));
  const receipt r = t.capture(h, 4_cr);
  CHECK(r.available == 6_cr);
  REQUIRE(r.lots.size() == 2);
  const lot& child = t.lots.at(r.lots[1]);
  CHECK(child.parent == l);
  CHECK(child.category == lot_category::promo);
  CHECK(child.priority == 3);
  CHECK(child.granted == 6_cr);
  CHECK(child.effective_at == t.now);
  CHECK(child.expires_at == t.now + hours(24));
  CHECK(t.lots.at(l).expired == 6_cr);
  t.pass(hours(24));
  t.touch();
  CHECK(t.row.available == 0_cr);
}

TEST_CASE("a refund of an expired lot lives on in a child lot for the grace period") {
  till t{0_cr};
  const lot_id l = t.give({.amount = 10_cr, .lasts_for = hours(1)});
  const hold_id h = t.must(deduct_request{.amount = 10_cr}).hold;
  t.pass(hours(2));
  const receipt r = t.must(refund_request{.hold = h, .amount = 3_cr});
  CHECK(r.available == 3_cr);
  CHECK(t.lots.at(l).spent == 7_cr);
  CHECK(t.lots.at(l).expired == 3_cr);
}

TEST_CASE("the grace period is configurable, and with none of it returned credits are forfeited") {
  till t{0_cr};
  t.rules.grace = minutes(5);
  t.give({.amount = 10_cr, .lasts_for = hours(1)});
  const hold_id a = t.must(hold_request{.amount = 5_cr, .lasts_for = days(1)}).hold;
  const hold_id b = t.must(hold_request{.amount = 5_cr, .lasts_for = days(1)}).hold;
  t.pass(hours(1));
  CHECK(t.lots.at(t.release(a).lots[1]).expires_at == t.now + minutes(5));
  t.rules.grace = {};
  const receipt r = t.release(b);
  CHECK(r.moved == 5_cr);  // left the hold
  CHECK(r.available == 5_cr);
  CHECK(t.lots.size() == 2);
}

TEST_CASE("at one instant holds end before lots") {
  till t{0_cr};
  t.give({.amount = 10_cr, .expires_at = noon + hours(1)});
  t.must(hold_request{.amount = 4_cr, .expires_at = noon + hours(1)});
  t.now = noon + hours(1);
  t.touch();
  CHECK(t.last(2).request.kind == operation_kind::expire_hold);
  CHECK(t.last(1).request.kind == operation_kind::expire_lot);
  CHECK(t.row.available == 4_cr);  // came back too late for its lot, and lives on as a child
}

TEST_CASE("what is due happens at the instant it was due, however late somebody writes") {
  till t{0_cr};
  const lot_id pending =
      t.give({.amount = 7_cr, .effective_at = noon + hours(3), .lasts_for = hours(1)});
  t.give({.amount = 10_cr, .expires_at = noon + hours(2)});
  t.must(hold_request{.amount = 4_cr, .lasts_for = hours(1)});
  const hold_id late = t.must(hold_request{.amount = 3_cr, .lasts_for = hours(5)}).hold;
  t.pass(days(30));
  t.touch();
  struct row {
    operation_kind kind;
    timestamp at;
    credits moved;
  };
  const std::vector<row> happened{
      {operation_kind::expire_hold, noon + hours(1), 4_cr},  // returns to the lot
      {operation_kind::expire_lot, noon + hours(2), 7_cr},   // which expires with it
      {operation_kind::activate_lot, noon + hours(3), 7_cr},
      {operation_kind::expire_lot, noon + hours(4), 7_cr},
      {operation_kind::expire_hold, noon + hours(5), 3_cr},  // returns as a child lot
      {operation_kind::expire_lot, noon + hours(29), 3_cr},  // whose grace has ended, too
  };
  REQUIRE(t.operations.size() == 5 + happened.size() + 1);
  for (std::size_t i = 0; i < happened.size(); ++i) {
    const operation& o = t.operations[5 + i];
    INFO(i);
    CHECK(o.request.kind == happened[i].kind);
    CHECK(o.at == happened[i].at);
    CHECK(o.moved == happened[i].moved);
  }
  CHECK(t.row.available == 0_cr);
  CHECK(t.lots.at(pending).expired == 7_cr);
  CHECK(t.holds.at(late).state == hold_state::expired);
}

TEST_CASE("a read shows what the next write would find, and writes nothing") {
  till t{0_cr};
  t.give({.amount = 10_cr, .expires_at = noon + hours(2)});
  t.must(hold_request{.amount = 4_cr, .lasts_for = hours(1)});
  t.pass(hours(1));
  CHECK(t.shown().available == 10_cr);
  CHECK(t.shown().held == 0_cr);
  CHECK(t.row.held == 4_cr);
  t.pass(hours(1));
  CHECK(t.shown().available == 0_cr);
  const account before = t.shown();
  t.touch();
  CHECK(t.row.available == before.available);
}

TEST_CASE("what is due at one instant happens oldest first, in whatever order it was loaded") {
  till t{0_cr};
  t.give({.amount = 10_cr, .lasts_for = minutes(1)});
  std::vector<hold_id> made;
  for (int i = 0; i < 8; ++i) {
    t.pass(duration{1});
    made.push_back(t.must(hold_request{.amount = 1_cr, .expires_at = noon + hours(1)}).hold);
  }
  t.pass(hours(2));
  t.touch();  // the books decide on two opposite orders and compare
  std::vector<hold_id> ended;
  for (const operation& o : t.operations) {
    if (o.request.kind == operation_kind::expire_hold) ended.push_back(o.hold);
  }
  CHECK(ended == made);
}

TEST_CASE("child lots of one operation expire in the order in which it made them") {
  till t{0_cr};
  for (int i = 0; i < 16; ++i) {  // ids depend on the number of the operation
    t.give({.amount = 1_cr, .priority = 1, .lasts_for = hours(1)});
    t.give({.amount = 2_cr, .priority = 2, .lasts_for = hours(1)});
    const hold_id h = t.hold_of(3_cr);
    t.pass(hours(2));
    t.release(h);
    t.pass(hours(24));
    t.touch();
    CHECK(t.last(2).moved == 2_cr);  // a release begins with what was drawn last
    CHECK(t.last(1).moved == 1_cr);
  }
}

TEST_CASE("a refusal writes what had become due before it") {
  till t{0_cr};
  t.give({.amount = 10_cr, .lasts_for = hours(1)});
  t.pass(hours(1));
  CHECK(t.refused(hold_request{.amount = 10_cr}).code == error::insufficient_credits);
  CHECK(t.last(1).request.kind == operation_kind::expire_lot);
}

// --- claw-back -----------------------------------------------------------------------------------

TEST_CASE("a claw-back takes what its lot still has, pending credits too") {
  till t{50_cr};
  const lot_id l = t.give(20_cr);
  const receipt r = t.must(claw_back_request{.lot = l, .amount = 15_cr});
  CHECK(r.moved == 15_cr);
  CHECK(r.available == 55_cr);
  CHECK(t.lots.at(l).revoked == 15_cr);
  const lot_id later = t.give({.amount = 9_cr, .effective_at = noon + days(1)});
  t.must(claw_back_request{.lot = later, .amount = 9_cr});
  CHECK(t.row.pending == 0_cr);
  t.pass(days(2));
  t.touch();
  CHECK(t.row.available == 55_cr);
}

TEST_CASE("no more is clawed back than was granted, in any number of parts") {
  till t{50_cr};
  const lot_id l = t.give(20_cr);
  t.must(claw_back_request{.lot = l, .amount = 15_cr});
  const failure no = t.refused(claw_back_request{.lot = l, .amount = 6_cr});
  CHECK(no.code == error::exceeds_captured);
  CHECK(no.available == 5_cr);
  t.must(claw_back_request{.lot = l, .amount = 5_cr, .policy = claw_back_policy::into_debt});
}

TEST_CASE("a promotion revoked while held loses the unheld part now and the rest when it returns") {
  till t{0_cr};
  const lot_id promo = t.give({.amount = 10_cr, .category = lot_category::promo});
  const hold_id h = t.hold_of(6_cr);
  const receipt r = t.must(claw_back_request{.lot = promo, .amount = 10_cr});
  CHECK(r.moved == 4_cr);
  CHECK(r.available == 0_cr);
  CHECK(r.held == 6_cr);
  CHECK(t.lots.at(promo).revoke_on_return == 6_cr);
  const receipt back = t.capture(h, 2_cr);  // the hold is honoured
  CHECK(back.available == 0_cr);
  CHECK(t.lots.at(promo).revoked == 8_cr);
  CHECK(t.lots.at(promo).spent == 2_cr);
}

TEST_CASE("revoked credits that were captured meanwhile stay away when they are refunded") {
  till t{0_cr};
  const lot_id promo = t.give({.amount = 10_cr, .category = lot_category::promo});
  const hold_id h = t.hold_of(10_cr);
  t.must(claw_back_request{.lot = promo, .amount = 4_cr});
  t.capture(h, 10_cr);
  const receipt r = t.must(refund_request{.hold = h, .amount = 10_cr});
  CHECK(r.moved == 10_cr);
  CHECK(r.available == 6_cr);
  CHECK(t.lots.at(promo).revoked == 4_cr);
}

TEST_CASE("a second claw-back marks nothing that is no longer held") {
  till t{0_cr};
  const lot_id promo = t.give({.amount = 10_cr, .category = lot_category::promo});
  const hold_id a = t.hold_of(6_cr);
  t.must(claw_back_request{.lot = promo, .amount = 8_cr});  // 4 at once, 4 of the held ones
  t.capture(a, 6_cr);
  const receipt r = t.must(claw_back_request{.lot = promo, .amount = 2_cr});
  CHECK(r.moved == 0_cr);
  CHECK(t.lots.at(promo).revoke_on_return == 4_cr);
  CHECK(t.lots.at(promo).clawed_back == 8_cr);
}

TEST_CASE("what is marked once is not marked again by a second claw-back") {
  till t{0_cr};
  const lot_id promo = t.give({.amount = 10_cr, .category = lot_category::promo});
  t.must(deduct_request{.amount = 3_cr});
  const hold_id h = t.hold_of(6_cr);
  t.must(claw_back_request{.lot = promo, .amount = 5_cr});  // 1 at once, 4 of the held ones
  t.must(claw_back_request{.lot = promo, .amount = 5_cr});  // the other 2 of the held ones
  CHECK(t.lots.at(promo).revoke_on_return == 6_cr);
  CHECK(t.lots.at(promo).clawed_back == 7_cr);
  CHECK(t.release(h).available == 0_cr);
}

TEST_CASE("what is revoked from an expired lot makes no child lot") {
  till t{0_cr};
  const lot_id promo = t.give({.amount = 10_cr, .lasts_for = hours(1)});
  const hold_id h = t.must(hold_request{.amount = 10_cr, .lasts_for = days(1)}).hold;
  t.must(claw_back_request{.lot = promo, .amount = 7_cr});
  t.pass(hours(2));
  CHECK(t.release(h).available == 3_cr);
  CHECK(t.lots.at(promo).revoked == 7_cr);
}

TEST_CASE("a charge-back into debt takes its own lot, then the others, then owes") {
  till t{30_cr};
  const lot_id paid = t.give({.amount = 50_cr, .priority = -1});
  t.must(deduct_request{.amount = 40_cr});
  CHECK(t.lots.at(paid).available == 10_cr);
  const receipt r = t.must(
      claw_back_request{.lot = paid, .amount = 50_cr, .policy = claw_back_policy::into_debt});
  CHECK(r.moved == 50_cr);
  CHECK(r.available == 0_cr);
  CHECK(r.debt == 10_cr);
  CHECK(t.lots.at(paid).revoked == 10_cr);
  CHECK(t.lots.at(t.first_lot()).revoked == 30_cr);
  CHECK(t.refused(hold_request{}).code == error::insufficient_credits);
}

TEST_CASE("a charge-back into debt owes what had expired, or was corrected away by hand") {
  till t{0_cr};
  claw_back_request owed{.amount = 10_cr, .policy = claw_back_policy::into_debt};
  SECTION("expired unused") {
    owed.lot = t.give({.amount = 10_cr, .lasts_for = hours(1)});
    t.pass(hours(2));
  }
  SECTION("corrected away") {  // by draw order: a correction names no grant
    owed.lot = t.give(10_cr);
    t.must(adjust_request{.amount = -10_cr, .reason = "wrong top-up"});
  }
  const receipt r = t.must(owed);
  CHECK(r.moved == 10_cr);
  CHECK(r.debt == 10_cr);
}

TEST_CASE("a charge-back of credits on hold is owed at once and paid when they return") {
  till t{0_cr};
  const lot_id paid = t.give(10_cr);
  const hold_id h = t.hold_of(10_cr);
  const receipt r = t.must(
      claw_back_request{.lot = paid, .amount = 10_cr, .policy = claw_back_policy::into_debt});
  CHECK(r.debt == 10_cr);
  CHECK(r.held == 10_cr);
  CHECK(t.row.balance() == 0_cr);
  const receipt back = t.release(h);
  CHECK(back.debt == 0_cr);
  CHECK(back.available == 0_cr);
}

TEST_CASE("a claw-back takes nothing twice and nothing of other lots unless it may owe") {
  till t{30_cr};
  const lot_id l = t.give({.amount = 10_cr, .priority = -1});
  t.must(deduct_request{.amount = 10_cr});
  const receipt r = t.must(claw_back_request{.lot = l, .amount = 10_cr});
  CHECK(r.moved == 0_cr);
  CHECK(r.available == 30_cr);
  CHECK(t.lots.at(l).clawed_back == 0_cr);
}

TEST_CASE("what was marked and captured instead can be asked for again as a debt, once") {
  till t{0_cr};
  const lot_id paid = t.give(10_cr);
  const hold_id h = t.hold_of(10_cr);
  CHECK(t.must(claw_back_request{.lot = paid, .amount = 10_cr}).moved == 0_cr);
  claw_back_request owed{.lot = paid, .amount = 10_cr, .policy = claw_back_policy::into_debt};
  CHECK(t.refused(owed).available == 0_cr);  // still held: it will be revoked
  t.capture(h, 10_cr);
  owed.amount = 11_cr;
  CHECK(t.refused(owed).available == 10_cr);
  owed.amount = 10_cr;
  const receipt r = t.must(owed);
  CHECK(r.moved == 10_cr);
  CHECK(r.debt == 10_cr);
  CHECK(t.lots.at(paid).clawed_back == 10_cr);
  CHECK(t.lots.at(paid).revoke_on_return == 0_cr);
  CHECK(t.refused(owed).code == error::exceeds_captured);
  CHECK(t.must(refund_request{.hold = h, .amount = 10_cr}).debt ==
        0_cr);  // pays it, is not revoked
  CHECK(t.row.available == 0_cr);
}

namespace {

/// A grant of 10 that expired while it was held; `back` says how often it came back and was held
/// again beyond its end.
lot_id expired_grant(till& t, int back) {
  const lot_id grant = t.give({.amount = 10_cr, .lasts_for = hours(1)});
  for (int n = 0; n < back; ++n) {
    const hold_id h = t.must(hold_request{.amount = 10_cr, .lasts_for = days(9)}).hold;
    t.pass(days(2));
    t.release(h);
  }
  return grant;
}

}  // namespace

TEST_CASE("a claw-back of a grant takes what came back of it after it expired") {
  for (const int back : {1, 2, 3}) {
    till t{0_cr};
    const lot_id grant = expired_grant(t, back);
    REQUIRE(t.row.available == 10_cr);
    const receipt r = t.must(claw_back_request{.lot = grant, .amount = 10_cr});
    CHECK(r.moved == 10_cr);
    CHECK(r.available == 0_cr);
    CHECK(t.lots.at(grant).clawed_back == 10_cr);
    CHECK(t.refused(claw_back_request{.lot = grant, .amount = 1_cr}).available == 0_cr);
  }
}

TEST_CASE("a claw-back takes what came back of the grant before it takes other lots or owes") {
  till t{0_cr};
  const lot_id grant = expired_grant(t, 1);
  const lot_id other = t.give({.amount = 7_cr, .priority = -1});
  const receipt r = t.must(
      claw_back_request{.lot = grant, .amount = 10_cr, .policy = claw_back_policy::into_debt});
  CHECK(r.debt == 0_cr);
  CHECK(r.available == 7_cr);
  CHECK(t.lots.at(other).available == 7_cr);
}

TEST_CASE("credits that came back of a grant are clawed back by its name only") {
  till t{0_cr};
  const lot_id grant = expired_grant(t, 2);
  for (const auto& [id, l] : t.lots) {
    if (l.parent.is_nil()) continue;
    CHECK(l.parent == grant);
    const failure no = t.refused(
        claw_back_request{.lot = id, .amount = 1_cr, .policy = claw_back_policy::into_debt});
    CHECK(no.code == error::exceeds_captured);
    CHECK(no.reason.find(to_string(grant)) != std::string::npos);
  }
}

TEST_CASE("a debt of a claw-back that would not fit the range of an amount is refused") {
  till t{0_cr};
  const lot_id l = t.give(10_cr);
  t.must(deduct_request{.amount = 10_cr});
  t.must(capture_request{.hold = t.must(hold_request{}).hold,
                         .amount = credits::max() - 5_cr,
                         .overage = overage_policy::into_debt});
  claw_back_request all{.lot = l, .amount = 10_cr, .policy = claw_back_policy::into_debt};
  CHECK(t.refused(all).code == error::overflow);
  all.amount = 5_cr;
  CHECK(t.must(all).debt == credits::max());
}
