// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a broken store does wrong when it claims.

#include <storage/mutants/broken_store.hpp>

namespace tollgate::test {

inline result<std::vector<claimed_job>> broken_store::claim(claim_request c) {
  if (is(fault::none)) return own_store::claim(c);
  std::map<account_id, std::uint32_t> room;  // under each cap, as seen some time before
  if (is(fault::checks_caps_apart)) {
    mutex_.lock();
    for (const auto& [id, b] : accounts_) {
      const std::uint32_t most = b.limits.max_in_flight;
      room[id] = most > in_flight(b) ? most - in_flight(b) : 0U;
    }
    mutex_.unlock();
    std::this_thread::sleep_for(std::chrono::microseconds{200});  // others write meanwhile
  }
  const std::lock_guard whole{whole_};
  mutex_.lock();
  const timestamp now = clock_.now();
  const tables before = accounts_;
  const auto queues = queues_;
  before_claim(c, now);
  limit_jobs(c);
  share_jobs(c);
  for (const auto& [id, free] : room) {
    host::books& b = accounts_[id];
    if (b.limits.max_in_flight != 0) b.limits.max_in_flight = std::max(1U, in_flight(b) + free);
  }
  mutex_.unlock();
  auto got = own_store::claim(c);
  if (is(fault::starts_before_polls) && got->size() < c.limit) {
    mutex_.lock();
    each_job([&](host::books&, job_record& job) {
      if (job.status.phase != job_phase::waiting) return;
      job.status.ready_at = before.at(job.body->account).jobs.at(job.body->id).status.ready_at;
    });
    mutex_.unlock();
    c.limit -= got->size();
    const auto polls = own_store::claim(c);
    got->insert(got->end(), polls->begin(), polls->end());
  }
  const std::lock_guard lock{mutex_};
  for (auto& [kind, q] : queues_) q.paused = queues.contains(kind) && queues.at(kind).paused;
  after_claim(c, *got, before);
  return got;
}

/// Makes jobs that should stay look as if they could go, and the other way round.
inline void broken_store::before_claim(claim_request& c, timestamp now) {
  const timestamp long_ago{1};
  each_job([&](host::books& b, job_record& job) {
    job_status& s = job.status;
    const bool ready = s.phase == job_phase::ready;
    const bool waiting = s.phase == job_phase::waiting;
    switch (broken_) {
      case fault::claims_newest_first:
        rewrite(job, [](job_body& body) { body.arrival = ~body.arrival; });
        break;
      case fault::ignores_priority: rewrite(job, [](job_body& body) { body.priority = 0; }); break;
      case fault::sends_returned_jobs_to_the_end:
        if (s.attempts > 0) rewrite(job, [](job_body& body) { body.priority = 32'767; });
        break;
      case fault::claims_too_early:
        if (ready && s.attempts == 0) s.ready_at = long_ago;
        break;
      case fault::retries_at_once:
        if (ready && s.attempts > 0) s.ready_at = long_ago;
        break;
      case fault::polls_too_early:
        if (waiting) s.ready_at = long_ago;
        break;
      case fault::starts_before_polls:
        if (waiting) s.ready_at = never;
        break;
      case fault::starts_what_is_over:
        s.start_by = never;
        rewrite(job, [](job_body& body) { body.deadline = never; });
        break;
      case fault::stops_frozen_accounts:
        if (b.row.state == account_state::frozen) s.ready_at = never;
        break;
      case fault::claims_any_kind: c.kinds.push_back(job.body->kind); break;
      default: break;
    }
  });
  if (is(fault::claims_paused_kinds)) {
    for (auto& [kind, q] : queues_) q.paused = false;
  }
  if (is(fault::claims_one_too_many)) ++c.limit;
  (void)now;
}

/// Counts what an account has in flight wrongly.
inline void broken_store::limit_jobs(const claim_request& c) {
  std::uint32_t lowest = 0;
  for (const auto& [id, b] : accounts_) lowest = std::max(lowest, b.limits.max_in_flight);
  for (auto& [id, b] : accounts_) {
    std::uint32_t& most = b.limits.max_in_flight;
    if (is(fault::shares_one_cap)) most = lowest;
    if (most == 0) continue;
    const bool full = in_flight(b) >= most;
    std::uint32_t waiting = 0;
    std::uint32_t other = 0;
    std::uint32_t begun = 0;
    for (const auto& [job_id, job] : b.jobs) {
      const bool asked = std::find(c.kinds.begin(), c.kinds.end(), job.body->kind) != c.kinds.end();
      waiting += job.status.phase == job_phase::waiting ? 1U : 0U;
      other += job.status.in_flight() && !asked ? 1U : 0U;
      begun += job.status.attempts > 0 && !job.status.in_flight() ? 1U : 0U;
    }
    if (is(fault::counts_a_batch_as_one) && !full) {
      most += static_cast<std::uint32_t>(c.limit);
    }
    if (is(fault::frees_waiting_slots)) most += waiting;
    if (is(fault::counts_one_kind)) most += other;
    for (auto& [job_id, job] : b.jobs) {
      const job_phase phase = job.status.phase;
      if ((is(fault::wants_a_slot_for_polls) && full && phase == job_phase::waiting) ||
          (is(fault::never_frees_slots) && in_flight(b) + begun >= most &&
           phase == job_phase::ready)) {
        job.status.ready_at = never;
      }
    }
  }
}

/// Chooses between accounts and kinds wrongly.
inline void broken_store::share_jobs(const claim_request& c) {
  for (std::size_t n = 0; n < c.kinds.size(); ++n) {
    host::kind_queue& q = queues_[c.kinds[n]];
    if (is(fault::serves_the_first_kind_first)) q.turn = n;
    if (is(fault::credits_absence)) q.front = 0;
    if (!is(fault::serves_the_biggest_first)) continue;
    q.front = 0;
    for (const auto& [id, b] : accounts_) {
      q.served[id] = 1'000'000'000 - 1'000'000 * b.jobs.size();
    }
  }
  if (is(fault::ignores_weights)) {
    for (auto& [id, b] : accounts_) b.limits.weight = 1;
  }
  if (is(fault::serves_one_account_a_claim)) {
    account_id chosen{};
    each_job([&](host::books& b, job_record& job) {
      if (job.status.phase != job_phase::ready) return;
      if (chosen.is_nil()) chosen = b.row.id;
      if (b.row.id != chosen) job.status.ready_at = never;
    });
  }
}

/// What became of one claimed job.
inline void broken_store::claim_wrongly(job_record& job, claimed_job& got,
                                        const job_record& before) const {
  job_status& s = job.status;
  s.ready_at = before.status.ready_at;
  s.start_by = before.status.start_by;
  if (is(fault::keeps_the_epoch)) s.epoch = before.status.epoch;
  if (is(fault::counts_no_attempts)) s.attempts = before.status.attempts;
  if (is(fault::counts_polls) && got.resumed) ++s.attempts;
  if (is(fault::forgets_the_provider)) s.provider_job_id.clear();
  got.body = before.body;
  got.status = s;
  if (is(fault::claims_twice)) s = before.status;
}

/// Puts back what was tampered with, except what the claim really did.
inline void broken_store::after_claim(const claim_request& c, std::vector<claimed_job>& got,
                                      const tables& before) {
  for (auto& [id, b] : accounts_) {
    const auto then = before.find(id);
    if (then == before.end()) continue;
    b.limits = then->second.limits;
    for (auto& [job_id, job] : b.jobs) {
      const auto known_job = then->second.jobs.find(job_id);
      if (known_job == then->second.jobs.end()) continue;
      const job_record& was = known_job->second;
      job.body = was.body;
      const auto mine = std::find_if(got.begin(), got.end(), [&](const claimed_job& g) {
        return g.status.id == was.body->id;
      });
      if (mine != got.end()) {
        claim_wrongly(job, *mine, was);
        continue;
      }
      job.status = was.status;
      const bool known = std::find(c.kinds.begin(), c.kinds.end(), job.body->kind) != c.kinds.end();
      if (is(fault::discards_unknown_kinds) && !known) job.status.phase = job_phase::final;
    }
  }
  if (is(fault::lists_claims_backwards)) std::reverse(got.begin(), got.end());
}

}  // namespace tollgate::test
