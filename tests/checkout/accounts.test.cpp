// SPDX-License-Identifier: BSL-1.0
#include <tollgate/checkout/accounts.hpp>

#include <tollgate/core/clock.hpp>
#include <tollgate/memory/store.hpp>

#include <support/catch.hpp>

#include <string>
#include <vector>

using namespace tollgate;

static_assert(checkout_observer<no_observer>);
static_assert(sizeof(accounts<memory::store>) == sizeof(accounts<memory::store, no_observer>));

namespace {

constexpr account_id owner{{1, 1}};
constexpr project_id film{{2, 2}};

struct desk {
  manual_clock clock{};
  memory::store store{memory::options{.clock = clock.source()}};
  accounts<memory::store> gate{store};
};

struct listens_to_nothing_we_tell {
  void on(const failure&) {}
};
static_assert(!checkout_observer<listens_to_nothing_we_tell>);

struct recorder {
  void on(const event::credits_moved& e) { log->push_back("moved " + e.done.key); }
  void on(const event::credit_became_low&) { log->push_back("low"); }
  void on(const event::request_refused& e) {
    log->push_back(std::string{e.what} + " refused " + std::string{to_string(e.why.code)});
  }
  std::vector<std::string>* log;
};

}  // namespace

TEST_CASE("an account opens with a hundred credits, once") {
  desk f;
  const auto opened = f.gate.open_account(owner);
  REQUIRE(opened);
  CHECK(opened->available == 100_cr);
  const auto again = f.gate.open_account(owner);
  REQUIRE(again);
  CHECK(again->replayed);
  CHECK(f.gate.balance(owner)->available == 100_cr);
  CHECK(f.gate.balance(owner)->low_credit_threshold == 10_cr);
}

TEST_CASE("an account that was never opened is not found") {
  desk f;
  CHECK(f.gate.balance(owner).error().code == error::account_not_found);
  const auto granted = f.gate.grant({.account = owner, .amount = 1_cr, .key = "g"});
  CHECK(granted.error().code == error::account_not_found);
}

TEST_CASE("every operation of the ledger has its method") {
  desk f;
  REQUIRE(f.gate.open_account({.account = owner, .low_credit_threshold = 5_cr}));
  const auto bought = f.gate.grant({.account = owner, .amount = 50_cr, .key = "buy"});
  REQUIRE(bought);
  const auto held = f.gate.hold({.account = owner, .amount = 20_cr, .project = film, .key = "h"});
  REQUIRE(held);
  CHECK(f.gate.extend_hold(
      {.account = owner, .hold = held->hold, .lasts_for = days(2), .key = "longer"}));
  CHECK(f.gate.capture({.account = owner, .hold = held->hold, .amount = 12_cr, .key = "c"}));
  CHECK(f.gate.refund({.account = owner, .hold = held->hold, .amount = 2_cr, .key = "r"}));
  const auto second = f.gate.hold({.account = owner, .amount = 1_cr, .key = "h2"});
  REQUIRE(second);
  CHECK(f.gate.release({.account = owner, .hold = second->hold, .key = "rel"}));
  CHECK(f.gate.deduct({.account = owner, .amount = 3_cr, .project = film, .key = "d"}));
  CHECK(f.gate.adjust({.account = owner, .amount = 1_cr, .reason = "goodwill", .key = "a"}));
  CHECK(f.gate.claw_back({.account = owner,
                          .lot = bought->lots.at(0),
                          .amount = 4_cr,
                          .reason = "bank",
                          .key = "cb"}));
  CHECK(f.gate.set_threshold({.account = owner, .threshold = 6_cr, .key = "t"}));
  CHECK(f.gate.import_cost({.account = owner, .project = film, .amount = 7_cr, .key = "old"}));
  CHECK(f.gate.running_total(owner, film)->spent == 20_cr);  // 12 - 2 + 3 + 7
  CHECK(f.gate.balance(owner)->available == 34_cr);          // 50 - 12 + 2 - 3 + 1 - 4
  CHECK(f.gate.freeze({.account = owner, .reason = "review", .key = "f"}));
  const auto frozen = f.gate.deduct({.account = owner, .amount = 1_cr, .key = "d2"});
  CHECK(frozen.error().code == error::account_frozen);
  CHECK(f.gate.unfreeze({.account = owner, .reason = "fine", .key = "u"}));
  CHECK(f.gate.close({.account = owner, .forfeit = true, .reason = "asked", .key = "x"}));
  CHECK(f.gate.balance(owner)->state == account_state::closed);
  CHECK(f.gate.verify(owner)->empty());
}

TEST_CASE("commands of one batch are judged alone and in order") {
  desk f;
  REQUIRE(f.gate.open_account({.account = owner}));
  const std::vector<command> batch{
      to_command(deduct_request{.account = owner, .amount = 1_cr, .key = "1"}),
      to_command(grant_request{.account = owner, .amount = 5_cr, .key = "2"}),
      to_command(deduct_request{.account = owner, .amount = 1_cr, .key = "3"}),
      to_command(grant_request{.account = owner, .amount = 5_cr, .key = "2"}),
  };
  const auto answers = f.gate.submit(batch);
  REQUIRE(answers.size() == 4);
  CHECK(answers[0].error().code == error::insufficient_credits);
  CHECK(answers[1]->available == 5_cr);
  CHECK(answers[2]->available == 4_cr);
  CHECK(answers[3]->replayed);
}

TEST_CASE("a read shows what has expired although nothing was written since") {
  desk f;
  REQUIRE(f.gate.open_account({.account = owner}));
  REQUIRE(f.gate.grant({.account = owner, .amount = 9_cr, .lasts_for = hours(1), .key = "g"}));
  f.clock.advance(hours(1));
  CHECK(f.gate.balance(owner)->available == 0_cr);
  CHECK(f.gate.history(owner)->items.size() == 2);
}

TEST_CASE("a balance of the past is what a read would have shown then") {
  desk f;
  const auto start = f.clock.now();
  REQUIRE(f.gate.open_account({.account = owner}));
  f.clock.advance(minutes(1));
  REQUIRE(f.gate.grant({.account = owner, .amount = 9_cr, .lasts_for = hours(1), .key = "g"}));
  f.clock.advance(days(1));
  const auto shown = [&] {
    const auto before = f.gate.balance(owner, start + duration{-1});
    CHECK(before.error().code == error::account_not_found);
    CHECK(f.gate.balance(owner, start)->available == 0_cr);
    CHECK(f.gate.balance(owner, start + minutes(1))->available == 9_cr);
    CHECK(f.gate.balance(owner, start + minutes(61) + duration{-1})->available == 9_cr);
    CHECK(f.gate.balance(owner, start + minutes(61))->available == 0_cr);
    CHECK(f.gate.balance(owner, never)->total() == 0_cr);
  };
  shown();
  // Once somebody writes, the expiry is in the journal, at the same instant.
  REQUIRE(f.gate.grant({.account = owner, .amount = 1_cr, .key = "later"}));
  CHECK(f.gate.balance(owner, never)->total() == 1_cr);
  f.clock.advance(hours(1));
  CHECK(f.gate.balance(owner, start + minutes(61) + duration{-1})->available == 9_cr);
  CHECK(f.gate.balance(owner, start + minutes(61))->available == 0_cr);
}

TEST_CASE("an observer hears of every new effect and every refusal, not of replays") {
  manual_clock clock;
  memory::store store{memory::options{.clock = clock.source()}};
  std::vector<std::string> log;
  accounts gate{store, ledger_rules{}, recorder{&log}};
  REQUIRE(gate.open_account(owner));
  REQUIRE(gate.open_account(owner));
  REQUIRE(gate.deduct({.account = owner, .amount = 95_cr, .key = "most"}));
  CHECK_FALSE(gate.deduct({.account = owner, .amount = 95_cr, .key = "more"}));
  CHECK(log == std::vector<std::string>{"moved open", "moved most", "low",
                                        "deduct refused insufficient_credits"});
}

TEST_CASE("requests are made in the currency of the rules") {
  memory::store store;
  accounts gate{store, ledger_rules{.currency = "TOKEN"}};
  REQUIRE(gate.open_account(owner));
  CHECK(gate.balance(owner)->currency == "TOKEN");
}
