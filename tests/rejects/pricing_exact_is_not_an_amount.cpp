// SPDX-License-Identifier: BSL-1.0
// rejected: exact
// A product is not money until it is rounded.
#include <tollgate/pricing/unit_price.hpp>

using namespace tollgate;
amount<usd> price = 0.15_usd / 1_s * 7.3_s;
