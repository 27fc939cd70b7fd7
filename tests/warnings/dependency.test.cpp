// SPDX-License-Identifier: BSL-1.0
#include <tollgate/warnings/dependency.hpp>

#include <support/catch.hpp>

using namespace tollgate;

static_assert(to_string(dependency_status::approved) == "approved");
static_assert(!parse_dependency_status("") && !parse_dependency_status("Approved"));

TEST_CASE("a status read back is the same") {
  for (const auto status : {dependency_status::pending, dependency_status::generated,
                            dependency_status::approved, dependency_status::rejected}) {
    CHECK(parse_dependency_status(to_string(status)) == status);
  }
}
