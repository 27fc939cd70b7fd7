// SPDX-License-Identifier: BSL-1.0
// rejected: amount_literal_has_too_many_decimals
// A literal keeps what is written or does not compile.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
auto price = 0.12345_usd;
