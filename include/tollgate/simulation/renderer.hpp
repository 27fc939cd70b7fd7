// SPDX-License-Identifier: BSL-1.0
#pragma once
// The handler of a simulated worker: submits, resumes, polls, blocks, throws and gives up.

#include <tollgate/simulation/provider.hpp>
#include <tollgate/worker/handler.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace tollgate::simulation {

/// Runs the jobs of one incarnation at the provider. A worker that died in the middle of it goes
/// on to the end, and nothing of that reaches the store.
class renderer {
 public:
  renderer(stage& s, provider& p, actor& who, std::vector<std::string> kinds)
      : stage_{s}, provider_{p}, who_{who}, kinds_{std::move(kinds)} {}

  [[nodiscard]] const std::vector<std::string>& kinds() const noexcept { return kinds_; }

  outcome operator()(job_context& job) {
    dice& luck = stage_.luck;
    const bool rough = !stage_.calm;
    if (rough && luck.chance(15)) return throw_something(job);
    if (rough && luck.chance(20)) return outcome::handed_back(seconds(3));
    if (rough && luck.chance(4)) return outcome::succeeded(-1_cr, "nonsense");
    operation_there* o = provider_.find(job.provider_job_id());
    if (o == nullptr) {
      o = &provider_.submit(job.id(), job.status().epoch, job.submission_key(), job.held());
      if (may_die()) return {};
      // With a save at once, or with the answer, or, where the key finds it again, never.
      if (luck.chance(600) && job.save({.job_id = o->id})) o->saved = job.status().epoch;
    }
    if (rough && luck.chance(250)) block(job, *o);
    return answer(job, *o);
  }

 private:
  outcome answer(job_context& job, operation_there& o) {
    if (job.should_stop()) {
      if (job.reason() == stop_reason::cancel_requested) {
        return outcome::cancelled(o.cost < job.held() ? o.cost : credits{}, o.result);
      }
      if (job.reason() == stop_reason::shutting_down) {
        return outcome::handed_back().with({.job_id = o.id});
      }
    }
    if (o.how == course::is_silent) {
      if (++o.polls < 4) return wait(o);
      o.given_up = true;
      return outcome::failed({.code = "silent", .message = "no answer", .resubmit = true});
    }
    if (o.done_at > stage_.clock.now()) return wait(o);
    switch (o.how) {
      case course::delivers: return outcome::succeeded(o.cost, o.result).with({.job_id = o.id});
      case course::stumbles:
        o.how = course::delivers;  // the same operation, looked at again, is done after all
        return outcome::failed({.code = "stumbled", .message = o.id}).with({.job_id = o.id});
      case course::dies:
        o.given_up = true;
        return outcome::failed({.code = "died", .message = o.id, .resubmit = true});
      case course::rejects:
      case course::is_silent: break;
    }
    return outcome::failed({.code = "rejected", .message = o.id, .retryable = false});
  }

  /// The longer it takes, the later the next look.
  outcome wait(const operation_there& o) {
    const auto rest = static_cast<std::int64_t>(stage_.luck.between(1, 30));
    const duration left = o.done_at - stage_.clock.now();
    return outcome::wait({.poll_after = std::max(seconds(rest), {left.microseconds / 2}),
                          .progress = permille{100},
                          .provider = {.job_id = o.id}});
  }

  /// Time passes while the handler holds its thread; the world goes on around it.
  void block(job_context& job, const operation_there& o) {
    for (int turns = 0; turns < 3 && o.done_at > stage_.clock.now(); ++turns) {
      stage_.clock.advance(seconds(static_cast<std::int64_t>(stage_.luck.between(1, 15))));
      stage_.interrupt();
      if (may_die() || job.should_stop()) return;
      if (stage_.luck.chance(300)) static_cast<void>(job.advance(permille{500}));
    }
  }

  bool may_die() {
    if (who_.dead || !who_.mortal || !stage_.luck.chance(stage_.odds.death)) return who_.dead;
    stage_.tell([&] { return who_.name + " dies while its handler runs"; });
    who_.dead = true;
    return true;
  }

  outcome throw_something(const job_context& job) {
    who_.threw = {job.id(), job.status().epoch};
#if defined(__cpp_exceptions)
    throw std::runtime_error{"the codec is out of memory"};
#else
    return outcome::failed({.code = "exception", .message = "the codec is out of memory"});
#endif
  }

  stage& stage_;
  provider& provider_;
  actor& who_;
  std::vector<std::string> kinds_;
};

}  // namespace tollgate::simulation
