// SPDX-License-Identifier: BSL-1.0
#include <tollgate/memory/place_index.hpp>

#include <support/property.hpp>

#include <tollgate/core/id.hpp>

#include <cstdint>
#include <set>
#include <vector>

namespace {
using tollgate::memory::detail::nowhere;
using tollgate::memory::detail::place;
using tollgate::memory::detail::place_index;

TEST_CASE("an empty index finds nothing") {
  place_index index;
  REQUIRE(index.find(7, [](place) { return true; }) == nowhere);
  REQUIRE(index.find_slot(7, [](place) { return true; }) == nullptr);
}

TEST_CASE("things with the same hash are told apart by what they are") {
  place_index index;
  for (place p = 0; p < 100; ++p) index.add(42, p);
  for (place p = 0; p < 100; ++p) {
    REQUIRE(index.find(42, [p](place at) { return at == p; }) == p);
  }
  REQUIRE(index.find(42, [](place at) { return at == 100; }) == nowhere);
}

TEST_CASE("a place can be pointed elsewhere") {
  place_index index;
  index.add(1, 5);
  *index.find_slot(1, [](place at) { return at == 5; }) = 9;
  REQUIRE(index.find(1, [](place at) { return at == 9; }) == 9);
}

TEST_CASE("an index finds exactly what was added", "[property]") {
  tollgate::test::check_law("found = added", [](const std::vector<std::uint64_t>& values) {
    std::vector<std::uint64_t> kept;
    place_index index;
    const std::set<std::uint64_t> distinct{values.begin(), values.end()};
    for (const auto v : distinct) {
      index.add(tollgate::detail::mix(v), static_cast<place>(kept.size()));
      kept.push_back(v);
    }
    const auto find = [&](std::uint64_t v) {
      return index.find(tollgate::detail::mix(v), [&](place p) { return kept[p] == v; });
    };
    for (place p = 0; p < kept.size(); ++p) RC_ASSERT(find(kept[p]) == p);
    const auto other = *rc::gen::arbitrary<std::uint64_t>();
    RC_ASSERT((find(other) == nowhere) == !distinct.contains(other));
  });
}

}  // namespace
