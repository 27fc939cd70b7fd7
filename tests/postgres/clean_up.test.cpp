// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/store.hpp>
#include <tollgate/storage/contract/soundness.hpp>

#include <postgres/desk.hpp>

#include <string>
#include <vector>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::every_byte;
using contract::nth;
using contract::whole;
using postgres::clean_up_report;
using postgres::clean_up_request;

clean_up_report clean(const office& o, const clean_up_request& how = {}) {
  const auto said = o.store->clean_up(how);
  if (!said) FAIL(to_string(said.error()));
  return *said;
}
/// An item with a payload, which may stand in the queue for a year.
[[nodiscard]] order_item item(std::uint64_t n) {
  auto made = desk::item(n, whole(1));
  made.payload = every_byte() + std::to_string(n);
  made.start_within = days(365);
  return made;
}
[[nodiscard]] std::string payload_of(const office& o, account_id account, job_id job) {
  const auto page = o.store->jobs(account, {.job = job}, {});
  if (!page) FAIL(to_string(page.error()));
  REQUIRE(page->items.size() == 1);
  return page->items.front().body->payload;
}
[[nodiscard]] std::int64_t partitions(const office& o) {
  return o.schema.number(
      "SELECT (SELECT count(*) FROM {schema}.parts('{schema}.payload'::regclass)"
      ") + (SELECT count(*) FROM "
      "{schema}.parts('{schema}.attempt'::regclass))");
}

TEST_CASE("partitions are made before they are needed, and no span twice") {
  office o;  // begins with a week of the calendar of partitions
  CHECK(clean(o) == clean_up_report{.made = 8});
  CHECK(clean(o) == clean_up_report{});
  CHECK(partitions(o) == 8);
  o.clock.advance(days(7));
  CHECK(clean(o) == clean_up_report{.made = 2});
  // Another span goes on where the last one ends.
  o.clock.advance(days(28));
  CHECK(clean(o, {.partition = days(1), .ahead = 2}) == clean_up_report{.made = 4});
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  REQUIRE(d.confirm("click", {item(1)}));
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.payload") == 1);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.payload_rest") == 0);
}

TEST_CASE("what ended long ago is dropped with its partition, and what lives keeps its payload") {
  office o;
  clean(o);
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  const auto old = d.must_confirm("old", {item(1), item(2)});
  auto got = d.claim(1);
  REQUIRE(got.size() == 1);
  REQUIRE(d.settle(got[0], settle_kind::succeeded, whole(1)));
  o.clock.advance(days(60));
  const auto fresh = d.must_confirm("fresh", {item(3)});
  const auto money = o.schema.number("SELECT count(*) FROM {schema}.operation");

  // Its payload is as old as that of the other one, which runs.
  auto said = clean(o);
  CHECK(said.dropped == 6);  // three weeks of each that nobody used
  CHECK(said.kept == 2);
  CHECK(payload_of(o, d.id, old.jobs[1]) == item(2).payload);
  CHECK(payload_of(o, d.id, old.jobs[0]) == item(1).payload);

  got = d.claim(1);
  REQUIRE(got.size() == 1);
  CHECK(got[0].body->id == old.jobs[1]);
  CHECK(got[0].body->payload == item(2).payload);
  REQUIRE(d.settle(got[0], settle_kind::succeeded, whole(1)));
  said = clean(o);
  CHECK(said.dropped == 2);
  CHECK(said.kept == 0);
  CHECK_FALSE(said.more);
  // What was dropped reads as empty, and is no damage.
  CHECK(payload_of(o, d.id, old.jobs[0]).empty());
  CHECK(payload_of(o, d.id, fresh.jobs[0]) == item(3).payload);
  CHECK(o.store->attempts(d.id, old.jobs[0])->empty());
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.operation") == money + 1);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.hold") == 3);
  contract::expect_sound(o.trial, d.id);
  o.expect_no_faults();
}

TEST_CASE("nothing is refused for want of a partition, and ages out without one") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  const auto order = d.must_confirm("click", {item(1), item(2), item(3)});
  for (const auto& job : d.claim(2)) REQUIRE(d.settle(job, settle_kind::succeeded, whole(1)));
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.payload_rest") == 3);
  // The span that has rows already gets no partition; the others do.
  CHECK(clean(o).made == 6);
  o.clock.advance(days(31));
  const auto said = clean(o, {.batch = 1});
  CHECK(said.erased == 4);  // two payloads, two attempts
  CHECK_FALSE(said.more);
  CHECK(payload_of(o, d.id, order.jobs[0]).empty());
  CHECK(payload_of(o, d.id, order.jobs[2]) == item(3).payload);
  contract::expect_sound(o.trial, d.id);
}

TEST_CASE("a clean-up gives way to whoever reads, and comes back") {
  office o;
  clean(o);
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  o.clock.advance(days(60));
  auto reader = postgres::connection::open(tests::postgres_settings());
  REQUIRE(reader);
  REQUIRE(reader->script(postgres::in_schema("BEGIN; SELECT FROM {schema}.payload",
                                             postgres::quoted(o.schema.name()))));
  const auto said = clean(o);
  CHECK(said.more);
  CHECK(partitions(o) >= 8);
  REQUIRE(d.confirm("meanwhile", {item(1)}));
  REQUIRE(reader->script("COMMIT"));
  CHECK(clean(o).dropped > 0);
}

TEST_CASE("of two clean-ups at once the second leaves it to the first") {
  office o;
  auto other = postgres::connection::open(tests::postgres_settings());
  REQUIRE(other);
  REQUIRE(other->script(postgres::in_schema(
      "BEGIN; SELECT {schema}.clean_up(NULL, 2592000000000, 604800000000, 4, 1000)",
      postgres::quoted(o.schema.name()))));
  CHECK(clean(o) == clean_up_report{});
  REQUIRE(other->script("ROLLBACK"));
  CHECK(clean(o).made == 8);
}

TEST_CASE("a clean-up that would keep too little is refused, by SQL too") {
  office o;
  const auto wrong = [&](const clean_up_request& how) {
    const auto said = o.store->clean_up(how);
    REQUIRE(!said);
    CHECK(said.error().code == error::invalid_argument);
    return said.error().place;
  };
  CHECK(wrong({.keep = hours(23)}) == "/keep");
  CHECK(wrong({.partition = seconds(1)}) == "/partition");
  CHECK(wrong({.ahead = 0}) == "/ahead");
  CHECK(wrong({.batch = 0}) == "/batch");
  auto c = postgres::connection::open(tests::postgres_settings());
  REQUIRE(c);
  const auto refused = c->script(postgres::in_schema(
      "SELECT {schema}.clean_up(NULL, 0, 604800000000, 4, 1)", postgres::quoted(o.schema.name())));
  REQUIRE(!refused);
  CHECK(refused.error().place == "sqlstate 22023");
}

/// In how many rows of all tables a text can be found, whatever the column.
[[nodiscard]] std::int64_t found(const office& o, const std::string& text) {
  const std::string name = postgres::quoted(o.schema.name());
  auto c = postgres::connection::open(tests::postgres_settings());
  if (!c) FAIL(to_string(c.error()));
  const auto tables =
      c->run({"",
              "SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
              "WHERE nspname = $1 AND relkind = 'r'",
              false},
             postgres::parameters{}.text(o.schema.name()));
  REQUIRE(tables);
  std::int64_t count = 0;
  for (std::size_t n = 0; n < tables->size(); ++n) {
    const auto rows =
        c->run({"",
                "SELECT count(*) FROM " + name + "." + postgres::quoted(tables->bytes(n, 0)) +
                    " t WHERE t::text LIKE '%' || encode($1, 'hex') || '%'",
                false},
               postgres::parameters{}.bytes(text));
    if (!rows) FAIL(to_string(rows.error()));
    count += rows->get<std::int64_t>(0, 0);
  }
  return count;
}

TEST_CASE("what is erased is in no table any more, and the ledger is as it was") {
  office o;
  const desk d{o.trial};
  const std::string secret = "my grandmother";
  REQUIRE(d.open(whole(100)));
  auto it = item(1);
  it.payload = "a film about " + secret;
  auto other = item(2);
  other.payload = "of nobody";
  const auto order = d.must_confirm("click", {it, other});
  auto got = d.claim(1);
  REQUIRE(got.size() == 1);
  const auto first = got[0];
  REQUIRE(d.run(settle_command{.lease = desk::lease_of(got[0]),
                               .kind = settle_kind::failed,
                               .retryable = true,
                               .error_code = "busy",
                               .error_message = "no time for " + secret}));
  CHECK(*o.store->erase_payload(d.id, order.jobs[0]) == false);  // it runs, and needs it
  CHECK(payload_of(o, d.id, order.jobs[0]) == it.payload);
  got = d.claim(1);
  REQUIRE(got.size() == 1);
  REQUIRE(got[0].body->id == order.jobs[0]);
  // The result of the first attempt comes late and is kept for a person to look at.
  CHECK_FALSE(d.run(settle_command{.lease = desk::lease_of(first),
                                   .kind = settle_kind::succeeded,
                                   .actual = whole(1),
                                   .result = "late, of " + secret})
                  .has_value());
  REQUIRE(d.run(settle_command{.lease = desk::lease_of(got[0]),
                               .kind = settle_kind::failed,
                               .error_code = "safety",
                               .error_message = "shows " + secret,
                               .provider_metadata = "prompt=" + secret,
                               .result = "https://cdn.example/" + secret}));
  CHECK(found(o, secret) >= 4);
  const auto before = contract::expect_sound(o.trial, d.id);
  CHECK(*o.store->erase_payload(d.id, order.jobs[0]));
  CHECK(found(o, secret) == 0);
  CHECK(found(o, "of nobody") == 1);
  CHECK(*o.store->erase_payload(d.id, nth<job_id>(9)) == false);
  const auto after = contract::expect_sound(o.trial, d.id);
  CHECK(after.operations == before.operations);
  CHECK(after.holds == before.holds);
  const auto page = o.store->jobs(d.id, {.job = order.jobs[0]}, {});
  REQUIRE(page);
  CHECK(page->items.front().status.error_code == "safety");
  CHECK(page->items.front().body->payload.empty());
  o.expect_no_faults();
}

}  // namespace
}  // namespace tollgate::test
