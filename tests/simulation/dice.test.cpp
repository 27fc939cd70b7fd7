// SPDX-License-Identifier: BSL-1.0
// Chance is the same everywhere.
#include <tollgate/simulation/dice.hpp>

#include <support/catch.hpp>

#include <array>

namespace tollgate::simulation {
namespace {

// The first outputs of splitmix64 for the seed 1234567, as its author's reference code gives them.
static_assert([] {
  dice d{1234567};
  return d.next() == 6457827717110365317U && d.next() == 3203168211198807973U &&
         d.next() == 9817491932198370423U;
}());

TEST_CASE("what is drawn stays in its range, and every value comes") {
  dice d{7};
  std::array<int, 5> seen{};
  for (int n = 0; n < 1'000; ++n) ++seen.at(static_cast<std::size_t>(d.between(3, 7) - 3));
  for (const int count : seen) CHECK(count > 100);
  CHECK(d.below(0) == 0);
  CHECK_FALSE(d.chance(0));
  CHECK(d.chance(1'000));
}

TEST_CASE("the parts of a seed are worlds of their own") {
  CHECK(seed_of(1, 2) != seed_of(1, 3));
  CHECK(seed_of(1, 2) != seed_of(2, 2));
  CHECK(seed_of(1, 2) != seed_of(2, 1));
  CHECK(seed_of(1, 2) == seed_of(1, 2));
}

}  // namespace
}  // namespace tollgate::simulation
