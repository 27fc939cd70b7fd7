// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/rights.hpp>

#include <postgres/desk.hpp>

#include <string>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::whole;

/// Two roles of this test's own, with their rights in the schema of an office.
class own_roles {
 public:
  explicit own_roles(const office& o)
      : schema_{o.schema}, who{o.schema.name() + "_service", o.schema.name() + "_person"} {
    for (const std::string& role : {who.service, who.person}) {
      schema_.run("CREATE ROLE " + postgres::quoted(role));
    }
    schema_.run(postgres::rights_sql(schema_.name(), who));
  }
  own_roles(const own_roles&) = delete;
  own_roles& operator=(const own_roles&) = delete;
  ~own_roles() {
    for (const std::string& role : {who.service, who.person}) {
      schema_.run("DROP OWNED BY " + postgres::quoted(role) + "; DROP ROLE " +
                  postgres::quoted(role));
    }
  }

  /// A connection that acts with the rights of a role and of nobody else.
  [[nodiscard]] static postgres::connection as(const std::string& role) {
    auto c = postgres::connection::open(tests::postgres_settings());
    if (!c) FAIL(to_string(c.error()));
    REQUIRE(c->script("SET SESSION AUTHORIZATION " + postgres::quoted(role)));
    return *std::move(c);
  }
  /// Runs SQL with `{schema}` in it; the server's code where it was refused.
  [[nodiscard]] std::string refusal(postgres::connection& c, const std::string& sql) const {
    auto done = c.script(postgres::in_schema(sql, postgres::quoted(schema_.name())));
    return done ? std::string{} : done.error().place;
  }
  [[nodiscard]] std::int64_t number(postgres::connection& c, const std::string& sql) const {
    const postgres::statement s{"number" + std::to_string(++asked_),
                                postgres::in_schema(sql, postgres::quoted(schema_.name())), false};
    auto answer = c.run(s, {});
    if (!answer) FAIL(to_string(answer.error()));
    return answer->get<std::int64_t>(0, 0);
  }

 private:
  const own_schema& schema_;
  mutable int asked_{};

 public:
  postgres::roles who;
};

constexpr const char* denied = "sqlstate 42501";

TEST_CASE("the service may add to the journal and never change it") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  const own_roles roles{o};
  auto service = roles.as(roles.who.service);
  CHECK(roles.number(service, "SELECT count(*) FROM {schema}.operation") == 1);
  CHECK(roles.refusal(service, "UPDATE {schema}.operation SET moved = 0") == denied);
  CHECK(roles.refusal(service, "DELETE FROM {schema}.operation") == denied);
  CHECK(roles.refusal(service, "TRUNCATE {schema}.operation") == denied);
  CHECK(roles.refusal(service, "TRUNCATE {schema}.account") == denied);
  // Nor anything else that is kept for ever.
  for (const std::string table : {"account", "lot", "hold", "job", "done", "project"}) {
    INFO(table);
    CHECK(roles.refusal(service, "DELETE FROM {schema}." + table) == denied);
    CHECK(roles.refusal(service, "TRUNCATE {schema}." + table) == denied);
  }
  CHECK(roles.refusal(service, "UPDATE {schema}.job SET estimated = 0") == denied);
  CHECK(roles.refusal(service, "UPDATE {schema}.done SET actual = 0") == denied);
  CHECK(roles.refusal(service, "DROP TABLE {schema}.payload_rest") == denied);
  CHECK(roles.refusal(service,
                      "INSERT INTO {schema}.migration (version, min_reader) VALUES (99, "
                      "99)") == denied);
}

TEST_CASE("a person writes nothing, not even a row of their own") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  REQUIRE(d.confirm("click", {desk::item(1, whole(1))}));
  const own_roles roles{o};
  auto person = roles.as(roles.who.person);
  REQUIRE(person.script("SET tollgate.account_id = '" + to_string(d.id) + "'"));
  for (const std::string table : {"account", "lot", "hold", "operation", "job", "live", "done",
                                  "payload", "attempt", "slots", "ready", "setting"}) {
    INFO(table);
    CHECK(roles.refusal(person, "INSERT INTO {schema}." + table + " DEFAULT VALUES") == denied);
    CHECK(roles.refusal(person, "DELETE FROM {schema}." + table) == denied);
    CHECK(roles.refusal(person, "TRUNCATE {schema}." + table) == denied);
  }
  CHECK(roles.refusal(person,
                      "INSERT INTO {schema}.user_credits (user_id) VALUES "
                      "(gen_random_uuid())") != "");
  CHECK(roles.refusal(person, "SELECT {schema}.clean_up(NULL, 86400000000, 3600000000, 1, 1)") ==
        denied);
  CHECK(roles.refusal(person, "SELECT FROM {schema}.attempt") == denied);
}

TEST_CASE("the store works with the rights of the service and no others") {
  office o;
  const own_roles roles{o};
  REQUIRE_NOTHROW(o.schema.run("ALTER ROLE " + postgres::quoted(roles.who.service) + " LOGIN"));
  auto settings = tests::postgres_settings();
  settings.conninfo += " options='-c role=" + roles.who.service + "'";
  auto made = postgres::store::open(
      {.server = settings, .schema = o.schema.name(), .clock = o.clock.source()});
  REQUIRE(made);
  contract::erased<postgres::store> any{**made};
  contract::trial trial{any, o.clock, o.how};
  const desk d{trial, 5};
  REQUIRE(d.open(whole(100)));
  REQUIRE(d.confirm("click", {desk::item(1, whole(5)), desk::item(2, whole(5))}));
  const auto got = d.claim(2);
  REQUIRE(got.size() == 2);
  CHECK(d.settle(got[0], settle_kind::succeeded, whole(4)).has_value());
  CHECK(d.settle(got[1], settle_kind::failed).has_value());
  CHECK(d.row().available == whole(96));
  CHECK(*(*made)->erase_payload(d.id, got[0].body->id));
  // It owns nothing, and yet makes room and drops what is old.
  const auto cleaned = (*made)->clean_up();
  if (!cleaned) FAIL(to_string(cleaned.error()));
  CHECK(cleaned->made == 7);  // the attempts of this week are there already
  o.clock.advance(days(90));
  CHECK((*made)->clean_up()->dropped == 7);
  contract::expect_sound(trial, d.id);
  for (const std::string& fault : trial.faults()) FAIL_CHECK(fault);
}

TEST_CASE("a person sees their own credits and jobs, and nobody else's") {
  office o;
  const desk mine{o.trial, 1};
  const desk theirs{o.trial, 2};
  REQUIRE(mine.open(whole(100)));
  REQUIRE(theirs.open(whole(70)));
  REQUIRE(mine.confirm("click", {desk::item(1, credits::from_units(52'501))}));
  REQUIRE(theirs.confirm("click", {desk::item(1, whole(5)), desk::item(2, whole(5))}));
  const own_roles roles{o};
  auto person = roles.as(roles.who.person);
  CHECK(roles.number(person, "SELECT count(*) FROM {schema}.user_credits") == 0);
  CHECK(roles.number(person, "SELECT count(*) FROM {schema}.account") == 0);
  REQUIRE(person.script("SET tollgate.account_id = '" + to_string(mine.id) + "'"));
  CHECK(roles.number(person, "SELECT count(*) FROM {schema}.user_credits") == 1);
  CHECK(roles.number(person, "SELECT balance::bigint FROM {schema}.user_credits") == 100);
  CHECK(roles.number(person,
                     "SELECT count(*) FROM {schema}.jobs WHERE status = "
                     "'queued' AND estimated_cost = 5.2501 AND started_at IS NULL") == 1);
  CHECK(roles.number(person, "SELECT count(*) FROM {schema}.jobs") == 1);
  REQUIRE(mine.claim(9).size() == 3);
  CHECK(roles.number(person,
                     "SELECT count(*) FROM {schema}.jobs WHERE status = "
                     "'running' AND started_at IS NOT NULL AND attempt_count = 1") == 1);
  REQUIRE(person.script("SET tollgate.account_id = '" + to_string(theirs.id) + "'"));
  CHECK(roles.number(person, "SELECT count(*) FROM {schema}.jobs") == 2);
  CHECK(roles.number(person, "SELECT count(*) FROM {schema}.video_generation_jobs") == 0);
  CHECK(roles.refusal(person, "SELECT FROM {schema}.operation") == denied);
  CHECK(roles.refusal(person, "SELECT FROM {schema}.hold") == denied);
  CHECK(roles.refusal(person, "UPDATE {schema}.account SET available = 1") == denied);
}

TEST_CASE("the journal's entries are rows to whoever may read it") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.entry") == 2);
  CHECK(o.schema.number("SELECT sum(amount)::bigint FROM {schema}.entry") == 0);
}

TEST_CASE("an operation whose entries do not sum to zero cannot be written") {
  office o;
  contract::hand_book book{o.trial};
  unit u = book.opening(whole(5));
  u.ledger->entries.front().amount += credits::from_units(1);
  const auto said = o.store->commit({&u, 1});
  REQUIRE(!said);
  CHECK(said.error().code == error::corrupt_record);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.account") == 0);
}

}  // namespace
}  // namespace tollgate::test
