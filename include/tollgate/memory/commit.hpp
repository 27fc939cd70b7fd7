// SPDX-License-Identifier: BSL-1.0
#pragma once
// Writes one unit: looks whether all its conditions hold, then moves its records to the shelf.

#include <tollgate/gate/unit.hpp>
#include <tollgate/memory/state.hpp>

#include <algorithm>
#include <cassert>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace tollgate::memory::detail {

/// Whether a step of a job still starts from where the job is.
[[nodiscard]] inline verdict judge(const job_row& row, const job_change& change) noexcept {
  const job_status& s = row.status;
  if (s.is_final() || s.epoch != change.expected_epoch) return verdict::stale_lease;
  if (s.revision != change.expected_revision) return verdict::moved;
  if (change.expected_lease && *change.expected_lease != s.lease_until) return verdict::moved;
  return verdict::written;
}

/// Whether all conditions of a unit hold; `shelf` is null where the account was never seen.
[[nodiscard]] inline verdict judge(const account_shelf* shelf, const unit& u) {
  if (u.ledger) {
    if (u.ledger->expected_seq != (shelf ? shelf->ledger.row.seq : 0)) return verdict::moved;
    if (repeats_a_key(*u.ledger)) return verdict::key_taken;
    if (shelf && shelf->ledger.has_a_key_of(*u.ledger)) return verdict::key_taken;
  }
  for (const job_change& change : u.jobs) {
    const place at = shelf ? shelf->jobs.find(change.status.id) : nowhere;
    if (at == nowhere) return verdict::stale_lease;
    if (const verdict v = judge(shelf->jobs.rows[at], change); v != verdict::written) return v;
  }
  if (repeats_an_item(u.inserts)) return verdict::item_taken;
  if (shelf && shelf->jobs.has_an_item_of(u.inserts)) return verdict::item_taken;
  return verdict::written;
}

inline void insert(store_state& store, shard& s, account_shelf& shelf, job_insert& i) {
  assert(i.body && i.body->states && i.body->account == shelf.id);
  const place at = shelf.jobs.add(i);
  job_row& row = shelf.jobs.rows[at];
  row.line = shelf.line_number(row.body->kind, store.kinds);
  s.count_in_flight(shelf, false, row.status.in_flight());
  s.enter(shelf, at, store.told());
}

inline void change(store_state& store, shard& s, account_shelf& shelf, job_change& c) {
  const place at = shelf.jobs.find(c.status.id);
  job_row& row = shelf.jobs.rows[at];
  s.leave(shelf, at);
  const bool was_in_flight = row.status.in_flight();
  row.status = std::move(c.status);
  if (row.status.is_final()) shelf.jobs.retire(at);
  s.count_in_flight(shelf, was_in_flight, row.status.in_flight());
  s.enter(shelf, at, store.told());
}

[[nodiscard]] inline verdict commit(store_state& store, unit& u) {
  shard& s = store.shard_of(u.account);
  const std::lock_guard guard(s.mutex);
  account_shelf* shelf = s.find(u.account);
  if (const verdict v = judge(shelf, u); v != verdict::written) return v;
  if (shelf == nullptr) shelf = &s.obtain(u.account, store.defaults);
  for (job_insert& i : u.inserts) insert(store, s, *shelf, i);
  if (u.ledger) shelf->write(*u.ledger);
  for (job_change& c : u.jobs) change(store, s, *shelf, c);
  for (attempt& a : u.attempts) shelf->jobs.log(std::move(a));
  return verdict::written;
}

[[nodiscard]] inline std::vector<verdict> commit(store_state& store, std::span<unit> units) {
  std::vector<verdict> verdicts;
  verdicts.reserve(units.size());
  // What was decided after a refused unit of its account saw a state that never was, even where its
  // seq happens to be the account's again because somebody else wrote in between.
  std::vector<account_id> refused;
  for (unit& u : units) {
    const bool follows = std::find(refused.begin(), refused.end(), u.account) != refused.end();
    verdicts.push_back(follows ? verdict::moved : commit(store, u));
    if (verdicts.back() != verdict::written) refused.push_back(u.account);
  }
  return verdicts;
}

}  // namespace tollgate::memory::detail
