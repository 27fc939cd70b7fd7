// SPDX-License-Identifier: BSL-1.0
#pragma once
// One account and its jobs, complete, without a store: decisions are written into it as a store
// would, and the store's part of the queue (claims, lost leases) is played by hand.

#include <support/catch.hpp>

#include <tollgate/gate/advance.hpp>
#include <tollgate/gate/cancel.hpp>
#include <tollgate/gate/confirm.hpp>
#include <tollgate/gate/expire.hpp>
#include <tollgate/gate/ledger.hpp>
#include <tollgate/gate/settle.hpp>
#include <tollgate/gate/verify.hpp>
#include <tollgate/ledger/requests.hpp>

namespace tollgate::test {

using namespace tollgate::literals;

[[nodiscard]] constexpr credits cr(std::int64_t whole) {
  return credits::from_units(whole * 10'000);
}
[[nodiscard]] constexpr item_id item(std::uint64_t n) { return {{0x1, n}}; }

class world {
 public:
  explicit world(credits opening = cr(100)) {
    must(open_account_request{.account = user, .opening_grant = opening});
  }

  /// Runs a command of the gate and writes what it decided; checks every invariant.
  template <class Command>
  auto run(const Command& c) {
    auto d = decide(shot_, c, now, rules);
    if (d.write) write(std::move(*d.write));
    check();
    return std::move(d.answer);
  }
  template <ledger_request Request>
  auto ask(Request r) {
    return run(to_command(std::move(r)));
  }
  template <ledger_request Request>
  receipt must(Request r) {
    auto answer = ask(std::move(r));
    REQUIRE(answer.has_value());
    return *answer;
  }

  [[nodiscard]] order_item shot(std::uint64_t n, credits cost = cr(10)) const {
    return {.item = item(n), .kind = "render", .payload = "shot", .states = states, .cost = cost};
  }
  [[nodiscard]] confirm_command order(std::string key, std::vector<order_item> items) const {
    return {.account = user, .key = std::move(key), .project = project, .items = std::move(items)};
  }
  /// Confirms `n` shots of 10 credits each and gives their jobs.
  std::vector<job_id> confirm(std::string key, std::uint64_t first, std::uint64_t n) {
    std::vector<order_item> items;
    for (std::uint64_t i = 0; i < n; ++i) items.push_back(shot(first + i));
    auto answer = run(order(std::move(key), std::move(items)));
    REQUIRE(answer.has_value());
    return answer->jobs;
  }

  job_record& job(job_id id) {
    job_record* found = detail::find_job(shot_, id);
    REQUIRE(found != nullptr);
    return *found;
  }
  /// What a store does for a claim.
  lease_ref claim(job_id id) {
    job_status& s = job(id).status;
    if (s.phase == job_phase::ready) {
      ++s.attempts;
      s.state = states->active;
    }
    s.phase = job_phase::leased;
    s.role = job_role::active;
    ++s.epoch;
    ++s.revision;
    s.worker = worker_id{{7, s.epoch}};
    s.lease_until = now + seconds(20);
    if (s.started_at == timestamp{}) s.started_at = now;
    return {user, id, s.epoch};
  }
  auto succeed(const lease_ref& lease, credits actual) {
    return run(settle_command{
        .lease = lease, .kind = settle_kind::succeeded, .actual = actual, .result = "video"});
  }
  auto fail(const lease_ref& lease, bool retryable) {
    return run(settle_command{.lease = lease,
                              .kind = settle_kind::failed,
                              .delay = seconds(30),
                              .retryable = retryable,
                              .error_code = "provider",
                              .error_message = "it broke"});
  }
  /// Lets the lease run out and the sweeper find it.
  auto lose(job_id id) {
    now = job(id).status.lease_until;
    return run(due_job{user, id, due_reason::lease_lost});
  }

  [[nodiscard]] const account& row() const { return shot_.ledger.row; }
  [[nodiscard]] const std::vector<operation>& operations() const { return operations_; }
  [[nodiscard]] std::size_t count(attempt_outcome outcome) const {
    return static_cast<std::size_t>(std::count_if(
        attempts.begin(), attempts.end(), [&](const attempt& a) { return a.outcome == outcome; }));
  }
  [[nodiscard]] const hold& hold_for(job_id id) const {
    for (const hold& h : shot_.ledger.holds) {
      if (h.job == id) return h;
    }
    FAIL("no hold for the job");
    return shot_.ledger.holds.front();
  }

  static constexpr account_id user{{0xa, 0xa}};
  static constexpr project_id project{{0xb, 0xb}};
  std::shared_ptr<const state_names> states = std::make_shared<const state_names>();
  ledger_rules rules{};
  timestamp now{seconds(1'800'000'000).microseconds};
  std::vector<attempt> attempts{};

 private:
  void write(unit u) {
    if (u.ledger) {
      REQUIRE(u.ledger->expected_seq == seq_);
      seq_ = u.ledger->row.seq;
      for (operation& o : u.ledger->operations) operations_.push_back(std::move(o));
      for (entry& e : u.ledger->entries) entries_.push_back(e);
      for (hold& h : u.ledger->holds) {
        const auto index = detail::find_hold(shot_.ledger, h.id);
        if (index)
          shot_.ledger.holds[*index] = std::move(h);
        else
          shot_.ledger.holds.push_back(std::move(h));
      }
    }
    for (job_insert& j : u.inserts) shot_.jobs.push_back({j.body, j.status});
    for (attempt& a : u.attempts) attempts.push_back(std::move(a));
  }
  void check() const {
    for (const discrepancy& f :
         verify(shot_.ledger.row, shot_.ledger.lots, shot_.ledger.holds, operations_, entries_,
                std::span<const job_record>{shot_.jobs})) {
      FAIL(f.rule << " at " << f.place << ": " << f.message);
    }
  }

  account_snapshot shot_{};
  std::uint64_t seq_{};
  std::vector<operation> operations_{};
  std::vector<entry> entries_{};
};

/// The error of an answer that must be a refusal.
template <class T>
error refusal_of(const result<T>& answer) {
  return answer ? error::none : answer.error().code;
}

}  // namespace tollgate::test
