// SPDX-License-Identifier: BSL-1.0
// The store keeps every rule of the contract, each on a file of its own.
#include <tollgate/storage/contract.hpp>

#include <sqlite/folder.hpp>
#include <support/catch.hpp>

namespace tollgate::test {
namespace {

TEST_CASE("the store in a file keeps every rule", "[contract]") {
  folder files;
  const auto report = contract::run([&](clock_source clock) {
    return open_store(
        {.path = files.fresh_file(), .safety = sqlite::durability::off, .clock = clock});
  });
  INFO(report.failures());
  REQUIRE(report.all_passed());
  REQUIRE(report.outcomes.size() == contract::rules().size());
}

TEST_CASE("it keeps the rules of money and threads with every commit synced", "[contract]") {
  folder files;
  const auto report = contract::run(
      [&](clock_source clock) { return open_store({.path = files.fresh_file(), .clock = clock}); },
      {.only = {"committing", "keys", "items", "fencing", "money"}});
  INFO(report.failures());
  REQUIRE(report.all_passed());
}

}  // namespace
}  // namespace tollgate::test
