// SPDX-License-Identifier: BSL-1.0
// Amounts, quantities, fractions, ids and instants from any text, judged by a second reading of it
// that was written from the documentation, and by the standard library's calendar.
#include <fuzz/fuzz.hpp>

#include <tollgate/core/amount_text.hpp>
#include <tollgate/core/timestamp_text.hpp>

#include <chrono>
#include <cstring>
#include <optional>

namespace tollgate::fuzz {
namespace {

/// A plain decimal taken apart, without zeros that say nothing.
struct decimal {
  bool negative{};
  std::string whole{};
  std::string decimals{};
};

std::optional<decimal> plain(std::string_view text) {
  decimal d;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    d.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  d.whole = text.substr(0, point);
  if (point != std::string_view::npos) d.decimals = text.substr(point + 1);
  const auto digits = [](const std::string& part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
  };
  if (!digits(d.whole) || (point != std::string_view::npos && !digits(d.decimals))) return {};
  d.whole.erase(0, d.whole.find_first_not_of('0'));
  d.decimals.erase(d.decimals.find_last_not_of('0') + 1);
  return d;
}

/// What must be said of a number with so many digits in all and so many of them decimals.
error expected(const std::optional<decimal>& d, std::size_t digits, std::size_t scale) {
  if (!d) return error::invalid_argument;
  if (d->decimals.size() > scale) return error::too_precise;
  if (d->whole.size() + scale > digits) return error::overflow;
  return error::none;
}
std::string written(const decimal& d, std::size_t scale) {
  std::string text{d.negative && !(d.whole + d.decimals).empty() ? "-" : ""};
  text += d.whole.empty() ? "0" : d.whole;
  if (scale != 0) text += '.' + d.decimals + std::string(scale - d.decimals.size(), '0');
  return text;
}

template <class Read>
void check(std::string_view text, std::size_t digits, std::size_t scale, Read read) {
  const auto d = plain(text);
  const error want = expected(d, digits, scale);
  const auto value = read(text, "field");
  if (!value) return must_be_refused(value.error(), "field", want);
  must(want == error::none, "what is not a number in range is refused", text);
  const std::string shown = to_string(*value);
  must(shown == written(*d, scale), "a number is printed as it was written", shown);
  const auto again = read(shown, "field");
  must(again && *again == *value, "what is printed reads as the same", shown);
}

void check_fraction(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto d = plain(text.substr(0, slash));
  error want = expected(d, 18, 12);
  bool zero = false;
  if (want == error::none && slash != std::string_view::npos) {
    const auto below = plain(text.substr(slash + 1));
    want = expected(below, 18, 12);
    zero = want == error::none && (below->whole + below->decimals).empty();
    if (zero) want = error::invalid_argument;
  }
  const auto value = parse_rational(text, "field");
  if (!value) return must_be_refused(value.error(), "field", want);
  must(want == error::none, "what is no fraction is refused", text);
  if (slash != std::string_view::npos) {
    const auto above = parse_rational(text.substr(0, slash));
    const auto below = parse_rational(text.substr(slash + 1));
    const auto quotient = checked_div(*above, *below);
    must(quotient && *quotient == *value, "a fraction is its parts divided", text);
  }
}

template <class Number>
std::optional<Number> taken(std::string_view bytes) {
  if (bytes.size() < sizeof(Number)) return std::nullopt;
  Number n{};
  std::memcpy(&n, bytes.data(), sizeof n);
  return n;
}

void check_printed(timestamp t) {
  const std::string shown = to_string(t);
  must(parse_timestamp(shown) == t, "every instant is printed so that it reads as the same", shown);
  constexpr std::int64_t year_0 = -62'167'219'200'000'000;
  constexpr std::int64_t year_10000 = 253'402'300'800'000'000;
  if (t.microseconds < year_0 || t.microseconds >= year_10000) return;
  namespace c = std::chrono;
  const c::sys_time<c::microseconds> at{c::microseconds{t.microseconds}};
  const auto day = c::floor<c::days>(at);
  const c::year_month_day date{day};
  const c::hh_mm_ss time{c::floor<c::microseconds>(at - day)};
  char line[64];
  std::snprintf(line, sizeof line, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  must(shown == line, "an instant is printed as the calendar has it", shown);
}

}  // namespace

void amounts(std::string_view bytes) {
  check(bytes, 12, 4, [](auto text, auto field) { return parse_amount<credits>(text, field); });
  check(bytes, 12, 0,
        [](auto text, auto field) { return parse_amount<amount<usd, 0>>(text, field); });
  check(bytes, 12, 9,
        [](auto text, auto field) { return parse_amount<amount<usd, 9>>(text, field); });
  check(bytes, 15, 3,
        [](auto text, auto field) { return parse_quantity<units::second>(text, field); });
  check_fraction(bytes);
}

void ids(std::string_view bytes) {
  const auto read = parse_id<account_id>(bytes);
  bool good = bytes.size() == 36;
  std::string lower{bytes};
  for (std::size_t i = 0; good && i < lower.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (lower[i] >= 'A' && lower[i] <= 'F') lower[i] = static_cast<char>(lower[i] - 'A' + 'a');
    constexpr std::string_view digits{"0123456789abcdef"};
    good = dash ? lower[i] == '-' : digits.find(lower[i]) != std::string_view::npos;
  }
  must(read.has_value() == good, "an id is 36 characters of its grammar and nothing else", bytes);
  if (read) must(to_string(*read) == lower, "an id is printed as it was written", bytes);

  const auto words = taken<uuid>(bytes);
  if (!words) return;
  must(parse_uuid(to_string(*words)) == *words, "every id reads as it is printed");
  const uuid other{words->low, words->high};
  must((*words < other) == (to_string(*words) < to_string(other)), "ids are ordered as texts");
}

void timestamps(std::string_view bytes) {
  if (const auto read = parse_timestamp(bytes)) {
    check_printed(*read);
    const bool year = bytes.size() > 4 && bytes[4] == '-' && bytes.back() == 'Z';
    if (year && bytes.size() == 20) {
      const std::string shown = to_string(*read);
      must(shown.substr(0, 10) == bytes.substr(0, 10) && shown.substr(11, 8) == bytes.substr(11, 8),
           "an instant in UTC is printed as it was written", shown);
    }
  }
  if (const auto micros = taken<std::int64_t>(bytes)) check_printed({*micros});
}

}  // namespace tollgate::fuzz
