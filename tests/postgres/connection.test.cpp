// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/connection.hpp>

#include <support/catch.hpp>
#include <support/postgres.hpp>

#include <array>
#include <string>
#include <vector>

using namespace tollgate;
using tests::connected;
using tests::number;
using tollgate::postgres::connection;
using tollgate::postgres::parameters;
using tollgate::postgres::settings;
using tollgate::postgres::statement;
using tollgate::postgres::step;

namespace {

/// Names of the statements that this session has prepared.
std::int64_t prepared(connection& c, const std::string& name) {
  auto answer = c.run({"", "SELECT count(*) FROM pg_prepared_statements WHERE name = $1", false},
                      parameters{}.text(name));
  REQUIRE(answer);
  return answer->get<std::int64_t>(0, 0);
}

const statement one{"one", "SELECT $1::int8", false};
const statement fails{"fails", "SELECT 1 / $1::int8", false};

}  // namespace

TEST_CASE("a statement is prepared once on each connection") {
  auto c = connected();
  CHECK(prepared(c, "one") == 0);
  for (std::int64_t n = 0; n < 3; ++n) {
    auto answer = c.run(one, parameters{}.put(n));
    REQUIRE(answer);
    CHECK(answer->get<std::int64_t>(0, 0) == n);
  }
  CHECK(prepared(c, "one") == 1);
  auto other = connected();
  CHECK(prepared(other, "one") == 0);
}

TEST_CASE("without prepared statements nothing is left in the session") {
  auto how = tests::postgres_settings();
  how.prepare = false;
  auto c = connected(how);
  auto answer = c.run(one, parameters{}.put(std::int64_t{4}));
  REQUIRE(answer);
  CHECK(answer->get<std::int64_t>(0, 0) == 4);
  CHECK(prepared(c, "one") == 0);
}

TEST_CASE("prepared statements that the server forgot are done without") {
  auto c = connected();
  REQUIRE(c.run(one, parameters{}.put(std::int64_t{1})));
  REQUIRE(c.script("DEALLOCATE ALL"));
  auto answer = c.run(one, parameters{}.put(std::int64_t{2}));
  REQUIRE(answer);
  CHECK(answer->get<std::int64_t>(0, 0) == 2);
  // And somebody else's under our name.
  auto other = connected();
  REQUIRE(other.script("PREPARE one AS SELECT 5"));
  answer = other.run(one, parameters{}.put(std::int64_t{3}));
  REQUIRE(answer);
  CHECK(answer->get<std::int64_t>(0, 0) == 3);
}

TEST_CASE("a statement that failed was prepared all the same, and can be run again") {
  auto c = connected();
  CHECK_FALSE(c.run(fails, parameters{}.put(std::int64_t{0})));
  auto answer = c.run(fails, parameters{}.put(std::int64_t{1}));
  REQUIRE(answer);
  CHECK(answer->get<std::int64_t>(0, 0) == 1);
  CHECK(prepared(c, "fails") == 1);
  const statement wrong{"wrong", "SELECT nonsense", false};
  CHECK_FALSE(c.run(wrong, {}));
  CHECK_FALSE(c.run(wrong, {}));
  CHECK(prepared(c, "wrong") == 0);
}

TEST_CASE("a pipeline is one transaction: each statement sees what those before it wrote") {
  auto c = connected();
  REQUIRE(c.script("CREATE TEMP TABLE t (n int8)"));
  const statement insert{"insert", "INSERT INTO t VALUES ($1)", true};
  const statement sum{"sum", "SELECT sum(n)::int8 FROM t", false};
  const auto two = parameters{}.put(std::int64_t{2});
  const parameters none;
  for (std::int64_t round = 1; round <= 2; ++round) {
    const std::array<step, 3> steps{{{insert, two}, {insert, two}, {sum, none}}};
    auto answers = c.pipeline(steps);
    REQUIRE(answers);
    REQUIRE(answers->size() == 3);
    CHECK((*answers)[0].affected() == 1);
    CHECK((*answers)[2].get<std::int64_t>(0, 0) == 4 * round);
  }
  const auto zero = parameters{}.put(std::int64_t{0});
  const std::array<step, 3> broken{{{insert, two}, {fails, zero}, {insert, two}}};
  const auto refused = c.pipeline(broken);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().place == "sqlstate 22012");
  CHECK(number(c, "SELECT sum(n)::int8 FROM t") == 8);
  CHECK(c.pipeline({})->empty());
}

TEST_CASE("a script is one transaction") {
  auto c = connected();
  CHECK_FALSE(c.script("CREATE TEMP TABLE t (n int8); INSERT INTO t VALUES (1); SELECT 1/0"));
  CHECK(number(c, "SELECT count(*) FROM pg_class WHERE relname = 't' AND relpersistence = 't'") ==
        0);
  CHECK_FALSE(c.script("COPY (SELECT 1) TO STDOUT"));
}

TEST_CASE("a connection of the host's is used in the host's transaction, and left as it was") {
  auto owner = connected();
  auto c = connection::borrow(owner.raw());
  REQUIRE(owner.script("CREATE TEMP TABLE t (n int8)"));
  REQUIRE(owner.script("BEGIN"));
  CHECK(c.in_transaction());
  REQUIRE(c.run({"insert", "INSERT INTO t VALUES ($1)", true}, parameters{}.put(std::int64_t{1})));
  CHECK(prepared(owner, "insert") == 0);
  REQUIRE(owner.script("ROLLBACK"));
  CHECK(number(owner, "SELECT count(*) FROM t") == 0);
  c.close();
  CHECK_FALSE(c.usable());
  CHECK(owner.usable());
  PQenterPipelineMode(owner.raw());
  auto again = connection::borrow(owner.raw());
  const auto refused = again.run(one, parameters{}.put(std::int64_t{1}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == "the connection is in pipeline mode");
}

TEST_CASE("a quoted name is that name, whatever it is") {
  auto c = connected();
  const std::string name = "a \"b\"; c";
  REQUIRE(c.script("CREATE TEMP TABLE " + postgres::quoted(name) + " ()"));
  auto found = c.run({"", "SELECT count(*) FROM pg_class WHERE relname = $1", false},
                     parameters{}.text(name));
  REQUIRE(found);
  CHECK(found->get<std::int64_t>(0, 0) == 1);
}
