// SPDX-License-Identifier: BSL-1.0
#pragma once
// A rule is anything that can be called with facts and a place for findings.

#include <tollgate/warnings/finding.hpp>

#include <concepts>
#include <utility>

namespace tollgate {

/// Modelled by functions, lambdas and function objects. A rule looks at the facts alone and adds
/// what it finds: the same facts give the same findings in the same order. It is called from many
/// threads at once.
template <class Rule, class Facts>
concept rule_for =
    std::copy_constructible<Rule> && std::invocable<const Rule&, const Facts&, finding_sink&>;

/// A rule whose findings all have one severity, whatever the rule itself thinks.
template <class Rule>
struct rule_at {
  severity level;
  Rule rule;

  template <class Facts>
    requires rule_for<Rule, Facts>
  constexpr void operator()(const Facts& facts, finding_sink& to) const {
    auto raised = to.at(level);
    rule(facts, raised);
  }
};

/// `at_severity(severity::info, rule)`: the same rule, said more or less loudly.
template <std::copy_constructible Rule>
[[nodiscard]] constexpr rule_at<Rule> at_severity(severity level, Rule rule) {
  return {level, std::move(rule)};
}
/// What the rule finds stops the confirmation.
template <std::copy_constructible Rule>
[[nodiscard]] constexpr rule_at<Rule> as_block(Rule rule) {
  return at_severity(severity::block, std::move(rule));
}

}  // namespace tollgate
