// SPDX-License-Identifier: BSL-1.0
// rejected: from
// A bare number is not money.
#include <tollgate/core/amount.hpp>

using namespace tollgate;
credits price = 5;
