// SPDX-License-Identifier: BSL-1.0
#pragma once
// A schema in PostgreSQL that ours and the hand-written statements beside this file both use.

#include <shop.hpp>

#include <tollgate/postgres/migrate.hpp>
#include <tollgate/postgres/store.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace bench {

[[nodiscard]] inline std::unique_ptr<postgres::store> open_store(const arguments& from,
                                                                 std::size_t connections) {
  postgres::options how;
  how.server.conninfo = from.text("conninfo");
  how.server.connections = connections;
  how.schema = from.text("schema");
  return must(postgres::store::open(std::move(how)), "open");
}

/// Migrates the schema and opens its accounts.
inline void prepare(const arguments& from) {
  auto c = must(postgres::connection::open({.conninfo = from.text("conninfo")}), "connect");
  static_cast<void>(must(postgres::migrate(c, from.text("schema")), "migrate"));
  open_accounts(*open_store(from, 2), static_cast<std::uint64_t>(from.number("accounts", 10'000)));
}

}  // namespace bench
