// SPDX-License-Identifier: BSL-1.0
#pragma once
// What an error of PostgreSQL means to a caller, in one table by SQLSTATE.

#include <tollgate/core/failure.hpp>

#include <string>
#include <string_view>

namespace tollgate::postgres {

/// An error as the server reported it, or as the connection was lost (no sqlstate then).
struct server_error {
  std::string sqlstate{};
  std::string message{};
  std::string table{};       // what a constraint belongs to
  std::string constraint{};  // may carry a suffix on a distributed server: for people only
  bool lost{};               // the connection ended with it
};

namespace detail {

struct sqlstate_rule {
  std::string_view prefix;
  error meaning;
};

/// The first that matches. Nothing was written in any of these cases: a statement is whole or not.
inline constexpr sqlstate_rule sqlstate_rules[]{
    {"23505", error::busy},              // unique: somebody was first; load again
    {"23514", error::corrupt_record},    // CHECK: what was to be written breaks an invariant
    {"40003", error::outcome_unknown},   // the server itself does not know
    {"40", error::busy},                 // deadlock, serialization: load again
    {"55P03", error::busy},              // a lock was not to be had in time
    {"22021", error::invalid_argument},  // text that is not UTF-8, or has a zero byte
    {"22P05", error::invalid_argument},  // a character the server cannot keep
    {"", error::storage_unavailable},
};

}  // namespace detail

/// The failure of an error. After a connection was lost, or a pooler says that it lost its own
/// (class 08), nobody knows whether a statement that writes was done.
[[nodiscard]] inline failure failure_of(const server_error& e, bool wrote) {
  failure f;
  for (const auto& rule : detail::sqlstate_rules) {
    if (!e.sqlstate.starts_with(rule.prefix)) continue;
    f.code = rule.meaning;
    break;
  }
  if (wrote && (e.lost || e.sqlstate.starts_with("08"))) f.code = error::outcome_unknown;
  f.place = e.sqlstate.empty() ? "postgres" : "sqlstate " + e.sqlstate;
  if (f.code == error::corrupt_record) f.place = e.table + "/" + e.constraint;
  f.reason = e.message;
  return f;
}

/// Whether a failure is a row that already exists under a unique key (23505).
[[nodiscard]] inline bool is_unique_violation(const failure& f) noexcept {
  return f.place == "sqlstate 23505";
}

}  // namespace tollgate::postgres
