// SPDX-License-Identifier: BSL-1.0
#pragma once
// A schema of one test's own in the tests' PostgreSQL server, and stores in it.

#include <tollgate/postgres/store.hpp>

#include <support/catch.hpp>
#include <support/postgres.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

namespace tollgate::test {

/// Made with every migration, dropped at the end. Partitions for the weeks to come take as long to
/// make as all the rest, and tests have clocks of their own: that step is noted and not done.
class own_schema {
 public:
  own_schema() : name_{next_name()} {
    std::vector<postgres::migration> steps(postgres::migrations().begin(),
                                           postgres::migrations().end());
    for (auto& m : steps) {
      if (m.version == 3) m.sql = "";
    }
    run("BEGIN; " + postgres::schema_sql(name_, 0, steps) + "COMMIT");
  }
  own_schema(const own_schema&) = delete;
  own_schema& operator=(const own_schema&) = delete;
  ~own_schema() {
    if (!name_.empty()) drop();
  }

  [[nodiscard]] const std::string& name() const { return name_; }

  /// Runs SQL with `{schema}` in it, on a connection of its own.
  void run(const std::string& sql) const {
    auto done = shared_connection().script(postgres::in_schema(sql, postgres::quoted(name_)));
    if (!done) FAIL(to_string(done.error()));
  }
  /// The one number a query answers.
  [[nodiscard]] std::int64_t number(const std::string& sql) const {
    const postgres::statement s{"", postgres::in_schema(sql, postgres::quoted(name_)), false};
    auto answer = shared_connection().run(s, {});
    if (!answer) FAIL(to_string(answer.error()));
    return answer->get<std::int64_t>(0, 0);
  }

  [[nodiscard]] std::unique_ptr<postgres::store> open(
      std::optional<clock_source> clock = std::nullopt, postgres::options how = {}) const {
    const bool prepare = how.server.prepare;
    how.server = tests::postgres_settings();
    how.server.prepare = prepare;
    how.server.connections = 24;
    how.schema = name_;
    how.clock = clock;
    auto made = postgres::store::open(std::move(how));
    if (!made) FAIL(to_string(made.error()));
    return *std::move(made);
  }

 private:
  /// Other test programs use the server meanwhile: the victim of a deadlock asks again.
  void drop() const {
    result<void> done;
    int tries = 8;
    do {
      done = shared_connection().script("DROP SCHEMA " + postgres::quoted(name_) + " CASCADE");
    } while (!done && done.error().code == error::busy && --tries > 0);
    if (!done) FAIL(to_string(done.error()));
  }

  static std::string next_name() {
    static std::atomic<int> last{0};
    return "test_" + std::to_string(getpid()) + "_" + std::to_string(++last);
  }
  static postgres::connection& shared_connection() {
    static postgres::connection c = [] {
      auto settings = tests::postgres_settings();
      settings.prepare = false;
      auto opened = postgres::connection::open(settings);
      if (!opened) FAIL(to_string(opened.error()));
      return *std::move(opened);
    }();
    return c;
  }

  std::string name_;
};

}  // namespace tollgate::test
