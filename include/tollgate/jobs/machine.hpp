// SPDX-License-Identifier: BSL-1.0
#pragma once
// A job machine is a type with a table; this header refuses tables that a queue cannot run.

#include <tollgate/jobs/machine_table.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace tollgate {

/// A type with a `static constexpr auto table = machine({states}, {moves})`. That the table makes
/// sense is not asked here but by `machine_of`, which says what is wrong with it.
template <class Machine>
concept job_machine = requires {
  { Machine::table } -> std::same_as<const machine_table&>;
  typename std::bool_constant<(Machine::table.size() > 0)>;  // known to the compiler
};

namespace detail {

/// The first state for which `wrong(i)` holds, or an empty name.
template <class Wrong>
[[nodiscard]] constexpr state_name offender(const machine_table& table, Wrong wrong) noexcept {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (wrong(i)) return table.name_of(i);
  }
  return {};
}

/// Lower case letters, digits and underscores: what a database, JSON and Mermaid take as it is.
[[nodiscard]] constexpr bool are_state_names(const machine_table& table) noexcept {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table.name(i).empty()) return false;
    for (const char c : table.name(i)) {
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
  }
  return true;
}
[[nodiscard]] constexpr state_name repeated_state(const machine_table& table) noexcept {
  return offender(table, [&](std::size_t i) { return table.index_of(table.name(i)) != i; });
}
[[nodiscard]] constexpr state_name unreachable_state(const machine_table& table) noexcept {
  const auto start = table.index_of(table.initial());
  return offender(table, [&](std::size_t i) {
    return start && i != *start && !table.can_reach(*start, i);  // no start: said elsewhere
  });
}
[[nodiscard]] constexpr state_name final_state_with_a_way_out(const machine_table& table) noexcept {
  return offender(table, [&](std::size_t i) {
    for (std::size_t to = 0; to < table.size(); ++to) {
      if (is_final(table.role(i)) && table.can_go(i, to)) return true;
    }
    return false;
  });
}
[[nodiscard]] constexpr state_name state_that_stays(const machine_table& table) noexcept {
  return offender(table, [&](std::size_t i) { return table.can_go(i, i); });
}
/// The first active state from which no way over active states leads to a state of the role.
[[nodiscard]] constexpr state_name active_without_way_to(const machine_table& table,
                                                         job_role role) noexcept {
  return offender(table, [&](std::size_t i) {
    if (table.role(i) != job_role::active) return false;
    for (std::size_t to = 0; to < table.size(); ++to) {
      if (table.role(to) == role && table.can_reach(i, to)) return false;
    }
    return true;
  });
}

// The offending state is a template argument, so that the compiler prints it beside the message.
template <state_name Offender>
struct unknown_names {
  static_assert(Offender.size == 0, "job machine: a move names a state that the table lacks");
};
template <state_name Offender>
struct unreachable_states {
  static_assert(Offender.size == 0,
                "job machine: every state must be reachable from the initial state");
};
template <state_name Offender>
struct final_states_with_a_way_out {
  static_assert(Offender.size == 0, "job machine: a final state must have no way out");
};
template <state_name Offender>
struct states_that_stay {
  static_assert(Offender.size == 0, "job machine: a state must not move to itself");
};
template <state_name Offender>
struct active_states_that_cannot_succeed {
  static_assert(Offender.size == 0,
                "job machine: every active state must be able to reach a succeeded state");
};
template <state_name Offender>
struct active_states_that_cannot_fail {
  static_assert(Offender.size == 0,
                "job machine: every active state must be able to reach a failed state");
};
template <state_name Offender>
struct active_states_without_retry {
  static_assert(Offender.size == 0,
                "job machine: every active state must be able to reach the ready state");
};
template <state_name Offender>
struct active_states_that_cannot_be_cancelled {
  static_assert(Offender.size == 0,
                "job machine: every active state must be able to reach a cancelled state");
};

template <job_machine Machine>
struct checked_machine {
  static constexpr const machine_table& table = Machine::table;

  static_assert(are_state_names(table),
                "job machine: a state name is lower case letters, digits and underscores");
  static_assert(repeated_state(table).size == 0, "job machine: two states have the same name");
  static_assert(table.count(job_role::ready) == 1,
                "job machine: exactly one state must have the role ready, the initial one");
  static_assert(table.count(job_role::active) > 0,
                "job machine: a state with the role active is missing");
  static_assert(table.count(job_role::succeeded) > 0,
                "job machine: a state with the role succeeded is missing");
  static_assert(table.count(job_role::failed) > 0,
                "job machine: a state with the role failed is missing");
  static_assert(table.count(job_role::cancelled) > 0,
                "job machine: a state with the role cancelled is missing");
};

/// What can only be asked of a table whose states are in order.
template <job_machine Machine>
struct checked_moves : checked_machine<Machine> {
  static constexpr const machine_table& moves = Machine::table;
  static constexpr bool value =
      sizeof(unknown_names<moves.unknown_name()>) != 0 &&
      sizeof(unreachable_states<unreachable_state(moves)>) != 0 &&
      sizeof(final_states_with_a_way_out<final_state_with_a_way_out(moves)>) != 0 &&
      sizeof(states_that_stay<state_that_stays(moves)>) != 0 &&
      sizeof(
          active_states_that_cannot_succeed<active_without_way_to(moves, job_role::succeeded)>) !=
          0 &&
      sizeof(active_states_that_cannot_fail<active_without_way_to(moves, job_role::failed)>) != 0 &&
      sizeof(active_states_without_retry<active_without_way_to(moves, job_role::ready)>) != 0 &&
      sizeof(active_states_that_cannot_be_cancelled<active_without_way_to(
                 moves, job_role::cancelled)>) != 0;
};

}  // namespace detail

/// The table of a machine, once it has passed the checks: exactly one ready state; every state
/// reachable; every active state can reach success, failure, cancellation and, for a retry, the
/// ready state; nothing leaves a final state.
template <job_machine Machine>
[[nodiscard]] constexpr const machine_table& machine_of() noexcept {
  static_assert(detail::checked_moves<Machine>::value);
  return Machine::table;
}

}  // namespace tollgate
