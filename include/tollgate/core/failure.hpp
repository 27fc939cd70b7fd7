// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a caller meets instead of a value: the reason, the place and the figures behind it.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/error.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

/// One refusal or fault. Which members carry something is said beside each `error`.
/// A place that begins with a slash is a JSON pointer (RFC 6901) into what was handed in: a file,
/// an order, the members of a request ("/scene/shots/3/duration", "/items/2/cost", "/key"). Another
/// is a record, "table/key" ("job/0197..."), the code of a finding under `blocked`, or the part of
/// the machine that said no ("postgres"). Empty: all that was handed in, or nothing.
struct failure {
  error code{error::none};
  std::string place{};           // what it concerns, as below
  std::string reason{};          // one line for people
  credits required{};            // what was asked for
  credits available{};           // what there was
  timestamp at{};                // an instant the refusal turns on
  std::vector<uuid> subjects{};  // jobs or items it concerns

  /// How much is missing: `required - available`, never below zero.
  [[nodiscard]] constexpr credits shortfall() const noexcept {
    return required > available ? required - available : credits{};
  }

  friend bool operator==(const failure&, const failure&) = default;
};

/// A failure that names a place and a reason.
[[nodiscard]] inline failure make_failure(error code, std::string place = {},
                                          std::string reason = {}) {
  return {.code = code, .place = std::move(place), .reason = std::move(reason)};
}

/// The place of a member of what was handed in. Precondition: no slash and no tilde in the name.
[[nodiscard]] inline std::string member_place(std::string_view member) {
  std::string place{"/"};  // not "/" + ..., which g++ 12 warns about (its bug 105651)
  return place.append(member);
}

/// `account_not_found` and `job_not_found`, at the record that is not there.
[[nodiscard]] inline failure no_such_account(account_id id) {
  return make_failure(error::account_not_found, "account/" + to_string(id));
}
[[nodiscard]] inline failure no_such_job(job_id id) {
  return make_failure(error::job_not_found, "job/" + to_string(id));
}

namespace detail {

/// The figures of a failure, by what they mean under its code.
[[nodiscard]] inline std::string figures_text(const failure& f) {
  const std::string required = to_string(f.required);
  const std::string available = to_string(f.available);
  if (f.code == error::price_changed) return "it was " + available + ", it is " + required;
  if (f.code == error::account_in_use) return "still there: " + required;
  return "required " + required + ", available " + available;
}

}  // namespace detail

/// One clear line: code, place, figures and reason, for logs and error output.
[[nodiscard]] inline std::string to_string(const failure& f) {
  std::string line{to_string(f.code)};
  if (!f.place.empty()) line += " at " + f.place;
  if (!f.reason.empty()) line += ": " + f.reason;
  if (f.required != credits{} || f.available != credits{}) {
    line += " (" + detail::figures_text(f) + ")";
  }
  return line;
}

}  // namespace tollgate
