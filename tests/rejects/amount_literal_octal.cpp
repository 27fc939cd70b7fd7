// SPDX-License-Identifier: BSL-1.0
// rejected: amount_literal_is_not_a_plain_decimal
// C++ reads 010 as eight, people as ten.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
auto price = 010_usd;
