// SPDX-License-Identifier: BSL-1.0
#pragma once
// A list that only grows and never moves what it holds, so that growth copies nothing.

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace tollgate::memory::detail {

/// Where something stands in a list of its account.
using place = std::uint32_t;
inline constexpr place nowhere = 0xffff'ffffU;

/// Elements in blocks that double in size: references stay valid for the life of the list.
template <class T>
class growing_list {
 public:
  growing_list() = default;
  growing_list(const growing_list&) = delete;
  growing_list& operator=(const growing_list&) = delete;
  ~growing_list() {
    for (place i = 0; i < size_; ++i) std::destroy_at(&(*this)[i]);
    for (std::size_t b = 0; b < block_count_; ++b) {
      std::allocator<T>{}.deallocate(block(b), block_size(b));
    }
  }

  [[nodiscard]] place size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  [[nodiscard]] T& operator[](place i) noexcept { return *slot(i); }
  [[nodiscard]] const T& operator[](place i) const noexcept { return *slot(i); }
  [[nodiscard]] T& back() noexcept { return (*this)[size_ - 1]; }
  [[nodiscard]] const T& back() const noexcept { return (*this)[size_ - 1]; }

  T& add() { return *commit(std::construct_at(room())); }
  T& add(T&& value) { return *commit(std::construct_at(room(), std::move(value))); }

 private:
  static constexpr unsigned first_bits = 2;     // the first block holds four
  static constexpr std::size_t near_count = 6;  // so many blocks are found without another step

  [[nodiscard]] static constexpr std::size_t block_size(std::size_t b) noexcept {
    return std::size_t{1} << (first_bits + b);
  }
  // Places shifted by the size of the first block: their highest bit names the block.
  [[nodiscard]] T* slot(place i) const noexcept {
    const std::uint64_t at = std::uint64_t{i} + block_size(0);
    const auto highest = static_cast<unsigned>(std::bit_width(at)) - 1U;
    return block(highest - first_bits) + (at - (std::uint64_t{1} << highest));
  }
  [[nodiscard]] T* block(std::size_t b) const noexcept {
    return b < near_count ? near_[b] : far_[b - near_count];
  }
  [[nodiscard]] T* room() {
    assert(size_ != nowhere);
    if (std::uint64_t{size_} + block_size(0) == block_size(block_count_)) {
      if (block_count_ >= near_count) far_.resize(block_count_ - near_count + 1);
      T*& next = block_count_ < near_count ? near_[block_count_] : far_.back();
      next = std::allocator<T>{}.allocate(block_size(block_count_));
      ++block_count_;
    }
    return slot(size_);
  }
  T* commit(T* made) noexcept {
    ++size_;
    return made;
  }

  place size_{0};
  std::uint32_t block_count_{0};
  std::array<T*, near_count> near_{};
  std::vector<T*> far_{};
};

}  // namespace tollgate::memory::detail
