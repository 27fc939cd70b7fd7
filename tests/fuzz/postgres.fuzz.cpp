// SPDX-License-Identifier: BSL-1.0
// Rows of PostgreSQL made of any bytes: what is read from them is what they hold, or `sound()` is
// false. What our own parameters wrote is read as it was.
#include <fuzz/fuzz.hpp>

#include <tollgate/postgres/detail/records.hpp>

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace tollgate::fuzz {
namespace {

using namespace tollgate::postgres;
using provider = FuzzedDataProvider;

struct cell {
  unsigned type{};
  std::optional<std::string> bytes{};  // none: NULL
  int format{1};
};

/// One row as libpq would have it after a statement.
rows row_of(const std::vector<cell>& cells) {
  postgres::detail::result_ptr made{PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK)};
  std::vector<PGresAttDesc> columns(cells.size());
  std::string name{"column"};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    columns[i] = {name.data(), 0, 0, cells[i].format, cells[i].type, -1, -1};
  }
  must(PQsetResultAttrs(made.get(), static_cast<int>(cells.size()), columns.data()) != 0,
       "a result can be made");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string bytes = cells[i].bytes.value_or("");
    const int length = cells[i].bytes ? static_cast<int>(bytes.size()) : -1;
    must(PQsetvalue(made.get(), 0, static_cast<int>(i), bytes.data(), length) != 0,
         "a value can be set");
  }
  return rows{std::move(made)};
}
/// The row in which a statement would get its own parameters back.
rows row_of(const parameters& sent) {
  std::vector<cell> cells(static_cast<std::size_t>(sent.count()));
  const auto values = sent.values();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i] = {sent.types()[i], std::nullopt, sent.formats()[i]};
    if (values[i] != nullptr) {
      cells[i].bytes.emplace(values[i], static_cast<std::size_t>(sent.lengths()[i]));
    }
  }
  return row_of(cells);
}

/// The columns of a record: its kind, whose, ids, numbers, texts.
struct columns_of_record {
  std::int16_t kind{};
  std::int32_t place{};
  std::vector<uuid> ids{};
  std::vector<std::int64_t> numbers{};
  std::vector<std::string> texts{};
};
parameters sent(const columns_of_record& c) {
  parameters p;
  p.put(c.kind).put(c.place).array(c.ids).array(c.numbers).blobs(c.texts);
  return p;
}

columns_of_record any_columns(provider& from) {
  columns_of_record c{.kind = from.ConsumeIntegralInRange<std::int16_t>(0, 9), .place = 0};
  c.ids.resize(from.ConsumeIntegralInRange<std::size_t>(0, 12));
  for (uuid& u : c.ids) u = {from.ConsumeIntegral<std::uint64_t>(), 1};
  c.numbers.resize(from.ConsumeIntegralInRange<std::size_t>(0, 30));
  for (std::int64_t& n : c.numbers) {
    n = from.ConsumeBool() ? from.ConsumeIntegral<std::int8_t>()
                           : from.ConsumeIntegral<std::int64_t>();
  }
  c.texts.resize(from.ConsumeIntegralInRange<std::size_t>(0, 10));
  for (std::string& t : c.texts) t = from.ConsumeRandomLengthString(60);
  return c;
}

constexpr bool in_range(credits c) { return c <= credits::max() && c >= credits::min(); }

/// Reads the record that the row says it is; what is sound has values of its types only.
void check_record(const rows& from) {
  using postgres::detail::record;
  postgres::detail::record_reader r{from, 0};
  static postgres::detail::word_book words;
  bool sound = true;
  switch (r.kind()) {
    case record::account: {
      account a;
      read(r, a);
      must(!r.sound() || (a.state <= account_state::closed && in_range(a.available)),
           "a sound account has a state and amounts");
      return;
    }
    case record::lot: {
      lot l;
      read(r, l);
      must(!r.sound() || (l.category <= lot_category::paid && in_range(l.granted)),
           "a sound lot has a category and amounts");
      return;
    }
    case record::hold: {
      hold h;
      read(r, h);
      must(!r.sound() || h.state <= hold_state::expired, "a sound hold has a state");
      for (const draw& d : h.draws) must(in_range(d.amount), "a draw is an amount");
      return;
    }
    case record::operation: {
      operation o;
      read(r, o, sound);
      must(!r.sound() || o.outcome <= error::corrupt_record, "a sound operation has an outcome");
      if (sound) must(read_command(bytes_of(o.request)).has_value(), "its request can be kept");
      return;
    }
    case record::job: {
      job_record j;
      read(r, j, words, sound);
      must(j.body != nullptr && j.body->states != nullptr, "a job always has a body and words");
      must(!r.sound() || (j.status.phase <= job_phase::final &&
                          j.status.role <= job_role::cancelled && j.status.id == j.body->id),
           "a sound job has a phase and a role");
      return;
    }
    case record::attempt: {
      attempt a;
      read(r, a);
      must(!r.sound() || a.outcome <= attempt_outcome::late, "a sound attempt has an outcome");
      return;
    }
    case record::clock:
    case record::due_holds:
    case record::entries:
    case record::live_item: return;  // single values, read by whoever asked
  }
}

/// An array column of any bytes: what is sound, sent again, is read again as the same.
template <class T>
void check_array(const std::string& bytes) {
  using value_type = typename postgres::detail::plain<T>::type;
  const rows from = row_of({{wire<value_type>::array_type, bytes}});
  const auto values = from.array<T>(0, 0);
  must(values.size() <= bytes.size(), "an array has no more elements than bytes");
  if (!from.sound()) return;
  parameters again;
  again.array(values);
  const rows second = row_of(again);
  must(second.array<T>(0, 0) == values && second.sound(), "an array that is sound can be sent");
}

}  // namespace

void postgres_rows(std::string_view bytes) {
  provider from{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  if (from.ConsumeBool()) {  // records of the right shape with any values
    const auto columns = any_columns(from);
    const rows made = row_of(sent(columns));
    must(made.get<std::int16_t>(0, 0) == columns.kind && made.get<std::int32_t>(0, 1) == 0,
         "numbers are read as they were sent");
    must(made.array<uuid>(0, 2) == columns.ids, "ids are read as they were sent");
    must(made.array<std::int64_t>(0, 3) == columns.numbers, "numbers are read as they were sent");
    const auto texts = made.strings(0, 4);
    must(std::equal(texts.begin(), texts.end(), columns.texts.begin(), columns.texts.end()),
         "texts are read as they were sent");
    must(made.sound(), "what was sent is sound");
    return check_record(made);
  }
  // Cells of any bytes, now and then of another type or as text.
  std::vector<cell> cells;
  const unsigned types[]{oid::int2, oid::int4, oid::uuid_array, oid::int8_array, oid::bytea_array};
  for (const unsigned type : types) {
    cell c{type};
    if (from.ConsumeIntegralInRange(0, 20) != 0) c.bytes = from.ConsumeRandomLengthString(400);
    if (from.ConsumeIntegralInRange(0, 20) == 0) c.type = oid::text;
    if (from.ConsumeIntegralInRange(0, 20) == 0) c.format = 0;
    cells.push_back(std::move(c));
  }
  const std::string last = cells.back().bytes.value_or("");
  check_record(row_of(cells));
  check_array<std::int64_t>(last);
  check_array<credits>(last);
  check_array<job_id>(last);
  check_array<bool>(last);
  check_array<std::optional<std::int16_t>>(last);
}

}  // namespace tollgate::fuzz
