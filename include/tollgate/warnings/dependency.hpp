// SPDX-License-Identifier: BSL-1.0
#pragma once
// Facts that rules of many domains look at: what an item is made from, in what state that is, and
// the account that pays.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate {

/// How far something that an item depends on has come.
enum class dependency_status : std::uint8_t { pending, generated, approved, rejected };

namespace detail {
inline constexpr std::array<std::string_view, 4> dependency_status_names{"pending", "generated",
                                                                         "approved", "rejected"};
static_assert(dependency_status_names.size() ==
              static_cast<std::size_t>(dependency_status::rejected) + 1);
}  // namespace detail

/// The name as it is written in JSON and databases.
[[nodiscard]] constexpr std::string_view to_string(dependency_status status) noexcept {
  return detail::dependency_status_names[static_cast<std::size_t>(status)];
}

/// Reads a name that `to_string` writes; anything else is nothing.
[[nodiscard]] constexpr std::optional<dependency_status> parse_dependency_status(
    std::string_view name) noexcept {
  for (std::size_t i = 0; i < detail::dependency_status_names.size(); ++i) {
    if (detail::dependency_status_names[i] == name) return static_cast<dependency_status>(i);
  }
  return std::nullopt;
}

/// Something that must exist before an item can be made: a frame, a recording, a model.
struct dependency {
  uuid id{};
  std::string_view url{};
  dependency_status status{};
  bool changed_after_approval{};
};

/// What rules know of the account. Facts of a domain derive from it, so that `rules::low_credit`
/// goes on working beside rules of their own.
struct account_facts {
  credits available{};  // what can be spent before this request
  credits low_credit_threshold{};
};

}  // namespace tollgate
