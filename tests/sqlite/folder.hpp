// SPDX-License-Identifier: BSL-1.0
#pragma once
// A folder that is gone when the test is over, and stores in files of it.

#include <tollgate/sqlite/store.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace tollgate::test {

class folder {
 public:
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tollgate-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no folder for the test"};
    path_ = name;
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name = "store.db") const {
    return (path_ / name).string();
  }
  [[nodiscard]] std::string fresh_file() { return file(std::to_string(++made_) + ".db"); }

 private:
  std::filesystem::path path_{};
  std::atomic<int> made_{0};
};

/// A store that opens, or the end of the test.
[[nodiscard]] inline std::unique_ptr<sqlite::store> open_store(sqlite::options how) {
  auto opened = sqlite::store::open(std::move(how));
  if (!opened) throw std::runtime_error{to_string(opened.error())};
  return *std::move(opened);
}

}  // namespace tollgate::test
