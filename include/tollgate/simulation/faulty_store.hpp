// SPDX-License-Identifier: BSL-1.0
#pragma once
// A store as one actor sees it over a bad line: calls fail before or after they are done, answers
// are lost or come late, and others act in between.

#include <tollgate/simulation/exchange.hpp>
#include <tollgate/storage/concepts.hpp>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// Models `storage`: one actor's line to the store. Not thread-safe.
template <storage Store>
class faulty_store {
 public:
  faulty_store(exchange<Store>& to, std::shared_ptr<actor> who) : to_{to}, who_{std::move(who)} {}

  [[nodiscard]] actor& who() noexcept { return *who_; }

  result<snapshot> load(const load_request& r) {
    return read([&] { return to_.store.load(r); });
  }
  result<std::vector<verdict>> commit(std::span<unit> units) {
    const slip what = begin();
    const duty as = who_->at;
    if (what == slip::refused) return down();
    if (what == slip::late) {
      to_.at.tell([&] { return "the answer to " + who_->name + " is lost"; });
      to_.put_off(units, who_);
      return unknown();
    }
    auto verdicts = to_.commit(units, *who_, as);
    return answer(what, std::move(verdicts));
  }
  result<std::vector<claimed_job>> claim(const claim_request& c) {
    const slip what = begin();
    if (what == slip::refused) return down();
    auto got = to_.store.claim(c);
    if (got) to_.eyes.claimed(*who_, c, *got);
    return answer(what, std::move(got));
  }
  result<beat_answer> heartbeat(const beat& b) {
    const slip what = begin();
    if (what == slip::refused) return down();
    auto said = to_.store.heartbeat(b);
    if (said) to_.eyes.beaten(*who_, b, *said);
    return answer(what, std::move(said));
  }
  result<std::vector<due_job>> due(const due_request& d) {
    return read([&] {
      auto found = to_.store.due(d);
      if (found) to_.eyes.named(d, *found);
      return found;
    });
  }
  result<void> set_limits(const queue_limits& l) { return to_.store.set_limits(l); }
  result<void> set_kind(const kind_setting& k) { return to_.store.set_kind(k); }

  result<page<job_record>> jobs(account_id a, const job_filter& f, const cursor& c) {
    return read([&] { return to_.store.jobs(a, f, c); });
  }
  result<page<operation>> history(account_id a, const cursor& c) {
    return read([&] { return to_.store.history(a, c); });
  }
  result<std::vector<attempt>> attempts(account_id a, job_id j) {
    return read([&] { return to_.store.attempts(a, j); });
  }
  result<project_total> running_total(account_id a, project_id p) {
    return read([&] { return to_.store.running_total(a, p); });
  }
  result<page<operation>> last_operation(account_id a, timestamp t) {
    return read([&] { return to_.store.last_operation(a, t); });
  }
  result<queue_state> queue(account_id a, const std::string& k) {
    return read([&] { return to_.store.queue(a, k); });
  }
  result<page<account_id>> accounts(const cursor& c) {
    return read([&] { return to_.store.accounts(c); });
  }
  result<account_records> audit(account_id a) {
    return read([&] { return to_.store.audit(a); });
  }

 private:
  static auto down() { return refuse(error::storage_unavailable, {}, "the line is down"); }
  static auto unknown() { return refuse(error::outcome_unknown, {}, "the answer was lost"); }

  template <class Do>
  auto read(Do act) -> decltype(act()) {
    stage& at = to_.at;
    if (!reach() || at.luck.chance(at.odds.unread)) return down();
    return act();
  }

  /// Lets others act and what was sent before arrive. False: nobody is there to call.
  bool reach() {
    stage& at = to_.at;
    if (who_->dead || at.broken) return false;
    const duty as = who_->at;
    at.interrupt();
    who_->at = as;  // what acted in between may have been another step of the same worker
    if (who_->dead || at.broken) return false;
    ++to_.books.calls;
    static_cast<void>(at.latest());
    to_.deliver_for(*who_);
    return true;
  }
  /// What becomes of a call that may write.
  slip begin() {
    stage& at = to_.at;
    if (!reach()) return slip::refused;
    if (who_->mortal && at.luck.chance(at.odds.death)) {
      at.tell([&] { return who_->name + " dies"; });
      who_->dead = true;
      return at.luck.chance(500) ? slip::refused : slip::lost;
    }
    const slip what = slip_of(at.odds, at.luck);
    if (what == slip::refused) {
      at.tell([&] { return who_->name + " cannot reach the store"; });
    }
    return what;
  }

  template <class T>
  result<T> answer(slip what, result<T>&& got) {
    if (what == slip::none || !got) return std::move(got);
    if (!who_->dead) to_.at.tell([&] { return "the answer to " + who_->name + " is lost"; });
    return unknown();
  }

  exchange<Store>& to_;
  std::shared_ptr<actor> who_;
};

}  // namespace tollgate::simulation
