// SPDX-License-Identifier: BSL-1.0
// Compiled with -fno-exceptions.
#include <every_header.hpp>

#if defined(__cpp_exceptions)
#error "this unit shows that the headers compile without exceptions"
#endif

int second();
int second() { return 0; }
