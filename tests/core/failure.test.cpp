// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/failure.hpp>

#include <support/catch.hpp>

namespace {

using namespace tollgate;

failure with_figures(error code, credits required, credits available) {
  failure f = make_failure(code, "quote", "why");
  f.required = required;
  f.available = available;
  return f;
}

TEST_CASE("a failure is one line of what it carries") {
  CHECK(to_string(make_failure(error::busy)) == "busy");
  CHECK(to_string(make_failure(error::invalid_argument, "/key", "is empty")) ==
        "invalid_argument at /key: is empty");
  CHECK(to_string(with_figures(error::insufficient_credits, 5_cr, 3_cr)) ==
        "insufficient_credits at quote: why (required 5.0000, available 3.0000)");
}

TEST_CASE("a price that changed does not read like missing credits") {
  CHECK(to_string(with_figures(error::price_changed, 5_cr, 3_cr)) ==
        "price_changed at quote: why (it was 3.0000, it is 5.0000)");
  CHECK(to_string(with_figures(error::price_changed, 0_cr, 3_cr)) ==
        "price_changed at quote: why (it was 3.0000, it is 0.0000)");
}

TEST_CASE("an account in use says what is still there") {
  CHECK(to_string(with_figures(error::account_in_use, 5_cr, {})) ==
        "account_in_use at quote: why (still there: 5.0000)");
}

}  // namespace
