// SPDX-License-Identifier: BSL-1.0
#pragma once
// The gate between "Confirm" and the provider, for any domain: review, confirm, cancel, and what
// screens ask afterwards.

#include <tollgate/checkout/accounts.hpp>
#include <tollgate/checkout/current_rates.hpp>
#include <tollgate/checkout/domain.hpp>
#include <tollgate/checkout/job_queries.hpp>
#include <tollgate/checkout/job_refund.hpp>
#include <tollgate/checkout/make_review.hpp>
#include <tollgate/checkout/order_plan.hpp>
#include <tollgate/checkout/review.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

/// What a host may set about its gate; programs that share a store use the same ledger rules.
struct gate_settings {
  ledger_rules ledger{};
  price_policy prices{};
};

/// What became of the wish to cancel one job of an order.
struct cancel_answer {
  job_id job{};
  result<cancel_receipt> receipt{};
};

/// The checkout of one domain over one store, and the whole ledger with it. All answers are values.
/// Refers to its store, which must outlive it; copies share the rate book. As thread-safe as store,
/// rules and observer are: all its calls may run at once.
template <checkout_domain Domain, ledger_store Store,
          rules_for<facts_of<Domain>> Rules = rule_set<>, checkout_observer Observer = no_observer>
class gate : public accounts<Store, Observer> {
  using ledger = accounts<Store, Observer>;
  using plan = order_plan<Domain, Rules>;

 public:
  using domain_type = Domain;
  using currency = typename Domain::currency;
  using order_type = typename Domain::order_type;
  using item_type = typename Domain::item_type;
  using job_type = typename Domain::job_type;
  using request_type = confirm_request<order_type>;

  explicit gate(Store& store, Domain domain, rate_book<currency> rates, Rules rules = {},
                gate_settings settings = {}, Observer observer = {})
      : ledger{store, std::move(settings.ledger), std::move(observer)},
        domain_{std::move(domain)},
        rules_{std::move(rules)},
        rates_{std::move(rates)},
        policy_{settings.prices} {}

  [[nodiscard]] const Domain& domain() const noexcept { return domain_; }
  [[nodiscard]] std::shared_ptr<const rate_book<currency>> rates() const { return rates_.get(); }
  /// Works with these rates from now on, in all copies. They should continue those before: a quote
  /// of a version that is not among them is refused.
  void set_rates(rate_book<currency> rates) { rates_.set(std::move(rates)); }

  /// Shows an order, or some items of it, before anybody pays: the price in every variant, what the
  /// rules find, the balance, the project's cost. Writes nothing. Errors: `invalid_argument` with
  /// its place, `overflow`, `account_not_found`.
  [[nodiscard]] result<tollgate::review<currency>> review(account_id account,
                                                          const order_type& order,
                                                          const std::vector<item_id>& only = {})
    requires query_store<Store>
  {
    return make_review(this->store(), domain_, rules_, *rates_.get(), this->rules(),
                       {account, order, only});
  }

  /// Holds the cost of every item and queues its job, all or nothing. A repeat is the same key with
  /// the same quote and acknowledged codes: whatever became of order and rates since, it has the
  /// receipt it had. Errors in this order: `invalid_argument`, `key_conflict`, (a repeat),
  /// `account_not_found`, `blocked`, `request_changed`, `quote_expired`, `price_changed`,
  /// `already_queued` (with the jobs), the ledger's refusals. Only the last are recorded under the
  /// key. What is wrong with the order itself is `invalid_argument` after the repeat.
  [[nodiscard]] result<order_receipt> confirm(const request_type& request) {
    return std::move(confirm(std::span<const request_type>{&request, 1}).front());
  }
  /// Independent confirmations as one batch, each judged as if alone; answers in their order.
  [[nodiscard]] std::vector<result<order_receipt>> confirm(std::span<const request_type> requests) {
    const auto book = rates_.get();
    std::vector<result<order_receipt>> answers(requests.size());
    std::vector<plan> plans;
    std::vector<std::size_t> places;
    plans.reserve(requests.size());
    for (std::size_t n = 0; n < requests.size(); ++n) {
      auto made = plan::make({domain_, rules_, *book, policy_}, requests[n]);
      if (made) {
        plans.push_back(std::move(*made));
        places.push_back(n);
      } else {
        answers[n] = refuse(std::move(made.error()));
      }
    }
    if (!plans.empty()) {
      auto decided = transact(this->store(), std::span<const plan>{plans}, this->rules());
      for (std::size_t i = 0; i < places.size(); ++i) answers[places[i]] = std::move(decided[i]);
    }
    std::size_t next = 0;
    for (std::size_t n = 0; n < answers.size(); ++n) {
      const bool planned = next < places.size() && places[next] == n;
      report(requests[n].account, planned ? &plans[next++].command() : nullptr, answers[n]);
    }
    return answers;
  }

  /// Ends a job that nobody works on and asks the worker of one that runs. The reason stays with a
  /// job that ends at once (`error_message`); that of a running one is dropped, as its worker says
  /// how it ended. Errors: `job_not_found`.
  [[nodiscard]] result<cancel_receipt> cancel(account_id account, job_id job,
                                              const std::string& reason = {}) {
    return std::move(cancel_all({{.account = account, .job = job, .reason = reason}}).front());
  }
  /// The same for every job of an order, newest first, each with an answer of its own: one that
  /// fails leaves those that were cancelled. Those that ended stay as they are. Errors, where
  /// nothing was asked of any job: `job_not_found` where the account has no such order.
  [[nodiscard]] result<std::vector<cancel_answer>> cancel(account_id account, order_id order,
                                                          const std::string& reason = {})
    requires query_store<Store>
  {
    // A nil id would restrict nothing: it names no order, not all of them.
    if (order.is_nil()) return refuse(error::job_not_found, "order/" + to_string(order));
    std::vector<cancel_command> wishes;
    auto read = each_job(this->store(), account, {.order = order}, [&](const job_record& job) {
      wishes.push_back({.account = account, .job = job.body->id, .reason = reason});
      return true;
    });
    if (!read) return refuse(std::move(read.error()));
    if (wishes.empty()) return refuse(error::job_not_found, "order/" + to_string(order));
    auto receipts = cancel_all(wishes);
    std::vector<cancel_answer> answers;
    answers.reserve(wishes.size());
    for (std::size_t n = 0; n < wishes.size(); ++n) {
      answers.push_back({wishes[n].job, std::move(receipts[n])});
    }
    return answers;
  }

  /// Gives back some or all of what a job was charged. A refusal of the ledger is remembered under
  /// the key, too: who asked too early asks again with another. Errors: those of `refund`, where a
  /// job that goes on has nothing to refund; `hold_not_found` for a job that is not the account's;
  /// `job_not_found` where its excess is asked for.
  [[nodiscard]] result<receipt> refund_job(job_refund_request r) {
    auto hold = detail::refunded_hold(this->store(), r);
    if (!hold) {
      report_refusal(r.account, "refund", hold.error());
      return refuse(std::move(hold.error()));
    }
    return this->refund({.account = r.account,
                         .hold = *hold,
                         .amount = r.amount,
                         .reason = std::move(r.reason),
                         .key = std::move(r.key)});
  }

  /// A page of the account's jobs of this kind, newest first; jobs of other kinds are left out, so
  /// that a page may hold less than its limit. A job the domain cannot read hides no other: it is
  /// left out, and the observer is told (`job_unreadable`).
  [[nodiscard]] result<page<job_type>> jobs(account_id account, const job_filter& filter,
                                            const cursor& from = {})
    requires query_store<Store>
  {
    auto found = this->store().jobs(account, filter, from);
    if (!found) return refuse(std::move(found.error()));
    page<job_type> shown{.next = std::move(found->next)};
    for (const job_record& record : found->items) show(record, shown.items);
    return shown;
  }
  /// Every job there ever was of a group, newest first; those that cannot be read as above. Errors:
  /// `invalid_argument` (a nil group).
  [[nodiscard]] result<std::vector<job_type>> jobs(account_id account, group_id group)
    requires query_store<Store>
  {
    if (auto none = detail::if_no_group(group)) return refuse(std::move(*none));
    std::vector<job_type> shown;
    auto read = each_job(this->store(), account, {.group = group}, [&](const job_record& record) {
      show(record, shown);
      return true;
    });
    if (!read) return refuse(std::move(read.error()));
    return shown;
  }
  /// One job. Errors: `job_not_found`, and what the domain says of one it cannot read.
  [[nodiscard]] result<job_type> job(account_id account, job_id id)
    requires query_store<Store>
  {
    if (id.is_nil()) return refuse(no_such_job(id));
    auto found = this->store().jobs(account, {.job = id}, {});
    if (!found) return refuse(std::move(found.error()));
    if (found->items.empty()) return refuse(no_such_job(id));
    return domain_.job(found->items.front());
  }
  /// What became of each claim of a job, oldest first.
  [[nodiscard]] result<std::vector<attempt>> attempts(account_id account, job_id job)
    requires query_store<Store>
  {
    return this->store().attempts(account, job);
  }
  /// The items whose newest job failed for good: review and confirm them alone with `only`.
  [[nodiscard]] result<std::vector<item_id>> failed_items(account_id account, group_id group)
    requires query_store<Store>
  {
    return tollgate::failed_items(this->store(), account, group);
  }
  /// Why a job is not running.
  [[nodiscard]] result<explanation> explain(account_id account, job_id job)
    requires storage<Store>
  {
    return tollgate::explain(this->store(), account, job);
  }

  /// Calls `use(gate)` with a gate that works inside the host's open transaction: its receipts are
  /// provisional until the host commits, and no observer hears of them.
  template <class Transaction, class Use>
  decltype(auto) within(Transaction& transaction, Use use)
    requires joins_host_transaction<Store> &&
             std::same_as<Transaction, typename Store::host_transaction>
  {
    auto joined = this->store().within(transaction);
    tollgate::gate<Domain, decltype(joined), Rules> inner{
        joined, domain_, *rates_.get(), rules_, {this->rules(), policy_}};
    return use(inner);
  }

 private:
  /// Appends a job of this domain's kind; leaves others out.
  void show(const job_record& record, std::vector<job_type>& to) {
    if (record.body->kind != std::string_view{Domain::kind}) return;
    auto job = domain_.job(record);
    if (job) {
      to.push_back(std::move(*job));
    } else {
      tell(this->observer(), [&] { return event::job_unreadable{record, job.error()}; });
    }
  }
  std::vector<result<cancel_receipt>> cancel_all(const std::vector<cancel_command>& wishes) {
    auto answers = transact(this->store(), std::span<const cancel_command>{wishes}, this->rules());
    for (std::size_t n = 0; n < answers.size(); ++n) {
      if (answers[n]) {
        tell(this->observer(), [&] { return event::cancel_judged{wishes[n], *answers[n]}; });
      } else {
        report_refusal(wishes[n].account, "cancel", answers[n].error());
      }
    }
    return answers;
  }
  void report(account_id account, const confirm_command* order,
              const result<order_receipt>& answer) {
    if (!answer) return report_refusal(account, "confirm", answer.error());
    if (answer->money.replayed || order == nullptr) return;
    tell(this->observer(), [&] { return event::order_made{*order, *answer}; });
    if (!answer->money.low_credit) return;
    tell(this->observer(), [&] { return event::credit_became_low{account, answer->money}; });
  }
  void report_refusal(account_id account, std::string_view what, const failure& why) {
    tell(this->observer(), [&] { return event::request_refused{account, what, why}; });
  }

  Domain domain_;
  Rules rules_;
  current_rates<currency> rates_;
  price_policy policy_;
};

/// For a domain that is none, so that the compiler names the member it lacks and not only that no
/// constructor fits.
template <class Store, class Domain, class C, class... More>
  requires(!checkout_domain<Domain>)
gate(Store&, Domain, rate_book<C>, More...) -> gate<detail::domain_lacks<Domain>, Store>;

}  // namespace tollgate
