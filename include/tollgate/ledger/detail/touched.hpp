// SPDX-License-Identifier: BSL-1.0
#pragma once
// Which records of a state a change has touched, each once, in the order in which that happened.

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace tollgate::detail {

/// Indexes of records. The first few, which is nearly always all, need no memory of their own.
class touched {
 public:
  void add(std::size_t index) {
    if (has(index)) return;
    if (count_ < near_.size()) {
      near_[count_] = index;
    } else {
      far_.push_back(index);
    }
    ++count_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t operator[](std::size_t n) const noexcept {
    return n < near_.size() ? near_[n] : far_[n - near_.size()];
  }

 private:
  [[nodiscard]] bool has(std::size_t index) const noexcept {
    const auto end = near_.begin() + static_cast<std::ptrdiff_t>(std::min(count_, near_.size()));
    return std::find(near_.begin(), end, index) != end ||
           std::find(far_.begin(), far_.end(), index) != far_.end();
  }

  std::array<std::size_t, 4> near_{};
  std::size_t count_{};
  std::vector<std::size_t> far_{};
};

}  // namespace tollgate::detail
