// SPDX-License-Identifier: BSL-1.0
#pragma once
// The pipeline of one line once more, step by step in fractions, from the card as it was written:
// measure -> convert -> included -> model -> multiply -> discount -> bound -> round once.

#include <tollgate/core/result.hpp>
#include <tollgate/pricing/quote.hpp>
#include <tollgate/pricing/rate_card.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace tollgate {

/// What each step of the pipeline made of a line.
template <currency_type C>
struct pipeline_steps {
  quantity<any_unit> raw{};
  quantity<any_unit> converted{};
  quantity<any_unit> billed{};
  amount<C> base{};  // of a percentage: the rounded price it is a share of
  exact<C> modelled{};
  exact<C> multiplied{};
  exact<C> discounted{};
  exact<C> bounded{};
  amount<C> price{};
};

namespace detail {

/// Independent of the integers that `rate` uses: nothing is shared but the choice of the rate.
template <currency_type C>
class replaying {
 public:
  replaying(const rate_card<C>& card, const quote<C>& priced, variant_index v,
            const quote_line<C>& line)
      : card_(card),
        priced_(priced),
        variant_(v),
        line_(line),
        component_(card.description().components[line.component]),
        charge_(card.description().rates[line.rate].charge) {}

  [[nodiscard]] result<pipeline_steps<C>> run() {
    pipeline_steps<C> s;
    const auto fail = [](error e) { return refuse(e, "line", "cannot be replayed"); };
    if (!component_.measure.empty()) {
      const auto raw = measured();
      if (!raw) return fail(raw.error());
      s.raw = *raw;
      s.converted = s.raw;
      if (charge_.step.thousandths() > 0) {
        const auto step = charge_.step.thousandths();
        const auto steps = divide(s.raw.thousandths(), step, rounding::ceiling).quotient;
        s.converted = quantity<any_unit>::from_thousandths(steps * step);
      }
      if (s.converted < charge_.minimum) s.converted = charge_.minimum.count();
      s.billed = s.converted < charge_.included ? quantity<any_unit>{}
                                                : s.converted - charge_.included.count();
    }
    const auto* share = std::get_if<percentage_charge>(&charge_.model);
    if (share != nullptr) s.base = base_of(*share);

    const auto modelled = model(s);
    if (!modelled) return fail(modelled.error());
    s.modelled = *modelled;
    auto multiplied = checked_mul(s.modelled, charge_.multiplier);
    if (multiplied && share == nullptr) {
      multiplied = checked_mul(*multiplied, card_.description().multiplier);
    }
    if (!multiplied) return fail(multiplied.error());
    s.multiplied = *multiplied;
    const auto keep = checked_sub(rational<>{1}, charge_.discount);
    const auto discounted = checked_mul(s.multiplied, *keep);
    if (!discounted) return fail(discounted.error());
    s.discounted = *discounted;
    s.bounded = s.discounted;
    if (charge_.at_least && s.bounded < exact<C>{*charge_.at_least}) s.bounded = *charge_.at_least;
    if (charge_.at_most && s.bounded > exact<C>{*charge_.at_most}) s.bounded = *charge_.at_most;
    const auto price = round_to<amount<C>::scale>(s.bounded, card_.description().mode);
    if (!price) return fail(price.error());
    s.price = *price;
    return s;
  }

 private:
  using fraction = tl::expected<rational<>, error>;

  /// The quantity one item states or derives.
  [[nodiscard]] tl::expected<quantity<any_unit>, error> measured_of(const usage& item) const {
    const auto index = card_.find_measure(component_.measure);
    const auto& measure = card_.description().measures[index->value];
    if (measure.product_of.empty()) return item.quantities[index->value];
    fraction product = rational<>{1, measure.divided_by};
    for (const auto& name : measure.product_of) {
      const auto factor = item.quantities[card_.find_measure(name)->value].thousandths();
      if (product) product = checked_mul(*product, rational<>{factor, 1'000});
    }
    if (!product) return tl::unexpected<error>{product.error()};
    const auto thousandths = round_units<std::int64_t>(*product, 3, rounding::ceiling);
    if (!thousandths) return tl::unexpected<error>{thousandths.error()};
    return quantity<any_unit>::checked_from_thousandths(*thousandths);
  }
  /// The quantity of the line: of its item, or of every item that has its rate.
  [[nodiscard]] tl::expected<quantity<any_unit>, error> measured() const {
    if (line_.item != all_items) return measured_of(priced_.items[line_.item]);
    const auto& compiled = card_.compiled();
    const auto needs = compiled.components[line_.component].needs;
    quantity<any_unit> sum;
    for (const usage& item : priced_.items) {
      if ((item.measured & needs) != needs) continue;
      std::size_t cell = (line_.component * compiled.variants + variant_.value) * compiled.inner;
      for (std::size_t d = 0; d < compiled.dimensions; ++d) {
        cell += std::size_t{item.values[d].value} * compiled.strides[d];
      }
      if (compiled.cells[cell] != line_.rate) continue;
      const auto one = measured_of(item);
      if (!one) return one;
      sum = sum + *one;
    }
    return sum;
  }
  [[nodiscard]] amount<C> base_of(const percentage_charge& share) const {
    amount<C> sum{};
    for (const auto& other : priced_.lines_of(variant_)) {
      if (line_.item != all_items && other.item != line_.item) continue;
      if (card_.description().components[other.component].name == share.of) sum += other.price;
    }
    return sum;
  }

  [[nodiscard]] tl::expected<exact<C>, error> model(const pipeline_steps<C>& s) const {
    return std::visit(
        [&](const auto& m) -> tl::expected<exact<C>, error> {
          using model_type = std::decay_t<decltype(m)>;
          if constexpr (std::is_same_v<model_type, flat_charge<C>>) {
            return m.price;
          } else if constexpr (std::is_same_v<model_type, unit_charge<C>>) {
            return m.price * s.billed;
          } else if constexpr (std::is_same_v<model_type, package_charge<C>>) {
            const auto size = m.price.per().thousandths();
            const auto started = divide(s.billed.thousandths(), size, rounding::ceiling).quotient;
            return checked_mul(exact<C>{m.price.money()}, rational<>{started});
          } else if constexpr (std::is_same_v<model_type, graduated_charge<C>>) {
            return graduated(m.tiers, s.billed);
          } else if constexpr (std::is_same_v<model_type, volume_charge<C>>) {
            for (const auto& t : m.tiers) {
              if (s.billed == quantity<any_unit>{}) break;
              if (!t.up_to || s.billed <= *t.up_to) return checked_add(t.each * s.billed, t.once);
            }
            return exact<C>{};
          } else if constexpr (std::is_same_v<model_type, percentage_charge>) {
            return checked_mul(exact<C>{s.base}, m.share);
          } else {
            static_assert(std::is_same_v<model_type, not_offered>,
                          "a new charge model needs a case here");
            return exact<C>{};
          }
        },
        charge_.model);
  }
  [[nodiscard]] static tl::expected<exact<C>, error> graduated(const std::vector<tier<C>>& tiers,
                                                               quantity<any_unit> billed) {
    tl::expected<exact<C>, error> sum;
    quantity<any_unit> from;
    for (const auto& t : tiers) {
      if (billed <= from) break;
      const auto own = t.up_to ? t.up_to->count() : billed;
      const auto end = own < billed ? own : billed;
      sum = checked_add(*sum, t.each * (end - from));
      if (sum) sum = checked_add(*sum, t.once);
      if (!sum) return sum;
      if (t.up_to) from = t.up_to->count();
      if (!t.up_to) break;
    }
    return sum;
  }

  const rate_card<C>& card_;
  const quote<C>& priced_;
  variant_index variant_;
  const quote_line<C>& line_;
  const component_description& component_;
  const charge<C>& charge_;
};

}  // namespace detail

/// Replays the n-th line of a variant. Precondition: the card made the quote. Errors: `overflow`,
/// and `corrupt_record` where the replay does not give the price of the line.
template <currency_type C>
[[nodiscard]] result<pipeline_steps<C>> replay(const rate_card<C>& card, const quote<C>& priced,
                                               variant_index v, std::size_t n) {
  assert(card.version() == priced.card_version && n < priced.lines_of(v).size());
  const auto& line = priced.lines_of(v)[n];
  auto steps = detail::replaying<C>{card, priced, v, line}.run();
  if (!steps) return steps;
  if (steps->price != line.price || steps->raw != line.raw || steps->billed != line.billed) {
    return refuse(error::corrupt_record, "/lines/" + std::to_string(n),
                  "the card does not give this price");
  }
  return steps;
}

}  // namespace tollgate
