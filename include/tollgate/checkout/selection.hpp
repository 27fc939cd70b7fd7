// SPDX-License-Identifier: BSL-1.0
#pragma once
// What of an order is asked for, what it uses, and what its jobs would do: a review and a
// confirmation begin with the same.

#include <tollgate/checkout/domain.hpp>
#include <tollgate/core/fingerprint.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/gate/confirm.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::detail {

/// The items an order or a part of it has, and what each uses.
template <class Item>
struct selection {
  std::vector<const Item*> items{};
  std::vector<usage> used{};
};

[[nodiscard]] inline failure bad_request(std::string place, std::string reason) {
  return make_failure(error::invalid_argument, std::move(place), std::move(reason));
}

/// What a domain says of one item, at that item.
[[nodiscard]] inline failure at_item(failure said, std::size_t n) {
  if (said.place.empty() || said.place.front() == '/') {
    said.place.insert(0, "/items/" + std::to_string(n));
  }
  return said;
}

template <checkout_domain D>
[[nodiscard]] result<selection<typename D::item_type>> select(
    const D& domain, const rate_card<typename D::currency>& card,
    const typename D::order_type& order, const std::vector<item_id>& only) {
  if (auto fault = fault_in(domain, order)) return refuse(std::move(*fault));
  selection<typename D::item_type> chosen;
  std::vector<bool> met(only.size());
  std::size_t place = 0;
  for (const auto& item : domain.items(order)) {
    const std::size_t n = place++;
    const item_id id = domain.id(item);
    const auto at = std::find(only.begin(), only.end(), id);
    if (at != only.end()) met[static_cast<std::size_t>(at - only.begin())] = true;
    if (!only.empty() && at == only.end()) continue;
    if (id.is_nil()) return refuse(item_fault(n, "item", "is nil"));
    auto used = domain.measure(card, item);
    if (!used) return refuse(at_item(std::move(used.error()), n));
    chosen.items.push_back(&item);
    chosen.used.push_back(*used);
  }
  for (std::size_t n = 0; n < only.size(); ++n) {
    if (!met[n])
      return refuse(bad_request("/only/" + std::to_string(n), "is no item of the order"));
  }
  if (chosen.items.empty()) return refuse(bad_request("/items", "is empty"));
  std::vector<item_id> ids;  // one live job per item: two of one order could never be queued
  ids.reserve(chosen.used.size());
  for (const auto* item : chosen.items) ids.push_back(domain.id(*item));
  std::sort(ids.begin(), ids.end());
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice != ids.end()) {
    return refuse(bad_request("/items", to_string(*twice) + " is there twice"));
  }
  return chosen;
}

/// What the jobs of a variant would get, and the digest of it all.
struct planned_work {
  std::vector<std::string> payloads{};
  fingerprint digest{};
};

template <checkout_domain D>
[[nodiscard]] planned_work plan_work(const D& domain, const typename D::order_type& order,
                                     chosen_items<typename D::item_type> items,
                                     const rate_card<typename D::currency>& card,
                                     const quote<typename D::currency>& prices, variant_index v) {
  planned_work work;
  const order_place place = domain.place(order);
  canonical to;
  to.add("tollgate work 1").add(std::string_view{D::kind});
  to.add(place.project).add(place.group).add(place.branch).add(items.size());
  work.payloads.reserve(items.size());
  for (std::size_t n = 0; n < items.size(); ++n) {
    const priced_item<typename D::currency> price{card, prices, v, n};
    work.payloads.push_back(domain.payload(order, *items[n], price));
    to.add(domain.id(*items[n])).add(work.payloads.back());
  }
  work.digest = to.finish();
  return work;
}

}  // namespace tollgate::detail
