// SPDX-License-Identifier: BSL-1.0
#pragma once
// Places in listings as opaque text that is refused where it does not belong.

#include <tollgate/core/id.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/storage/requests.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

enum class listing : std::uint64_t { jobs = 1, history, accounts };

/// Two numbers (an id is two) as the text of two UUIDs; the rest of it tells listing and account
/// apart.
[[nodiscard]] inline cursor cursor_of(listing what, account_id whose, uuid position) {
  using tollgate::detail::mix;
  const std::uint64_t check =
      mix(whose.value.high ^ mix(whose.value.low ^ mix(position.high ^ mix(position.low))));
  return {to_string(uuid{check, static_cast<std::uint64_t>(what)}) + to_string(position)};
}

/// The position of a token, `first` for an empty one, or `invalid_argument` at "/cursor".
[[nodiscard]] inline result<uuid> position_of(listing what, account_id whose, const cursor& at,
                                              uuid first) {
  if (at.token.empty()) return first;
  const auto read = parse_uuid(std::string_view{at.token}.substr(at.token.size() / 2));
  if (!read || cursor_of(what, whose, *read) != at) {
    return refuse(error::invalid_argument, "/cursor", "not a cursor of this listing");
  }
  return *read;
}

}  // namespace tollgate::postgres::detail
