// SPDX-License-Identifier: BSL-1.0
#pragma once
// Accounts in the order of how much they were served, each of which can leave at any time.

#include <tollgate/memory/growing_list.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tollgate::memory::detail {

struct account_line;

/// A binary heap whose members know where they stand.
class line_heap {
 public:
  [[nodiscard]] bool empty() const noexcept { return members_.empty(); }
  /// Preconditions of the next two: not empty.
  [[nodiscard]] std::uint64_t least() const noexcept { return members_.front().served; }
  [[nodiscard]] account_line& first() const noexcept { return *members_.front().line; }

  /// Adds the line, or moves it to where it belongs now.
  void put(account_line& line);
  /// Takes the line out if it is in.
  void remove(account_line& line);

 private:
  struct member {
    std::uint64_t served{};
    account_line* line{};
  };
  void settle(member m, std::size_t at);
  void store(member m, std::size_t at);

  std::vector<member> members_{};
};

}  // namespace tollgate::memory::detail
