// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a review hands out and a confirmation brings back: which price was shown, for what, and what
// else the user saw beside it.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/amount_text.hpp>
#include <tollgate/core/fingerprint.hpp>
#include <tollgate/pricing/lock.hpp>
#include <tollgate/warnings/acknowledgement.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

/// The quote of one variant. A plain value, safe to send to a browser and back as text: a forged
/// one is refused, because the confirmation rates again.
struct quote_ref {
  price_lock lock{};       // a nil digest: the variant was not offered
  fingerprint work{};      // of what the jobs would be asked to do
  credits total{};         // what a confirmation holds
  acknowledgement seen{};  // the findings that were shown with it

  friend bool operator==(const quote_ref&, const quote_ref&) = default;
};

/// "9.6000 <work> unapproved_frame x2; sha256 <digest> veo_3_1_fast@1:<digest>", on one line unless
/// the name of the variant has several.
[[nodiscard]] inline std::string to_string(const quote_ref& q) {
  return to_string(q.total) + " " + to_string(q.work) + " " + to_string(q.seen) + " " +
         to_string(q.lock);
}

/// Reads what `to_string` writes; anything else is nothing.
[[nodiscard]] inline std::optional<quote_ref> parse_quote_ref(std::string_view text) {
  constexpr std::size_t digits = 64;
  constexpr std::string_view mark{"; sha256 "};
  const auto first = text.find(' ');
  const auto found = text.find(mark);
  if (first == std::string_view::npos || found == std::string_view::npos) return std::nullopt;
  const auto words = first + 1 + digits;  // up to the end of the second word
  const auto seen_ends = found + mark.size() + digits;
  if (words >= found || text[words] != ' ') return std::nullopt;
  if (seen_ends >= text.size() || text[seen_ends] != ' ') return std::nullopt;
  const auto total = parse_amount<credits>(text.substr(0, first));
  const auto work = parse_fingerprint(text.substr(first + 1, digits));
  auto seen = parse_acknowledgement(text.substr(words + 1, seen_ends - words - 1));
  auto lock = parse_price_lock(text.substr(seen_ends + 1));
  if (!total || !work || !seen || !lock) return std::nullopt;
  quote_ref q{.lock = std::move(*lock), .work = *work, .total = *total, .seen = std::move(*seen)};
  // One quote has one text: upper case digits or a sign are nobody's writing.
  if (to_string(q) != text) return std::nullopt;
  return q;
}

/// What is recorded with an order, in the attachment of its operation: the quote the user accepted
/// and the codes of the findings they said they had read.
struct order_note {
  quote_ref quote{};
  std::vector<std::string> acknowledged{};

  friend bool operator==(const order_note&, const order_note&) = default;
};

/// The acknowledged codes with commas between them, a line break, the quote.
[[nodiscard]] inline std::string to_string(const order_note& note) {
  std::string text;
  for (const auto& code : note.acknowledged) text.append(text.empty() ? "" : ",").append(code);
  return text.append("\n").append(to_string(note.quote));
}

/// Reads the attachment of an order; anything else is nothing.
[[nodiscard]] inline std::optional<order_note> parse_order_note(std::string_view text) {
  const auto line = text.find('\n');
  if (line == std::string_view::npos) return std::nullopt;
  auto quote = parse_quote_ref(text.substr(line + 1));
  if (!quote) return std::nullopt;
  order_note note{.quote = std::move(*quote)};
  auto rest = text.substr(0, line);
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    note.acknowledged.emplace_back(rest.substr(0, comma));
    if (!detail::is_finding_code(note.acknowledged.back()) || comma + 1 == rest.size()) {
      return std::nullopt;
    }
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return note;
}

}  // namespace tollgate
