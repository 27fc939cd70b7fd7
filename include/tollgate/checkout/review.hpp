// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a user is shown before they confirm: every price, the warnings, balance and cost so far.

#include <tollgate/checkout/domain.hpp>
#include <tollgate/checkout/quote_ref.hpp>
#include <tollgate/core/amount.hpp>
#include <tollgate/core/fingerprint.hpp>
#include <tollgate/ledger/account.hpp>
#include <tollgate/pricing/quote.hpp>
#include <tollgate/storage/requests.hpp>
#include <tollgate/warnings/finding.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

/// One item under review; its place is that of the item in the quote.
struct reviewed_item {
  item_id id{};
  credits already_paid{};  // spent before: shown, never held
  job_id live{};           // a job of it that has not ended; nil: none
};

/// One variant the card has.
struct reviewed_variant {
  std::string name{};
  bool offered{};  // false: some item cannot be had in it, and the rest means nothing
  std::vector<credits> prices{};  // by item
  credits to_hold{};              // what a confirmation holds
  credits total{};                // with what was already paid
  quote_ref quote{};
};

/// The answer of a review. A plain value; nothing was written to make it.
template <currency_type C>
struct review {
  timestamp at{};
  order_place place{};
  account row{};            // as of `at`
  project_total project{};  // its cost so far, and what its live jobs hold
  /// False: the cost so far is beyond an amount, and `project` means nothing.
  bool has_project_total{true};
  std::vector<reviewed_item> items{};
  std::vector<reviewed_variant> variants{};
  credits already_paid{};  // of all items
  std::vector<finding> findings{};
  std::shared_ptr<const rate_card<C>> card{};  // of these prices: explain(*card, prices, ...)
  tollgate::quote<C> prices{};

  [[nodiscard]] const reviewed_variant* find(std::string_view variant) const noexcept {
    for (const auto& v : variants) {
      if (v.name == variant) return &v;
    }
    return nullptr;
  }
  /// What to confirm. Of a variant that is unknown or not offered, one that no confirmation takes.
  [[nodiscard]] quote_ref quote(std::string_view variant) const {
    if (const auto* v = find(variant); v != nullptr && v->offered) return v->quote;
    return {.lock = {.variant = std::string{variant}, .card_version = prices.card_version}};
  }
  /// Whether what is available covers a variant.
  [[nodiscard]] bool affords(std::string_view variant) const noexcept {
    const auto* v = find(variant);
    return v != nullptr && v->offered && v->to_hold <= row.available;
  }
  [[nodiscard]] bool is_low_credit() const noexcept { return row.is_low_credit(); }
  /// Whether a finding stops every confirmation.
  [[nodiscard]] bool is_blocked() const noexcept { return first_block(findings) != nullptr; }
  /// What a confirmation may say it has shown to the user.
  [[nodiscard]] std::vector<std::string> codes() const {
    std::vector<std::string> codes;
    for (const auto& seen : acknowledge(findings).codes) codes.push_back(seen.code);
    return codes;
  }
  /// Equal where a user would be shown the same offers and the same findings.
  [[nodiscard]] fingerprint digest() const {
    canonical to;
    to.add(variants.size());
    for (const auto& v : variants) {
      to.add(v.name).add(v.offered).add(v.quote.lock.digest).add(v.quote.work).add(v.total);
    }
    return add_findings(to, findings).finish();
  }
};

}  // namespace tollgate
