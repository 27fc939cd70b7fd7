// SPDX-License-Identifier: BSL-1.0
#pragma once
// The three stores side by side at one clock, and what it means that they answered the same.

#include <tollgate/memory/store.hpp>
#include <tollgate/postgres/store.hpp>
#include <tollgate/sqlite/store.hpp>
#include <tollgate/storage/contract/any_store.hpp>
#include <tollgate/storage/contract/differences.hpp>
#include <tollgate/storage/transact.hpp>

#include <postgres/world.hpp>
#include <sqlite/folder.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

/// Whether the tests may take minutes instead of seconds: TOLLGATE_TEST_LONG=1.
[[nodiscard]] inline bool may_take_long() {
  const char* said = std::getenv("TOLLGATE_TEST_LONG");
  return said != nullptr && std::string_view{said} == "1";
}

/// Each empty, in a file and a schema of its own that go away with them.
class three_stores {
 public:
  manual_clock clock{};
  static constexpr std::array<std::string_view, 3> names{"memory", "sqlite", "postgres"};

  [[nodiscard]] std::array<contract::any_store*, 3> all() {
    return {&memory_, &sqlite_, &postgres_};
  }

 private:
  folder files_{};
  own_schema schema_{};
  memory::store in_memory_{{.clock = clock.source()}};
  std::unique_ptr<sqlite::store> in_file_{open_store({.path = files_.file(),
                                                      .safety = sqlite::durability::off,
                                                      .readers = 1,
                                                      .clock = clock.source()})};
  std::unique_ptr<postgres::store> in_postgres_{schema_.open(clock.source())};
  contract::erased<memory::store> memory_{in_memory_};
  contract::erased<sqlite::store> sqlite_{*in_file_};
  contract::erased<postgres::store> postgres_{*in_postgres_};
};

// What stands in two answers, as text where they differ; empty where they are the same.

[[nodiscard]] inline std::string differ(const char* what, bool same) {
  return same ? std::string{} : std::string{what} + " is another; ";
}
[[nodiscard]] inline std::string differences_of(const receipt& a, const receipt& b) {
  return differ("the receipt", a == b);
}
[[nodiscard]] inline std::string differences_of(const order_receipt& a, const order_receipt& b) {
  return differences_of(a.money, b.money) + differ("the order", a.order == b.order) +
         differ("the list of jobs", a.jobs == b.jobs);
}
[[nodiscard]] inline std::string differences_of(const job_status& a, const job_status& b) {
  return contract::differences(a, b);
}
[[nodiscard]] inline std::string differences_of(const settle_receipt& a, const settle_receipt& b) {
  return differences_of(a.job, b.job) + differ("the receipt", a.money == b.money) +
         differ("replayed", a.replayed == b.replayed) + differ("adopted", a.adopted == b.adopted);
}
[[nodiscard]] inline std::string differences_of(const advance_receipt& a,
                                                const advance_receipt& b) {
  return differences_of(a.job, b.job) + differ("lease_lost", a.lease_lost == b.lease_lost);
}
[[nodiscard]] inline std::string differences_of(const cancel_receipt& a, const cancel_receipt& b) {
  return differences_of(a.job, b.job) + differ("the receipt", a.money == b.money) +
         differ("the outcome", a.outcome == b.outcome);
}
[[nodiscard]] inline std::string differences_of(const expire_receipt& a, const expire_receipt& b) {
  return differences_of(a.job, b.job) + differ("the receipt", a.money == b.money) +
         differ("changed", a.changed == b.changed);
}
[[nodiscard]] inline std::string differences_of(const job_body& a, const job_body& b) {
  return differ("an id", a.id == b.id && a.account == b.account && a.order == b.order &&
                             a.hold == b.hold && a.item == b.item && a.group == b.group &&
                             a.project == b.project && a.branch == b.branch) +
         differ("the work", a.kind == b.kind && a.payload == b.payload && *a.states == *b.states) +
         differ("the place", a.priority == b.priority && a.arrival == b.arrival &&
                                 a.ordinal == b.ordinal && a.max_attempts == b.max_attempts) +
         differ("the estimate", a.estimated == b.estimated) +
         differ("a time", a.start_within == b.start_within && a.deadline == b.deadline &&
                              a.created_at == b.created_at);
}
[[nodiscard]] inline std::string differences_of(const job_record& a, const job_record& b) {
  return differences_of(*a.body, *b.body) + differences_of(a.status, b.status);
}
[[nodiscard]] inline std::string differences_of(const claimed_job& a, const claimed_job& b) {
  return differences_of(*a.body, *b.body) + differences_of(a.status, b.status) +
         differ("resumed", a.resumed == b.resumed);
}
[[nodiscard]] inline std::string differences_of(const account& a, const account& b) {
  return contract::differences(a, b);
}
[[nodiscard]] inline std::string differences_of(const lot& a, const lot& b) {
  return contract::differences(a, b);
}
[[nodiscard]] inline std::string differences_of(const hold& a, const hold& b) {
  return contract::differences(a, b);
}
[[nodiscard]] inline std::string differences_of(const operation& a, const operation& b) {
  return contract::differences(a, b);
}
[[nodiscard]] inline std::string differences_of(const attempt& a, const attempt& b) {
  return contract::differences(a, b);
}
[[nodiscard]] inline std::string differences_of(const entry& a, const entry& b) {
  return differ("an entry", a == b);
}
[[nodiscard]] inline std::string differences_of(const account_id& a, const account_id& b) {
  return differ("an account", a == b);
}
[[nodiscard]] inline std::string differences_of(const beat_answer& a, const beat_answer& b) {
  return differ("the list of lost leases", a.lost == b.lost) +
         differ("the list of cancel requests", a.cancel_requested == b.cancel_requested);
}
[[nodiscard]] inline std::string differences_of(const project_total& a, const project_total& b) {
  return differ("the total", a.spent == b.spent && a.committed == b.committed);
}
[[nodiscard]] inline std::string differences_of(const queue_state& a, const queue_state& b) {
  return differ("the queue", a.in_flight == b.in_flight && a.max_in_flight == b.max_in_flight &&
                                 a.weight == b.weight && a.kind_paused == b.kind_paused);
}
[[nodiscard]] inline std::string text_of(const due_job& d) {
  return to_string(d.job) + " reason " + std::to_string(static_cast<int>(d.reason)) + ", ";
}
[[nodiscard]] inline std::string differences_of(const std::vector<due_job>& a,
                                                const std::vector<due_job>& b) {
  if (a == b) return {};
  std::string both;
  for (const due_job& d : a) both += text_of(d);
  both += "against ";
  for (const due_job& d : b) both += text_of(d);
  return both;
}
template <class Row>
[[nodiscard]] std::string differences_of(const std::vector<Row>& a, const std::vector<Row>& b) {
  if (a.size() != b.size()) {
    return std::to_string(a.size()) + " rows against " + std::to_string(b.size());
  }
  for (std::size_t n = 0; n < a.size(); ++n) {
    const std::string found = differences_of(a[n], b[n]);
    if (!found.empty()) return "row " + std::to_string(n) + ": " + found;
  }
  return {};
}
template <class T>
[[nodiscard]] std::string differences_of(const result<T>& a, const result<T>& b) {
  if (a && b) return differences_of(*a, *b);
  if (!a && !b) {
    return a.error() == b.error() ? "" : to_string(a.error()) + " against " + to_string(b.error());
  }
  return a ? "an answer against " + to_string(b.error())
           : to_string(a.error()) + " against an answer";
}

/// Everything kept of an account, in an order that no store chose.
[[nodiscard]] inline std::string differences_of(account_records a, account_records b) {
  for (account_records* r : {&a, &b}) {
    const auto by_id = [](const auto& x, const auto& y) { return y.id > x.id; };
    std::sort(r->lots.begin(), r->lots.end(), by_id);
    std::sort(r->holds.begin(), r->holds.end(), by_id);
    std::sort(r->jobs.begin(), r->jobs.end(),
              [](const job_record& x, const job_record& y) { return x.body->id < y.body->id; });
    std::stable_sort(r->entries.begin(), r->entries.end(),
                     [](const entry& x, const entry& y) { return x.seq < y.seq; });
  }
  return differences_of(a.row, b.row) + differences_of(a.lots, b.lots) +
         differences_of(a.holds, b.holds) + differences_of(a.operations, b.operations) +
         differences_of(a.entries, b.entries) + differences_of(a.jobs, b.jobs);
}

}  // namespace tollgate::test
