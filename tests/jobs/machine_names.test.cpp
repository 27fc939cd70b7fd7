// SPDX-License-Identifier: BSL-1.0
#include <tollgate/jobs/machine_names.hpp>

#include <tollgate/jobs/standard_machine.hpp>

#include <support/catch.hpp>

using namespace tollgate;

TEST_CASE("the words a job carries without being told are those of the standard machine") {
  CHECK(names_of<standard_machine>() == state_names{});
}

TEST_CASE("all jobs of a machine share one set of words") {
  CHECK(shared_names_of<standard_machine>() == shared_names_of<standard_machine>());
  CHECK(*shared_names_of<standard_machine>() == names_of<standard_machine>());
}
