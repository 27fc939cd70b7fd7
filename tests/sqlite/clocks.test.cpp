// SPDX-License-Identifier: BSL-1.0
#include <tollgate/checkout/accounts.hpp>
#include <tollgate/core/clock.hpp>

#include <sqlite/folder.hpp>
#include <support/catch.hpp>

namespace tollgate::test {
namespace {

TEST_CASE("a balance is the newest one also for a program whose clock is behind") {
  constexpr account_id user{{5, 5}};
  folder files;
  manual_clock ahead;
  manual_clock behind{ahead.now() + seconds(-30)};
  const auto first = open_store({.path = files.file(), .clock = ahead.source()});
  const auto second = open_store({.path = files.file(), .clock = behind.source()});
  accounts writer{*first};
  accounts reader{*second};
  REQUIRE(writer.open_account(user));
  REQUIRE(writer.deduct({.account = user, .amount = 90_cr, .key = "spent"}));
  CHECK(reader.balance(user)->available == 10_cr);
  CHECK(reader.balance(user, never)->available == 10_cr);
}

}  // namespace
}  // namespace tollgate::test
