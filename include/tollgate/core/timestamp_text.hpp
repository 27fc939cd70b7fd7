// SPDX-License-Identifier: BSL-1.0
#pragma once
// Instants as people and other programs write them: RFC 3339 in UTC, to the microsecond.

#include <tollgate/core/int128.hpp>
#include <tollgate/core/timestamp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {
namespace detail {

struct civil_date {
  std::int64_t year;
  unsigned month;  // 1 to 12
  unsigned day;    // 1 to 31
};

inline constexpr std::int64_t microseconds_per_day = 86'400'000'000;
inline constexpr std::int64_t days_per_era = 146'097;  // 400 years, after which dates repeat

[[nodiscard]] constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// Days since 1970-01-01 in the Gregorian calendar, also before its introduction. Years are
/// counted from March, so that the leap day is the last of its year.
[[nodiscard]] constexpr std::int64_t days_of(civil_date date) noexcept {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month_from_march = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  return era * days_per_era + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
         day_of_year - 719'468;
}

[[nodiscard]] constexpr civil_date date_of(std::int64_t days) noexcept {
  const std::int64_t from_march = days + 719'468;
  const std::int64_t era = floor_divide(from_march, days_per_era);
  const std::int64_t day_of_era = from_march - era * days_per_era;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<unsigned>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const auto month =
      static_cast<unsigned>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

[[nodiscard]] constexpr bool is_leap(std::int64_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
[[nodiscard]] constexpr unsigned days_in_month(std::int64_t year, unsigned month) noexcept {
  constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

inline void append_padded(std::string& text, std::uint64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) text.append(width - digits.size(), '0');
  text += digits;
}

/// Reads a text from left to right; the first thing that is not as expected stays a fault.
struct text_reader {
  std::string_view rest;
  bool good{true};

  constexpr std::int64_t digits(std::size_t count) noexcept {
    std::int64_t value = 0;
    if (rest.size() < count) good = false;
    for (std::size_t i = 0; good && i < count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') {
        good = false;
        return 0;
      }
      value = value * 10 + (rest[i] - '0');
    }
    if (good) rest.remove_prefix(count);
    return good ? value : 0;
  }
  constexpr bool skip(char c) noexcept {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  constexpr void expect(char c) noexcept { good = skip(c) && good; }
  [[nodiscard]] constexpr bool at_digit() const noexcept {
    return !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
  }
};

}  // namespace detail

/// "2026-01-31T23:59:59.000001Z"; `never` is "never". A year beyond four digits has a sign and six
/// digits, as ISO 8601 writes it, so that every instant can be read back.
[[nodiscard]] inline std::string to_string(timestamp t) {
  if (t == never) return "never";
  const std::int64_t days = detail::floor_divide(t.microseconds, detail::microseconds_per_day);
  const auto rest =
      static_cast<std::uint64_t>(t.microseconds) -
      static_cast<std::uint64_t>(days) * static_cast<std::uint64_t>(detail::microseconds_per_day);
  const auto date = detail::date_of(days);
  std::string text;
  const bool plain = date.year >= 0 && date.year <= 9'999;
  if (!plain) text += date.year < 0 ? '-' : '+';
  detail::append_padded(text, static_cast<std::uint64_t>(date.year < 0 ? -date.year : date.year),
                        plain ? 4 : 6);
  text += '-';
  detail::append_padded(text, date.month, 2);
  text += '-';
  detail::append_padded(text, date.day, 2);
  text += 'T';
  detail::append_padded(text, rest / 3'600'000'000, 2);
  text += ':';
  detail::append_padded(text, rest / 60'000'000 % 60, 2);
  text += ':';
  detail::append_padded(text, rest / 1'000'000 % 60, 2);
  text += '.';
  detail::append_padded(text, rest % 1'000'000, 6);
  text += 'Z';
  return text;
}

/// Reads RFC 3339 (up to six decimals of a second, `Z` or an offset), and what `to_string` writes.
/// Anything else is nothing: a day that does not exist, a leap second, a seventh decimal.
[[nodiscard]] constexpr std::optional<timestamp> parse_timestamp(std::string_view text) noexcept {
  if (text == "never") return never;
  detail::text_reader read{text};
  const bool negative = read.skip('-');
  const bool expanded = negative || read.skip('+');
  const std::int64_t year = read.digits(expanded ? 6 : 4) * (negative ? -1 : 1);
  if (expanded && year >= 0 && year <= 9'999) return std::nullopt;
  read.expect('-');
  const auto month = static_cast<unsigned>(read.digits(2));
  read.expect('-');
  const auto day = static_cast<unsigned>(read.digits(2));
  if (!read.skip('T')) read.expect('t');
  const std::int64_t hour = read.digits(2);
  read.expect(':');
  const std::int64_t minute = read.digits(2);
  read.expect(':');
  const std::int64_t second = read.digits(2);
  std::int64_t micros = 0;
  if (read.skip('.')) {
    std::int64_t unit = 100'000;
    if (!read.at_digit()) return std::nullopt;
    for (; read.at_digit(); unit /= 10) {
      if (unit == 0) return std::nullopt;
      micros += read.digits(1) * unit;
    }
  }
  std::int64_t offset_minutes = 0;
  if (!read.skip('Z') && !read.skip('z')) {
    const bool west = read.skip('-');
    if (!west) read.expect('+');
    const std::int64_t offset_hour = read.digits(2);
    read.expect(':');
    const std::int64_t offset_minute = read.digits(2);
    if (offset_hour > 23 || offset_minute > 59) return std::nullopt;
    offset_minutes = (offset_hour * 60 + offset_minute) * (west ? -1 : 1);
  }
  if (!read.good || !read.rest.empty()) return std::nullopt;
  if (month < 1 || month > 12 || day < 1 || day > detail::days_in_month(year, month)) {
    return std::nullopt;
  }
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;

  // Six digits of a year reach further than an instant.
  const std::int64_t within =
      ((hour * 60 + minute - offset_minutes) * 60 + second) * 1'000'000 + micros;
  const auto total =
      int128{detail::days_of({year, month, day})} * int128{detail::microseconds_per_day} +
      int128{within};
  using limits = std::numeric_limits<std::int64_t>;
  if (total > int128{limits::max()} || total < int128{limits::min()}) return std::nullopt;
  return timestamp{static_cast<std::int64_t>(total)};
}

}  // namespace tollgate
