// SPDX-License-Identifier: BSL-1.0
// rejected: amount_literal_is_not_a_plain_decimal
// Money has no exponent.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
auto price = 1e3_usd;
