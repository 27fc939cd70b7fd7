// SPDX-License-Identifier: BSL-1.0
#pragma once
// How a host hears of events: a type with an `on(event)` for each it wants; the rest costs nothing.

#include <utility>

namespace tollgate {

/// Listens to one kind of event.
template <class Observer, class Event>
concept observes = requires(Observer& o, const Event& e) { o.on(e); };

/// Listens to one of several kinds.
template <class Observer, class... Events>
concept observes_any_of = (observes<Observer, Events> || ...);

/// Listens to nothing.
struct no_observer {};

/// Tells an observer what `make` makes. Nothing is made for an observer that does not want it.
template <class Observer, class Make>
constexpr void tell([[maybe_unused]] Observer& observer, [[maybe_unused]] Make&& make) noexcept {
  if constexpr (observes<Observer, decltype(std::forward<Make>(make)())>) {
    observer.on(std::forward<Make>(make)());
  }
}

}  // namespace tollgate
