// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a host tells the gate about the things it sells: a trait over its own types.

#include <tollgate/core/result.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/jobs/job.hpp>
#include <tollgate/jobs/machine.hpp>
#include <tollgate/ledger/account.hpp>
#include <tollgate/pricing/quote.hpp>
#include <tollgate/pricing/rate_card.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tollgate {

/// Where an order belongs: its jobs and costs are found by these.
struct order_place {
  project_id project{};
  group_id group{};
  branch_id branch{};

  friend bool operator==(const order_place&, const order_place&) = default;
};

/// How the job of one item is queued.
struct job_options {
  std::int16_t priority{};  // lower runs first
  std::uint32_t max_attempts{4};
  duration start_within{days(7)};
  timestamp ready_at{};       // not before; zero: at once
  timestamp deadline{never};  // hard: it ends then; after it is ready
};

/// One item of an order as it is priced in the variant that was chosen.
template <currency_type C>
struct priced_item {
  const rate_card<C>& card;
  const quote<C>& prices;
  variant_index variant;
  std::size_t index;  // of the item in the quote

  [[nodiscard]] const std::string& variant_name() const noexcept {
    return card.variants()[variant.value];
  }
  /// How much of a measure the item's price is for: what is sent to a provider comes from the line
  /// that is billed. Nothing where no line of the item is for it.
  [[nodiscard]] std::optional<quantity<any_unit>> used(std::string_view measure) const noexcept {
    for (const auto& line : prices.lines_of(variant)) {
      if (line.item != index) continue;
      if (card.description().components[line.component].measure == measure) return line.raw;
    }
    return std::nullopt;
  }
};

/// What rules may look at besides the order itself.
template <currency_type C>
struct review_context {
  const account& row;      // as of now
  const quote<C>& prices;  // its items are those under review, in their order
  timestamp now;
};

/// The items of an order that are under review, all or some.
template <class Item>
using chosen_items = std::span<const Item* const>;

/// `order_type`: what is confirmed together. `item_type`: what becomes one job. `job_type`: a job
/// as a screen shows it. All are the host's own.
template <class D>
concept names_types = requires {
  typename D::order_type;
  typename D::item_type;
  typename D::job_type;
  requires currency_type<typename D::currency>;
};
/// `kind` is the handler's word on every job, `machine` the table its states come from.
template <class D>
concept names_its_jobs = requires {
  { D::kind } -> std::convertible_to<std::string_view>;
  requires job_machine<typename D::machine>;
};
template <class D>
concept places_orders = requires(const D& d, const typename D::order_type& order) {
  { d.place(order) } -> std::same_as<order_place>;
};
/// `items(order)` is a reference to a range, or a span, of items that live as long as the order.
template <class D>
concept lists_items = requires(const D& d, const typename D::order_type& order) {
  { *d.items(order).begin() } -> std::same_as<const typename D::item_type&>;
  d.items(order).begin() != d.items(order).end();
  requires std::is_lvalue_reference_v<decltype(d.items(order))> ||
               std::same_as<decltype(d.items(order)), std::span<const typename D::item_type>>;
};
template <class D>
concept identifies_items = requires(const D& d, const typename D::item_type& item) {
  { d.id(item) } -> std::same_as<item_id>;
};
/// What an item uses of a card's measures. The same item gives the same usage under every version.
template <class D>
concept measures_items = requires(const D& d, const rate_card<typename D::currency>& card,
                                  const typename D::item_type& item) {
  { d.measure(card, item) } -> std::same_as<result<usage>>;
};
/// The bytes a worker gets: a function of the item and its price alone, so that the same request
/// has the same bytes. What they say is what was confirmed: a change of them is another request.
template <class D>
concept writes_payloads =
    requires(const D& d, const typename D::order_type& order, const typename D::item_type& item,
             const priced_item<typename D::currency>& price) {
      { d.payload(order, item, price) } -> std::same_as<std::string>;
    };
/// An error leaves a job out of listings: show one whose bytes are odd with its fault instead.
template <class D>
concept reads_jobs = requires(const D& d, const job_record& record) {
  { d.job(record) } -> std::same_as<result<typename D::job_type>>;
};
/// What the rules are asked about. May hold views into the order; lives as long as the review.
template <class D>
concept gathers_facts = requires(
    const D& d, const typename D::order_type& order, chosen_items<typename D::item_type> items,
    const review_context<typename D::currency>& context) { d.facts(order, items, context); };

/// A trait over a host's own types, without a conversion of them. Copied into the gate and called
/// from many threads at once: a value without moving parts. It may also have
///   `std::optional<failure> fault(const order_type&) const`  what makes an order impossible
///   `credits already_paid(const item_type&) const`           shown beside the price, never held
///   `job_options options(const item_type&) const`            how its job is queued
template <class D>
concept checkout_domain =
    names_types<D> && names_its_jobs<D> && places_orders<D> && lists_items<D> &&
    identifies_items<D> && measures_items<D> && writes_payloads<D> && reads_jobs<D> &&
    gathers_facts<D> && std::copy_constructible<D>;

namespace detail {

/// Says in one line what keeps a type from being a domain.
template <class D>
struct domain_lacks {
  static_assert(names_types<D>,
                "the domain lacks one of its types: order_type, item_type, job_type, currency");
  static_assert(names_its_jobs<D>,
                "the domain lacks `static constexpr std::string_view kind` or the type `machine`");
  static constexpr bool typed = names_types<D>;
  static_assert(!typed || places_orders<D>,
                "the domain lacks `order_place place(const order_type&) const`");
  static_assert(!typed || lists_items<D>,
                "the domain lacks `const std::vector<item_type>& items(const order_type&) const`, "
                "or a span");
  static_assert(!typed || identifies_items<D>,
                "the domain lacks `item_id id(const item_type&) const`");
  static_assert(!typed || measures_items<D>,
                "the domain lacks `result<usage> measure(const rate_card<currency>&, "
                "const item_type&) const`");
  static_assert(!typed || writes_payloads<D>,
                "the domain lacks `std::string payload(const order_type&, const item_type&, "
                "const priced_item<currency>&) const`");
  static_assert(!typed || reads_jobs<D>,
                "the domain lacks `result<job_type> job(const job_record&) const`");
  static_assert(!typed || gathers_facts<D>,
                "the domain lacks `facts(const order_type&, chosen_items<item_type>, "
                "const review_context<currency>&) const`");
  static_assert(std::copy_constructible<D>, "the domain cannot be copied");
};

template <class D>
[[nodiscard]] std::optional<failure> fault_in(const D& d, const typename D::order_type& order) {
  if constexpr (requires { d.fault(order); }) {
    return d.fault(order);
  } else {
    return std::nullopt;
  }
}
template <class D>
[[nodiscard]] credits already_paid_for(const D& d, const typename D::item_type& item) {
  if constexpr (requires { d.already_paid(item); }) {
    return d.already_paid(item);
  } else {
    return {};
  }
}
template <class D>
[[nodiscard]] job_options options_for(const D& d, const typename D::item_type& item) {
  if constexpr (requires { d.options(item); }) {
    return d.options(item);
  } else {
    return {};
  }
}

}  // namespace detail

/// What a domain's rules are asked about.
template <checkout_domain D>
using facts_of = decltype(std::declval<const D&>().facts(
    std::declval<const typename D::order_type&>(),
    std::declval<chosen_items<typename D::item_type>>(),
    std::declval<const review_context<typename D::currency>&>()));

}  // namespace tollgate
