// SPDX-License-Identifier: BSL-1.0
#pragma once
// Brings the schema to the version this library writes, and says whether a program may use it.

#include <tollgate/core/result.hpp>
#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/parameters.hpp>
#include <tollgate/postgres/schema.hpp>
#include <tollgate/postgres/statement.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::postgres {

/// Where a schema stands. 0: there is none.
struct schema_version {
  int version{};
  int min_reader{};  // programs whose newest step is older must not use it
};

/// The SQL of every step after `from`, for a migration tool of the host's own. Run it in one
/// transaction. Each step notes itself in the table `migration`.
[[nodiscard]] inline std::string schema_sql(std::string_view schema, int from = 0,
                                            std::span<const migration> steps = migrations()) {
  std::string sql;
  if (from == 0) {
    sql +=
        "CREATE SCHEMA IF NOT EXISTS {schema};\n"
        "CREATE TABLE IF NOT EXISTS {schema}.migration (\n"
        "  version int PRIMARY KEY,\n"
        "  min_reader int NOT NULL,\n"
        "  applied_at timestamptz NOT NULL DEFAULT now()\n"
        ");\n";
  }
  for (const migration& step : steps) {
    if (step.version <= from) continue;
    sql += step.sql;
    sql += "\nINSERT INTO {schema}.migration (version, min_reader) VALUES (" +
           std::to_string(step.version) + ", " + std::to_string(step.min_reader) + ");\n";
  }
  return in_schema(sql, postgres::quoted(schema));
}

/// Where the schema of this name stands now.
[[nodiscard]] inline result<schema_version> read_version(connection& c, std::string_view schema) {
  // Not to_regclass: it may answer from a cache that has not heard what others committed.
  const std::string table = postgres::quoted(schema) + ".migration";
  auto there = c.run({.text = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 "
                              "AND tablename = 'migration')"},
                     parameters{}.text(schema));
  if (!there) return refuse(std::move(there.error()));
  if (!there->get<bool>(0, 0)) return schema_version{};
  auto answer = c.run({.text = "SELECT coalesce(max(version), 0)::int4, "
                               "coalesce(max(min_reader), 0)::int4 FROM " +
                               table},
                      {});
  if (!answer) return refuse(std::move(answer.error()));
  return schema_version{.version = answer->get<std::int32_t>(0, 0),
                        .min_reader = answer->get<std::int32_t>(0, 1)};
}

/// Nothing where a program with these steps can use the schema: it has them all, and what it has
/// beyond them does not hurt. So a schema is migrated first and the programs replaced after it, one
/// by one. Errors: `storage_unavailable` at "postgres/schema".
[[nodiscard]] inline result<void> check_version(const schema_version& found,
                                                std::span<const migration> steps = migrations()) {
  const int own = steps.empty() ? 0 : steps.back().version;
  const auto no = [&](std::string why) {
    return refuse(error::storage_unavailable, "postgres/schema",
                  "the schema is version " + std::to_string(found.version) + ", " + std::move(why) +
                      " " + std::to_string(own));
  };
  if (found.version < own) return no("to be migrated (postgres::migrate) to");
  if (found.min_reader > own) {
    return no("for programs from version " + std::to_string(found.min_reader) + " on, not");
  }
  return {};
}

/// Makes the schema, or brings it to the newest step, in one transaction (the one that is open, if
/// one is). May be run by any number of programs at once and again: one does it, the others find it
/// done. Where nothing is to be done it needs no right to do it. The connection's `answer_timeout`
/// must suffice for the longest step. Answers where the schema stands.
[[nodiscard]] inline result<schema_version> migrate(
    connection& c, std::string_view schema, std::span<const migration> steps = migrations()) {
  auto found = read_version(c, schema);
  if (!found) return found;
  const int own = steps.empty() ? 0 : steps.back().version;
  if (found->version < own) {
    const bool joined = c.in_transaction();
    const auto step_by_step = [&]() -> result<void> {
      if (!joined) {
        if (auto begun = c.script("BEGIN ISOLATION LEVEL READ COMMITTED"); !begun) return begun;
      }
      // Ends with the transaction: nothing stays behind in a session, a pooler's neither.
      auto lock =
          c.run({.text = "SELECT pg_advisory_xact_lock(hashtextextended('tollgate ' || $1, 0))"},
                parameters{}.text(schema));
      if (!lock) return refuse(std::move(lock.error()));
      found = read_version(c, schema);
      if (!found) return refuse(found.error());
      if (found->version < own) {
        auto done = c.script(schema_sql(schema, found->version, steps));
        if (!done) return done;
        found = read_version(c, schema);
        if (!found) return refuse(found.error());
      }
      return joined ? result<void>{} : c.script("COMMIT");
    };
    if (auto done = step_by_step(); !done) {
      if (!joined && c.in_transaction()) static_cast<void>(c.script("ROLLBACK"));
      return refuse(std::move(done.error()));
    }
  }
  if (auto usable = check_version(*found, steps); !usable) return refuse(usable.error());
  return found;
}

}  // namespace tollgate::postgres
