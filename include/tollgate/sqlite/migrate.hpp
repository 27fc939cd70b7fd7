// SPDX-License-Identifier: BSL-1.0
#pragma once
// How a file is brought up to date by whoever opens it.

#include <tollgate/core/result.hpp>
#include <tollgate/sqlite/connection.hpp>
#include <tollgate/sqlite/schema.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace tollgate::sqlite::detail {

[[nodiscard]] inline tl::unexpected<failure> too_new(std::int64_t min_reader, std::int64_t known) {
  return refuse(error::storage_unavailable, "tollgate_meta",
                "the file asks for version " + std::to_string(min_reader) +
                    " of its schema, this program knows " + std::to_string(known));
}

struct schema_state {
  std::int64_t version{};  // 0: nothing there yet
  std::int64_t min_reader{};
};

[[nodiscard]] inline schema_state read_schema(connection& c) {
  schema_state found{};
  if (!c.is_there("SELECT 1 FROM sqlite_schema WHERE name = 'tollgate_meta'")) return found;
  found.version = c.number("SELECT value FROM tollgate_meta WHERE name = 'version'");
  found.min_reader = c.number("SELECT value FROM tollgate_meta WHERE name = 'min_reader'");
  return found;
}

/// Applies what a file lacks of `steps`, in one transaction; two programs may do so at once, and
/// the second finds nothing left to do. A file of a later program is left alone, and used if its
/// min_reader allows.
[[nodiscard]] inline result<void> migrate(connection& c,
                                          std::span<const migration> steps = migrations) {
  const std::int64_t known = steps.back().version;
  schema_state found = read_schema(c);
  if (!c.ok()) return refuse(c.take_failure());
  if (found.min_reader > known) return too_new(found.min_reader, known);
  if (found.version >= known) return {};
  if (!c.begin(sql::begin_write)) return refuse(c.take_failure());
  found = read_schema(c);  // somebody else may have been faster
  if (found.min_reader > known) {
    c.roll_back();
    return too_new(found.min_reader, known);
  }
  if (found.version == 0) {
    c.script(
        "CREATE TABLE IF NOT EXISTS tollgate_meta (name TEXT NOT NULL PRIMARY KEY,"
        " value INTEGER NOT NULL) STRICT, WITHOUT ROWID;");
  }
  for (const migration& step : steps) {
    if (step.version <= found.version) continue;
    c.script(std::string{step.text});
    c.script("REPLACE INTO tollgate_meta(name, value) VALUES ('version', " +
             std::to_string(step.version) + "), ('min_reader', " + std::to_string(step.min_reader) +
             ");");
  }
  if (!c.commit()) return refuse(c.take_failure());
  return {};
}

}  // namespace tollgate::sqlite::detail
