// SPDX-License-Identifier: BSL-1.0
#pragma once
// The end of a world: the faults stop and time passes. Then every job has ended, every hold is
// closed, and everybody knows what became of everything they asked for.

#include <tollgate/simulation/exchange.hpp>
#include <tollgate/simulation/record.hpp>
#include <tollgate/simulation/shop.hpp>
#include <tollgate/simulation/stage.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tollgate::simulation {

/// Brings a world to its end. Refers to everything of it.
template <storage Store, class People>
class calm {
 public:
  calm(exchange<Store>& to, People& people) : to_{to}, at_{to.at}, people_{people} {}

  void play() {
    at_.odds = {};
    at_.others = {};
    at_.calm = true;
    at_.clock.set(at_.latest());
    at_.tell([] { return std::string{"the faults stop"}; });
    to_.deliver_all();
    to_.books.paused.clear();
    static_cast<void>(to_.store.set_kind({.kind = std::string{film_kind}, .paused = false}));
    hear_the_answers();
    finish_jobs();
    end_the_relics();
    close_the_holds();
    ask_about_everything();
    read_the_books();
  }

 private:
  /// Live jobs of a kind, of all accounts.
  [[nodiscard]] std::vector<const job_record*> live(std::string_view kind) const {
    std::vector<const job_record*> found;
    for (const auto& [account, here] : to_.eyes.known()) {
      for (const auto& [id, job] : here.jobs) {
        if (!job.status.is_final() && job.body->kind == kind) found.push_back(&job);
      }
    }
    return found;
  }
  /// Grows with everything that happens to a job.
  [[nodiscard]] std::uint64_t changes() const {
    std::uint64_t sum = 0;
    for (const auto& [account, here] : to_.eyes.known()) {
      for (const auto& [id, job] : here.jobs) sum += job.status.revision;
    }
    return sum;
  }

  /// With an honest line one question is enough.
  void hear_the_answers() {
    for (auto& d : people_.desks) {
      at_.require(d->finish(), "liveness", [] { return std::string{"a desk gets no answer"}; });
    }
    for (auto& c : people_.clients) {
      at_.require(c->finish(), "liveness", [] { return std::string{"a client gets no answer"}; });
    }
    for (auto& d : people_.desks) d->settle_up("calm");
  }

  /// Workers work; the clock goes to the next instant at which something can go on by itself. That
  /// a job would end unstarted is no such instant: somebody has to take it before.
  void finish_jobs() {
    for (int rounds = 0; !at_.broken; ++rounds) {
      const std::uint64_t before = changes();
      bool claimed = false;
      for (auto& w : people_.workers) {
        claimed = w->round(&w == &people_.workers.front()) || claimed;
      }
      const auto left = live(film_kind);
      if (left.empty()) return;
      at_.require(rounds < 5'000, "liveness",
                  [&] { return at_.name("job", left.front()->body->id) + " never ends"; });
      if (claimed || changes() != before || at_.broken) continue;
      const timestamp next = next_instant(left);
      at_.require(next != never, "liveness", [&] {
        return at_.name("job", left.front()->body->id) + " is ready, and nobody gets it";
      });
      if (next != never) at_.clock.set(next);
    }
  }
  [[nodiscard]] timestamp next_instant(const std::vector<const job_record*>& left) const {
    const timestamp now = at_.clock.now();
    timestamp next = never;
    for (const job_record* job : left) {
      const job_status& s = job->status;
      const timestamp goes_on = s.phase == job_phase::leased ? s.lease_until : s.ready_at;
      for (const timestamp t : {goes_on, job->body->deadline}) {
        if (t > now && t < next) next = t;
      }
    }
    return next;
  }

  /// What no worker knows was left alone; its start_by ends it.
  void end_the_relics() {
    if (at_.broken) return;
    at_.clock.advance(days(8));
    at_.tell([] { return std::string{"eight days pass"}; });
    for (int rounds = 0; rounds < 9 && !live(relic_kind).empty(); ++rounds) {
      people_.workers.front()->round(true);
    }
    const auto left = live(relic_kind);
    at_.require(left.empty(), "queue 15", [&] {
      return at_.name("job", left.front()->body->id) + " outlives its time to start";
    });
  }

  /// Whoever writes next ends what ran out.
  void close_the_holds() {
    if (at_.broken) return;
    at_.clock.advance(days(400));
    at_.tell([] { return std::string{"a year passes"}; });
    for (auto& d : people_.desks) {
      d->settle_up("the end");
      const account& row = to_.eyes.known().at(d->account()).row;
      at_.require(row.held == credits{} && row.open_holds == 0, "liveness", [&] {
        return at_.name("account", d->account()) + " still holds " + to_string(row.held);
      });
    }
  }

  void ask_about_everything() {
    if (at_.broken) return;
    for (auto& c : people_.clients) c->ask_about_everything();
    for (auto& d : people_.desks) d->ask_about_everything();
  }

  /// The books of the store against the record of the world.
  void read_the_books() {
    for (auto& d : people_.desks) {
      if (at_.broken) return;
      const auto books = to_.store.audit(d->account());
      if (!books) return;
      read_answers(*books);
      read_totals(*books);
    }
    read_late_results();
    for (const auto& [key, a] : to_.books.keys) count(key.first, a);
  }

  void read_answers(const account_records& books) {
    for (const auto& [key, a] : to_.books.keys) {
      if (key.first != books.row.id || !a.done) continue;
      const std::uint64_t seq = a.done->seq;
      const bool there = seq >= 1 && seq <= books.operations.size();
      at_.require(there && books.operations[seq - 1].id == a.done->operation &&
                      books.operations[seq - 1].moved == a.done->moved,
                  "ledger 13",
                  [&] { return key.second + " was answered, and is not in the books"; });
    }
    for (const operation& o : books.operations) {
      if (is_internal(o.request.kind)) continue;
      const asked& a = to_.books.keys[{books.row.id, o.request.key}];
      at_.require(a.done || a.refused, "liveness",
                  [&] { return o.request.key + " was done, and nobody was told"; });
    }
  }
  void read_totals(const account_records& books) {
    for (std::uint64_t n = 0; n < 2; ++n) {
      const auto project = numbered<project_id>(n);
      credits spent{};
      for (const operation& o : books.operations) {
        if (o.project == project) spent += o.spent;
      }
      const auto total = to_.store.running_total(books.row.id, project);
      at_.require(total && total->spent == spent && total->committed == credits{}, "ledger 2",
                  [&] { return "the total of " + at_.name("project", project) + " is wrong"; });
    }
  }
  /// What came too late is kept for a person to look at.
  void read_late_results() {
    for (const late_result& late : to_.books.late) {
      const auto log = to_.store.attempts(late.lease.account, late.lease.job);
      const bool kept = log && std::any_of(log->begin(), log->end(), [&](const attempt& a) {
                          return a.outcome == attempt_outcome::late &&
                                 a.epoch == late.lease.epoch && a.result == late.result;
                        });
      at_.require(kept, "queue 4", [&] {
        return "the late result of " + at_.name("job", late.lease.job) + " is not kept";
      });
    }
  }
  void count(account_id account, const asked& a) {
    if (a.jobs.empty()) return;
    for (const job_id id : a.jobs) {
      const job_record* job = to_.eyes.find(account, id);
      at_.require(job != nullptr && job->status.is_final(), "liveness",
                  [&] { return at_.name("job", id) + " was confirmed, and did not end"; });
      ++to_.books.jobs;
    }
    ++to_.books.finished;
  }

  exchange<Store>& to_;
  stage& at_;
  People& people_;
};

}  // namespace tollgate::simulation
