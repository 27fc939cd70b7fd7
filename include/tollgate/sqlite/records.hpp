// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whole records from the rows of statements, and the columns that only exist for an index.

#include <tollgate/core/bytes.hpp>
#include <tollgate/sqlite/connection.hpp>
#include <tollgate/storage/record_bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::sqlite::detail {

/// Damaged rows that were left as they are so that the others are answered: where the first of them
/// stands, for whoever finds nothing else.
class passed_by {
 public:
  /// Whether a row is damaged; `place` is what `rows::damage_in` says of it.
  [[nodiscard]] bool is(std::optional<std::string> place) {
    if (!place) return false;
    if (!first_) first_ = std::move(place);
    return true;
  }
  /// Fails the connection if there was one.
  void fail(connection& c) {
    if (first_) c.corrupt(std::move(*first_), "a row that nobody wrote");
  }

 private:
  std::optional<std::string> first_{};
};

/// What a record is made of bytes must read; else the row is a fault.
template <class T>
[[nodiscard]] T whole(row_reader& row, result<T> read) {
  if (read) return std::move(*read);
  row.fail();
  return {};
}

[[nodiscard]] inline account read_account(row_reader& row) {
  account a{};
  row.read(account_members(a));
  return a;
}
[[nodiscard]] inline lot read_lot(row_reader& row) {
  lot l{};
  row.read(lot_identity_members(l));
  row.read(lot_split_members(l));
  return l;
}
[[nodiscard]] inline hold read_hold(row_reader& row) {
  hold h{};
  row.read(hold_members(h));
  h.draws = whole(row, read_draws(row.bytes()));
  return h;
}
[[nodiscard]] inline operation read_operation(row_reader& row) {
  operation o{};
  row.read(operation_members(o));
  o.lots = whole(row, read_lot_ids(row.bytes()));
  o.request = whole(row, read_command(row.bytes()));
  return o;
}
[[nodiscard]] inline attempt read_attempt(row_reader& row) {
  attempt a{};
  row.read(attempt_members(a));
  return a;
}

/// Jobs of one machine share its words: those read last are remembered, for they rarely change.
class word_cache {
 public:
  [[nodiscard]] const std::shared_ptr<const state_names>& of(row_reader& row,
                                                             std::string_view bytes) {
    if (!sound_ || bytes != bytes_) {  // what cannot be read is a fault each time
      auto read = read_state_names(bytes);
      sound_ = read.has_value();
      bytes_ = bytes;
      words_ = std::make_shared<const state_names>(whole(row, std::move(read)));
    }
    return words_;
  }

 private:
  std::string bytes_{};
  bool sound_{};
  std::shared_ptr<const state_names> words_{};
};

[[nodiscard]] inline job_record read_job(row_reader& row, word_cache& words) {
  const auto body = std::make_shared<job_body>();
  row.read(body_members(*body));
  body->states = words.of(row, row.bytes());
  job_record job{.body = body};
  job.status.id = body->id;
  row.read(status_members(job.status));
  return job;
}

// The lines of an operation: 25 bytes each, so that a view can take them apart.

[[nodiscard]] inline std::string bytes_of_entries(const std::vector<entry>& entries,
                                                  std::uint64_t seq) {
  byte_writer to;
  for (const entry& e : entries) {
    if (e.seq != seq) continue;
    const char code = static_cast<char>(e.code);
    to.raw({&code, 1}).put(e.lot);
    for (unsigned shift = 64; shift != 0;) {
      shift -= 8;
      const auto byte = static_cast<std::uint64_t>(e.amount.units()) >> shift;
      const char c = static_cast<char>(byte & 0xffU);
      to.raw({&c, 1});
    }
  }
  return to.take();
}
inline void read_entries(row_reader& row, std::string_view bytes, std::uint64_t seq,
                         std::vector<entry>& to) {
  byte_reader from{bytes};
  while (from.good() && from.left() != 0) {
    const std::string_view code = from.raw(1);
    entry e{.seq = seq, .lot = from.read_id<lot_id>()};
    std::uint64_t units = 0;
    for (const char c : from.raw(8)) units = (units << 8U) | static_cast<unsigned char>(c);
    const auto amount = credits::checked_from_units(static_cast<std::int64_t>(units));
    if (!from.good() ||
        static_cast<unsigned char>(code.front()) >
            static_cast<unsigned char>(last_of(entry_code{})) ||
        !amount) {
      return row.fail();
    }
    e.code = static_cast<entry_code>(code.front());
    e.amount = *amount;
    to.push_back(e);
  }
}

// What stands in an index beside a record; the schema checks it.

[[nodiscard]] inline std::optional<timestamp> some(timestamp t) {
  return t == never ? std::nullopt : std::optional{t};
}
[[nodiscard]] inline std::optional<std::int64_t> drawable(const lot& l) {
  return l.available > credits{} ? std::optional<std::int64_t>{1} : std::nullopt;
}
[[nodiscard]] inline std::optional<timestamp> due_at(const lot& l) {
  return l.pending > credits{} ? std::optional{l.effective_at} : some(next_due(l));
}
[[nodiscard]] inline std::optional<timestamp> due_at(const hold& h) {
  return h.is_open() ? some(h.expires_at) : std::nullopt;
}

/// Where a live job stands for claims.
enum class lane : std::uint8_t {
  in_flight,  // holds a slot of its account: leased or waiting
  startable,
  aside,  // not now: scheduled, asked to cancel, or over
};

/// Where a job belongs as it is now; `due_at` does not look at the deadline yet.
struct standing {
  std::optional<lane> where{};  // none: final
  timestamp due_at{never};
  std::optional<timestamp> wake_at{};  // a poll, or a start that is scheduled
};
[[nodiscard]] inline standing standing_of(const job_status& s, timestamp now) {
  constexpr timestamp at_once{0};
  switch (s.phase) {
    case job_phase::leased: return {lane::in_flight, s.lease_until, std::nullopt};
    case job_phase::waiting:
      if (s.cancel_requested) return {lane::in_flight, at_once, std::nullopt};
      return {lane::in_flight, s.start_by, s.ready_at};
    case job_phase::ready:
      if (s.cancel_requested) return {lane::aside, at_once, std::nullopt};
      if (s.ready_at > now) return {lane::aside, s.start_by, s.ready_at};
      return {lane::startable, s.start_by, std::nullopt};
    case job_phase::final: break;
  }
  return {};
}

}  // namespace tollgate::sqlite::detail
