// SPDX-License-Identifier: BSL-1.0
// rejected: AmountOfAnotherCurrencyOrScale
// Dollars and credits do not add up.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
auto sum = 1_usd + 1_cr;
