// SPDX-License-Identifier: BSL-1.0
#pragma once
// A store in a schema of its own with everything the contract's helpers need around it.

#include <tollgate/storage/contract/desk.hpp>
#include <tollgate/storage/contract/hand_book.hpp>

#include <postgres/world.hpp>

#include <memory>

namespace tollgate::test {

struct office {
  manual_clock clock{};
  own_schema schema{};
  std::unique_ptr<postgres::store> store{schema.open(clock.source())};
  contract::erased<postgres::store> any{*store};
  contract::options how{};
  contract::trial trial{any, clock, how};

  /// Fails the test with what the helpers noted.
  void expect_no_faults() const {
    for (const std::string& fault : trial.faults()) FAIL_CHECK(fault);
    CHECK(trial.claims() > 0);
  }
};

}  // namespace tollgate::test
