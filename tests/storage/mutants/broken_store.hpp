// SPDX-License-Identifier: BSL-1.0
#pragma once
// The store of examples/04_own_store.cpp with one fault, chosen when it is made: what happens
// before and after the real operation is wrong. Every fault is one a host's store could have.

#define main main_of_the_example
#include "../../../examples/04_own_store.cpp"
#undef main

#include <storage/mutants/fault.hpp>
#include <tollgate/core/system_clock.hpp>

#include <chrono>
#include <functional>
#include <thread>

namespace tollgate::test {

class broken_store : public host::own_store {
 public:
  broken_store(clock_source clock, fault broken)
      : own_store{broken == fault::reads_its_own_clock ? system_clock_source() : clock},
        broken_{broken} {}

  result<snapshot> load(const load_request& want) {
    auto found = own_store::load(want);
    if (is(fault::loads_row_and_lots_apart)) {
      std::this_thread::sleep_for(std::chrono::microseconds{200});  // others write meanwhile
      auto later = own_store::load(want);
      for (std::size_t n = 0; n < want.wants.size(); ++n) {
        found->accounts[n].ledger.lots = later->accounts[n].ledger.lots;
      }
    }
    const std::lock_guard lock{mutex_};
    for (std::size_t n = 0; n < want.wants.size(); ++n) {
      after_load(found->accounts[n], want.wants[n], found->now);
    }
    if (is(fault::answers_by_account_id)) {
      std::sort(found->accounts.begin(), found->accounts.end(),
                [](const auto& a, const auto& b) { return b.ledger.row.id > a.ledger.row.id; });
    }
    return found;
  }

  result<std::vector<verdict>> commit(std::span<unit> units);
  result<std::vector<claimed_job>> claim(claim_request c);
  result<beat_answer> heartbeat(beat b);
  result<std::vector<due_job>> due(due_request d);

  result<void> set_limits(queue_limits l) {
    const std::lock_guard whole{whole_};
    const auto known = caps_.find(l.account);
    if (is(fault::keeps_the_first_cap) && known != caps_.end()) l.max_in_flight = known->second;
    caps_[l.account] = l.max_in_flight;
    return own_store::set_limits(l);
  }

  result<page<job_record>> jobs(account_id a, job_filter f, const cursor& at) {
    const std::size_t limit = f.limit;
    if (is(fault::ignores_filters)) f = {.limit = limit};
    if (!is(fault::pages_by_offset) && !is(fault::lists_oldest_first)) {
      return own_store::jobs(a, f, at);
    }
    f.limit = 10'000;
    auto all = own_store::jobs(a, f, {});
    if (is(fault::lists_oldest_first)) std::reverse(all->items.begin(), all->items.end());
    const std::size_t from = at.token.empty() ? 0U : std::stoul(at.token);
    page<job_record> found;
    for (std::size_t n = from; n < all->items.size() && found.items.size() < limit; ++n) {
      found.items.push_back(all->items[n]);
    }
    if (from + limit < all->items.size()) found.next.token = std::to_string(from + limit);
    return found;
  }
  result<page<operation>> history(account_id a, const cursor& at) {
    auto found = own_store::history(a, at);
    if (is(fault::hides_refusals)) {
      std::erase_if(found->items, [](const operation& o) { return o.refused(); });
    }
    if (is(fault::ends_history_early)) found->next = {};
    return found;
  }
  result<project_total> running_total(account_id a, project_id p) {
    auto total = own_store::running_total(a, p);
    if (!total && is(fault::cuts_off_large_totals)) return project_total{credits::max(), {}};
    if (!total) return total;
    const std::lock_guard lock{mutex_};
    for (const operation& o : accounts_[a].operations) {
      if (is(fault::ignores_refunds) && o.project == p && o.spent < credits{}) {
        total->spent -= o.spent;
      }
      if (is(fault::mixes_projects) && o.project != p) total->spent += o.spent;
    }
    return total;
  }
  result<page<operation>> last_operation(account_id a, timestamp t) {
    if (is(fault::looks_before_the_instant)) t = t + duration{-1};
    const std::unique_lock lock{mutex_};
    const bool known = accounts_[a].row.exists();
    mutex_.unlock();
    auto found = own_store::last_operation(a, t);
    mutex_.lock();
    if (is(fault::refuses_to_ask_about_nobody) && !known) return refuse(error::account_not_found);
    return found;
  }
  result<queue_state> queue(account_id a, const std::string& kind) {
    auto state = own_store::queue(a, kind);
    if (is(fault::hides_what_is_in_flight)) state->in_flight = 0;
    return state;
  }
  result<page<account_id>> accounts(const cursor& at) {
    auto found = own_store::accounts(at);
    if (is(fault::lists_unopened_accounts)) {
      for (const auto& [id, cap] : caps_) found->items.push_back(id);
    }
    if (is(fault::lists_one_page_of_accounts)) found->next = {};
    return found;
  }
  result<account_records> audit(account_id a) {
    auto all = own_store::audit(a);
    if (is(fault::audits_open_holds_only)) {
      std::erase_if(all->holds, [](const hold& h) { return !h.is_open(); });
    }
    return all;
  }

 private:
  using tables = std::map<account_id, host::books>;

  [[nodiscard]] bool is(fault f) const { return broken_ == f; }

  /// Calls `change` for every job of every account. Call it under the lock.
  template <class Change>
  void each_job(Change change) {
    for (auto& [id, b] : accounts_) {
      for (auto& [job_id, job] : b.jobs) change(b, job);
    }
  }
  template <class Change>
  static void rewrite(job_record& job, Change change) {
    auto body = std::make_shared<job_body>(*job.body);
    change(*body);
    job.body = std::move(body);
  }

  void after_load(account_snapshot& found, const account_want& want, timestamp now);
  template <class Before, class Counts>
  void cover(account_snapshot& found, const account_want& want, timestamp now, Before before,
             Counts counts);

  verdict commit_one(unit& u);
  void before_commit(host::books& b, unit& u);
  void after_commit(const host::books& before, const unit& u, verdict said);
  [[nodiscard]] std::optional<verdict> refuses(const unit& u);

  void before_claim(claim_request& c, timestamp now);
  void limit_jobs(const claim_request& c);
  void share_jobs(const claim_request& c);
  void after_claim(const claim_request& c, std::vector<claimed_job>& got, const tables& before);
  void claim_wrongly(job_record& job, claimed_job& got, const job_record& before) const;

  fault broken_;
  std::mutex whole_{};  // makes a fault one step, so that it is only the fault it is meant to be
  std::map<account_id, std::uint32_t> caps_{};
  std::map<account_id, host::books> at_first_{};  // as they were when the commit began
};

/// Loads lots again: unnamed ones in another order, and others are taken for usable.
template <class Before, class Counts>
void broken_store::cover(account_snapshot& found, const account_want& want, timestamp now,
                         Before before, Counts counts) {
  if (want.amount == credits{} || want.amount == credits::max()) return;
  std::vector<lot> all;
  for (const auto& [id, l] : accounts_[want.account].lots) all.push_back(l);
  std::sort(all.begin(), all.end(), before);
  std::erase_if(found.ledger.lots, [&](const lot& l) {
    const bool named = std::find(want.lots.begin(), want.lots.end(), l.id) != want.lots.end();
    return !named && next_due(l) > now && l.available != credits{};
  });
  credits missing = want.amount;
  for (const lot& l : all) {
    const credits usable = counts(l);
    if (missing == credits{} || usable == credits{}) continue;
    missing -= std::min(missing, usable);
    if (contract::find_id(found.ledger.lots, l.id) == nullptr) found.ledger.lots.push_back(l);
  }
}

inline void broken_store::after_load(account_snapshot& found, const account_want& want,
                                     timestamp now) {
  const auto in_order = [](const lot& a, const lot& b) { return draw_order(a, b) < 0; };
  const auto all_of_it = [](const lot& l) { return l.available; };
  const auto without = [&](auto which) { std::erase_if(found.ledger.lots, which); };
  const auto is_named = [](const auto& names, const auto& id) {
    return std::find(names.begin(), names.end(), id) != names.end();
  };
  switch (broken_) {
    case fault::shows_records_of_strangers:
      for (const auto& [id, b] : accounts_) {
        for (const hold_id h : want.holds) {
          if (id != want.account && b.holds.contains(h)) {
            found.ledger.holds.push_back(b.holds.at(h));
          }
        }
      }
      break;
    case fault::cuts_payloads_at_a_null:
      for (job_record& j : found.jobs) {
        rewrite(j, [](job_body& b) { b.payload = std::string{b.payload.c_str()}; });
      }
      break;
    case fault::rounds_money: {
      const auto kept =
          static_cast<std::int64_t>(static_cast<float>(found.ledger.row.available.units()));
      found.ledger.row.available =
          credits::checked_from_units(kept).value_or(found.ledger.row.available);
      break;
    }
    case fault::ends_without_operation:
      std::erase_if(found.ledger.prior,
                    [](const operation& o) { return o.request.kind == operation_kind::settle; });
      break;
    case fault::finds_no_refusals:
      std::erase_if(found.ledger.prior, [](const operation& o) { return o.refused(); });
      break;
    case fault::covers_with_any_lots:
      cover(
          found, want, now, [](const lot& a, const lot& b) { return a.seq < b.seq; }, all_of_it);
      break;
    case fault::covers_with_expired_lots: cover(found, want, now, in_order, all_of_it); break;
    case fault::covers_with_pending_lots:
      cover(found, want, now, in_order,
            [&](const lot& l) { return l.expires_at > now ? l.available + l.pending : credits{}; });
      break;
    case fault::loads_no_due_lots:
      without([&](const lot& l) { return l.expires_at <= now && !is_named(want.lots, l.id); });
      break;
    case fault::loads_no_due_holds:
      std::erase_if(found.ledger.holds, [&](const hold& h) {
        return h.expires_at <= now && !is_named(want.holds, h.id);
      });
      break;
    case fault::loads_no_pending_lots:
      without([](const lot& l) { return l.pending != credits{}; });
      break;
    case fault::loads_no_lots_of_holds:
      if (want.amount == credits{})
        without([&](const lot& l) { return !is_named(want.lots, l.id); });
      break;
    case fault::loads_no_final_holds:
      std::erase_if(found.ledger.holds, [](const hold& h) { return !h.is_open(); });
      break;
    case fault::loads_no_live_items: found.live.clear(); break;
    case fault::applies_what_is_due:
      for (auto& [id, h] : accounts_[want.account].holds) {
        if (h.is_open() && h.expires_at <= now) h.state = hold_state::expired;
      }
      break;
    case fault::forgets_the_past_of_a_set_back_clock:
      without([&](const lot& l) { return l.effective_at > now && l.pending == credits{}; });
      break;
    default: break;
  }
}

inline result<beat_answer> broken_store::heartbeat(beat b) {
  const std::lock_guard whole{whole_};
  std::vector<std::pair<job_record*, job_status>> before;
  for (lease_ref& l : b.leases) {
    if (job_record* job = find_job(l.account, l.job)) {
      before.emplace_back(job, job->status);
      if (is(fault::renews_leases_of_others)) job->status.worker = b.worker;
      if (is(fault::renews_any_epoch)) l.epoch = job->status.epoch;
    }
  }
  auto answer = own_store::heartbeat(b);
  const std::lock_guard lock{mutex_};
  for (auto& [job, status] : before) {
    job->status.worker = status.worker;
    if (is(fault::raises_the_revision)) ++job->status.revision;
    if (is(fault::keeps_the_longer_lease)) {
      job->status.lease_until = std::max(job->status.lease_until, status.lease_until);
    }
    if (is(fault::renews_all_or_none) && !answer->lost.empty()) job->status = status;
  }
  if (is(fault::hides_cancels)) answer->cancel_requested.clear();
  return answer;
}

inline result<std::vector<due_job>> broken_store::due(due_request d) {
  if (is(fault::names_without_limit)) d.limit = 10'000;
  auto found = own_store::due(d);
  const std::lock_guard lock{mutex_};
  const auto forget = [&](due_reason reason) {
    std::erase_if(*found, [&](const due_job& j) { return j.reason == reason; });
  };
  if (is(fault::forgets_lost_leases)) forget(due_reason::lease_lost);
  if (is(fault::forgets_unstarted_jobs)) forget(due_reason::not_started);
  if (is(fault::forgets_deadlines)) forget(due_reason::deadline);
  if (is(fault::forgets_cancelled_jobs)) forget(due_reason::cancel_requested);
  if (is(fault::forgets_unpolled_jobs)) {
    std::erase_if(*found, [&](const due_job& j) {
      return find_job(j.account, j.job)->status.phase == job_phase::waiting;
    });
  }
  if (is(fault::names_ended_jobs)) {
    each_job([&](host::books&, job_record& job) {
      if (job.status.is_final() && job.body->deadline <= clock_.now()) {
        found->push_back({job.body->account, job.body->id, due_reason::deadline});
      }
    });
  }
  return found;
}

}  // namespace tollgate::test

#include <storage/mutants/broken_claim.hpp>
#include <storage/mutants/broken_commit.hpp>
