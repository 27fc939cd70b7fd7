// SPDX-License-Identifier: BSL-1.0
#pragma once
// Text of a file or a server, as it may be shown on a terminal.

#include <cstddef>
#include <string>
#include <string_view>

namespace main_job::detail {

/// On one line, and without control characters, which never reach the terminal.
inline std::string printable(std::string_view text, std::size_t longest = 200) {
  std::string shown;
  for (const char c : text.substr(0, longest)) {
    const bool breaks = c == '\n' || c == '\t';
    shown += breaks ? ' ' : static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return text.size() > longest ? shown + "..." : shown;
}

}  // namespace main_job::detail
