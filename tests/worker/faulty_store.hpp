// SPDX-License-Identifier: BSL-1.0
#pragma once
// A store whose calls fail, or whose answers are lost, from a chosen call on.

#include <tollgate/memory/store.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

enum class trouble { none, unavailable, answer_lost, lost_then_unavailable };

/// Models `storage`; fails the `at`-th call of load, commit, claim, heartbeat and due (from 1), and
/// the calls after it up to `until`.
class faulty_store {
 public:
  explicit faulty_store(const memory::options& o) : good{o} {}

  void plan(trouble what, std::uint64_t at, std::uint64_t length = 1) {
    what_ = what;
    from_ = calls.load() + at;
    until_ = from_ + length;
  }

  result<snapshot> load(const load_request& r) {
    return through([&] {
      auto loaded = good.load(r);
      for (account_snapshot& s : loaded->accounts) {
        if (s.ledger.row.id == damaged) s.ledger.holds.clear();
      }
      return loaded;
    });
  }
  result<std::vector<verdict>> commit(std::span<unit> u) {
    ++commits;
    return through([&] { return good.commit(u); });
  }
  result<std::vector<claimed_job>> claim(const claim_request& r) {
    return through([&] { return good.claim(r); });
  }
  result<beat_answer> heartbeat(const beat& b) {
    ++beats;
    return through([&] { return good.heartbeat(b); });
  }
  result<std::vector<due_job>> due(const due_request& r) {
    return through([&] { return good.due(r); });
  }
  result<void> set_limits(const queue_limits& l) { return good.set_limits(l); }
  result<void> set_kind(const kind_setting& k) { return good.set_kind(k); }
  result<page<job_record>> jobs(account_id a, const job_filter& f, const cursor& c) {
    ++queries;
    return good.jobs(a, f, c);
  }
  result<page<operation>> history(account_id a, const cursor& c) { return good.history(a, c); }
  result<std::vector<attempt>> attempts(account_id a, job_id j) { return good.attempts(a, j); }
  result<project_total> running_total(account_id a, project_id p) {
    return good.running_total(a, p);
  }
  result<page<operation>> last_operation(account_id a, timestamp t) {
    return good.last_operation(a, t);
  }
  result<queue_state> queue(account_id a, const std::string& k) { return good.queue(a, k); }
  result<page<account_id>> accounts(const cursor& c) {
    ++scans;
    return good.accounts(c);
  }
  result<account_records> audit(account_id a) { return good.audit(a); }

  memory::store good;
  account_id damaged{};  // whose holds are not found: nothing can be decided about its jobs
  std::atomic<std::uint64_t> calls{};
  std::atomic<std::uint64_t> commits{};
  std::atomic<std::uint64_t> beats{};
  std::atomic<std::uint64_t> queries{};
  std::atomic<std::uint64_t> scans{};

 private:
  template <class Do>
  auto through(Do act) -> decltype(act()) {
    const std::uint64_t n = ++calls;
    if (what_ == trouble::none || n < from_ || n >= until_) return act();
    if (what_ == trouble::unavailable || (what_ == trouble::lost_then_unavailable && n > from_)) {
      return refuse(error::storage_unavailable, {}, "the disk is full");
    }
    static_cast<void>(act());
    return refuse(error::outcome_unknown, {}, "the connection broke");
  }

  trouble what_{trouble::none};
  std::uint64_t from_{};
  std::uint64_t until_{};
};
static_assert(storage<faulty_store>);

}  // namespace tollgate::test
