// SPDX-License-Identifier: BSL-1.0
#pragma once
// The contract of a store as a suite that a host runs against its own, with any test framework or
// none: `contract::run(make_store)` says of each rule whether the store keeps it.

#include <tollgate/storage/contract/claiming.hpp>
#include <tollgate/storage/contract/committing.hpp>
#include <tollgate/storage/contract/covering.hpp>
#include <tollgate/storage/contract/fencing.hpp>
#include <tollgate/storage/contract/keys.hpp>
#include <tollgate/storage/contract/leases.hpp>
#include <tollgate/storage/contract/left_alone.hpp>
#include <tollgate/storage/contract/listing.hpp>
#include <tollgate/storage/contract/loading.hpp>
#include <tollgate/storage/contract/money.hpp>
#include <tollgate/storage/contract/orders.hpp>
#include <tollgate/storage/contract/promises.hpp>
#include <tollgate/storage/contract/queries.hpp>
#include <tollgate/storage/contract/round_trips.hpp>
#include <tollgate/storage/contract/sharing.hpp>
#include <tollgate/storage/contract/threads.hpp>
#include <tollgate/storage/contract/workers.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate::contract {

/// Every rule, from single operations to whole flows and many threads.
[[nodiscard]] inline const std::vector<rule>& rules() {
  static const std::vector<rule> all = [] {
    std::vector<rule> found;
    for (const std::span<const rule> theme :
         {std::span<const rule>{loading::rules}, std::span<const rule>{round_trips::rules},
          std::span<const rule>{covering::rules}, std::span<const rule>{committing::rules},
          std::span<const rule>{keys::rules}, std::span<const rule>{fencing::rules},
          std::span<const rule>{claiming::rules}, std::span<const rule>{left_alone::rules},
          std::span<const rule>{sharing::rules}, std::span<const rule>{leases::rules},
          std::span<const rule>{listing::rules}, std::span<const rule>{queries::rules},
          std::span<const rule>{orders::rules}, std::span<const rule>{money::rules},
          std::span<const rule>{threads::rules}, std::span<const rule>{workers::rules}}) {
      found.insert(found.end(), theme.begin(), theme.end());
    }
    return found;
  }();
  return all;
}

/// What a rule said of a store.
struct outcome {
  std::string id{};    // of the rule
  std::string text{};  // what it asks for
  bool passed{};
  std::string message{};  // what was noticed and where, one fault after the other
};

/// What the suite said of a store.
struct report {
  std::vector<outcome> outcomes{};

  [[nodiscard]] std::size_t passed() const {
    return static_cast<std::size_t>(
        std::count_if(outcomes.begin(), outcomes.end(), [](const outcome& o) { return o.passed; }));
  }
  /// False for a report without any outcome: nothing was proved.
  [[nodiscard]] bool all_passed() const { return !outcomes.empty() && passed() == outcomes.size(); }
  /// One line for each rule that was broken.
  [[nodiscard]] std::string failures() const {
    std::string lines;
    for (const outcome& o : outcomes) {
      if (!o.passed) lines += o.id + " (" + o.text + "): " + o.message + "\n";
    }
    return lines;
  }
};

/// Tries one rule on a fresh store.
[[nodiscard]] inline outcome try_rule(const rule& r, any_store& store, manual_clock& clock,
                                      const options& how) {
  trial t{store, clock, how};
  r.run(t);
  outcome said{.id = std::string{r.id}, .text = std::string{r.text}};
  said.passed = t.claims() > 0 && t.faults().empty();
  if (t.claims() == 0) said.message = "nothing was tried";
  for (const std::string& fault : t.faults()) {
    said.message += (said.message.empty() ? "" : "; ") + fault;
  }
  return said;
}

/// The names of the promises a rule proves: "ledger 8", "queue 1".
[[nodiscard]] inline std::vector<std::string_view> promises_of(const rule& r) {
  std::vector<std::string_view> found;
  for (std::string_view rest = r.proves; !rest.empty();) {
    const std::size_t end = std::min(rest.find(", "), rest.size());
    found.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return found;
}

/// Whether a rule is among those asked for, by its id or by its theme.
[[nodiscard]] inline bool is_chosen(const rule& r, const options& how) {
  const std::string_view theme = r.id.substr(0, r.id.find('.'));
  return how.only.empty() || std::any_of(how.only.begin(), how.only.end(),
                                         [&](const auto& id) { return id == r.id || id == theme; });
}

/// Something that makes a fresh, empty store which reads the given clock, or a pointer to one. A
/// host with a database hands out a schema of its own each time.
template <class Factory>
concept store_factory = requires(Factory& make, clock_source clock) {
  requires storage<std::remove_cvref_t<decltype(make(clock))>> ||
               storage<std::remove_cvref_t<decltype(*make(clock))>>;
};

/// Runs the rules, each on a store of its own. Takes some seconds; throws nothing of its own. The
/// answer names every rule with what it noticed.
template <store_factory Factory>
[[nodiscard]] report run(Factory make_store, const options& how = {}) {
  report all;
  for (const rule& r : rules()) {
    if (!is_chosen(r, how)) continue;
    manual_clock clock;
    auto made = make_store(clock.source());
    if constexpr (storage<decltype(made)>) {
      erased store{made};
      all.outcomes.push_back(try_rule(r, store, clock, how));
    } else {
      erased store{*made};
      all.outcomes.push_back(try_rule(r, store, clock, how));
    }
  }
  return all;
}

}  // namespace tollgate::contract
