// SPDX-License-Identifier: BSL-1.0
// A job that cannot be read is left where it stands, and takes nothing from the others.
#include <tollgate/sqlite/claims.hpp>

#include <sqlite/damaged_shop.hpp>

#include <set>
#include <string>
#include <string_view>

namespace tollgate::test {
namespace {

std::string damage_words(std::string_view which) {
  return "UPDATE tollgate_job_bodies SET words = x'ff' WHERE account = " + std::string{one} +
         std::string{which};
}
const std::string mend_words =
    "UPDATE tollgate_job_bodies SET words = (SELECT words FROM tollgate_job_bodies WHERE words <> "
    "x'ff') WHERE words = x'ff'";

TEST_CASE("a job that cannot be read is not claimed, and the others of its account are") {
  damaged_shop s;
  REQUIRE(s.here.confirm(user(1), "order", 8).has_value());
  s.run(damage_words(" AND ordinal < 6"));
  s.expect_claims(1, 1, user(1));
  s.expect_claims(8, 1, user(1));
  CHECK(s.leased() == 2);
  s.run(mend_words);
  s.expect_claims(8, 6, user(1));
}

TEST_CASE("an account all of whose jobs are damaged keeps its place, and no other from its turn") {
  damaged_shop s;
  REQUIRE(s.here.confirm(user(1), "order", 30).has_value());
  REQUIRE(s.here.confirm(user(2), "order", 3).has_value());
  s.run(damage_words(""));
  s.expect_claims(1, 1, user(2));
  s.expect_claims(5, 2, user(2));
  CHECK(s.leased() == 3);
  for (int again = 0; again < 3; ++again) {  // also when it was met before
    const auto none = s.here.claim(5);
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == error::corrupt_record);
    CHECK(none.error().place.find("tollgate_jobs/") == 0);
  }
  CHECK(s.leased() == 3);
  s.run(mend_words);
  s.expect_claims(50, 30, user(1));
  CHECK(s.here.discrepancies().empty());
}

TEST_CASE("a poll that cannot be read is passed by, and the polls behind it are claimed") {
  damaged_shop s;
  REQUIRE(s.here.confirm(user(1), "order", 3).has_value());
  REQUIRE(s.here.confirm(user(2), "order", 1).has_value());
  const auto jobs = s.here.claim(4);
  REQUIRE(jobs.has_value());
  for (const claimed_job& job : *jobs) REQUIRE(s.here.settle(job, settle_kind::wait).has_value());
  s.run(damage_words(""));
  s.run("UPDATE tollgate_jobs SET wake_at = wake_at - 1 WHERE account = " + std::string{one});
  s.clock.advance(minutes(1));
  s.expect_claims(1, 1, user(2));
  CHECK(s.here.claim(1).error().code == error::corrupt_record);
  CHECK(s.leased() == 1);
  s.run(mend_words);
  s.expect_claims(4, 3, user(1));
}

TEST_CASE("a job whose fence cannot be raised is passed by, and so is one that has ended") {
  damaged_shop s;
  REQUIRE(s.here.confirm(user(1), "order", 3).has_value());
  REQUIRE(s.here.confirm(user(2), "order", 2).has_value());
  const std::string of_one = " WHERE account = " + std::string{one} + " AND ordinal = ";
  s.run("UPDATE tollgate_jobs SET epoch = 9223372036854775807" + of_one + "0");
  s.run("UPDATE tollgate_jobs SET phase = 3" + of_one + "1");
  const auto jobs = s.here.claim(8);
  REQUIRE(jobs.has_value());
  CHECK(jobs->size() == 3);
  CHECK(s.leased() == 3);
  CHECK(s.number("SELECT phase FROM tollgate_jobs" + of_one + "1") == 3);
  CHECK(s.here.claim(8).error().code == error::corrupt_record);
  s.run("UPDATE tollgate_jobs SET epoch = 0" + of_one + "0");
  s.run("UPDATE tollgate_jobs SET phase = 0" + of_one + "1");
  s.expect_claims(8, 2, user(1));
  CHECK(s.here.discrepancies().empty());
}

TEST_CASE("a due job that cannot be read is not named, and all others are") {
  damaged_shop s;
  REQUIRE(s.here.confirm(user(1), "order", 4).has_value());
  REQUIRE(s.here.confirm(user(2), "order", 2).has_value());
  s.run("UPDATE tollgate_jobs SET phase = 9, due_at = due_at - 1 WHERE account = " +
        std::string{one});
  s.clock.advance(days(30));
  std::set<job_id> named;
  for (int looks = 0; looks < 4; ++looks) {
    const auto due = s.store->due({.limit = 1});
    REQUIRE(due.has_value());
    REQUIRE(due->size() == 1);
    CHECK(due->front().account == user(2));
    named.insert(due->front().job);
  }
  CHECK(named.size() == 2);
  s.run("UPDATE tollgate_jobs SET due_at = NULL WHERE phase = 0");
  const auto none = s.store->due({.limit = 1});
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == error::corrupt_record);
  CHECK(none.error().place.find("tollgate_jobs/") == 0);
}

}  // namespace
}  // namespace tollgate::test
