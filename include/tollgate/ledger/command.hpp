// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a caller asks of the ledger: one flat record, stored with the operation so that a repeat
// can be compared with it field by field. Callers build it from the requests in requests.hpp.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/fingerprint.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/ledger/lot.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

/// Every business operation; its name is the word in journals, JSON and databases.
enum class operation_kind : std::uint8_t {
  open_account,
  grant,
  hold,
  capture,
  release,
  extend_hold,
  deduct,
  refund,
  claw_back,
  adjust,
  set_threshold,
  freeze,
  unfreeze,
  close,
  import_cost,  // what an earlier system charged: counts in a project's total, moves nothing
  confirm,      // an order: one hold for each of its jobs
  settle,       // the one outcome of a job's hold: a capture with the rest released, or a release
  expire_hold,  // the last three happen by themselves, before whatever is written next
  expire_lot,
  activate_lot,
};
/// How many there are: the last one and those before it.
inline constexpr std::size_t operation_kinds =
    static_cast<std::size_t>(operation_kind::activate_lot) + 1;

[[nodiscard]] constexpr std::string_view to_string(operation_kind kind) noexcept {
  constexpr std::string_view names[]{
      "open_account", "grant",     "hold",   "capture",       "release",    "extend_hold", "deduct",
      "refund",       "claw_back", "adjust", "set_threshold", "freeze",     "unfreeze",    "close",
      "import_cost",  "confirm",   "settle", "expire_hold",   "expire_lot", "activate_lot"};
  static_assert(std::size(names) == operation_kinds);
  return names[static_cast<std::size_t>(kind)];
}

/// True for what no caller asks for under a key of its own.
[[nodiscard]] constexpr bool is_internal(operation_kind kind) noexcept {
  switch (kind) {  // without a default: the compiler asks about a new kind
    case operation_kind::settle:
    case operation_kind::expire_hold:
    case operation_kind::expire_lot:
    case operation_kind::activate_lot: return true;
    case operation_kind::open_account:
    case operation_kind::grant:
    case operation_kind::hold:
    case operation_kind::capture:
    case operation_kind::release:
    case operation_kind::extend_hold:
    case operation_kind::deduct:
    case operation_kind::refund:
    case operation_kind::claw_back:
    case operation_kind::adjust:
    case operation_kind::set_threshold:
    case operation_kind::freeze:
    case operation_kind::unfreeze:
    case operation_kind::close:
    case operation_kind::import_cost:
    case operation_kind::confirm: return false;
  }
  return false;
}

/// What a capture above the open part of its hold does.
enum class overage_policy : std::uint8_t { refuse, from_available, into_debt };

/// What a claw-back does when its lot no longer has the credits.
enum class claw_back_policy : std::uint8_t {
  up_to_available,  // takes what the lot still has; what is held is revoked when it returns
  into_debt,        // takes from the lot, then from the account's other lots; the rest is owed
};

/// The body of one request. Members that a kind does not use stay at their defaults.
struct command {
  operation_kind kind{};
  account_id account{};
  std::string key{};  // 1 to 200 bytes, unique per account; empty for internal kinds
  std::string currency{"CREDIT"};
  credits amount{};
  credits threshold{};  // open_account, set_threshold
  hold_id hold{};
  lot_id lot{};
  job_id job{};
  project_id project{};
  lot_category category{lot_category::paid};
  std::int16_t priority{};
  timestamp effective_at{};  // zero: at once
  timestamp expires_at{never};
  duration lasts_for{};  // instead of expires_at; zero: not given
  overage_policy overage{overage_policy::refuse};
  claw_back_policy policy{claw_back_policy::up_to_available};
  bool final{true};  // capture: release the rest; close: forfeit what is available
  std::string reason{};
  fingerprint body{};        // of what a confirm carries beyond these members
  std::string attachment{};  // bytes recorded with it: what the user saw and accepted

  friend bool operator==(const command&, const command&) = default;
};

/// The name of the first member in which two requests differ; empty when they are the same.
[[nodiscard]] constexpr std::string_view first_difference(const command& a, const command& b) {
  if (a.kind != b.kind) return "kind";
  if (a.account != b.account) return "account";
  if (a.currency != b.currency) return "currency";
  if (a.amount != b.amount) return "amount";
  if (a.threshold != b.threshold) return "threshold";
  if (a.hold != b.hold) return "hold";
  if (a.lot != b.lot) return "lot";
  if (a.job != b.job) return "job";
  if (a.project != b.project) return "project";
  if (a.category != b.category) return "category";
  if (a.priority != b.priority) return "priority";
  if (a.effective_at != b.effective_at) return "effective_at";
  if (a.expires_at != b.expires_at) return "expires_at";
  if (a.lasts_for != b.lasts_for) return "lasts_for";
  if (a.overage != b.overage) return "overage";
  if (a.policy != b.policy) return "policy";
  if (a.final != b.final) return "final";
  if (a.reason != b.reason) return "reason";
  if (a.body != b.body) return "body";
  if (a.attachment != b.attachment) return "attachment";
  return {};
}

}  // namespace tollgate
