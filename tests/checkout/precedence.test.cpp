// SPDX-License-Identifier: BSL-1.0
// Rule 19: of several reasons against a confirmation the first in a fixed order is given.
#include <tollgate/checkout/gate.hpp>

#include <checkout/world.hpp>
#include <support/catch.hpp>

#include <array>
#include <bitset>
#include <cstddef>
#include <string>

using namespace world;

namespace {

/// One row for each reason, in the order in which they are given.
enum reason : std::size_t {
  malformed,
  conflicting_key,
  repeat,
  no_account,
  blocked,
  other_items,
  expired,
  other_price,
  queued,
  frozen,
  poor,
  reasons
};
constexpr std::array<error, reasons> answers{
    error::invalid_argument,
    error::key_conflict,
    error::none,
    error::account_not_found,
    error::blocked,
    error::request_changed,
    error::quote_expired,
    error::price_changed,
    error::already_queued,
    error::account_frozen,
    error::insufficient_credits,
};
using reasons_set = std::bitset<reasons>;

/// Whether a world can be such. Of each rule the reason is why it cannot.
bool is_possible(const reasons_set& r) {
  // One key has one past, and an account that does not exist has none.
  if (r[conflicting_key] && r[repeat]) return false;
  if (r[no_account] && (r[conflicting_key] || r[repeat] || r[queued] || r[frozen] || r[poor])) {
    return false;
  }
  // A repeat of an order that was made names the same items, and its own jobs are live.
  if (r[repeat] && (r[other_items] || !r[queued])) return false;
  return !r[expired] || r[other_price];
}

/// Builds the world and presses "Confirm".
error confirm_in(const reasons_set& r) {
  fixture<> f;
  const folder seen = two_documents();
  const account_id who = r[no_account] ? stranger : user;
  auto review = f.gate.review(user, seen);
  REQUIRE(review);
  confirm_request<folder> request{
      .account = who, .order = seen, .quote = review->quote("draft"), .key = "click"};
  if (r[repeat]) REQUIRE(f.gate.confirm(request));
  if (r[conflicting_key]) REQUIRE(f.gate.grant({.account = user, .amount = 1_cr, .key = "click"}));
  if (r[queued] && !r[repeat]) REQUIRE(f.buy(seen, "earlier", {item_of(2)}));
  if (r[other_price]) f.change_price(f.clock.now() + hours(1), 1.5_cr);
  if (r[other_price]) f.clock.advance(hours(2));
  if (r[expired]) f.clock.advance(days(30));
  if (r[poor]) {
    const auto left = f.gate.balance(user)->available - 1_cr;
    REQUIRE(f.gate.deduct({.account = user, .amount = left, .key = "spend"}));
  }
  if (r[frozen]) REQUIRE(f.gate.freeze({.account = user, .reason = "fraud", .key = "freeze"}));
  if (r[malformed]) request.acknowledged = {"No Code"};
  *f.closed.on = r[blocked];
  folder edited = seen;
  edited.documents[0].title = "contract, second edition";
  const confirm_request<folder> sent{.account = request.account,
                                     .order = r[other_items] ? edited : seen,
                                     .quote = request.quote,
                                     .key = request.key,
                                     .acknowledged = request.acknowledged};
  const auto answer = f.gate.confirm(sent);
  const auto found = f.gate.verify(user);
  REQUIRE(found);
  CHECK(found->empty());
  return answer ? error::none : answer.error().code;
}

}  // namespace

TEST_CASE("of any reasons against a confirmation the first in the order of rule 19 is given") {
  std::size_t tried = 0;
  for (unsigned long bits = 0; bits < (1UL << reasons); ++bits) {
    const reasons_set r{bits};
    if (!is_possible(r)) continue;
    ++tried;
    error expected = error::none;
    for (std::size_t i = 0; i < reasons; ++i) {
      if (!r[i]) continue;
      expected = answers[i];
      break;
    }
    INFO("reasons " << r << ", expected " << to_string(expected));
    CHECK(to_string(confirm_in(r)) == to_string(expected));
  }
  CHECK(tried > 400);
}
