// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/migrate.hpp>

#include <support/catch.hpp>
#include <support/postgres.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate;
using tests::connected;
using tests::number;
using tollgate::postgres::check_version;
using tollgate::postgres::connection;
using tollgate::postgres::migrate;
using tollgate::postgres::migration;
using tollgate::postgres::parameters;
using tollgate::postgres::read_version;
using tollgate::postgres::schema_sql;

namespace {

/// A schema of a name that needs quoting, gone afterwards.
struct scratch {
  explicit scratch(std::string what) : name{"migrate \"" + what + "\""} { drop(); }
  ~scratch() { drop(); }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  void drop() const {
    auto c = connected();
    static_cast<void>(c.script("DROP SCHEMA IF EXISTS " + postgres::quoted(name) + " CASCADE"));
  }
  std::string name;
};

/// Three versions of a table. The third is not for programs of before the second.
constexpr std::array<migration, 3> steps{
    migration{1, 1, "CREATE TABLE {schema}.t (a int8); INSERT INTO {schema}.t VALUES (1);"},
    migration{2, 1, "ALTER TABLE {schema}.t ADD b int8; UPDATE {schema}.t SET b = a + 1;"},
    migration{3, 2, "ALTER TABLE {schema}.t DROP a;"},
};
constexpr std::span<const migration> first{steps.data(), 1};
constexpr std::span<const migration> second{steps.data(), 2};
constexpr std::span<const migration> third{steps};

/// How many tables the schema has, and how many steps it noted.
std::int64_t tables(connection& c, const scratch& s) {
  auto answer = c.run({.text = "SELECT count(*) FROM pg_tables WHERE schemaname = $1"},
                      parameters{}.text(s.name));
  REQUIRE(answer);
  return answer->get<std::int64_t>(0, 0);
}
std::int64_t noted(connection& c, const scratch& s) {
  return number(c, "SELECT count(*) FROM " + postgres::quoted(s.name) + ".migration");
}

}  // namespace

TEST_CASE("the schema of this version is made once, and made again nothing changes") {
  const scratch s{"twice"};
  auto c = connected();
  auto made = migrate(c, s.name);
  INFO((made ? "" : to_string(made.error())));
  REQUIRE(made);
  CHECK(made->version == postgres::migrations().back().version);
  const auto before = tables(c, s);
  CHECK(before > 10);
  REQUIRE(migrate(c, s.name));
  CHECK(tables(c, s) == before);
  CHECK(noted(c, s) == static_cast<std::int64_t>(postgres::migrations().size()));
  CHECK_FALSE(c.in_transaction());
}

TEST_CASE("an older schema goes only the steps it lacks, and keeps its rows") {
  const scratch s{"older"};
  auto c = connected();
  REQUIRE(migrate(c, s.name, first)->version == 1);
  REQUIRE(migrate(c, s.name, third)->version == 3);
  CHECK(noted(c, s) == 3);
  CHECK(number(c, "SELECT b FROM " + postgres::quoted(s.name) + ".t") == 2);
}

TEST_CASE("programs work on a newer schema until it says that they are too old") {
  const scratch s{"rolling"};
  auto c = connected();
  REQUIRE(migrate(c, s.name, second));
  CHECK(migrate(c, s.name, first)->version == 2);
  REQUIRE(migrate(c, s.name, third));
  CHECK(migrate(c, s.name, second)->min_reader == 2);
  const auto refused = migrate(c, s.name, first);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error::storage_unavailable);
  CHECK(refused.error().reason == "the schema is version 3, for programs from version 2 on, not 1");
  CHECK(check_version({.version = 1, .min_reader = 1}, second).error().reason ==
        "the schema is version 1, to be migrated (postgres::migrate) to 2");
}

TEST_CASE("a step that fails leaves nothing of its migration") {
  const scratch s{"broken"};
  auto c = connected();
  constexpr std::array broken{steps[0], migration{2, 1, "CREATE TABLE {schema}.u (); SELECT 1/0;"}};
  CHECK_FALSE(migrate(c, s.name, broken));
  CHECK_FALSE(c.in_transaction());
  CHECK(read_version(c, s.name)->version == 0);
  CHECK(tables(c, s) == 0);
}

TEST_CASE("beside somebody who reads the queue a migration gives up and keeps nobody waiting") {
  const scratch s{"read"};
  auto c = connected();
  REQUIRE(migrate(c, s.name, postgres::migrations().first(3)));
  auto dump = connected();
  const std::string name = postgres::quoted(s.name);
  REQUIRE(dump.script("BEGIN; SELECT FROM " + name + ".live"));
  const auto began = std::chrono::steady_clock::now();
  const auto refused = migrate(c, s.name);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{5});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error::busy);
  CHECK(read_version(c, s.name)->version == 3);
  REQUIRE(dump.script("COMMIT"));
  REQUIRE(c.script("BEGIN; SET LOCAL lock_timeout = '7s'"));
  CHECK(migrate(c, s.name)->version == postgres::migrations().back().version);
  const auto kept = c.run({"", "SELECT current_setting('lock_timeout')", false}, {});
  REQUIRE(kept);
  CHECK(kept->bytes(0, 0) == "7s");
  REQUIRE(c.script("COMMIT"));
}

TEST_CASE("within a transaction of the caller's it is done when that is") {
  const scratch s{"joined"};
  auto c = connected();
  REQUIRE(c.script("BEGIN"));
  REQUIRE(migrate(c, s.name, second));
  REQUIRE(c.script("ROLLBACK"));
  CHECK(read_version(c, s.name)->version == 0);
}

TEST_CASE("many at once: one migrates, the others find it done") {
  const scratch s{"at once"};
  constexpr int many = 4;
  std::vector<int> versions(many);
  {
    std::vector<std::jthread> threads;
    for (int& version : versions) {
      threads.emplace_back([&] {
        auto c = connection::open(tests::postgres_settings());
        if (!c) return;
        auto made = migrate(*c, s.name);
        version = made ? made->version : 0;
      });
    }
  }
  CHECK(versions == std::vector<int>(many, postgres::migrations().back().version));
  auto c = connected();
  CHECK(noted(c, s) == static_cast<std::int64_t>(postgres::migrations().size()));
}

TEST_CASE("a process that dies in the middle of a migration leaves it to the next") {
  const scratch s{"killed"};
  const std::string conninfo = tests::postgres_conninfo();
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto c = connection::open(tests::postgres_settings());
    if (c && c->script("BEGIN") && migrate(*c, s.name, second)) kill(getpid(), SIGKILL);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  auto c = connected();
  CHECK(migrate(c, s.name, second)->version == 2);
  CHECK(noted(c, s) == 2);
}

TEST_CASE("the SQL by hand makes the same schema as the program") {
  const scratch s{"by hand"};
  const scratch other{"by program"};
  auto c = connected();
  REQUIRE(c.script("BEGIN; " + schema_sql(s.name) + "COMMIT"));
  CHECK(check_version(*read_version(c, s.name)));
  REQUIRE(migrate(c, other.name));
  const std::string columns =
      "SELECT coalesce(string_agg(table_name || '.' || column_name || ' ' || data_type, ',' "
      "ORDER BY table_name, ordinal_position), '') FROM information_schema.columns WHERE "
      "table_schema = $1";
  auto by_hand = c.run({.text = columns}, parameters{}.text(s.name));
  auto by_program = c.run({.text = columns}, parameters{}.text(other.name));
  REQUIRE(by_hand);
  REQUIRE(by_program);
  CHECK_FALSE(by_hand->bytes(0, 0).empty());
  CHECK(by_hand->bytes(0, 0) == by_program->bytes(0, 0));
}
