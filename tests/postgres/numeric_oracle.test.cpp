// SPDX-License-Identifier: BSL-1.0
// Amounts and roundings beside PostgreSQL's NUMERIC, which knows nothing of ours: the server
// rounds, adds, multiplies, reads and prints the same random numbers.
#include <tollgate/core/amount_text.hpp>
#include <tollgate/postgres/connection.hpp>
#include <tollgate/pricing/unit_price.hpp>

#include <support/catch.hpp>
#include <support/postgres.hpp>

#include <cstdint>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace tollgate;
using texts = std::vector<std::string>;

constexpr std::size_t samples = 20'000;

/// Random numbers of this run, whose seed is printed.
std::mt19937_64& numbers() {
  static std::mt19937_64 engine = [] {
    const auto seed = std::random_device{}();
    std::cout << "PostgreSQL's NUMERIC beside amounts: seed " << seed << "\n";
    return std::mt19937_64{seed};
  }();
  return engine;
}
/// From -most to most, of every length alike.
std::int64_t number(std::int64_t most) {
  std::int64_t bound = most;
  for (auto shift = numbers()() % 40; shift > 0 && bound > 9; --shift) bound /= 2;
  return std::uniform_int_distribution<std::int64_t>{-bound, bound}(numbers());
}
std::string decimal(std::int64_t units, unsigned scale) {
  return tollgate::detail::write_decimal<std::int64_t>(units, scale);
}

/// What the server makes of `expression` over a and b, one text for each pair.
texts asked(const std::string& expression, const texts& a, const texts& b) {
  static postgres::connection server = [] {
    auto opened = postgres::connection::open(tests::postgres_settings());
    if (!opened) FAIL(to_string(opened.error()));
    return *std::move(opened);
  }();
  const postgres::statement query{
      "",
      "SELECT array_agg((" + expression +
          ")::text ORDER BY n) FROM (SELECT x::numeric AS a, y::numeric AS b, n FROM "
          "unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(x, y, n)) AS pairs",
      false};
  postgres::parameters sent;
  sent.texts(a).texts(b);
  auto answer = server.run(query, sent);
  if (!answer) FAIL(to_string(answer.error()));
  const auto values = answer->strings(0, 0);
  REQUIRE(answer->sound());
  REQUIRE(values.size() == a.size());
  return {values.begin(), values.end()};
}

/// The same for a law of ours: `ours(n)` must be the server's text.
template <class Ours>
void compare(const std::string& expression, const texts& a, const texts& b, Ours ours) {
  const texts theirs = asked(expression, a, b);
  for (std::size_t n = 0; n < a.size(); ++n) {
    const std::string mine = ours(n);
    INFO(expression << " of " << a[n] << " and " << b[n] << ": " << mine);
    REQUIRE(mine == theirs[n]);
  }
}

std::string rounded(const rational<>& value, rounding mode) {
  return to_string(*round_to(exact<usd>{value}, mode));
}

/// Decimals with more places than money has; every fourth lies halfway between two amounts.
struct fine_numbers {
  texts shown{};
  std::vector<rational<>> values{};
  fine_numbers() {
    for (std::size_t n = 0; n < samples; ++n) {
      const bool tie = n % 4 == 0;
      const unsigned places = tie ? 5 : static_cast<unsigned>(5 + numbers()() % 5);
      std::int64_t units = number(9'999'999'999);
      if (tie) units = units / 10 * 10 + (units < 0 ? -5 : 5);
      shown.push_back(decimal(units, places));
      values.emplace_back(int128{units}, tollgate::detail::power_of_ten<int128>(places));
    }
  }
};

}  // namespace

TEST_CASE("numbers are rounded to money as PostgreSQL rounds them", "[oracle]") {
  const fine_numbers some;
  const struct {
    rounding mode;
    const char* expression;
  } roundings[]{
      {rounding::half_away, "round(a, 4)"},
      {rounding::down, "trunc(a, 4)"},
      {rounding::floor, "round(floor(a * 10000) / 10000, 4)"},
      {rounding::ceiling, "round(ceil(a * 10000) / 10000, 4)"},
  };
  for (const auto& r : roundings) {
    compare(r.expression, some.shown, some.shown,
            [&](std::size_t n) { return rounded(some.values[n], r.mode); });
  }
}

TEST_CASE("fractions without an end are rounded as PostgreSQL rounds them", "[oracle]") {
  // The server's quotient has at least 16 digits and a denominator here at most 6: no quotient that
  // is not a tie is closer to one than the server can tell.
  texts above;
  texts below;
  std::vector<rational<>> values;
  for (std::size_t n = 0; n < samples; ++n) {
    const std::int64_t over = number(99'999'999);
    const std::int64_t under = 1 + (number(999'998) + 999'998) / 2;
    above.push_back(std::to_string(over));
    below.push_back(std::to_string(under));
    values.emplace_back(int128{over}, int128{under});
  }
  compare("round(a / b, 4)", above, below,
          [&](std::size_t n) { return rounded(values[n], rounding::half_away); });
}

TEST_CASE("a price times a quantity is money as PostgreSQL makes it", "[oracle]") {
  texts prices;
  texts quantities;
  std::vector<std::int64_t> units;
  std::vector<std::int64_t> thousandths;
  for (std::size_t n = 0; n < samples; ++n) {
    units.push_back(number(999'999'999));
    thousandths.push_back(std::abs(number(9'999'999)));
    prices.push_back(decimal(units.back(), 6));
    quantities.push_back(decimal(thousandths.back(), 3));
  }
  compare("round(a * b, 4)", prices, quantities, [&](std::size_t n) {
    const unit_price<usd, units::second> price{rational<>{units[n], 1'000'000},
                                               quantity<tollgate::units::second>::whole(1)};
    const auto used = quantity<tollgate::units::second>::from_thousandths(thousandths[n]);
    return to_string(*round_to(price * used, rounding::half_away));
  });
}

TEST_CASE("amounts are read, printed, added and compared as PostgreSQL does", "[oracle]") {
  texts written;
  texts other;
  std::vector<credits> a;
  std::vector<credits> b;
  for (std::size_t n = 0; n < samples; ++n) {
    const std::int64_t units = number(499'999'999'999);
    std::string text = decimal(units, 4);  // with zeros and a sign that say nothing
    if (n % 3 == 0) text += std::string(n % 7, '0');
    if (n % 5 == 0) text.insert(text.front() == '-' ? 1 : 0, std::string(n % 4, '0'));
    if (n % 11 == 0 && text.front() != '-') text.insert(0, "+");
    if (n % 13 == 0) text = n % 2 == 0 ? "-0" : "-0.00";
    written.push_back(text);
    other.push_back(decimal(number(499'999'999'999), 4));
    const auto read = parse_amount<credits>(text);
    INFO(text);
    REQUIRE(read);
    a.push_back(*read);
    b.push_back(*parse_amount<credits>(other.back()));
  }
  compare("a::numeric(12, 4)", written, other, [&](std::size_t n) { return to_string(a[n]); });
  compare("(a + b)::numeric(12, 4)", written, other,
          [&](std::size_t n) { return to_string(a[n] + b[n]); });
  compare("(a - b)::numeric(12, 4)", written, other,
          [&](std::size_t n) { return to_string(a[n] - b[n]); });
  compare("sign(a - b)::int", written, other, [&](std::size_t n) {
    return std::string{a[n] < b[n] ? "-1" : a[n] > b[n] ? "1" : "0"};
  });
  // What the server prints reads as the same amount, with however many decimals it has.
  const texts printed = asked("a", written, other);
  for (std::size_t n = 0; n < printed.size(); ++n) {
    INFO(printed[n]);
    REQUIRE(parse_amount<credits>(printed[n]) == a[n]);
  }
}
