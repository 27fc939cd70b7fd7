// SPDX-License-Identifier: BSL-1.0
#pragma once
// A store with a test clock, and the few commands the tests of the store give it.

#include <support/catch.hpp>

#include <tollgate/ledger/requests.hpp>
#include <tollgate/memory/store.hpp>
#include <tollgate/storage/transact.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

/// The n-th id of a kind; the same number gives the same id in every run.
template <class Id>
[[nodiscard]] constexpr Id nth(std::uint64_t n) {
  return make_id<Id>(manual_clock::default_start, tollgate::detail::mix(n), n);
}
[[nodiscard]] constexpr credits whole(std::int64_t n) { return credits::from_units(n * 10'000); }

/// Takes the value of an answer, or fails the test with the reason.
template <class T>
T value(result<T> answer) {
  if (!answer) FAIL(to_string(answer.error()));
  return *std::move(answer);
}

struct desk {
  manual_clock clock{};
  memory::store store;
  ledger_rules rules{};
  std::uint64_t items_made{0};
  std::shared_ptr<const state_names> states{std::make_shared<state_names>()};

  explicit desk(queue_limits limits = {})
      : store(memory::options{.clock = clock.source(), .limits = limits}) {}

  account_id open(std::uint64_t n, credits grant = whole(1'000)) {
    const auto id = nth<account_id>(n);
    value(transact(store, to_command(open_account_request{.account = id, .opening_grant = grant}),
                   rules));
    return id;
  }
  template <class Request>
  result<receipt> ask(Request request) {
    return transact(store, to_command(std::move(request)), rules);
  }

  [[nodiscard]] order_item item(std::string kind = "render", credits cost = whole(1)) {
    return {.item = nth<item_id>(1'000'000 + ++items_made),
            .kind = std::move(kind),
            .states = states,
            .cost = cost};
  }
  [[nodiscard]] std::vector<order_item> item_list(std::size_t n, std::string kind = "render",
                                                  credits cost = whole(1)) {
    std::vector<order_item> made;
    for (std::size_t i = 0; i < n; ++i) made.push_back(item(kind, cost));
    return made;
  }
  result<order_receipt> try_order(account_id account, std::string key,
                                  std::vector<order_item> items, group_id group = {},
                                  project_id project = {}) {
    return transact(store,
                    confirm_command{.account = account,
                                    .key = std::move(key),
                                    .project = project,
                                    .group = group,
                                    .items = std::move(items)},
                    rules);
  }
  order_receipt order(account_id account, std::string key, std::vector<order_item> items,
                      group_id group = {}, project_id project = {}) {
    return value(try_order(account, std::move(key), std::move(items), group, project));
  }

  std::vector<claimed_job> claim(std::size_t limit = 1, std::vector<std::string> kinds = {"render"},
                                 duration lease = seconds(20)) {
    return value(store.claim(
        {.worker = nth<worker_id>(1), .kinds = std::move(kinds), .limit = limit, .lease = lease}));
  }
  [[nodiscard]] static lease_ref lease_of(const claimed_job& c) {
    return {c.body->account, c.body->id, c.status.epoch};
  }
  result<settle_receipt> settle(const claimed_job& c, credits actual = whole(1)) {
    return transact(
        store,
        settle_command{.lease = lease_of(c), .kind = settle_kind::succeeded, .actual = actual},
        rules);
  }
  result<settle_receipt> hand_over(const claimed_job& c, settle_kind kind, duration delay = {}) {
    return transact(
        store,
        settle_command{.lease = lease_of(c), .kind = kind, .delay = delay, .retryable = true},
        rules);
  }
  result<cancel_receipt> cancel(account_id account, job_id job) {
    return transact(store, cancel_command{.account = account, .job = job}, rules);
  }
  /// Runs what is due until nothing is; answers how many jobs that changed.
  std::size_t run_due() {
    std::size_t changed = 0;
    for (;;) {
      const auto due = value(store.due({}));
      std::size_t now = 0;
      for (const auto& answer : transact(store, std::span<const due_job>{due}, rules)) {
        if (value(answer).changed) ++now;
      }
      if (now == 0) return changed;
      changed += now;
    }
  }

  job_status status(account_id account, job_id job) {
    auto found = value(store.jobs(account, {.job = job}, {}));
    REQUIRE(found.items.size() == 1);
    return std::move(found.items.front().status);
  }
  std::uint32_t in_flight(account_id account) {
    return value(store.queue(account, "render")).in_flight;
  }
};

}  // namespace tollgate::test
