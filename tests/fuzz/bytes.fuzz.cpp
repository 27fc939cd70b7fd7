// SPDX-License-Identifier: BSL-1.0
// What stores keep as bytes: payloads of renders, requests, draws, lots, words, and the tokens of
// listings. What is taken is what would be written, byte for byte; what is not is refused.
#include <fuzz/fuzz.hpp>

#include <tollgate/memory/cursor_token.hpp>
#include <tollgate/postgres/cursor_token.hpp>
#include <tollgate/sqlite/cursor_token.hpp>
#include <tollgate/storage/record_bytes.hpp>
#include <tollgate/video/render_job.hpp>

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace tollgate::fuzz {
namespace {

using provider = FuzzedDataProvider;

provider over(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}
template <class Id>
Id any_id(provider& from) {
  return {{from.ConsumeIntegral<std::uint64_t>(), from.ConsumeIntegral<std::uint64_t>()}};
}
credits any_credits(provider& from) {
  constexpr std::int64_t most = credits::max().units();
  return credits::from_units(from.ConsumeIntegralInRange<std::int64_t>(-most, most));
}
std::string any_text(provider& from) { return from.ConsumeRandomLengthString(40); }

/// Bytes that a reader takes are the bytes that the writer writes; others are refused at `place`.
template <class Read, class Write>
void check_reader(std::string_view bytes, std::string_view place, Read read, Write write) {
  const auto value = read(bytes);
  if (!value) return must_be_refused(value.error(), place, error::corrupt_record);
  must(write(*value) == bytes, "bytes that are taken are those that are written", place);
}
template <class T, class Read, class Write>
void check_writer(const T& value, std::string_view what, Read read, Write write) {
  const auto again = read(write(value));
  must(again && *again == value, "what is written reads as the same", what);
}

video::frame_ref any_frame(provider& from) { return {any_id<frame_id>(from), any_text(from)}; }
video::render_order any_order(provider& from) {
  const auto most = video::longest_shot.thousandths();
  const auto length = from.ConsumeIntegralInRange<std::int64_t>(0, most);
  video::render_order order{
      .shot_id = any_text(from),
      .variant = any_text(from),
      .duration = quantity<units::second>::from_thousandths(length),
      .frame_prompt = any_text(from),
      .video_prompt = any_text(from),
      .start_frame = any_frame(from),
  };
  if (from.ConsumeBool()) order.end_frame = any_frame(from);
  return order;
}

/// A record is always shown; it says what of it is no render, and only then.
void check_shown(provider from) {
  auto body = std::make_shared<job_body>();
  body->kind = video::render_kind;
  body->payload = from.ConsumeRandomLengthString();
  job_status status{.state = from.ConsumeRandomLengthString(20)};
  status.role = static_cast<job_role>(from.ConsumeIntegralInRange(0, 4));
  status.result = from.ConsumeRemainingBytesAsString();
  const bool erased = body->payload.empty();
  const bool odd = (!erased && !video::decode_order(body->payload)) ||
                   !video::parse_render_status(status.state) ||
                   (!status.result.empty() && !video::decode_result(status.result));
  const auto shown = video::to_render_job({.body = body, .status = status});
  must(shown.has_value(), "a render is shown whatever its record holds");
  must(shown->erased == erased, "a render without a payload was erased", shown->fault);
  must(shown->fault.empty() == !odd, "a render says what is wrong with its record", shown->fault);
}

command any_command(provider& from) {
  command c{
      .kind = static_cast<operation_kind>(
          from.ConsumeIntegralInRange<std::size_t>(0, operation_kinds - 1)),
      .account = any_id<account_id>(from),
      .key = any_text(from),
      .amount = any_credits(from),
      .threshold = any_credits(from),
      .hold = any_id<hold_id>(from),
      .lot = any_id<lot_id>(from),
      .job = any_id<job_id>(from),
      .project = any_id<project_id>(from),
      .category = static_cast<lot_category>(from.ConsumeIntegralInRange(0, 3)),
      .priority = from.ConsumeIntegral<std::int16_t>(),
      .effective_at = {from.ConsumeIntegral<std::int64_t>()},
      .expires_at = {from.ConsumeIntegral<std::int64_t>()},
      .lasts_for = {from.ConsumeIntegral<std::int64_t>()},
      .overage = static_cast<overage_policy>(from.ConsumeIntegralInRange(0, 2)),
      .policy = static_cast<claw_back_policy>(from.ConsumeIntegralInRange(0, 1)),
      .final = from.ConsumeBool(),
      .reason = any_text(from),
      .attachment = any_text(from),
  };
  if (from.ConsumeBool()) c.currency = any_text(from);
  for (std::uint8_t& byte : c.body.bytes) byte = from.ConsumeIntegral<std::uint8_t>();
  return c;
}

constexpr auto write = [](const auto& value) { return bytes_of(value); };

/// A token is taken by the listing it was given for, and means the position it was made of.
template <class Listing, class Position, class Make, class Read>
void check_tokens(std::string_view bytes, Position position, Position first, Make make, Read read) {
  constexpr account_id mine{{0x0197'0000'0000'7000U, 0x8000'0000'0000'0001U}};
  constexpr account_id other{{0x0197'0000'0000'7000U, 0x8000'0000'0000'0002U}};
  const cursor given{std::string{bytes}};
  const auto taken = read(Listing::jobs, mine, given, first);
  if (taken) {
    must(bytes.empty() ? *taken == first : make(Listing::jobs, mine, *taken) == given,
         "a token that is taken is one that was given", bytes);
  } else {
    must_be_refused(taken.error(), "/cursor", error::invalid_argument);
  }
  const cursor made = make(Listing::history, mine, position);
  const auto back = read(Listing::history, mine, made, first);
  must(back && *back == position, "a token means its position", made.token);
  must(!read(Listing::jobs, mine, made, first), "a token of another listing is refused");
  must(!read(Listing::history, other, made, first), "a token of another account is refused");
}

}  // namespace

void payloads(std::string_view bytes) {
  const auto encode = [](const auto& value) { return video::encode(value); };
  check_reader(bytes, "payload", video::decode_order, encode);
  check_reader(bytes, "result", video::decode_result, encode);
  provider from = over(bytes);
  check_writer(any_order(from), "order", video::decode_order, encode);
  const video::render_result done{any_text(from), any_text(from)};
  check_writer(done, "result", video::decode_result, encode);
  check_shown(over(bytes));
}

void records(std::string_view bytes) {
  check_reader(bytes, "request", read_command, write);
  check_reader(bytes, "draws", read_draws, write);
  check_reader(bytes, "lots", read_lot_ids, write);
  check_reader(bytes, "states", read_state_names, write);

  provider from = over(bytes);
  const command asked = any_command(from);
  check_writer(asked, "request", read_command, write);
  const auto again = read_command(bytes_of(asked));
  must(again && first_difference(*again, asked).empty(), "a request differs nowhere from itself");
  std::vector<draw> draws(from.ConsumeIntegralInRange<std::size_t>(0, 4));
  for (draw& d : draws) {
    d = {any_id<lot_id>(from), any_credits(from), any_credits(from), any_credits(from),
         any_credits(from)};
  }
  check_writer(draws, "draws", read_draws, write);
  std::vector<lot_id> lots(from.ConsumeIntegralInRange<std::size_t>(0, 4));
  for (lot_id& l : lots) l = any_id<lot_id>(from);
  check_writer(lots, "lots", read_lot_ids, write);
  const state_names words{any_text(from), any_text(from), any_text(from), any_text(from),
                          any_text(from)};
  check_writer(words, "states", read_state_names, write);
}

void cursors(std::string_view bytes) {
  provider from = over(bytes);
  const uuid position = any_id<job_id>(from).value;
  check_tokens<memory::detail::listing>(bytes, position.low, ~std::uint64_t{0},
                                        memory::detail::cursor_of, memory::detail::position_of);
  check_tokens<sqlite::detail::listing>(bytes, position.low, ~std::uint64_t{0},
                                        sqlite::detail::cursor_of, sqlite::detail::position_of);
  check_tokens<postgres::detail::listing>(bytes, position, uuid{1, 2}, postgres::detail::cursor_of,
                                          postgres::detail::position_of);
}

}  // namespace tollgate::fuzz
