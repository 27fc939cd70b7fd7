// SPDX-License-Identifier: BSL-1.0
#pragma once
// Makes a rate card of its description, or says what is wrong with it and where.

#include <tollgate/pricing/detail/card_checks.hpp>
#include <tollgate/pricing/detail/compile.hpp>
#include <tollgate/pricing/detail/pointer.hpp>
#include <tollgate/pricing/rate_card.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::detail {

inline constexpr std::size_t max_cells = 1U << 20U;
inline constexpr std::size_t any_value = static_cast<std::size_t>(-1);

/// Where one rate applies: a value for the variant and for each dimension, or any.
struct reach {
  std::size_t component{};
  std::array<std::size_t, max_dimensions + 1> values{};  // the variant first
  std::size_t selectors{};
};

/// Builds the tables of one card.
template <currency_type C>
class card_builder {
 public:
  explicit card_builder(const card_description<C>& d) : d_(d) {}

  compiled_card card{};
  std::vector<card_warning> warnings{};

  [[nodiscard]] std::optional<failure> run() {
    if (auto bad = check_head()) return bad;
    if (auto bad = compile_measures()) return bad;
    if (auto bad = compile_components()) return bad;
    if (auto bad = compile_rates()) return bad;
    if (auto bad = fill_cells()) return bad;
    card.regular = true;
    for (const auto& c : card.components) {
      card.regular &= (c.stated || c.measure == no_measure) && !c.all_items && !c.optional;
    }
    for (const auto& r : card.narrow) card.regular &= r.kind != charge_kind::not_offered;
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<failure> check_head() {
    if (d_.name.empty()) return bad_card("/name", "a card needs a name");
    if (!(d_.effective_from < d_.effective_to)) {
      return bad_card("/effectiveTo", "not after effectiveFrom");
    }
    if (d_.multiplier.is_negative()) return bad_card("/multiplier", "below zero");
    if (d_.variants.empty()) return bad_card("/variants", "a card needs a variant");
    if (d_.components.empty()) return bad_card("/components", "a card needs a component");
    if (auto bad = check_names(d_.variants, "/variants", 255, itself)) return bad;
    if (auto bad = check_names(d_.dimensions, "/dimensions", max_dimensions, own_name)) return bad;
    if (auto bad = check_names(d_.measures, "/measures", max_measures, own_name)) return bad;
    if (auto bad = check_names(d_.components, "/components", 255, own_name)) return bad;
    if (d_.rates.size() >= no_rate) return bad_card("/rates", "at most 65534");

    card.mode = d_.mode;
    std::array<std::uint8_t, max_dimensions> foreign{};
    for (std::size_t i = d_.dimensions.size(); i < max_dimensions; ++i) foreign[i] = 0xff;
    card.foreign_values = std::bit_cast<std::uint64_t>(foreign);
    card.variants = d_.variants.size();
    card.measure_count = d_.measures.size();
    card.dimensions = d_.dimensions.size();
    for (std::size_t i = d_.dimensions.size(); i-- > 0;) {
      const auto& values = d_.dimensions[i].values;
      const auto place = at("dimensions", i);
      if (d_.dimensions[i].name == "variant") return bad_card(place, "\"variant\" is always there");
      if (values.empty()) return bad_card(place, "a dimension needs a value");
      if (auto bad = check_names(values, place + "/values", 255, itself)) return bad;
      card.sizes[i] = static_cast<std::uint8_t>(values.size());
      card.strides[i] = static_cast<std::uint32_t>(card.inner);
      card.inner *= values.size();
      if (card.inner * card.variants * d_.components.size() > max_cells) {
        return bad_card("/dimensions", "more than 2^20 combinations");
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<failure> compile_measures() {
    for (std::size_t i = 0; i < d_.measures.size(); ++i) {
      if (auto bad = check_measure(d_.measures, i)) return bad;
      const auto& m = d_.measures[i];
      compiled_measure made{.maximum = m.maximum.thousandths()};
      for (const auto& factor : m.product_of) {
        made.factors.push_back(static_cast<std::uint8_t>(*position(d_.measures, factor, own_name)));
      }
      made.divisor = m.divided_by;
      for (std::size_t n = 1; n < m.product_of.size(); ++n) {
        if (!multiply<int128>(made.divisor, 1'000, made.divisor)) {
          return make_failure(error::overflow, at("measures", i), "too many factors");
        }
      }
      for (const auto one : m.listed) made.listed.push_back(one.thousandths());
      made.refuse_unlisted = m.otherwise == unlisted::refuse;
      if (m.product_of.empty()) {
        card.maxima[i] = made.maximum;
        card.stated = static_cast<std::uint8_t>(card.stated | (1U << i));
        card.lists |= !made.listed.empty();
      } else if (!made.listed.empty()) {
        return bad_card(at("measures", i) + "/listed", "a derived measure lists nothing");
      }
      card.measures.push_back(std::move(made));
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<failure> compile_components() {
    for (std::size_t i = 0; i < d_.components.size(); ++i) {
      const auto& c = d_.components[i];
      compiled_component made{.all_items = c.scope == charge_scope::whole_request,
                              .optional = c.optional};
      if (!c.measure.empty()) {
        const auto measure = position(d_.measures, c.measure, own_name);
        if (!measure) return bad_card(at("components", i) + "/measure", "no such measure");
        made.measure = static_cast<std::uint8_t>(*measure);
        made.needs = static_cast<std::uint8_t>(1U << *measure);
        made.stated = card.measures[*measure].factors.empty();
        if (!made.stated) made.needs = 0;
        for (const auto factor : card.measures[*measure].factors) {
          made.needs = static_cast<std::uint8_t>(made.needs | (1U << factor));
        }
      }
      if (!c.optional) card.needs = static_cast<std::uint8_t>(card.needs | made.needs);
      card.components.push_back(made);
    }
    return std::nullopt;
  }

  /// Which component a percentage is of.
  [[nodiscard]] result<std::uint16_t> other_component(const charge<C>& c, std::size_t component,
                                                      const std::string& place) const {
    const auto* share = std::get_if<percentage_charge>(&c.model);
    if (share == nullptr) return std::uint16_t{0};
    const auto other = position(d_.components, share->of, own_name);
    if (!other || *other >= component) {
      return refuse(bad_card(place + "/charge/model/of", "no component of this name before it"));
    }
    if (card.components[*other].all_items && !card.components[component].all_items) {
      return refuse(
          bad_card(place + "/charge/model/of", "a share for each item of a price over all items"));
    }
    return static_cast<std::uint16_t>(*other);
  }

  [[nodiscard]] std::optional<failure> compile_rates() {
    std::vector<std::pair<std::string, std::string>> notes;
    for (std::size_t i = 0; i < d_.rates.size(); ++i) {
      const auto& r = d_.rates[i];
      const auto place = at("rates", i);
      const auto component = position(d_.components, r.component, own_name);
      if (!component) return bad_card(place + "/component", "no such component");
      if (auto bad = resolve(r, *component, place)) return bad;
      const auto measure = card.components[*component].measure;
      const std::string unit = measure == no_measure ? "" : d_.measures[measure].unit;
      if (auto bad = check_charge(r.charge, place + "/charge", unit)) return bad;
      const auto other = other_component(r.charge, *component, place);
      if (!other) return other.error();
      const bool counts = std::holds_alternative<unit_charge<C>>(r.charge.model) ||
                          std::holds_alternative<package_charge<C>>(r.charge.model) ||
                          std::holds_alternative<graduated_charge<C>>(r.charge.model) ||
                          std::holds_alternative<volume_charge<C>>(r.charge.model);
      if (counts && measure == no_measure) {
        return bad_card(place + "/charge/model", "the component has no measure to count");
      }
      const std::int64_t most = measure == no_measure ? 0 : card.measures[measure].maximum;
      auto compiled =
          charge_compiler<C>{r.charge, d_.multiplier, place + "/charge", card, notes}.compile(
              most, *other);
      if (!compiled) return compiled.error();
      card.rates.push_back(*compiled);
    }
    for (auto& [place, reason] : notes) warnings.push_back({std::move(place), std::move(reason)});
    return std::nullopt;
  }

  [[nodiscard]] std::optional<failure> resolve(const rate_description<C>& r, std::size_t component,
                                               const std::string& place) {
    reach to{.component = component};
    to.values.fill(any_value);
    for (const auto& s : r.where) {
      const auto there = place + "/where/" + pointer_part(s.dimension);
      std::size_t slot = 0;
      const std::vector<std::string>* values = &d_.variants;
      if (s.dimension != "variant") {
        const auto dimension = position(d_.dimensions, s.dimension, own_name);
        if (!dimension) return bad_card(there, "no such dimension");
        slot = *dimension + 1;
        values = &d_.dimensions[*dimension].values;
      }
      const auto value = position(*values, s.value, itself);
      if (!value) return bad_card(there, "no value \"" + s.value + "\"");
      if (to.values[slot] != any_value) return bad_card(there, "is there twice");
      to.values[slot] = *value;
      ++to.selectors;
    }
    reaches_.push_back(to);
    return std::nullopt;
  }

  /// The values of one combination, the variant first.
  [[nodiscard]] std::array<std::size_t, max_dimensions + 1> values_of(std::size_t variant,
                                                                      std::size_t cell) const {
    std::array<std::size_t, max_dimensions + 1> values{};
    values[0] = variant;
    for (std::size_t i = 0; i < card.dimensions; ++i) {
      values[i + 1] = cell / card.strides[i] % card.sizes[i];
    }
    return values;
  }
  [[nodiscard]] std::string describe(const std::array<std::size_t, max_dimensions + 1>& values,
                                     std::size_t component) const {
    std::string text = d_.components[component].name + " for " + d_.variants[values[0]];
    for (std::size_t i = 0; i < card.dimensions; ++i) {
      text += ", " + d_.dimensions[i].name + " " + d_.dimensions[i].values[values[i + 1]];
    }
    return text;
  }

  /// Finds the one most specific rate of every combination: none is a gap, two are a conflict.
  [[nodiscard]] std::optional<failure> fill_cells() {
    std::vector<bool> chosen(d_.rates.size());
    for (std::size_t component = 0; component < card.components.size(); ++component) {
      for (std::size_t variant = 0; variant < card.variants; ++variant) {
        for (std::size_t cell = 0; cell < card.inner; ++cell) {
          const auto values = values_of(variant, cell);
          std::size_t best = no_rate;
          std::size_t rival = no_rate;
          for (std::size_t i = 0; i < reaches_.size(); ++i) {
            if (reaches_[i].component != component || !covers(reaches_[i], values)) continue;
            if (best == no_rate || reaches_[i].selectors > reaches_[best].selectors) {
              best = i;
              rival = no_rate;
            } else if (reaches_[i].selectors == reaches_[best].selectors) {
              rival = i;
            }
          }
          if (best == no_rate) {
            return bad_card(at("components", component),
                            "no rate of " + describe(values, component));
          }
          if (rival != no_rate) {
            return bad_card(at("rates", rival), "as specific as " + at("rates", best) + " for " +
                                                    describe(values, component));
          }
          chosen[best] = true;
          card.cells.push_back(static_cast<std::uint16_t>(best));
        }
      }
    }
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (!chosen[i])
        warnings.push_back({at("rates", i), "never applies: others are more specific"});
    }
    return std::nullopt;
  }

  [[nodiscard]] static bool covers(const reach& r,
                                   const std::array<std::size_t, max_dimensions + 1>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (r.values[i] != any_value && r.values[i] != values[i]) return false;
    }
    return true;
  }

  const card_description<C>& d_;
  std::vector<reach> reaches_{};
};

}  // namespace tollgate::detail

namespace tollgate {

template <currency_type C>
[[nodiscard]] result<rate_card<C>> build(card_description<C> description) {
  rate_card<C> card;
  card.description_ = std::move(description);
  detail::card_builder<C> builder{card.description_};
  if (auto bad = builder.run()) return refuse(std::move(*bad));
  card.compiled_ = std::move(builder.card);
  card.warnings_ = std::move(builder.warnings);
  return card;
}

}  // namespace tollgate
