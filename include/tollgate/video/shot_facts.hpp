// SPDX-License-Identifier: BSL-1.0
#pragma once
// The facts that the rules of the video domain look at: what each shot needs, and how far that is.

#include <tollgate/core/id.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/warnings/dependency.hpp>

#include <optional>
#include <span>
#include <string_view>

namespace tollgate::video {

/// What one shot needs. Views: the scene outlives the facts.
struct shot_facts {
  item_id item{};
  std::string_view label{};  // what people call it: "S1"
  std::optional<dependency> start{};
  std::optional<dependency> end{};
  bool requires_end{};
  bool frame_prompt_missing{};
  bool video_prompt_missing{};
  duration length{};
  bool length_listed{true};  // the rate card has a price for this very length
};

/// Where the scene before this one ends.
struct prior_end {
  uuid id{};
  std::string_view url{};
};

/// Everything the rules of this domain look at. `scene_facts` is made of a scene; whoever has other
/// facts as well derives from it and keeps both: these rules and their own.
struct shot_list_facts : account_facts {
  std::span<const shot_facts> items{};
  std::optional<prior_end> prior{};
};

/// Whether a prompt says nothing: empty, or white space alone.
[[nodiscard]] constexpr bool is_blank(std::string_view text) noexcept {
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return false;
  }
  return true;
}

}  // namespace tollgate::video
