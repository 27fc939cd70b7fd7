// SPDX-License-Identifier: BSL-1.0
#pragma once
// Finds places by the hash of what stands there; keeps no keys of its own.

#include <tollgate/memory/growing_list.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tollgate::memory::detail {

/// Open addressing with linear probing over slots of eight bytes; nothing is ever taken out.
/// Whoever looks something up says whether a place is the one it means.
class place_index {
 public:
  /// The place whose hash it is and of which `same(place)` holds, or `nowhere`.
  template <class Same>
  [[nodiscard]] place find(std::uint64_t hash, Same&& same) const {
    const std::size_t at = probe(hash, same);
    return at == absent ? nowhere : slots_[at].at;
  }
  /// The same as a place that can be pointed elsewhere until the next `add`, or null.
  template <class Same>
  [[nodiscard]] place* find_slot(std::uint64_t hash, Same&& same) {
    const std::size_t at = probe(hash, same);
    return at == absent ? nullptr : &slots_[at].at;
  }
  /// Precondition: it is not there yet.
  void add(std::uint64_t hash, place at) {
    if (4 * (used_ + 1) > 3 * slots_.size()) grow();
    put({tag_of(hash), at});
    ++used_;
  }

 private:
  struct slot {
    std::uint32_t tag{};  // zero: empty
    place at{nowhere};
  };
  static constexpr std::size_t absent = ~std::size_t{0};

  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    const auto tag = static_cast<std::uint32_t>(hash >> 32U);
    return tag == 0 ? 1 : tag;
  }
  template <class Same>
  [[nodiscard]] std::size_t probe(std::uint64_t hash, Same&& same) const {
    if (slots_.empty()) return absent;
    const std::uint32_t tag = tag_of(hash);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = tag & mask; slots_[i].tag != 0; i = (i + 1) & mask) {
      if (slots_[i].tag == tag && same(slots_[i].at)) return i;
    }
    return absent;
  }
  void put(slot s) noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = s.tag & mask;
    while (slots_[i].tag != 0) i = (i + 1) & mask;
    slots_[i] = s;
  }
  void grow() {
    std::vector<slot> old(slots_.empty() ? 8 : 2 * slots_.size());
    old.swap(slots_);
    for (const slot& s : old) {
      if (s.tag != 0) put(s);
    }
  }

  std::vector<slot> slots_{};
  std::size_t used_{0};
};

}  // namespace tollgate::memory::detail
