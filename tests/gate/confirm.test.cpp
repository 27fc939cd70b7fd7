// SPDX-License-Identifier: BSL-1.0
#include <gate/world.hpp>

#include <cstdint>
#include <limits>

using namespace tollgate;
using namespace tollgate::test;

TEST_CASE("a confirmation holds the cost of every item and queues its job") {
  world w;
  auto answer = w.run(w.order("click", {w.shot(1, cr(10)), w.shot(2, cr(20))}));
  REQUIRE(answer.has_value());
  CHECK(answer->money.moved == cr(30));
  CHECK(answer->money.available == cr(70));
  CHECK(answer->money.held == cr(30));
  REQUIRE(answer->jobs.size() == 2);
  const job_record& second = w.job(answer->jobs[1]);
  CHECK(second.body->estimated == cr(20));
  CHECK(second.body->order == answer->order);
  CHECK(second.status.phase == job_phase::ready);
  CHECK(w.hold_for(answer->jobs[1]).amount == cr(20));
  CHECK(w.operations().back().committed == cr(30));
}

TEST_CASE("a confirmation beyond the credits holds nothing and queues nothing") {
  world w;
  auto answer = w.run(w.order("click", {w.shot(1, cr(60)), w.shot(2, cr(41))}));
  REQUIRE(refusal_of(answer) == error::insufficient_credits);
  CHECK(answer.error().shortfall() == cr(1));
  CHECK(w.row().available == cr(100));
  CHECK(w.row().open_holds == 0);
}

TEST_CASE("the same click twice gives the same order") {
  world w;
  const auto first = w.run(w.order("click", {w.shot(1)}));
  const auto again = w.run(w.order("click", {w.shot(1)}));
  REQUIRE(again.has_value());
  CHECK(again->order == first->order);
  CHECK(again->jobs == first->jobs);
  CHECK(again->money.replayed);
  CHECK(w.row().held == cr(10));
}

TEST_CASE("a refused click stays refused after a top-up; a new click goes through") {
  world w{cr(5)};
  CHECK(refusal_of(w.run(w.order("click", {w.shot(1)}))) == error::insufficient_credits);
  w.must(grant_request{.account = world::user, .amount = cr(50), .key = "top-up"});
  auto again = w.run(w.order("click", {w.shot(1)}));
  REQUIRE(refusal_of(again) == error::insufficient_credits);
  CHECK(again.error().available == cr(5));
  CHECK(w.run(w.order("click 2", {w.shot(1)})).has_value());
}

TEST_CASE("the same key for another order names the field that differs") {
  world w;
  w.confirm("click", 1, 1);
  auto other = w.run(w.order("click", {w.shot(2, cr(11))}));
  REQUIRE(refusal_of(other) == error::key_conflict);
  CHECK(other.error().place == "/amount");
  auto body = w.order("click", {w.shot(1)});
  body.body.bytes[0] = 1;
  auto changed = w.run(body);
  REQUIRE(refusal_of(changed) == error::key_conflict);
  CHECK(changed.error().place == "/body");
}

TEST_CASE("a free render is an ordinary job") {
  world w{cr(0)};
  auto answer = w.run(w.order("click", {w.shot(1, cr(0))}));
  REQUIRE(answer.has_value());
  const auto lease = w.claim(answer->jobs[0]);
  auto settled = w.succeed(lease, cr(0));
  REQUIRE(settled.has_value());
  CHECK(w.job(answer->jobs[0]).status.role == job_role::succeeded);
  CHECK(w.hold_for(answer->jobs[0]).state == hold_state::captured);
}

TEST_CASE("an item with a live job is refused with the job's id, and free after it ended") {
  world w;
  const auto jobs = w.confirm("click", 1, 2);
  auto again = w.run(w.order("click 2", {w.shot(3), w.shot(2)}));
  REQUIRE(refusal_of(again) == error::already_queued);
  CHECK(again.error().subjects == std::vector<uuid>{jobs[1].value});
  CHECK(w.row().held == cr(20));
  REQUIRE(w.succeed(w.claim(jobs[1]), cr(10)).has_value());
  CHECK(w.run(w.order("click 3", {w.shot(3), w.shot(2)})).has_value());
}

TEST_CASE("after its final outcome a job runs again only with a new hold") {
  world w{cr(15)};
  const auto jobs = w.confirm("click", 1, 1);
  REQUIRE(w.succeed(w.claim(jobs[0]), cr(10)).has_value());
  CHECK(refusal_of(w.run(w.order("again", {w.shot(1)}))) == error::insufficient_credits);
}

TEST_CASE("a confirmation is judged in the order of the errors") {
  world w;
  w.confirm("used", 1, 1);
  auto c = w.order("used", {});
  c.objection = make_failure(error::price_changed);

  SECTION("a request that is not well formed comes first") {
    CHECK(refusal_of(w.run(c)) == error::invalid_argument);
  }
  SECTION("then a key that was used for something else") {
    c.items = {w.shot(1, cr(99))};
    CHECK(refusal_of(w.run(c)) == error::key_conflict);
  }
  SECTION("then the replay, whatever the price is now") {
    c.items = {w.shot(1)};
    CHECK(w.run(c)->money.replayed);
  }
  SECTION("then the account") {
    c.items = {w.shot(1)};
    c.account = account_id{{9, 9}};
    account_snapshot nobody;
    auto d = decide(nobody, c, w.now, w.rules);
    CHECK(refusal_of(d.answer) == error::account_not_found);
    CHECK_FALSE(d.write.has_value());
  }
  SECTION("then what the quote has against it, and its key stays free") {
    c.items = {w.shot(1)};
    c.key = "new";
    CHECK(refusal_of(w.run(c)) == error::price_changed);
    c.objection.reset();
    CHECK(refusal_of(w.run(c)) == error::already_queued);
    c.items = {w.shot(2)};
    CHECK(w.run(c).has_value());
  }
  SECTION("then items that are queued, before the credits") {
    c.objection.reset();
    c.key = "new";
    c.items = {w.shot(1, cr(5000))};
    CHECK(refusal_of(w.run(c)) == error::already_queued);
  }
  SECTION("then the ledger: frozen before insufficient") {
    c.objection.reset();
    c.key = "new";
    c.items = {w.shot(2, cr(5000))};
    w.must(freeze_request{.account = world::user, .reason = "review", .key = "f"});
    auto frozen = w.run(c);
    REQUIRE(refusal_of(frozen) == error::account_frozen);
    CHECK(frozen.error().reason == "review");
  }
}

TEST_CASE("bad items are named by their place and change nothing") {
  world w;
  const auto place_of = [&](order_item bad) {
    auto answer = w.run(w.order("click", {w.shot(1), std::move(bad)}));
    REQUIRE(refusal_of(answer) == error::invalid_argument);
    return answer.error().place;
  };
  order_item bad = w.shot(2);
  SECTION("negative cost") {
    bad.cost = -cr(1);
    CHECK(place_of(bad) == "/items/1/cost");
  }
  SECTION("no kind") {
    bad.kind.clear();
    CHECK(place_of(bad) == "/items/1/kind");
  }
  SECTION("no attempts") {
    bad.max_attempts = 0;
    CHECK(place_of(bad) == "/items/1/max_attempts");
  }
  SECTION("a day that never comes") {
    bad.ready_at = never;
    CHECK(place_of(bad) == "/items/1/ready_at");
  }
  SECTION("a wait that never ends") {
    bad.start_within = {std::numeric_limits<std::int64_t>::max()};
    CHECK(place_of(bad) == "/items/1/start_within");
  }
  SECTION("a deadline that has passed") {
    bad.deadline = w.now;
    CHECK(place_of(bad) == "/items/1/deadline");
  }
  SECTION("a deadline not after the day it is ready") {
    bad.ready_at = w.now + days(2);
    bad.deadline = bad.ready_at;
    CHECK(place_of(bad) == "/items/1/deadline");
  }
  SECTION("no states") {
    bad.states = nullptr;
    CHECK(place_of(bad) == "/items/1/states");
  }
  SECTION("no item") {
    bad.item = {};
    CHECK(place_of(bad) == "/items/1/item");
  }
  SECTION("the same item twice") { CHECK(place_of(w.shot(1)) == "/items"); }
  CHECK(w.row().seq == 1);
}

TEST_CASE("a deadline one microsecond after the job is ready is taken") {
  world w;
  order_item soon = w.shot(1);
  soon.ready_at = w.now + days(2);
  soon.deadline = soon.ready_at + duration{1};
  CHECK(w.run(w.order("click", {soon})).has_value());
}

TEST_CASE("a repeat has its receipt also when its deadline has passed") {
  world w;
  order_item soon = w.shot(1);
  soon.deadline = w.now + hours(1);
  const auto first = w.run(w.order("click", {soon}));
  REQUIRE(first.has_value());
  w.now = soon.deadline;
  const auto again = w.run(w.order("click", {soon}));
  REQUIRE(again.has_value());
  CHECK(again->order == first->order);
  CHECK(again->money.replayed);
  const auto late = w.run(w.order("click 2", {soon}));
  REQUIRE(refusal_of(late) == error::invalid_argument);
  CHECK(late.error().place == "/items/0/deadline");
}

TEST_CASE("a sum that does not fit an amount is refused, never wrapped") {
  world w;
  CHECK(refusal_of(w.run(w.order("click", {w.shot(1, credits::max()), w.shot(2)}))) ==
        error::overflow);
  CHECK(w.row().seq == 1);
}

TEST_CASE("a hold of a job cannot be ended by a ledger command") {
  world w;
  const auto jobs = w.confirm("click", 1, 1);
  const hold_id held = hold_of(jobs[0]);
  CHECK(refusal_of(w.ask(
            capture_request{.account = world::user, .hold = held, .amount = cr(1), .key = "c"})) ==
        error::invalid_argument);
  CHECK(refusal_of(w.ask(release_request{.account = world::user, .hold = held, .key = "r"})) ==
        error::invalid_argument);
  CHECK(w.row().held == cr(10));
}

TEST_CASE("too many open holds are refused as a whole") {
  world w;
  w.rules.max_open_holds = 3;
  w.confirm("click", 1, 2);
  CHECK(refusal_of(w.run(w.order("two more", {w.shot(5), w.shot(6)}))) == error::too_many_holds);
  CHECK(w.run(w.order("one more", {w.shot(5)})).has_value());
}

TEST_CASE("jobs are ready by the clock of the store, also on an account whose time is ahead") {
  world w;
  const timestamp today = w.now;
  w.now = today + days(365);
  w.must(grant_request{.account = world::user, .amount = cr(1), .key = "from the future"});
  w.now = today;  // the clock was wrong, and is right again
  const auto jobs = w.confirm("click", 1, 1);
  const job_status& s = w.job(jobs[0]).status;
  CHECK(s.ready_at == today);
  CHECK(s.start_by == today + days(7));
  CHECK(w.operations().back().at == today + days(365));
}
