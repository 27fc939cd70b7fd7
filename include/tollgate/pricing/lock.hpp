// SPDX-License-Identifier: BSL-1.0
#pragma once
// The price a user saw, as a value to hand out, and the comparison that confirms it.

#include <tollgate/core/fingerprint.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/pricing/rate.hpp>
#include <tollgate/pricing/rate_book.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

/// Names one price of one review: which variant, under which card, of exactly which items.
struct price_lock {
  std::string variant{};
  std::uint32_t card_version{};
  fingerprint digest{};

  friend bool operator==(const price_lock&, const price_lock&) = default;
};

/// The digest of a variant: its items as they were and what each line charges. Neither a clock nor
/// the card's version is in it, so the same items at the same prices have the same digest, also
/// under a card that changed elsewhere. Precondition: the variant is offered.
template <currency_type C>
[[nodiscard]] fingerprint digest_of(const rate_card<C>& card, const quote<C>& priced,
                                    variant_index v) {
  assert(card.version() == priced.card_version && priced.offers(v));
  const auto& d = card.description();
  canonical c;
  c.add("tollgate price 1").add(C::code).add(amount<C>::scale);
  c.add(d.name).add(d.variants[v.value]);
  c.add(priced.items.size());
  for (const usage& item : priced.items) {
    c.add(item.item).add(item.measured);
    for (std::size_t m = 0; m < max_measures; ++m) {
      if (item.states({static_cast<std::uint8_t>(m)})) c.add(item.quantities[m].thousandths());
    }
    std::uint64_t values = 0;  // one byte each, in one word
    for (const auto value : item.values) values = (values << 8U) | value.value;
    c.add(values);
  }
  const auto lines = priced.lines_of(v);
  c.add(lines.size());
  for (const auto& line : lines) {
    c.add(line.item).add(d.components[line.component].name);
    c.add(line.raw.thousandths()).add(line.billed.thousandths()).add(line.price);
  }
  return c.finish();
}

/// What the review hands out for a variant, or nothing where it is not offered.
template <currency_type C>
[[nodiscard]] std::optional<price_lock> lock_of(const rate_card<C>& card, const quote<C>& priced,
                                                variant_index v) {
  if (!priced.offers(v)) return std::nullopt;
  return price_lock{card.variants()[v.value], card.version(), digest_of(card, priced, v)};
}

/// "variant@version:digest", to travel through a client.
[[nodiscard]] inline std::string to_string(const price_lock& lock) {
  return lock.variant + "@" + std::to_string(lock.card_version) + ":" + to_string(lock.digest);
}

/// Reads what `to_string` writes; anything else is nothing.
[[nodiscard]] inline std::optional<price_lock> parse_price_lock(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto digest = parse_fingerprint(text.substr(colon + 1));
  const auto at = text.substr(0, colon).rfind('@');
  if (!digest || at == std::string_view::npos || at == 0) return std::nullopt;
  const auto number = text.substr(at + 1, colon - at - 1);
  if (number.empty() || number.size() > 10 || (number[0] == '0' && number.size() > 1)) {
    return std::nullopt;
  }
  std::uint64_t version = 0;
  for (const char c : number) {
    if (!detail::is_digit(c)) return std::nullopt;
    version = version * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (version > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return price_lock{std::string{text.substr(0, at)}, static_cast<std::uint32_t>(version), *digest};
}

/// What a confirmation does when today's price is another one.
enum class on_price_change : std::uint8_t {
  refuse,               // the user decides again
  honour_until_expiry,  // charge the price that was seen while its lock lasts
};

struct price_policy {
  on_price_change changed{on_price_change::refuse};
  duration lock_for{hours(24)};  // after the card version of the quote ended
};

/// The price that a confirmation charges, and the card it comes from.
template <currency_type C>
struct confirmed_price {
  std::shared_ptr<const rate_card<C>> card{};
  quote<C> priced{};
  variant_index variant{};

  [[nodiscard]] amount<C> total() const noexcept { return priced.total(variant); }
};

/// One price that differs between two quotes of the same items.
template <currency_type C>
struct changed_line {
  std::uint32_t item{};  // position in the items, or `all_items`
  std::string component{};
  amount<C> before{};
  amount<C> after{};
  friend bool operator==(const changed_line&, const changed_line&) = default;
};

/// The lines of a variant that changed between two cards, per item and component. A line that only
/// one side has counts as zero on the other.
template <currency_type C>
[[nodiscard]] std::vector<changed_line<C>> changed_lines(
    const rate_card<C>& old_card, const quote<C>& before, variant_index old_variant,
    const rate_card<C>& new_card, const quote<C>& after, variant_index new_variant) {
  std::vector<changed_line<C>> sums;
  const auto sum = [&](const rate_card<C>& card, const quote<C>& q, variant_index v,
                       amount<C> changed_line<C>::*side) {
    std::size_t hint = 0;  // lines come in the same order on both sides, nearly always
    for (const auto& line : q.lines_of(v)) {
      const auto& name = card.description().components[line.component].name;
      const auto matches = [&](std::size_t i) {
        return sums[i].item == line.item && sums[i].component == name;
      };
      std::size_t i = hint;
      if (i >= sums.size() || !matches(i)) {
        for (i = 0; i < sums.size() && !matches(i);) ++i;
      }
      if (i == sums.size()) sums.push_back({line.item, name, {}, {}});
      sums[i].*side += line.price;
      hint = i + 1;
    }
  };
  sum(old_card, before, old_variant, &changed_line<C>::before);
  sum(new_card, after, new_variant, &changed_line<C>::after);
  std::erase_if(sums, [](const auto& line) { return line.before == line.after; });
  return sums;
}

namespace detail {

template <currency_type C>
[[nodiscard]] result<confirmed_price<C>> rate_variant_of(std::shared_ptr<const rate_card<C>> card,
                                                         std::span<const usage> items,
                                                         const std::string& name) {
  const auto v = card->find_variant(name);
  if (!v) return refuse(error::invalid_argument, "/variant", no_such_variant(*card, name));
  auto priced = rate(*card, items);
  if (!priced) return refuse(std::move(priced.error()));
  if (!priced->offers(*v)) {
    return refuse(error::invalid_argument, "/variant", "\"" + name + "\" is not offered for these");
  }
  return confirmed_price<C>{std::move(card), std::move(*priced), *v};
}

template <currency_type C>
[[nodiscard]] failure price_changed(const confirmed_price<C>& before,
                                    const confirmed_price<C>& after) {
  auto f = make_failure(error::price_changed, "/quote");
  f.available = to_credits(before.total());
  f.required = to_credits(after.total());
  std::string_view separator;
  for (const auto& line : changed_lines(*before.card, before.priced, before.variant, *after.card,
                                        after.priced, after.variant)) {
    f.reason += separator;
    f.reason += line.component + " " + to_string(line.before) + " -> " + to_string(line.after);
    separator = ", ";
    if (line.item == all_items) continue;
    const auto& item = before.priced.items[line.item].item.value;
    if (f.subjects.empty() || f.subjects.back() != item) f.subjects.push_back(item);
  }
  return f;
}

}  // namespace detail

/// Confirms the price that a user saw, against today's card. Pure; the caller brings the clock.
/// The same items at the same price always pass, however old the quote. Otherwise, in this order:
/// - `request_changed`: the items are not those of the quote;
/// - `quote_expired` (at: when): the version of the quote ended, and `lock_for` after it too;
/// - `price_changed` (available: old total, required: new total, subjects: the items), or, where
///   the policy honours locks, the old price.
/// `invalid_argument` at "quote" for a version that never was, at "/items/..." or "variant" for
/// what today's card does not sell.
template <currency_type C>
[[nodiscard]] result<confirmed_price<C>> confirm_price(const rate_book<C>& book,
                                                       std::span<const usage> items,
                                                       const price_lock& lock, timestamp now,
                                                       const price_policy& policy = {}) {
  const auto locked_card = book.version(lock.card_version);
  if (!locked_card) return refuse(error::invalid_argument, "/quote", "no such card version");
  const auto card = book.at(now);
  auto today = card ? detail::rate_variant_of<C>(card, items, lock.variant)
                    : refuse(error::invalid_argument, "/quote", "no card is in effect");
  if (today && digest_of(*today->card, today->priced, today->variant) == lock.digest) return today;

  auto then = detail::rate_variant_of<C>(locked_card, items, lock.variant);
  if (!then || digest_of(*then->card, then->priced, then->variant) != lock.digest) {
    return refuse(error::request_changed, "/quote", "the items are not those of the quote");
  }
  const auto ends = book.effective_to(lock.card_version) + policy.lock_for;
  if (!(now < ends)) {
    auto expired = make_failure(error::quote_expired, "/quote", "the price lock has ended");
    expired.at = ends;
    return refuse(std::move(expired));
  }
  if (policy.changed == on_price_change::honour_until_expiry) return then;
  if (!today) return today;
  return refuse(detail::price_changed(*then, *today));
}

}  // namespace tollgate
