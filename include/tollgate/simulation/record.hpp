// SPDX-License-Identifier: BSL-1.0
#pragma once
// The world's own books: what was asked, what was answered, what a handler said. Kept apart from
// the store, so that the store's books can be held against them.

#include <tollgate/core/result.hpp>
#include <tollgate/gate/commands.hpp>
#include <tollgate/ledger/operation.hpp>
#include <tollgate/worker/outcome.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// By which right a call writes.
enum class duty : std::uint8_t { money, order, cancel, advance, settle, sweep, claim, beat };

/// Somebody who calls the store: a client, or one incarnation of a worker.
struct actor {
  std::string name{};
  bool mortal{};  // may die at a call
  bool dead{};
  duty at{duty::money};
  std::set<std::pair<job_id, std::uint64_t>> claims{};  // that the store answered it, or would have
  std::pair<job_id, std::uint64_t> threw{};             // the last claim whose handler threw
};

/// What a handler answered for one claim.
struct said {
  settle_kind kind{settle_kind::handed_back};
  credits actual{};
  bool retryable{};
  std::string result{};
  std::string code{};
  bool handed_over{};  // given back over the head of the handler, whatever it answered then
};

/// What became of one key.
struct asked {
  bool open{true};  // the caller will ask again
  bool unsure{};    // it may have been done
  bool given_up{};  // the caller was told that nothing happened, and left it there
  std::optional<receipt> done{};
  std::optional<error> refused{};  // by a decision that is recorded
  std::vector<job_id> jobs{};
};

/// Whether a refusal is a decision that the ledger records under its key.
[[nodiscard]] constexpr bool is_recorded(error code) noexcept {
  return code >= error::hold_not_found && code <= error::insufficient_credits;
}
/// Whether a caller asks again with the same key.
[[nodiscard]] constexpr bool may_ask_again(error code) noexcept {
  return code == error::outcome_unknown || code == error::storage_unavailable ||
         code == error::busy;
}

/// A result that was answered `stale_lease`: it must be in the log of attempts.
struct late_result {
  lease_ref lease{};
  std::string result{};
};

struct record {
  std::map<std::pair<account_id, std::string>, asked> keys{};
  std::map<std::pair<job_id, std::uint64_t>, said> answers{};  // by claim
  std::vector<late_result> late{};
  std::set<std::pair<job_id, std::uint64_t>> calm_claims{};  // made when nobody dies any more
  std::map<std::string, bool> paused{};                      // kinds, as the store was last told
  std::map<account_id, std::uint32_t> caps{};

  std::uint64_t orders{};    // confirmed
  std::uint64_t finished{};  // orders whose jobs all ended, at the end of the world
  std::uint64_t jobs{};      // that ended
  std::uint64_t checks{};    // audits made
  std::uint64_t calls{};     // to the store
};

}  // namespace tollgate::simulation
