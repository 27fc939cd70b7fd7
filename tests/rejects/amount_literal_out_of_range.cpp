// SPDX-License-Identifier: BSL-1.0
// rejected: amount_literal_is_out_of_range
// Twelve digits, also in source.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
auto price = 100'000'000_usd;
