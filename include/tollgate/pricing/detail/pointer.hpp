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

}  // namespace tollgate::detail
