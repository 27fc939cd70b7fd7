// SPDX-License-Identifier: BSL-1.0
#pragma once
// What is known of a command whose commit lost its answer: it may have been written, and a server
// that still works on it may write it yet.

#include <tollgate/core/failure.hpp>
#include <tollgate/gate/unit.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace tollgate {

/// Kept beside a command from its first lost answer on. What such a command is answered must hold
/// whether that commit is written or not.
struct commit_doubt {
  bool unsure{};
  std::optional<std::uint64_t> seq{};  // the lost unit is written only at this seq of its account
  bool store_failed{};                 // the last try ended with a fault that a repeat meets again

  /// Notes that the answer to a commit of this unit was lost.
  void add(const unit& lost) {
    unsure = true;
    if (!lost.ledger) return;  // jobs only: whatever answers otherwise changed its revision
    seq = std::max(seq.value_or(0), lost.ledger->expected_seq);
  }

  /// Whether the lost unit may be written yet, its account being at `loaded` now. Once the account
  /// went on, either the unit was written, and its key tells, or it never will be.
  [[nodiscard]] bool may_be_written_yet(std::uint64_t loaded) const noexcept {
    return seq && loaded <= *seq;
  }

  /// What must be answered in place of `why`: what was written perhaps stays unknown.
  [[nodiscard]] failure answer(failure why) {
    store_failed = why.code != error::outcome_unknown && why.code != error::busy;
    if (unsure) why.code = error::outcome_unknown;
    return why;
  }
};

namespace detail {
/// A refusal that is not recorded writes nothing, so that no seq fences it from the lost unit.
[[nodiscard]] inline failure not_yet_known(const failure& refused) {
  return make_failure(
      error::outcome_unknown, refused.place,
      "an earlier try may still be written; now it would be refused: " + refused.reason);
}
}  // namespace detail

}  // namespace tollgate
