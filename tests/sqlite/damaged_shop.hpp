// SPDX-License-Identifier: BSL-1.0
#pragma once
// A shop whose file somebody damages by hand.

#include <sqlite/shop.hpp>
#include <support/catch.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace tollgate::test {

/// A shop whose file can be damaged by hand, past every check of its tables.
struct damaged_shop {
  damaged_shop() {
    REQUIRE(here.open(user(1), 500_cr).has_value());
    REQUIRE(here.open(user(2), 500_cr).has_value());
  }
  void run(const std::string& sql) {
    sqlite::detail::connection c;
    c.open({.path = files.file(), .safety = sqlite::durability::off, .writes = true});
    c.script("PRAGMA ignore_check_constraints = ON");
    c.script(sql);
    if (!c.ok()) FAIL(to_string(c.take_failure()));
  }
  std::int64_t number(const std::string& sql) {
    sqlite::detail::connection c;
    c.open({.path = files.file(), .safety = sqlite::durability::off});
    return c.number(sql);
  }
  std::int64_t leased() { return number("SELECT count(*) FROM tollgate_jobs WHERE phase = 1"); }
  /// Claims, and answers what is wrong with a claim of other than `wanted` jobs of one account.
  void expect_claims(std::size_t limit, std::size_t wanted, account_id whose) {
    const auto jobs = here.claim(limit);
    REQUIRE(jobs.has_value());
    CHECK(jobs->size() == wanted);
    for (const claimed_job& job : *jobs) CHECK(job.body->account == whose);
  }

  manual_clock clock{};
  folder files{};
  std::unique_ptr<sqlite::store> store{open_store({.path = files.file(),
                                                   .safety = sqlite::durability::off,
                                                   .readers = 1,
                                                   .clock = clock.source(),
                                                   .limits = {.max_in_flight = 50}})};
  shop here{*store};
};

/// The id of `user(1)` in SQL.
inline constexpr std::string_view one{"x'00000000000000010000000000000001'"};
}  // namespace tollgate::test
