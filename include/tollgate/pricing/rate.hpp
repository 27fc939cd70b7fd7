// SPDX-License-Identifier: BSL-1.0
#pragma once
// Prices items for every variant of a card: pure, the same on every compiler, one rounding a line.

#include <tollgate/core/result.hpp>
#include <tollgate/pricing/detail/columns.hpp>
#include <tollgate/pricing/detail/compiled.hpp>
#include <tollgate/pricing/detail/item_checks.hpp>
#include <tollgate/pricing/quote.hpp>
#include <tollgate/pricing/rate_card.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate {

/// Lines that one quote may have, all variants together.
inline constexpr std::size_t max_quoted_lines = 1U << 22U;

namespace detail {

/// A success that leaves the room of a failure alone. Of `result<void>{}` g++ makes a constant,
/// which it writes in full: 136 bytes, the time of two lines.
struct no_refusal {
  // By a constructor of its own, because a defaulted one is a constant again.
  no_refusal() {}  // NOLINT(modernize-use-equals-default)
  result<void> answer;
};

/// Makes room for so many, of which each is written afterwards. A vector without memory is made
/// anew, which costs less than growing it.
template <class T>
void make_room(std::vector<T>& list, std::size_t size) {
  if (list.capacity() == 0) {
    list = std::vector<T>(size);
  } else {
    list.resize(size);
  }
}

/// The work of one call to `rate`.
template <currency_type C>
class rating {
  // A total is added up first and judged at the end.
  static_assert(static_cast<int128>(max_quoted_lines) * amount<C>::max().units() <=
                std::numeric_limits<std::int64_t>::max());

 public:
  rating(const rate_card<C>& card, std::span<const usage> items, quote<C>& made)
      : names_(card), card_(card.compiled()), items_(items), made_(made) {}

  /// Writes the quote that was given; what it held is lost, its memory is used again.
  [[nodiscard]] std::optional<failure> run() {
    const std::size_t for_each = card_.variants * card_.components.size();
    if (static_cast<int128>(items_.size()) * for_each > max_quoted_lines) {
      return make_failure(error::invalid_argument, "/items", "too many for one quote");
    }
    made_.unlisted.clear();
    if (!all_fit(card_, items_)) {
      for (std::size_t i = 0; i < items_.size(); ++i) {
        if (auto bad = misfit(names_, items_, i)) return bad;
      }
    }
    for (std::size_t i = 0; card_.lists && i < items_.size(); ++i) {
      const auto index = static_cast<std::uint32_t>(i);
      if (const auto m = note_unlisted(card_, items_, index, made_.unlisted)) {
        return make_failure(error::invalid_argument,
                            item_place(i, names_.description().measures[*m].name),
                            "a quantity that the card does not list");
      }
    }
    made_.card_version = names_.version();
    made_.items.assign(items_.begin(), items_.end());
    make_room(made_.variants, card_.variants);
    if (card_.regular) return rate_regular();
    made_.lines.clear();
    made_.lines.reserve(items_.size() * for_each);
    for (std::size_t v = 0; v < card_.variants; ++v) {
      if (auto bad = rate_variant(v)) return bad;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<failure> rate_variant(std::size_t v) {
    const std::size_t first = made_.lines.size();
    const std::size_t stride = card_.variants * card_.inner;
    std::int64_t total = 0;
    for (std::uint32_t i = 0; i < items_.size(); ++i) {
      const usage& item = items_[i];
      const std::uint16_t* chosen = card_.cells.data() + v * card_.inner + cell_of(card_, item);
      for (std::size_t c = 0; c < card_.components.size(); ++c, chosen += stride) {
        const compiled_component& component = card_.components[c];
        const compiled_rate& rate = card_.rates[*chosen];
        if (component.all_items || (item.measured & component.needs) != component.needs) continue;
        if (rate.kind == charge_kind::not_offered) return withdraw(v, first);
        std::int64_t raw = 0;
        if (!measure(item, component, raw)) return beyond(i, component.measure);
        const narrow_rate& narrow = card_.narrow[*chosen];
        std::int64_t used = 0;
        const auto price = narrow.kind == charge_kind::not_offered
                               ? price_by(rate, first, i, c, raw, used)
                               : price_by(narrow, first, i, c, raw, used);
        if (price.units > amount<C>::max().units()) return overflow(item_place(i));
        made_.lines.push_back(make_line<C>(i, c, *chosen, raw, used, price));
        total += price.units;
      }
    }
    for (std::size_t c = 0; c < card_.components.size(); ++c) {
      if (!card_.components[c].all_items) continue;
      bool offered = true;
      if (auto bad = add_sums(first, v, c, total, offered)) return bad;
      if (!offered) return withdraw(v, first);
    }
    return finish(v, first, made_.lines.size() - first, total);
  }

  /// A card whose every item has every line: where a line stands is known before it is priced, so
  /// that components are priced one after another, by columns.
  [[nodiscard]] std::optional<failure> rate_regular() {
    const std::size_t for_variant = items_.size() * card_.components.size();
    make_room(made_.lines, card_.variants * for_variant);
    for (std::size_t v = 0; v < card_.variants; ++v) {
      quote_line<C>* const lines = made_.lines.data() + v * for_variant;
      const auto total = column_pricing<C>{card_, items_}.price(lines, v);
      if (auto bad = finish(v, v * for_variant, for_variant, total)) return bad;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<failure> finish(std::size_t v, std::size_t first, std::size_t count,
                                              std::int64_t total) {
    if (total > amount<C>::max().units()) return overflow("/items");
    made_.variants[v] = {.offered = true,
                         .first_line = static_cast<std::uint32_t>(first),
                         .line_count = static_cast<std::uint32_t>(count),
                         .total = amount<C>::from_units(total)};
    return std::nullopt;
  }

  /// Step "measure"; false beyond the maximum.
  [[nodiscard]] bool measure(const usage& item, const compiled_component& component,
                             std::int64_t& raw) const noexcept {
    if (component.measure == no_measure) return true;
    const auto& measured = card_.measures[component.measure];
    const int128 sum = raw + raw_quantity(measured, component.measure, item);
    if (sum > measured.maximum) return false;
    raw = static_cast<std::int64_t>(sum);
    return true;
  }
  /// Every step after "measure", and what is billed, in the width of the rate. The lines from
  /// `first` on are this variant's so far.
  template <class Rate>
  [[nodiscard]] rounded price_by(const Rate& rate, std::size_t first, std::uint32_t item,
                                 std::size_t c, std::int64_t raw,
                                 std::int64_t& billed) const noexcept {
    const bool share = rate.kind == charge_kind::percentage;
    const auto base = share ? sum_of(first, rate.other, item) : 0;
    const bool counts = card_.components[c].measure != no_measure;
    if constexpr (std::is_same_v<Rate, narrow_rate>) {
      billed = counts ? narrow_billed(rate, raw) : 0;
      const auto* const tiers = card_.narrow_tiers.data();
      return bound_and_round(rate, narrow_numerator(rate, tiers, billed, base));
    } else {
      billed = counts ? billed_quantity(rate, raw) : 0;
      return bound_and_round(rate, price_numerator(card_, rate, billed, base), card_.mode);
    }
  }

  /// Adds up what the items use, one line for each different rate.
  [[nodiscard]] std::optional<failure> add_sums(std::size_t first, std::size_t v, std::size_t c,
                                                std::int64_t& total, bool& offered) {
    struct sum {
      std::uint16_t rate{};
      std::int64_t raw{};
    };
    std::vector<sum> sums;
    const auto& component = card_.components[c];
    for (std::uint32_t i = 0; i < items_.size(); ++i) {
      const usage& item = items_[i];
      if ((item.measured & component.needs) != component.needs) continue;
      const auto rate = card_.cells[(c * card_.variants + v) * card_.inner + cell_of(card_, item)];
      std::size_t at = 0;
      while (at < sums.size() && sums[at].rate != rate) ++at;
      if (at == sums.size()) sums.push_back({rate, 0});
      if (!measure(item, component, sums[at].raw)) return beyond(i, component.measure);
    }
    for (const auto& s : sums) {
      const compiled_rate& rate = card_.rates[s.rate];
      offered &= rate.kind != charge_kind::not_offered;
      std::int64_t used = 0;
      const auto price = price_by(rate, first, all_items, c, s.raw, used);
      if (price.units > amount<C>::max().units()) return overflow("/items");
      total += price.units;
      made_.lines.push_back(make_line<C>(all_items, c, s.rate, s.raw, used, price));
    }
    return std::nullopt;
  }

  /// The rounded price of another component, of one item or of all.
  [[nodiscard]] std::int64_t sum_of(std::size_t first, std::uint16_t component,
                                    std::uint32_t item) const noexcept {
    std::int64_t sum = 0;
    for (std::size_t n = made_.lines.size(); n-- > first;) {
      const quote_line<C>& line = made_.lines[n];
      if (item != all_items && line.item != item) break;
      if (line.component == component) sum += line.price.units();
    }
    return sum;
  }

  /// A variant that lacks one item has no price at all.
  [[nodiscard]] std::optional<failure> withdraw(std::size_t v, std::size_t first) {
    made_.lines.resize(first);
    made_.variants[v] = {.first_line = static_cast<std::uint32_t>(first)};
    return std::nullopt;
  }
  [[nodiscard]] failure overflow(std::string where) const {
    return make_failure(error::overflow, std::move(where), "costs more than an amount can hold");
  }
  [[nodiscard]] failure beyond(std::size_t item, std::size_t measure) const {
    return make_failure(error::invalid_argument,
                        item_place(item, names_.description().measures[measure].name),
                        "beyond the maximum of the card");
  }

  const rate_card<C>& names_;
  const compiled_card& card_;
  std::span<const usage> items_;
  quote<C>& made_;
};

}  // namespace detail

/// Prices the items in every variant of the card. No clock, no I/O: the same card and items give
/// the same quote. Errors: `invalid_argument` (place: "/items/3/duration"), `overflow`.
template <currency_type C>
[[nodiscard]] result<quote<C>> rate(const rate_card<C>& card, std::span<const usage> items) {
  // The one that is returned, so that no quote is moved; and with a figure in it, because of an
  // empty one g++ makes a constant, which it writes with all the room of a failure.
  result<quote<C>> made{quote<C>{.card_version = card.version()}};
  if (auto bad = detail::rating<C>{card, items, *made}.run()) made = refuse(std::move(*bad));
  return made;
}

/// The same into a quote whose memory is used again: nothing is allocated once it is large enough.
/// After a failure the quote is empty. Precondition: the items are not the quote's own.
template <currency_type C>
[[nodiscard]] result<void> rate_into(const rate_card<C>& card, std::span<const usage> items,
                                     quote<C>& made) {
  if (auto bad = detail::rating<C>{card, items, made}.run()) {
    made = {};
    return refuse(std::move(*bad));
  }
  return detail::no_refusal{}.answer;
}

/// What the rounding of a line left: the exact price less the price.
template <currency_type C>
[[nodiscard]] exact<C> residue_of(const rate_card<C>& card, const quote_line<C>& line) {
  assert(line.rate < card.compiled().rates.size());
  return exact<C>{rational<>{line.residue, detail::power_of_ten<int128>(amount<C>::scale) *
                                               card.compiled().rates[line.rate].denominator}};
}

}  // namespace tollgate
