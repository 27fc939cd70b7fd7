// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/connection.hpp>

#include <support/catch.hpp>
#include <support/postgres.hpp>

#include <string>

using namespace tollgate;
using tests::backend;
using tests::connected;
using tollgate::postgres::connection;
using tollgate::postgres::failure_of;
using tollgate::postgres::parameters;
using tollgate::postgres::statement;

namespace {

connection patient_for(duration answer_timeout) {
  auto how = tests::postgres_settings();
  how.answer_timeout = answer_timeout;
  return connected(how);
}

failure refused(connection& c, const std::string& text, bool writes) {
  auto answer = c.run({text, text, writes}, {});
  REQUIRE_FALSE(answer);
  return answer.error();
}

void terminate(std::int32_t pid) {
  auto other = connected();
  REQUIRE(other.run({"terminate", "SELECT pg_terminate_backend($1, 5000)", false},
                    parameters{}.put(pid)));
}

}  // namespace

TEST_CASE("every class of error has its meaning") {
  const auto meaning = [](const char* sqlstate, bool wrote) {
    return failure_of({.sqlstate = sqlstate}, wrote).code;
  };
  CHECK(meaning("40001", true) == error::busy);
  CHECK(meaning("40P01", true) == error::busy);
  CHECK(meaning("55P03", true) == error::busy);
  CHECK(meaning("23505", true) == error::busy);
  CHECK(meaning("40003", true) == error::outcome_unknown);
  CHECK(meaning("23514", true) == error::corrupt_record);
  CHECK(meaning("22021", true) == error::invalid_argument);
  CHECK(meaning("42P01", true) == error::storage_unavailable);
  CHECK(meaning("57P03", true) == error::storage_unavailable);
  // A pooler that lost its server.
  CHECK(meaning("08P01", true) == error::outcome_unknown);
  CHECK(meaning("08P01", false) == error::storage_unavailable);
  CHECK(failure_of({.lost = true}, true).code == error::outcome_unknown);
  CHECK(failure_of({.lost = true}, false).code == error::storage_unavailable);
}

TEST_CASE("errors of a real server are told apart") {
  auto c = connected();
  REQUIRE(
      c.script("CREATE TEMP TABLE t (n int8 PRIMARY KEY CHECK (n > 0)); "
               "INSERT INTO t VALUES (1)"));
  const auto twice = refused(c, "INSERT INTO t VALUES (1)", true);
  CHECK(twice.code == error::busy);
  CHECK(postgres::is_unique_violation(twice));
  const auto negative = refused(c, "INSERT INTO t VALUES (-1)", true);
  CHECK(negative.code == error::corrupt_record);
  CHECK(negative.place == "t/t_n_check");
  auto latin = c.run({"text", "SELECT $1::text", false}, parameters{}.text("\xe9"));
  REQUIRE_FALSE(latin);
  CHECK(latin.error().code == error::invalid_argument);
  const auto missing = refused(c, "SELECT * FROM no_such_table", false);
  CHECK(missing.code == error::storage_unavailable);
  CHECK(missing.reason == "relation \"no_such_table\" does not exist");
  CHECK(c.usable());
}

TEST_CASE("a deferred constraint that fails at the end of a transaction is a failure") {
  auto c = connected();
  REQUIRE(
      c.script("CREATE TEMP TABLE t (n int8 UNIQUE DEFERRABLE INITIALLY DEFERRED); "
               "INSERT INTO t VALUES (1)"));
  for (int round = 0; round < 2; ++round) {
    CHECK(postgres::is_unique_violation(refused(c, "INSERT INTO t VALUES (1)", true)));
  }
  CHECK(c.usable());
}

TEST_CASE("a lost answer is unknown after a write, and nothing after a read") {
  for (const bool writes : {true, false}) {
    auto c = connected();
    const auto f = refused(c, "SELECT pg_terminate_backend(pg_backend_pid())", writes);
    CHECK(f.code == (writes ? error::outcome_unknown : error::storage_unavailable));
    CHECK_FALSE(c.usable());
    const auto after = refused(c, "SELECT 1", writes);
    CHECK(after.code == error::storage_unavailable);
    CHECK(after.reason == "not connected");
  }
}

TEST_CASE("a server that has become read-only is left for one that has not") {
  auto c = connected();
  REQUIRE(c.script("CREATE TEMP TABLE t (n int8); SET default_transaction_read_only = on"));
  const auto f = refused(c, "CREATE TABLE never_made (n int8)", true);
  CHECK(f.code == error::storage_unavailable);
  CHECK(f.place == "sqlstate 25006");
  CHECK(f.reason == "cannot execute CREATE TABLE in a read-only transaction");
  CHECK_FALSE(c.usable());  // so that a pool connects again, to whoever takes writes now
}

TEST_CASE("a connection that the server closed meanwhile is found before anything is sent") {
  auto c = connected();
  terminate(backend(c));
  CHECK_FALSE(c.usable());
}

TEST_CASE("an answer that does not come in time ends the connection") {
  for (const bool writes : {true, false}) {
    auto c = patient_for(milliseconds(100));
    const auto f = refused(c, "SELECT pg_sleep(10)", writes);
    CHECK(f.code == (writes ? error::outcome_unknown : error::storage_unavailable));
    CHECK(f.reason == "no answer in time");
    CHECK_FALSE(c.usable());
  }
}

TEST_CASE("a server that cannot be reached is unavailable") {
  auto c = connection::open(
      {.conninfo = "host=/nowhere dbname=none", .tries = 2, .pause = milliseconds(1)});
  REQUIRE_FALSE(c);
  CHECK(c.error().code == error::storage_unavailable);
  CHECK(c.error().reason.find("/nowhere") != std::string::npos);
}
