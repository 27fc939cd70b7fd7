// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/store.hpp>
#include <tollgate/storage/contract/soundness.hpp>

#include <postgres/desk.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace tollgate::test {
namespace {

using contract::desk;

TEST_CASE("two stores that use a schema for the first time at once both open") {
  const own_schema schema;
  auto first = postgres::connection::open(tests::postgres_settings());
  REQUIRE(first);
  // The other has written how many buckets there are, and is about to commit.
  REQUIRE(first->script(
      postgres::in_schema("BEGIN; INSERT INTO {schema}.setting (bucket, buckets) VALUES (0, 7)",
                          postgres::quoted(schema.name()))));
  std::atomic<bool> done{false};
  result<std::unique_ptr<postgres::store>> opened{nullptr};
  std::thread second{[&] {
    opened = postgres::store::open({.server = tests::postgres_settings(), .schema = schema.name()});
    done = true;
  }};
  const std::string waiting =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%" +
      schema.name() + "\".setting%'";
  while (schema.number(waiting) == 0 && !done) std::this_thread::yield();
  CHECK(!done);
  CHECK(first->script("COMMIT").has_value());
  second.join();
  if (!opened) FAIL(to_string(opened.error()));
  REQUIRE(*opened != nullptr);
  CHECK((*opened)->accounts({}).has_value());
  CHECK(schema.number("SELECT buckets::int8 FROM {schema}.setting") == 7);
}

TEST_CASE("claims go round the buckets, and none is left out") {
  manual_clock clock;
  const own_schema schema;
  const auto store = schema.open(clock.source(), {.buckets = 4});
  contract::erased<postgres::store> any{*store};
  const contract::options how;
  contract::trial trial{any, clock, how};
  for (std::uint64_t n = 1; n <= 40; ++n) {
    const desk d{trial, n};
    REQUIRE(d.open(contract::whole(10)));
    REQUIRE(d.confirm("click", {desk::item(1, contract::whole(1))}));
  }
  CHECK(schema.number("SELECT count(DISTINCT bucket) FROM {schema}.ready") == 4);
  const desk worker{trial};
  for (int round = 0; round < 2; ++round) {
    const auto before = schema.number("SELECT count(*) FROM {schema}.ready");
    for (int n = 0; n < 4; ++n) REQUIRE(worker.claim(1).size() == 1);
    CHECK(schema.number("SELECT count(*) FROM {schema}.ready") == before - 4);
    // Each claim began with another bucket, so each of them gave one.
    CHECK(schema.number("SELECT count(*) FROM (SELECT bucket FROM {schema}.live WHERE phase = 1 "
                        "GROUP BY bucket HAVING count(*) = " +
                        std::to_string(round + 1) + ") b") == 4);
  }
  CHECK(worker.claim(100).size() == 32);
  CHECK(worker.claim(1).empty());
  for (const std::string& fault : trial.faults()) FAIL_CHECK(fault);
}

/// Why a store does not open.
[[nodiscard]] failure not_opened(const std::string& conninfo, const std::string& schema) {
  auto settings = tests::postgres_settings();
  settings.conninfo += conninfo;
  const auto opened = postgres::store::open({.server = settings, .schema = schema});
  REQUIRE(!opened);
  CHECK(opened.error().code == error::storage_unavailable);
  return opened.error();
}
[[nodiscard]] bool says(const failure& f, const std::string& words) {
  INFO(to_string(f));
  return f.reason.find(words) != std::string::npos;
}

TEST_CASE("a store that cannot be opened says why, in the server's words") {
  const own_schema schema;
  CHECK(says(not_opened(" host=/nowhere", schema.name()), "/nowhere"));
  CHECK(says(not_opened(" user=nobody_knows", schema.name()),
             "role \"nobody_knows\" does not exist"));
  CHECK(says(not_opened(" dbname=nothing", schema.name()), "database \"nothing\" does not exist"));
  CHECK(says(not_opened("", "never made"),
             "the schema is version 0, to be migrated (postgres::migrate) to"));
  CHECK(says(not_opened(" options='-c default_transaction_read_only=on'", schema.name()),
             "session is read-only"));
}

TEST_CASE("a wrong password is told as the server tells it") {
  const own_schema schema;
  schema.run("CREATE ROLE tollgate_password LOGIN SUPERUSER PASSWORD 'right'");
  const auto as = [&](const std::string& password) {
    auto settings = tests::postgres_settings();
    settings.conninfo += " user=tollgate_password password=" + password;
    return postgres::store::open({.server = settings, .schema = schema.name()});
  };
  const auto right = as("right");
  const auto wrong = as("wrong");
  schema.run("DROP ROLE tollgate_password");
  CHECK(right.has_value());
  if (wrong) {
    WARN("this server asks nobody for a password: nothing was tried");
    return;
  }
  CHECK(wrong.error().code == error::storage_unavailable);
  CHECK(says(wrong.error(), "password authentication failed"));
}

TEST_CASE("a newer schema is used until it says that this program is too old for it") {
  const own_schema schema;
  const auto newest = std::to_string(postgres::migrations().back().version + 1);
  schema.run("INSERT INTO {schema}.migration (version, min_reader) VALUES (" + newest + ", 1)");
  CHECK(schema.open()->accounts({}).has_value());
  schema.run("UPDATE {schema}.migration SET min_reader = version WHERE version = " + newest);
  CHECK(says(not_opened("", schema.name()), "for programs from version " + newest + " on"));
}

TEST_CASE("a table that is missing is unavailable while it is, and nothing else") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(contract::whole(10)));
  const auto grant = [&](const std::string& key) {
    return d.ask(grant_request{.amount = contract::whole(1), .key = key});
  };
  o.schema.run("ALTER TABLE {schema}.lot RENAME TO gone");
  const auto gone = grant("one");
  o.schema.run("ALTER TABLE {schema}.gone RENAME TO lot");
  REQUIRE(!gone);
  CHECK(gone.error().code == error::storage_unavailable);
  CHECK(gone.error().place == "sqlstate 42P01");
  CHECK(says(gone.error(), "lot\" does not exist"));
  CHECK(d.row().seq == 1);
  CHECK(grant("one").has_value());
}

/// Takes away what keeps people from writing what no store writes.
constexpr const char* unguard = R"(DO $$ DECLARE r record; BEGIN
FOR r IN SELECT conrelid::regclass AS t, conname FROM pg_constraint c JOIN pg_class k ON k.oid =
  c.conrelid WHERE connamespace = '{schema}'::regnamespace AND contype IN ('c', 'p')
  AND k.relkind = 'r' AND NOT k.relispartition LOOP
  EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.t, r.conname);
END LOOP;
FOR r IN SELECT attrelid::regclass AS t, attname FROM pg_attribute a JOIN pg_class k ON k.oid =
  a.attrelid WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'r' AND attnum > 0
  AND attnotnull AND NOT k.relispartition LOOP
  EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', r.t, r.attname);
END LOOP; END $$)";

struct damage {
  const char* sql;
  const char* table;  // that the failure names
};

TEST_CASE("what nobody wrote is a corrupt record, named by its table and key") {
  for (const damage& hurt : {
           damage{"UPDATE {schema}.account SET available = NULL", "account/"},
           damage{"UPDATE {schema}.account SET available = -1, state = 7", "account/"},
           damage{"UPDATE {schema}.lot SET granted = 1000000000000", "lot/"},
           damage{"UPDATE {schema}.lot SET lot = NULL", "lot/"},
           damage{"UPDATE {schema}.operation SET request = 'x'", "operation/"},
           damage{"UPDATE {schema}.operation SET outcome = 900", "operation/"},
           damage{"UPDATE {schema}.operation SET entry_codes[1] = NULL", "operation/"},
           damage{"UPDATE {schema}.hold SET draw_parts = draw_parts[1:3]", "hold/"},
           damage{"UPDATE {schema}.job SET words = ''", "job/"},
           damage{"UPDATE {schema}.job SET kind = NULL", "job/"},
           damage{"UPDATE {schema}.live SET progress = NULL", "job/"},
           damage{"UPDATE {schema}.live SET phase = 9", "job/"},
       }) {
    INFO(hurt.sql);
    office o;
    const desk d{o.trial};
    REQUIRE(d.open(contract::whole(10)));
    const auto order = d.must_confirm("click", {desk::item(1, contract::whole(1))});
    o.schema.run(unguard);
    o.schema.run(hurt.sql);
    const auto books = o.store->audit(d.id);
    REQUIRE(!books);
    CHECK(books.error().code == error::corrupt_record);
    CHECK(books.error().place.rfind(hurt.table, 0) == 0);
    CHECK(books.error().place.size() > std::string{hurt.table}.size());
    // Whoever needs that record meets the same, and writes nothing.
    const auto seq = o.schema.number("SELECT max(seq) FROM {schema}.operation");
    const auto loaded = o.store->load({.wants = {{.account = d.id,
                                                  .amount = contract::whole(1),
                                                  .keys = {"click"},
                                                  .jobs = {order.jobs[0]}}}});
    if (!loaded) CHECK(loaded.error().code == error::corrupt_record);
    static_cast<void>(d.ask(grant_request{.amount = contract::whole(1), .key = "click"}));
    CHECK(o.schema.number("SELECT max(seq) FROM {schema}.operation") == seq);
  }
}

/// A row that no unit leads to, and the constraint that refuses it.
TEST_CASE("the database itself refuses rows that break an invariant, whoever writes them") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(contract::whole(10)));
  REQUIRE(
      d.confirm("click", {desk::item(1, contract::whole(1)), desk::item(2, contract::whole(1))}));
  REQUIRE(d.settle(d.claim(1).at(0), settle_kind::succeeded, contract::whole(1)));
  auto c = postgres::connection::open(tests::postgres_settings());
  REQUIRE(c);
  for (const char* sql : {
           "UPDATE {schema}.account SET available = -1",
           "UPDATE {schema}.account SET available = 1000000000000",
           "UPDATE {schema}.account SET debt = 1",
           "UPDATE {schema}.account SET open_holds = 0, held = 1",
           "UPDATE {schema}.account SET low_credit_threshold = -1",
           "UPDATE {schema}.account SET state = 3",
           "UPDATE {schema}.account SET changed_at = opened_at - 1",
           "UPDATE {schema}.lot SET spent = spent + 1",
           "UPDATE {schema}.lot SET clawed_back = granted + 1",
           "UPDATE {schema}.lot SET revoke_on_return = 1",
           "UPDATE {schema}.lot SET category = 4",
           "UPDATE {schema}.hold SET captured = amount + 1",
           "UPDATE {schema}.hold SET refunded = captured + 1",
           "UPDATE {schema}.hold SET state = 1 WHERE state = 0 AND amount > 0",
           "UPDATE {schema}.hold SET state = 0 WHERE state = 1 AND amount > 0; UPDATE "
           "{schema}.hold SET refunded = 1 WHERE captured > 0",
           "UPDATE {schema}.hold SET expires_at = 5",
           "UPDATE {schema}.hold SET draw_lots = '{}' WHERE amount > 0",
           "UPDATE {schema}.operation SET available = -1",
           "UPDATE {schema}.operation SET outcome = -1",
           "UPDATE {schema}.operation SET entry_amounts[1] = entry_amounts[1] + 1 WHERE "
           "cardinality(entry_amounts) > 0",
           "UPDATE {schema}.operation SET entry_lots = '{}' WHERE cardinality(entry_amounts) > 0",
           "UPDATE {schema}.job SET estimated = -1",
           "UPDATE {schema}.live SET phase = 3",
           "UPDATE {schema}.live SET role = 2",
           "UPDATE {schema}.live SET final_seq = 1",
           "UPDATE {schema}.live SET progress = 1001",
           "UPDATE {schema}.live SET stands = 3",
           "UPDATE {schema}.live SET actual = 1",
           "UPDATE {schema}.live SET settled_epoch = epoch + 1",
           "UPDATE {schema}.done SET role = 1",
           "UPDATE {schema}.done SET final_seq = 0",
           "UPDATE {schema}.done SET actual = -1",
           "UPDATE {schema}.slots SET in_flight = -1",
           "UPDATE {schema}.slots SET weight = 0",
           "UPDATE {schema}.line SET state = 3",
           "UPDATE {schema}.attempt SET outcome = 7",
           "UPDATE {schema}.setting SET buckets = 0",
       }) {
    INFO(sql);
    const auto said = c->script(postgres::in_schema(sql, postgres::quoted(o.schema.name())));
    REQUIRE(!said);
    CHECK(said.error().code == error::corrupt_record);  // 23514, a CHECK
  }
  for (const char* sql :
       {"UPDATE {schema}.account SET available = 'NaN'",
        "UPDATE {schema}.account SET available = 'NaN'::float8",
        "UPDATE {schema}.account SET held = NULL", "UPDATE {schema}.operation SET moved = NULL"}) {
    INFO(sql);
    CHECK_FALSE(c->script(postgres::in_schema(sql, postgres::quoted(o.schema.name()))));
  }
  contract::expect_sound(o.trial, d.id);
  o.expect_no_faults();
}

}  // namespace
}  // namespace tollgate::test
