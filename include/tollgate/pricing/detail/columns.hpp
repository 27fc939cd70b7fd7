// SPDX-License-Identifier: BSL-1.0
#pragma once
// Prices a card whose every item has every line, component by component: each in a loop of its own,
// in 64 bits and without a branch on what kind of charge it is.

#include <tollgate/pricing/detail/compiled.hpp>
#include <tollgate/pricing/quote.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace tollgate::detail {

/// Where the rate of an item stands among those of a component and variant.
[[nodiscard]] inline std::size_t cell_of(const compiled_card& card, const usage& item) noexcept {
  std::size_t cell = 0;
  for (std::size_t d = 0; d < card.dimensions; ++d) {
    cell += std::size_t{item.values[d].value} * card.strides[d];
  }
  return cell;
}

/// A line as it stands in a quote.
template <currency_type C>
[[nodiscard]] quote_line<C> make_line(std::uint32_t item, std::size_t component, std::uint16_t rate,
                                      std::int64_t raw, std::int64_t billed,
                                      const rounded& price) noexcept {
  return {.item = item,
          .component = static_cast<std::uint16_t>(component),
          .rate = rate,
          .raw = quantity<any_unit>::from_thousandths(raw),
          .billed = quantity<any_unit>::from_thousandths(billed),
          .price = amount<C>::from_units(price.units),
          .residue = price.residue};
}

/// The columns of one quote. Precondition: the card is regular, and every item fits it.
template <currency_type C>
class column_pricing {
 public:
  column_pricing(const compiled_card& card, std::span<const usage> items) noexcept
      : card_(card), items_(items) {}

  /// Writes the lines of a variant, item by item and within one by component. Answers their sum.
  [[nodiscard]] std::int64_t price(quote_line<C>* lines, std::size_t variant) const noexcept {
    std::int64_t total = 0;
    for (std::size_t c = 0; c < card_.components.size(); ++c) {
      const auto* chosen = card_.cells.data() + (c * card_.variants + variant) * card_.inner;
      const bool alike = card_.inner == 1 && card_.narrow[*chosen].direct;
      total += alike ? price_alike(lines, c, *chosen) : price_each(lines, c, chosen);
    }
    return total;
  }

 private:
  /// One component of every item, each by its own rate.
  [[nodiscard]] std::int64_t price_each(quote_line<C>* lines, std::size_t c,
                                        const std::uint16_t* chosen) const noexcept {
    const std::size_t measure = card_.components[c].measure;
    std::int64_t total = 0;
    for (std::uint32_t i = 0; i < items_.size(); ++i, lines += card_.components.size()) {
      const std::uint16_t which = chosen[cell_of(card_, items_[i])];
      const narrow_rate& rate = card_.narrow[which];
      const bool counts = measure != no_measure;
      const std::int64_t raw = counts ? items_[i].quantities[measure].thousandths() : 0;
      const std::int64_t used = counts ? narrow_billed(rate, raw) : 0;
      const std::int64_t base = lines[rate.other].price.units();
      const auto price =
          bound_and_round(rate, narrow_numerator(rate, card_.narrow_tiers.data(), used, base));
      lines[c] = make_line<C>(i, c, which, raw, used, price);
      total += price.units;
    }
    return total;
  }

  /// One component of every item by one rate, which bills what is stated.
  [[nodiscard]] std::int64_t price_alike(quote_line<C>* lines, std::size_t c,
                                         std::uint16_t which) const noexcept {
    using line = quote_line<C>;
    const narrow_rate& rate = card_.narrow[which];
    const bool counts = card_.components[c].measure != no_measure;
    const auto each = rate.each;
    switch (rate.kind) {
      case charge_kind::not_offered: break;
      case charge_kind::flat: {
        const auto price = [fixed = rate.fixed](std::int64_t, const line*) { return fixed; };
        return counts ? price_column<true>(lines, c, which, price)
                      : price_column<false>(lines, c, which, price);
      }
      case charge_kind::unit:
        return price_column<true>(lines, c, which,
                                  [=](std::int64_t raw, const line*) { return each * raw; });
      case charge_kind::package:
        return price_column<true>(
            lines, c, which,
            [each, size = rate.package_size, by_size = rate.by_package](
                std::int64_t raw, const line*) { return each * begun(raw, size, by_size); });
      case charge_kind::graduated:
      case charge_kind::volume:
        return price_column<true>(
            lines, c, which,
            [tiers = card_.narrow_tiers.data() + rate.first_tier](std::int64_t raw, const line*) {
              return tier_numerator(tiers, raw);
            });
      case charge_kind::percentage: {
        const auto price = [each, other = rate.other](std::int64_t, const line* of_item) {
          return each * of_item[other].price.units();
        };
        return counts ? price_column<true>(lines, c, which, price)
                      : price_column<false>(lines, c, which, price);
      }
    }
    return 0;
  }

  /// The loop itself. What it reads is in locals, because a write to a line could otherwise be a
  /// write to any of it.
  template <bool Counts, class Numerator>
  [[nodiscard]] std::int64_t price_column(quote_line<C>* lines, std::size_t c, std::uint16_t which,
                                          Numerator numerator) const noexcept {
    const narrow_rounding round = card_.narrow[which].round;
    const std::size_t components = card_.components.size();
    const std::size_t measure = Counts ? card_.components[c].measure : 0;
    const usage* const items = items_.data();
    const auto count = static_cast<std::uint32_t>(items_.size());
    std::int64_t total = 0;
    for (std::uint32_t i = 0; i < count; ++i, lines += components) {
      const std::int64_t raw = Counts ? items[i].quantities[measure].thousandths() : 0;
      const auto price = round(numerator(raw, lines));
      lines[c] = make_line<C>(i, c, which, raw, raw, price);
      total += price.units;
    }
    return total;
  }

  const compiled_card& card_;
  std::span<const usage> items_;
};

}  // namespace tollgate::detail
