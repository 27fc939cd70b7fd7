// SPDX-License-Identifier: BSL-1.0
// rejected: round_to
// The lossy step names its rounding.
#include <tollgate/core/exact.hpp>

using namespace tollgate;
auto price = round_to<4>(exact<usd>{rational<>{1, 3}});
