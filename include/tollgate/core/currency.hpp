// SPDX-License-Identifier: BSL-1.0
#pragma once
// Currencies as types, so that mixing two of them does not compile.

#include <tollgate/core/fixed_string.hpp>

#include <concepts>
#include <string_view>

namespace tollgate {

/// What an amount counts. The code is printed, compared and hashed; it carries no other meaning.
template <fixed_string Code>
struct currency {
  static constexpr std::string_view code{Code.view()};
};

/// A type that names a currency by a non-empty code known to the compiler.
template <class C>
concept currency_type = requires {
  { C::code } -> std::convertible_to<std::string_view>;
  requires !std::string_view(C::code).empty();
};

using credit = currency<"CREDIT">;
using usd = currency<"USD">;

}  // namespace tollgate
