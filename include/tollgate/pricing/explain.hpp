// SPDX-License-Identifier: BSL-1.0
#pragma once
// A line in words: "7.300 s x 0.15 USD/s = 1.0950 USD (veo v12, fast)".

#include <tollgate/pricing/replay.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace tollgate {

namespace detail {

template <currency_type C>
[[nodiscard]] std::string money_text(const exact<C>& money) {
  return write_fraction(money.value) + " " + std::string{C::code};
}

/// What the amounts of a card count: its multiplier makes its prices credits.
template <currency_type C>
[[nodiscard]] std::string charged_code(const card_description<C>& card) {
  return std::string{card.multiplier == rational<>{1} ? C::code : credit::code};
}
template <currency_type C>
[[nodiscard]] std::string charged_text(const amount<C>& money, const card_description<C>& card) {
  return write_fraction(exact<C>{money}.value) + " " + charged_code(card);
}

[[nodiscard]] inline std::string percent_text(const rational<>& share) {
  const auto percent = checked_mul(share, rational<>{100});
  return percent ? write_fraction(*percent) + " %" : write_fraction(share);
}

/// The steps "measure", "convert" and "included", those that changed nothing left out.
template <currency_type C>
[[nodiscard]] std::string quantity_text(const pipeline_steps<C>& s, const charge<C>& c,
                                        std::string_view symbol) {
  std::string unit{symbol};
  if (!unit.empty()) unit.insert(unit.begin(), ' ');
  std::string text = to_string(s.raw) + unit;
  if (s.converted != s.raw) text += " -> " + to_string(s.converted) + unit;
  if (c.included > quantity<any_unit>{}) {
    text += " - " + to_string(c.included.count()) + " included = " + to_string(s.billed) + unit;
  }
  return text;
}

/// What the tiers made of a quantity, tier by tier.
template <currency_type C>
[[nodiscard]] std::string tiers_text(const std::vector<tier<C>>& tiers, quantity<any_unit> billed,
                                     bool graduated, std::string_view symbol) {
  std::string text;
  quantity<any_unit> from;
  for (const auto& t : tiers) {
    if (billed <= from) break;
    const bool last = !t.up_to || billed <= *t.up_to;
    if (graduated || last) {
      const quantity<any_unit> end = last ? billed : t.up_to->count();
      const auto within = !graduated ? billed : end - from;
      const bool free = t.each.money() == rational<>{};
      if (!text.empty()) text += " + ";
      if (!free) text += to_string(within) + " x " + to_string(t.each, symbol);
      if (!free && t.once != exact<C>{}) text += " + ";
      if (free || t.once != exact<C>{}) text += money_text(t.once);
    }
    if (last) break;
    from = t.up_to->count();
  }
  return text.empty() ? "0" : text;
}

template <currency_type C>
[[nodiscard]] std::string model_text(const pipeline_steps<C>& s, const charge<C>& c,
                                     const card_description<C>& card, std::string_view symbol) {
  return std::visit(
      [&](const auto& m) -> std::string {
        using model_type = std::decay_t<decltype(m)>;
        if constexpr (std::is_same_v<model_type, flat_charge<C>>) {
          return money_text(m.price);
        } else if constexpr (std::is_same_v<model_type, unit_charge<C>>) {
          return quantity_text(s, c, symbol) + " x " + to_string(m.price, symbol);
        } else if constexpr (std::is_same_v<model_type, package_charge<C>>) {
          const auto size = m.price.per().thousandths();
          const auto started = divide(s.billed.thousandths(), size, rounding::ceiling).quotient;
          return quantity_text(s, c, symbol) + " -> " + std::to_string(started) + " x " +
                 to_string(m.price, symbol);
        } else if constexpr (std::is_same_v<model_type, graduated_charge<C>> ||
                             std::is_same_v<model_type, volume_charge<C>>) {
          const bool graduated = std::is_same_v<model_type, graduated_charge<C>>;
          return quantity_text(s, c, symbol) + ": (" +
                 tiers_text(m.tiers, s.billed, graduated, symbol) + ")";
        } else if constexpr (std::is_same_v<model_type, percentage_charge>) {
          return percent_text(m.share) + " of " + charged_text(s.base, card) + " (" + m.of + ")";
        } else {
          static_assert(std::is_same_v<model_type, not_offered>,
                        "a new charge model needs a case here");
          return "not offered";
        }
      },
      c.model);
}

}  // namespace detail

/// Says how the n-th line of a variant came to its price, by replaying the pipeline; steps that
/// changed nothing are left out. Errors as those of `replay`: no text is ever made up.
template <currency_type C>
[[nodiscard]] result<std::string> explain(const rate_card<C>& card, const quote<C>& priced,
                                          variant_index v, std::size_t n) {
  const auto steps = replay(card, priced, v, n);
  if (!steps) return refuse(steps.error());
  const auto& line = priced.lines_of(v)[n];
  const auto& d = card.description();
  const auto& c = d.rates[line.rate].charge;
  const auto& component = d.components[line.component];
  const auto measure = card.find_measure(component.measure);
  const std::string_view symbol = measure ? std::string_view{d.measures[measure->value].unit} : "";

  std::string text = detail::model_text(*steps, c, d, symbol);
  if (c.multiplier != rational<>{1}) text += " x " + detail::write_fraction(c.multiplier);
  if (d.multiplier != rational<>{1} && !std::holds_alternative<percentage_charge>(c.model)) {
    text += " x " + detail::write_fraction(d.multiplier);
  }
  if (c.discount != rational<>{}) text += " - " + detail::percent_text(c.discount);
  if (steps->bounded > steps->discounted) {
    text += ", at least " + detail::charged_text(*c.at_least, d);
  } else if (steps->bounded < steps->discounted) {
    text += ", at most " + detail::charged_text(*c.at_most, d);
  }
  text += " = " + to_string(steps->price) + " " + detail::charged_code(d);
  text += " (" + d.name + " v" + std::to_string(d.version) + ", " + d.variants[v.value] + ")";
  return text;
}

}  // namespace tollgate
