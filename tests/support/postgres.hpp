// SPDX-License-Identifier: BSL-1.0
#pragma once
// The PostgreSQL server the tests may use, and what many of them ask it.

#include <tollgate/postgres/connection.hpp>

#include <support/catch.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

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

inline tollgate::postgres::connection connected(
    const tollgate::postgres::settings& how = postgres_settings()) {
  auto c = tollgate::postgres::connection::open(how);
  REQUIRE(c);
  return std::move(*c);
}

/// The one number that a statement without parameters selects.
inline std::int64_t number(tollgate::postgres::connection& c, const std::string& select) {
  auto answer = c.run({.text = select}, {});
  INFO((answer ? "" : to_string(answer.error())));
  REQUIRE(answer);
  const auto value = answer->get<std::int64_t>(0, 0);
  REQUIRE(answer->sound());
  return value;
}

/// The number of the process that serves a connection.
inline std::int32_t backend(tollgate::postgres::connection& c) {
  auto answer = c.run({.text = "SELECT pg_backend_pid()"}, {});
  REQUIRE(answer);
  return answer->get<std::int32_t>(0, 0);
}

}  // namespace tests
