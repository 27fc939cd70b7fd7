// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads the General Decimal Arithmetic test files (speleotrove.com/decimal/dectest.html): one
// operation with its operands, context and expected result in each line.

#include <tollgate/core/rounding.hpp>

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::test::dectest {

/// One line of a file under the context in force.
struct sample {
  std::string id{};
  std::string operation{};
  std::vector<std::string> operands{};
  std::string expected{};
  std::vector<std::string> conditions{};
  std::optional<rounding> mode{};  // none: one that tollgate does not have

  [[nodiscard]] bool raises(std::string_view condition) const {
    for (const auto& c : conditions) {
      if (c == condition) return true;
    }
    return false;
  }
};

[[nodiscard]] inline std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

/// The words of a line: apart by spaces, some in quotes, up to a comment.
[[nodiscard]] inline std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (c == ' ' || c == '\t' || c == '\r') {
      ++i;
    } else if (line.compare(i, 2, "--") == 0) {
      break;
    } else if (c == '\'' || c == '"') {
      std::string word;
      for (++i; i < line.size(); ++i) {
        if (line[i] == c && (i + 1 >= line.size() || line[i + 1] != c)) break;
        if (line[i] == c) ++i;  // a doubled quote
        word += line[i];
      }
      ++i;
      words.push_back(word);
    } else {
      const std::size_t end = line.find_first_of(" \t\r", i);
      words.push_back(line.substr(i, end - i));
      i = end == std::string::npos ? line.size() : end;
    }
  }
  return words;
}

[[nodiscard]] inline std::optional<rounding> mode_of(const std::string& name) {
  if (name == "half_up") return rounding::half_away;
  return parse_rounding(name);
}

/// The samples of a file; empty where there is none.
[[nodiscard]] inline std::vector<sample> read(const std::string& path) {
  std::vector<sample> found;
  std::ifstream file{path};
  std::optional<rounding> mode;
  for (std::string line; std::getline(file, line);) {
    const auto words = words_of(line);
    if (words.size() == 2 && lower(words[0]) == "rounding:") mode = mode_of(lower(words[1]));
    std::size_t arrow = 0;
    while (arrow < words.size() && words[arrow] != "->") ++arrow;
    if (arrow < 3 || arrow + 1 >= words.size()) continue;
    sample s{.id = words[0], .operation = lower(words[1]), .expected = words[arrow + 1]};
    s.mode = mode;
    for (std::size_t i = 2; i < arrow; ++i) s.operands.push_back(words[i]);
    for (std::size_t i = arrow + 2; i < words.size(); ++i) {
      s.conditions.push_back(lower(words[i]));
    }
    found.push_back(std::move(s));
  }
  return found;
}

/// A finite decimal: coefficient * 10^exponent.
struct number {
  bool negative{};
  std::string digits{};  // of the coefficient
  int exponent{};
};

/// The number of a text in fixed or scientific form; nothing for NaN, infinities and other words.
[[nodiscard]] inline std::optional<number> number_of(std::string_view text) {
  number n{};
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) n.negative = text[i++] == '-';
  bool point = false;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !point) {
      point = true;
    } else if (text[i] >= '0' && text[i] <= '9') {
      n.digits += text[i];
      n.exponent -= point ? 1 : 0;
    } else {
      break;
    }
  }
  if (n.digits.empty()) return std::nullopt;
  if (i == text.size()) return n;
  if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
  const std::string rest{text.substr(i + 1)};
  char* end = nullptr;
  const long power = std::strtol(rest.c_str(), &end, 10);
  if (rest.empty() || *end != '\0' || power > 100'000 || power < -100'000) return std::nullopt;
  n.exponent += static_cast<int>(power);
  return n;
}

}  // namespace tollgate::test::dectest
