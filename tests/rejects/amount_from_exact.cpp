// SPDX-License-Identifier: BSL-1.0
// rejected: exact
// An exact value is not money until it is rounded.
#include <tollgate/core/exact.hpp>

using namespace tollgate;
amount<usd> price = exact<usd>{rational<>{1, 3}};
