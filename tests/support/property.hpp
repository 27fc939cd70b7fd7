// SPDX-License-Identifier: BSL-1.0
#pragma once
// Laws that hold for every input: RapidCheck looks for a counterexample, Catch reports it.

#include <support/catch.hpp>

#include <rapidcheck.h>

#include <sstream>
#include <string>
#include <utility>

namespace tollgate::test {

/// Fails the running test with the shrunk counterexample and its seed unless `law` holds for a
/// hundred random inputs. A law is a callable whose parameters RapidCheck can make; it returns a
/// bool, or returns nothing and states its claims with RC_ASSERT (not with Catch's REQUIRE).
template <class Law>
void check_law(const std::string& name, Law&& law) {
  const auto outcome = rc::detail::checkTestable(std::forward<Law>(law));
  std::ostringstream story;
  rc::detail::printResultMessage(outcome, story);
  INFO(name << "\n" << story.str());
  REQUIRE(outcome.template is<rc::detail::SuccessResult>());
}

}  // namespace tollgate::test
