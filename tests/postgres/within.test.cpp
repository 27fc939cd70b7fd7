// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/store.hpp>
#include <tollgate/storage/transact.hpp>

#include <postgres/desk.hpp>

#include <libpq-fe.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::nth;
using contract::whole;

static_assert(joins_host_transaction<postgres::store>);

/// The host's own connection, as it uses it beside tollgate.
class host {
 public:
  host() : connection_{PQconnectdb(tests::postgres_conninfo().c_str()), &PQfinish} {
    if (PQstatus(raw()) != CONNECTION_OK) FAIL(PQerrorMessage(raw()));
  }
  [[nodiscard]] PGconn* raw() const { return connection_.get(); }
  /// Runs SQL; answers whether it was done.
  bool run(const std::string& sql) const {
    const std::unique_ptr<PGresult, decltype(&PQclear)> r{PQexec(raw(), sql.c_str()), &PQclear};
    const auto status = PQresultStatus(r.get());
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  }
  [[nodiscard]] bool is_usable() const { return PQtransactionStatus(raw()) == PQTRANS_INTRANS; }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

const ledger_rules rules{};

TEST_CASE("what a host rolls back never happened, credits and jobs alike") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  const auto before = contract::trace_of(o.trial, d.id);
  const host h;
  REQUIRE(h.run("BEGIN"));
  postgres::host_transaction transaction{h.raw()};
  auto ledger = o.store->within(transaction);
  const auto order = transact(
      ledger, confirm_command{.account = d.id, .key = "click", .items = {desk::item(1, whole(5))}},
      rules);
  REQUIRE(order);
  REQUIRE(order->jobs.size() == 1);
  REQUIRE(h.run("ROLLBACK"));
  CHECK(contract::trace_of(o.trial, d.id) == before);
  CHECK(d.claim(9).empty());
  // The key was not used up either.
  CHECK(d.confirm("click", {desk::item(1, whole(5))}).has_value());
  o.expect_no_faults();
}

TEST_CASE("what a host commits is there together with its own rows") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  o.schema.run("CREATE TABLE {schema}.host_orders (name text)");
  const host h;
  REQUIRE(h.run("BEGIN"));
  REQUIRE(h.run(postgres::in_schema("INSERT INTO {schema}.host_orders VALUES ('one')",
                                    postgres::quoted(o.schema.name()))));
  postgres::host_transaction transaction{h.raw()};
  auto ledger = o.store->within(transaction);
  REQUIRE(transact(
      ledger, confirm_command{.account = d.id, .key = "click", .items = {desk::item(1, whole(5))}},
      rules));
  const auto held = transact(
      ledger, to_command(deduct_request{.account = d.id, .amount = whole(1), .key = "d"}), rules);
  REQUIRE(held);
  CHECK(held->available == whole(94));
  CHECK(d.row().available == whole(100));  // nobody else sees it yet
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.host_orders") == 0);
  REQUIRE(h.run("COMMIT"));
  CHECK(d.row().available == whole(94));
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.host_orders") == 1);
  CHECK(d.claim(9).size() == 1);
  o.expect_no_faults();
}

TEST_CASE("an account opened in a host's transaction is there once it commits") {
  office o;
  const desk d{o.trial, 7};
  const host h;
  REQUIRE(h.run("BEGIN"));
  postgres::host_transaction transaction{h.raw()};
  auto ledger = o.store->within(transaction);
  REQUIRE(transact(ledger, to_command(open_account_request{.account = d.id}), rules));
  CHECK(d.row().seq == 0);
  REQUIRE(h.run("COMMIT"));
  CHECK(d.row().seq == 1);
}

TEST_CASE("a refusal leaves the host's transaction usable (pgledger)") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(10)));
  REQUIRE(d.confirm("first", {desk::item(1, whole(5))}));
  o.schema.run("CREATE TABLE {schema}.host_orders (name text)");
  const host h;
  REQUIRE(h.run("BEGIN"));
  postgres::host_transaction transaction{h.raw()};
  auto ledger = o.store->within(transaction);
  const auto refused = [&](const confirm_command& c, error why) {
    const auto said = transact(ledger, c, rules);
    REQUIRE(!said);
    CHECK(said.error().code == why);
    CHECK(h.is_usable());
  };
  refused({.account = d.id, .key = "too much", .items = {desk::item(2, whole(50))}},
          error::insufficient_credits);
  refused({.account = d.id, .key = "again", .items = {desk::item(1, whole(1))}},
          error::already_queued);
  refused({.account = d.id, .key = "first", .items = {desk::item(3, whole(1))}},
          error::key_conflict);
  refused({.account = nth<account_id>(99), .key = "x", .items = {desk::item(1, whole(1))}},
          error::account_not_found);
  REQUIRE(h.run(postgres::in_schema("INSERT INTO {schema}.host_orders VALUES ('one')",
                                    postgres::quoted(o.schema.name()))));
  REQUIRE(h.run("COMMIT"));
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.host_orders") == 1);
  // The refusal was written down with the host's rows.
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.operation WHERE outcome <> 0") == 1);
}

TEST_CASE("units that are refused leave the host's transaction usable") {
  office o;
  contract::hand_book book{o.trial};
  REQUIRE(book.order("order", {{}, {}}));
  const host h;
  REQUIRE(h.run("BEGIN"));
  postgres::host_transaction transaction{h.raw()};
  auto ledger = o.store->within(transaction);
  unit stale = book.settling(book.jobs.front());
  stale.jobs.front().expected_epoch += 1;
  unit moved = book.touching("ahead");
  moved.ledger->expected_seq += 1;
  unit taken = book.touching("order");
  for (auto& [u, wanted] : std::vector<std::pair<unit, verdict>>{
           {stale, verdict::stale_lease}, {moved, verdict::moved}, {taken, verdict::key_taken}}) {
    const auto said = ledger.commit({&u, 1});
    REQUIRE(said);
    CHECK(said->front() == wanted);
    CHECK(h.is_usable());
  }
  unit good = book.touching("good");
  const auto said = ledger.commit({&good, 1});
  REQUIRE(said);
  CHECK(said->front() == verdict::written);
  REQUIRE(h.run("COMMIT"));
  o.expect_no_faults();
}

TEST_CASE("a transaction that is not READ COMMITTED is refused before anything is written") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  const host h;
  for (const std::string level : {"REPEATABLE READ", "SERIALIZABLE"}) {
    REQUIRE(h.run("BEGIN ISOLATION LEVEL " + level));
    postgres::host_transaction transaction{h.raw()};
    auto ledger = o.store->within(transaction);
    const auto said = transact(
        ledger, to_command(grant_request{.account = d.id, .amount = whole(1), .key = level}),
        rules);
    REQUIRE(!said);
    CHECK(said.error().code == error::unsupported_isolation);
    contract::hand_book book{o.trial};
    unit u{.account = d.id};
    const auto committed = ledger.commit({&u, 1});
    REQUIRE(!committed);
    CHECK(committed.error().code == error::unsupported_isolation);
    CHECK(h.is_usable());
    REQUIRE(h.run("COMMIT"));
  }
  postgres::host_transaction none{h.raw()};
  auto ledger = o.store->within(none);
  const auto said = ledger.load({});
  REQUIRE(!said);
  CHECK(said.error().code == error::unsupported_isolation);
  CHECK(d.row().seq == 1);
}

TEST_CASE("an account loaded in a host's transaction is the host's until that ends") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  const host h;
  REQUIRE(h.run("BEGIN"));
  postgres::host_transaction transaction{h.raw()};
  auto ledger = o.store->within(transaction);
  const auto loaded = ledger.load({.wants = {{.account = d.id}}});
  REQUIRE(loaded);
  std::atomic<bool> done{false};
  std::thread other{[&] {
    d.must(grant_request{.amount = whole(1), .key = "other"});
    done = true;
  }};
  const auto waits = [&] {
    return o.schema.number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0;
  };
  while (!waits() && !done) std::this_thread::yield();
  CHECK(!done);
  CHECK(transact(ledger,
                 to_command(grant_request{.account = d.id, .amount = whole(2), .key = "host"}),
                 rules)
            .has_value());
  REQUIRE(h.run("COMMIT"));
  other.join();
  CHECK(d.row().available == whole(103));
  o.expect_no_faults();
}

}  // namespace
}  // namespace tollgate::test
