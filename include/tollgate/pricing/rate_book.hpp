// SPDX-License-Identifier: BSL-1.0
#pragma once
// Every version of a rate card there ever was; versions are added, never changed.

#include <tollgate/core/result.hpp>
#include <tollgate/pricing/rate_card.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

/// Append-only list of the versions of one card. Copies share the cards. Reading from several
/// threads is safe; `add` needs the book for itself: copy, add, exchange.
template <currency_type C>
class rate_book {
 public:
  /// Adds a later version. It must carry the same name, a higher version and a later start, and
  /// may only append variants, dimensions, their values and measures, so that a usage means the
  /// same in all versions. Errors: `invalid_argument`, its place within the card.
  [[nodiscard]] result<void> add(rate_card<C> card) {
    if (!cards_.empty()) {
      if (auto bad = breaks(cards_.back()->description(), card.description()); !bad.empty()) {
        return refuse(error::invalid_argument, std::move(bad),
                      "does not continue version " + std::to_string(cards_.back()->version()));
      }
    }
    cards_.push_back(std::make_shared<const rate_card<C>>(std::move(card)));
    return {};
  }

  /// The version in effect at an instant; none before the first, in a pause, or after the last.
  [[nodiscard]] std::shared_ptr<const rate_card<C>> at(timestamp now) const noexcept {
    for (std::size_t i = cards_.size(); i-- > 0;) {
      if (cards_[i]->effective_from() <= now) return now < end(i) ? cards_[i] : nullptr;
    }
    return nullptr;
  }
  /// A version by its number, or none.
  [[nodiscard]] std::shared_ptr<const rate_card<C>> version(std::uint32_t number) const noexcept {
    for (const auto& card : cards_) {
      if (card->version() == number) return card;
    }
    return nullptr;
  }
  /// When a version ends: as it says itself, or earlier where the next one begins. Precondition:
  /// the version exists.
  [[nodiscard]] timestamp effective_to(std::uint32_t number) const noexcept {
    for (std::size_t i = 0; i < cards_.size(); ++i) {
      if (cards_[i]->version() == number) return end(i);
    }
    assert(false);
    return {};
  }
  [[nodiscard]] const std::vector<std::shared_ptr<const rate_card<C>>>& versions() const noexcept {
    return cards_;
  }

 private:
  [[nodiscard]] timestamp end(std::size_t i) const noexcept {
    const auto own = cards_[i]->effective_to();
    if (i + 1 == cards_.size()) return own;
    const auto next = cards_[i + 1]->effective_from();
    return next < own ? next : own;
  }

  template <class List, class Same>
  [[nodiscard]] static bool continues(const List& earlier, const List& later, Same same) {
    if (later.size() < earlier.size()) return false;
    for (std::size_t i = 0; i < earlier.size(); ++i) {
      if (!same(earlier[i], later[i])) return false;
    }
    return true;
  }
  /// The place that breaks with the version before, or nothing.
  [[nodiscard]] static std::string breaks(const card_description<C>& earlier,
                                          const card_description<C>& later) {
    const auto equal = [](const std::string& a, const std::string& b) { return a == b; };
    const auto same_measure = [](const measure_description& a, const measure_description& b) {
      return a.name == b.name && a.unit == b.unit && a.product_of == b.product_of &&
             a.divided_by == b.divided_by;
    };
    const auto same_dimension = [&](const dimension_description& a,
                                    const dimension_description& b) {
      return a.name == b.name && continues(a.values, b.values, equal);
    };
    if (later.name != earlier.name) return "/name";
    if (later.version <= earlier.version) return "/version";
    if (later.effective_from <= earlier.effective_from) return "/effectiveFrom";
    if (!continues(earlier.variants, later.variants, equal)) return "/variants";
    if (!continues(earlier.dimensions, later.dimensions, same_dimension)) return "/dimensions";
    if (!continues(earlier.measures, later.measures, same_measure)) return "/measures";
    return {};
  }

  std::vector<std::shared_ptr<const rate_card<C>>> cards_{};
};

}  // namespace tollgate
