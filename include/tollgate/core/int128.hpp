// SPDX-License-Identifier: BSL-1.0
#pragma once
// A signed integer of 128 bits: the compiler's own, or Boost's where there is none.

#if !defined(__SIZEOF_INT128__)
#include <tollgate/core/int128_portable.hpp>
#endif

namespace tollgate {

#if defined(__SIZEOF_INT128__)
/// The intermediate in which products of two 64-bit numbers are exact.
__extension__ typedef __int128 int128;
#else
using int128 = portable_int128;
#endif

}  // namespace tollgate
