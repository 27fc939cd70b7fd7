// SPDX-License-Identifier: BSL-1.0
#pragma once
// The rule that every domain has, whatever it sells; tollgate/video/rules.hpp has those of videos.

#include <tollgate/warnings/dependency.hpp>
#include <tollgate/warnings/rule.hpp>

#include <string>
#include <string_view>

/// Each has a `code`; each warns and never blocks unless raised, as by `as_block`.
namespace tollgate::rules {

/// What can be spent is below the account's threshold, before this request takes anything.
struct low_credit {
  static constexpr std::string_view code{"low_credit"};

  constexpr void operator()(const account_facts& facts, finding_sink& to) const {
    if (facts.available >= facts.low_credit_threshold) return;
    to.add({.code = std::string{code},
            .message = "available " + to_string(facts.available) + " is below the threshold " +
                       to_string(facts.low_credit_threshold)});
  }
};

}  // namespace tollgate::rules
