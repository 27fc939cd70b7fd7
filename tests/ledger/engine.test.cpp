// SPDX-License-Identifier: BSL-1.0
#include <tollgate/ledger/engine.hpp>

#include <ledger/till.hpp>

#include <string>
#include <vector>

using namespace tollgate;
using namespace tollgate::test;

// --- what is wrong with a request ----------------------------------------------------------------

TEST_CASE("a request that is not well formed names its field and consumes no key") {
  struct row {
    command c;
    std::string field;
  };
  till t;
  const hold_id hold{{1, 2}};
  const lot_id lot{{1, 2}};
  const auto negative = credits::from_units(-1);
  const auto of = [](auto request) {
    request.account = user;
    request.key = "k";
    return to_command(std::move(request));
  };
  command no_account = of(hold_request{});
  no_account.account = {};
  command no_key = of(hold_request{});
  no_key.key.clear();
  command long_key = of(hold_request{});
  long_key.key = std::string(201, 'k');
  command both = of(hold_request{.lasts_for = hours(1), .expires_at = noon + hours(1)});
  std::vector<row> rows{
      {no_account, "/account"},
      {no_key, "/key"},
      {long_key, "/key"},
      {of(hold_request{.amount = negative}), "/amount"},
      {of(grant_request{.amount = 0_cr}), "/amount"},
      {of(grant_request{.amount = negative}), "/amount"},
      {of(capture_request{.hold = hold, .amount = negative}), "/amount"},
      {of(deduct_request{.amount = negative}), "/amount"},
      {of(refund_request{.hold = hold, .amount = 0_cr}), "/amount"},
      {of(claw_back_request{.lot = lot, .amount = 0_cr}), "/amount"},
      {of(adjust_request{.amount = 0_cr, .reason = "r"}), "/amount"},
      {of(open_account_request{.opening_grant = negative}), "/amount"},
      {of(import_cost_request{.project = {{1, 1}}, .amount = negative}), "/amount"},
      {of(set_threshold_request{.threshold = negative}), "/threshold"},
      {of(capture_request{}), "/hold"},
      {of(release_request{}), "/hold"},
      {of(extend_hold_request{.lasts_for = hours(1)}), "/hold"},
      {of(refund_request{.amount = 1_cr}), "/hold"},
      {of(claw_back_request{.amount = 1_cr}), "/lot"},
      {of(import_cost_request{.amount = 1_cr}), "/project"},
      {of(adjust_request{.amount = 1_cr}), "/reason"},
      {of(freeze_request{}), "/reason"},
      {of(grant_request{.amount = 1_cr, .effective_at = never}), "/effective_at"},
      {of(hold_request{.lasts_for = seconds(-1)}), "/lasts_for"},
      {both, "/lasts_for"},
      {of(extend_hold_request{.hold = hold}), "/expires_at"},
      {of(hold_request{.expires_at = noon}), "/expires_at"},
      {of(grant_request{.amount = 1_cr, .expires_at = noon}), "/expires_at"},
      {of(grant_request{
           .amount = 1_cr, .effective_at = noon + days(2), .expires_at = noon + days(2)}),
       "/expires_at"},
      {of(hold_request{.lasts_for = duration{never.microseconds}}), "/lasts_for"},
      {of(extend_hold_request{.hold = hold, .lasts_for = duration{never.microseconds}}),
       "/lasts_for"},
      {command{.kind = operation_kind::settle, .account = user, .key = "k"}, "/kind"},
      {command{.kind = operation_kind::expire_hold, .account = user, .key = "k"}, "/kind"},
      {command{.kind = operation_kind::confirm, .account = user, .key = "k"}, "/kind"},
  };
  for (const char* reserved : {"expire/", "effective/x", "settle/x"}) {
    command c = of(hold_request{});
    c.key = reserved;
    rows.push_back({c, "/key"});
  }
  for (const row& r : rows) {
    INFO(to_string(r.c.kind) << " " << r.field);
    const failure f = t.refused(r.c);
    CHECK(f.code == error::invalid_argument);
    CHECK(f.place == r.field);
  }
  CHECK(t.operations.size() == 1);
  CHECK(t.must(hold_request{.key = "k"}).seq == 2);
}

TEST_CASE("a request in a currency the ledger does not keep is refused before anything else") {
  till t;
  command c = to_command(hold_request{.account = user, .key = "open"});
  c.currency = "EUR";
  const failure refused = t.refused(c);
  CHECK(refused.code == error::unknown_currency);
  CHECK(refused.place == "/currency");
  c.amount = credits::from_units(-1);
  CHECK(t.refused(c).code == error::invalid_argument);
}

TEST_CASE("an account keeps the currency it was opened in") {
  till t;
  t.rules.currency = "EUR";
  command c = to_command(hold_request{.account = user, .key = "k"});
  c.currency = "EUR";
  const failure refused = t.refused(c);
  CHECK(refused.code == error::unknown_currency);
  CHECK(refused.place == "/currency");
  CHECK(t.operations.size() == 1);
}

TEST_CASE("nothing happens on an account that does not exist, and its keys stay free") {
  ledger_books books;
  const command c = to_command(hold_request{.account = user, .key = "k"});
  const auto answer = books.run(c);
  REQUIRE(!answer);
  CHECK(answer.error().code == error::account_not_found);
  CHECK(books.row == account{});
  CHECK(books.operations.empty());
  CHECK(books.faults.empty());
}

TEST_CASE("a wrong request is wrong on an account that does not exist, too") {
  ledger_books books;
  const auto answer =
      books.run(to_command(hold_request{.account = user, .expires_at = noon, .key = "k"}));
  REQUIRE(!answer);
  CHECK(answer.error().code == error::invalid_argument);
}

TEST_CASE("what waits in an account must wait in its lots, where both are asked for") {
  ledger_state loaded;
  loaded.row.id = user;
  loaded.row.pending = 5_cr;
  const auto refused = [&] { return detail::if_badly_loaded(loaded, credits::max()); };
  REQUIRE(refused());
  CHECK(refused()->code == error::corrupt_record);
  CHECK(refused()->place == "account/" + to_string(user));
  CHECK(!detail::if_badly_loaded(loaded, 0_cr));  // nobody asked for the lots
  loaded.lots.push_back({.pending = 5_cr});
  CHECK(!refused());
}

// --- the order of refusals -----------------------------------------------------------------------

TEST_CASE("when several reasons apply the first in the order of errors is given") {
  till t{100_cr};
  const hold_id open = t.hold_of(10_cr);
  const hold_id captured = t.hold_of(10_cr);
  t.capture(captured, 5_cr);
  const hold_id released = t.hold_of(10_cr);
  t.release(released);
  const hold_id expired = t.must(hold_request{.amount = 10_cr, .lasts_for = seconds(1)}).hold;
  const lot_id lot = t.first_lot();
  t.pass(seconds(2));
  t.must(hold_request{.amount = 0_cr, .key = "used"});
  t.must(freeze_request{.reason = "abuse"});
  t.rules.max_open_holds = 1;

  // Every row breaks all rules below it that its kind can break.
  const credits much = 1'000'000_cr;
  CHECK(t.refused(hold_request{.amount = much, .expires_at = noon, .key = "used"}).code ==
        error::invalid_argument);
  const failure conflict = t.refused(hold_request{.amount = much, .key = "used"});
  CHECK(conflict.code == error::key_conflict);
  CHECK(conflict.place == "/amount");
  CHECK(t.refused(capture_request{.hold = {{9, 9}}, .amount = much}).code == error::hold_not_found);
  CHECK(t.refused(claw_back_request{.lot = {{9, 9}}, .amount = much}).code == error::lot_not_found);
  CHECK(t.refused(capture_request{.hold = captured, .amount = much}).code ==
        error::hold_already_captured);
  CHECK(t.refused(capture_request{.hold = released, .amount = much}).code ==
        error::hold_already_released);
  CHECK(t.refused(capture_request{.hold = expired, .amount = much}).code == error::hold_expired);
  CHECK(t.refused(capture_request{.hold = open, .amount = much}).code == error::exceeds_hold);
  CHECK(t.refused(refund_request{.hold = captured, .amount = much}).code ==
        error::exceeds_captured);
  CHECK(t.refused(claw_back_request{.lot = lot, .amount = much}).code == error::exceeds_captured);
  const failure frozen = t.refused(hold_request{.amount = much});
  CHECK(frozen.code == error::account_frozen);
  CHECK(frozen.reason == "abuse");
  CHECK(t.refused(capture_request{
                      .hold = open, .amount = much, .overage = overage_policy::from_available})
            .code == error::account_frozen);
  t.must(unfreeze_request{});
  CHECK(t.refused(hold_request{.amount = much}).code == error::too_many_holds);
  t.rules.max_open_holds = 10;
  const failure missing = t.refused(hold_request{.amount = much});
  CHECK(missing.code == error::insufficient_credits);
  CHECK(missing.required == much);
  CHECK(missing.available == t.row.available);
  CHECK(missing.shortfall() == much - t.row.available);
}

TEST_CASE("a closed account refuses everything but reading, its holds and lots come first") {
  till t{0_cr};
  const hold_id done = t.must(deduct_request{.amount = 0_cr}).hold;
  const lot_id lot = t.give(5_cr);
  t.must(close_request{.forfeit = true});
  CHECK(t.refused(capture_request{.hold = done, .amount = 0_cr}).code ==
        error::hold_already_captured);
  CHECK(t.refused(refund_request{.hold = done, .amount = 1_cr}).code == error::exceeds_captured);
  CHECK(t.refused(claw_back_request{.lot = lot, .amount = 1_cr}).code == error::account_closed);
  CHECK(t.refused(grant_request{.amount = 1_cr}).code == error::account_closed);
  CHECK(t.refused(hold_request{}).code == error::account_closed);
  CHECK(t.refused(deduct_request{}).code == error::account_closed);
  CHECK(t.refused(adjust_request{.amount = 1_cr, .reason = "r"}).code == error::account_closed);
  CHECK(t.refused(adjust_request{.amount = -1_cr, .reason = "r"}).code == error::account_closed);
  CHECK(t.refused(freeze_request{.reason = "r"}).code == error::account_closed);
  CHECK(t.refused(unfreeze_request{}).code == error::account_closed);
  CHECK(t.refused(set_threshold_request{.threshold = 1_cr}).code == error::account_closed);
  CHECK(t.refused(close_request{}).code == error::account_closed);
}

// --- keys ----------------------------------------------------------------------------------------

TEST_CASE(
    "the same key and body answer with the stored receipt, whatever the account is like now") {
  till t{50_cr};
  const hold_request first{.amount = 50_cr, .key = "h"};
  const receipt original = t.must(first);
  CHECK(!original.replayed);
  t.capture(original.hold, 50_cr);
  const auto again = [&] {
    const std::size_t before = t.operations.size();
    receipt r = t.must(first);
    CHECK(r.replayed);
    CHECK(t.operations.size() == before);
    r.replayed = false;
    CHECK(r == original);
  };
  again();  // empty
  t.must(freeze_request{.reason = "r"});
  again();
  t.must(unfreeze_request{});
  t.must(close_request{});
  again();
}

TEST_CASE("the same key with another body is a conflict that names the first different field") {
  till t;
  const hold_id h = t.hold_of(1_cr);
  t.must(grant_request{.amount = 10_cr, .reason = "a", .key = "k"});
  const auto place = [&](auto request) {
    request.key = "k";
    const std::size_t before = t.operations.size();
    const failure f = t.refused(request);
    CHECK(f.code == error::key_conflict);
    CHECK(t.operations.size() == before);
    return f.place;
  };
  CHECK(place(grant_request{.amount = 11_cr, .reason = "b"}) == "/amount");
  CHECK(place(grant_request{.amount = 10_cr, .reason = "b"}) == "/reason");
  CHECK(place(grant_request{.amount = 10_cr, .priority = 1, .reason = "a"}) == "/priority");
  CHECK(place(grant_request{.amount = 10_cr, .lasts_for = days(1), .reason = "a"}) == "/lasts_for");
  CHECK(place(grant_request{.amount = 10_cr, .category = lot_category::promo, .reason = "a"}) ==
        "/category");
  CHECK(place(release_request{.hold = h}) == "/kind");
}

TEST_CASE("first_difference looks at every member but the key") {
  const command base{.kind = operation_kind::grant, .account = user, .key = "a"};
  const auto differs = [&](auto change) {
    command other = base;
    change(other);
    return std::string{first_difference(base, other)};
  };
  CHECK(differs([](command& c) { c.key = "b"; }).empty());
  CHECK(differs([](command& c) { c.kind = operation_kind::hold; }) == "kind");
  CHECK(differs([](command& c) { c.account = {}; }) == "account");
  CHECK(differs([](command& c) { c.currency = "X"; }) == "currency");
  CHECK(differs([](command& c) { c.amount = 1_cr; }) == "amount");
  CHECK(differs([](command& c) { c.threshold = 1_cr; }) == "threshold");
  CHECK(differs([](command& c) { c.hold = {{1, 1}}; }) == "hold");
  CHECK(differs([](command& c) { c.lot = {{1, 1}}; }) == "lot");
  CHECK(differs([](command& c) { c.job = {{1, 1}}; }) == "job");
  CHECK(differs([](command& c) { c.project = {{1, 1}}; }) == "project");
  CHECK(differs([](command& c) { c.category = lot_category::promo; }) == "category");
  CHECK(differs([](command& c) { c.priority = 1; }) == "priority");
  CHECK(differs([](command& c) { c.effective_at = noon; }) == "effective_at");
  CHECK(differs([](command& c) { c.expires_at = noon; }) == "expires_at");
  CHECK(differs([](command& c) { c.lasts_for = hours(1); }) == "lasts_for");
  CHECK(differs([](command& c) { c.overage = overage_policy::into_debt; }) == "overage");
  CHECK(differs([](command& c) { c.policy = claw_back_policy::into_debt; }) == "policy");
  CHECK(differs([](command& c) { c.final = false; }) == "final");
  CHECK(differs([](command& c) { c.reason = "r"; }) == "reason");
  CHECK(differs([](command& c) { c.body.bytes[0] = 1; }) == "body");
  CHECK(differs([](command& c) { c.attachment = "a"; }) == "attachment");
}

TEST_CASE("a refusal is recorded, moves nothing and stays the answer after a top-up") {
  till t{5_cr};
  const hold_request too_much{.amount = 6_cr, .key = "h"};
  const failure first = t.refused(too_much);
  CHECK(first.code == error::insufficient_credits);
  CHECK(t.operations.size() == 2);
  CHECK(t.last().outcome == error::insufficient_credits);
  CHECK(t.last().required == 6_cr);
  CHECK(t.last().limit == 5_cr);
  t.give(100_cr);
  CHECK(t.refused(too_much) == first);
  CHECK(t.must(hold_request{.amount = 6_cr}).moved == 6_cr);
}

TEST_CASE("the same key twice in one batch replays") {
  till t;
  const command c = to_command(hold_request{.account = user, .amount = 60_cr, .key = "k"});
  command other = c;
  other.amount = 1_cr;
  const std::vector<command> batch{c, c, other};
  const auto answers = t.run_batch(batch);
  REQUIRE(t.faults.empty());
  REQUIRE(answers[0]);
  REQUIRE(answers[1]);
  CHECK(!answers[0]->replayed);
  CHECK(answers[1]->replayed);
  CHECK(answers[1]->seq == answers[0]->seq);
  REQUIRE(!answers[2]);
  CHECK(answers[2].error().code == error::key_conflict);
  CHECK(t.row.held == 60_cr);
}

TEST_CASE("a batch judges each command as if alone, in order") {
  till t{100_cr};
  const auto hold = [](credits x, const char* key) {
    return to_command(hold_request{.account = user, .amount = x, .key = key});
  };
  const std::vector<command> batch{hold(70_cr, "a"), hold(70_cr, "b"), hold(30_cr, "c")};
  const auto answers = t.run_batch(batch);
  REQUIRE(t.faults.empty());
  CHECK(answers[0].has_value());
  CHECK(answers[1].error().code == error::insufficient_credits);
  CHECK(answers[2].has_value());
  CHECK(t.row.available == 0_cr);
}

TEST_CASE("a batch that claws a lot back still finds the lots its other commands draw from") {
  till t{0_cr};
  const lot_id first = t.give({.amount = 50_cr, .priority = 1});
  t.give({.amount = 50_cr, .priority = 2});
  const std::vector<command> batch{
      to_command(claw_back_request{.account = user, .lot = first, .amount = 50_cr, .key = "c"}),
      to_command(hold_request{.account = user, .amount = 50_cr, .key = "h"})};
  const auto answers = t.run_batch(batch);
  REQUIRE(t.faults.empty());
  CHECK(answers[0].has_value());
  CHECK(answers[1].has_value());
}

// --- accounts ------------------------------------------------------------------------------------

TEST_CASE("opening gives the opening grant as promotional credit that never expires") {
  till t{100_cr, 10_cr};
  CHECK(t.row.available == 100_cr);
  CHECK(t.row.low_credit_threshold == 10_cr);
  CHECK(t.row.opened_at == noon);
  CHECK(t.row.last_topup_at == timestamp{});
  const lot& l = t.lots.at(t.first_lot());
  CHECK(l.category == lot_category::promo);
  CHECK(l.expires_at == never);
}

TEST_CASE("an account can be opened empty") {
  till t{0_cr};
  CHECK(t.row.exists());
  CHECK(t.lots.empty());
  CHECK(!t.last().low_credit);
}

TEST_CASE(
    "opening an account that exists answers it, under any key and body, and changes nothing") {
  till t{100_cr};
  t.must(hold_request{.amount = 30_cr, .lasts_for = hours(1)});
  const receipt other_key = t.must(open_account_request{.opening_grant = 7_cr, .key = "another"});
  CHECK(other_key.replayed);
  CHECK(other_key.seq == 1);
  CHECK(other_key.operation == t.operations.front().id);
  CHECK(other_key.available == 70_cr);
  CHECK(t.must(open_account_request{.opening_grant = 7_cr}).replayed);
  const receipt same =
      t.must(open_account_request{.opening_grant = 100_cr, .low_credit_threshold = 10_cr});
  CHECK(same.replayed);
  CHECK(same.available == 100_cr);  // the stored receipt, though 30 are held by now
  CHECK(same.moved == 100_cr);
  CHECK(same.lots == t.operations.front().lots);
  t.pass(hours(2));
  CHECK(t.must(open_account_request{.key = "another"}).available == 100_cr);  // as of now
  CHECK(t.operations.size() == 2);
}

TEST_CASE("a key of another operation cannot open an account again") {
  till t;
  t.must(hold_request{.key = "k"});
  CHECK(t.refused(open_account_request{.key = "k"}).code == error::key_conflict);
}

TEST_CASE("a frozen account starts nothing new, but what runs goes on") {
  till t;
  const hold_id a = t.hold_of(10_cr);
  const hold_id b = t.hold_of(10_cr);
  const hold_id c = t.must(hold_request{.amount = 10_cr, .lasts_for = hours(1)}).hold;
  t.must(freeze_request{.reason = "charge-back"});
  CHECK(t.row.state == account_state::frozen);
  CHECK(t.refused(hold_request{}).code == error::account_frozen);
  CHECK(t.refused(deduct_request{}).reason == "charge-back");
  CHECK(t.refused(capture_request{.hold = a, .amount = 11_cr, .overage = overage_policy::into_debt})
            .code == error::account_frozen);
  t.capture(a, 10_cr);
  t.release(b);
  t.must(refund_request{.hold = a, .amount = 5_cr});
  t.give(1_cr);
  t.must(extend_hold_request{.hold = c, .lasts_for = hours(2)});
  t.must(adjust_request{.amount = -1_cr, .reason = "r"});
  t.pass(hours(3));
  t.touch();
  CHECK(t.holds.at(c).state == hold_state::expired);
  t.must(unfreeze_request{});
  CHECK(t.row.freeze_reason.empty());
  t.hold_of(1_cr);
}

TEST_CASE("an account closes only with nothing held, nothing owed and nothing left") {
  till t{20_cr};
  const hold_id h = t.hold_of(5_cr);
  const failure held = t.refused(close_request{.forfeit = true});
  CHECK(held.code == error::account_in_use);
  CHECK(held.required == 5_cr);
  t.release(h);
  const hold_id free = t.hold_of(0_cr);
  CHECK(t.refused(close_request{.forfeit = true}).code == error::account_in_use);
  t.capture(free, 0_cr);
  const failure left = t.refused(close_request{});
  CHECK(left.code == error::account_in_use);
  CHECK(left.required == 20_cr);
  const hold_id over = t.hold_of(20_cr);
  t.must(capture_request{.hold = over, .amount = 21_cr, .overage = overage_policy::into_debt});
  const failure owes = t.refused(close_request{.forfeit = true});
  CHECK(owes.code == error::account_in_use);
  CHECK(owes.required == 1_cr);
  t.give(1_cr);
  CHECK(t.must(close_request{}).moved == 0_cr);
  CHECK(t.row.state == account_state::closed);
}

TEST_CASE("closing forfeits what is available and what is pending, when asked to") {
  till t{20_cr};
  const lot_id later = t.give({.amount = 7_cr, .effective_at = noon + days(1)});
  CHECK(t.refused(close_request{}).required == 27_cr);
  const receipt r = t.must(close_request{.forfeit = true});
  CHECK(r.moved == 27_cr);
  CHECK(!r.low_credit);
  CHECK(t.row.available == 0_cr);
  CHECK(t.row.pending == 0_cr);
  CHECK(t.lots.at(later).expired == 7_cr);
  t.pass(days(2));
  CHECK(t.shown().available == 0_cr);
}

TEST_CASE("closing refuses to decide when a store did not load what is pending") {
  till t{20_cr};
  t.give({.amount = 7_cr, .effective_at = noon + days(1)});
  const command c = to_command(close_request{.account = user, .forfeit = true, .key = "c"});
  ledger_state state = t.load(c);
  std::erase_if(state.lots, [](const lot& l) { return l.pending != 0_cr; });
  const auto d = decide(state, c, t.now, t.rules);
  CHECK(!d.write);
  CHECK(d.answer.error().code == error::corrupt_record);
}

TEST_CASE("an adjustment gives or takes what is available, with a reason, never a debt") {
  till t{10_cr};
  const receipt more = t.must(adjust_request{.amount = 5_cr, .reason = "goodwill"});
  CHECK(more.moved == 5_cr);
  CHECK(t.lots.at(more.lots.front()).category == lot_category::adjustment);
  CHECK(t.row.last_topup_at == timestamp{});
  const receipt less = t.must(adjust_request{.amount = -15_cr, .reason = "mistake"});
  CHECK(less.moved == -15_cr);
  CHECK(t.row.available == 0_cr);
  const failure no = t.refused(adjust_request{.amount = -1_cr, .reason = "more"});
  CHECK(no.code == error::insufficient_credits);
  CHECK(no.required == 1_cr);
}

TEST_CASE("what would not fit the range of an amount is refused, never wrapped") {
  till t{0_cr};
  t.give(credits::max());
  const failure no = t.refused(grant_request{.amount = credits::from_units(1)});
  CHECK(no.code == error::overflow);
  CHECK(t.refused(adjust_request{.amount = 1_cr, .reason = "r"}).code == error::overflow);
  const hold_id h = t.must(deduct_request{.amount = 1_cr}).hold;
  t.give(1_cr);
  CHECK(t.refused(refund_request{.hold = h, .amount = 1_cr}).code == error::overflow);
  const hold_id all = t.hold_of(t.row.available);
  CHECK(t.refused(grant_request{.amount = 1_cr}).code == error::overflow);  // held counts
  t.capture(all, 0_cr);
  CHECK(t.refused(grant_request{.amount = 1_cr, .effective_at = noon + days(1)}).code ==
        error::overflow);
}

TEST_CASE("a debt that would not fit the range of an amount is refused") {
  till t{0_cr};
  const hold_id h = t.hold_of(0_cr);
  const hold_id second = t.hold_of(0_cr);
  t.must(
      capture_request{.hold = h, .amount = credits::max(), .overage = overage_policy::into_debt});
  CHECK(t.refused(
             capture_request{.hold = second, .amount = 1_cr, .overage = overage_policy::into_debt})
            .code == error::overflow);
  CHECK(t.refused(hold_request{.amount = credits::max()}).required == credits::max());
}

TEST_CASE("an earlier system's cost counts for its project and moves nothing") {
  till t;
  const project_id project{{7, 7}};
  const receipt r = t.must(import_cost_request{.project = project, .amount = 3.2_cr});
  CHECK(r.moved == 3.2_cr);
  CHECK(r.available == 100_cr);
  CHECK(t.last().spent == 3.2_cr);
  CHECK(t.last().project == project);
}

TEST_CASE("a closed account counts no earlier costs") {
  till t{0_cr};
  t.must(close_request{});
  const import_cost_request late{.project = {{7, 7}}, .amount = 1_cr, .key = "late"};
  CHECK(t.refused(late).code == error::account_closed);
  CHECK(t.last().spent == 0_cr);
  CHECK(t.refused(late).code == error::account_closed);  // recorded under its key
}

TEST_CASE("only what happens by itself is internal, wherever it stands among the kinds") {
  for (std::size_t n = 0; n < operation_kinds; ++n) {
    const auto kind = static_cast<operation_kind>(n);
    const bool by_itself = kind == operation_kind::settle || kind == operation_kind::expire_hold ||
                           kind == operation_kind::expire_lot ||
                           kind == operation_kind::activate_lot;
    INFO(to_string(kind));
    CHECK(is_internal(kind) == by_itself);
    const auto wrong = validate(command{.kind = kind}, ledger_rules{});
    REQUIRE(wrong.has_value());
    CHECK((wrong->place == "/kind") == by_itself);
  }
}

TEST_CASE("the running total of a project is captures less refunds, its commitments what is open") {
  till t;
  const project_id project{{7, 7}};
  const auto totals = [&] {
    std::pair<credits, credits> sum{};
    for (const operation& o : t.operations) {
      if (o.project != project) continue;
      sum.first += o.spent;
      sum.second += o.committed;
    }
    return sum;
  };
  const hold_id h = t.must(hold_request{.amount = 30_cr, .project = project}).hold;
  CHECK(totals() == std::pair{0_cr, 30_cr});
  t.capture(h, 10_cr, false);
  CHECK(totals() == std::pair{10_cr, 20_cr});
  t.must(capture_request{.hold = h, .amount = 25_cr, .overage = overage_policy::from_available});
  CHECK(totals() == std::pair{35_cr, 0_cr});
  t.must(refund_request{.hold = h, .amount = 4_cr});
  CHECK(totals() == std::pair{31_cr, 0_cr});
  t.must(deduct_request{.amount = 1_cr, .project = project});
  t.must(hold_request{.amount = 2_cr, .lasts_for = seconds(1), .project = project});
  CHECK(totals() == std::pair{32_cr, 2_cr});
  t.pass(seconds(1));
  t.touch();
  CHECK(totals() == std::pair{32_cr, 0_cr});
}

// --- low credit ----------------------------------------------------------------------------------

TEST_CASE(
    "low credit is told once when available falls below the threshold, and again once re-armed") {
  till t{20_cr, 10_cr};
  CHECK(!t.must(hold_request{.amount = 10_cr}).low_credit);  // at the threshold is not below
  const receipt crossing = t.must(hold_request{.amount = 1_cr});
  CHECK(crossing.low_credit);  // held counts as spent
  CHECK(t.row.is_low_credit());
  CHECK(!t.must(hold_request{.amount = 1_cr}).low_credit);
  t.give(1_cr);
  CHECK(!t.must(hold_request{.amount = 1_cr}).low_credit);  // still below: not re-armed
  t.give(2_cr);
  CHECK(t.row.available == 10_cr);
  CHECK(t.must(deduct_request{.amount = 1_cr}).low_credit);
}

TEST_CASE("a capture and a release within one operation tell of no low credit in between") {
  till t{20_cr, 10_cr};
  const hold_id h = t.must(hold_request{.amount = 15_cr}).hold;
  CHECK(!t.capture(h, 1_cr).low_credit);
  CHECK(t.row.available == 19_cr);
}

TEST_CASE("credits that expire tell of low credit in the operation of their expiry") {
  till t{0_cr, 10_cr};
  t.give({.amount = 20_cr, .lasts_for = hours(1)});
  t.pass(hours(1));
  t.touch();
  CHECK(t.last(1).request.kind == operation_kind::expire_lot);
  CHECK(t.last(1).low_credit);
  CHECK(!t.last().low_credit);
}

TEST_CASE("raising the threshold above what is available tells of low credit") {
  till t{20_cr, 10_cr};
  CHECK(t.must(set_threshold_request{.threshold = 21_cr}).low_credit);
  CHECK(!t.must(set_threshold_request{.threshold = 22_cr}).low_credit);
  CHECK(!t.must(set_threshold_request{.threshold = 0_cr}).low_credit);
}

// --- time ----------------------------------------------------------------------------------------

TEST_CASE("time never goes back on an account when the clock does") {
  till t;
  t.pass(hours(1));
  const hold_id h = t.must(hold_request{.amount = 1_cr, .lasts_for = hours(1)}).hold;
  t.now = noon;
  CHECK(t.must(hold_request{}).at == noon + hours(1));
  t.must(extend_hold_request{.hold = h, .lasts_for = minutes(10)});
  CHECK(t.holds.at(h).expires_at == noon + hours(2));  // a time-out never shortens
  CHECK(t.refused(hold_request{.expires_at = noon + minutes(30)}).place == "/expires_at");
}

TEST_CASE("every operation carries its own time and a gapless number") {
  till t;
  for (int i = 0; i < 3; ++i) {
    t.pass(seconds(1));
    const receipt r = t.touch();
    CHECK(r.seq == static_cast<std::uint64_t>(i) + 2);
    CHECK(r.at == t.now);
  }
}

TEST_CASE("a decision refuses to work on a hold whose lots were not loaded") {
  till t;
  const hold_id h = t.hold_of(10_cr);
  const command c = to_command(release_request{.account = user, .hold = h, .key = "r"});
  ledger_state state = t.load(c);
  state.lots.clear();
  const auto d = decide(state, c, t.now, t.rules);
  CHECK(!d.write);
  CHECK(d.answer.error().code == error::corrupt_record);
}

TEST_CASE("a decision refuses to draw from fewer lots than the account says it has") {
  till t;
  const command c = to_command(hold_request{.account = user, .amount = 10_cr, .key = "r"});
  ledger_state state = t.load(c);
  state.lots.clear();
  const auto d = decide(state, c, t.now, t.rules);
  CHECK(!d.write);
  CHECK(d.answer.error().code == error::corrupt_record);
}

TEST_CASE("only what draws credits asks for lots") {
  for (std::size_t n = 0; n < operation_kinds; ++n) {
    const command c{.kind = static_cast<operation_kind>(n), .amount = -3_cr};
    const bool all = c.kind == operation_kind::claw_back || c.kind == operation_kind::close;
    const bool amount = c.kind == operation_kind::hold || c.kind == operation_kind::deduct ||
                        c.kind == operation_kind::confirm;
    const credits draws = all                                ? credits::max()
                          : amount                           ? -3_cr
                          : c.kind == operation_kind::adjust ? 3_cr
                                                             : 0_cr;
    INFO(to_string(c.kind));
    CHECK(may_draw(c) == draws);
  }
}

TEST_CASE("lots that nothing else tells apart are drawn in the order of their ids") {
  const lot first{.id = {{1, 1}}, .seq = 4};
  const lot second{.id = {{1, 2}}, .seq = 4};
  CHECK((draw_order(first, second) < 0));
  CHECK((draw_order(second, first) > 0));
  CHECK((draw_order(first, first) == 0));
}

TEST_CASE("at the end of time nothing that never expires is due") {
  till t;
  t.now = never;
  CHECK(t.shown().available == 100_cr);
}

// Found by the fuzz target `ledgers`.
TEST_CASE("a time-out that nobody said never comes to lasting for ever") {
  const auto refused = [](till& t) {
    const auto answer = t.ask(hold_request{.amount = 1_cr});
    return !answer && answer.error().code == error::invalid_argument &&
           answer.error().place == "/lasts_for";
  };
  till late;
  late.now = timestamp{never.microseconds - 1'000'000};
  CHECK(refused(late));
  CHECK(late.ask(hold_request{.amount = 1_cr, .lasts_for = milliseconds(1)}).has_value());
  till endless;
  const hold_request under_earlier_rules{.amount = 1_cr, .key = "earlier"};
  const auto held = endless.ask(under_earlier_rules);
  REQUIRE(held.has_value());
  endless.rules.hold_lasts_for = duration{never.microseconds};
  CHECK(refused(endless));
  const auto again = endless.ask(under_earlier_rules);
  REQUIRE(again.has_value());
  CHECK(again->replayed);
  CHECK(endless.ask(hold_request{.amount = 1_cr, .expires_at = noon + hours(1)}).has_value());
}

TEST_CASE("an account that does not exist is shown as nothing") {
  CHECK(as_of({}, noon, {}) == account{});
}
