// SPDX-License-Identifier: BSL-1.0
// Rows of SQLite with values that nobody wrote in any of their columns: what is read is what the
// row holds, or the row is a fault.
#include <fuzz/fuzz.hpp>

#include <tollgate/sqlite/records.hpp>

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tollgate::fuzz {
namespace {

namespace sq = tollgate::sqlite::detail;
using provider = FuzzedDataProvider;

/// `SELECT ?1, ?2, ...`: what is bound comes back as a row.
class echo {
 public:
  explicit echo(std::size_t columns) {
    std::string text{"SELECT ?"};
    while (--columns > 0) text += ", ?";
    static sqlite3* db = [] {
      sqlite3* opened = nullptr;
      must(sqlite3_open(":memory:", &opened) == SQLITE_OK, "SQLite opens in memory");
      return opened;
    }();
    must(sqlite3_prepare_v2(db, text.c_str(), -1, &statement_, nullptr) == SQLITE_OK, text);
  }
  echo(const echo&) = delete;
  echo& operator=(const echo&) = delete;
  ~echo() { sqlite3_finalize(statement_); }

  [[nodiscard]] sqlite3_stmt* statement() const { return statement_; }
  [[nodiscard]] int columns() const { return sqlite3_column_count(statement_); }
  void step() const { must(sqlite3_step(statement_) == SQLITE_ROW, "there is a row"); }

 private:
  sqlite3_stmt* statement_{};
};

/// A value that the writer of a column could give it.
template <class T>
void fill(provider& from, T& to) {
  if constexpr (std::same_as<T, bool>) {
    to = from.ConsumeBool();
  } else if constexpr (std::is_enum_v<T>) {
    using sq::last_of;
    const auto last = static_cast<unsigned>(last_of(T{}));
    to = static_cast<T>(from.ConsumeIntegralInRange(0U, last));
  } else if constexpr (std::integral<T>) {
    to = from.ConsumeIntegral<T>();
  } else if constexpr (std::same_as<T, timestamp> || std::same_as<T, duration>) {
    to.microseconds = from.ConsumeIntegral<std::int64_t>();
  } else if constexpr (std::same_as<T, credits>) {
    constexpr std::int64_t most = credits::max().units();
    to = credits::from_units(from.ConsumeIntegralInRange<std::int64_t>(-most, most));
  } else if constexpr (sq::identity<T>) {
    to.value = {from.ConsumeIntegral<std::uint64_t>(), from.ConsumeIntegral<std::uint64_t>()};
  } else if constexpr (requires { to.resize(0); }) {
    to = from.ConsumeRandomLengthString(20);
  } else {
    fill(from, to.value);  // a text that is kept as bytes
  }
}
template <class... T>
void fill(provider& from, const std::tuple<T...>& each) {
  std::apply([&](auto&&... one) { (fill(from, one), ...); }, each);
}

/// A value of any type for any column.
struct odd_value {
  int column{};
  int type{};
  std::int64_t number{};
  std::string text{};
};
std::vector<odd_value> any_odd_values(provider& from) {
  std::vector<odd_value> made(from.ConsumeIntegralInRange<std::size_t>(0, 3));
  for (odd_value& v : made) {
    v = {from.ConsumeIntegralInRange(0, 50), from.ConsumeIntegralInRange(0, 4)};
    if (v.type <= 1) v.number = from.ConsumeIntegral<std::int64_t>();
    if (v.type >= 3) v.text = from.ConsumeRandomLengthString(40);
  }
  return made;
}
void put(const echo& row, const odd_value& v) {
  const int at = 1 + v.column % row.columns();
  switch (v.type) {
    case 0:
    case 1: sqlite3_bind_int64(row.statement(), at, v.number); break;
    case 2: sqlite3_bind_null(row.statement(), at); break;
    case 3:
      sqlite3_bind_blob64(row.statement(), at, v.text.data(), v.text.size(), SQLITE_TRANSIENT);
      break;
    default:
      sqlite3_bind_text64(row.statement(), at, v.text.data(), v.text.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
  }
}

/// Members by their places; what was made on the spot is kept as it is.
template <class Call>
auto tuple_of(const sq::members<Call>& each) {
  return each.all([]<class... T>(T&&... one) { return std::tuple<T...>{std::forward<T>(one)...}; });
}

/// The members of a record in the order of its columns, and what follows them as bytes.
auto columns_of(account& a) { return tuple_of(sq::account_members(a)); }
auto columns_of(attempt& a) { return tuple_of(sq::attempt_members(a)); }
auto columns_of(lot& l) {
  return std::tuple_cat(tuple_of(sq::lot_identity_members(l)), tuple_of(sq::lot_split_members(l)));
}
auto columns_of(hold& h) { return tuple_of(sq::hold_members(h)); }
auto columns_of(operation& o) { return tuple_of(sq::operation_members(o)); }
auto columns_of(job_status& s) { return tuple_of(sq::status_members(s)); }
auto columns_of(job_body& b) { return tuple_of(sq::body_members(b)); }

template <class Record>
std::vector<std::string> bytes_behind(const Record&) {
  return {};
}
std::vector<std::string> bytes_behind(const hold& h) { return {bytes_of(h.draws)}; }
std::vector<std::string> bytes_behind(const operation& o) {
  return {bytes_of(o.lots), bytes_of(o.request)};
}

template <class T>
bool same(const T& a, const T& b) {
  if constexpr (requires { a == b; }) {
    return a == b;
  } else {
    return a.value == b.value;
  }
}
/// The body of a job is compared by its columns: it has no words here.
bool same(job_body a, job_body b) {
  const auto all = []<std::size_t... I>(const auto& x, const auto& y, std::index_sequence<I...>) {
    return (same(std::get<I>(x), std::get<I>(y)) && ...);
  };
  const auto x = columns_of(a);
  return all(x, columns_of(b), std::make_index_sequence<std::tuple_size_v<decltype(x)>>{});
}

template <class Record>
Record read_members(sq::row_reader& row) {
  Record r{};
  std::apply([&](auto&&... one) { (row.read(one), ...); }, columns_of(r));
  return r;
}

/// What an integer column held is what is written back: a number that was cut would be another.
void must_keep_numbers(const echo& before, const echo& after) {
  for (int at = 0; at < before.columns(); ++at) {
    if (sqlite3_column_type(before.statement(), at) != SQLITE_INTEGER ||
        sqlite3_column_type(after.statement(), at) != SQLITE_INTEGER) {
      continue;
    }
    const auto number = sqlite3_column_int64(before.statement(), at);
    const auto again = sqlite3_column_int64(after.statement(), at);
    must(number == again || again == 1, "a number is read whole or is a fault");
  }
}

template <class Record, class Read>
void check(provider& from, Read read) {
  const auto odd_values = any_odd_values(from);
  Record record{};
  const auto members = columns_of(record);
  fill(from, members);
  const auto behind = bytes_behind(record);
  const std::size_t columns = std::tuple_size_v<decltype(columns_of(record))> + behind.size();
  const auto bind = [](const echo& to, Record& r, const std::vector<std::string>& bytes) {
    sq::binder binder{to.statement()};
    std::apply([&](const auto&... one) { (binder.bind(one), ...); }, columns_of(r));
    for (const std::string& b : bytes) binder.bind(sq::as_bytes(b));
  };
  const echo honest{columns};
  bind(honest, record, behind);
  honest.step();
  sq::row_reader first{honest.statement()};
  must(same(read(first), record) && first.good(), "what is written is read as it was");

  const echo odd{columns};
  bind(odd, record, behind);
  for (const odd_value& v : odd_values) put(odd, v);
  odd.step();
  sq::row_reader second{odd.statement()};
  Record taken = read(second);
  if (!second.good()) return;
  const echo again{columns};
  const auto bytes = bytes_behind(taken);
  bind(again, taken, bytes);
  again.step();
  sq::row_reader third{again.statement()};
  must(same(read(third), taken) && third.good(), "what is taken can be written");
  must_keep_numbers(odd, again);
}

void check_entries(provider& from) {
  const std::string bytes = from.ConsumeRandomLengthString(200);
  const echo none{1};
  none.step();
  sq::row_reader row{none.statement()};
  std::vector<entry> entries;
  sq::read_entries(row, bytes, 7, entries);
  if (row.good()) {
    must(sq::bytes_of_entries(entries, 7) == bytes, "lines that are taken are those written");
  }
  for (const entry& e : entries) {
    must(e.code <= entry_code::breakage && e.seq == 7, "a line has a code");
  }
}

}  // namespace

void sqlite_rows(std::string_view bytes) {
  provider from{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  switch (from.ConsumeIntegralInRange(0, 7)) {
    case 0: return check<account>(from, sq::read_account);
    case 1: return check<lot>(from, sq::read_lot);
    case 2: return check<hold>(from, sq::read_hold);
    case 3: return check<operation>(from, sq::read_operation);
    case 4: return check<attempt>(from, sq::read_attempt);
    case 5: return check<job_status>(from, read_members<job_status>);
    case 6: return check<job_body>(from, read_members<job_body>);
    default: return check_entries(from);
  }
}

}  // namespace tollgate::fuzz
