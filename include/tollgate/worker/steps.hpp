// SPDX-License-Identifier: BSL-1.0
#pragma once
// The steps a worker is made of. A thread shell drives them in worker.hpp; a simulator may drive
// them in any order, and stop between any two.

#include <tollgate/storage/transact.hpp>
#include <tollgate/worker/handler.hpp>
#include <tollgate/worker/observer.hpp>
#include <tollgate/worker/settle_step.hpp>
#include <tollgate/worker/settling.hpp>
#include <tollgate/worker/state.hpp>
#include <tollgate/worker/workbench.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tollgate {

namespace detail {

/// Sends what a context says, and tells the observer.
template <bench Bench, class Send, class Tick>
class bench_port final : public job_port {
 public:
  bench_port(Bench& at, held_job& job, Send& send, Tick& tick)
      : at_{at}, job_{job}, send_{send}, tick_{tick} {}

  result<advance_receipt> advance(const advance_command& c) override {
    result<advance_receipt> answer = send_(c);
    if (answer) {
      job_.progress = answer->job.progress;
      tell(at_.observer, [&] { return event::progressed{*job_.claimed.body, answer->job}; });
    } else if (answer.error().code != error::stale_lease) {
      note_fault(at_, worker_step::advance, answer.error());
    }
    return answer;
  }
  void tick() override { tick_(); }

 private:
  Bench& at_;
  held_job& job_;
  Send& send_;
  Tick& tick_;
};

}  // namespace detail

/// Claims up to `limit` jobs of the worker's kinds. An empty answer is not proof of idleness. An
/// answer that was lost leaves jobs leased to nobody: their leases run out.
template <bench Bench>
[[nodiscard]] result<std::vector<std::shared_ptr<held_job>>> claim_step(Bench& at,
                                                                        std::size_t limit) {
  auto claimed = at.store.claim({.worker = at.state.id(),
                                 .kinds = at.state.kinds(),
                                 .limit = limit,
                                 .lease = at.options.lease});
  if (!claimed) {
    detail::note_fault(at, worker_step::claim, claimed.error());
    return refuse(std::move(claimed.error()));
  }
  worker_state::taken taken = at.state.take_on(std::move(*claimed));
  for (const auto& old : taken.lost) detail::stop(at, *old, stop_reason::lease_lost);
  for (const auto& job : taken.jobs) {
    tell(at.observer, [&] { return event::claimed{job->claimed}; });
  }
  return std::move(taken.jobs);
}

/// Runs one claimed job and owes its settle; writes nothing but what the handler saves on the way.
/// A job that was lost, cancelled or is to be handed back before it began does not run.
/// `send` carries the handler's advance_commands; `tick` is called when it asks whether to stop.
template <bench Bench, job_handler Handler, class Send, class Tick>
void run_step(Bench& at, Handler& handler, const std::shared_ptr<held_job>& job, Send&& send,
              Tick&& tick) {
  const claimed_job& claimed = job->claimed;
  const stop_reason reason = job->stop.reason();
  if (reason == stop_reason::lease_lost) return at.state.forget(job);
  const provider_data nothing{};
  const settle_basis before{claimed, nothing, claimed.status.progress, at.state.id()};
  if (reason == stop_reason::shutting_down) return at.state.owe(job, hand_back(before));
  const bool submitted = !claimed.status.provider_job_id.empty();
  if (reason == stop_reason::cancel_requested && !submitted) {
    return at.state.owe(job, settle_for(outcome::cancelled(), before, at.options, at.retry));
  }
  tell(at.observer, [&] { return event::started{claimed}; });
  detail::bench_port port{at, *job, send, tick};
  auto machine = ask_machine(handler, claimed.body->kind);
  job_context context{{.claimed = claimed,
                       .stop = job->stop,
                       .port = port,
                       .machine = machine.value_or(nullptr),
                       .clock = at.options.clock}};
  outcome said = machine ? call(handler, context) : std::move(machine.error());
  tell(at.observer, [&] { return event::answered{claimed, said}; });
  if (said.kind == settle_kind::wait) {
    if (const auto wrong = context.if_cannot_go(said.state)) {
      tell(at.observer, [&] { return event::state_refused{claimed, *wrong}; });
      said.state.clear();
    }
  }
  const settle_basis basis{claimed, context.unsaved(), job->progress, at.state.id()};
  at.state.owe(job, settle_for(std::move(said), basis, at.options, at.retry));
}
/// The same for a worker that sends each advance_command by itself.
template <bench Bench, job_handler Handler>
void run_step(Bench& at, Handler& handler, const std::shared_ptr<held_job>& job) {
  run_step(
      at, handler, job,
      [&at](const advance_command& c) { return transact(at.store, c, at.options.rules); }, [] {});
}

/// Renews the leases and asks handlers to stop whose jobs were lost or cancelled. Answers whether
/// the store answered. The settles that met damaged records are owed again with each beat.
template <bench Bench>
bool beat_step(Bench& at) {
  at.state.take_up();
  const beat b{.worker = at.state.id(), .leases = at.state.leases(), .lease = at.options.lease};
  if (b.leases.empty()) return true;
  const auto answer = at.store.heartbeat(b);
  if (!answer) {
    detail::note_fault(at, worker_step::beat, answer.error());
    return false;
  }
  for (const auto& job : at.state.find(b.leases, answer->lost, true)) {
    detail::stop(at, *job, stop_reason::lease_lost);
  }
  for (const auto& job : at.state.find(b.leases, answer->cancel_requested, false)) {
    detail::stop(at, *job, stop_reason::cancel_requested);
  }
  return true;
}

/// Hands back everything whose handler has not answered, over its head: others may run it at once,
/// and what the handler still answers is stale, kept in the attempt log.
template <bench Bench>
void hand_back_step(Bench& at) {
  const provider_data nothing{};
  for (const auto& job : at.state.unanswered()) {
    const claimed_job& claimed = job->claimed;
    at.state.owe_over_its_head(job, hand_back({claimed, nothing, job->progress, at.state.id()}));
  }
}

/// Asks every handler that has not answered to stop.
template <bench Bench>
void stop_step(Bench& at) {
  for (const auto& job : at.state.unanswered()) {
    detail::stop(at, *job, stop_reason::shutting_down);
  }
}

/// What one sweep_step did.
struct sweep_summary {
  std::size_t found{};
  std::size_t changed{};
  bool more{};  // there may be more that can be decided
};

/// Looks for jobs that cannot go on by themselves, of every kind, and decides about them. Any
/// worker may: each decision is fenced, and repeating it is harmless. After a full batch in which
/// nothing could be decided (records are damaged) the next look is twice as wide, so that no such
/// batch stands before the others for ever.
template <bench Bench>
result<sweep_summary> sweep_step(Bench& at) {
  const std::size_t limit = at.state.sweep_limit(at.options.sweep_batch);
  const auto due = at.store.due({.limit = limit});
  if (!due) {
    detail::note_fault(at, worker_step::sweep, due.error());
    return refuse(due.error());
  }
  sweep_summary summary{.found = due->size()};
  if (due->empty()) {
    at.state.swept(limit, false);
    return summary;
  }
  const auto answers = transact(at.store, std::span<const due_job>{*due}, at.options.rules);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) {
      detail::note_fault(at, worker_step::sweep, answers[i].error());
    } else if (answers[i]->changed) {
      ++summary.changed;
      tell(at.observer, [&] { return event::swept{(*due)[i], *answers[i]}; });
    }
  }
  const bool full = summary.found >= limit;
  summary.more = full && summary.changed != 0;
  at.state.swept(limit, full && summary.changed == 0);
  return summary;
}

}  // namespace tollgate
