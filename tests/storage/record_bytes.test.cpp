// SPDX-License-Identifier: BSL-1.0
#include <tollgate/storage/record_bytes.hpp>

#include <support/property.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tollgate {
namespace {

template <class Id>
Id any_id() {
  return Id{{*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>()}};
}
credits any_amount() {
  const auto units = *rc::gen::inRange(credits::min().units(), credits::max().units());
  return credits::from_units(*rc::gen::element(units, units % 1'000, credits::max().units()));
}
timestamp any_time() {
  return *rc::gen::element(timestamp{*rc::gen::arbitrary<std::int64_t>()}, never, timestamp{});
}
template <class Enum>
Enum any_of_enum() {
  return static_cast<Enum>(*rc::gen::inRange(0, static_cast<int>(detail::last_of(Enum{})) + 1));
}
std::string any_text() { return *rc::gen::arbitrary<std::string>(); }
bool coin() { return *rc::gen::arbitrary<bool>(); }

/// Every member is given in half of all requests.
command any_command() {
  command c{.kind = any_of_enum<operation_kind>()};
  if (coin()) c.account = any_id<account_id>();
  if (coin()) c.key = any_text();
  if (coin()) c.currency = any_text();
  if (coin()) c.amount = any_amount();
  if (coin()) c.threshold = any_amount();
  if (coin()) c.hold = any_id<hold_id>();
  if (coin()) c.lot = any_id<lot_id>();
  if (coin()) c.job = any_id<job_id>();
  if (coin()) c.project = any_id<project_id>();
  c.category = any_of_enum<lot_category>();
  if (coin()) c.priority = *rc::gen::arbitrary<std::int16_t>();
  if (coin()) c.effective_at = any_time();
  if (coin()) c.expires_at = any_time();
  if (coin()) c.lasts_for = {*rc::gen::arbitrary<std::int64_t>()};
  c.overage = any_of_enum<overage_policy>();
  c.policy = any_of_enum<claw_back_policy>();
  c.final = coin();
  if (coin()) c.reason = any_text();
  if (coin()) {
    for (std::uint8_t& byte : c.body.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  }
  if (coin()) c.attachment = any_text();
  return c;
}

/// Whatever reads is written back the same; true if it reads.
bool is_read_strictly(const std::string& bytes) {
  const auto read = read_command(bytes);
  if (!read) {
    RC_ASSERT(read.error().code == error::corrupt_record);
    return false;
  }
  RC_ASSERT(bytes_of(*read) == bytes);
  return true;
}

TEST_CASE("a request is read back as it was written", "[property]") {
  test::check_law("read(write(c)) == c", [] {
    const command c = any_command();
    const auto read = read_command(bytes_of(c));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == c);
  });
}

TEST_CASE("a request that was cut short is refused", "[property]") {
  test::check_law("no head of a record is a record", [] {
    const std::string bytes = bytes_of(any_command());
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      RC_ASSERT(!read_command(std::string_view{bytes}.substr(0, n)).has_value());
    }
    RC_ASSERT(!read_command(bytes + '\0').has_value());
  });
}

TEST_CASE("altered bytes never read as something that is written differently", "[property]") {
  test::check_law("bytes that read are what is written", [] {
    std::string bytes = bytes_of(any_command());
    for (int n = 0; n < 64; ++n) {
      std::string altered = bytes;
      const auto at = *rc::gen::inRange<std::size_t>(0, altered.size());
      altered[at] = static_cast<char>(*rc::gen::arbitrary<std::uint8_t>());
      if (altered != bytes && is_read_strictly(altered)) {
        const bool same = *read_command(altered) == *read_command(bytes);
        RC_ASSERT(!same);
      }
    }
  });
  test::check_law("any bytes", [](const std::string& tail) {
    is_read_strictly(tail);
    is_read_strictly("\x01" + tail);
  });
}

TEST_CASE("every member of a request is among its bytes") {
  command c{};
  const std::string plain = bytes_of(c);
  CHECK(plain.size() == 3);  // the format, the kind, and that nothing else follows
  std::size_t members = 0;
  detail::for_each_command_member([&](std::size_t, auto) { ++members; });
  // Whoever adds a member to `command` has to add it to the list too: a structured binding breaks
  // where their numbers differ.
  const auto& [kind, account, key, currency, amount, threshold, hold, lot, job, project, category,
               priority, effective_at, expires_at, lasts_for, overage, policy, final, reason, body,
               attachment] = c;
  CHECK(members == 20);
  CHECK(static_cast<const void*>(&kind) == static_cast<const void*>(&c));
}

TEST_CASE("a format of later times is refused, not guessed") {
  std::string bytes = bytes_of(command{.kind = operation_kind::grant, .amount = credits::max()});
  REQUIRE(read_command(bytes).has_value());
  bytes.front() = 2;
  const auto read = read_command(bytes);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == error::corrupt_record);
  CHECK(read.error().place == "request");
}

TEST_CASE("draws, lots and words are read back as they were written, and no other bytes are",
          "[property]") {
  CHECK(bytes_of(std::vector<draw>{}).empty());
  CHECK(bytes_of(std::vector<lot_id>{}).empty());
  test::check_law("lists", [](const std::string& noise, std::uint8_t count) {
    std::vector<draw> draws(count % 8U);
    std::vector<lot_id> lots;
    for (draw& d : draws) {
      d = {any_id<lot_id>(), any_amount(), any_amount(), any_amount(), any_amount()};
      lots.push_back(d.lot);
    }
    const state_names words{any_text(), any_text(), any_text(), any_text(), any_text()};
    RC_ASSERT(read_draws(bytes_of(draws)).value() == draws);
    RC_ASSERT(read_lot_ids(bytes_of(lots)).value() == lots);
    RC_ASSERT(read_state_names(bytes_of(words)).value() == words);
    for (const std::string& bytes : {noise, "\x01" + noise, bytes_of(draws) + noise}) {
      if (const auto read = read_draws(bytes)) RC_ASSERT(bytes_of(*read) == bytes);
      if (const auto read = read_lot_ids(bytes)) RC_ASSERT(bytes_of(*read) == bytes);
      if (const auto read = read_state_names(bytes)) RC_ASSERT(bytes_of(*read) == bytes);
    }
  });
}

}  // namespace
}  // namespace tollgate
