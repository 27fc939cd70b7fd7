// SPDX-License-Identifier: BSL-1.0
// rejected: CREDIT
// Nor bounds.
#include <tollgate/pricing/charge.hpp>

using namespace tollgate;
charge<usd> price{.model = unit_charge{1_usd / 1_s}, .at_most = 1_cr};
