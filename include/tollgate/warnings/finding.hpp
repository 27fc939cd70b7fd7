// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a rule has to say about a request, and where it says it.

#include <tollgate/core/failure.hpp>
#include <tollgate/core/id.hpp>

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

/// How much a finding matters. Only `block` stops a confirmation.
enum class severity : std::uint8_t { info, warning, block };

namespace detail {
inline constexpr std::array<std::string_view, 3> severity_names{"info", "warning", "block"};
static_assert(severity_names.size() == static_cast<std::size_t>(severity::block) + 1);

/// Lower case letters, digits and underscores: a code goes into databases and JSON as it is.
[[nodiscard]] constexpr bool is_finding_code(std::string_view code) noexcept {
  for (const char c : code) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return !code.empty();
}
}  // namespace detail

/// The name as it is written in JSON and databases.
[[nodiscard]] constexpr std::string_view to_string(severity level) noexcept {
  return detail::severity_names[static_cast<std::size_t>(level)];
}

/// One finding of one rule.
struct finding {
  severity level{severity::warning};
  std::string code{};            // what was found, for programs: letters, digits, underscores
  std::vector<uuid> subjects{};  // the items and dependencies it concerns, the item first
  std::string message{};         // one line for people
  std::string item{};            // the caller's own label of the item: "S1"
  std::string detail{};          // which part or which url, where the rule says so

  friend bool operator==(const finding&, const finding&) = default;
};

/// Where a rule puts its findings. Cheap to copy; refers to a list that outlives it.
class finding_sink {
 public:
  constexpr explicit finding_sink(std::vector<finding>& to) noexcept : to_{&to} {}

  /// Precondition: the code is made of lower case letters, digits and underscores.
  constexpr void add(finding found) {
    assert(detail::is_finding_code(found.code));
    if (level_) found.level = *level_;
    to_->push_back(std::move(found));
  }
  /// The same list, where every finding gets this level. The outermost wish wins, because that is
  /// the host's, and a rule's own comes last.
  [[nodiscard]] constexpr finding_sink at(severity level) const noexcept {
    finding_sink raised{*this};
    if (!raised.level_) raised.level_ = level;
    return raised;
  }

 private:
  std::vector<finding>* to_;
  std::optional<severity> level_{};
};

/// The first finding that stops a confirmation, or null.
[[nodiscard]] constexpr const finding* first_block(const std::vector<finding>& findings) noexcept {
  for (const auto& f : findings) {
    if (f.level == severity::block) return &f;
  }
  return nullptr;
}

/// The refusal that a confirmation meets because of these findings, if there is one.
[[nodiscard]] inline std::optional<failure> objection_of(const std::vector<finding>& findings) {
  const auto* block = first_block(findings);
  if (block == nullptr) return std::nullopt;
  auto refusal = make_failure(error::blocked, block->code, block->message);
  refusal.subjects = block->subjects;
  return refusal;
}

}  // namespace tollgate
