// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the standard rules are asked about a scene: the facts of its shots and frames.

#include <tollgate/checkout/domain.hpp>
#include <tollgate/video/scene.hpp>
#include <tollgate/video/shot_facts.hpp>

#include <cstddef>
#include <vector>

namespace tollgate::video {

namespace detail {

// One row for each: the words of a frame are those of a dependency.
[[nodiscard]] constexpr dependency_status to_dependency(frame_status status) noexcept {
  constexpr dependency_status same[]{
      dependency_status::pending,
      dependency_status::generated,
      dependency_status::approved,
      dependency_status::rejected,
  };
  static_assert(std::size(same) == static_cast<std::size_t>(frame_status::rejected) + 1);
  return same[static_cast<std::size_t>(status)];
}
[[nodiscard]] inline dependency to_dependency(const frame& f) {
  return {.id = f.id.value,
          .url = f.url,
          .status = to_dependency(f.status),
          .changed_after_approval = f.is_stale()};
}
[[nodiscard]] inline shot_facts facts_of_shot(const shot& s) {
  shot_facts facts{.item = s.item,
                   .label = s.id,
                   .start = to_dependency(s.start_frame),
                   .requires_end = s.requires_end_frame,
                   .frame_prompt_missing = is_blank(s.frame_prompt),
                   .video_prompt_missing = is_blank(s.video_prompt),
                   .length = to_duration(s.duration)};
  if (s.end_frame) facts.end = to_dependency(*s.end_frame);
  return facts;
}

}  // namespace detail

/// The facts of the shots under review. A host's rule takes `const scene_facts&` where it wants the
/// scene itself, or `const shot_list_facts&` as the standard rules do. Views into the scene; never
/// copied, because it refers to itself.
struct scene_facts : shot_list_facts {
  template <currency_type C>
  scene_facts(const scene& s, chosen_items<shot> under_review, const review_context<C>& context)
      : whole{s}, shots{under_review} {
    list.reserve(shots.size());
    for (const shot* one : shots) list.push_back(detail::facts_of_shot(*one));
    for (const auto& other : context.prices.unlisted) list[other.item].length_listed = false;
    items = list;
    // Only the first shot of the scene can go on where the scene before ended.
    const bool from_the_start = !shots.empty() && shots.front() == s.shots.data();
    if (s.prior && from_the_start)
      prior = prior_end{s.prior->end_frame.value, s.prior->end_frame_url};
    available = context.row.available;
    low_credit_threshold = context.row.low_credit_threshold;
  }
  scene_facts(const scene_facts&) = delete;
  scene_facts& operator=(const scene_facts&) = delete;

  const scene& whole;
  chosen_items<shot> shots;        // those under review, in the order of `items`
  std::vector<shot_facts> list{};  // what `items` views
};

}  // namespace tollgate::video
