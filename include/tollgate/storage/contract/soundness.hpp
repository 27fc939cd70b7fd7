// SPDX-License-Identifier: BSL-1.0
#pragma once
// The invariants of the ledger, checked on everything a store keeps of an account. Written apart
// from the engine, so that a fault of one cannot hide in the other.

#include <tollgate/storage/contract/records.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tollgate::contract {

namespace detail {

inline void expect_sound_lots(trial& t, const account_records& all, trial::place where) {
  credits available{};
  credits held{};
  credits pending{};
  for (const lot& l : all.lots) {
    for (const credits part : {l.pending, l.available, l.held, l.spent, l.expired, l.revoked}) {
      t.expect(part >= credits{}, "ledger 3: no part of a lot is below zero", where);
    }
    t.same(l.pending + l.available + l.held + l.spent + l.expired + l.revoked, l.granted,
           "ledger 3: the parts of a lot are what was granted", where);
    available += l.available;
    held += l.held;
    pending += l.pending;
  }
  t.same(all.row.available, available, "ledger 3: available is the sum over the lots", where);
  t.same(all.row.held, held, "ledger 3: held is the sum over the lots", where);
  t.same(all.row.pending, pending, "ledger 3: pending is the sum over the lots", where);
  t.expect(all.row.available >= credits{}, "ledger 7: available is never below zero", where);
}

inline void expect_sound_holds(trial& t, const account_records& all, trial::place where) {
  credits held{};
  std::uint32_t open = 0;
  for (const hold& h : all.holds) {
    t.expect(h.refunded <= h.captured, "ledger 10: refunds are within the capture", where);
    t.expect(h.is_open() || h.open() == credits{}, "ledger 4: a final hold has nothing open",
             where);
    held += h.open();
    open += h.is_open() ? 1U : 0U;
    credits drawn{};
    bool rest_is_tail = true;
    bool tail = false;
    for (const draw& d : h.draws) {
      drawn += d.amount;
      if (tail && d.captured != credits{}) rest_is_tail = false;
      if (d.captured != d.amount) tail = true;
    }
    t.same(drawn, h.amount, "ledger 5: the draws of a hold are its amount", where);
    t.expect(rest_is_tail, "ledger 5: what is captured is a head of the draws", where);
  }
  t.same(all.row.held, held, "ledger 3: held is the sum of the open holds", where);
  t.same(all.row.open_holds, open, "ledger 3: the account counts its open holds", where);
}

inline void expect_sound_journal(trial& t, const account_records& all, trial::place where) {
  std::map<std::uint64_t, credits> sums;
  std::map<entry_code, credits> folded;
  for (const entry& e : all.entries) {
    sums[e.seq] += e.amount;
    folded[e.code] += e.amount;
    t.expect(e.seq >= 1 && e.seq <= all.row.seq, "ledger 8: an entry has an operation", where);
  }
  for (const auto& [seq, sum] : sums) {
    t.same(sum, credits{}, "ledger 1: the entries of an operation sum to zero", where);
  }
  t.same(all.row.available, folded[entry_code::available], "ledger 2: available is its fold",
         where);
  t.same(all.row.held, folded[entry_code::held], "ledger 2: held is its fold", where);
  t.same(all.row.pending, folded[entry_code::pending], "ledger 2: pending is its fold", where);
  t.same(all.row.debt, -folded[entry_code::debt], "ledger 2: debt is its fold", where);
  std::vector<std::string> keys;
  for (std::size_t n = 0; n < all.operations.size(); ++n) {
    const operation& o = all.operations[n];
    t.same(o.seq, n + 1, "ledger 8: seq has no gap", where);
    if (n > 0) {
      t.expect(o.at >= all.operations[n - 1].at, "ledger 8: time never goes back", where);
    }
    if (o.refused()) t.expect(!sums.contains(o.seq), "ledger 9: a refusal moves nothing", where);
    if (!o.request.key.empty()) keys.push_back(o.request.key);
  }
  t.same(all.row.seq, all.operations.size(), "ledger 8: the account has the last seq", where);
  if (!all.operations.empty()) {
    t.same(all.operations.back().available, all.row.available,
           "ledger 2: the last operation left the account as it is", where);
  }
  std::sort(keys.begin(), keys.end());
  t.expect(std::adjacent_find(keys.begin(), keys.end()) == keys.end(),
           "ledger 13: a key is there once", where);
}

inline void expect_sound_jobs(trial& t, const account_records& all, trial::place where) {
  std::size_t settled = 0;
  for (const operation& o : all.operations) {
    if (o.request.kind == operation_kind::settle) ++settled;
  }
  std::size_t final_jobs = 0;
  for (const job_record& j : all.jobs) {
    const hold* h = find_id(all.holds, j.body->hold);
    if (!t.expect(h != nullptr, "ledger 12: a job has a hold", where)) continue;
    t.same(h->is_open(), !j.status.is_final(),
           "ledger 12: the hold of a job is open as long as the job lives", where);
    if (!j.status.is_final()) continue;
    ++final_jobs;
    t.expect(j.status.final_seq >= 1 && j.status.final_seq <= all.row.seq,
             "ledger 12: a final job names the operation that ended it", where);
  }
  t.same(settled, final_jobs, "ledger 12: every final job has one outcome", where);
  for (const hold& h : all.holds) {
    const bool of_job = std::any_of(all.jobs.begin(), all.jobs.end(),
                                    [&](const job_record& j) { return j.body->hold == h.id; });
    t.expect(h.job.is_nil() || of_job, "ledger 12: the hold of a job has its job", where);
  }
}

}  // namespace detail

/// Notes every invariant that what is kept of an account breaks; answers what was kept.
inline account_records expect_sound(trial& t, account_id account,
                                    trial::place where = trial::place::current()) {
  account_records all = t.value(t.store.audit(account), "audit", where);
  detail::expect_sound_lots(t, all, where);
  detail::expect_sound_holds(t, all, where);
  detail::expect_sound_journal(t, all, where);
  detail::expect_sound_jobs(t, all, where);
  return all;
}

}  // namespace tollgate::contract
