// SPDX-License-Identifier: BSL-1.0
#pragma once
// What can be said about a request before anything is loaded: which field of it is wrong.

#include <tollgate/core/result.hpp>
#include <tollgate/ledger/command.hpp>
#include <tollgate/ledger/rules.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

/// Keys are at most this long, so that every store can index them.
inline constexpr std::size_t max_key_length = 200;

namespace detail {

[[nodiscard]] constexpr bool is_reserved_key(std::string_view key) noexcept {
  return key.starts_with("expire/") || key.starts_with("effective/") || key.starts_with("settle/");
}

/// Which members a kind of operation uses, and what must hold of them. One row for each kind.
struct kind_rule {
  operation_kind kind{};
  enum class sign : std::uint8_t { unused, any_but_zero, positive, not_negative } amount{};
  bool needs_hold{};
  bool needs_lot{};
  bool needs_project{};
  bool needs_reason{};
};
using sign = kind_rule::sign;
inline constexpr kind_rule kind_rules[]{
    //                              amount            hold   lot    project reason
    {operation_kind::open_account, sign::not_negative, false, false, false, false},
    {operation_kind::grant, sign::positive, false, false, false, false},
    {operation_kind::hold, sign::not_negative, false, false, false, false},
    {operation_kind::capture, sign::not_negative, true, false, false, false},
    {operation_kind::release, sign::unused, true, false, false, false},
    {operation_kind::extend_hold, sign::unused, true, false, false, false},
    {operation_kind::deduct, sign::not_negative, false, false, false, false},
    {operation_kind::refund, sign::positive, true, false, false, false},
    {operation_kind::claw_back, sign::positive, false, true, false, false},
    {operation_kind::adjust, sign::any_but_zero, false, false, false, true},
    {operation_kind::set_threshold, sign::unused, false, false, false, false},
    {operation_kind::freeze, sign::unused, false, false, false, true},
    {operation_kind::unfreeze, sign::unused, false, false, false, false},
    {operation_kind::close, sign::unused, false, false, false, false},
    {operation_kind::import_cost, sign::not_negative, false, false, true, false},
    {operation_kind::confirm, sign::not_negative, false, false, false, false},
};
// The row of a kind is at its number; what happens by itself is at the end and needs none.
[[nodiscard]] constexpr bool has_its_row(operation_kind kind) {
  const auto at = static_cast<std::size_t>(kind);
  return is_internal(kind) ? at >= std::size(kind_rules)
                           : at < std::size(kind_rules) && kind_rules[at].kind == kind;
}
static_assert([] {
  for (std::size_t n = 0; n < operation_kinds; ++n) {
    if (!has_its_row(static_cast<operation_kind>(n))) return false;
  }
  return true;
}());

[[nodiscard]] constexpr bool has_sign(credits amount, sign wanted) noexcept {
  switch (wanted) {
    case sign::unused: return true;
    case sign::any_but_zero: return amount != credits{};
    case sign::positive: return amount > credits{};
    case sign::not_negative: return amount >= credits{};
  }
  return false;
}

}  // namespace detail

/// The first thing wrong with a request, in the order key, fields, currency; nothing if it is well
/// formed. Looks at the request and the rules alone.
[[nodiscard]] inline std::optional<failure> validate(const command& c, const ledger_rules& rules) {
  const auto wrong = [](std::string_view field, std::string_view reason) {
    return make_failure(error::invalid_argument, member_place(field), std::string{reason});
  };
  if (is_internal(c.kind)) return wrong("kind", "happens by itself, it cannot be asked for");
  const detail::kind_rule& rule = detail::kind_rules[static_cast<std::size_t>(c.kind)];
  if (c.account.is_nil()) return wrong("account", "is nil");
  if (c.key.empty()) return wrong("key", "is empty");
  if (c.key.size() > max_key_length) return wrong("key", "is longer than 200 bytes");
  if (detail::is_reserved_key(c.key)) return wrong("key", "begins with a reserved word");
  if (!detail::has_sign(c.amount, rule.amount)) return wrong("amount", "is out of range");
  if (c.threshold < credits{}) return wrong("threshold", "is below zero");
  if (rule.needs_hold && c.hold.is_nil()) return wrong("hold", "is nil");
  if (rule.needs_lot && c.lot.is_nil()) return wrong("lot", "is nil");
  if (rule.needs_project && c.project.is_nil()) return wrong("project", "is nil");
  if (rule.needs_reason && c.reason.empty()) return wrong("reason", "is empty");
  if (c.effective_at == never) return wrong("effective_at", "never comes");
  if (c.lasts_for < duration{}) return wrong("lasts_for", "is below zero");
  if (c.lasts_for != duration{} && c.expires_at != never) {
    return wrong("lasts_for", "is given beside expires_at");
  }
  if (c.kind == operation_kind::extend_hold && c.lasts_for == duration{} && c.expires_at == never) {
    return wrong("expires_at", "is missing");
  }
  if (c.currency != rules.currency) {
    return make_failure(error::unknown_currency, "/currency",
                        "this ledger keeps " + rules.currency + ", not " + c.currency);
  }
  return std::nullopt;
}

}  // namespace tollgate
