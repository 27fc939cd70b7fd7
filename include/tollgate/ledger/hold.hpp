// SPDX-License-Identifier: BSL-1.0
#pragma once
// A hold: credits reserved for one job or one stand-alone caller, and which lots they came from.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <cstdint>
#include <vector>

namespace tollgate {

/// `open` is the only state that changes; the others are final.
enum class hold_state : std::uint8_t { open, captured, released, expired };

/// A part of a hold that came from one lot, in draw order. A nil lot is an overage into debt.
struct draw {
  lot_id lot{};
  credits amount{};  // = captured + released + what is still open of it
  credits captured{};
  credits released{};
  credits refunded{};  // <= captured

  [[nodiscard]] constexpr credits open() const noexcept { return amount - captured - released; }
  friend bool operator==(const draw&, const draw&) = default;
};

/// One reservation. amount = open + captured + released; what is captured is a head of the draws,
/// what is released a tail.
struct hold {
  hold_id id{};
  order_id order{};      // the operation that made it
  job_id job{};          // nil: stand-alone
  project_id project{};  // nil: none
  hold_state state{hold_state::open};
  credits amount{};
  credits captured{};
  credits released{};
  credits refunded{};
  timestamp made_at{};
  timestamp expires_at{never};  // always `never` for the hold of a job
  std::vector<draw> draws{};    // empty for a hold of 0

  [[nodiscard]] constexpr credits open() const noexcept { return amount - captured - released; }
  [[nodiscard]] constexpr bool is_open() const noexcept { return state == hold_state::open; }
  friend bool operator==(const hold&, const hold&) = default;
};

}  // namespace tollgate
