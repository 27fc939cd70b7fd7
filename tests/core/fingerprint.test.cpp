// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/fingerprint.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace {

using namespace tollgate;

template <class... Fields>
constexpr fingerprint of(const Fields&... fields) {
  canonical c;
  (c.add(fields), ...);
  return c.finish();
}

constexpr fingerprint of_bytes(std::string_view bytes) {
  sha256 hash;
  hash.update(bytes);
  return {hash.finish()};
}

constexpr std::string_view bytes(const char* text, std::size_t size) { return {text, size}; }

static_assert(fingerprint{}.is_nil());
static_assert(!of().is_nil());
static_assert(sizeof(fingerprint) == 32);

// What is encoded, byte for byte.
static_assert(of(std::uint64_t{0x0102030405060708}) == of_bytes("\1\2\3\4\5\6\7\10"));
static_assert(of(std::int64_t{-2}) == of_bytes("\xff\xff\xff\xff\xff\xff\xff\xfe"));
static_assert(of(true, false) == of_bytes(bytes("\1\0", 2)));
static_assert(of("ab") == of_bytes(bytes("\0\0\0\0\0\0\0\2ab", 10)));
static_assert(of(uuid{1, 2}) == of_bytes(bytes("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2", 16)));
static_assert(of(account_id{{1, 2}}) == of(uuid{1, 2}));
static_assert(of(timestamp{258}) == of_bytes(bytes("\0\0\0\0\0\0\1\2", 8)));
static_assert(of(seconds(1)) == of(1'000'000));
static_assert(of(1.5_cr) == of(15'000));
static_assert(of(-1.5_cr) == of(-15'000));
static_assert(of(std::optional<std::int64_t>{}) == of(false));
static_assert(of(std::optional<std::int64_t>{7}) == of(true, 7));

// The width in which an integer was held does not matter, its value does.
static_assert(of(std::uint8_t{200}) == of(200));
static_assert(of(short{-1}) == of(std::int64_t{-1}));

// 128 bits are two words, two's complement.
static_assert(of(static_cast<int128>(-1)) == of(~std::uint64_t{0}, ~std::uint64_t{0}));
static_assert(of(static_cast<int128>(5)) == of(0, 5));
static_assert(of(-(static_cast<int128>(1) << 64)) == of(~std::uint64_t{0}, 0));

// A text literal is a text, never a truth value; fields do not run together.
static_assert(of("x") == of(std::string_view{"x"}));
static_assert(of("x") != of(true));
static_assert(of("ab", "c") != of("a", "bc"));
static_assert(of("", "a") != of("a", ""));

template <class T>
concept encodable = requires(canonical c, T value) { c.add(value); };
static_assert(encodable<const char*> && encodable<std::uint32_t> && encodable<hold_id>);
static_assert(!encodable<double> && !encodable<char> && !encodable<void*>);

static_assert(
    parse_fingerprint("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == of());
static_assert(
    parse_fingerprint("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855") == of());
static_assert(!parse_fingerprint(""));
static_assert(
    !parse_fingerprint("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85"));
static_assert(
    !parse_fingerprint("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "));
static_assert(
    !parse_fingerprint("g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));

}  // namespace

TEST_CASE("a fingerprint is written as 64 hexadecimal digits") {
  CHECK(to_string(of_bytes("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_string(fingerprint{}) == std::string(64, '0'));
}

TEST_CASE("a fingerprint read back is the same", "[property]") {
  test::check_law("parse(to_string(f)) == f", [](const std::array<std::uint8_t, 32>& bytes) {
    const fingerprint f{bytes};
    return parse_fingerprint(to_string(f)) == f;
  });
}

TEST_CASE("fingerprints are ordered as their texts are", "[property]") {
  test::check_law("order of bytes == order of text",
                  [](const std::array<std::uint8_t, 32>& a, const std::array<std::uint8_t, 32>& b) {
                    return (fingerprint{a} < fingerprint{b}) ==
                           (to_string(fingerprint{a}) < to_string(fingerprint{b}));
                  });
}

TEST_CASE("one changed field changes the fingerprint", "[property]") {
  test::check_law("a field is told from any other",
                  [](std::int64_t a, std::int64_t b, const std::string& text) {
                    return (of(a, text) == of(b, text)) == (a == b);
                  });
}

TEST_CASE("fields may be added after a digest was taken") {
  canonical c;
  c.add(1);
  CHECK(c.finish() == of(1));
  c.add("more");
  CHECK(c.finish() == of(1, "more"));
}
