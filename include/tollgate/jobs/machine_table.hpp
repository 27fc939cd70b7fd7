// SPDX-License-Identifier: BSL-1.0
#pragma once
// The states of a job and the moves between them, as a value that can be asked.

#include <tollgate/jobs/role.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate {

/// The name of a state: a literal of at most 15 characters, held by value.
struct state_name {
  static constexpr std::size_t longest = max_state_name;
  std::array<char, longest + 1> text{};
  std::uint8_t size{};

  constexpr state_name() = default;
  // Not explicit: a row of a table is written with the literal alone.
  template <std::size_t Terminated>
  consteval state_name(const char (&literal)[Terminated]) noexcept  // NOLINT
      : size{static_cast<std::uint8_t>(Terminated - 1)} {
    static_assert(longest == 15, "the message below says 15");
    static_assert(Terminated - 1 <= longest, "job machine: a state name has at most 15 characters");
    for (std::size_t i = 0; i + 1 < Terminated; ++i) text[i] = literal[i];
  }

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text.data(), size}; }
  friend constexpr bool operator==(const state_name&, const state_name&) = default;
};

/// A row of the table of states.
struct machine_state {
  state_name name;
  job_role role;
};

/// A row of the table of moves.
struct machine_move {
  state_name from;
  state_name to;
};

/// Stand in the first column of a move for every active state, and for every state not final.
inline constexpr state_name any_active{"any active"};
inline constexpr state_name any_live{"any live"};

/// What `machine(...)` makes. Immutable, without pointers; every question takes constant time but
/// the search for a name. Views into it live as long as it does: keep it `static constexpr`.
class machine_table {
 public:
  static constexpr std::size_t most_states = 32;

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  /// The i-th state in the order of the table. Precondition: i < size().
  [[nodiscard]] constexpr std::string_view name(std::size_t i) const noexcept {
    return states_[i].name.view();
  }
  [[nodiscard]] constexpr job_role role(std::size_t i) const noexcept { return states_[i].role; }
  [[nodiscard]] constexpr std::optional<std::size_t> index_of(
      std::string_view state) const noexcept {
    for (std::size_t i = 0; i < size_; ++i) {
      if (name(i) == state) return i;
    }
    return std::nullopt;
  }
  [[nodiscard]] constexpr std::optional<job_role> role_of(std::string_view state) const noexcept {
    const auto i = index_of(state);
    if (!i) return std::nullopt;
    return role(*i);
  }

  /// Whether the table has a move between two states; also false where it has no such state.
  [[nodiscard]] constexpr bool can_go(std::string_view from, std::string_view to) const noexcept {
    const auto a = index_of(from);
    const auto b = index_of(to);
    return a && b && can_go(*a, *b);
  }
  [[nodiscard]] constexpr bool can_go(std::size_t from, std::size_t to) const noexcept {
    return (moves_[from] >> to & 1U) != 0;
  }
  /// Whether active states lead from one state to another, in one move or in several: what an
  /// outcome may skip, because a worker need not report every stage on the way.
  [[nodiscard]] constexpr bool can_reach(std::string_view from,
                                         std::string_view to) const noexcept {
    const auto a = index_of(from);
    const auto b = index_of(to);
    return a && b && can_reach(*a, *b);
  }
  [[nodiscard]] constexpr bool can_reach(std::size_t from, std::size_t to) const noexcept {
    return (reach_[from] >> to & 1U) != 0;
  }

  /// Where a job starts and where a retry brings it back.
  [[nodiscard]] constexpr std::string_view initial() const noexcept {
    return first_of(job_role::ready);
  }
  /// Where a claim puts it: the first active state that the table names.
  [[nodiscard]] constexpr std::string_view first_active() const noexcept {
    return first_of(job_role::active);
  }
  /// Where it ends; of several states with the role, the first that the table names.
  [[nodiscard]] constexpr std::string_view succeeded() const noexcept {
    return first_of(job_role::succeeded);
  }
  [[nodiscard]] constexpr std::string_view failed() const noexcept {
    return first_of(job_role::failed);
  }
  [[nodiscard]] constexpr std::string_view cancelled() const noexcept {
    return first_of(job_role::cancelled);
  }

  /// The first state of a role, empty where there is none.
  [[nodiscard]] constexpr std::string_view first_of(job_role role) const noexcept {
    const auto with = mask_of(role);
    return with == 0 ? std::string_view{} : name(static_cast<std::size_t>(std::countr_zero(with)));
  }
  /// How many states have a role.
  [[nodiscard]] constexpr std::size_t count(job_role role) const noexcept {
    return static_cast<std::size_t>(std::popcount(mask_of(role)));
  }
  /// The first name in a move that is no state of the table, or an empty name.
  [[nodiscard]] constexpr state_name unknown_name() const noexcept { return unknown_; }
  [[nodiscard]] constexpr const state_name& name_of(std::size_t i) const noexcept {
    return states_[i].name;
  }

  template <std::size_t States, std::size_t Moves>
  friend consteval machine_table machine(const machine_state (&states)[States],
                                         const machine_move (&moves)[Moves]);

 private:
  using mask = std::uint32_t;

  [[nodiscard]] constexpr mask mask_of(job_role role) const noexcept {
    mask found = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      if (states_[i].role == role) found |= mask{1} << i;
    }
    return found;
  }
  // The states that the first column of a move stands for.
  constexpr mask sources(const state_name& from) noexcept {
    if (from == any_active) return mask_of(job_role::active);
    if (from == any_live) return mask_of(job_role::active) | mask_of(job_role::ready);
    return named(from);
  }
  constexpr mask named(const state_name& state) noexcept {
    const auto i = index_of(state.view());
    if (i) return mask{1} << *i;
    if (unknown_ == state_name{}) unknown_ = state;
    return 0;
  }
  constexpr void add(const machine_move& move) noexcept {
    const mask from = sources(move.from);
    const mask to = named(move.to);
    const bool each = move.from == any_active || move.from == any_live;
    for (std::size_t i = 0; i < size_; ++i) {
      // "Any" state moves to all but itself; a row that names one state is taken at its word.
      if ((from >> i & 1U) != 0) moves_[i] |= each ? to & ~(mask{1} << i) : to;
    }
  }
  constexpr void find_ways() noexcept {
    const mask active = mask_of(job_role::active);
    for (std::size_t i = 0; i < size_; ++i) {
      mask found = moves_[i];
      for (mask before = 0; before != found;) {
        before = found;
        for (std::size_t via = 0; via < size_; ++via) {
          if ((found & active) >> via & 1U) found |= moves_[via];
        }
      }
      reach_[i] = found;
    }
  }

  std::array<machine_state, most_states> states_{};
  std::array<mask, most_states> moves_{};  // bit k of row i: from i to k
  std::array<mask, most_states> reach_{};
  std::size_t size_{};
  state_name unknown_{};
};

/// Builds a table from its rows: first the states, then the moves. A wrong table is refused where
/// it is first used, by the checks of `machine_of`.
template <std::size_t States, std::size_t Moves>
[[nodiscard]] consteval machine_table machine(const machine_state (&states)[States],
                                              const machine_move (&moves)[Moves]) {
  static_assert(States <= machine_table::most_states, "job machine: at most 32 states");
  machine_table made;
  for (const auto& state : states) made.states_[made.size_++] = state;
  for (const auto& move : moves) made.add(move);
  made.find_ways();
  return made;
}

}  // namespace tollgate
