// SPDX-License-Identifier: BSL-1.0
#pragma once
// Names as they stand in a JSON pointer, so that a place is one whatever a card calls its parts.

#include <string>
#include <string_view>

namespace tollgate::detail {

/// A name within a JSON pointer (RFC 6901).
[[nodiscard]] inline std::string pointer_part(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

/// The member of this name of what was handed in.
[[nodiscard]] inline std::string pointer_to(std::string_view name) {
  std::string place{"/"};  // not "/" + ..., which g++ 12 warns about (its bug 105651)
  return place += pointer_part(name);
}

}  // namespace tollgate::detail
