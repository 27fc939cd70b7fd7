// SPDX-License-Identifier: BSL-1.0
#pragma once
// A confirmation before it meets a store: the order it makes, and what is to be said against it.

#include <tollgate/checkout/domain.hpp>
#include <tollgate/checkout/hold_costs.hpp>
#include <tollgate/checkout/quote_ref.hpp>
#include <tollgate/checkout/selection.hpp>
#include <tollgate/core/fingerprint.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/gate/confirm.hpp>
#include <tollgate/gate/wants.hpp>
#include <tollgate/jobs/machine_names.hpp>
#include <tollgate/ledger/project.hpp>
#include <tollgate/pricing/lock.hpp>
#include <tollgate/warnings/rule_set.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

/// The press of "Confirm", as a host passes it on. Refers to the order, which outlives the call.
template <class Order>
struct confirm_request {
  account_id account{};
  const Order& order;
  quote_ref quote{};                        // of a review of the same items
  std::string key{};                        // one per click: only it identifies a repeat
  std::vector<std::string> acknowledged{};  // codes of findings the user said they had read
  std::vector<item_id> only{};              // confirm these items alone; empty: all
};

namespace detail {

/// What differs under a key that was used before, in the words of who confirms a quote: the order's
/// amount, its body and what is recorded with it all come from there.
inline void name_the_quote(failure& said) {
  if (said.code != error::key_conflict) return;
  if (said.place != "/amount" && said.place != "/body" && said.place != "/attachment") return;
  said.place = "/quote";
  said.reason =
      "the key was used with another quote: a repeat brings the quote and the acknowledged codes "
      "of its first click";
}

}  // namespace detail

/// One confirmation, made without a store and judged with one: a command of the gate. The objection
/// to it depends on the account and the clock, so it is found anew each time it is decided. Refers
/// to everything it was made from. Not thread-safe.
template <checkout_domain D, rules_for<facts_of<D>> Rules>
class order_plan {
 public:
  using currency = typename D::currency;
  using order_type = typename D::order_type;

  /// What a plan refers to.
  struct desk {
    const D& domain;
    const Rules& rules;
    const rate_book<currency>& book;
    const price_policy& policy;
  };

  /// Errors: `invalid_argument` with its place, for what is malformed whatever the order and the
  /// book look like. What is wrong with those is judged after the key: a repeat of an order that
  /// was made has its receipt also when its scene or its card version is gone.
  [[nodiscard]] static result<order_plan> make(const desk& from,
                                               const confirm_request<order_type>& r) {
    const quote_ref& q = r.quote;
    if (q.lock.digest.is_nil()) {
      const auto card = from.book.version(q.lock.card_version);
      const bool unknown = card && !card->find_variant(q.lock.variant);
      return refuse(
          detail::bad_request("/quote", unknown ? no_such_variant(*card, q.lock.variant)
                                                : "\"" + q.lock.variant + "\" is not offered"));
    }
    for (std::size_t n = 0; n < r.acknowledged.size(); ++n) {
      if (detail::is_finding_code(r.acknowledged[n])) continue;
      return refuse(detail::bad_request("/acknowledged/" + std::to_string(n), "is no code"));
    }
    order_plan plan{from, r};
    plan.fault_ = plan.prepare(r);
    return plan;
  }

  [[nodiscard]] const confirm_command& command() const noexcept { return command_; }

  /// What stands against the order for this account at this instant: a finding that blocks, then
  /// the price.
  [[nodiscard]] std::optional<failure> objection(const account& row, timestamp now) const {
    const review_context<currency> context{row, prices_, now};
    if (auto blocked = objection_of(
            desk_.rules.evaluate(desk_.domain.facts(order_, chosen_.items, context)))) {
      return blocked;
    }
    if (changed_) {
      return make_failure(error::request_changed, "/quote",
                          "the items or the total are not those of the quote");
    }
    const auto today = desk_.book.at(now);
    if (today && today->version() == quote_.lock.card_version) return std::nullopt;
    const auto confirmed = confirm_price(desk_.book, std::span<const usage>{chosen_.used},
                                         quote_.lock, now, desk_.policy);
    if (confirmed) return std::nullopt;
    return confirmed.error();
  }

  friend account_want want_for(const order_plan& p) { return want_for(p.command_); }
  friend decision<order_receipt> decide(account_snapshot& s, const order_plan& p, timestamp now,
                                        const ledger_rules& rules) {
    if (auto known = detail::answer_of_repeat(s.ledger, p.as_quoted(rules))) {
      if (!*known) detail::name_the_quote(known->error());
      return {.answer = std::move(*known)};
    }
    if (p.fault_) return {.answer = refuse(failure{*p.fault_})};
    if (!p.card_) return {.answer = refuse(p.unpriced(s.ledger.row))};
    p.command_.objection.reset();
    if (s.ledger.row.exists()) {
      p.command_.objection = p.objection(as_of(s.ledger, now, rules), now);
    }
    return decide(s, p.command_, now, rules);
  }

 private:
  order_plan(const desk& from, const confirm_request<order_type>& r)
      : desk_{from}, order_{r.order}, quote_{r.quote} {
    const order_place place = desk_.domain.place(order_);
    // The order in which findings were ticked off is nobody's request.
    std::vector<std::string> read = r.acknowledged;
    std::sort(read.begin(), read.end());
    read.erase(std::unique(read.begin(), read.end()), read.end());
    command_ = {.account = r.account,
                .key = r.key,
                .project = place.project,
                .group = place.group,
                .branch = place.branch,
                .body = canonical{}
                            .add("tollgate confirm 1")
                            .add(quote_.lock.variant)
                            .add(quote_.lock.digest)
                            .add(quote_.work)
                            .finish(),
                .attachment = to_string(order_note{quote_, std::move(read)})};
  }

  /// The request as the quote tells it: what a repeat is compared with. What was confirmed was the
  /// quote, so this needs neither the order nor its card.
  [[nodiscard]] tollgate::command as_quoted(const ledger_rules& rules) const {
    return {.kind = operation_kind::confirm,
            .account = command_.account,
            .key = command_.key,
            .currency = rules.currency,
            .amount = quote_.total,
            .project = command_.project,
            .body = command_.body,
            .attachment = command_.attachment};
  }

  /// The answer where the book no longer has the card of the quote.
  [[nodiscard]] failure unpriced(const account& row) const {
    if (!row.exists()) {
      return no_such_account(command_.account);
    }
    return make_failure(error::quote_expired, "/quote", "its card version is not in the book");
  }

  /// Prices the order under the card of the quote. Answers what is wrong with it.
  std::optional<failure> prepare(const confirm_request<order_type>& r) {
    card_ = desk_.book.version(quote_.lock.card_version);
    if (!card_) return detail::fault_in(desk_.domain, order_);
    const auto variant = card_->find_variant(quote_.lock.variant);
    if (!variant)
      return detail::bad_request("/quote", no_such_variant(*card_, quote_.lock.variant));
    auto chosen = detail::select(desk_.domain, *card_, order_, r.only);
    if (!chosen) return std::move(chosen.error());
    chosen_ = std::move(*chosen);
    auto priced = rate(*card_, std::span<const usage>{chosen_.used});
    if (!priced) return std::move(priced.error());
    prices_ = std::move(*priced);
    return fill(*variant);
  }

  std::optional<failure> fill(variant_index variant) {
    const bool offered = prices_.offers(variant);
    std::vector<credits> costs(chosen_.items.size());
    detail::planned_work work{.payloads = std::vector<std::string>(costs.size())};
    if (offered) {
      auto held = hold_costs(*card_, prices_, variant);
      if (!held) return held.error();
      costs = std::move(*held);
      work = detail::plan_work(desk_.domain, order_,
                               chosen_items<typename D::item_type>{chosen_.items}, *card_, prices_,
                               variant);
    }
    changed_ = !offered || digest_of(*card_, prices_, variant) != quote_.lock.digest ||
               work.digest != quote_.work || to_credits(prices_.total(variant)) != quote_.total;
    command_.items.reserve(costs.size());
    for (std::size_t n = 0; n < costs.size(); ++n) {
      const auto& item = *chosen_.items[n];
      const job_options options = detail::options_for(desk_.domain, item);
      command_.items.push_back({.item = desk_.domain.id(item),
                                .kind = std::string{std::string_view{D::kind}},
                                .payload = std::move(work.payloads[n]),
                                .states = shared_names_of<typename D::machine>(),
                                .priority = options.priority,
                                .max_attempts = options.max_attempts,
                                .cost = costs[n],
                                .start_within = options.start_within,
                                .ready_at = options.ready_at,
                                .deadline = options.deadline});
    }
    return std::nullopt;
  }

  desk desk_;
  const order_type& order_;
  quote_ref quote_;
  std::optional<failure> fault_{};                     // of the order; judged after the key
  std::shared_ptr<const rate_card<currency>> card_{};  // of the quote; null: not in the book
  detail::selection<typename D::item_type> chosen_{};
  quote<currency> prices_{};  // under the card of the quote: what is held
  bool changed_{false};
  mutable confirm_command command_{};  // only its objection changes, with each decision
};

}  // namespace tollgate
