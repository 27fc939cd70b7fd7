// SPDX-License-Identifier: BSL-1.0
#include <tollgate/memory/growing_list.hpp>

#include <support/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {
using tollgate::memory::detail::growing_list;
using tollgate::memory::detail::place;

TEST_CASE("a growing list never moves what it holds") {
  growing_list<std::string> list;
  std::vector<const std::string*> seen;
  for (int i = 0; i < 1'000; ++i) seen.push_back(&list.add(std::to_string(i)));
  for (place i = 0; i < 1'000; ++i) {
    REQUIRE(&list[i] == seen[i]);
    REQUIRE(list[i] == std::to_string(i));
  }
  REQUIRE(list.size() == 1'000);
  REQUIRE(list.back() == "999");
}

TEST_CASE("a growing list destroys each of its elements once") {
  const auto counted = std::make_shared<int>(1);
  {
    growing_list<std::shared_ptr<int>> list;
    for (int i = 0; i < 13; ++i) list.add(std::shared_ptr<int>{counted});
    REQUIRE(counted.use_count() == 14);
  }
  REQUIRE(counted.use_count() == 1);
}

TEST_CASE("an element added without a value is its default") {
  growing_list<int> list;
  REQUIRE(list.empty());
  REQUIRE(list.add() == 0);
  REQUIRE_FALSE(list.empty());
}

}  // namespace
