// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a claim may take and what it makes of it, judged against the jobs as they were.

#include <tollgate/simulation/record.hpp>
#include <tollgate/simulation/stage.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::simulation {

using known_jobs = std::map<job_id, job_record>;

[[nodiscard]] inline std::uint32_t in_flight(const known_jobs& jobs) {
  return static_cast<std::uint32_t>(std::count_if(
      jobs.begin(), jobs.end(), [](const auto& j) { return j.second.status.in_flight(); }));
}

/// Judges claims. Refers to the stage and the record.
class claim_rules {
 public:
  claim_rules(stage& s, record& r) : stage_{s}, record_{r} {}

  /// Whether a job could be claimed now, its account's cap aside.
  [[nodiscard]] static bool is_claimable(const job_record& j, timestamp now) {
    const job_status& s = j.status;
    const bool idle = s.phase == job_phase::ready || s.phase == job_phase::waiting;
    return idle && s.ready_at <= now && s.start_by > now && j.body->deadline > now &&
           !s.cancel_requested;
  }

  /// One job of an answer, before the known jobs take it over.
  void judge(const claimed_job& got, const job_record& before, const claim_request& asked) {
    const job_status& b = before.status;
    const job_status& a = got.status;
    const timestamp now = stage_.latest();
    const bool poll = b.phase == job_phase::waiting;
    need(b.phase == job_phase::ready || poll, a, "queue 1", "was claimed though somebody has it");
    need(stage_.set_back || is_claimable(before, now), a, "queue 15",
         "was claimed though it must not start now");
    need(knows(asked.kinds, before.body->kind), a, "queue 15", "is of a kind nobody asked for");
    const auto paused = record_.paused.find(before.body->kind);
    need(paused == record_.paused.end() || !paused->second, a, "queue 15",
         "was claimed though its kind is paused");
    need(a.epoch > b.epoch, a, "queue 1", "was claimed without a new epoch");
    need(a.revision > b.revision, a, "queue 17", "was claimed under the same revision");
    need(a.phase == job_phase::leased && a.role == job_role::active && a.worker == asked.worker, a,
         "queue 1", "was claimed, but is not leased to who claimed it");
    need(a.attempts == b.attempts + (poll ? 0U : 1U), a, "queue 7",
         "does not count its claim as an attempt, or counts a poll");
    need(a.attempts <= before.body->max_attempts, a, "queue 7", "was started without end");
    need(got.resumed == poll, a, "queue 5", "does not tell a poll from a start");
    need(a.provider_job_id == b.provider_job_id && a.provider_metadata == b.provider_metadata &&
             a.resubmissions == b.resubmissions,
         a, "queue 5", "forgot its operation at the provider");
    need(a.lease_until <= now + asked.lease &&
             (stage_.set_back || a.lease_until == now + asked.lease),
         a, "queue 6", "has another lease than was asked for");
  }

  /// All jobs of one account after a claim: its cap, and the order within it.
  void judge_account(account_id account, const known_jobs& jobs,
                     const std::vector<claimed_job>& got, const std::vector<std::string>& kinds) {
    const auto cap = record_.caps.find(account);
    const std::uint32_t now_running = in_flight(jobs);
    stage_.require(cap == record_.caps.end() || cap->second == 0 || now_running <= cap->second,
                   "queue 8", [&] {
                     return stage_.name("account", account) + " has " +
                            std::to_string(now_running) + " jobs in flight, more than its cap";
                   });
    for (const claimed_job& mine : got) {
      if (mine.body->account != account || mine.resumed) continue;
      for (const auto& [id, other] : jobs) {
        if (other.status.phase != job_phase::ready || stage_.set_back) continue;
        if (!is_claimable(other, stage_.latest()) || !knows(kinds, other.body->kind)) continue;
        const auto paused = record_.paused.find(other.body->kind);
        if (paused != record_.paused.end() && paused->second) continue;
        need(!runs_before(*other.body, *mine.body), mine.status, "queue 8",
             "was started before one that is its turn");
      }
    }
  }

 private:
  static bool knows(const std::vector<std::string>& kinds, const std::string& kind) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }
  void need(bool holds, const job_status& job, std::string_view rule, std::string_view text) {
    stage_.require(holds, rule,
                   [&] { return stage_.name("job", job.id) + " " + std::string{text}; });
  }

  stage& stage_;
  record& record_;
};

}  // namespace tollgate::simulation
