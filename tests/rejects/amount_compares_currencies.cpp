// SPDX-License-Identifier: BSL-1.0
// rejected: AmountOfAnotherCurrencyOrScale
// A dollar is neither more nor less than a credit.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
bool cheaper = 1_usd < 1_cr;
