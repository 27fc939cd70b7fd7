// SPDX-License-Identifier: BSL-1.0
// rejected: CREDIT
// A card in dollars has no rates in credits.
#include <tollgate/pricing/charge.hpp>

using namespace tollgate;
charge<usd> price{.model = unit_charge{1_cr / 1_s}};
