// SPDX-License-Identifier: BSL-1.0
#pragma once
// Places in listings as opaque text that is refused where it does not belong.

#include <tollgate/core/id.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/storage/requests.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tollgate::memory::detail {

enum class listing : std::uint64_t { jobs = 1, history, accounts };

/// The token of a position: a UUID's text whose other half tells listing and account apart.
[[nodiscard]] inline cursor cursor_of(listing what, account_id whose, std::uint64_t position) {
  const auto& id = whose.value;
  const auto check = tollgate::detail::mix(
      id.high ^
      tollgate::detail::mix(
          id.low ^ tollgate::detail::mix(position ^ (static_cast<std::uint64_t>(what) << 56U))));
  return {to_string(uuid{check, position})};
}

/// The position of a token, `first` for an empty one, or `invalid_argument` at "/cursor".
[[nodiscard]] inline result<std::uint64_t> position_of(listing what, account_id whose,
                                                       const cursor& at, std::uint64_t first) {
  if (at.token.empty()) return first;
  const auto read = parse_uuid(at.token);
  if (!read || cursor_of(what, whose, read->low) != at) {
    return refuse(error::invalid_argument, "/cursor", "not a cursor of this listing");
  }
  return read->low;
}

}  // namespace tollgate::memory::detail
