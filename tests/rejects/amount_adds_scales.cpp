// SPDX-License-Identifier: BSL-1.0
// rejected: AmountOfAnotherCurrencyOrScale
// Cents and hundredths of cents need a rounding first.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
auto sum = amount<usd, 4>{} + amount<usd, 2>{};
