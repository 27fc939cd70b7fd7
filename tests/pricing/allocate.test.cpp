// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/allocate.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <cstdint>
#include <numeric>
#include <vector>

namespace {

using namespace tollgate;
using weights = std::vector<std::uint64_t>;
using whole_usd = amount<usd, 0>;

std::vector<std::int64_t> split(std::int64_t total, const weights& w) {
  std::vector<std::int64_t> units;
  const auto parts = allocate(whole_usd::from_units(total), w);
  for (const auto& part : *parts) units.push_back(part.units());
  return units;
}

TEST_CASE("the largest remainder gets the unit that is left") {
  REQUIRE(split(10, {70, 29, 1}) == std::vector<std::int64_t>{7, 3, 0});
}

TEST_CASE("equal remainders are served in order") {
  REQUIRE(split(2, {1, 1, 1}) == std::vector<std::int64_t>{1, 1, 0});
  REQUIRE(split(100, {1, 1, 1}) == std::vector<std::int64_t>{34, 33, 33});
}

TEST_CASE("a negative total is split like its opposite") {
  REQUIRE(split(-10, {70, 29, 1}) == std::vector<std::int64_t>{-7, -3, 0});
}

TEST_CASE("a weight of zero gets nothing") {
  REQUIRE(split(5, {0, 1, 0}) == std::vector<std::int64_t>{0, 5, 0});
}

TEST_CASE("weights that are all zero split nothing") {
  REQUIRE(allocate(1_usd, weights{0, 0}).error().code == error::invalid_argument);
  REQUIRE(allocate(1_usd, weights{}).error().place == "/weights");
}

TEST_CASE("weights beyond 2^63 are refused and never wrap") {
  REQUIRE(!allocate(1_usd, weights{~std::uint64_t{0}, ~std::uint64_t{0}}));
}

TEST_CASE("parts sum to the whole and are within a unit of their share", "[property]") {
  test::check_law("largest remainder", [](std::int64_t n, const std::vector<std::uint32_t>& some) {
    weights w(some.begin(), some.end());
    w.push_back(1);
    const auto total = credits::from_units(n % 1'000'000'000'000);
    const auto parts = *allocate(total, w);
    const auto sum = std::accumulate(w.begin(), w.end(), std::uint64_t{0});
    credits together;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      together += parts[i];
      // |part * sum - total * weight| < sum
      const auto off = static_cast<int128>(parts[i].units()) * static_cast<std::int64_t>(sum) -
                       static_cast<int128>(total.units()) * static_cast<std::int64_t>(w[i]);
      RC_ASSERT((off < 0 ? -off : off) < static_cast<int128>(sum));
    }
    RC_ASSERT(together == total);
  });
}

}  // namespace
