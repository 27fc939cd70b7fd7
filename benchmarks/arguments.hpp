// SPDX-License-Identifier: BSL-1.0
#pragma once
// The command line of a benchmark program: a word, then `--name value` pairs.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace bench {

[[noreturn]] inline void stop(const std::string& why) {
  std::fprintf(stderr, "benchmark: %s\n", why.c_str());
  std::exit(1);
}

class arguments {
 public:
  arguments(int argc, char** argv) : word_{argc > 1 ? argv[1] : ""} {
    for (int i = 2; i + 1 < argc; i += 2) {
      const std::string_view name{argv[i]};
      if (!name.starts_with("--")) stop("expected --name, not " + std::string{name});
      values_[std::string{name.substr(2)}] = argv[i + 1];
    }
    if (argc > 2 && argc % 2 != 0) stop("the last option has no value");
  }

  [[nodiscard]] const std::string& word() const noexcept { return word_; }
  [[nodiscard]] std::string text(const std::string& name) const {
    const auto at = values_.find(name);
    if (at == values_.end()) stop("--" + name + " is missing");
    return at->second;
  }
  [[nodiscard]] std::int64_t number(const std::string& name, std::int64_t otherwise) const {
    const auto at = values_.find(name);
    if (at == values_.end()) return otherwise;
    std::int64_t value{};
    const char* const end = at->second.data() + at->second.size();
    const auto read = std::from_chars(at->second.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end) stop("--" + name + " is no whole number");
    return value;
  }

 private:
  std::string word_;
  std::map<std::string, std::string> values_{};
};

}  // namespace bench
