// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/detail/checked.hpp>
#include <tollgate/core/int128.hpp>

#include <support/catch.hpp>

#include <cstdint>

using namespace tollgate;

TEST_CASE("a product or a sum may be written over its first operand") {
  int128 product = 1;
  std::int64_t factor = 999'999'999'999'999;
  REQUIRE(detail::multiply<int128>(product, factor, product));
  REQUIRE(detail::multiply<int128>(product, factor, product));  // 10^30: g++ 12 said it is too much
  REQUIRE(product / factor == factor);
  REQUIRE_FALSE(detail::multiply<int128>(product, factor, product));  // 10^45

  int128 sum = static_cast<int128>(1) << 126;
  REQUIRE(detail::add<int128>(sum, sum - 1, sum));
  REQUIRE_FALSE(detail::add<int128>(sum, 1, sum));
}
