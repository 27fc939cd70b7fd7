// SPDX-License-Identifier: BSL-1.0
#pragma once
// A string that can be a template argument: `currency<"USD">`.

#include <cstddef>
#include <string_view>

namespace tollgate {

/// Characters held by value; equal text is the same template argument.
template <std::size_t Size>
struct fixed_string {
  char text[Size + 1]{};  // public: a template argument has no private members

  // Not explicit: a string literal must convert where a template argument is expected.
  consteval fixed_string(const char (&literal)[Size + 1]) noexcept {
    for (std::size_t i = 0; i < Size; ++i) text[i] = literal[i];
  }

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size}; }
};

template <std::size_t Terminated>
fixed_string(const char (&)[Terminated]) -> fixed_string<Terminated - 1>;

}  // namespace tollgate
