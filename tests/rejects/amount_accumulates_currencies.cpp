// SPDX-License-Identifier: BSL-1.0
// rejected: AmountOfAnotherCurrencyOrScale
// Not even in place.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
void add(credits& balance) { balance += 1_usd; }
