// SPDX-License-Identifier: BSL-1.0
#pragma once
// The rules that most hosts want: unfinished, stale, missing or mismatched parts, and low credit.

#include <tollgate/warnings/dependency.hpp>
#include <tollgate/warnings/rule_set.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate {
namespace detail {

[[nodiscard]] constexpr finding item_finding(std::string_view code, const item_facts& item,
                                             std::string_view detail, std::string_view tells) {
  finding f{.code = std::string{code}};
  f.subjects.push_back(item.item.value);
  f.item = item.label;
  f.detail = detail;
  f.message.append(item.label).append(tells);
  return f;
}

/// Calls `look(part, "start")` and `look(part, "end")` for the parts that an item has.
template <class Look>
constexpr void each_part(const item_facts& item, Look look) {
  if (item.start) look(*item.start, std::string_view{"start"});
  if (item.end) look(*item.end, std::string_view{"end"});
}

/// "7.300 s"; what is less than a millisecond is shown as digits of its own.
[[nodiscard]] inline std::string seconds_text(duration d) {
  const bool negative = d.microseconds < 0;
  const auto micros = negative ? std::uint64_t{0} - static_cast<std::uint64_t>(d.microseconds)
                               : static_cast<std::uint64_t>(d.microseconds);
  std::string fraction = std::to_string(1'000'000 + micros % 1'000'000).substr(1);
  if (fraction.ends_with("000")) fraction.resize(3);
  return (negative ? "-" : "") + std::to_string(micros / 1'000'000) + "." + fraction + " s";
}

}  // namespace detail

/// The standard rules. Each has a `code`; each warns and never blocks unless raised:
/// `standard_rules.raising<rules::missing_prompts>(severity::block)`.
namespace rules {

/// A start or end part that nobody has approved. `detail`: "start" or "end".
struct unapproved_frames {
  static constexpr std::string_view code{"unapproved_frame"};

  constexpr void operator()(const dependency_facts& facts, finding_sink& to) const {
    for (const auto& item : facts.items) {
      detail::each_part(item, [&](const dependency& part, std::string_view which) {
        if (part.status == dependency_status::approved) return;
        auto f = detail::item_finding(code, item, which, ": the ");
        f.message.append(which).append(" frame is ").append(to_string(part.status));
        f.message.append(", not approved");
        f.subjects.push_back(part.id);
        to.add(std::move(f));
      });
    }
  }
};

/// An approved part that was changed after its approval. `detail`: "start" or "end".
struct stale_frames {
  static constexpr std::string_view code{"stale_frame"};

  constexpr void operator()(const dependency_facts& facts, finding_sink& to) const {
    for (const auto& item : facts.items) {
      detail::each_part(item, [&](const dependency& part, std::string_view which) {
        if (part.status != dependency_status::approved || !part.changed_after_approval) return;
        auto f = detail::item_finding(code, item, which, ": the ");
        f.message.append(which).append(" frame was changed after its approval");
        f.subjects.push_back(part.id);
        to.add(std::move(f));
      });
    }
  }
};

/// An item that needs an end part and has none.
struct missing_end_frames {
  static constexpr std::string_view code{"missing_end_frame"};

  constexpr void operator()(const dependency_facts& facts, finding_sink& to) const {
    for (const auto& item : facts.items) {
      if (!item.requires_end || item.end) continue;
      to.add(detail::item_finding(code, item, "end", ": an end frame is required and missing"));
    }
  }
};

/// An item without words to make it from. `detail`: "frame" or "video".
struct missing_prompts {
  static constexpr std::string_view code{"missing_prompt"};

  constexpr void operator()(const dependency_facts& facts, finding_sink& to) const {
    for (const auto& item : facts.items) {
      if (item.frame_prompt_missing) {
        to.add(detail::item_finding(code, item, "frame", ": the frame prompt is missing"));
      }
      if (item.video_prompt_missing) {
        to.add(detail::item_finding(code, item, "video", ": the video prompt is missing"));
      }
    }
  }
};

/// The first item does not begin with the part the group before ended with. `detail`: its url.
/// Nothing to compare, nothing found: without a prior end, without items or without a start.
struct prior_end_mismatch {
  static constexpr std::string_view code{"prior_end_mismatch"};

  constexpr void operator()(const dependency_facts& facts, finding_sink& to) const {
    if (!facts.prior || facts.items.empty()) return;
    const auto& first = facts.items.front();
    if (!first.start || first.start->id == facts.prior->id) return;
    auto f = detail::item_finding(code, first, facts.prior->url,
                                  " does not start with the frame that the prior scene ended with");
    f.subjects.push_back(first.start->id);
    f.subjects.push_back(facts.prior->id);
    to.add(std::move(f));
  }
};

/// An item of a length that the rate card does not list.
struct unlisted_durations {
  static constexpr std::string_view code{"unlisted_duration"};

  constexpr void operator()(const dependency_facts& facts, finding_sink& to) const {
    for (const auto& item : facts.items) {
      if (item.length_listed) continue;
      const auto length = detail::seconds_text(item.length);
      auto f = detail::item_finding(code, item, length, " lasts ");
      f.message.append(length).append(", which the rate card does not list");
      to.add(std::move(f));
    }
  }
};

/// What can be spent is below the account's threshold, before this request takes anything.
struct low_credit {
  static constexpr std::string_view code{"low_credit"};

  constexpr void operator()(const dependency_facts& facts, finding_sink& to) const {
    if (facts.available >= facts.low_credit_threshold) return;
    to.add({.code = std::string{code},
            .message = "available " + to_string(facts.available) + " is below the threshold " +
                       to_string(facts.low_credit_threshold)});
  }
};

}  // namespace rules

/// All standard rules, in the order in which people meet them.
inline constexpr rule_set standard_rules{
    rules::missing_prompts{},    rules::missing_end_frames{},  //
    rules::unapproved_frames{},  rules::stale_frames{},        //
    rules::prior_end_mismatch{}, rules::unlisted_durations{},  //
    rules::low_credit{},
};

}  // namespace tollgate
