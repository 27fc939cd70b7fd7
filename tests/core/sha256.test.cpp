// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/sha256.hpp>

#include <support/catch.hpp>

#include <string>
#include <string_view>

namespace {

using tollgate::sha256;

constexpr sha256::digest digest_of(std::string_view text) {
  sha256 hash;
  hash.update(text);
  return hash.finish();
}

constexpr bool reads(const sha256::digest& digest, std::string_view hex) {
  constexpr std::string_view digits{"0123456789abcdef"};
  if (hex.size() != 64) return false;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    if (digits[digest[i] >> 4U] != hex[2 * i]) return false;
    if (digits[digest[i] & 0xfU] != hex[2 * i + 1]) return false;
  }
  return true;
}

// The vectors of FIPS 180-4's examples and of NIST's byte test vectors.
static_assert(reads(digest_of(""),
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
static_assert(reads(digest_of("abc"),
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
static_assert(reads(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
static_assert(reads(digest_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                              "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
                    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"));
static_assert(reads(digest_of("\xbd"),
                    "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"));
static_assert(reads(digest_of("\xc9\x8c\x8e\x55"),
                    "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"));

}  // namespace

TEST_CASE("a million letters have the digest that NIST publishes") {
  sha256 hash;
  for (int i = 0; i < 1'000'000; ++i) hash.put('a');
  CHECK(reads(hash.finish(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

TEST_CASE("texts around the block length have their published digests") {
  // Zero bytes; from 56 on the length of the text needs a block of its own.
  CHECK(reads(digest_of(std::string(55, '\0')),
              "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"));
  CHECK(reads(digest_of(std::string(56, '\0')),
              "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"));
  CHECK(reads(digest_of(std::string(57, '\0')),
              "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"));
  CHECK(reads(digest_of(std::string(64, '\0')),
              "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"));
}

TEST_CASE("how a text is cut into updates does not change its digest") {
  const std::string text(200, 'x');
  const auto whole = digest_of(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    sha256 hash;
    hash.update(std::string_view{text}.substr(0, cut));
    hash.update(std::string_view{text}.substr(cut));
    REQUIRE(hash.finish() == whole);
  }
}

TEST_CASE("a word is its eight bytes wherever it falls in a block") {
  for (std::size_t before = 0; before < 64; ++before) {
    sha256 by_word;
    sha256 by_byte;
    for (std::size_t i = 0; i < before; ++i) {
      by_word.put(7);
      by_byte.put(7);
    }
    by_word.put_word(0x0102030405060708U);
    for (std::uint8_t b = 1; b <= 8; ++b) by_byte.put(b);
    REQUIRE(by_word.finish() == by_byte.finish());
  }
}

TEST_CASE("asking for the digest does not end the stream") {
  sha256 hash;
  hash.update("ab");
  const auto early = hash.finish();
  hash.update("c");
  CHECK(early == digest_of("ab"));
  CHECK(hash.finish() == digest_of("abc"));
}
