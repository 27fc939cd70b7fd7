// SPDX-License-Identifier: BSL-1.0
#pragma once
// A digest that says "the same content", and the one encoding that content is digested in.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/int128.hpp>
#include <tollgate/core/sha256.hpp>
#include <tollgate/core/timestamp.hpp>

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

/// 32 bytes of SHA-256; all zero is "none". Ordered as its text is.
struct fingerprint {
  std::array<std::uint8_t, 32> bytes{};

  friend constexpr bool operator==(const fingerprint&, const fingerprint&) = default;
  friend constexpr auto operator<=>(const fingerprint&, const fingerprint&) = default;
  [[nodiscard]] constexpr bool is_nil() const noexcept { return *this == fingerprint{}; }
};

/// 64 hexadecimal digits, lower case.
[[nodiscard]] inline std::string to_string(const fingerprint& f) {
  constexpr std::string_view digits{"0123456789abcdef"};
  std::string text(2 * f.bytes.size(), '0');
  for (std::size_t i = 0; i < f.bytes.size(); ++i) {
    text[2 * i] = digits[f.bytes[i] >> 4U];
    text[2 * i + 1] = digits[f.bytes[i] & 0xfU];
  }
  return text;
}

/// Reads 64 hexadecimal digits, upper or lower case; anything else is nothing.
[[nodiscard]] constexpr std::optional<fingerprint> parse_fingerprint(
    std::string_view text) noexcept {
  fingerprint read{};
  if (text.size() != 2 * read.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    auto& byte = read.bytes[i / 2];
    byte = static_cast<std::uint8_t>((static_cast<unsigned>(byte) << 4U) | digit);
  }
  return read;
}

namespace detail {
template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                    std::same_as<T, char16_t> || std::same_as<T, char32_t>;
/// An integer whose value is meant, not a truth value or a letter.
template <class T>
concept plain_integer =
    std::integral<T> && sizeof(T) <= 8 && !std::same_as<T, bool> && !character<T>;
}  // namespace detail

/// Feeds a digest field by field: integers as eight bytes, most significant first, texts behind
/// their length. Fields run together only if the schema differs, so count a list before its items.
/// The bytes are the same on every compiler and machine; nothing is allocated.
class canonical {
 public:
  /// Eight bytes, two's complement where signed: all integers of one value encode alike.
  template <detail::plain_integer Int>
  constexpr canonical& add(Int value) noexcept {
    if constexpr (std::signed_integral<Int>) {
      hash_.put_word(static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
    } else {
      hash_.put_word(static_cast<std::uint64_t>(value));
    }
    return *this;
  }
  /// Sixteen bytes, two's complement.
  template <std::same_as<int128> Wide>
  constexpr canonical& add(Wide value) noexcept {
    const bool negative = value < 0;
    const Wide magnitude = negative ? static_cast<Wide>(-(value + 1)) : value;
    const auto flip = negative ? ~std::uint64_t{0} : std::uint64_t{0};
    hash_.put_word(static_cast<std::uint64_t>(magnitude >> 64) ^ flip);
    hash_.put_word(static_cast<std::uint64_t>(magnitude & ~std::uint64_t{0}) ^ flip);
    return *this;
  }
  // A template, so that a string literal does not decay to a pointer and then to a truth value.
  template <std::same_as<bool> Bool>
  constexpr canonical& add(Bool value) noexcept {
    hash_.put(value ? 1 : 0);
    return *this;
  }
  constexpr canonical& add(std::string_view text) noexcept {
    hash_.put_word(text.size());
    hash_.update(text);
    return *this;
  }
  constexpr canonical& add(const uuid& u) noexcept {
    hash_.put_word(u.high);
    hash_.put_word(u.low);
    return *this;
  }
  template <class Tag>
  constexpr canonical& add(const id<Tag>& i) noexcept {
    return add(i.value);
  }
  constexpr canonical& add(timestamp t) noexcept { return add(t.microseconds); }
  constexpr canonical& add(duration d) noexcept { return add(d.microseconds); }
  /// The units in eight bytes. Currency and scale belong to the schema.
  template <class Currency, unsigned Scale>
  constexpr canonical& add(const amount<Currency, Scale, std::int64_t>& a) noexcept {
    return add(a.units());
  }
  /// A digest of a part.
  constexpr canonical& add(const fingerprint& f) noexcept {
    hash_.update(f.bytes.data(), f.bytes.size());
    return *this;
  }
  /// Whether there is a value, then the value.
  template <class T>
  constexpr canonical& add(const std::optional<T>& value) noexcept {
    add(value.has_value());
    return value ? add(*value) : *this;
  }

  /// The digest of the fields so far; more may follow.
  [[nodiscard]] constexpr fingerprint finish() const noexcept { return {hash_.finish()}; }

 private:
  sha256 hash_{};
};

}  // namespace tollgate

template <>
struct std::hash<tollgate::fingerprint> {
  constexpr std::size_t operator()(const tollgate::fingerprint& f) const noexcept {
    std::size_t value = 0;  // the bytes are already mixed
    for (std::size_t i = 0; i < sizeof value; ++i) value = (value << 8U) | f.bytes[i];
    return value;
  }
};
