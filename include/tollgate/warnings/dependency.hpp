// SPDX-License-Identifier: BSL-1.0
#pragma once
// The facts that the standard rules look at: what each item needs, and in what state that is.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
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

/// What one item of a request needs. Views: the request outlives the facts.
struct item_facts {
  item_id item{};
  std::string_view label{};  // the caller's own name of it: "S1"
  std::optional<dependency> start{};
  std::optional<dependency> end{};
  bool requires_end{};
  bool frame_prompt_missing{};
  bool video_prompt_missing{};
  duration length{};
  bool length_listed{true};  // the rate card has a price for this very length
};

/// Where the group before this one ends.
struct prior_end {
  uuid id{};
  std::string_view url{};
};

/// Everything the standard rules look at. A host with more facts derives from it and keeps both:
/// the standard rules and rules of its own.
struct dependency_facts {
  std::span<const item_facts> items{};
  std::optional<prior_end> prior{};
  credits available{};  // what can be spent before this request
  credits low_credit_threshold{};
};

/// Whether a prompt says nothing: empty, or white space alone.
[[nodiscard]] constexpr bool is_blank(std::string_view text) noexcept {
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return false;
  }
  return true;
}

}  // namespace tollgate
