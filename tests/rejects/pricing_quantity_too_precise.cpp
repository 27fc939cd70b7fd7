// SPDX-License-Identifier: BSL-1.0
// rejected: quantity_literal_is_not_a_decimal_of_three_places
// Nothing is billed below a thousandth.
#include <tollgate/pricing/unit_price.hpp>

using namespace tollgate;
auto length = 7.3001_s;
