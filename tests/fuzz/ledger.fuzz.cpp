// SPDX-License-Identifier: BSL-1.0
// Any sequence of requests against the ledger's engine, with any figures and any clock. The books
// decide everything twice and audit themselves after every step; here is what must hold besides.
#include <fuzz/fuzz.hpp>

#include <ledger/books.hpp>

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace tollgate::fuzz {
namespace {

using test::ledger_books;
using test::user;
using provider = FuzzedDataProvider;

template <class Map>
typename Map::key_type pick(provider& from, const Map& map) {
  const auto at = from.ConsumeIntegralInRange<std::size_t>(0, map.size());
  if (at == map.size()) return {{0xdead, from.ConsumeIntegral<std::uint8_t>()}};
  return std::next(map.begin(), static_cast<std::ptrdiff_t>(at))->first;
}

/// Figures at which something changes: nothing, all there is, one unit more, the end of the range.
credits figure(provider& from, const ledger_books& b) {
  constexpr credits one = credits::from_units(1);
  switch (from.ConsumeIntegralInRange(0, 9)) {
    case 0: return {};
    case 1: return one;
    case 2: return b.row.available;
    case 3: return checked_add(b.row.available, one).value_or(credits::max());
    case 4: return b.row.held;
    case 5: return b.row.debt;
    case 6: return credits::max();
    case 7: {
      const auto most = credits::max().units();
      return credits::from_units(from.ConsumeIntegralInRange<std::int64_t>(-most, most));
    }
    default: return credits::from_units(from.ConsumeIntegral<std::uint16_t>());
  }
}
duration span(provider& from) {
  switch (from.ConsumeIntegralInRange(0, 4)) {
    case 0: return {from.ConsumeIntegral<std::int64_t>()};
    case 1: return {};
    case 2: return duration{1};
    default: return hours(from.ConsumeIntegralInRange(0, 80));
  }
}
timestamp instant(provider& from, const ledger_books& b) {
  switch (from.ConsumeIntegralInRange(0, 4)) {
    case 0: return {from.ConsumeIntegral<std::int64_t>()};
    case 1: return b.now;
    case 2: return never;
    default: return b.now + span(from);
  }
}

command any_command(provider& from, const ledger_books& b, int n) {
  command c{
      .kind = static_cast<operation_kind>(
          from.ConsumeIntegralInRange<std::size_t>(0, operation_kinds - 1)),
      .account = user,
      .key = "k" + std::to_string(n),
      .amount = figure(from, b),
  };
  switch (c.kind) {  // what a kind needs, so that most requests get past their form
    case operation_kind::grant:
      c.category = static_cast<lot_category>(from.ConsumeIntegralInRange(0, 3));
      c.priority = from.ConsumeIntegral<std::int16_t>();
      if (from.ConsumeBool()) c.effective_at = instant(from, b);
      if (from.ConsumeBool()) c.expires_at = instant(from, b);
      break;
    case operation_kind::capture:
      c.overage = static_cast<overage_policy>(from.ConsumeIntegralInRange(0, 2));
      [[fallthrough]];
    case operation_kind::release:
    case operation_kind::extend_hold:
    case operation_kind::refund: c.hold = pick(from, b.holds); break;
    case operation_kind::claw_back:
      c.lot = pick(from, b.lots);
      c.policy = static_cast<claw_back_policy>(from.ConsumeIntegralInRange(0, 1));
      break;
    case operation_kind::set_threshold: c.threshold = figure(from, b); break;
    default: break;
  }
  if (from.ConsumeBool()) c.project = {{0, from.ConsumeIntegralInRange<std::uint64_t>(0, 2)}};
  if (from.ConsumeBool()) c.lasts_for = span(from);
  if (c.kind == operation_kind::extend_hold && from.ConsumeBool()) c.expires_at = instant(from, b);
  c.final = from.ConsumeBool();
  if (from.ConsumeIntegralInRange(0, 7) != 0) c.reason = "r";
  if (from.ConsumeIntegralInRange(0, 30) == 0) c.currency = "USD";
  if (from.ConsumeIntegralInRange(0, 30) == 0) c.key = from.ConsumeRandomLengthString(210);
  return c;
}

bool same_books(const ledger_books& a, const ledger_books& b) {
  return a.row == b.row && a.lots == b.lots && a.holds == b.holds && a.operations == b.operations &&
         a.entries == b.entries;
}
bool is_recorded(error e) { return e >= error::hold_not_found && e <= error::insufficient_credits; }

}  // namespace

void ledgers(std::string_view bytes) {
  provider from{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  ledger_books b;
  if (from.ConsumeIntegralInRange(0, 15) != 0) {
    (void)b.run(
        to_command(open_account_request{.account = user, .opening_grant = figure(from, b)}));
  }
  std::vector<std::pair<command, result<receipt>>> asked;
  for (int n = 0; n < 40 && from.remaining_bytes() > 0; ++n) {
    b.now = b.now + span(from);  // also backwards
    const command c = any_command(from, b, n);
    const ledger_books before = b;
    const auto answer = b.run(c);
    must(b.faults.empty(), "the books are sound after every step", b.faults);
    must(answer || answer.error().code != error::corrupt_record, "no request finds a broken record",
         answer ? "" : to_string(answer.error()));
    if (!answer && !is_recorded(answer.error().code)) {
      must(same_books(before, b), "what is refused without a record changes nothing",
           to_string(answer.error()));
      continue;
    }
    if (!answer) must(b.operations.size() > before.operations.size(), "a refusal is recorded");
    asked.emplace_back(c, answer);
  }
  // Every key answers as it did the first time, however late, and moves nothing more.
  b.now = b.now + days(400);
  const ledger_books before = b;
  for (auto& [c, answer] : asked) {
    if (c.kind == operation_kind::open_account) continue;  // answers with the account as it is
    if (answer) answer->replayed = true;
    must(b.run(c) == answer, "a key answers for ever as it did the first time");
  }
  must(same_books(before, b) && b.faults.empty(), "a replay changes nothing", b.faults);
}

}  // namespace tollgate::fuzz
