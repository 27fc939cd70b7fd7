// SPDX-License-Identifier: BSL-1.0
// No statement looks through a table: every one goes straight to its rows by an index.
#include <tollgate/sqlite/migrate.hpp>

#include <sqlite/folder.hpp>
#include <support/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::sqlite::detail {
namespace {

/// How SQLite goes about a statement, step by step.
std::vector<std::string> plan_of(connection& c, sql what) {
  std::vector<std::string> steps;
  c.for_each("EXPLAIN QUERY PLAN " + text_of(what), [&](row_reader& row) {
    for (int column = 0; column < 3; ++column) static_cast<void>(row.get<int>());
    steps.emplace_back(row.bytes());
  });
  return steps;
}
bool has(const std::vector<std::string>& steps, std::string_view words) {
  return std::any_of(steps.begin(), steps.end(),
                     [&](const std::string& s) { return s.find(words) != std::string::npos; });
}

TEST_CASE("no statement scans a table") {
  test::folder files;
  connection c;
  c.open({.path = files.file(), .writes = true});
  REQUIRE(migrate(c).has_value());
  for (std::size_t n = 0; n < sql_count; ++n) {
    const auto what = static_cast<sql>(n);
    REQUIRE_FALSE(text_of(what).empty());
    if (what <= sql::rollback) continue;
    const auto steps = plan_of(c, what);
    std::string told = text_of(what);
    for (const std::string& s : steps) told += "\n  " + s;
    INFO(told);
    REQUIRE(c.ok());
    CHECK_FALSE(has(steps, "AUTOMATIC"));
    for (const std::string& s : steps) {
      // What stands in brackets is made on the spot; `newest` is the one newest job of an item.
      const bool scans = s.rfind("SCAN ", 0) == 0 && s.rfind("SCAN (", 0) != 0 &&
                         s != "SCAN newest" && s != "SCAN CONSTANT ROW";
      CHECK_FALSE(scans);
    }
  }
}

TEST_CASE("what the queue and the draw order need next is read in the order of an index") {
  test::folder files;
  connection c;
  c.open({.path = files.file(), .writes = true});
  REQUIRE(migrate(c).has_value());
  for (const sql what :
       {sql::lots_drawable, sql::lines, sql::scheduled, sql::polls, sql::starts, sql::due,
        sql::jobs_listed, sql::jobs_of_item, sql::history, sql::accounts, sql::live_job_of_item}) {
    const auto steps = plan_of(c, what);
    std::string told = text_of(what);
    for (const std::string& s : steps) told += "\n  " + s;
    INFO(told);
    CHECK_FALSE(steps.empty());
    CHECK_FALSE(has(steps, "TEMP B-TREE"));
  }
}

}  // namespace
}  // namespace tollgate::sqlite::detail
