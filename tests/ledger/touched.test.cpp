// SPDX-License-Identifier: BSL-1.0
#include <tollgate/ledger/detail/touched.hpp>

#include <support/catch.hpp>

#include <cstddef>
#include <vector>

using namespace tollgate;

TEST_CASE("what was touched is named once, in the order in which that happened") {
  detail::touched t;
  REQUIRE(t.size() == 0);
  std::vector<std::size_t> expected;
  for (const std::size_t index : {7U, 0U, 9U, 3U, 5U, 1U, 8U}) {  // more than need no memory
    t.add(index);
    expected.push_back(index);
    for (const std::size_t again : expected) t.add(again);
    REQUIRE(t.size() == expected.size());
    for (std::size_t n = 0; n < t.size(); ++n) REQUIRE(t[n] == expected[n]);
  }
}
