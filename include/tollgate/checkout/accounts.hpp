// SPDX-License-Identifier: BSL-1.0
#pragma once
// The ledger of a store as a caller uses it: one method for each operation, and what screens ask.

#include <tollgate/checkout/observer.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/gate/verify.hpp>
#include <tollgate/ledger/project.hpp>
#include <tollgate/ledger/requests.hpp>
#include <tollgate/ledger/rules.hpp>
#include <tollgate/storage/concepts.hpp>
#include <tollgate/storage/transact.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

/// What an account had at an instant.
struct balance_at {
  timestamp at{};
  credits available{};
  credits held{};
  credits debt{};

  [[nodiscard]] constexpr credits total() const noexcept { return available + held - debt; }
  friend bool operator==(const balance_at&, const balance_at&) = default;
};

/// Accounts without any domain: a host that sells no jobs needs no more than this. Every answer is
/// a value; errors as docs/ledger.md says, plus those of the store. Refers to its store, which must
/// outlive it. As thread-safe as its store and observer.
template <ledger_store Store, checkout_observer Observer = no_observer>
class accounts {
 public:
  explicit accounts(Store& store, ledger_rules rules = {}, Observer observer = {})
      : store_{&store}, rules_{std::move(rules)}, observer_{std::move(observer)} {}

  [[nodiscard]] const ledger_rules& rules() const noexcept { return rules_; }

  /// Opens an account with the opening grant and threshold of the rules; again is harmless.
  [[nodiscard]] result<receipt> open_account(account_id account) {
    return submit(open_account_request{.account = account,
                                       .opening_grant = rules_.opening_grant,
                                       .low_credit_threshold = rules_.low_credit_threshold});
  }
  [[nodiscard]] result<receipt> open_account(open_account_request r) {
    return submit(std::move(r));
  }
  [[nodiscard]] result<receipt> grant(grant_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> hold(hold_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> capture(capture_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> release(release_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> extend_hold(extend_hold_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> deduct(deduct_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> refund(refund_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> claw_back(claw_back_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> adjust(adjust_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> set_threshold(set_threshold_request r) {
    return submit(std::move(r));
  }
  [[nodiscard]] result<receipt> freeze(freeze_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> unfreeze(unfreeze_request r) { return submit(std::move(r)); }
  [[nodiscard]] result<receipt> close(close_request r) { return submit(std::move(r)); }
  /// Counts what an earlier system charged into a project's running total; moves no credits.
  [[nodiscard]] result<receipt> import_cost(import_cost_request r) { return submit(std::move(r)); }

  /// Any of the requests above, in the currency of the rules.
  template <ledger_request Request>
  [[nodiscard]] result<receipt> submit(Request request) {
    command c = to_command(std::move(request));
    c.currency = rules_.currency;
    auto answer = transact(*store_, c, rules_);
    report(c, answer);
    return answer;
  }
  /// Independent commands in one batch, each judged as if alone and in the currency it names;
  /// answers in their order.
  [[nodiscard]] std::vector<result<receipt>> submit(std::span<const command> commands) {
    auto answers = transact(*store_, commands, rules_);
    for (std::size_t n = 0; n < answers.size(); ++n) report(commands[n], answers[n]);
    return answers;
  }

  /// The account as of now: everything due is applied, nothing is written.
  [[nodiscard]] result<account> balance(account_id account) {
    auto loaded = load(account);
    if (!loaded) return refuse(std::move(loaded.error()));
    return as_of(std::move(loaded->accounts.front().ledger), loaded->now, rules_);
  }

  /// What there was at an instant of the past (a later one is now). Errors: `account_not_found`,
  /// also for an instant before the account was opened.
  [[nodiscard]] result<balance_at> balance(account_id account, timestamp at)
    requires query_store<Store>
  {
    auto loaded = load(account);
    if (!loaded) return refuse(std::move(loaded.error()));
    // The clock of this host may be behind that of another one, which wrote already.
    const account_snapshot& found = loaded->accounts.front();
    at = std::min(at, later_of(loaded->now, found.ledger.row.changed_at));
    auto newest = store_->last_operation(account, at);
    if (!newest) return refuse(std::move(newest.error()));
    if (newest->items.empty()) {
      return refuse(error::account_not_found, "account/" + to_string(account), "was not open then");
    }
    const operation& last = newest->items.front();
    ledger_state& state = loaded->accounts.front().ledger;
    // Whoever wrote a later operation wrote before it what was due by then. Where there is none,
    // that may not be written yet.
    if (last.seq != state.row.seq) return balance_at{at, last.available, last.held, last.debt};
    const auto row = as_of(std::move(state), at, rules_);
    return balance_at{at, row.available, row.held, row.debt};
  }

  /// Every operation of an account by seq, refusals too, in pages.
  [[nodiscard]] result<page<operation>> history(account_id account, const cursor& from = {})
    requires query_store<Store>
  {
    return store_->history(account, from);
  }
  /// What a project has cost, earlier systems included, and beside it what its open holds hold.
  [[nodiscard]] result<project_total> running_total(account_id account, project_id project)
    requires query_store<Store>
  {
    return store_->running_total(account, project);
  }
  /// Audits everything the store keeps of an account, jobs included; nothing is wrong where the
  /// answer is empty. Reads the whole account.
  [[nodiscard]] result<std::vector<discrepancy>> verify(account_id account)
    requires query_store<Store>
  {
    auto books = store_->audit(account);
    if (!books) return refuse(std::move(books.error()));
    return tollgate::verify(books->row, books->lots, books->holds, books->operations,
                            books->entries, books->jobs);
  }

 protected:
  [[nodiscard]] Store& store() noexcept { return *store_; }
  [[nodiscard]] Observer& observer() noexcept { return observer_; }

 private:
  [[nodiscard]] result<snapshot> load(account_id account) {
    auto loaded = store_->load({.wants = {{.account = account}}});
    if (loaded && !loaded->accounts.front().ledger.row.exists()) {
      return refuse(no_such_account(account));
    }
    return loaded;
  }
  void report(const command& c, const result<receipt>& answer) {
    if (!answer) {
      tell(observer_, [&] {
        return event::request_refused{c.account, to_string(c.kind), answer.error()};
      });
    } else if (!answer->replayed) {
      tell(observer_, [&] { return event::credits_moved{c, *answer}; });
      if (answer->low_credit) {
        tell(observer_, [&] { return event::credit_became_low{c.account, *answer}; });
      }
    }
  }

  Store* store_;
  ledger_rules rules_;
  [[no_unique_address]] Observer observer_;
};

template <class Store>
accounts(Store&) -> accounts<Store>;
template <class Store>
accounts(Store&, ledger_rules) -> accounts<Store>;
template <class Store, class Observer>
accounts(Store&, ledger_rules, Observer) -> accounts<Store, Observer>;

}  // namespace tollgate
