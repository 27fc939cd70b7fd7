// SPDX-License-Identifier: BSL-1.0
#pragma once
// One connection to a file: prepared statements that are kept, and SQLite's errors as failures.

#include <tollgate/core/result.hpp>
#include <tollgate/sqlite/columns.hpp>
#include <tollgate/sqlite/statements.hpp>

#include <sqlite3.h>

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::sqlite {

/// How much of a power cut an acknowledged commit survives; a crash of the program never costs one.
enum class durability : std::uint8_t {
  full,    // synchronous=FULL: everything acknowledged
  normal,  // synchronous=NORMAL: perhaps not the last moments; the file stays sound
  off,     // synchronous=OFF: the file itself may be lost; for tests
};

namespace detail {

/// What SQLite's answer means to a caller.
[[nodiscard]] inline error error_of(int code) noexcept {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return error::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: return error::corrupt_record;
    default: return error::storage_unavailable;
  }
}

/// Where the row a statement stands on was read: "table/id", or the table alone where the row
/// begins with no id.
[[nodiscard]] inline std::string place_of_row(sqlite3_stmt* statement) {
  constexpr std::string_view before{"FROM "};
  std::string_view table{sqlite3_sql(statement)};
  const auto at = table.find(std::string{before} + "tollgate_");
  if (at == std::string_view::npos) return "sqlite";
  table.remove_prefix(at + before.size());
  std::string place{table.substr(0, table.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"))};
  for (int n = 0; n < sqlite3_column_count(statement); ++n) {
    if (sqlite3_column_type(statement, n) != SQLITE_BLOB) continue;
    const auto* bytes = static_cast<const unsigned char*>(sqlite3_column_blob(statement, n));
    if (sqlite3_column_bytes(statement, n) != 16) continue;
    uuid id{};
    for (int byte = 0; byte < 8; ++byte) {
      id.high = id.high << 8U | bytes[byte];
      id.low = id.low << 8U | bytes[byte + 8];
    }
    return place + "/" + to_string(id);
  }
  return place;
}

/// A connection of its own. The first failure sticks: what is asked after it does nothing, so that
/// a step asks `ok()` once, at its end. Not thread-safe.
class connection {
 public:
  /// The rows of one use of a statement.
  class rows {
   public:
    rows(connection& c, sqlite3_stmt* statement) noexcept : c_{c}, statement_{statement} {}
    rows(const rows&) = delete;
    rows& operator=(const rows&) = delete;
    ~rows() {
      if (statement_ != nullptr) sqlite3_reset(statement_);
    }
    /// Steps to the next row, if there is one.
    [[nodiscard]] bool next() { return statement_ != nullptr && c_.step(statement_); }
    /// Decodes the row: `decode(reader)`; what it finds wrong fails the connection.
    template <class Decode>
    void decode(Decode&& with) {
      row_reader reader{statement_};
      with(reader);
      if (!reader.good()) {
        c_.fail(SQLITE_CORRUPT, "a row that nobody wrote", place_of_row(statement_));
      }
    }
    /// The same where one row must not fail the rest: the place of one that is damaged.
    template <class Decode>
    [[nodiscard]] std::optional<std::string> damage_in(Decode&& with) {
      row_reader reader{statement_};
      with(reader);
      if (reader.good()) return std::nullopt;
      return place_of_row(statement_);
    }
    /// The first column of the next row.
    template <class T>
    [[nodiscard]] std::optional<T> value() {
      if (!next()) return std::nullopt;
      std::optional<T> read;
      decode([&](row_reader& r) { read = r.get<T>(); });
      return read;
    }

   private:
    connection& c_;
    sqlite3_stmt* statement_;
  };

  struct settings {
    std::string path{};
    durability safety{durability::full};
    duration busy_timeout{seconds(5)};
    std::size_t cache_bytes{std::size_t{8} << 20U};
    bool writes{};
  };

  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() {
    for (sqlite3_stmt* s : statements_) sqlite3_finalize(s);
    sqlite3_close(db_);
  }

  /// Opens or makes the file. Ask `ok()`.
  void open(const settings& how) {
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(how.path.c_str(), &db_, flags, nullptr);
    if (code != SQLITE_OK) return fail(code, db_ == nullptr ? "no memory" : sqlite3_errmsg(db_));
    sqlite3_extended_result_codes(db_, 1);
    const std::int64_t millis = how.busy_timeout.microseconds / 1'000;
    sqlite3_busy_timeout(db_, static_cast<int>(millis > 0x7fffffff ? 0x7fffffff : millis));
    use_wal();
    script(how.safety == durability::full     ? "PRAGMA synchronous = FULL"
           : how.safety == durability::normal ? "PRAGMA synchronous = NORMAL"
                                              : "PRAGMA synchronous = OFF");
    script("PRAGMA cache_size = -" + std::to_string(how.cache_bytes / 1'024 + 1));
    // Pages that many commits touch are copied to the file once, not every 1,000 pages.
    script("PRAGMA wal_autocheckpoint = 8000");
    script(how.writes ? "PRAGMA query_only = 0" : "PRAGMA query_only = 1");
  }

  [[nodiscard]] bool ok() const noexcept { return !failure_.has_value(); }
  /// The failure that sticks; the connection is as good as new afterwards. Precondition: !ok().
  [[nodiscard]] failure take_failure() {
    failure f = std::move(*failure_);
    failure_.reset();
    return f;
  }
  /// Records that a row breaks an invariant.
  void corrupt(std::string place, std::string reason) {
    if (ok()) failure_ = make_failure(error::corrupt_record, std::move(place), std::move(reason));
  }

  /// Runs a statement to its end.
  template <class... Values>
  bool run(sql what, const Values&... values) {
    sqlite3_stmt* s = prepared(what, values...);
    if (s == nullptr) return false;
    const bool more = step(s);
    assert(!more || !ok());
    static_cast<void>(more);
    sqlite3_reset(s);
    return ok();
  }
  /// Starts a statement that answers rows. Values that are texts must outlive them.
  template <class... Values>
  [[nodiscard]] rows select(sql what, const Values&... values) {
    return {*this, prepared(what, values...)};
  }
  /// How many rows the last statement changed.
  [[nodiscard]] std::int64_t changes() const noexcept { return sqlite3_changes64(db_); }
  [[nodiscard]] std::int64_t last_row() const noexcept { return sqlite3_last_insert_rowid(db_); }

  bool begin(sql how) { return run(how); }
  /// Ends the transaction: everything in it stays if this answers true; if not, nothing does, but
  /// for a failure that says `outcome_unknown`.
  bool commit() {
    if (ok() && run(sql::commit)) return true;
    roll_back();
    return false;
  }
  /// Undoes the transaction; keeps the failure that sticks.
  void roll_back() {
    if (db_ == nullptr || sqlite3_get_autocommit(db_) != 0) return;
    std::optional<failure> first = std::exchange(failure_, std::nullopt);
    run(sql::rollback);
    if (first) failure_ = std::move(first);
  }

  /// Runs texts that are not kept: pragmas and migrations.
  void script(const std::string& text) {
    if (!ok()) return;
    const int code = sqlite3_exec(db_, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code, sqlite3_errmsg(db_));
  }
  /// The first number a text that is not kept answers; 0 for none.
  [[nodiscard]] std::int64_t number(const std::string& text) {
    std::int64_t found = 0;
    first_of(text, [&](row_reader& r) { found = r.get<std::int64_t>(); });
    return found;
  }
  [[nodiscard]] bool is_there(const std::string& text) {
    bool found = false;
    first_of(text, [&](row_reader&) { found = true; });
    return found;
  }
  /// Calls `each(reader)` for every row of a text that is not kept.
  template <class Each>
  void for_each(const std::string& text, Each&& each) {
    if (!ok()) return;
    sqlite3_stmt* s = nullptr;
    const int code = sqlite3_prepare_v2(db_, text.c_str(), -1, &s, nullptr);
    if (code != SQLITE_OK) return fail(code, sqlite3_errmsg(db_));
    while (step(s)) {
      row_reader reader{s};
      each(reader);
    }
    sqlite3_finalize(s);
  }

 private:
  /// Two programs that turn a new file to WAL at once stand in each other's way, and SQLite does
  /// not wait there.
  void use_wal() {
    for (int tries = 100; tries > 0; --tries) {
      script("PRAGMA journal_mode = WAL");
      if (ok() || failure_->code != error::busy || tries == 1) return;
      failure_.reset();
      sqlite3_sleep(10);
    }
  }

  template <class Take>
  void first_of(const std::string& text, Take&& take) {
    bool first = true;
    for_each(text, [&](row_reader& r) {
      if (std::exchange(first, false)) take(r);
    });
  }

  template <class... Values>
  [[nodiscard]] sqlite3_stmt* prepared(sql what, const Values&... values) {
    if (!ok()) return nullptr;
    sqlite3_stmt*& s = statements_[static_cast<std::size_t>(what)];
    if (s == nullptr) {
      const std::string& text = text_of(what);
      const int code = sqlite3_prepare_v3(db_, text.data(), static_cast<int>(text.size()),
                                          SQLITE_PREPARE_PERSISTENT, &s, nullptr);
      if (code != SQLITE_OK) {
        fail(code, sqlite3_errmsg(db_));
        return nullptr;
      }
    }
    assert(sqlite3_stmt_busy(s) == 0);  // one use at a time
    [[maybe_unused]] binder to{s};
    (to.bind(values), ...);
    in_commit_ = what == sql::commit;
    return s;
  }
  /// True: a row. A failure resets nothing; the transaction is undone by whoever began it.
  [[nodiscard]] bool step(sqlite3_stmt* s) {
    const int code = sqlite3_step(s);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) {
      fail(code, sqlite3_errmsg(db_));
      sqlite3_reset(s);
    }
    return false;
  }
  void fail(int code, std::string_view reason, std::string place = "sqlite") {
    if (!ok()) return;
    error said = error_of(code);
    // The frames of a commit may have reached the file before the sync of it failed: after a crash
    // SQLite would find them whole. Nobody may be told that nothing happened.
    if (in_commit_ && (code & 0xff) == SQLITE_IOERR) said = error::outcome_unknown;
    failure_ = make_failure(said, std::move(place), std::string{reason});
  }

  sqlite3* db_{};
  bool in_commit_{};
  std::optional<failure> failure_{};
  std::array<sqlite3_stmt*, sql_count> statements_{};
};

}  // namespace detail

}  // namespace tollgate::sqlite
