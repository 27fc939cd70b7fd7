// SPDX-License-Identifier: BSL-1.0
#pragma once
// How a value of ours lies on PostgreSQL's wire: its type's number and its bytes.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace tollgate::postgres {

/// The numbers of types in pg_type; those of built-in types never change.
namespace oid {
inline constexpr unsigned boolean{16};
inline constexpr unsigned bytea{17};
inline constexpr unsigned name{19};
inline constexpr unsigned int8{20};
inline constexpr unsigned int2{21};
inline constexpr unsigned int4{23};
inline constexpr unsigned text{25};
inline constexpr unsigned varchar{1043};
inline constexpr unsigned uuid{2950};
inline constexpr unsigned boolean_array{1000};
inline constexpr unsigned bytea_array{1001};
inline constexpr unsigned int2_array{1005};
inline constexpr unsigned int4_array{1007};
inline constexpr unsigned text_array{1009};
inline constexpr unsigned int8_array{1016};
inline constexpr unsigned uuid_array{2951};
}  // namespace oid

namespace detail {

/// Appends the bytes of a number, most significant first.
template <std::unsigned_integral Word>
void append_word(std::string& to, Word value) {
  char bytes[sizeof(Word)];
  for (std::size_t n = 0; n < sizeof(Word); ++n) {
    bytes[n] = static_cast<char>(static_cast<unsigned char>(value >> (8 * (sizeof(Word) - 1 - n))));
  }
  to.append(bytes, sizeof(Word));
}
/// Reads a number, most significant byte first. Precondition: there are enough bytes.
template <std::unsigned_integral Word>
[[nodiscard]] Word word_at(const char* from) noexcept {
  Word value{};
  for (std::size_t byte = 0; byte < sizeof(Word); ++byte) {
    value = static_cast<Word>((static_cast<std::uint64_t>(value) << 8U) |
                              static_cast<unsigned char>(from[byte]));
  }
  return value;
}

template <std::signed_integral Int, unsigned Oid, unsigned ArrayOid>
struct wire_int {
  static constexpr unsigned type{Oid};
  static constexpr unsigned array_type{ArrayOid};
  static constexpr std::size_t size{sizeof(Int)};
  static void append(std::string& to, Int value) {
    append_word(to, static_cast<std::make_unsigned_t<Int>>(value));
  }
  static Int read(const char* from) noexcept {
    return static_cast<Int>(word_at<std::make_unsigned_t<Int>>(from));
  }
};

}  // namespace detail

/// The wire form of a type of fixed size. Specialised below for every type a column has.
template <class T>
struct wire;

template <>
struct wire<std::int16_t> : detail::wire_int<std::int16_t, oid::int2, oid::int2_array> {};
template <>
struct wire<std::int32_t> : detail::wire_int<std::int32_t, oid::int4, oid::int4_array> {};
template <>
struct wire<std::int64_t> : detail::wire_int<std::int64_t, oid::int8, oid::int8_array> {};

template <>
struct wire<bool> {
  static constexpr unsigned type{oid::boolean};
  static constexpr unsigned array_type{oid::boolean_array};
  static constexpr std::size_t size{1};
  static void append(std::string& to, bool value) { to.push_back(value ? '\1' : '\0'); }
  static bool read(const char* from) noexcept { return *from != '\0'; }
};

template <>
struct wire<uuid> {
  static constexpr unsigned type{oid::uuid};
  static constexpr unsigned array_type{oid::uuid_array};
  static constexpr std::size_t size{16};
  static void append(std::string& to, const uuid& value) {
    detail::append_word(to, value.high);
    detail::append_word(to, value.low);
  }
  static uuid read(const char* from) noexcept {
    return {detail::word_at<std::uint64_t>(from), detail::word_at<std::uint64_t>(from + 8)};
  }
};

template <class Tag>
struct wire<id<Tag>> : wire<uuid> {
  static void append(std::string& to, const id<Tag>& value) { wire<uuid>::append(to, value.value); }
  static id<Tag> read(const char* from) noexcept { return {wire<uuid>::read(from)}; }
};

/// Units as int8. What was read may be out of range: `rows` looks.
template <>
struct wire<credits> : wire<std::int64_t> {
  static void append(std::string& to, credits value) {
    wire<std::int64_t>::append(to, value.units());
  }
};

/// Microseconds as int8: `never` and "not yet" are numbers like others.
template <>
struct wire<timestamp> : wire<std::int64_t> {
  static void append(std::string& to, timestamp value) {
    wire<std::int64_t>::append(to, value.microseconds);
  }
  static timestamp read(const char* from) noexcept { return {wire<std::int64_t>::read(from)}; }
};
template <>
struct wire<duration> : wire<std::int64_t> {
  static void append(std::string& to, duration value) {
    wire<std::int64_t>::append(to, value.microseconds);
  }
  static duration read(const char* from) noexcept { return {wire<std::int64_t>::read(from)}; }
};

/// A type that a column or an array element can have, apart from text and bytes.
template <class T>
concept encodable = requires(std::string& to, const T& value) {
  { wire<T>::type } -> std::convertible_to<unsigned>;
  { wire<T>::array_type } -> std::convertible_to<unsigned>;
  wire<T>::append(to, value);
};

namespace detail {

/// Reads one value; nothing where the bytes are no value of the type.
template <encodable T>
[[nodiscard]] std::optional<T> decode(std::string_view bytes) noexcept {
  if (bytes.size() != wire<T>::size) return std::nullopt;
  if constexpr (std::same_as<T, credits>) {
    const auto units = credits::checked_from_units(wire<std::int64_t>::read(bytes.data()));
    return units ? std::optional<T>{*units} : std::nullopt;
  } else {
    return wire<T>::read(bytes.data());
  }
}

}  // namespace detail
}  // namespace tollgate::postgres
