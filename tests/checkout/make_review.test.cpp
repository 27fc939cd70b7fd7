// SPDX-License-Identifier: BSL-1.0
#include <tollgate/checkout/make_review.hpp>

#include <checkout/world.hpp>
#include <support/catch.hpp>

using namespace world;

TEST_CASE("a review shows every variant, line by line and in total") {
  fixture<> f;
  folder order = two_documents();
  order.documents[1].scan_cost = 0.25_cr;
  const auto review = f.gate.review(user, order);
  REQUIRE(review);
  REQUIRE(review->variants.size() == 2);
  const auto* draft = review->find("draft");
  REQUIRE(draft);
  CHECK(draft->prices == std::vector<credits>{4_cr, 3_cr});
  CHECK(draft->to_hold == 7_cr);
  CHECK(draft->total == 7.25_cr);
  CHECK(review->find("corrected")->to_hold == 14_cr);
  CHECK(review->already_paid == 0.25_cr);
  CHECK(review->items[1].already_paid == 0.25_cr);
  CHECK(review->prices.lines_of(*review->card->find_variant("draft")).size() == 2);
  CHECK(review->at == f.clock.now());
}

TEST_CASE("a review writes nothing") {
  fixture<> f;
  const auto before = f.gate.history(user)->items.size();
  REQUIRE(f.gate.review(user, two_documents()));
  CHECK(f.gate.history(user)->items.size() == before);
}

TEST_CASE("a review shows the balance, the low-credit flag and what the project has cost") {
  fixture<> f;
  REQUIRE(f.gate.import_cost(
      {.account = user, .project = shelf, .amount = 3.2_cr, .key = "earlier system"}));
  REQUIRE(f.buy(two_documents(), "first"));
  REQUIRE(f.gate.deduct({.account = user, .amount = 85_cr, .key = "other"}));
  const auto review = f.gate.review(user, two_documents());
  REQUIRE(review);
  CHECK(review->row.available == 8_cr);
  CHECK(review->row.held == 7_cr);
  CHECK(review->row.low_credit_threshold == 10_cr);
  CHECK(review->is_low_credit());
  CHECK(review->project.spent == 3.2_cr);
  CHECK(review->project.committed == 7_cr);
  CHECK(review->has_project_total);
  CHECK(review->affords("draft"));
  CHECK_FALSE(review->affords("corrected"));
}

TEST_CASE("a review does without a project's total that is beyond an amount") {
  fixture<> f;
  for (const char* key : {"scene 1", "scene 2"}) {
    REQUIRE(f.gate.import_cost(
        {.account = user, .project = shelf, .amount = credits::max(), .key = key}));
  }
  REQUIRE(f.gate.running_total(user, shelf).error().code == error::overflow);
  const auto review = f.gate.review(user, two_documents());
  REQUIRE(review);
  CHECK_FALSE(review->has_project_total);
  CHECK(review->project.spent == 0_cr);
  CHECK(review->find("draft")->to_hold == 7_cr);
  CHECK(f.gate.confirm({.account = user,
                        .order = two_documents(),
                        .quote = review->quote("draft"),
                        .key = "click"}));
}

TEST_CASE("a review tells which items have a live job") {
  fixture<> f;
  const auto order = f.buy(two_documents(), "first", {item_of(2)});
  REQUIRE(order);
  const auto review = f.gate.review(user, two_documents());
  REQUIRE(review);
  CHECK(review->items[0].live.is_nil());
  CHECK(review->items[1].live == order->jobs.at(0));
}

TEST_CASE("a review shows what the rules find and whether it stops a confirmation") {
  fixture<> f;
  auto review = f.gate.review(user, two_documents());
  REQUIRE(review);
  CHECK(review->codes() == std::vector<std::string>{"many"});
  CHECK_FALSE(review->is_blocked());
  *f.closed.on = true;
  review = f.gate.review(user, two_documents());
  REQUIRE(review);
  CHECK(review->codes() == std::vector<std::string>{"embargo", "many"});
  CHECK(review->is_blocked());
}

TEST_CASE("the same order reviewed twice quotes the same, and another one does not") {
  fixture<> f;
  const auto first = f.gate.review(user, two_documents());
  f.clock.advance(days(2));
  const auto again = f.gate.review(user, two_documents());
  CHECK(first->quote("draft") == again->quote("draft"));
  CHECK(first->digest() == again->digest());
  folder other = two_documents();
  other.documents[1].title = "postcard";
  const auto renamed = f.gate.review(user, other);
  CHECK(renamed->quote("draft").lock == first->quote("draft").lock);
  CHECK(renamed->quote("draft").work != first->quote("draft").work);
  CHECK(renamed->digest() != first->digest());
}

TEST_CASE("some items of an order are reviewed alone") {
  fixture<> f;
  const auto review = f.gate.review(user, two_documents(), {item_of(2)});
  REQUIRE(review);
  CHECK(review->find("draft")->to_hold == 3_cr);
  CHECK(review->codes().empty());
  const auto wrong = f.gate.review(user, two_documents(), {item_of(2), item_of(7)});
  CHECK(wrong.error().code == error::invalid_argument);
  CHECK(wrong.error().place == "/only/1");
}

TEST_CASE("what cannot be reviewed is refused with its place") {
  fixture<> f;
  CHECK(f.gate.review(stranger, two_documents()).error().code == error::account_not_found);
  CHECK(f.gate.review(user, folder{}).error().place == "/items");
  folder order = two_documents();
  order.documents[1].length = -1;
  CHECK(f.gate.review(user, order).error().place == "/items/1/length");
  order.documents[1].length = 100'001;
  CHECK(f.gate.review(user, order).error().place == "/items/1/text");
}

TEST_CASE("an item without an id is refused by the review already") {
  fixture<> f;
  folder order = two_documents();
  order.documents[1].number = 0;
  const auto review = f.gate.review(user, order);
  REQUIRE_FALSE(review);
  CHECK(review.error().code == error::invalid_argument);
  CHECK(review.error().place == "/items/1/item");
  CHECK(f.gate.review(user, order, {item_of(1)}));  // it is not asked for
}

TEST_CASE("an item that is listed twice is refused by the review already") {
  fixture<> f;
  folder order = two_documents();
  order.documents.push_back(order.documents[0]);
  const auto twice = f.gate.review(user, order);
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == error::invalid_argument);
  CHECK(twice.error().place == "/items");
  CHECK(twice.error().reason == to_string(item_of(1)) + " is there twice");
  CHECK(f.gate.review(user, order, {item_of(2)}));
}

TEST_CASE("costs that sum beyond an amount are refused, never wrapped") {
  fixture<> f;
  folder order = two_documents();
  order.documents[0].scan_cost = credits::max();
  order.documents[1].scan_cost = credits::from_units(1);
  CHECK(f.gate.review(user, order).error().code == error::overflow);
  order.documents[1].scan_cost = {};
  CHECK(f.gate.review(user, order).error().code == error::overflow);
}

TEST_CASE("the quote of a variant the card does not have is taken by no confirmation") {
  fixture<> f;
  const folder order = two_documents();
  const auto review = f.gate.review(user, order);
  REQUIRE(review);
  const auto refused = f.gate.confirm(
      {.account = user, .order = order, .quote = review->quote("poetic"), .key = "click"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error::invalid_argument);
  CHECK(refused.error().place == "/quote");
  CHECK(refused.error().reason == "no variant \"poetic\" among \"draft\", \"corrected\"");
}
