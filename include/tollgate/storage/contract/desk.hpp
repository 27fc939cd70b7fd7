// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whole commands through the gate's decisions, for the rules that follow money from end to end.

#include <tollgate/ledger/requests.hpp>
#include <tollgate/storage/contract/soundness.hpp>
#include <tollgate/storage/transact.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::contract {

/// One account as its users, workers and administrators meet it. Thread-safe where the store is.
class desk {
 public:
  explicit desk(trial& t, std::uint64_t number = 1) : trial_{t}, id{nth<account_id>(number)} {}

 private:
  trial& trial_;

 public:
  account_id id;
  ledger_rules rules{};

  /// The answer of a command, however many races it loses.
  template <class Command>
  [[nodiscard]] result<receipt_of<Command>> run(const Command& c) const {
    return transact(trial_.store, c, rules, trial_.tries());
  }
  template <ledger_request Request>
  [[nodiscard]] result<receipt> ask(Request r) const {
    r.account = id;
    return run(to_command(std::move(r)));
  }
  /// The receipt of a request nothing stands against.
  template <ledger_request Request>
  receipt must(Request r, trial::place where = trial::place::current()) const {
    return trial_.value(ask(std::move(r)), "a request nothing stands against", where);
  }

  bool open(credits amount, trial::place where = trial::place::current()) const {
    const auto opened = ask(open_account_request{.opening_grant = amount});
    return trial_.expect(opened.has_value(), "an account is opened", where);
  }
  [[nodiscard]] static order_item item(std::uint64_t n, credits cost) {
    static const auto words = std::make_shared<const state_names>();
    return {.item = nth<item_id>(n), .kind = "render", .states = words, .cost = cost};
  }
  [[nodiscard]] result<order_receipt> confirm(std::string key, std::vector<order_item> items,
                                              project_id project = {}) const {
    return run(confirm_command{
        .account = id, .key = std::move(key), .project = project, .items = std::move(items)});
  }
  order_receipt must_confirm(std::string key, std::vector<order_item> items,
                             project_id project = {},
                             trial::place where = trial::place::current()) const {
    return trial_.value(confirm(std::move(key), std::move(items), project),
                        "an order nothing stands against", where);
  }
  [[nodiscard]] std::vector<claimed_job> claim(std::size_t limit = 1) const {
    return trial_.claim({.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = limit});
  }
  [[nodiscard]] static lease_ref lease_of(const claimed_job& job) {
    return {job.body->account, job.status.id, job.status.epoch};
  }
  [[nodiscard]] result<settle_receipt> settle(const claimed_job& job, settle_kind kind,
                                              credits actual = {}, bool retryable = false) const {
    return run(settle_command{.lease = lease_of(job),
                              .kind = kind,
                              .actual = actual,
                              .retryable = retryable,
                              .error_code = kind == settle_kind::failed ? "provider" : "",
                              .provider_job_id = "operations/1",
                              .result = kind == settle_kind::succeeded ? every_byte() : "",
                              .worker = job.status.worker});
  }
  /// Decides everything that is due; answers how many jobs changed.
  std::size_t decide_due() const {
    std::size_t changed = 0;
    for (const due_job& d : trial_.value(trial_.store.due({}), "due")) {
      const auto answer = run(d);
      if (trial_.expect(answer.has_value(), "a due job is decided") && answer->changed) ++changed;
    }
    return changed;
  }
  [[nodiscard]] account row() const { return trial_.look({.account = id}).ledger.row; }
};

/// Whether an answer is a refusal with this reason.
template <class T>
[[nodiscard]] bool is_refused(const result<T>& answer, error why) {
  return !answer && answer.error().code == why;
}

}  // namespace tollgate::contract
