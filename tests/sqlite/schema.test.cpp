// SPDX-License-Identifier: BSL-1.0
#include <tollgate/sqlite/migrate.hpp>

#include <sqlite/shop.hpp>
#include <support/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::test {
namespace {

using sqlite::detail::connection;
using sqlite::detail::migrate;
using sqlite::detail::read_schema;

void open_file(connection& c, const folder& files) {
  c.open({.path = files.file(), .safety = sqlite::durability::off, .writes = true});
  REQUIRE(c.ok());
}
const std::vector<sqlite::migration> known{std::begin(sqlite::migrations),
                                           std::end(sqlite::migrations)};

TEST_CASE("migrating again changes nothing") {
  folder files;
  connection c;
  open_file(c, files);
  REQUIRE(migrate(c).has_value());
  const auto before = c.number("PRAGMA schema_version");
  REQUIRE(migrate(c).has_value());
  CHECK(c.number("PRAGMA schema_version") == before);
  CHECK(read_schema(c).version == known.back().version);
  CHECK(c.ok());
}

TEST_CASE("versions of the schema are numbered without a gap") {
  std::int64_t version = 0;
  for (const sqlite::migration& step : known) {
    CHECK(step.version == ++version);
    CHECK(step.min_reader <= step.version);
  }
}

TEST_CASE("a file of an older version is brought up to date, and keeps what it has") {
  folder files;
  {
    connection c;
    open_file(c, files);
    REQUIRE(migrate(c, {known.data(), 1}).has_value());
    CHECK(read_schema(c).version == 1);
    c.script(
        "INSERT INTO tollgate_limits(account, max_in_flight, weight)"
        " VALUES (x'00000000000000010000000000000001', 3, 2)");
    REQUIRE(c.ok());
  }
  const auto store = open_store({.path = files.file()});
  const auto queue = store->queue(user(1), "render");
  REQUIRE(queue.has_value());
  CHECK(queue->max_in_flight == 3);
  connection c;
  open_file(c, files);
  CHECK(read_schema(c).version == known.back().version);
}

TEST_CASE("a program opens a file of a later one, if that one allows it") {
  folder files;
  connection c;
  open_file(c, files);
  std::vector<sqlite::migration> later = known;
  const std::int64_t next = known.back().version + 1;
  later.push_back({next, known.back().version, "CREATE TABLE tollgate_later (a INTEGER) STRICT;"});
  REQUIRE(migrate(c, later).has_value());
  const auto store = sqlite::store::open({.path = files.file()});
  REQUIRE(store.has_value());
  CHECK(shop{**store}.open(user(1), 5_cr).has_value());
  CHECK(read_schema(c).version == next);
}

TEST_CASE("a file that asks for a later program is refused and left alone") {
  folder files;
  connection c;
  open_file(c, files);
  std::vector<sqlite::migration> later = known;
  const std::int64_t next = known.back().version + 1;
  later.push_back({next, next, "DROP TABLE tollgate_limits;"});
  REQUIRE(migrate(c, later).has_value());
  const auto before = c.number("PRAGMA schema_version");
  const auto store = sqlite::store::open({.path = files.file()});
  REQUIRE_FALSE(store.has_value());
  CHECK(store.error().code == error::storage_unavailable);
  CHECK(store.error().place == "tollgate_meta");
  CHECK(c.number("PRAGMA schema_version") == before);
}

TEST_CASE("a migration that fails leaves the file as it was") {
  folder files;
  connection c;
  open_file(c, files);
  REQUIRE(migrate(c).has_value());
  std::vector<sqlite::migration> broken = known;
  broken.push_back({known.back().version + 1, 1,
                    "CREATE TABLE tollgate_half (a INTEGER) STRICT; CREATE NONSENSE;"});
  const auto done = migrate(c, broken);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == error::storage_unavailable);
  CHECK(read_schema(c).version == known.back().version);
  CHECK_FALSE(c.is_there("SELECT 1 FROM sqlite_schema WHERE name = 'tollgate_half'"));
  CHECK(c.ok());
}

TEST_CASE("many who open a new file at once agree") {
  for (int round = 0; round < 5; ++round) {
    folder files;
    std::atomic<int> opened{0};
    std::vector<std::thread> all;
    for (int n = 0; n < 6; ++n) {
      all.emplace_back([&] {
        if (sqlite::store::open({.path = files.file()})) ++opened;
      });
    }
    for (std::thread& t : all) t.join();
    CHECK(opened == 6);
  }
}

TEST_CASE("a file that is no database is refused with a reason") {
  folder files;
  {
    connection c;
    open_file(c, files);
    c.script("CREATE TABLE other (a INTEGER)");
  }
  CHECK(sqlite::store::open({.path = files.file()}).has_value());  // tables of others may be there
  std::filesystem::remove(files.file());
  const auto missing = sqlite::store::open({.path = files.file("no/such/folder/store.db")});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == error::storage_unavailable);
  CHECK_FALSE(missing.error().reason.empty());
  std::string nonsense(8'192, 'x');
  if (std::FILE* f = std::fopen(files.file("text.db").c_str(), "wb")) {
    std::fwrite(nonsense.data(), 1, nonsense.size(), f);
    std::fclose(f);
  }
  const auto text = sqlite::store::open({.path = files.file("text.db")});
  REQUIRE_FALSE(text.has_value());
  CHECK(text.error().code == error::corrupt_record);
}

/// What a process without the rights of root is told when it opens a file: 0 if that is as it
/// should be.
int open_without_rights(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65'534) != 0) _exit(3);
    const auto store = sqlite::store::open({.path = path});
    const bool told =
        !store && store.error().code == error::storage_unavailable && !store.error().reason.empty();
    _exit(told ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("a directory or a file that may only be read is refused with a reason") {
  namespace fs = std::filesystem;
  folder files;
  const fs::path place = fs::path{files.file()}.parent_path();
  {
    const auto store = open_store({.path = files.file()});
    REQUIRE(shop{*store}.open(user(1), 5_cr).has_value());
  }
  constexpr auto readable = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
  constexpr auto enterable = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  fs::permissions(files.file(), readable);
  fs::permissions(place, readable | enterable);
  CHECK(open_without_rights(files.file()) == 0);
  CHECK(open_without_rights(files.file("new.db")) == 0);
  fs::permissions(place, fs::perms::owner_all);
  fs::permissions(files.file(), readable | fs::perms::owner_write);
  const auto store = open_store({.path = files.file()});  // nothing was harmed
  CHECK(shop{*store}.discrepancies().empty());
}

TEST_CASE("nobody changes or drops an operation") {
  folder files;
  const auto store = open_store({.path = files.file()});
  const shop here{*store};
  REQUIRE(here.open(user(1), 5_cr).has_value());
  connection c;
  open_file(c, files);
  for (const char* text :
       {"UPDATE tollgate_operations SET moved = moved + 1", "DELETE FROM tollgate_operations"}) {
    c.script(text);
    REQUIRE_FALSE(c.ok());
    CHECK(c.take_failure().reason.find("an operation is never") != std::string::npos);
  }
  CHECK(here.discrepancies().empty());
}

TEST_CASE("a row that breaks an invariant is not written, and nothing beside it") {
  folder files;
  const auto store = open_store({.path = files.file()});
  const shop here{*store};
  REQUIRE(here.open(user(1), 5_cr).has_value());
  REQUIRE(here.open(user(2), 5_cr).has_value());
  const auto decide_grant = [&](account_id who) {
    const command c = to_command(grant_request{.account = who, .amount = 3_cr, .key = "grant"});
    auto loaded = store->load({.wants = {want_for(c)}});
    return *decide(loaded->accounts.front(), c, loaded->now, here.rules).write;
  };
  std::vector<unit> units{decide_grant(user(1)), decide_grant(user(2))};
  units.back().ledger->lots.front().spent += 1_cr;  // credits out of nothing
  const auto done = store->commit(units);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == error::corrupt_record);
  CHECK(store->audit(user(1))->operations.size() == 1);
  CHECK(store->audit(user(2))->operations.size() == 1);
  units.back().ledger->lots.front().spent -= 1_cr;
  CHECK(store->commit(units).has_value());
  CHECK(here.discrepancies().empty());
}

TEST_CASE("a number that its member cannot hold is a fault of the record and not another number") {
  folder files;
  const auto store = open_store({.path = files.file()});
  const shop here{*store};
  REQUIRE(here.open(user(1), 5_cr).has_value());
  connection c;
  open_file(c, files);
  c.script("UPDATE tollgate_lots SET priority = 70000");  // read as 16 bits it would be 4464
  REQUIRE(c.ok());
  const auto read = store->audit(user(1));
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == error::corrupt_record);
}

TEST_CASE("people read the journal line by line") {
  folder files;
  const auto store = open_store({.path = files.file()});
  const shop here{*store};
  REQUIRE(here.open(user(1), 500_cr).has_value());
  REQUIRE(here.confirm(user(1), "order").has_value());
  REQUIRE(here.work() == 2);
  connection c;
  open_file(c, files);
  const std::vector<entry> wanted = store->audit(user(1))->entries;
  REQUIRE(wanted.size() > 4);
  std::size_t n = 0;
  c.for_each("SELECT code, lot, amount FROM tollgate_entries ORDER BY seq, n",
             [&](sqlite::detail::row_reader& row) {
               REQUIRE(n < wanted.size());
               CHECK(row.bytes() == to_string(wanted[n].code));
               CHECK(row.get<lot_id>() == wanted[n].lot);
               CHECK(row.get<credits>() == wanted[n].amount);
               ++n;
             });
  CHECK(n == wanted.size());
  CHECK(c.number("SELECT sum(amount) FROM tollgate_entries") == 0);
}

}  // namespace
}  // namespace tollgate::test
