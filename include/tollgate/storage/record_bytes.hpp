// SPDX-License-Identifier: BSL-1.0
#pragma once
// The parts of records that a database keeps as bytes: requests, draws, lists of lots, words.

#include <tollgate/core/bytes.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/jobs/job.hpp>
#include <tollgate/ledger/command.hpp>
#include <tollgate/ledger/hold.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate {

/// The first byte of everything written here. A reader refuses a format it does not know.
inline constexpr std::uint8_t record_format = 1;

namespace detail {

/// Calls `to` with every member of a request but its kind. The order is the format: new ones come
/// last.
template <class To>
constexpr auto command_members(To to) {
  return to(&command::account, &command::key, &command::currency, &command::amount,
            &command::threshold, &command::hold, &command::lot, &command::job, &command::project,
            &command::category, &command::priority, &command::effective_at, &command::expires_at,
            &command::lasts_for, &command::overage, &command::policy, &command::final,
            &command::reason, &command::body, &command::attachment);
}
inline constexpr std::size_t command_member_count =
    command_members([](auto... member) { return sizeof...(member); });

/// Calls `visit(index, member)` for each of them.
template <class Visit>
constexpr void for_each_command_member(Visit visit) {
  command_members([&](auto... member) {
    std::size_t i = 0;
    (visit(i++, member), ...);
  });
}

/// The last value of an enumeration that is kept as a number.
[[nodiscard]] constexpr auto last_of(operation_kind) {
  return static_cast<operation_kind>(operation_kinds - 1);
}
[[nodiscard]] constexpr auto last_of(lot_category) { return lot_category::paid; }
[[nodiscard]] constexpr auto last_of(overage_policy) { return overage_policy::into_debt; }
[[nodiscard]] constexpr auto last_of(claw_back_policy) { return claw_back_policy::into_debt; }

template <class T>
void write_field(byte_writer& to, const T& value) {
  if constexpr (std::same_as<T, std::string>) {
    to.text(value);
  } else if constexpr (std::same_as<T, bool>) {
    to.flag(value);
  } else if constexpr (std::is_enum_v<T>) {
    to.number(static_cast<std::uint64_t>(value));
  } else if constexpr (std::same_as<T, std::int16_t>) {
    to.number(static_cast<std::uint16_t>(value));
  } else if constexpr (std::same_as<T, duration>) {
    to.number(static_cast<std::uint64_t>(value.microseconds));
  } else if constexpr (std::same_as<T, fingerprint>) {
    for (const std::uint8_t byte : value.bytes) {
      const char c = static_cast<char>(byte);
      to.raw({&c, 1});
    }
  } else {
    to.put(value);
  }
}

template <class T>
void read_field(byte_reader& from, T& value) {
  if constexpr (std::same_as<T, std::string>) {
    value = from.text();
  } else if constexpr (std::same_as<T, bool>) {
    value = from.flag();
  } else if constexpr (std::is_enum_v<T>) {
    const std::uint64_t number = from.number();
    if (number > static_cast<std::uint64_t>(last_of(T{}))) return from.fail();
    value = static_cast<T>(number);
  } else if constexpr (std::same_as<T, std::int16_t>) {
    const std::uint64_t number = from.number();
    if (number > 0xffffU) return from.fail();
    value = static_cast<std::int16_t>(static_cast<std::uint16_t>(number));
  } else if constexpr (std::same_as<T, duration>) {
    value = {static_cast<std::int64_t>(from.number())};
  } else if constexpr (std::same_as<T, fingerprint>) {
    const std::string_view bytes = from.raw(value.bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
    }
  } else if constexpr (std::same_as<T, timestamp>) {
    value = from.read_timestamp();
  } else if constexpr (std::same_as<T, credits>) {
    value = from.read_credits();
  } else {
    value = from.read_id<T>();
  }
}

/// Begins a record; a format that is not known is a fault.
[[nodiscard]] inline byte_writer begin_record() {
  byte_writer to;
  to.number(record_format);
  return to;
}
[[nodiscard]] inline byte_reader open_record(std::string_view bytes) {
  byte_reader from{bytes};
  if (from.number() != record_format) from.fail();
  return from;
}
[[nodiscard]] inline tl::unexpected<failure> unreadable(std::string place) {
  return refuse(error::corrupt_record, std::move(place), "bytes that nobody wrote");
}

}  // namespace detail

/// A request as bytes: the format, the kind, which members follow, and those that are not at their
/// defaults. Equal requests give equal bytes.
[[nodiscard]] inline std::string bytes_of(const command& c) {
  static const command defaults{};
  std::uint64_t given = 0;
  detail::for_each_command_member([&](std::size_t i, auto member) {
    if (c.*member != defaults.*member) given |= std::uint64_t{1} << i;
  });
  byte_writer to = detail::begin_record();
  to.number(static_cast<std::uint64_t>(c.kind)).number(given);
  detail::for_each_command_member([&](std::size_t i, auto member) {
    if ((given >> i & 1U) != 0) detail::write_field(to, c.*member);
  });
  return to.take();
}

/// Reads what `bytes_of` wrote and nothing else. Errors: corrupt_record at "request".
[[nodiscard]] inline result<command> read_command(std::string_view bytes) {
  static const command defaults{};
  byte_reader from = detail::open_record(bytes);
  command c{};
  detail::read_field(from, c.kind);
  const std::uint64_t given = from.number();
  if (given >> detail::command_member_count != 0) from.fail();
  detail::for_each_command_member([&](std::size_t i, auto member) {
    if ((given >> i & 1U) == 0) return;
    detail::read_field(from, c.*member);
    if (c.*member == defaults.*member) from.fail();  // no writer says what goes without saying
  });
  if (!from.complete()) return detail::unreadable("request");
  return c;
}

/// The draws of a hold, in draw order; no bytes for none.
[[nodiscard]] inline std::string bytes_of(const std::vector<draw>& draws) {
  if (draws.empty()) return {};
  byte_writer to = detail::begin_record();
  for (const draw& d : draws) {
    to.put(d.lot).put(d.amount).put(d.captured).put(d.released).put(d.refunded);
  }
  return to.take();
}
/// Errors: corrupt_record at "draws".
[[nodiscard]] inline result<std::vector<draw>> read_draws(std::string_view bytes) {
  std::vector<draw> draws;
  if (bytes.empty()) return draws;
  byte_reader from = detail::open_record(bytes);
  do {
    draw d{.lot = from.read_id<lot_id>()};
    for (credits* part : {&d.amount, &d.captured, &d.released, &d.refunded}) {
      *part = from.read_credits();
    }
    draws.push_back(d);
  } while (from.good() && from.left() != 0);
  if (!from.complete()) return detail::unreadable("draws");
  return draws;
}

/// Lots in their order; no bytes for none.
[[nodiscard]] inline std::string bytes_of(const std::vector<lot_id>& lots) {
  if (lots.empty()) return {};
  byte_writer to = detail::begin_record();
  for (const lot_id& l : lots) to.put(l);
  return to.take();
}
/// Errors: corrupt_record at "lots".
[[nodiscard]] inline result<std::vector<lot_id>> read_lot_ids(std::string_view bytes) {
  std::vector<lot_id> lots;
  if (bytes.empty()) return lots;
  byte_reader from = detail::open_record(bytes);
  do {
    lots.push_back(from.read_id<lot_id>());
  } while (from.good() && from.left() != 0);
  if (!from.complete()) return detail::unreadable("lots");
  return lots;
}

/// The words of a machine.
[[nodiscard]] inline std::string bytes_of(const state_names& words) {
  byte_writer to = detail::begin_record();
  to.text(words.ready).text(words.active).text(words.succeeded);
  return to.text(words.failed).text(words.cancelled).take();
}
/// Errors: corrupt_record at "states".
[[nodiscard]] inline result<state_names> read_state_names(std::string_view bytes) {
  byte_reader from = detail::open_record(bytes);
  state_names words{};
  for (std::string* word :
       {&words.ready, &words.active, &words.succeeded, &words.failed, &words.cancelled}) {
    *word = from.text();
  }
  if (!from.complete()) return detail::unreadable("states");
  return words;
}

}  // namespace tollgate
