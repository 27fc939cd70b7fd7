// SPDX-License-Identifier: BSL-1.0
#pragma once
// The rules of the video domain: unfinished, stale, missing or mismatched frames, missing prompts,
// unlisted durations, and low credit.

#include <tollgate/video/shot_facts.hpp>
#include <tollgate/warnings/rule_set.hpp>
#include <tollgate/warnings/standard_rules.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::video {
namespace detail {

[[nodiscard]] constexpr finding shot_finding(std::string_view code, const shot_facts& shot,
                                             std::string_view detail, std::string_view tells) {
  finding f{.code = std::string{code}};
  f.subjects.push_back(shot.item.value);
  f.item = shot.label;
  f.detail = detail;
  f.message.append(shot.label).append(tells);
  return f;
}

/// Calls `look(frame, "start")` and `look(frame, "end")` for the frames that a shot has.
template <class Look>
constexpr void each_frame(const shot_facts& shot, Look look) {
  if (shot.start) look(*shot.start, std::string_view{"start"});
  if (shot.end) look(*shot.end, std::string_view{"end"});
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

/// Each has a `code`; each warns and never blocks unless raised:
/// `video::standard_rules.raising<video::rules::missing_prompts>(severity::block)`.
namespace rules {

using tollgate::rules::low_credit;

/// A start or end frame that nobody has approved. `detail`: "start" or "end".
struct unapproved_frames {
  static constexpr std::string_view code{"unapproved_frame"};

  constexpr void operator()(const shot_list_facts& facts, finding_sink& to) const {
    for (const auto& shot : facts.items) {
      detail::each_frame(shot, [&](const dependency& frame, std::string_view which) {
        if (frame.status == dependency_status::approved) return;
        auto f = detail::shot_finding(code, shot, which, ": the ");
        f.message.append(which).append(" frame is ").append(to_string(frame.status));
        f.message.append(", not approved");
        f.subjects.push_back(frame.id);
        to.add(std::move(f));
      });
    }
  }
};

/// An approved frame that was changed after its approval. `detail`: "start" or "end".
struct stale_frames {
  static constexpr std::string_view code{"stale_frame"};

  constexpr void operator()(const shot_list_facts& facts, finding_sink& to) const {
    for (const auto& shot : facts.items) {
      detail::each_frame(shot, [&](const dependency& frame, std::string_view which) {
        if (frame.status != dependency_status::approved || !frame.changed_after_approval) return;
        auto f = detail::shot_finding(code, shot, which, ": the ");
        f.message.append(which).append(" frame was changed after its approval");
        f.subjects.push_back(frame.id);
        to.add(std::move(f));
      });
    }
  }
};

/// A shot that needs an end frame and has none.
struct missing_end_frames {
  static constexpr std::string_view code{"missing_end_frame"};

  constexpr void operator()(const shot_list_facts& facts, finding_sink& to) const {
    for (const auto& shot : facts.items) {
      if (!shot.requires_end || shot.end) continue;
      to.add(detail::shot_finding(code, shot, "end", ": an end frame is required and missing"));
    }
  }
};

/// A shot without words to make it from. `detail`: "frame" or "video".
struct missing_prompts {
  static constexpr std::string_view code{"missing_prompt"};

  constexpr void operator()(const shot_list_facts& facts, finding_sink& to) const {
    for (const auto& shot : facts.items) {
      if (shot.frame_prompt_missing) {
        to.add(detail::shot_finding(code, shot, "frame", ": the frame prompt is missing"));
      }
      if (shot.video_prompt_missing) {
        to.add(detail::shot_finding(code, shot, "video", ": the video prompt is missing"));
      }
    }
  }
};

/// The first shot does not begin with the frame the scene before ended with. `detail`: its url.
/// Nothing to compare, nothing found: without a prior end, without shots or without a start.
struct prior_end_mismatch {
  static constexpr std::string_view code{"prior_end_mismatch"};

  constexpr void operator()(const shot_list_facts& facts, finding_sink& to) const {
    if (!facts.prior || facts.items.empty()) return;
    const auto& first = facts.items.front();
    if (!first.start || first.start->id == facts.prior->id) return;
    auto f = detail::shot_finding(code, first, facts.prior->url,
                                  " does not start with the frame that the prior scene ended with");
    f.subjects.push_back(first.start->id);
    f.subjects.push_back(facts.prior->id);
    to.add(std::move(f));
  }
};

/// A shot of a length that the rate card does not list.
struct unlisted_durations {
  static constexpr std::string_view code{"unlisted_duration"};

  constexpr void operator()(const shot_list_facts& facts, finding_sink& to) const {
    for (const auto& shot : facts.items) {
      if (shot.length_listed) continue;
      const auto length = detail::seconds_text(shot.length);
      auto f = detail::shot_finding(code, shot, length, " lasts ");
      f.message.append(length).append(", which the rate card does not list");
      to.add(std::move(f));
    }
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

}  // namespace tollgate::video
