// SPDX-License-Identifier: BSL-1.0
#pragma once
// 128 bits from Boost.Multiprecision, for compilers without an integer of their own that wide.

#include <boost/multiprecision/cpp_int.hpp>

namespace tollgate {

/// Same values as a native 128-bit integer; expression templates off, so that it deduces alike.
using portable_int128 = boost::multiprecision::number<
    boost::multiprecision::cpp_int_backend<128, 128, boost::multiprecision::signed_magnitude,
                                           boost::multiprecision::unchecked, void>,
    boost::multiprecision::et_off>;

}  // namespace tollgate
