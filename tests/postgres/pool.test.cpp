// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/pool.hpp>

#include <support/catch.hpp>
#include <support/postgres.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate;
using tests::backend;
using tollgate::postgres::connection;
using tollgate::postgres::parameters;
using tollgate::postgres::pool;
using tollgate::postgres::settings;

namespace {

settings how(std::size_t connections, duration lease_timeout = seconds(10)) {
  auto s = tests::postgres_settings();
  s.connections = connections;
  s.lease_timeout = lease_timeout;
  return s;
}

}  // namespace

TEST_CASE("a connection that was given back is used again") {
  pool shared{how(2)};
  std::int32_t served = 0;
  {
    auto c = shared.take();
    REQUIRE(c);
    served = backend(**c);
  }
  auto again = shared.take();
  REQUIRE(again);
  CHECK(backend(**again) == served);
  auto other = shared.take();
  REQUIRE(other);
  CHECK(backend(**other) != served);
}

TEST_CASE("who finds every connection in use waits, but not for ever") {
  pool shared{how(1, milliseconds(50))};
  auto c = shared.take();
  REQUIRE(c);
  auto refused = shared.take();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error::busy);
}

TEST_CASE("many threads share a few connections") {
  pool shared{how(3)};
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> done{0};
  {
    std::vector<std::jthread> threads;
    for (int n = 0; n < 8; ++n) {
      threads.emplace_back([&] {
        for (int round = 0; round < 20; ++round) {
          auto c = shared.take();
          if (!c) return;
          const int now = ++inside;
          int before = most.load();
          while (before < now && !most.compare_exchange_weak(before, now)) {
          }
          if ((*c)->run({.text = "SELECT 1"}, {})) ++done;
          --inside;
        }
      });
    }
  }
  CHECK(done == 160);
  CHECK(most <= 3);
}

TEST_CASE("a connection that broke, in use or idle, is replaced") {
  pool shared{how(1)};
  std::int32_t before = 0;
  {
    auto c = shared.take();
    REQUIRE(c);
    before = backend(**c);
    CHECK_FALSE((*c)->run({.text = "SELECT pg_terminate_backend(pg_backend_pid())"}, {}));
  }
  std::int32_t after = 0;
  {
    auto c = shared.take();
    REQUIRE(c);
    after = backend(**c);
  }
  CHECK(after != before);
  pool others{how(1)};
  REQUIRE((*others.take())
              ->run({.text = "SELECT pg_terminate_backend($1, 5000)"}, parameters{}.put(after)));
  auto c = shared.take();
  REQUIRE(c);
  CHECK(backend(**c) != after);
}

TEST_CASE("a transaction that somebody left open goes back to nobody") {
  pool shared{how(1)};
  std::int32_t before = 0;
  {
    auto c = shared.take();
    REQUIRE(c);
    before = backend(**c);
    REQUIRE((*c)->script("BEGIN"));
  }
  auto c = shared.take();
  REQUIRE(c);
  CHECK(backend(**c) != before);
  CHECK_FALSE((*c)->in_transaction());
}

TEST_CASE("a place in the pool is not lost with a server that cannot be reached") {
  settings nowhere{.conninfo = "host=/nowhere dbname=none", .tries = 1, .connections = 1};
  nowhere.lease_timeout = milliseconds(50);
  pool shared{nowhere};
  for (int n = 0; n < 3; ++n) {
    auto c = shared.take();
    REQUIRE_FALSE(c);
    CHECK(c.error().code == error::storage_unavailable);
  }
}

TEST_CASE("of several hosts the one that can be written to is used") {
  // The first does not exist, the second is the server: what a failover looks like.
  const std::string& conninfo = tests::postgres_conninfo();
  auto c = connection::open({.conninfo = conninfo, .tries = 1});
  REQUIRE(c);
  const std::string host = PQhost(c->raw());
  auto found = connection::open({.conninfo = conninfo + " host=/nowhere," + host +
                                             " port=" + PQport(c->raw()) + "," + PQport(c->raw()),
                                 .tries = 1});
  REQUIRE(found);
  CHECK(PQhost(found->raw()) == host);
  // One that only reads is refused.
  const auto standby = connection::open(
      {.conninfo = conninfo + " options='-c default_transaction_read_only=on'", .tries = 1});
  REQUIRE_FALSE(standby);
  CHECK(standby.error().code == error::storage_unavailable);
}
