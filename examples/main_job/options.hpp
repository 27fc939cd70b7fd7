// SPDX-License-Identifier: BSL-1.0
#pragma once
// The command line of the main job, the same for every store.

#include <main_job/printable.hpp>

#include <tollgate/core/fingerprint.hpp>

#include <iostream>
#include <optional>
#include <string>
#include <string_view>

namespace main_job {

enum exit_status : int { done = 0, broken = 1, bad_input = 2, refused = 3 };

struct options {
  std::string program{};
  bool json{};
  std::string click{};  // which press of the button; empty: the first
  std::string place{};  // of the store, after its scheme
  std::string path{};   // of the scene

  /// Says one line: what it concerns and why it is no.
  int fail(std::string_view about, const std::string& why, exit_status status) const {
    std::cerr << program << ": " << detail::printable(about) << ": " << detail::printable(why, 600)
              << '\n';
    return status;
  }
};

/// Reads the command line of the program for stores of one scheme; "memory" has no place. Says
/// what is wrong with it.
inline std::optional<options> read_options(int count, char** words, const std::string& scheme) {
  options o;
  const std::string_view path{words[0]};
  o.program = path.substr(path.rfind('/') + 1);
  const std::string store = scheme == "memory" ? scheme : scheme + ":PLACE";
  const std::string usage = "usage: [--json] [--click NAME] --store " + store + " SCENE.json";
  const auto no = [&](std::string_view word) {
    o.fail(word, usage, bad_input);
    return std::nullopt;
  };
  bool stored = scheme == "memory";
  for (int n = 1; n < count; ++n) {
    const std::string_view word{words[n]};
    const bool has_value = word == "--store" || word == "--click";
    if (has_value && n + 1 == count) return no(word);
    const std::string value = has_value ? words[++n] : "";
    if (word == "--json") {
      o.json = true;
    } else if (word == "--click") {
      o.click = value;
    } else if (word == "--store") {
      const bool fits = scheme == "memory"
                            ? value == scheme
                            : value.size() > scheme.size() + 1 && value.starts_with(scheme + ":");
      if (!fits) return no("--store " + value);
      if (scheme != "memory") o.place = value.substr(scheme.size() + 1);
      stored = true;
    } else if (word.starts_with("-") || !o.path.empty()) {
      return no(word);
    } else {
      o.path = word;
    }
  }
  if (!stored) return no("--store");
  if (o.path.empty()) return no("no scene");
  return o;
}

/// The key of the click: what the file says, and which press it is.
inline std::string click_of(const options& o, std::string_view text) {
  return "click " + to_string(tollgate::canonical{}.add(text).add(o.click).finish());
}

}  // namespace main_job
