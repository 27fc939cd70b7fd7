// SPDX-License-Identifier: BSL-1.0
#include <tollgate/ledger/verify.hpp>

#include <ledger/till.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

using namespace tollgate;
using namespace tollgate::test;

namespace {

/// Books in which a bit of everything happened.
struct eventful : till {
  lot_id pending, expired, child, revoked, topped_up;
  hold_id open, partial, captured, refunded, ran_out, excess;

  eventful() : till(100_cr, 10_cr) {
    revoked = give({.amount = 9_cr, .category = lot_category::promo, .priority = -2});
    expired = give({.amount = 20_cr, .priority = -1, .lasts_for = hours(1)});
    partial = must(hold_request{.amount = 25_cr, .lasts_for = days(2)}).hold;
    must(claw_back_request{.lot = revoked, .amount = 2_cr});
    capture(partial, 12_cr, false);
    ran_out = must(hold_request{.amount = 3_cr, .lasts_for = minutes(1)}).hold;
    pass(hours(2));
    captured = hold_of(30_cr);
    refunded = must(deduct_request{.amount = 6_cr, .project = {{4, 4}}}).hold;
    must(refund_request{.hold = refunded, .amount = 2_cr});
    capture(captured, 11_cr);
    child = release(partial).lots.back();
    open = must(hold_request{.amount = 7_cr, .lasts_for = days(3), .project = {{4, 4}}}).hold;
    const hold_id over = hold_of(1_cr);
    excess = overage_hold_of(
        user, must(capture_request{
                  .hold = over, .amount = 200_cr, .overage = overage_policy::into_debt}));
    refused(hold_request{.amount = 1_cr});
    topped_up = give(250_cr);
    must(set_threshold_request{.threshold = 20_cr});
    must(import_cost_request{.project = {{4, 4}}, .amount = 5_cr});
    pending = give({.amount = 4_cr, .effective_at = now + days(1), .lasts_for = days(1)});
    must(freeze_request{.reason = "looks odd"});
  }

  operation& of(operation_kind kind) {
    return *std::find_if(operations.begin(), operations.end(),
                         [&](const operation& o) { return o.request.kind == kind; });
  }
  entry& entry_of(operation_kind kind) {
    const std::uint64_t seq = of(kind).seq;
    return *std::find_if(entries.begin(), entries.end(),
                         [&](const entry& e) { return e.seq == seq; });
  }
  operation& refusal() {
    return *std::find_if(operations.begin(), operations.end(),
                         [](const operation& o) { return o.refused(); });
  }
};

struct corruption {
  const char* what;
  void (*act)(eventful&);
  const char* rule;
};

constexpr credits unit = credits::from_units(1);

const corruption corruptions[]{
    {"an entry changed", [](eventful& b) { b.entry_of(operation_kind::grant).amount += unit; },
     "invariant 1"},
    {"an entry lost", [](eventful& b) { b.entries.pop_back(); }, "invariant 1"},
    {"an entry of a code nobody knows",
     [](eventful& b) {
       b.entries.push_back({.seq = 2, .code = static_cast<entry_code>(77), .amount = 0_cr});
     },
     "invariant 1"},
    {"an entry of a code nobody knows, in a lot",
     [](eventful& b) {
       const auto nobodys = static_cast<entry_code>(77);
       b.entries.push_back({.seq = 2, .code = nobodys, .lot = b.pending, .amount = 0_cr});
     },
     "invariant 1"},
    {"available raised", [](eventful& b) { b.row.available += unit; }, "invariant 2"},
    {"held raised", [](eventful& b) { b.row.held += unit; }, "invariant 2"},
    {"pending raised", [](eventful& b) { b.row.pending += unit; }, "invariant 2"},
    {"a debt forgotten at one operation", [](eventful& b) { b.refusal().debt = 0_cr; },
     "invariant 2"},
    {"a debt invented", [](eventful& b) { b.row.debt = unit; }, "invariant 2"},
    {"a balance rewritten", [](eventful& b) { b.operations[3].available += unit; }, "invariant 2"},
    {"a held balance rewritten", [](eventful& b) { b.operations[3].held += unit; }, "invariant 2"},
    {"a threshold nobody set", [](eventful& b) { b.row.low_credit_threshold += unit; },
     "invariant 2"},
    {"a freeze lost", [](eventful& b) { b.row.state = account_state::open; }, "invariant 2"},
    {"another reason", [](eventful& b) { b.row.freeze_reason = "none"; }, "invariant 2"},
    {"a top-up forgotten", [](eventful& b) { b.row.last_topup_at = noon; }, "invariant 2"},
    {"a deduction forgotten", [](eventful& b) { b.row.last_deduction_at = noon; }, "invariant 2"},
    {"a deduction to come",
     [](eventful& b) { b.row.last_deduction_at = b.row.changed_at + duration{1}; }, "invariant 2"},
    {"a lot that gives more than it got", [](eventful& b) { b.lots.at(b.child).available += unit; },
     "invariant 3"},
    {"credits moved between lots",
     [](eventful& b) {
       b.lots.at(b.first_lot()).spent -= unit;
       b.lots.at(b.first_lot()).expired += unit;
     },
     "invariant 3"},
    {"a negative part",
     [](eventful& b) {
       b.lots.at(b.pending).pending += unit;
       b.lots.at(b.pending).revoked -= unit;
     },
     "invariant 3"},
    {"a grant enlarged", [](eventful& b) { b.lots.at(b.expired).granted += unit; }, "invariant 3"},
    {"more asked back than granted", [](eventful& b) { b.lots.at(b.revoked).clawed_back = 10_cr; },
     "invariant 3"},
    {"more asked back of a grant and what came back of it",
     [](eventful& b) {
       lot& back = b.lots.at(b.child);
       lot& grant = b.lots.at(back.parent);
       grant.clawed_back = grant.granted;
       back.clawed_back = unit;
     },
     "invariant 3"},
    {"a revocation that was not done",
     [](eventful& b) {
       lot& l = b.lots.at(b.topped_up);
       l.revoke_on_return = l.clawed_back = unit;
     },
     "invariant 3"},
    {"a revocation that was not done of what is to come",
     [](eventful& b) {
       lot& l = b.lots.at(b.pending);
       l.revoke_on_return = l.clawed_back = unit;
     },
     "invariant 3"},
    {"less than nothing asked back", [](eventful& b) { b.lots.at(b.revoked).clawed_back = -unit; },
     "invariant 3"},
    {"less than nothing to be revoked",
     [](eventful& b) { b.lots.at(b.revoked).revoke_on_return = -unit; }, "invariant 3"},
    {"more to be revoked than was asked back",
     [](eventful& b) {
       lot& l = b.lots.at(b.expired);
       l.revoke_on_return = unit;
     },
     "invariant 3"},
    {"lots that are each other's parents",
     [](eventful& b) {
       b.lots.at(b.expired).parent = b.child;
       b.lots.at(b.child).parent = b.expired;
     },
     "invariant 3"},
    {"open holds miscounted", [](eventful& b) { ++b.row.open_holds; }, "invariant 3"},
    {"an open hold enlarged",
     [](eventful& b) {
       b.holds.at(b.open).amount += unit;
       b.holds.at(b.open).draws.back().amount += unit;
     },
     "invariant 3"},
    {"a hold that says it took from another lot",
     [](eventful& b) { b.holds.at(b.refunded).draws.front().lot = b.pending; }, "invariant 3"},
    {"a final hold with something open",
     [](eventful& b) { b.holds.at(b.captured).released -= unit; }, "invariant 4"},
    {"a deduction that was not charged whole",
     [](eventful& b) {
       hold& h = b.holds.at(b.refunded);
       h.captured -= unit;
       h.draws.front().captured -= unit;
     },
     "invariant 4"},
    {"a deduction that somebody ended",
     [](eventful& b) { b.of(operation_kind::release).hold = b.refunded; }, "invariant 4"},
    {"a hold without a time-out", [](eventful& b) { b.holds.at(b.open).expires_at = never; },
     "invariant 4"},
    {"an open excess", [](eventful& b) { b.holds.at(b.excess).state = hold_state::open; },
     "invariant 4"},
    {"a captured part that is no head",
     [](eventful& b) {
       auto& draws = b.holds.at(b.partial).draws;
       std::swap(draws.front().captured, draws.back().captured);
       std::swap(draws.front().released, draws.back().released);
     },
     "invariant 5"},
    {"draws that do not add up",
     [](eventful& b) { b.holds.at(b.partial).draws.front().captured -= unit; }, "invariant 5"},
    {"a draw with a negative part",
     [](eventful& b) {
       draw& d = b.holds.at(b.open).draws.front();
       d.captured = -unit;
       d.released = unit;
     },
     "invariant 5"},
    {"a draw with a negative release",
     [](eventful& b) { b.holds.at(b.open).draws.front().released = -unit; }, "invariant 5"},
    {"a draw with a negative refund",
     [](eventful& b) { b.holds.at(b.open).draws.front().refunded = -unit; }, "invariant 5"},
    {"a draw of nothing",
     [](eventful& b) { b.holds.at(b.open).draws.push_back({.lot = b.topped_up}); }, "invariant 5"},
    {"a refund that began in the middle",
     [](eventful& b) {
       hold& h = b.holds.at(b.partial);
       h.refunded = h.draws.front().refunded = unit;
     },
     "invariant 5"},
    {"a refund of an open hold",
     [](eventful& b) {
       hold& h = b.holds.at(b.open);
       h.captured = h.refunded = unit;
     },
     "invariant 5"},
    {"one key twice",
     [](eventful& b) { b.operations[4].request.key = b.operations[3].request.key; }, "invariant 6"},
    {"a hold ended twice",
     [](eventful& b) {
       operation again = b.of(operation_kind::release);
       again.seq = b.operations.size() + 1;
       again.request.key = "again";
       b.operations.push_back(again);
     },
     "invariant 6"},
    {"an ended hold that is open again",
     [](eventful& b) { b.holds.at(b.partial).state = hold_state::open; }, "invariant 6"},
    {"a final hold that nothing ended",
     [](eventful& b) { b.holds.at(b.open).state = hold_state::released; }, "invariant 6"},
    {"a debt nobody allowed",
     [](eventful& b) {
       for (operation& o : b.operations) o.request.overage = overage_policy::refuse;
     },
     "invariant 7"},
    {"a balance below zero",
     [](eventful& b) {
       b.entries.push_back({.seq = 2, .code = entry_code::available, .amount = -900_cr});
       b.entries.push_back({.seq = 2, .code = entry_code::debt, .amount = 900_cr});
     },
     "invariant 7"},
    {"a gap", [](eventful& b) { b.operations.erase(b.operations.begin() + 4); }, "invariant 8"},
    {"a double", [](eventful& b) { b.operations[4].seq = 4; }, "invariant 8"},
    {"time going back", [](eventful& b) { b.operations[4].at = timestamp{}; }, "invariant 8"},
    {"a row behind its journal", [](eventful& b) { --b.row.seq; }, "invariant 8"},
    {"a row before its time", [](eventful& b) { b.row.changed_at = noon; }, "invariant 8"},
    {"a refusal that moved credits",
     [](eventful& b) {
       b.entries.push_back({.seq = b.refusal().seq, .code = entry_code::revenue, .amount = unit});
       b.entries.push_back({.seq = b.refusal().seq, .code = entry_code::revenue, .amount = -unit});
     },
     "invariant 9"},
    {"a refusal that says it moved", [](eventful& b) { b.refusal().moved = unit; }, "invariant 9"},
    {"a refusal that says it charged", [](eventful& b) { b.refusal().spent = unit; },
     "invariant 9"},
    {"a refusal that says it held", [](eventful& b) { b.refusal().committed = unit; },
     "invariant 9"},
    {"a refusal that says it made jobs", [](eventful& b) { b.refusal().jobs = 1; }, "invariant 9"},
    {"a refusal that names lots", [](eventful& b) { b.refusal().lots = {b.child}; }, "invariant 9"},
    {"a refund above the capture",
     [](eventful& b) { b.holds.at(b.captured).draws.front().refunded = 100_cr; }, "invariant 10"},
    {"credits drawn before their time",
     [](eventful& b) { b.lots.at(b.first_lot()).effective_at = noon + hours(1); }, "invariant 11"},
    {"credits drawn after their time",
     [](eventful& b) { b.lots.at(b.first_lot()).expires_at = noon + hours(1); }, "invariant 11"},
    {"a lot dropped", [](eventful& b) { b.lots.erase(b.expired); }, "invariant 13"},
    {"a hold dropped", [](eventful& b) { b.holds.erase(b.refunded); }, "invariant 13"},
    {"the hold of an excess made by nobody",
     [](eventful& b) {
       b.holds.at(b.excess).order = {{8, 8}};
     },
     "invariant 13"},
    {"a hold made by a refusal", [](eventful& b) { b.holds.at(b.open).order = b.refusal().id; },
     "invariant 13"},
    {"a third hold made by a capture",
     [](eventful& b) { b.holds.at(b.open).order = b.holds.at(b.excess).order; }, "invariant 13"},
    {"a lot made by a refusal", [](eventful& b) { b.lots.at(b.pending).seq = b.refusal().seq; },
     "invariant 13"},
    {"a lot made by nobody", [](eventful& b) { b.lots.at(b.pending).seq = 4'000; }, "invariant 13"},
    {"a draw from nowhere",
     [](eventful& b) {
       b.holds.at(b.open).draws.front().lot = {{8, 8}};
     },
     "invariant 13"},
    {"an unpaid draw without a lot", [](eventful& b) { b.holds.at(b.open).draws.front().lot = {}; },
     "invariant 13"},
    {"entries of no operation",
     [](eventful& b) { b.entries.push_back({.seq = 999, .code = entry_code::debt}); },
     "invariant 13"},
    {"an operation of another account",
     [](eventful& b) {
       b.operations[4].request.account = {{8, 8}};
     },
     "invariant 13"},
    {"an operation without a key", [](eventful& b) { b.operations[4].request.key.clear(); },
     "invariant 13"},
    {"two operations without a key",
     [](eventful& b) {
       b.operations[4].request.key.clear();
       b.operations[5].request.key.clear();
     },
     "invariant 13"},
    {"an operation under a key that no caller has",
     [](eventful& b) { b.operations[4].request.key = "expire/of a caller"; }, "invariant 13"},
    {"an operation's id twice", [](eventful& b) { b.operations[4].id = b.operations[3].id; },
     "invariant 13"},
    {"an expiry at another time",
     [](eventful& b) { b.holds.at(b.ran_out).expires_at = noon + minutes(2); }, "settle first"},
    {"a hold that ran out and says otherwise",
     [](eventful& b) { b.holds.at(b.ran_out).state = hold_state::released; }, "settle first"},
    {"a lot's expiry at another time",
     [](eventful& b) { b.of(operation_kind::expire_lot).at = noon + minutes(61); }, "settle first"},
    {"a hold that ran out and was left open",
     [](eventful& b) { b.holds.at(b.open).expires_at = b.row.changed_at; }, "settle first"},
    {"credits that came into effect and were left pending",
     [](eventful& b) { b.lots.at(b.pending).effective_at = b.row.changed_at; }, "settle first"},
    {"an alarm nobody heard",
     [](eventful& b) {
       for (operation& o : b.operations) o.low_credit = false;
     },
     "low credit"},
    {"a false alarm", [](eventful& b) { b.operations[1].low_credit = true; }, "low credit"},
    {"a charge of another project", [](eventful& b) { b.holds.at(b.refunded).project = {}; },
     "running total"},
    {"a commitment forgotten", [](eventful& b) { b.of(operation_kind::hold).committed = 0_cr; },
     "running total"},
};

bool finds(const ledger_books& b, const char* rule) {
  const auto found = b.check();
  return std::any_of(found.begin(), found.end(),
                     [&](const discrepancy& d) { return d.rule == rule; });
}

}  // namespace

TEST_CASE("an audit of sound books finds nothing, whatever order they come in") {
  eventful b;
  CHECK(b.row.debt == 0_cr);
  CHECK(b.check().empty());
  std::reverse(b.operations.begin(), b.operations.end());
  std::reverse(b.entries.begin(), b.entries.end());
  CHECK(b.check().empty());
}

TEST_CASE("an account that does not exist has empty books") {
  CHECK(verify({}, {}, {}, {}, {}).empty());
  const std::vector<entry> stray{{.seq = 1, .code = entry_code::debt}};
  CHECK(!verify({}, {}, {}, {}, stray).empty());
}

TEST_CASE("an audit names the rule that a corrupted record breaks") {
  for (const corruption& c : corruptions) {
    eventful b;
    c.act(b);
    const auto found = b.check();
    INFO(c.what);
    std::string all;
    for (const discrepancy& d : found) all += d.rule + " " + d.place + " " + d.message + "\n";
    INFO(all);
    CHECK(std::any_of(found.begin(), found.end(),
                      [&](const discrepancy& d) { return d.rule == c.rule; }));
  }
}

TEST_CASE("an audit says where, and both figures") {
  eventful b;
  const credits should = b.row.held;
  b.row.held += 0.5_cr;
  const auto found = b.check();
  REQUIRE(!found.empty());
  CHECK(found.front().place == "account/" + to_string(user));
  CHECK(found.front().message ==
        "held is " + to_string(b.row.held) + ", but should be " + to_string(should));
}

TEST_CASE("figures out of range are found, not stumbled over") {
  eventful b;
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  b.lots.at(b.child).granted.units_ = largest;
  b.lots.at(b.child).spent.units_ = largest;
  b.row.available.units_ = std::numeric_limits<std::int64_t>::min();
  b.holds.at(b.open).amount.units_ = largest;
  b.holds.at(b.open).released.units_ = -largest;
  for (entry& e : b.entries) e.amount.units_ = largest;
  CHECK(b.check().size() > 10);
}

TEST_CASE("a record that is there twice is found") {
  const eventful b;
  std::vector<lot> lots;
  std::vector<hold> holds;
  for (const auto& [id, l] : b.lots) lots.push_back(l);
  for (const auto& [id, h] : b.holds) holds.push_back(h);
  const auto says_twice = [&] {
    const auto found = verify(b.row, lots, holds, b.operations, b.entries);
    return std::any_of(found.begin(), found.end(),
                       [](const discrepancy& d) { return d.message == "is there twice"; });
  };
  CHECK(!says_twice());
  lots.push_back(lots.back());
  CHECK(says_twice());
  lots.pop_back();
  holds.push_back(holds.back());
  CHECK(says_twice());
}

TEST_CASE("whatever operation it is said to be of, a hold that it cannot have made is found") {
  for (std::size_t n = 0; n < operation_kinds; ++n) {
    eventful b;
    operation& grant = b.of(operation_kind::grant);
    grant.request.kind = static_cast<operation_kind>(n);
    b.holds.at(b.open).order = grant.id;
    INFO(to_string(grant.request.kind));
    CHECK(finds(b, "invariant 13"));
  }
}

TEST_CASE("whatever operation raises a debt, only three kinds may") {
  for (std::size_t n = 0; n < operation_kinds; ++n) {
    eventful b;
    const auto owes = std::find_if(b.operations.begin(), b.operations.end(),
                                   [](const operation& o) { return o.debt != 0_cr; });
    REQUIRE(owes->request.kind == operation_kind::capture);
    owes->request.kind = static_cast<operation_kind>(n);
    owes->request.policy = claw_back_policy::into_debt;
    const bool may = owes->request.kind == operation_kind::capture ||
                     owes->request.kind == operation_kind::settle ||
                     owes->request.kind == operation_kind::claw_back;
    INFO(to_string(owes->request.kind));
    CHECK(finds(b, "invariant 7") == !may);
  }
}
