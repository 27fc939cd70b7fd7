// SPDX-License-Identifier: BSL-1.0
#pragma once
// The rules of a gate, put together while compiling and asked in the order of their declaration.

#include <tollgate/warnings/rule.hpp>

#include <concepts>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace tollgate {

namespace detail {

/// The rule, at another severity if it is of the type that is meant.
template <class Meant, class Rule>
[[nodiscard]] constexpr auto raised_if(severity level, const Rule& rule) {
  if constexpr (std::same_as<Meant, Rule>) {
    return at_severity(level, rule);
  } else {
    return rule;
  }
}

}  // namespace detail

/// An immutable list of rules. Thread-safe if its rules are.
template <std::copy_constructible... Rules>
class rule_set {
 public:
  constexpr rule_set()
    requires(sizeof...(Rules) == 0)
  = default;
  constexpr explicit rule_set(Rules... rules)
    requires(sizeof...(Rules) > 0)
      : rules_{std::move(rules)...} {}

  [[nodiscard]] static constexpr std::size_t size() noexcept { return sizeof...(Rules); }

  /// A set that asks one rule more, after all others.
  template <std::copy_constructible Rule>
  [[nodiscard]] constexpr rule_set<Rules..., Rule> with(Rule rule) const {
    return std::apply(
        [&rule](const Rules&... rules) {
          return rule_set<Rules..., Rule>{rules..., std::move(rule)};
        },
        rules_);
  }

  /// The same set, with the findings of a rule it has at this severity; `with` would ask the rule
  /// a second time.
  template <class Rule>
    requires(std::same_as<Rule, Rules> || ...)
  [[nodiscard]] constexpr auto raising(severity level) const {
    return std::apply(
        [level](const Rules&... rules) {
          return tollgate::rule_set{detail::raised_if<Rule>(level, rules)...};
        },
        rules_);
  }

  /// Everything that the rules find, in the order of the rules.
  template <class Facts>
    requires(rule_for<Rules, Facts> && ...)
  [[nodiscard]] constexpr std::vector<finding> evaluate(const Facts& facts) const {
    std::vector<finding> findings;
    finding_sink to{findings};
    std::apply([&](const Rules&... rules) { (static_cast<void>(rules(facts, to)), ...); }, rules_);
    return findings;
  }

 private:
  std::tuple<Rules...> rules_{};
};

template <class... Rules>
rule_set(Rules...) -> rule_set<Rules...>;

/// A set whose rules all accept the facts.
template <class Set, class Facts>
concept rules_for = requires(const Set& set, const Facts& facts) {
  { set.evaluate(facts) } -> std::same_as<std::vector<finding>>;
};

}  // namespace tollgate
