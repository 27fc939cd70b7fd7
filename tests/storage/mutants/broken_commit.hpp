// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a broken store does wrong when it commits.

#include <storage/mutants/broken_store.hpp>

#include <cctype>

namespace tollgate::test {

inline result<std::vector<verdict>> broken_store::commit(std::span<unit> units) {
  if (is(fault::checks_then_writes_apart)) {
    std::vector<verdict> said;
    for (const unit& u : units) {
      mutex_.lock();
      said.push_back(judge(accounts_[u.account], u));
      mutex_.unlock();
      std::this_thread::sleep_for(std::chrono::microseconds{200});  // others write meanwhile
      const std::lock_guard lock{mutex_};
      if (said.back() == verdict::written) write(accounts_[u.account], u);
    }
    return said;
  }
  if (is(fault::none)) return own_store::commit(units);
  if (is(fault::wants_a_unit_in_every_commit) && units.empty()) {
    return refuse(error::storage_unavailable);
  }
  const std::lock_guard whole{whole_};
  mutex_.lock();
  at_first_ = accounts_;
  mutex_.unlock();
  std::vector<verdict> said;
  std::set<account_id> spoilt;
  for (unit& u : units) {
    said.push_back(spoilt.contains(u.account) ? verdict::moved : commit_one(u));
    if (said.back() != verdict::written && !is(fault::trusts_a_seq_after_a_refusal)) {
      spoilt.insert(u.account);
    }
  }
  const bool refused =
      std::any_of(said.begin(), said.end(), [](verdict v) { return v != verdict::written; });
  if (is(fault::refuses_all_with_one) && refused) {
    const std::lock_guard lock{mutex_};
    accounts_ = at_first_;
    std::replace(said.begin(), said.end(), verdict::written, verdict::moved);
  }
  return said;
}

inline verdict broken_store::commit_one(unit& u) {
  mutex_.lock();
  const host::books before = accounts_[u.account];
  auto said = refuses(u);
  if (!said) before_commit(accounts_[u.account], u);
  mutex_.unlock();
  if (!said) said = own_store::commit({&u, 1})->front();
  const std::lock_guard lock{mutex_};
  if (*said != verdict::written) accounts_[u.account] = before;
  after_commit(before, u, *said);
  if (is(fault::says_written_when_moved) && *said == verdict::moved) return verdict::written;
  return *said;
}

/// What a store that knows too much refuses.
inline std::optional<verdict> broken_store::refuses(const unit& u) {
  const host::books& own = accounts_[u.account];
  if (is(fault::judges_against_what_was)) {
    const verdict said = judge(at_first_[u.account], u);
    if (said != verdict::written) return said;
  }
  if (is(fault::wants_money_in_every_unit) && !u.ledger) return verdict::moved;
  for (const operation& o : u.ledger ? u.ledger->operations : std::vector<operation>{}) {
    const std::string& key = o.request.key;
    const auto folds_to_it = [&](const auto& known) {
      return std::equal(
          key.begin(), key.end(), known.first.begin(), known.first.end(),
          [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
    };
    if (is(fault::folds_the_case_of_keys) &&
        std::any_of(own.keys.begin(), own.keys.end(), folds_to_it)) {
      return verdict::key_taken;
    }
    if (is(fault::indexes_empty_keys) && key.empty() &&
        std::any_of(own.operations.begin(), own.operations.end(),
                    [](const operation& known) { return known.request.key.empty(); })) {
      return verdict::key_taken;
    }
    if (is(fault::shares_keys_between_accounts) && key != "open") {
      for (const auto& [id, b] : accounts_) {
        if (b.keys.contains(key)) return verdict::key_taken;
      }
    }
  }
  for (const job_insert& i : u.inserts) {
    for (const auto& [id, b] : accounts_) {
      for (const auto& [job_id, job] : b.jobs) {
        if (job.body->item != i.body->item) continue;
        if (is(fault::keeps_items_for_ever) && id == u.account) return verdict::item_taken;
        if (is(fault::shares_items_between_accounts)) return verdict::item_taken;
      }
    }
  }
  for (const job_change& c : u.jobs) {
    const job_record* job = find_job(u.account, c.status.id);
    if (is(fault::refuses_late_results) && job != nullptr && c.status.is_final() &&
        job->status.phase == job_phase::leased && job->status.lease_until <= clock_.now()) {
      return verdict::stale_lease;
    }
  }
  return std::nullopt;
}

/// Makes what stands against the unit look as if it did not.
inline void broken_store::before_commit(host::books& b, unit& u) {
  if (u.ledger) {
    if (is(fault::ignores_seq) && b.row.exists()) b.row.seq = u.ledger->expected_seq;
    if (is(fault::opens_accounts_again) && u.ledger->expected_seq == 0) b.row.seq = 0;
    if (is(fault::has_no_key_index)) b.keys.clear();
    if (is(fault::indexes_keys_after_the_commit)) b.keys = at_first_[u.account].keys;
  }
  for (const job_insert& i : u.inserts) {
    for (auto& [id, job] : b.jobs) {
      const bool new_here = !at_first_[u.account].jobs.contains(id);
      if (is(fault::has_no_item_index) || (is(fault::indexes_items_after_the_commit) && new_here)) {
        if (job.body->item == i.body->item) {
          rewrite(job, [](job_body& body) { body.item = {}; });
        }
      }
    }
  }
  for (job_change& c : u.jobs) {
    job_record* job = find_job(u.account, c.status.id);
    if (is(fault::changes_jobs_of_strangers)) {
      for (auto& [id, other] : accounts_) {
        if (job == nullptr && other.jobs.contains(c.status.id)) {
          other.jobs.at(c.status.id).status = c.status;
          u.jobs.clear();
          return;
        }
      }
    }
    if (job == nullptr) continue;
    job_status& s = job->status;
    if (is(fault::ignores_revisions)) s.revision = c.expected_revision;
    if (is(fault::ignores_expected_leases)) c.expected_lease.reset();
    if (is(fault::accepts_stale_leases)) {
      s.epoch = c.expected_epoch;
      s.revision = c.expected_revision;
    }
    if (is(fault::changes_final_jobs) && s.is_final()) s.phase = job_phase::leased;
  }
  if (is(fault::writes_some_of_the_jobs) && u.jobs.size() > 1) {
    std::erase_if(u.jobs, [&](const job_change& c) {
      return find_job(u.account, c.status.id)->status.epoch != c.expected_epoch;
    });
  }
  if (is(fault::drops_late_results)) {
    std::erase_if(u.attempts, [](const attempt& a) { return a.outcome == attempt_outcome::late; });
  }
}

/// Writes what should not be there, and drops what should.
inline void broken_store::after_commit(const host::books& before, const unit& u, verdict said) {
  host::books& b = accounts_[u.account];
  const bool written = said == verdict::written;
  if (is(fault::has_no_key_index) || is(fault::indexes_keys_after_the_commit)) {
    b.keys.insert(before.keys.begin(), before.keys.end());
  }
  for (auto& [id, job] : b.jobs) {
    if (job.body->item.is_nil() && before.jobs.contains(id)) job.body = before.jobs.at(id).body;
  }
  if (!written && is(fault::writes_refused_money) && u.ledger) {
    write(b, {.account = u.account, .ledger = u.ledger});
  }
  if (!written && is(fault::writes_refused_jobs)) {
    write(b, {.account = u.account, .inserts = u.inserts, .attempts = u.attempts});
  }
  if (written && is(fault::drops_an_entry) && u.ledger && !u.ledger->entries.empty()) {
    b.entries.pop_back();
  }
  if (written && is(fault::replaces_no_lots)) {
    for (const auto& [id, l] : before.lots) b.lots[id] = l;
  }
  if (is(fault::forgets_keys_of_refusals)) {
    for (const operation& o : b.operations) {
      if (o.refused()) b.keys.erase(o.request.key);
    }
  }
  if (written && is(fault::logs_repeats)) {
    b.attempts = before.attempts;
    b.attempts.insert(b.attempts.end(), u.attempts.begin(), u.attempts.end());
  }
  if (!written && is(fault::empties_refused_units)) {
    const_cast<unit&>(u).inserts.clear();
  }
}

}  // namespace tollgate::test
