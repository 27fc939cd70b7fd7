// SPDX-License-Identifier: BSL-1.0
#pragma once
// Orders, work and audits on a store, for tests that are about the file underneath.

#include <tollgate/gate/verify.hpp>
#include <tollgate/ledger/requests.hpp>
#include <tollgate/storage/transact.hpp>

#include <sqlite/folder.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

[[nodiscard]] inline account_id user(std::uint64_t n) { return {{1, n}}; }

/// One customer and one worker of a store.
struct shop {
  sqlite::store& store;
  worker_id worker{{9, 1}};
  ledger_rules rules{};

  [[nodiscard]] result<receipt> open(account_id who, credits grant) const {
    return transact(store, to_command(open_account_request{.account = who, .opening_grant = grant}),
                    rules);
  }
  /// An order of `jobs` jobs of 1 credit each, of items that nobody has ordered before.
  [[nodiscard]] result<order_receipt> confirm(account_id who, const std::string& key,
                                              std::size_t jobs = 2) const {
    static const auto words = std::make_shared<const state_names>();
    confirm_command c{.account = who, .key = key, .project = {{5, who.value.low}}};
    for (std::size_t n = 0; n < jobs; ++n) {
      const std::uint64_t item = std::hash<std::string>{}(key + "/" + std::to_string(n));
      c.items.push_back({.item = {{who.value.low, item}},
                         .kind = "render",
                         .payload = "a prompt",
                         .states = words,
                         .cost = 1_cr});
    }
    return transact(store, c, rules);
  }
  [[nodiscard]] result<std::vector<claimed_job>> claim(std::size_t limit) const {
    return store.claim({.worker = worker, .kinds = {"render"}, .limit = limit});
  }
  [[nodiscard]] result<settle_receipt> settle(const claimed_job& job, settle_kind kind) const {
    return transact(store,
                    settle_command{.lease = {job.body->account, job.status.id, job.status.epoch},
                                   .kind = kind,
                                   .actual = kind == settle_kind::succeeded ? 1_cr : credits{},
                                   .provider_job_id = "operations/1",
                                   .result = "a video",
                                   .worker = worker},
                    rules);
  }
  /// Works until there is nothing to claim; answers how many jobs ended here.
  [[nodiscard]] std::size_t work(std::size_t at_once = 8) const {
    std::size_t ended = 0;
    for (;;) {
      const auto jobs = claim(at_once);
      if (!jobs || jobs->empty()) return ended;
      for (const claimed_job& job : *jobs) {
        if (settle(job, settle_kind::succeeded)) ++ended;
      }
    }
  }

  /// What an auditor finds wrong with any account, one line each; nothing is good.
  [[nodiscard]] std::string discrepancies() const {
    std::string found;
    const auto page = store.accounts({});
    if (!page) return to_string(page.error());
    for (const account_id id : page->items) {
      const auto all = store.audit(id);
      if (!all) return to_string(all.error());
      for (const discrepancy& d :
           verify(all->row, all->lots, all->holds, all->operations, all->entries, all->jobs)) {
        found += d.rule + " at " + d.place + ": " + d.message + "\n";
      }
    }
    return found;
  }
};

}  // namespace tollgate::test
