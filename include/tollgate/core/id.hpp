// SPDX-License-Identifier: BSL-1.0
#pragma once
// Identities: a UUID, and one distinct type for each thing it can name.

#include <tollgate/core/timestamp.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

/// 128 bits in two words, most significant first; all zero is "none". Ordered as its text is.
struct uuid {
  std::uint64_t high{};
  std::uint64_t low{};

  friend constexpr auto operator<=>(const uuid&, const uuid&) = default;
  [[nodiscard]] constexpr bool is_nil() const noexcept { return (high | low) == 0; }
};

/// An identity that cannot be mistaken for the identity of something else.
template <class Tag>
struct id {
  uuid value{};

  friend constexpr auto operator<=>(const id&, const id&) = default;
  [[nodiscard]] constexpr bool is_nil() const noexcept { return value.is_nil(); }
};

using account_id = id<struct account_tag>;
using operation_id = id<struct operation_tag>;
using lot_id = id<struct lot_tag>;
using hold_id = id<struct hold_tag>;
using job_id = id<struct job_tag>;
using item_id = id<struct item_tag>;    // what is rendered: a shot
using group_id = id<struct group_tag>;  // what is confirmed together: a scene
using branch_id = id<struct branch_tag>;
using project_id = id<struct project_tag>;
using frame_id = id<struct frame_tag>;
using worker_id = id<struct worker_tag>;  // one incarnation of a worker, new at every start
/// An order is the operation that made its holds and jobs.
using order_id = operation_id;

namespace detail {

/// A bijective mixer of 64 bits (the finaliser of splitmix64).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

/// Lays 48 bits of milliseconds and 74 free bits out as RFC 9562 asks of version 7.
[[nodiscard]] constexpr uuid version_7(timestamp at, std::uint64_t a, std::uint64_t b) noexcept {
  const auto millis = static_cast<std::uint64_t>(at.microseconds / 1'000) & 0xffff'ffff'ffffU;
  return {(millis << 16U) | 0x7000U | (a & 0x0fffU),
          0x8000'0000'0000'0000U | (b & 0x3fff'ffff'ffff'ffffU)};
}

}  // namespace detail

/// A fresh UUIDv7 of an instant and 128 random bits (RFC 9562, section 5.7).
template <class Id>
[[nodiscard]] constexpr Id make_id(timestamp at, std::uint64_t random_a,
                                   std::uint64_t random_b) noexcept {
  return {detail::version_7(at, random_a, random_b)};
}

/// The UUIDv7 of the n-th thing made by one step of one account: the same step always makes the
/// same ids, so a decision stays a pure function and its replay can be compared byte for byte. The
/// first 4096 of one step are ordered as they were made, whatever the step's number.
template <class Id>
[[nodiscard]] constexpr Id derive_id(account_id account, std::uint64_t step, std::uint32_t ordinal,
                                     timestamp at) noexcept {
  const auto a = detail::mix(account.value.high ^ detail::mix(step));
  const auto b = detail::mix(account.value.low ^ detail::mix(a ^ ordinal));
  return {detail::version_7(at, ordinal < 0x0fffU ? ordinal : 0x0fffU, b)};
}

/// The 36 characters of RFC 9562, lower case, after a word.
[[nodiscard]] inline std::string text_of(std::string_view before, const uuid& u) {
  constexpr std::string_view digits{"0123456789abcdef"};
  constexpr std::size_t places[]{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
  std::string text(before.size() + 36, '-');
  before.copy(text.data(), before.size());
  char* const to = text.data() + before.size();
  for (unsigned byte = 0; byte < 16; ++byte) {
    const auto word = byte < 8 ? u.high : u.low;
    const auto value = static_cast<unsigned>(word >> (56U - 8U * (byte % 8U)));
    to[places[byte]] = digits[value >> 4U & 0xfU];
    to[places[byte] + 1] = digits[value & 0xfU];
  }
  return text;
}
[[nodiscard]] inline std::string to_string(const uuid& u) { return text_of({}, u); }
template <class Tag>
[[nodiscard]] std::string to_string(const id<Tag>& i) {
  return to_string(i.value);
}

/// Reads the 36-character form, upper or lower case; anything else is nothing.
[[nodiscard]] constexpr std::optional<uuid> parse_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint64_t, 2> words{};
  unsigned nibble = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (at == 8 || at == 13 || at == 18 || at == 23) {
      if (c != '-') return std::nullopt;
      continue;
    }
    std::uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint64_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint64_t>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    words[nibble / 16] = (words[nibble / 16] << 4U) | digit;
    ++nibble;
  }
  return uuid{words[0], words[1]};
}

/// Reads an id of a given type: `parse_id<account_id>(text)`.
template <class Id>
[[nodiscard]] constexpr std::optional<Id> parse_id(std::string_view text) noexcept {
  const auto u = parse_uuid(text);
  if (!u) return std::nullopt;
  return Id{*u};
}

}  // namespace tollgate

template <>
struct std::hash<tollgate::uuid> {
  std::size_t operator()(const tollgate::uuid& u) const noexcept {
    return static_cast<std::size_t>(tollgate::detail::mix(u.high ^ tollgate::detail::mix(u.low)));
  }
};
template <class Tag>
struct std::hash<tollgate::id<Tag>> {
  std::size_t operator()(const tollgate::id<Tag>& i) const noexcept {
    return std::hash<tollgate::uuid>{}(i.value);
  }
};
