// SPDX-License-Identifier: BSL-1.0
#include <tollgate/worker/remaining.hpp>

#include <worker/faulty_store.hpp>
#include <worker/shop.hpp>

namespace {

using namespace tollgate;
using test::scripted;
using faulty_shop = test::basic_shop<test::faulty_store>;
using faulty_worker = test::hand_driven<test::faulty_store>;

bool is_left(remaining_work<test::faulty_store>& work) {
  const auto any = work.any();
  REQUIRE(any.has_value());
  return *any;
}

TEST_CASE("an empty claim proves nothing: what is scheduled, waiting or with others is left") {
  faulty_shop shop;
  remaining_work work{shop.store, {"render"}};
  CHECK_FALSE(is_left(work));
  shop.confirm_one();
  CHECK(is_left(work));

  faulty_worker w{shop.store, 1};
  scripted wait{[](job_context&) { return outcome::wait({.poll_after = hours(1)}); }};
  w.run(wait);
  CHECK(is_left(work));  // at the provider

  shop.clock.advance(hours(1));
  const auto held = w.claim_one();
  CHECK(is_left(work));  // with a worker

  scripted fail{[](job_context&) { return outcome::failed({.retry_after = hours(1)}); }};
  run_step(w.at, fail, held);
  w.settle();
  CHECK(is_left(work));  // scheduled

  shop.clock.advance(hours(1));
  auto succeed = test::always_succeeds();
  w.run(succeed);
  CHECK_FALSE(is_left(work));
}

TEST_CASE("jobs of other kinds are not waited for") {
  faulty_shop shop;
  shop.confirm_one("mail");
  remaining_work work{shop.store, {"render"}};
  CHECK_FALSE(is_left(work));
}

TEST_CASE("a paused kind is not waited for, but what runs of it is") {
  faulty_shop shop;
  shop.confirm_one();
  remaining_work work{shop.store, {"render"}};
  faulty_worker w{shop.store, 1};
  const auto held = w.claim_one();
  REQUIRE(shop.store.set_kind({.kind = "render", .paused = true}).has_value());
  CHECK(is_left(work));
  scripted give_back{[](job_context&) { return outcome::handed_back(); }};
  run_step(w.at, give_back, held);
  w.settle();
  CHECK_FALSE(is_left(work));
  REQUIRE(shop.store.set_kind({.kind = "render", .paused = false}).has_value());
  CHECK(is_left(work));
}

TEST_CASE("looking again costs one query while the job found before lives") {
  faulty_shop shop;
  for (std::uint64_t n = 0; n < 50; ++n) {
    const account_id other{{0xb, n}};
    shop.must(open_account_request{.account = other, .opening_grant = test::cr(100)});
  }
  shop.confirm_one();
  remaining_work work{shop.store, {"render"}};
  CHECK(is_left(work));
  const auto scans = shop.store.scans.load();
  const auto queries = shop.store.queries.load();
  for (int i = 0; i < 10; ++i) CHECK(is_left(work));
  CHECK(shop.store.scans.load() == scans);
  CHECK(shop.store.queries.load() == queries + 10);
}

TEST_CASE("work in any account is found") {
  faulty_shop shop;
  for (std::uint64_t n = 0; n < 150; ++n) {
    const account_id other{{0xb, n}};
    shop.must(open_account_request{.account = other, .opening_grant = test::cr(100)});
  }
  remaining_work work{shop.store, {"render"}};
  CHECK_FALSE(is_left(work));
  shop.confirm({shop.shot()}, account_id{{0xb, 149}});
  CHECK(is_left(work));
}

}  // namespace
