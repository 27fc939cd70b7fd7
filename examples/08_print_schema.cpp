// SPDX-License-Identifier: BSL-1.0
// The SQL of the migrations, for hosts that have a migration tool of their own and let no library
// change their database. Asks no server. Every step notes itself in the table `migration`, so that
// a store finds the schema migrated, whoever did it.
//   08_print_schema [--schema NAME] [--from VERSION]     what comes after VERSION, as one script
//   08_print_schema [--schema NAME] --into FOLDER        one file per step: V0001__tollgate.sql
#include <tollgate/postgres/migrate.hpp>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace {

namespace postgres = tollgate::postgres;

struct options {
  std::string schema{"tollgate"};
  int from{};
  std::string into{};
};

std::optional<int> version_of(std::string_view text) {
  int version = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (fault != std::errc{} || end != text.data() + text.size() || version < 0) return std::nullopt;
  return version;
}

std::optional<options> read_options(int count, char** words) {
  options o;
  for (int n = 1; n < count; n += 2) {
    const std::string_view name{words[n]};
    if (n + 1 == count) return std::nullopt;
    const std::string value{words[n + 1]};
    if (name == "--schema") {
      o.schema = value;
    } else if (name == "--into") {
      o.into = value;
    } else if (const auto from = version_of(value); name == "--from" && from) {
      o.from = *from;
    } else {
      return std::nullopt;
    }
  }
  if (o.schema.empty()) return std::nullopt;
  return o;
}

/// One file for every step after `from`. A step that was released never changes: what is written
/// again is what is there.
bool write_files(const options& o) {
  const auto steps = postgres::migrations();
  for (std::size_t n = 0; n < steps.size(); ++n) {
    const int version = steps[n].version;
    if (version <= o.from) continue;
    std::string number = std::to_string(version);
    number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0');
    const auto path = std::filesystem::path{o.into} / ("V" + number + "__tollgate.sql");
    std::ofstream file{path};
    // The first steps up to this one, after the one before it: this one alone.
    const int before = n == 0 ? 0 : steps[n - 1].version;
    file << postgres::schema_sql(o.schema, before, steps.first(n + 1));
    file.close();
    if (!file) {
      std::fprintf(stderr, "%s: cannot be written\n", path.c_str());
      return false;
    }
    std::printf("%s\n", path.c_str());
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  const auto o = read_options(count, words);
  if (!o) {
    std::fputs("usage: 08_print_schema [--schema NAME] [--from VERSION] [--into FOLDER]\n", stderr);
    return 2;
  }
  if (!o->into.empty()) return write_files(*o) ? 0 : 1;
  // The transaction is the caller's: `psql --single-transaction -v ON_ERROR_STOP=1`.
  const std::string sql = postgres::schema_sql(o->schema, o->from);
  std::fwrite(sql.data(), 1, sql.size(), stdout);
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 ? 0 : 1;
}
