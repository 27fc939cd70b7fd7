// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/store.hpp>

#include <postgres/world.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace tollgate::test {
namespace {

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

}  // namespace
}  // namespace tollgate::test
