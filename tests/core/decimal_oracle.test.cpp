// SPDX-License-Identifier: BSL-1.0
// Exact arithmetic against a suite that others wrote: the General Decimal Arithmetic tests, as they
// come with Python (Debian: libpython3.11-testsuite).
#include <tollgate/core/amount_text.hpp>
#include <tollgate/core/amount_wide.hpp>
#include <tollgate/core/exact.hpp>

#include <core/dectest.hpp>
#include <support/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

namespace {

using namespace tollgate;
using test::dectest::number;
using test::dectest::number_of;
using test::dectest::sample;

/// What a sample came to.
struct verdict_of_sample {
  bool applied{};
  std::string why{};  // not applied: the reason. Applied: what is wrong, if anything
};
verdict_of_sample skipped(std::string why) { return {false, std::move(why)}; }
verdict_of_sample held(bool right, const std::string& what) {
  return {true, right ? std::string{} : what};
}

/// The coefficient as an integer, where an amount of the representation could have as many digits.
template <class Rep>
std::optional<wide_t<Rep>> coefficient(const number& n) {
  const auto first = n.digits.find_first_not_of('0');
  const std::string digits = first == std::string::npos ? "0" : n.digits.substr(first);
  if (digits.size() > representation<Rep>::digits) return std::nullopt;
  wide_t<Rep> value(0);
  for (const char c : digits) value = static_cast<wide_t<Rep>>(value * 10 + (c - '0'));
  return n.negative ? static_cast<wide_t<Rep>>(-value) : value;
}

/// The value as a fraction, where numerator and denominator stay within the digits of an amount.
template <class Rep>
std::optional<rational<Rep>> value_of(const std::string& text) {
  using wide = wide_t<Rep>;
  const auto n = number_of(text);
  if (!n) return std::nullopt;
  const auto whole = coefficient<Rep>(*n);
  const auto digits = static_cast<int>(representation<Rep>::digits);
  if (!whole || n->exponent < -digits || n->exponent > digits) return std::nullopt;
  const auto power = detail::power_of_ten<wide>(static_cast<unsigned>(std::abs(n->exponent)));
  if (n->exponent <= 0) return rational<Rep>(*whole, power);
  const auto significant =
      n->digits.size() - std::min(n->digits.find_first_not_of('0'), n->digits.size());
  if (significant + static_cast<unsigned>(n->exponent) > representation<Rep>::digits) {
    return std::nullopt;
  }
  return rational<Rep>(static_cast<wide>(*whole * power));
}

/// The exact result of an operation, `overflow` where a representation cannot hold it.
template <class Rep>
tl::expected<exact<usd, Rep>, error> compute(const std::string& operation, const rational<Rep>& a,
                                             const rational<Rep>& b) {
  const exact<usd, Rep> left{a};
  if (operation == "add") return checked_add(left, exact<usd, Rep>{b});
  if (operation == "subtract") return checked_sub(left, exact<usd, Rep>{b});
  if (operation == "multiply") return checked_mul(left, b);
  if (operation == "divide") return checked_div(left, b);
  return left;  // quantize
}

/// The exact result, rounded once where the suite rounded it, is the coefficient it expects.
template <class Rep>
verdict_of_sample check_arithmetic(const sample& s) {
  using wide = wide_t<Rep>;
  const auto a = value_of<Rep>(s.operands[0]);
  const auto b = value_of<Rep>(s.operands[1]);
  const bool quantizes = s.operation == "quantize";
  if (!a || (!b && !quantizes)) return skipped("an operand is special or too large");
  if (s.raises("division_by_zero") || s.raises("division_undefined")) {
    const auto answer = compute<Rep>(s.operation, *a, *b);
    return held(!answer && answer.error() == error::invalid_argument, "a division by zero");
  }
  if (s.operation == "compare") {
    const auto order = *a <=> *b;
    const char* said = order < 0 ? "-1" : order > 0 ? "1" : "0";
    return held(s.expected == said && (*a == *b) == (order == 0),
                std::string{"compares as "} + said);
  }
  const auto expected = number_of(s.expected);
  if (!expected) return skipped("the result is special");
  if (!s.mode) return skipped("a rounding that tollgate does not have");
  const auto want = coefficient<Rep>(*expected);
  const int scale = -expected->exponent;
  const auto digits = static_cast<int>(representation<Rep>::digits);
  if (!want || scale > digits || scale < -digits) return skipped("the result is too large");
  auto value = compute<Rep>(s.operation, *a, b ? *b : rational<Rep>{});
  if (value && scale < 0) {
    value = checked_div(*value,
                        rational<Rep>(detail::power_of_ten<wide>(static_cast<unsigned>(-scale))));
  }
  if (!value) {
    return held(value.error() == error::overflow && representation<Rep>::digits < 1'000,
                "refused with " + std::string{to_string(value.error())});
  }
  const auto units =
      round_units<Rep>(value->value, static_cast<unsigned>(std::max(scale, 0)), *s.mode);
  if (!units) {
    return held(units.error() == error::overflow && representation<Rep>::digits < 1'000,
                "not rounded");
  }
  return held(*units == *want, "another result");
}

/// Amounts of a fixed number of decimals, by text: what money is entered, added and shown with.
template <unsigned Scale, class Rep>
verdict_of_sample check_amounts(const sample& s) {
  using money = amount<usd, Scale, Rep>;
  const auto a = parse_amount<money>(s.operands[0]);
  const auto b = parse_amount<money>(s.operands[1]);
  if (!a || !b) return skipped("an operand is no amount of so many decimals");
  if (s.operation == "compare") {
    const auto order = *a <=> *b;
    const char* said = order < 0 ? "-1" : order > 0 ? "1" : "0";
    return held(s.expected == said, std::string{"compares as "} + said);
  }
  if (s.raises("rounded")) return skipped("the suite rounded, amounts add exactly");
  const auto sum = s.operation == "add" ? checked_add(*a, *b) : checked_sub(*a, *b);
  const auto want = value_of<checked_cpp_int>(s.expected);
  const auto largest = value_of<checked_cpp_int>(to_string(money::max()));
  if (!sum) {
    return held(sum.error() == error::overflow && (*want > *largest || *want < -*largest),
                "overflow");
  }
  const std::string shown = to_string(*sum);
  return held(value_of<checked_cpp_int>(shown) == want && parse_amount<money>(shown) == *sum,
              "the sum is " + shown);
}

/// What the strict grammar takes is the same number; what the suite refuses is refused.
template <unsigned Scale, class Rep>
verdict_of_sample check_text(const sample& s) {
  using money = amount<usd, Scale, Rep>;
  const std::string& text = s.operands[0];
  const auto read = parse_amount<money>(text);
  const auto n = number_of(text);
  if (s.raises("conversion_syntax") || !n) return held(!read, "read as " + text);
  if (!read) return skipped("outside the strict grammar or the range");
  const auto want = value_of<checked_cpp_int>(text);
  return held(want && value_of<checked_cpp_int>(to_string(*read)) == want,
              "read as " + to_string(*read));
}

/// Where the suite is, looked for in every run: it may be installed after the build.
/// TOLLGATE_DECIMAL_TESTS names another folder.
std::string suite() {
  namespace fs = std::filesystem;
  const char* elsewhere = std::getenv("TOLLGATE_DECIMAL_TESTS");
  if (elsewhere != nullptr) return elsewhere;
  std::error_code none;
  std::string found;
  for (const fs::directory_entry& python : fs::directory_iterator{"/usr/lib", none}) {
    if (python.path().filename().string().rfind("python3", 0) != 0) continue;
    const fs::path folder = python.path() / "test" / "decimaltestdata";
    if (fs::exists(folder / "add.decTest", none)) found = std::max(found, folder.string());
  }
  return found;
}

/// Applies a check to every sample of the named operations and prints what came of them.
template <class Check>
std::size_t judge(const std::string& title, const std::string& file,
                  const std::vector<std::string>& operations, Check check) {
  std::size_t applied = 0;
  std::map<std::string, std::size_t> reasons;
  for (const sample& s : test::dectest::read(suite() + "/" + file)) {
    if (std::find(operations.begin(), operations.end(), s.operation) == operations.end()) continue;
    const verdict_of_sample v = s.operands.size() < 2 && s.operation.rfind("to", 0) != 0
                                    ? skipped("too few operands")
                                    : check(s);
    if (!v.applied) {
      ++reasons[v.why];
      continue;
    }
    ++applied;
    INFO(file << ": " << s.id << ": " << v.why);
    REQUIRE(v.why.empty());
  }
  std::cout << title << ", " << file << ": " << applied << " applied";
  for (const auto& [why, count] : reasons) std::cout << "; " << count << " skipped: " << why;
  std::cout << "\n";
  return applied;
}

/// Without the suite ctest takes the run as skipped, by the first of these lines; where it is
/// required the run fails.
bool suite_is_here() {
  if (!test::dectest::read(suite() + "/add.decTest").empty()) return true;
  if (std::getenv("TOLLGATE_REQUIRE_ORACLES") == nullptr) {
    std::cout << "SKIPPED: no General Decimal Arithmetic tests here: on Debian install "
                 "libpython3.11-testsuite\n";
    SUCCEED();
  } else {
    FAIL("General Decimal Arithmetic tests are required, and not here: libpython3.11-testsuite");
  }
  return false;
}

template <class Rep>
std::size_t judge_arithmetic(const std::string& title) {
  std::size_t applied = 0;
  for (const char* name : {"add", "subtract", "multiply", "divide", "quantize", "compare"}) {
    applied += judge(title, name + std::string{".decTest"}, {name}, check_arithmetic<Rep>);
  }
  return applied;
}

template <unsigned Scale, class Rep>
std::size_t judge_amounts(const std::string& representation_name) {
  const std::string title = representation_name + " of " + std::to_string(Scale) + " decimals";
  return judge(title, "add.decTest", {"add"}, check_amounts<Scale, Rep>) +
         judge(title, "subtract.decTest", {"subtract"}, check_amounts<Scale, Rep>) +
         judge(title, "compare.decTest", {"compare"}, check_amounts<Scale, Rep>) +
         judge(title, "base.decTest", {"tosci", "toeng"}, check_text<Scale, Rep>);
}

}  // namespace

// The least numbers applied say that the suite was really used (it is version 2.59 in Debian 12).
TEST_CASE("exact values agree with the decimal arithmetic of others", "[oracle]") {
  if (!suite_is_here()) return;
  CHECK(judge_arithmetic<std::int64_t>("int64") > 1'500);
  CHECK(judge_arithmetic<checked_int128_t>("checked_int128_t") > 2'500);
  CHECK(judge_arithmetic<checked_cpp_int>("checked_cpp_int") > 3'500);
}

TEST_CASE("amounts read, add, compare and print as the decimal arithmetic of others", "[oracle]") {
  if (!suite_is_here()) return;
  CHECK(judge_amounts<0, std::int64_t>("int64") > 400);
  CHECK(judge_amounts<4, std::int64_t>("int64") > 600);
  CHECK(judge_amounts<9, std::int64_t>("int64") > 600);
  CHECK(judge_amounts<4, checked_int128_t>("checked_int128_t") > 600);
  CHECK(judge_amounts<18, checked_int128_t>("checked_int128_t") > 600);
  CHECK(judge_amounts<4, checked_cpp_int>("checked_cpp_int") > 600);
}
