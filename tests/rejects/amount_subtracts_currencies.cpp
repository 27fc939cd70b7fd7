// SPDX-License-Identifier: BSL-1.0
// rejected: AmountOfAnotherCurrencyOrScale
// Credits cannot be taken from dollars.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
auto difference = 1_usd - 1_cr;
