// SPDX-License-Identifier: BSL-1.0
#pragma once
// The address of the PostgreSQL server the tests may use.

#include <tollgate/postgres/settings.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace tests {

/// From TOLLGATE_TEST_POSTGRES, or from the file that ctest's fixture writes. Ends the program
/// where there is neither.
inline const std::string& postgres_conninfo() {
  static const std::string found = [] {
    if (const char* named = std::getenv("TOLLGATE_TEST_POSTGRES"); named && *named) {
      return std::string{named};
    }
    std::ifstream file{TOLLGATE_BINARY_DIR "/tests/postgres.conninfo"};
    std::string line;
    std::getline(file, line);
    if (line.empty()) {
      std::fputs(
          "No PostgreSQL: run this through ctest, through `python3 tests/support/cluster.py run "
          "PROGRAM`, or set TOLLGATE_TEST_POSTGRES\n",
          stderr);
      std::exit(1);
    }
    return line;
  }();
  return found;
}

/// Settings for that server.
inline tollgate::postgres::settings postgres_settings() {
  return {.conninfo = postgres_conninfo(), .tries = 1};
}

}  // namespace tests
