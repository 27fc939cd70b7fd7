// SPDX-License-Identifier: BSL-1.0
#pragma once
// The workers of a world: the real steps, in any order, by incarnations that die and come back.

#include <tollgate/simulation/faulty_store.hpp>
#include <tollgate/simulation/renderer.hpp>
#include <tollgate/simulation/shop.hpp>
#include <tollgate/worker/steps.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// Listens to a worker: what a handler answered, and what became of it.
template <storage Store>
class witness {
 public:
  witness(exchange<Store>& to, const actor& who) : to_{to}, who_{who} {}

  void on(const event::claimed& e) {
    tell([&] { return "claims " + job(e.job) + (e.job.resumed ? " to look at it again" : ""); });
  }
  void on(const event::answered& e) {
    const std::pair claim{e.job.body->id, e.job.status.epoch};
    to_.at.require(who_.threw != claim || e.said.kind == settle_kind::failed, "queue 18",
                   [&] { return job(e.job) + " threw, and that is no failed attempt"; });
    said& s = to_.books.answers[claim];
    s.kind = e.said.kind;
    s.actual = e.said.actual;
    s.retryable = e.said.fault.retryable;
    s.result = e.said.result;
    s.code = e.said.fault.code;
    tell([&] { return "has run " + job(e.job) + ": " + words(e.said); });
  }
  void on(const event::settled& e) { accepted(e.job, e.receipt, "is settled"); }
  void on(const event::failed& e) { accepted(e.job, e.receipt, "has failed"); }
  void on(const event::retried& e) { accepted(e.job, e.receipt, "is tried again"); }
  void on(const event::waiting& e) { accepted(e.job, e.receipt, "waits at the provider"); }
  void on(const event::handed_back& e) { accepted(e.job, e.receipt, "is handed back"); }
  void on(const event::stale& e) {
    const job_id id = e.job.body->id;
    const std::uint64_t epoch = e.job.status.epoch;
    tell([&] { return "comes too late with " + job(e.job); });
    const job_record* now = to_.eyes.find(e.job.body->account, id);
    to_.at.require(now == nullptr || now->status.is_final() || now->status.epoch != epoch ||
                       now->status.settled_epoch == epoch,
                   "queue 4",
                   [&] { return job(e.job) + " is refused though nobody claimed it since"; });
    if (e.said.kind != settle_kind::succeeded) return;
    to_.at.require(now == nullptr || now->status.role != job_role::succeeded ||
                       now->status.settled_epoch != epoch,
                   "queue 3",
                   [&] { return job(e.job) + " was settled, and its repeat is refused"; });
    to_.books.late.push_back({{e.job.body->account, id, epoch}, e.said.result});
  }
  void on(const event::refused& e) {
    // The machinery never gives up what a handler delivered, unless nobody knows the job.
    to_.at.require(false, "queue 3",
                   [&] { return job(e.job) + " cannot be settled: " + to_string(e.why); });
  }
  void on(const event::swept& e) {
    tell([&] {
      return "finds " + to_.at.name("job", e.due.job) + " due, which is now " + e.receipt.job.state;
    });
  }
  void on(const event::stop_asked& e) {
    tell([&] { return "stops " + job(e.job) + ": " + std::string{to_string(e.reason)}; });
  }

 private:
  template <class Line>
  void tell(Line line) {
    if (who_.dead) return;  // its code runs to its end, and nobody hears of it
    to_.at.tell([&] { return who_.name + " " + line(); });
  }
  std::string job(const claimed_job& c) { return to_.at.name("job", c.body->id); }

  static std::string words(const outcome& o) {
    switch (o.kind) {
      case settle_kind::succeeded: return "done for " + to_string(o.actual);
      case settle_kind::failed: return o.fault.code;
      case settle_kind::cancelled: return "cancelled, cost " + to_string(o.actual);
      case settle_kind::wait: return "not done yet";
      case settle_kind::handed_back: return "not here";
    }
    return {};
  }
  /// A settle was taken: by the epoch of this claim, and by no later one.
  void accepted(const claimed_job& c, const settle_receipt& r, const char* what) {
    tell([&] { return "hears that " + job(c) + " " + what + (r.replayed ? ", again" : ""); });
    to_.at.require(r.replayed || r.job.settled_epoch == c.status.epoch, "queue 1",
                   [&] { return job(c) + " took the answer of a claim that was given away"; });
  }

  exchange<Store>& to_;
  const actor& who_;
};

/// One worker over all its lives. Not thread-safe; its steps may be played inside each other, as
/// the threads of a worker would.
template <storage Store>
class staff {
 public:
  staff(exchange<Store>& to, provider& p, const worker_options& options, std::uint64_t number)
      : to_{to}, provider_{p}, options_{options}, number_{number} {
    options_.clock = {[](void* self) noexcept { return static_cast<staff*>(self)->now(); }, this};
    start();
  }

  staff(const staff&) = delete;  // its options point to it
  staff& operator=(const staff&) = delete;

  /// Does one step; comes back to life where it is dead.
  void act() {
    if (me_->who->dead) {
      if (luck().chance(400)) start();
      return;
    }
    const std::shared_ptr<life> me = me_;  // it may die meanwhile
    const std::uint64_t what = luck().below(100);
    if (what < 30) {
      claim(*me, luck().between(1, 3));
    } else if (what < 58) {
      run_one(*me);
    } else if (what < 78) {
      settle(*me);
    } else if (what < 88) {
      beat(*me);
    } else if (what < 95) {
      sweep(*me);
    } else if (what < 97) {
      leave(*me);
    } else {
      beat_for_former_life(*me);
    }
  }

  /// A calm round: everything a worker does, once. Whether anything was done.
  bool round(bool sweeps) {
    if (me_->who->dead || me_->leaving) start();
    const std::shared_ptr<life> me = me_;
    beat(*me);
    if (sweeps) sweep(*me);
    settle(*me);
    const bool claimed = claim(*me, 8) != 0;
    while (!me->to_run.empty() && !to_.at.broken) run_one(*me);
    settle(*me);
    return claimed;
  }

 private:
  struct life {
    life(exchange<Store>& to, provider& p, const worker_options& o, std::shared_ptr<actor> a,
         worker_id id)
        : who{std::move(a)},
          line{to, who},
          options{o},
          state{id, {std::string{film_kind}}},
          eyes{to, *who},
          bench{line, state, options, eyes, retry},
          handler{to.at, p, *who, {std::string{film_kind}}} {}
    std::shared_ptr<actor> who;
    faulty_store<Store> line;
    worker_options options;
    exponential_backoff retry{};
    worker_state state;
    witness<Store> eyes;
    workbench<faulty_store<Store>, witness<Store>> bench;
    renderer handler;
    std::vector<std::shared_ptr<held_job>> to_run{};
    bool leaving{};
  };

  dice& luck() { return to_.at.luck; }
  /// The clock of its machine, which nobody sets: hours ahead of the store's, or behind it.
  [[nodiscard]] timestamp now() const noexcept {
    return to_.at.clock.now() + hours(static_cast<std::int64_t>(number_) * 7 - 14);
  }

  void start() {
    ++lives_;
    std::string name = "worker " + std::to_string(number_);
    if (lives_ > 1) name += " in its life " + std::to_string(lives_);
    if (me_) former_ = me_->state.leases();
    auto who = std::make_shared<actor>(actor{.name = name, .mortal = true});
    me_ = std::make_shared<life>(to_, provider_, options_, std::move(who),
                                 worker_id{{number_, lives_}});
    if (lives_ > 1) to_.at.tell([&] { return name + " begins"; });
  }

  std::size_t claim(life& me, std::uint64_t limit) {
    if (me.leaving) return 0;
    me.who->at = duty::claim;
    const auto jobs = claim_step(me.bench, static_cast<std::size_t>(limit));
    if (!jobs) return 0;
    me.to_run.insert(me.to_run.end(), jobs->begin(), jobs->end());
    return jobs->size();
  }
  void run_one(life& me) {
    if (me.to_run.empty()) return;
    const std::shared_ptr<held_job> job = me.to_run.front();
    me.to_run.erase(me.to_run.begin());
    me.who->at = duty::advance;
    const auto send = [&](const advance_command& c) {
      me.who->at = duty::advance;
      return transact(me.line, c, me.options.rules);
    };
    const auto tick = [&] {
      if (to_.at.calm || luck().chance(300)) beat(me);
    };
#if defined(__cpp_exceptions)
    try {
      run_step(me.bench, me.handler, job, send, tick);
    } catch (const std::exception& e) {
      to_.at.require(false, "queue 18",
                     [&] { return me.who->name + " is ended by a handler: " + e.what(); });
    }
#else
    run_step(me.bench, me.handler, job, send, tick);
#endif
  }
  void settle(life& me) {
    if (!me.state.has_owed()) return;
    me.who->at = duty::settle;
    static_cast<void>(settle_step(me.bench));
  }
  void beat(life& me) {
    me.who->at = duty::beat;
    static_cast<void>(beat_step(me.bench));
  }
  void sweep(life& me) {
    me.who->at = duty::sweep;
    static_cast<void>(sweep_step(me.bench));
  }
  /// Is told to stop, waits no longer, and hands everything back.
  void leave(life& me) {
    to_.at.tell([&] { return me.who->name + " is told to stop"; });
    me.leaving = true;
    stop_step(me.bench);
    if (luck().chance(500)) {
      for (const auto& job : me.state.unanswered()) {
        to_.books.answers[{job->claimed.body->id, job->claimed.status.epoch}].handed_over = true;
      }
      hand_back_step(me.bench);
    }
    settle(me);
  }
  /// Renews leases it remembers from before it died: they are not its own.
  void beat_for_former_life(life& me) {
    if (former_.empty()) return;
    me.who->at = duty::beat;
    to_.at.tell([&] { return me.who->name + " beats for the leases of its former life"; });
    static_cast<void>(
        me.line.heartbeat({.worker = me.state.id(), .leases = former_, .lease = me.options.lease}));
  }

  exchange<Store>& to_;
  provider& provider_;
  worker_options options_;
  std::uint64_t number_;
  std::uint64_t lives_{};
  std::vector<lease_ref> former_{};
  std::shared_ptr<life> me_{};
};

}  // namespace tollgate::simulation
