// SPDX-License-Identifier: BSL-1.0
#pragma once
// A priority queue for what mostly arrives in order: then both ends cost the same at any length.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace tollgate::memory::detail {

/// Smallest first by operator<. What arrives in order stands in a run, served from its head;
/// only what arrives out of order goes through a heap.
template <class T>
class run_queue {
 public:
  [[nodiscard]] bool empty() const noexcept { return head_ == run_.size() && heap_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return run_.size() - head_ + heap_.size(); }

  /// Precondition: not empty.
  [[nodiscard]] const T& front() const noexcept {
    return run_is_next() ? run_[head_] : heap_.front();
  }
  void push(const T& value) {
    if (head_ == run_.size() || !(value < run_.back())) {
      run_.push_back(value);
    } else {
      heap_.push_back(value);
      std::push_heap(heap_.begin(), heap_.end(), later);
    }
  }
  /// Precondition: not empty.
  void pop() {
    if (!run_is_next()) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      heap_.pop_back();
      return;
    }
    if (++head_ == run_.size()) {
      run_.clear();
      head_ = 0;
    } else if (head_ >= 64 && 2 * head_ >= run_.size()) {
      run_.erase(run_.begin(), run_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }
  void clear() noexcept {
    run_.clear();
    heap_.clear();
    head_ = 0;
  }

 private:
  [[nodiscard]] static bool later(const T& a, const T& b) { return b < a; }
  [[nodiscard]] bool run_is_next() const noexcept {
    if (heap_.empty()) return true;
    return head_ != run_.size() && !(heap_.front() < run_[head_]);
  }

  std::vector<T> run_{};
  std::vector<T> heap_{};
  std::size_t head_{0};
};

}  // namespace tollgate::memory::detail
