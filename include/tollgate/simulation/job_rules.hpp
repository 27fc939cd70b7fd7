// SPDX-License-Identifier: BSL-1.0
#pragma once
// What one write may make of a job, whoever wrote it: judged from the job before and after it.

#include <tollgate/jobs/job.hpp>
#include <tollgate/simulation/record.hpp>
#include <tollgate/simulation/stage.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace tollgate::simulation {

/// One step of one job, and what the world knows about it.
struct job_step {
  const job_body& body;
  const job_status& before;
  const job_status& after;
  const actor& by;
  duty as{};
  const said* answer{};  // of the handler whose claim `before.epoch` is
};

/// Judges steps of jobs. Refers to the stage and the record.
class job_rules {
 public:
  job_rules(stage& s, const record& r) : stage_{s}, record_{r} {}

  void judge(const job_step& s) {
    const job_status& b = s.before;
    const job_status& a = s.after;
    need(!b.is_final(), s, "queue 3", "has ended and was changed");
    need(a.revision > b.revision, s, "queue 17", "was changed under the same revision");
    need(a.epoch >= b.epoch, s, "queue 1", "has an epoch that went back");
    need(a.cancel_requested || !b.cancel_requested, s, "queue 11", "lost a wish to cancel");
    need(a.settled_epoch >= b.settled_epoch, s, "queue 3", "forgot what was settled");
    need(a.provider_job_id == b.provider_job_id || b.provider_job_id.empty() ||
             a.resubmissions > b.resubmissions || !a.provider_job_id.empty(),
         s, "queue 5", "forgot its operation at the provider");
    if (a.phase == job_phase::leased) judge_kept_lease(s);
    switch (s.as) {
      case duty::settle: return judge_settle(s);
      case duty::advance: return judge_advance(s);
      case duty::sweep: return judge_sweep(s);
      case duty::cancel: return judge_cancel(s);
      case duty::money:
      case duty::order:
      case duty::claim:
      case duty::beat: need(false, s, "queue 2", "was changed by what is no step of a job");
    }
  }

  /// A job as an order queued it.
  void judge_new(const job_record& job) {
    const job_status& a = job.status;
    const bool fresh = a.phase == job_phase::ready && a.role == job_role::ready && a.epoch == 0 &&
                       a.attempts == 0 && a.final_seq == 0 && a.settled_epoch == 0;
    stage_.require(fresh, "queue 2", [&] {
      return stage_.name("job", job.body->id) + " does not begin as a ready job";
    });
  }

 private:
  template <class Step>
  void need(bool holds, const Step& s, std::string_view rule, std::string_view text) {
    stage_.require(holds, rule, [&] {
      return stage_.name("job", s.body.id) + " " + std::string{text} + " (" + s.by.name + ")";
    });
  }

  /// A write that leaves a job leased leaves the lease as it is.
  void judge_kept_lease(const job_step& s) {
    need(s.before.phase == job_phase::leased && s.before.epoch == s.after.epoch, s, "queue 1",
         "is leased, but nobody claimed it");
    need(s.after.lease_until == s.before.lease_until, s, "queue 6",
         "has another lease than its heartbeat left it");
    need(s.after.attempts == s.before.attempts, s, "queue 7", "counts attempts in between");
  }

  /// Whoever settles or advances a claim has made it.
  void judge_owner(const job_step& s) {
    const bool own = s.by.claims.contains({s.body.id, s.before.epoch});
    const bool resumes = s.before.phase != job_phase::leased && s.after.phase == s.before.phase &&
                         s.before.settled_epoch != 0 && s.after.epoch == s.before.epoch &&
                         s.by.claims.contains({s.body.id, s.before.settled_epoch});
    need(own || resumes, s, "queue 1", "was changed by a worker whose claim was given away");
  }

  void judge_advance(const job_step& s) {
    judge_owner(s);
    need(s.after.phase == s.before.phase && s.after.epoch == s.before.epoch &&
             s.after.settled_epoch == s.before.settled_epoch,
         s, "queue 1", "went on by a step on the way");
  }

  void judge_settle(const job_step& s) {
    const job_status& b = s.before;
    const job_status& a = s.after;
    judge_owner(s);
    if (a.epoch == b.epoch && a.phase == b.phase) return;  // a late answer told of the operation
    need(a.settled_epoch == b.epoch, s, "queue 3", "was settled under another epoch than its own");
    if (a.is_final()) return judge_end(s);
    need(a.epoch > b.epoch, s, "queue 1", "goes on with the epoch of a claim that ended");
    need(!b.cancel_requested, s, "queue 11", "runs again though it was cancelled");
    if (s.answer != nullptr && s.answer->handed_over) return;
    const bool failed = s.answer != nullptr && s.answer->kind == settle_kind::failed;
    if (failed) {
      need(s.answer->retryable, s, "queue 12", "is tried again after a permanent error");
      need(b.attempts < s.body.max_attempts, s, "queue 7", "is tried again without end");
      need(a.attempts == b.attempts, s, "queue 7", "forgot an attempt that failed");
      need(stage_.set_back || a.ready_at >= a.updated_at + milliseconds(500), s, "queue 12",
           "is tried again at once");
      need(a.error_code == s.answer->code, s, "queue 12", "does not tell why it failed");
    } else {
      need(a.attempts + 1 >= b.attempts, s, "queue 7", "forgot an attempt");
    }
    need(s.answer == nullptr ||
             (s.answer->kind != settle_kind::succeeded &&
              s.answer->kind != settle_kind::cancelled) ||
             s.answer->actual < credits{},
         s, "queue 4", "goes on though it was delivered");
  }

  /// The end by a worker's answer: what it said is what it cost.
  void judge_end(const job_step& s) {
    const job_status& a = s.after;
    const said nothing{.kind = settle_kind::handed_back};
    const said& heard = s.answer != nullptr ? *s.answer : nothing;
    const bool costs = (heard.kind == settle_kind::succeeded && a.role != job_role::cancelled) ||
                       heard.kind == settle_kind::cancelled;
    const credits wanted = costs && heard.actual > credits{} ? heard.actual : credits{};
    const credits at_most_held = std::min(wanted, s.body.estimated);
    need(a.actual == wanted || a.actual == at_most_held, s, "ledger 12",
         "was charged " + to_string(a.actual) + ", not " + to_string(wanted));
    if (a.role == job_role::succeeded) {
      need(heard.kind == settle_kind::succeeded, s, "queue 2", "succeeded, but nobody said so");
      need(a.result == heard.result, s, "queue 4", "has another result than was delivered");
    } else if (a.role == job_role::failed) {
      const bool broken_answer = costs && heard.actual < credits{};
      need(heard.kind == settle_kind::failed || broken_answer, s, "queue 2",
           "failed, but nobody said so");
      need(!heard.retryable || broken_answer || s.before.attempts >= s.body.max_attempts, s,
           "queue 12", "failed for good though attempts were left");
    } else {
      need(heard.kind != settle_kind::succeeded || heard.handed_over, s, "queue 4",
           "was delivered and then cancelled");
      need(heard.kind == settle_kind::cancelled || s.before.cancel_requested || s.answer == nullptr,
           s, "queue 11", "was cancelled, but nobody asked for it");
    }
  }

  void judge_sweep(const job_step& s) {
    const job_status& b = s.before;
    const job_status& a = s.after;
    const timestamp now = stage_.latest();
    const bool leased = b.phase == job_phase::leased;
    const bool lost = leased && b.lease_until <= now;
    const bool dead = s.body.deadline <= now;
    const bool unstarted = !leased && b.start_by <= now;
    if (leased && !dead) need(lost, s, "queue 6", "was taken from a worker whose lease goes on");
    need(!lost || !record_.calm_claims.contains({s.body.id, b.epoch}), s, "queue 16",
         "was lost by a worker that lives and beats");
    if (!a.is_final()) {
      need(lost && a.phase == job_phase::ready && a.epoch == b.epoch, s, "queue 1",
           "lost more than its lease");
      need(a.attempts == b.attempts, s, "queue 7", "does not count the attempt that was lost");
      need(b.attempts < s.body.max_attempts, s, "queue 7", "kills workers without end");
      need(!b.cancel_requested, s, "queue 11", "runs again though it was cancelled");
      return;
    }
    need(a.actual == credits{}, s, "ledger 12", "was charged by its expiry");
    need(a.role != job_role::succeeded, s, "queue 2", "succeeded, but nobody said so");
    const bool spent = lost && b.attempts >= s.body.max_attempts;
    need(spent || dead || unstarted || b.cancel_requested, s, leased ? "queue 7" : "queue 15",
         "was ended before its time");
    need((a.role == job_role::cancelled) == b.cancel_requested, s, "queue 11",
         "ended in another role than was asked for");
  }

  void judge_cancel(const job_step& s) {
    if (s.before.phase == job_phase::leased) {
      need(s.after.phase == job_phase::leased && s.after.cancel_requested, s, "queue 11",
           "was taken from its worker by a wish to cancel");
      return;
    }
    need(s.after.is_final() && s.after.role == job_role::cancelled, s, "queue 11",
         "goes on though nobody had it when it was cancelled");
    need(s.after.actual == credits{}, s, "queue 11", "was charged when it was cancelled");
  }

  stage& stage_;
  const record& record_;
};

}  // namespace tollgate::simulation
