// SPDX-License-Identifier: BSL-1.0
// rejected: an amount has more decimals than digits
// Thirteen decimals do not fit twelve digits.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
auto price = amount<usd, 13>{};
