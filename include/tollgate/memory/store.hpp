// SPDX-License-Identifier: BSL-1.0
#pragma once
// A store that keeps every record in memory: for tests, simulations and programs that need no disk.

#include <tollgate/core/system_clock.hpp>
#include <tollgate/memory/claims.hpp>
#include <tollgate/memory/commit.hpp>
#include <tollgate/memory/load.hpp>
#include <tollgate/memory/queries.hpp>
#include <tollgate/memory/state.hpp>
#include <tollgate/storage/concepts.hpp>

#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::memory {

/// How a store is made.
struct options {
  clock_source clock{system_clock_source()};
  queue_limits limits{};  // of accounts that were given none; its account is not looked at
};

/// Models `storage`. Thread-safe; throws nothing of its own. Accounts are spread over 64 shards,
/// each behind a mutex of its own, and nothing takes two of them at once: different accounts
/// rarely wait for each other. Nothing is ever dropped: memory grows with what was done.
class store {
 public:
  /// A batch would keep the records of all its commands from the cache that one of them fits into.
  static constexpr bool commits_singly = true;

  store() : store(options{}) {}
  explicit store(const options& o) : state_(o.clock, o.limits) {}
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  /// Reads the clock once, then each account under its shard's lock.
  [[nodiscard]] result<snapshot> load(const load_request& want) {
    return detail::load(state_, want);
  }
  /// Moves from the units it writes. Always answers.
  [[nodiscard]] result<std::vector<verdict>> commit(std::span<unit> units) {
    return detail::commit(state_, units);
  }

  /// Fair between accounts by virtual time, kind by kind; several kinds take turns.
  [[nodiscard]] result<std::vector<claimed_job>> claim(const claim_request& request) {
    return detail::claimer(state_, request).claim();
  }
  [[nodiscard]] result<beat_answer> heartbeat(const beat& b) {
    return detail::heartbeat(state_, b);
  }
  [[nodiscard]] result<std::vector<due_job>> due(const due_request& request) {
    return detail::due(state_, request);
  }

  /// Also for an account that is not open yet. Errors: `invalid_argument` at "/weight" for 0.
  [[nodiscard]] result<void> set_limits(const queue_limits& limits) {
    if (limits.weight == 0) {
      return refuse(error::invalid_argument, "/weight", "a weight is at least 1");
    }
    detail::shard& s = state_.shard_of(limits.account);
    const std::lock_guard guard(s.mutex);
    detail::account_shelf& shelf = s.obtain(limits.account, state_.defaults);
    shelf.max_in_flight = limits.max_in_flight;
    shelf.weight = limits.weight;
    s.refresh_all(shelf);
    return {};
  }
  [[nodiscard]] result<void> set_kind(const kind_setting& setting) {
    state_.kinds.obtain(setting.kind).paused.store(setting.paused, std::memory_order_relaxed);
    return {};
  }

  /// Newest first, at most 1,000 in a page. Errors: `invalid_argument` at "/cursor".
  [[nodiscard]] result<page<job_record>> jobs(account_id account, const job_filter& filter,
                                              const cursor& from) {
    return detail::jobs(state_, account, filter, from);
  }
  /// Oldest first, 100 in a page. Errors: `invalid_argument` at "/cursor".
  [[nodiscard]] result<page<operation>> history(account_id account, const cursor& from) {
    return detail::history(state_, account, from);
  }
  [[nodiscard]] result<std::vector<attempt>> attempts(account_id account, job_id job) {
    return detail::attempts(state_, account, job);
  }
  /// Errors: `overflow` while the sum does not fit an amount.
  [[nodiscard]] result<project_total> running_total(account_id account, project_id project) {
    result<project_total> total{};
    detail::with_account(state_, account, [&](const detail::account_shelf& shelf) {
      total = shelf.ledger.total_of(project);
    });
    return total;
  }
  /// At most one: the newest that is not later than `until`.
  [[nodiscard]] result<page<operation>> last_operation(account_id account, timestamp until) {
    return detail::last_operation(state_, account, until);
  }
  [[nodiscard]] result<queue_state> queue(account_id account, const std::string& kind) {
    return detail::queue(state_, account, kind);
  }

  /// In no order that means anything. Errors: `invalid_argument` at "/cursor".
  [[nodiscard]] result<page<account_id>> accounts(const cursor& from) {
    return detail::accounts(state_, from);
  }
  /// A copy of everything kept of an account, taken at one instant.
  [[nodiscard]] result<account_records> audit(account_id account) {
    return detail::audit(state_, account);
  }

 private:
  detail::store_state state_;
};

static_assert(storage<store>);

}  // namespace tollgate::memory
