// SPDX-License-Identifier: BSL-1.0
// What went wrong in other products, as it must be here; the numbers are those of the incidents.
#include <tollgate/checkout/gate.hpp>

#include <checkout/world.hpp>
#include <support/catch.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

using namespace world;

namespace {

/// One document for so many thousand characters, and so many credits.
folder single(std::uint64_t number, std::int64_t thousands) {
  return {.number = number,
          .documents = {{.number = number, .length = thousands * 1'000, .title = "text"}}};
}

/// Fails on demand, as a database that is gone does.
struct flaky : memory::store {
  using memory::store::store;
  std::size_t lose_answers{};
  bool gone{};

  result<snapshot> load(const load_request& want) {
    if (gone) return refuse(error::storage_unavailable);
    return memory::store::load(want);
  }
  result<std::vector<verdict>> commit(std::span<unit> units) {
    auto written = memory::store::commit(units);
    if (lose_answers == 0) return written;
    --lose_answers;
    return refuse(error::outcome_unknown);
  }
};
static_assert(storage<flaky>);

}  // namespace

TEST_CASE("incident 6: a free render is an ordinary job") {
  fixture<> f;
  const auto made = f.buy(single(1, 0), "free");
  REQUIRE(made);
  CHECK(made->money.moved == 0_cr);
  REQUIRE(made->jobs.size() == 1);
  CHECK_FALSE(f.buy(single(1, 0), "twice"));
  const auto claimed = f.claim(1);
  REQUIRE(claimed.size() == 1);
  REQUIRE(f.settle(claimed[0], settle_kind::succeeded, 0_cr));
  CHECK(f.gate.balance(user)->available == 100_cr);
  CHECK(f.gate.verify(user)->empty());
}

TEST_CASE("incident 7: of twenty confirmations of 75 at once on 500 credits exactly six succeed") {
  fixture<> f;
  REQUIRE(f.gate.grant({.account = user, .amount = 400_cr, .key = "top-up"}));
  std::vector<folder> orders;
  std::vector<quote_ref> quotes;
  for (std::uint64_t n = 1; n <= 20; ++n) {
    orders.push_back(single(n, 75));
    quotes.push_back(f.gate.review(user, orders.back())->quote("draft"));
  }
  std::array<error, 20> said{};
  std::vector<std::thread> people;
  for (std::size_t n = 0; n < 20; ++n) {
    people.emplace_back([&, n] {
      const auto made = f.gate.confirm({.account = user,
                                        .order = orders[n],
                                        .quote = quotes[n],
                                        .key = "click " + std::to_string(n)});
      said[n] = made ? error::none : made.error().code;
    });
  }
  for (auto& person : people) person.join();
  std::size_t made = 0, refused = 0;
  for (const error code : said) {
    made += code == error::none ? 1U : 0U;
    refused += code == error::insufficient_credits ? 1U : 0U;
  }
  CHECK(made == 6);
  CHECK(refused == 14);
  CHECK(f.gate.balance(user)->available == 50_cr);
  CHECK(f.gate.balance(user)->held == 450_cr);
  CHECK(f.gate.verify(user)->empty());
}

TEST_CASE("incident 8: a job that fails for good gives its credits back in the same step") {
  fixture<> f;
  REQUIRE(f.buy(single(1, 10), "click"));
  const auto claimed = f.claim(1);
  const auto failed = f.settle(claimed.at(0), settle_kind::failed);
  REQUIRE(failed);
  REQUIRE(failed->money);
  CHECK(failed->money->available == 100_cr);
  CHECK(failed->job.is_final());
}

TEST_CASE("incident 9: of cancel and completion exactly one wins, and charges once") {
  for (int round = 0; round < 50; ++round) {
    fixture<> f;
    const auto made = f.buy(single(1, 10), "click");
    REQUIRE(made);
    const auto claimed = f.claim(1);
    REQUIRE(f.settle(claimed.at(0), settle_kind::wait));
    const auto polled = f.claim(1);
    REQUIRE(polled.size() == 1);
    REQUIRE(f.settle(polled[0], settle_kind::handed_back));
    const auto again = f.claim(1);
    REQUIRE(again.size() == 1);
    std::atomic<bool> go{false};
    bool answered = false;
    std::thread canceller{[&] {
      while (!go) {
      }
      answered = f.gate.cancel(user, made->jobs[0]).has_value();
    }};
    go = true;
    const auto done = f.settle(again[0], settle_kind::succeeded, 10_cr);
    canceller.join();
    REQUIRE(done);
    CHECK(answered);
    CHECK(f.gate.balance(user)->available == 90_cr);
    CHECK(f.gate.verify(user)->empty());
  }
}

TEST_CASE("incident 10: after its final outcome an item runs again only as a new job and hold") {
  fixture<> f;
  const auto first = f.buy(single(1, 10), "first");
  const auto claimed = f.claim(1);
  REQUIRE(f.settle(claimed.at(0), settle_kind::succeeded, 10_cr));
  const auto lot_refund = f.gate.refund(
      {.account = user, .hold = claimed[0].body->hold, .amount = 10_cr, .key = "refund"});
  REQUIRE(lot_refund);
  CHECK(f.settle(claimed[0], settle_kind::succeeded, 10_cr)->replayed);
  CHECK(f.claim(1).empty());
  const auto second = f.buy(single(1, 10), "second");
  REQUIRE(second);
  CHECK(second->jobs[0] != first->jobs[0]);
  CHECK(second->money.held == 10_cr);
}

TEST_CASE("incident 11: what is held counts as spent, and a refused order holds nothing") {
  fixture<> f;
  REQUIRE(f.buy(single(1, 60), "first"));
  const auto refused = f.buy(single(2, 60), "second");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error::insufficient_credits);
  CHECK(refused.error().shortfall() == 20_cr);
  CHECK(f.gate.balance(user)->held == 60_cr);
  CHECK(f.gate.jobs(user, group_of(2))->empty());
}

TEST_CASE("incident 12: a refusal for lack of credits is repeated for its click, also when rich") {
  fixture<> f;
  const folder order = single(1, 90);
  const auto quote = f.gate.review(user, order)->quote("draft");
  REQUIRE(f.gate.deduct({.account = user, .amount = 50_cr, .key = "spend"}));
  const confirm_request<folder> request{
      .account = user, .order = order, .quote = quote, .key = "click"};
  CHECK(f.gate.confirm(request).error().code == error::insufficient_credits);
  REQUIRE(f.gate.grant({.account = user, .amount = 500_cr, .key = "top-up"}));
  const auto again = f.gate.confirm(request);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == error::insufficient_credits);
  CHECK(again.error().available == 50_cr);
  CHECK(f.gate.confirm({.account = user, .order = order, .quote = quote, .key = "new click"}));
}

TEST_CASE("incident 12: a storage failure never uses up a click") {
  fixture<flaky> f;
  const folder order = single(1, 10);
  const auto quote = f.gate.review(user, order)->quote("draft");
  const confirm_request<folder> request{
      .account = user, .order = order, .quote = quote, .key = "click"};
  f.store.gone = true;
  CHECK(f.gate.confirm(request).error().code == error::storage_unavailable);
  f.store.gone = false;
  const auto made = f.gate.confirm(request);
  REQUIRE(made);
  CHECK_FALSE(made->money.replayed);
}

TEST_CASE("a lost answer is asked again under the same click and holds once") {
  fixture<flaky> f;
  const folder order = single(1, 10);
  const auto quote = f.gate.review(user, order)->quote("draft");
  f.store.lose_answers = 1;
  const auto made =
      f.gate.confirm({.account = user, .order = order, .quote = quote, .key = "click"});
  REQUIRE(made);
  CHECK(made->money.replayed);
  CHECK(f.gate.balance(user)->held == 10_cr);
  CHECK(f.gate.jobs(user, group_of(1))->size() == 1);
}

TEST_CASE("incidents 20 and 26: one click from many threads always answers with the same job") {
  fixture<> f;
  const folder order = single(1, 60);  // only one of them could be paid
  const auto quote = f.gate.review(user, order)->quote("draft");
  std::array<job_id, 8> got{};
  std::vector<std::thread> people;
  for (auto& job : got) {
    people.emplace_back([&] {
      const auto made =
          f.gate.confirm({.account = user, .order = order, .quote = quote, .key = "click"});
      if (made && made->jobs.size() == 1) job = made->jobs[0];
    });
  }
  for (auto& person : people) person.join();
  CHECK_FALSE(got[0].is_nil());
  for (const job_id& job : got) CHECK(job == got[0]);
  CHECK(f.gate.balance(user)->held == 60_cr);
}

TEST_CASE("the rate book is exchanged while others confirm") {
  fixture<> f;
  REQUIRE(f.gate.grant({.account = user, .amount = 900_cr, .key = "top-up"}));
  std::atomic<bool> done{false};
  std::thread pricing{[&] {
    while (!done) {
      rate_book<credit> book = *f.gate.rates();
      f.gate.set_rates(std::move(book));
    }
  }};
  std::size_t made = 0;
  for (std::uint64_t n = 1; n <= 100; ++n) made += f.buy(single(n, 1), std::to_string(n)) ? 1U : 0U;
  done = true;
  pricing.join();
  CHECK(made == 100);
}
