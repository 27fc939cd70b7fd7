// SPDX-License-Identifier: BSL-1.0
#pragma once
// Makes a review: loads what it needs, rates every variant, asks the rules.

#include <tollgate/checkout/hold_costs.hpp>
#include <tollgate/checkout/review.hpp>
#include <tollgate/checkout/selection.hpp>
#include <tollgate/ledger/project.hpp>
#include <tollgate/storage/concepts.hpp>
#include <tollgate/warnings/rule_set.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

/// What is reviewed, and for whom.
template <class Order>
struct review_request {
  account_id account{};
  const Order& order;
  const std::vector<item_id>& only;  // empty: all items
};

namespace detail {

[[nodiscard]] inline tl::unexpected<failure> beyond_an_amount(std::string place) {
  return refuse(error::overflow, std::move(place), "the sum is beyond what an amount can be");
}

/// Adds every variant of the card: prices, totals, and what a confirmation brings back.
template <checkout_domain D>
[[nodiscard]] result<void> add_variants(review<typename D::currency>& shown, const D& domain,
                                        const typename D::order_type& order,
                                        chosen_items<typename D::item_type> items) {
  const auto& card = *shown.card;
  const acknowledgement seen = acknowledge(shown.findings);
  for (std::size_t n = 0; n < card.variants().size(); ++n) {
    const variant_index v{static_cast<std::uint8_t>(n)};
    auto& variant = shown.variants.emplace_back();
    variant.name = card.variants()[n];
    auto lock = lock_of(card, shown.prices, v);
    if (!lock) continue;
    auto costs = hold_costs(card, shown.prices, v);
    if (!costs) return refuse(std::move(costs.error()));
    variant.offered = true;
    variant.prices = std::move(*costs);
    variant.to_hold = to_credits(shown.prices.total(v));
    const auto total = checked_add(variant.to_hold, shown.already_paid);
    if (!total) return beyond_an_amount("/items");
    variant.total = *total;
    variant.quote = {.lock = std::move(*lock),
                     .work = plan_work(domain, order, items, card, shown.prices, v).digest,
                     .total = variant.to_hold,
                     .seen = seen};
  }
  return {};
}

}  // namespace detail

/// See `gate::review`. Reads twice: the account with the live jobs of the items, then the project.
template <query_store Store, checkout_domain D, rules_for<facts_of<D>> Rules>
  requires ledger_store<Store>
[[nodiscard]] result<review<typename D::currency>> make_review(
    Store& store, const D& domain, const Rules& rules, const rate_book<typename D::currency>& book,
    const ledger_rules& ledger, const review_request<typename D::order_type>& asked) {
  if (auto fault = detail::fault_in(domain, asked.order)) return refuse(std::move(*fault));
  load_request wanted{.wants = {{.account = asked.account}}};
  for (const auto& item : domain.items(asked.order)) {
    wanted.wants.front().items.push_back(domain.id(item));
  }
  auto loaded = store.load(wanted);
  if (!loaded) return refuse(std::move(loaded.error()));
  account_snapshot& found = loaded->accounts.front();
  if (!found.ledger.row.exists()) {
    return refuse(no_such_account(asked.account));
  }

  review<typename D::currency> shown{.at = loaded->now, .place = domain.place(asked.order)};
  shown.card = book.at(shown.at);
  if (!shown.card) return refuse(error::invalid_argument, "", "no card is in effect");
  auto chosen = detail::select(domain, *shown.card, asked.order, asked.only);
  if (!chosen) return refuse(std::move(chosen.error()));
  auto prices = rate(*shown.card, std::span<const usage>{chosen->used});
  if (!prices) return refuse(std::move(prices.error()));
  shown.prices = std::move(*prices);
  shown.row = as_of(std::move(found.ledger), shown.at, ledger);
  auto project = store.running_total(asked.account, shown.place.project);
  if (project) {
    shown.project = *project;
  } else if (project.error().code == error::overflow) {
    shown.has_project_total = false;  // no order fails for what is only shown
  } else {
    return refuse(std::move(project.error()));
  }

  for (const auto* item : chosen->items) {
    reviewed_item& one = shown.items.emplace_back();
    one.id = domain.id(*item);
    one.already_paid = detail::already_paid_for(domain, *item);
    for (const auto& live : found.live) {
      if (live.item == one.id) one.live = live.job;
    }
    const auto sum = checked_add(shown.already_paid, one.already_paid);
    if (!sum) return detail::beyond_an_amount("/items");
    shown.already_paid = *sum;
  }
  const chosen_items<typename D::item_type> items{chosen->items};
  const review_context<typename D::currency> context{shown.row, shown.prices, shown.at};
  shown.findings = rules.evaluate(domain.facts(asked.order, items, context));
  auto added = detail::add_variants(shown, domain, asked.order, items);
  if (!added) return refuse(std::move(added.error()));
  return shown;
}

}  // namespace tollgate
