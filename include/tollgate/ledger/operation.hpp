// SPDX-License-Identifier: BSL-1.0
#pragma once
// The record of one business operation: journal header, idempotency record, audit row and
// outgoing event in one.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/error.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/ledger/command.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate {

/// Written once, never changed. A refusal is an operation too: it moves nothing.
struct operation {
  operation_id id{};
  std::uint64_t seq{};  // gapless per account, from 1
  timestamp at{};       // never before the previous operation's
  command request{};
  error outcome{error::none};
  std::string reason{};        // of a refusal
  credits required{};          // of a refusal
  credits limit{};             // of a refusal: what there was instead
  credits moved{};             // what really moved; meaning by kind in docs/ledger.md
  credits available{};         // after
  credits held{};              // after
  credits debt{};              // after
  hold_id hold{};              // made or touched
  project_id project{};        // whose running total it changes; nil: none
  credits spent{};             // change of the project's running total, signed
  credits committed{};         // change of what open holds of the project hold, signed
  std::uint32_t jobs{};        // confirm: how many; their ids are job_of(order, n)
  bool low_credit{};           // this operation took `available` below the threshold
  std::vector<lot_id> lots{};  // whose split it changed, in order

  [[nodiscard]] bool refused() const noexcept { return outcome != error::none; }
  friend bool operator==(const operation&, const operation&) = default;
};

/// The key a person reads in the journal: the caller's, or "expire/<id>" and the like.
[[nodiscard]] inline std::string key_of(const operation& o) {
  switch (o.request.kind) {
    case operation_kind::settle: return text_of("settle/", o.request.job.value);
    case operation_kind::expire_hold: return text_of("expire/", o.request.hold.value);
    case operation_kind::expire_lot: return text_of("expire/", o.request.lot.value);
    case operation_kind::activate_lot: return text_of("effective/", o.request.lot.value);
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
    case operation_kind::confirm: break;
  }
  return o.request.key;
}

/// What every ledger operation answers.
struct receipt {
  operation_id operation{};
  std::string key{};
  std::uint64_t seq{};
  timestamp at{};
  credits moved{};
  credits available{};  // after
  credits held{};       // after
  credits debt{};       // after
  hold_id hold{};
  std::vector<lot_id> lots{};
  bool low_credit{};
  bool replayed{};  // the answer of an earlier request with the same key

  friend bool operator==(const receipt&, const receipt&) = default;
};

/// The second hold of a capture or settle that went beyond the first: what a refund of that excess
/// names. Only for receipts of such operations.
[[nodiscard]] constexpr hold_id overage_hold_of(account_id account, const receipt& r) noexcept {
  return derive_id<hold_id>(account, r.seq, 1, r.at);
}

/// The answer an operation gave: its receipt, or its refusal.
[[nodiscard]] inline result<receipt> answer_of(const operation& o, bool replayed = false) {
  if (o.refused()) {
    failure f = make_failure(o.outcome, {}, o.reason);
    f.required = o.required;
    f.available = o.limit;
    return refuse(std::move(f));
  }
  return receipt{.operation = o.id,
                 .key = key_of(o),
                 .seq = o.seq,
                 .at = o.at,
                 .moved = o.moved,
                 .available = o.available,
                 .held = o.held,
                 .debt = o.debt,
                 .hold = o.hold,
                 .lots = o.lots,
                 .low_credit = o.low_credit,
                 .replayed = replayed};
}

}  // namespace tollgate
