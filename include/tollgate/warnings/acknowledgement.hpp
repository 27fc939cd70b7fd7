// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the user saw before confirming, small enough to be recorded with the order.

#include <tollgate/core/fingerprint.hpp>
#include <tollgate/warnings/finding.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

/// How often a code was shown.
struct seen_code {
  std::string code{};
  std::uint32_t times{1};

  friend bool operator==(const seen_code&, const seen_code&) = default;
};

/// The codes that were shown, in the order of their first appearance, and the digest of everything
/// that was shown with them.
struct acknowledgement {
  std::vector<seen_code> codes{};
  fingerprint digest{};

  friend bool operator==(const acknowledgement&, const acknowledgement&) = default;
};

/// Feeds findings, whole and in order, into a canonical digest.
inline canonical& add_findings(canonical& to, const std::vector<finding>& findings) noexcept {
  to.add(findings.size());
  for (const auto& f : findings) {
    to.add(static_cast<std::uint8_t>(f.level)).add(f.code).add(f.message);
    to.add(f.item).add(f.detail).add(f.subjects.size());
    for (const auto& subject : f.subjects) to.add(subject);
  }
  return to;
}

/// The digest of findings: equal where a user would see the same.
[[nodiscard]] inline fingerprint digest_of(const std::vector<finding>& findings) noexcept {
  canonical bytes;
  return add_findings(bytes, findings).finish();
}

/// What there is to record about findings that were shown.
[[nodiscard]] inline acknowledgement acknowledge(const std::vector<finding>& findings) {
  acknowledgement seen{.digest = digest_of(findings)};
  for (const auto& f : findings) {
    bool known = false;
    for (auto& entry : seen.codes) {
      if (entry.code != f.code) continue;
      ++entry.times;
      known = true;
      break;
    }
    if (!known) seen.codes.push_back({f.code, 1});
  }
  return seen;
}

namespace detail {
inline constexpr std::string_view nothing_seen{"no warnings"};  // has a space, so it is no code
}  // namespace detail

/// "unapproved_frame x2, low_credit; sha256 4f1c..." with all 64 digits; "no warnings; sha256 ...".
[[nodiscard]] inline std::string to_string(const acknowledgement& seen) {
  std::string text;
  for (const auto& entry : seen.codes) {
    if (!text.empty()) text += ", ";
    text += entry.code;
    if (entry.times != 1) text += " x" + std::to_string(entry.times);
  }
  if (text.empty()) text = detail::nothing_seen;
  return text + "; sha256 " + to_string(seen.digest);
}

/// Reads what `to_string` writes; anything else is nothing.
[[nodiscard]] inline std::optional<acknowledgement> parse_acknowledgement(std::string_view text) {
  constexpr std::string_view mark{"; sha256 "};
  const auto end = text.find(mark);
  if (end == std::string_view::npos) return std::nullopt;
  const auto digest = parse_fingerprint(text.substr(end + mark.size()));
  if (!digest) return std::nullopt;
  acknowledgement seen{.digest = *digest};
  auto rest = text.substr(0, end);
  for (bool more = rest != detail::nothing_seen; more;) {
    const auto comma = rest.find(", ");
    const auto part = rest.substr(0, comma);
    const auto space = part.find(" x");
    seen_code entry{.code = std::string{part.substr(0, space)}};
    if (space != std::string_view::npos) {
      const auto times = part.substr(space + 2);
      const auto* last = times.data() + times.size();
      const auto read = std::from_chars(times.data(), last, entry.times);
      if (read.ec != std::errc{} || read.ptr != last || entry.times < 2) return std::nullopt;
    }
    if (!detail::is_finding_code(entry.code)) return std::nullopt;
    seen.codes.push_back(std::move(entry));
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 2);
  }
  // One acknowledgement has one text: leading zeros or upper case digits are nobody's writing.
  if (to_string(seen) != text) return std::nullopt;
  return seen;
}

}  // namespace tollgate
