// SPDX-License-Identifier: BSL-1.0
#pragma once
// Looks at the real store after every call that may write, and judges what became of it.

#include <tollgate/simulation/claim_rules.hpp>
#include <tollgate/simulation/job_rules.hpp>
#include <tollgate/simulation/money_rules.hpp>
#include <tollgate/storage/concepts.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// One account as the store was last seen to keep it.
struct known_account {
  account row{};
  std::size_t operations{};
  known_jobs jobs{};
};

/// The watch over one store. It asks the store itself, past all faults.
template <storage Store>
class watch {
 public:
  watch(Store& store, stage& s, record& r)
      : store_{store}, stage_{s}, record_{r}, jobs_{s, r}, claims_{s, r}, money_{s, r} {}

  [[nodiscard]] const std::map<account_id, known_account>& known() const noexcept { return known_; }
  [[nodiscard]] const job_record* find(account_id account, job_id job) const {
    const auto at = known_.find(account);
    if (at == known_.end()) return nullptr;
    const auto found = at->second.jobs.find(job);
    return found == at->second.jobs.end() ? nullptr : &found->second;
  }

  /// After a commit: `wrote` tells of one account whether a unit of it was written, and whether one
  /// with money.
  struct touched {
    account_id account{};
    bool written{};
    bool money{};
  };
  void committed(const actor& by, duty as, const std::vector<touched>& accounts) {
    for (const touched& t : accounts) {
      if (t.money) {
        look(t.account, by, as);
      } else {
        peek(t.account, t.written ? &by : nullptr, as, "queue 17", "a commit");
      }
    }
  }

  /// After a claim; `got` is the store's answer, whether or not the caller hears it.
  void claimed(actor& by, const claim_request& asked, const std::vector<claimed_job>& got) {
    stage_.require(got.size() <= asked.limit, "queue 8", [&] {
      return by.name + " asked for " + std::to_string(asked.limit) + " jobs and got " +
             std::to_string(got.size());
    });
    std::vector<account_id> accounts;
    for (const claimed_job& c : got) {
      known_account& here = known_[c.body->account];
      const auto at = here.jobs.find(c.body->id);
      stage_.require(at != here.jobs.end(), "queue 15",
                     [&] { return by.name + " claimed a job that is not there"; });
      if (at == here.jobs.end()) return;
      claims_.judge(c, at->second, asked);
      at->second.status = c.status;
      by.claims.insert({c.body->id, c.status.epoch});
      if (stage_.calm) record_.calm_claims.insert({c.body->id, c.status.epoch});
      if (std::find(accounts.begin(), accounts.end(), c.body->account) == accounts.end()) {
        accounts.push_back(c.body->account);
      }
    }
    for (const account_id account : accounts) {
      claims_.judge_account(account, known_[account].jobs, got, asked.kinds);
    }
    for (const auto& [account, here] : known_)
      peek(account, nullptr, duty::claim, "queue 1", "a claim");
  }

  /// After a heartbeat: what is not named as lost was renewed, and nothing else changed.
  void beaten(const actor& by, const beat& sent, const beat_answer& said) {
    const auto names = [](const std::vector<job_id>& all, job_id one) {
      return std::find(all.begin(), all.end(), one) != all.end();
    };
    for (const lease_ref& lease : sent.leases) {
      const auto account = known_.find(lease.account);
      if (account == known_.end()) continue;
      const auto at = account->second.jobs.find(lease.job);
      if (at == account->second.jobs.end()) continue;
      job_status& s = at->second.status;
      const bool own =
          s.phase == job_phase::leased && s.epoch == lease.epoch && s.worker == sent.worker;
      stage_.require(names(said.lost, lease.job) != own, "queue 6", [&] {
        return by.name +
               (own ? " was told that its lease is lost on "
                    : " renewed the lease of another on ") +
               stage_.name("job", lease.job);
      });
      stage_.require(names(said.cancel_requested, lease.job) == (own && s.cancel_requested),
                     "queue 11", [&] {
                       return by.name + " was not told at its heartbeat that somebody cancelled " +
                              stage_.name("job", lease.job);
                     });
      if (!own) continue;
      const timestamp until = stage_.latest() + sent.lease;
      if (stage_.set_back) {
        if (const auto renewed = status_of(lease)) s.lease_until = renewed->lease_until;
      } else {
        s.lease_until = until;
      }
    }
    for (const auto& [account, here] : known_)
      peek(account, nullptr, duty::beat, "queue 6", "a heartbeat");
  }

  /// After an answer of `due`: each job is named for a reason it has.
  void named(const due_request& asked, const std::vector<due_job>& found) {
    stage_.require(found.size() <= asked.limit, "queue 14",
                   [] { return std::string{"more jobs are named as due than were asked for"}; });
    for (const due_job& d : found) {
      const job_record* job = find(d.account, d.job);
      stage_.require(job != nullptr && is_due(*job, d.reason), "queue 14",
                     [&] { return stage_.name("job", d.job) + " is named as due and is not"; });
    }
  }

  /// Reads the whole account and judges what changed since it was last read.
  void look(account_id account, const actor& by, duty as) {
    if (stage_.broken) return;
    ++record_.checks;
    auto books = store_.audit(account);
    stage_.require(books.has_value(), "ledger 13",
                   [&] { return "no audit: " + to_string(books.error()); });
    if (!books) return;
    known_account& here = known_[account];
    money_.judge(*books, here.operations);
    stage_.require(books->jobs.size() >= here.jobs.size(), "ledger 13",
                   [&] { return stage_.name("account", account) + " lost jobs"; });
    for (job_record& job : books->jobs) {
      const auto [at, fresh] = here.jobs.try_emplace(job.body->id, job);
      if (fresh) {
        jobs_.judge_new(job);
      } else if (!(at->second.status == job.status)) {
        judge_step(at->second, job, by, as);
      }
    }
    here.row = books->row;
    here.operations = books->operations.size();
    judge_slots(account, here);
  }

 private:
  [[nodiscard]] bool is_due(const job_record& job, due_reason why) {
    const job_status& s = job.status;
    const timestamp now = stage_.latest();
    const bool idle = s.phase == job_phase::ready || s.phase == job_phase::waiting;
    switch (why) {
      case due_reason::lease_lost: return s.phase == job_phase::leased && s.lease_until <= now;
      case due_reason::not_started: return idle && s.start_by <= now;
      case due_reason::deadline: return !s.is_final() && job.body->deadline <= now;
      case due_reason::cancel_requested: return idle && s.cancel_requested;
    }
    return false;
  }

  std::optional<job_status> status_of(const lease_ref& lease) {
    const auto found = store_.load({.wants = {{.account = lease.account, .jobs = {lease.job}}}});
    if (!found || found->accounts.front().jobs.empty()) return std::nullopt;
    return found->accounts.front().jobs.front().status;
  }

  /// Looks at the row and the live jobs of an account: no money has moved, and jobs are as they are
  /// known to be, or were changed `by` somebody who may.
  void peek(account_id account, const actor* by, duty as, const char* rule, const char* after) {
    if (stage_.broken) return;
    known_account& here = known_[account];
    account_want want{.account = account};
    for (const auto& [id, job] : here.jobs) {
      if (!job.status.is_final()) want.jobs.push_back(id);
    }
    const std::size_t live = want.jobs.size();
    auto found = store_.load({.wants = {std::move(want)}});
    stage_.require(found && found->accounts.front().jobs.size() == live, rule,
                   [&] { return std::string{"jobs are gone after "} + after; });
    if (!found) return;
    account_snapshot& now = found->accounts.front();
    stage_.require(now.ledger.row == here.row || !here.row.exists(), "queue 2", [&] {
      return stage_.name("account", account) + " was changed by " + after + " without money";
    });
    for (job_record& job : now.jobs) {
      job_record& known = here.jobs.at(job.body->id);
      if (known.status == job.status) continue;
      stage_.require(by != nullptr, rule, [&] {
        return stage_.name("job", job.body->id) + " was changed by " + after +
               " in a way that was not told";
      });
      if (by != nullptr) judge_step(known, job, *by, as);
    }
    judge_slots(account, here);
  }
  void judge_step(job_record& known, job_record& job, const actor& by, duty as) {
    const auto answer = record_.answers.find({job.body->id, known.status.epoch});
    jobs_.judge({*job.body, known.status, job.status, by, as,
                 answer == record_.answers.end() ? nullptr : &answer->second});
    known.status = std::move(job.status);
  }

  /// The store counts as many jobs in flight as there are.
  void judge_slots(account_id account, const known_account& here) {
    if (here.jobs.empty()) return;
    const auto queue = store_.queue(account, here.jobs.begin()->second.body->kind);
    const std::uint32_t running = in_flight(here.jobs);
    stage_.require(queue.has_value() && queue->in_flight == running, "queue 8", [&] {
      return stage_.name("account", account) + " has " + std::to_string(running) +
             " jobs in flight, and the store counts " +
             (queue ? std::to_string(queue->in_flight) : "none");
    });
  }

  Store& store_;
  stage& stage_;
  record& record_;
  job_rules jobs_;
  claim_rules claims_;
  money_rules money_;
  std::map<account_id, known_account> known_{};
};

}  // namespace tollgate::simulation
