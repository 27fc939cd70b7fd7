// SPDX-License-Identifier: BSL-1.0
#pragma once
// What has to be loaded for each command.

#include <tollgate/gate/commands.hpp>
#include <tollgate/gate/snapshot.hpp>
#include <tollgate/ledger/engine.hpp>

#include <utility>

namespace tollgate {

[[nodiscard]] inline account_want want_for(const command& c) {
  account_want want{.account = c.account, .amount = may_draw(c)};
  want.keys.push_back(c.key);
  if (!c.hold.is_nil()) want.holds.push_back(c.hold);
  if (!c.lot.is_nil()) want.lots.push_back(c.lot);
  return want;
}

[[nodiscard]] inline account_want want_for(const confirm_command& c) {
  account_want want{.account = c.account};
  want.keys.push_back(c.key);
  want.items.reserve(c.items.size());
  for (const order_item& item : c.items) {
    want.amount = detail::saturating_add(want.amount, item.cost);
    want.items.push_back(item.item);
  }
  return want;
}

[[nodiscard]] inline account_want want_for(const settle_command& c) {
  account_want want{.account = c.lease.account};
  if (c.overage != overage_policy::refuse) want.amount = c.actual;
  want.jobs.push_back(c.lease.job);
  return want;
}

[[nodiscard]] inline account_want want_for(const advance_command& c) {
  return {.account = c.lease.account, .jobs = {c.lease.job}};
}
[[nodiscard]] inline account_want want_for(const cancel_command& c) {
  return {.account = c.account, .jobs = {c.job}};
}
[[nodiscard]] inline account_want want_for(const due_job& d) {
  return {.account = d.account, .jobs = {d.job}};
}

namespace detail {

template <class Id>
void append_new(std::vector<Id>& to, std::vector<Id>& from) {
  for (Id& x : from) {
    if (std::find(to.begin(), to.end(), x) == to.end()) to.push_back(std::move(x));
  }
}

}  // namespace detail

/// Adds what another command of the same account needs.
inline void merge(account_want& into, account_want&& more) {
  into.amount = detail::saturating_add(into.amount, more.amount);
  detail::append_new(into.keys, more.keys);
  detail::append_new(into.holds, more.holds);
  detail::append_new(into.lots, more.lots);
  detail::append_new(into.jobs, more.jobs);
  detail::append_new(into.items, more.items);
}

}  // namespace tollgate
