// SPDX-License-Identifier: BSL-1.0
#pragma once
// SHA-256 (FIPS 180-4) as a streaming value that also runs while compiling.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate {

/// Hashes bytes as they come; copies are independent, nothing is allocated.
class sha256 {
 public:
  using digest = std::array<std::uint8_t, 32>;

  /// Bytes of any one-byte type.
  template <class Byte>
    requires(sizeof(Byte) == 1)
  constexpr void update(const Byte* bytes, std::size_t size) noexcept {
    while (size != 0) {
      const auto at = length_ % block_size;
      const auto part = size < block_size - at ? size : block_size - at;
      for (std::size_t i = 0; i < part; ++i) block_[at + i] = static_cast<std::uint8_t>(bytes[i]);
      bytes += part;
      size -= part;
      length_ += part;
      if (at + part == block_size) compress();
    }
  }
  constexpr void update(std::string_view bytes) noexcept { update(bytes.data(), bytes.size()); }
  constexpr void put(std::uint8_t byte) noexcept {
    block_[length_ % block_size] = byte;
    if (++length_ % block_size == 0) compress();
  }
  /// Eight bytes, most significant first.
  constexpr void put_word(std::uint64_t value) noexcept {
    const auto at = length_ % block_size;
    if (at > block_size - 8) {
      for (unsigned i = 0; i < 8; ++i) put(static_cast<std::uint8_t>(value >> (56U - 8U * i)));
      return;
    }
    for (unsigned i = 0; i < 8; ++i) {
      block_[at + i] = static_cast<std::uint8_t>(value >> (56U - 8U * i));
    }
    length_ += 8;
    if (at + 8 == block_size) compress();
  }

  /// The digest of what came so far; more may follow.
  [[nodiscard]] constexpr digest finish() const noexcept {
    sha256 last{*this};
    const std::uint64_t bits = length_ * 8;
    last.put(0x80U);
    while (last.length_ % block_size != block_size - 8) last.put(0);
    last.put_word(bits);
    digest out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(last.state_[i / 4] >> (24U - 8U * (i % 4)));
    }
    return out;
  }

 private:
  using word = std::uint32_t;
  static constexpr std::size_t block_size = 64;

  // The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  static constexpr std::array<word, 64> round_constants{
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
      0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
      0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
      0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
      0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
      0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
      0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
      0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
      0xc67178f2};

  [[nodiscard]] static constexpr word turn(word x, unsigned n) noexcept {
    return (x >> n) | (x << (32U - n));
  }
  // One round; the caller rotates the names of the eight words instead of moving them.
  static constexpr void round(word a, word b, word c, word& d, word e, word f, word g, word& h,
                              word input) noexcept {
    const word t = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (g ^ (e & (f ^ g))) + input;
    d += t;
    h = t + (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) | (c & (a | b)));
  }

  constexpr void compress() noexcept {
    std::array<word, 64> w{};
    for (std::size_t i = 0; i < 16; ++i) {
      const auto* at = block_.data() + 4 * i;
      w[i] = (word{at[0]} << 24U) | (word{at[1]} << 16U) | (word{at[2]} << 8U) | word{at[3]};
    }
    for (std::size_t i = 16; i < 64; ++i) {
      const word x = w[i - 15];
      const word y = w[i - 2];
      w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >> 3U)) + w[i - 7] +
             (turn(y, 17) ^ turn(y, 19) ^ (y >> 10U));
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (std::size_t i = 0; i < 64; i += 8) {
      round(a, b, c, d, e, f, g, h, w[i] + round_constants[i]);
      round(h, a, b, c, d, e, f, g, w[i + 1] + round_constants[i + 1]);
      round(g, h, a, b, c, d, e, f, w[i + 2] + round_constants[i + 2]);
      round(f, g, h, a, b, c, d, e, w[i + 3] + round_constants[i + 3]);
      round(e, f, g, h, a, b, c, d, w[i + 4] + round_constants[i + 4]);
      round(d, e, f, g, h, a, b, c, w[i + 5] + round_constants[i + 5]);
      round(c, d, e, f, g, h, a, b, w[i + 6] + round_constants[i + 6]);
      round(b, c, d, e, f, g, h, a, w[i + 7] + round_constants[i + 7]);
    }
    const std::array<word, 8> added{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < added.size(); ++i) state_[i] += added[i];
  }

  // The first 32 bits of the fractional parts of the square roots of the first eight primes.
  std::array<word, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, block_size> block_{};
  std::uint64_t length_{};
};

}  // namespace tollgate
