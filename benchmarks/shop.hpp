// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the benchmarks of databases work on: numbered accounts with plenty of credits, and orders of
// twelve shots.

#include <arguments.hpp>

#include <tollgate/core/system_clock.hpp>
#include <tollgate/ledger/requests.hpp>
#include <tollgate/storage/transact.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bench {

using namespace tollgate;

inline constexpr std::size_t shots = 12;
inline constexpr credits shot_cost = credits::from_units(12'000);
inline constexpr credits shot_actual = credits::from_units(10'000);
inline constexpr credits plenty = credits::from_units(900'000'000'000);

/// The n-th account, from 1: 00000000-0000-7000-8000-<n as 12 hexadecimal digits>, so that SQL
/// names it as cheaply as we do.
[[nodiscard]] constexpr account_id account_of(std::uint64_t n) noexcept {
  return {{0x0000'0000'0000'7000U, 0x8000'0000'0000'0000U | n}};
}

/// A host sells more than the default of 10,000 open holds to the one account of a hot run.
[[nodiscard]] inline ledger_rules many_holds() {
  ledger_rules rules;
  rules.max_open_holds = 100'000'000;
  return rules;
}

template <class T>
T must(result<T> answer, const char* what) {
  if (!answer) stop(std::string{what} + ": " + to_string(answer.error()));
  return std::move(*answer);
}

/// Makes orders; one for each thread.
class customer {
 public:
  customer(std::uint64_t accounts, std::uint64_t seed, std::size_t items = shots,
           std::size_t payload = 400)
      : accounts_{accounts}, draw_{seed}, items_{items}, payload_(payload, 'p') {}

  [[nodiscard]] account_id somebody() { return account_of(1 + draw_() % accounts_); }
  [[nodiscard]] confirm_command order() { return order_of(somebody()); }
  [[nodiscard]] confirm_command order_of(account_id account, timestamp ready_at = {}) {
    const timestamp now = system_clock_source().now();
    confirm_command c{.account = account,
                      .key = "confirm/" + to_string(make_id<operation_id>(now, draw_(), draw_())),
                      .project = project_id{account.value},
                      .attachment = std::string(200, 'w')};
    c.items.reserve(items_);
    for (std::size_t i = 0; i < items_; ++i) {
      c.items.push_back({.item = make_id<item_id>(now, i, draw_()),
                         .kind = "render",
                         .payload = payload_,
                         .states = states_,
                         .cost = shot_cost,
                         .ready_at = ready_at});
    }
    return c;
  }

 private:
  std::uint64_t accounts_;
  std::mt19937_64 draw_;
  std::size_t items_;
  std::string payload_;
  std::shared_ptr<const state_names> states_ = std::make_shared<const state_names>();
};

/// Opens accounts 1 to n.
template <ledger_store Store>
void open_accounts(Store& store, std::uint64_t accounts) {
  const ledger_rules rules = many_holds();
  for (std::uint64_t n = 1; n <= accounts;) {
    std::vector<command> opened;
    for (; n <= accounts && opened.size() < 500; ++n) {
      opened.push_back(
          to_command(open_account_request{.account = account_of(n), .opening_grant = plenty}));
    }
    for (auto& answer : transact(store, std::span<const command>{opened}, rules)) {
      static_cast<void>(must(std::move(answer), "open_account"));
    }
  }
}

/// What a worker says of a job that did nothing.
[[nodiscard]] inline settle_command nothing_done(const claimed_job& job, worker_id worker) {
  return {.lease = {job.body->account, job.body->id, job.status.epoch},
          .kind = settle_kind::succeeded,
          .actual = shot_actual,
          .provider_job_id = "operations/0123456789abcdef",
          .result = "https://example.org/video/0123456789.mp4",
          .worker = worker};
}

}  // namespace bench
