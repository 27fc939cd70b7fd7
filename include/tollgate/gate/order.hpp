// SPDX-License-Identifier: BSL-1.0
#pragma once
// The names of what an order made, known from its operation alone.

#include <tollgate/gate/commands.hpp>
#include <tollgate/ledger/operation.hpp>

#include <cstdint>

namespace tollgate {

/// The n-th job of an order, from 0. Its hold has the same 128 bits under its own type.
[[nodiscard]] constexpr job_id job_of(account_id account, std::uint64_t seq, timestamp at,
                                      std::uint32_t n) noexcept {
  return derive_id<job_id>(account, seq, n + 1, at);
}
[[nodiscard]] constexpr hold_id hold_of(job_id job) noexcept { return {job.value}; }

/// The receipt of an order, as it was and ever will be.
[[nodiscard]] inline result<order_receipt> order_answer_of(const operation& o,
                                                           bool replayed = false) {
  auto money = answer_of(o, replayed);
  if (!money) return refuse(std::move(money.error()));
  order_receipt receipt{.money = std::move(*money), .order = o.id};
  receipt.jobs.reserve(o.jobs);
  for (std::uint32_t n = 0; n < o.jobs; ++n) {
    receipt.jobs.push_back(job_of(o.request.account, o.seq, o.at, n));
  }
  return receipt;
}

}  // namespace tollgate
