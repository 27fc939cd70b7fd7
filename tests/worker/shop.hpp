// SPDX-License-Identifier: BSL-1.0
#pragma once
// A store with one account and a clock that stands still, and workers made of single steps.

#include <support/catch.hpp>

#include <tollgate/gate/verify.hpp>
#include <tollgate/ledger/requests.hpp>
#include <tollgate/memory/store.hpp>
#include <tollgate/worker/steps.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

[[nodiscard]] constexpr credits cr(std::int64_t whole) {
  return credits::from_units(whole * 10'000);
}

/// Runs whatever it is told to.
class scripted {
 public:
  using script = std::function<outcome(job_context&)>;

  explicit scripted(script s, std::vector<std::string> kinds = {"render"})
      : script_{std::move(s)}, kinds_{std::move(kinds)} {}
  [[nodiscard]] const std::vector<std::string>& kinds() const { return kinds_; }
  outcome operator()(job_context& job) {
    ++calls;
    return script_(job);
  }
  int calls{};

 private:
  script script_;
  std::vector<std::string> kinds_;
};

[[nodiscard]] inline scripted always_succeeds() {
  return scripted{[](job_context& job) { return outcome::succeeded(job.held(), "video"); }};
}

template <class Store = memory::store>
class basic_shop {
 public:
  static constexpr account_id user{{0xa, 0xa}};

  template <class... Args>
  explicit basic_shop(Args&&... args)
      : store{memory::options{.clock = clock.source()}, std::forward<Args>(args)...} {
    must(open_account_request{.account = user, .opening_grant = cr(10'000)});
  }

  template <ledger_request Request>
  void must(Request r) {
    REQUIRE(transact(store, to_command(std::move(r)), rules).has_value());
  }

  [[nodiscard]] order_item shot(std::string kind = "render") {
    return {.item = item_id{{1, ++items_}},
            .kind = std::move(kind),
            .payload = "shot",
            .states = states,
            .cost = cr(10)};
  }
  std::vector<job_id> confirm(std::vector<order_item> items, account_id account = user) {
    const auto answer = transact(store,
                                 confirm_command{.account = account,
                                                 .key = "order-" + std::to_string(++orders_),
                                                 .items = std::move(items)},
                                 rules);
    REQUIRE(answer.has_value());
    return answer->jobs;
  }
  std::vector<job_id> confirm(std::size_t n, const std::string& kind = "render") {
    std::vector<order_item> items;
    for (std::size_t i = 0; i < n; ++i) items.push_back(shot(kind));
    return confirm(std::move(items));
  }
  job_id confirm_one(const std::string& kind = "render") { return confirm(1, kind).front(); }
  auto cancel(job_id job) {
    return transact(store, cancel_command{.account = user, .job = job, .reason = "user"}, rules);
  }

  [[nodiscard]] job_status job(job_id id, account_id account = user) {
    const auto found = store.jobs(account, {.job = id}, {});
    REQUIRE(found.has_value());
    REQUIRE(found->items.size() == 1);
    return found->items.front().status;
  }
  [[nodiscard]] std::vector<attempt> attempts(job_id id) {
    const auto found = store.attempts(user, id);
    REQUIRE(found.has_value());
    return *found;
  }
  [[nodiscard]] std::size_t count(job_id id, attempt_outcome outcome) {
    std::size_t n = 0;
    for (const attempt& a : attempts(id)) n += a.outcome == outcome ? 1U : 0U;
    return n;
  }
  [[nodiscard]] account row(account_id account = user) {
    const auto books = store.audit(account);
    REQUIRE(books.has_value());
    return books->row;
  }
  /// What the account has paid.
  [[nodiscard]] credits spent() { return cr(10'000) - row().available - row().held; }
  /// Checks every invariant of the books.
  void check(account_id account = user) {
    const auto b = store.audit(account);
    REQUIRE(b.has_value());
    for (const discrepancy& d : verify(b->row, b->lots, b->holds, b->operations, b->entries,
                                       std::span<const job_record>{b->jobs})) {
      FAIL(d.rule << " at " << d.place << ": " << d.message);
    }
  }

  manual_clock clock{};
  ledger_rules rules{};
  std::shared_ptr<const state_names> states = std::make_shared<const state_names>();
  Store store;

 private:
  std::uint64_t items_{};
  std::uint64_t orders_{};
};
using shop = basic_shop<>;

/// One incarnation of a worker that does only what it is told. To crash it, let it go.
template <class Store, class Observer = no_observer>
class hand_driven {
 public:
  hand_driven(Store& store, std::uint64_t n, std::vector<std::string> kinds = {"render"})
      : state{worker_id{{7, n}}, std::move(kinds)}, at{store, state, options, observer, retry} {}

  std::shared_ptr<held_job> claim_one() {
    auto jobs = claim_step(at, 1);
    REQUIRE(jobs.has_value());
    REQUIRE(jobs->size() == 1);
    return jobs->front();
  }
  std::size_t claim_and_run(scripted& handler, std::size_t limit = 100) {
    const auto jobs = claim_step(at, limit);
    REQUIRE(jobs.has_value());
    for (const auto& job : *jobs) run_step(at, handler, job);
    return jobs->size();
  }
  void run(scripted& handler) {
    claim_and_run(handler);
    settle();
  }
  settle_summary settle() {
    settle_summary last;
    do {
      last = settle_step(at);
    } while (!last.fault && state.has_owed());
    return last;
  }
  std::size_t sweep() {
    const auto s = sweep_step(at);
    REQUIRE(s.has_value());
    return s->changed;
  }

  Observer observer{};
  worker_options options{};
  exponential_backoff retry{};
  worker_state state;
  workbench<Store, Observer> at;
};

}  // namespace tollgate::test
