// SPDX-License-Identifier: BSL-1.0
// rejected: AmountOfAnotherCurrencyOrScale
// A dollar is not a credit.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
bool same = 1_usd == 1_cr;
