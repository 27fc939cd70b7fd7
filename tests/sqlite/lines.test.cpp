// SPDX-License-Identifier: BSL-1.0
// What says whose turn it is may be damaged for one account, and the turns of all others go on.
#include <tollgate/sqlite/lines.hpp>

#include <sqlite/damaged_shop.hpp>

#include <cstddef>
#include <string>

namespace tollgate::test {
namespace {

const std::string of_one = " WHERE account = " + std::string{one};

/// How many of the jobs of one claim are whose; -1 where it fails.
struct claimed_of {
  std::ptrdiff_t first{-1};
  std::ptrdiff_t others{-1};
};
claimed_of claim_of(damaged_shop& s, std::size_t limit) {
  const auto jobs = s.here.claim(limit);
  if (!jobs) return {};
  claimed_of found{0, 0};
  for (const claimed_job& job : *jobs) {
    ++(job.body->account == user(1) ? found.first : found.others);
  }
  return found;
}

TEST_CASE("limits that cannot be read keep their account from starting jobs, and no other") {
  damaged_shop s;
  REQUIRE(s.store->set_limits({.account = user(1), .max_in_flight = 20}).has_value());
  REQUIRE(s.here.confirm(user(1), "order", 6).has_value());
  REQUIRE(s.here.confirm(user(2), "order", 3).has_value());
  const auto polling = s.here.claim(1);
  REQUIRE(polling.has_value());
  REQUIRE(polling->size() == 1);
  REQUIRE(s.here.settle(polling->front(), settle_kind::wait).has_value());
  s.run("UPDATE tollgate_limits SET max_in_flight = -1" + of_one);
  s.clock.advance(minutes(1));

  // What is in flight already goes on, whoever's it is.
  const bool poll_of_one = polling->front().body->account == user(1);
  const claimed_of some = claim_of(s, 8);
  CHECK(some.first == (poll_of_one ? 1 : 0));
  CHECK(some.others == 3);
  for (int again = 0; again < 2; ++again) {
    const auto none = s.here.claim(8);
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == error::corrupt_record);
    CHECK(none.error().place == "tollgate_limits/" + to_string(user(1)));
  }
  CHECK(s.store->queue(user(1), "render").error().code == error::corrupt_record);
  CHECK(s.store->queue(user(2), "render").has_value());
  REQUIRE(s.here.confirm(user(2), "more", 1).has_value());
  CHECK(claim_of(s, 1).others == 1);

  REQUIRE(s.store->set_limits({.account = user(1), .max_in_flight = 20}).has_value());
  s.expect_claims(8, poll_of_one ? 5 : 6, user(1));
  CHECK(s.here.discrepancies().empty());
}

TEST_CASE("places in line that cannot be read are passed by, however many stand in front") {
  damaged_shop s;
  REQUIRE(s.here.confirm(user(1), "order", 3).has_value());
  REQUIRE(s.here.confirm(user(2), "order", 3).has_value());
  s.run("UPDATE tollgate_lines SET account = x'01', served = -1, turn = -1" + of_one);
  for (int n = 2; n < 7; ++n) {
    s.run("INSERT INTO tollgate_lines VALUES (x'0" + std::to_string(n) + "', 'render', 0, 0)");
  }
  s.expect_claims(1, 1, user(2));
  s.expect_claims(8, 2, user(2));
  const auto none = s.here.claim(2);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().place.find("tollgate_lines") == 0);
  // Whoever orders stands in line again, with all that waits.
  REQUIRE(s.here.confirm(user(1), "more", 1).has_value());
  s.expect_claims(8, 4, user(1));
}

TEST_CASE("a turn that nobody wrote costs no other account its own") {
  damaged_shop s;
  for (const std::uint64_t n : {1U, 2U}) {
    REQUIRE(s.here.confirm(user(n), "order", 12).has_value());
  }
  const auto expect = [&](std::size_t limit, std::ptrdiff_t first, std::ptrdiff_t others) {
    const claimed_of found = claim_of(s, limit);
    CHECK(found.first == first);
    CHECK(found.others == others);
  };
  expect(6, 3, 3);
  s.run("UPDATE tollgate_lines SET served = -5000000000, turn = -5000000000" + of_one);
  expect(6, 4, 2);  // as one who joins: it has the turn that is on now, not all that were before
  s.run("UPDATE tollgate_kinds SET clock = -7");
  expect(6, 3, 3);

  // The last turn there is: the others have theirs, and then the count stays where it is.
  s.run("UPDATE tollgate_lines SET served = 9223372036854775807, turn = 9223372036854775807" +
        of_one);
  expect(3, 0, 3);
  expect(8, 2, 1);
  for (const std::uint64_t n : {1U, 2U}) {
    REQUIRE(s.here.confirm(user(n), "more", 2).has_value());
  }
  expect(8, 2, 2);
  CHECK(s.here.discrepancies().empty());
}

}  // namespace
}  // namespace tollgate::test
