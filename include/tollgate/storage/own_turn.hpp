// SPDX-License-Identifier: BSL-1.0
#pragma once
// The turn of one command, in a store that has turns, without their cost for stores that have none.

#include <tollgate/core/id.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace tollgate {

/// A store whose commands gain from waiting for each other in the process says where they do:
/// `turns_of_accounts()`, a `turns`.
template <class Store>
concept takes_turns = requires(Store& s, account_id account) {
  { s.turns_of_accounts().wanted(account) } -> std::same_as<bool>;
};

namespace detail {

template <class Store>
class own_turn {
 public:
  void await(Store&, account_id, bool) {}
};

template <takes_turns Store>
class own_turn<Store> {
  using turns_type = std::remove_cvref_t<decltype(std::declval<Store&>().turns_of_accounts())>;

 public:
  /// Waits where a race for the account was lost, or somebody waits already.
  void await(Store& store, account_id account, bool lost) {
    turns_type& all = store.turns_of_accounts();
    if (lost || all.wanted(account)) turn_.take(all, account);
  }

 private:
  typename turns_type::turn turn_{};
};

}  // namespace detail
}  // namespace tollgate
