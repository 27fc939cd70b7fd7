// SPDX-License-Identifier: BSL-1.0
#include <tollgate/memory/load.hpp>

#include <memory/desk.hpp>

#include <set>
#include <string>
#include <vector>

namespace tollgate::test {
namespace {

account_snapshot look(desk& d, account_want want) {
  auto s = value(d.store.load({.wants = {std::move(want)}}));
  REQUIRE(s.accounts.size() == 1);
  return std::move(s.accounts.front());
}

TEST_CASE("an account that does not exist is loaded as its id and nothing else") {
  desk d;
  const auto id = nth<account_id>(1);
  const auto s = look(d, {.account = id, .amount = credits::max()});
  REQUIRE(s.ledger.row == account{.id = id});
  REQUIRE(s.ledger.lots.empty());
  REQUIRE(value(d.store.accounts({})).items.empty());
}

TEST_CASE("a lot drawn on by several holds is loaded once") {
  desk d;
  const auto a = d.open(1);
  const auto placed = d.order(a, "k", d.item_list(3));
  account_want want{.account = a, .amount = whole(5), .jobs = placed.jobs};
  want.jobs.push_back(placed.jobs.front());
  for (const job_id j : placed.jobs) want.holds.push_back(hold_of(j));
  const auto s = look(d, want);
  REQUIRE(s.ledger.lots.size() == 1);
  REQUIRE(s.ledger.holds.size() == 3);
  REQUIRE(s.jobs.size() == 3);
}

TEST_CASE("exhausted lots are not looked at when an amount is wanted") {
  desk d;
  const auto a = d.open(1, whole(0));
  for (int i = 0; i < 50; ++i) {
    value(d.ask(grant_request{.account = a, .amount = whole(1), .key = "g" + std::to_string(i)}));
    value(d.ask(deduct_request{.account = a, .amount = whole(1), .key = "d" + std::to_string(i)}));
  }
  value(d.ask(grant_request{.account = a, .amount = whole(2), .key = "last"}));
  REQUIRE(look(d, {.account = a, .amount = whole(1)}).ledger.lots.size() == 1);
  REQUIRE(value(d.store.audit(a)).lots.size() == 51);
}

TEST_CASE("a lot that gets credits back can be drawn again") {
  desk d;
  const auto a = d.open(1, whole(5));
  const auto h = value(d.ask(hold_request{.account = a, .amount = whole(5), .key = "h"}));
  REQUIRE(look(d, {.account = a, .amount = whole(1)}).ledger.lots.empty());
  value(d.ask(release_request{.account = a, .hold = h.hold, .key = "r"}));
  REQUIRE(look(d, {.account = a, .amount = whole(1)}).ledger.lots.size() == 1);
}

TEST_CASE("lots come in draw order however they were granted") {
  desk d;
  const auto a = d.open(1, whole(0));
  for (const int priority : {5, -3, 9, 0, -7}) {
    value(d.ask(grant_request{.account = a,
                              .amount = whole(1),
                              .priority = static_cast<std::int16_t>(priority),
                              .key = "g" + std::to_string(priority)}));
  }
  const auto s = look(d, {.account = a, .amount = whole(3)});
  std::vector<int> priorities;
  for (const lot& l : s.ledger.lots) priorities.push_back(l.priority);
  REQUIRE(priorities == std::vector<int>{-7, -3, 0});
}

TEST_CASE("a hold leaves the list of what is due once its end was written") {
  desk d;
  const auto a = d.open(1);
  value(
      d.ask(hold_request{.account = a, .amount = whole(5), .lasts_for = seconds(10), .key = "h"}));
  d.clock.advance(seconds(10));
  REQUIRE(look(d, {.account = a}).ledger.holds.size() == 1);
  value(d.ask(grant_request{.account = a, .amount = whole(1), .key = "g"}));  // settles first
  REQUIRE(look(d, {.account = a}).ledger.holds.empty());
}

TEST_CASE("a prolonged hold is due at its new end only") {
  desk d;
  const auto a = d.open(1);
  const auto h = value(
      d.ask(hold_request{.account = a, .amount = whole(5), .lasts_for = seconds(10), .key = "h"}));
  value(d.ask(
      extend_hold_request{.account = a, .hold = h.hold, .lasts_for = seconds(60), .key = "e"}));
  d.clock.advance(seconds(30));
  REQUIRE(look(d, {.account = a}).ledger.holds.empty());
  d.clock.advance(seconds(30));
  REQUIRE(look(d, {.account = a}).ledger.holds.size() == 1);
}

TEST_CASE("the holds of jobs are never due") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(12));
  d.clock.advance(days(400));
  REQUIRE(look(d, {.account = a}).ledger.holds.empty());
}

TEST_CASE("time handed out never goes back, whatever the clock does") {
  desk d;
  const auto first = value(d.store.load({})).now;
  d.clock.advance(minutes(-5));
  REQUIRE(value(d.store.load({})).now == first);
  d.clock.advance(minutes(6));
  REQUIRE(value(d.store.load({})).now == first + minutes(1));
}

TEST_CASE("what ended a job comes with it") {
  desk d;
  const auto a = d.open(1);
  const auto placed = d.order(a, "k", d.item_list(1));
  REQUIRE(look(d, {.account = a, .jobs = placed.jobs}).ledger.prior.empty());
  value(d.settle(d.claim().front()));
  const auto s = look(d, {.account = a, .keys = {"k"}, .jobs = placed.jobs});
  REQUIRE(s.ledger.prior.size() == 2);
  REQUIRE(s.ledger.prior[0].seq == s.jobs.front().status.final_seq);
  REQUIRE(s.ledger.prior[1].request.key == "k");
}

TEST_CASE("an item's live job is found while it lives and not afterwards") {
  desk d;
  const auto a = d.open(1);
  const auto items = d.item_list(1);
  const auto placed = d.order(a, "k", items);
  const account_want want{.account = a, .items = {items.front().item, nth<item_id>(7)}};
  const auto live = look(d, want).live;
  REQUIRE(live.size() == 1);
  REQUIRE(live.front().job == placed.jobs.front());
  value(d.settle(d.claim().front()));
  REQUIRE(look(d, want).live.empty());
  REQUIRE(d.try_order(a, "k2", items));
  REQUIRE(look(d, want).live.size() == 1);
}

}  // namespace
}  // namespace tollgate::test
