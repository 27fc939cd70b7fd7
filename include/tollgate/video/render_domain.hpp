// SPDX-License-Identifier: BSL-1.0
#pragma once
// Scenes and shots as the checkout sees them.

#include <tollgate/checkout/domain.hpp>
#include <tollgate/video/codec.hpp>
#include <tollgate/video/rates.hpp>
#include <tollgate/video/render_job.hpp>
#include <tollgate/video/render_machine.hpp>
#include <tollgate/video/scene.hpp>
#include <tollgate/video/scene_facts.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::video {

/// Retries of a failed render; attempts are one more.
inline constexpr std::uint32_t max_retries = 3;

/// Models `checkout_domain`: a scene is an order, a shot becomes a render, its images are already
/// paid. Works with every card that has the measure "duration".
template <currency_type C = usd>
struct render_domain {
  using order_type = scene;
  using item_type = shot;
  using job_type = render_job;
  using currency = C;
  using machine = render_machine;
  static constexpr std::string_view kind{render_kind};

  [[nodiscard]] std::optional<failure> fault(const scene& s) const { return fault_of(s); }
  [[nodiscard]] order_place place(const scene& s) const { return {s.project, s.id, s.branch}; }
  [[nodiscard]] const std::vector<shot>& items(const scene& s) const { return s.shots; }
  [[nodiscard]] item_id id(const shot& s) const { return s.item; }
  [[nodiscard]] credits already_paid(const shot& s) const { return s.image_cost; }
  [[nodiscard]] job_options options(const shot&) const { return {.max_attempts = max_retries + 1}; }

  [[nodiscard]] result<usage> measure(const rate_card<C>& card, const shot& s) const {
    return make_usage(card, s.item, {{duration_measure, s.duration}});
  }
  [[nodiscard]] std::string payload(const scene&, const shot& s,
                                    const priced_item<C>& price) const {
    render_order order{.shot_id = s.id,
                       .variant = price.variant_name(),
                       .duration = s.duration,
                       .frame_prompt = s.frame_prompt,
                       .video_prompt = s.video_prompt,
                       .start_frame = {s.start_frame.id, s.start_frame.url}};
    // What is billed and what the provider is asked for are the same number.
    if (const auto billed = price.used(duration_measure)) {
      order.duration = quantity<units::second>::from_thousandths(billed->thousandths());
    }
    if (s.end_frame) order.end_frame = frame_ref{s.end_frame->id, s.end_frame->url};
    return encode(order);
  }
  [[nodiscard]] result<render_job> job(const job_record& record) const {
    return to_render_job(record);
  }
  [[nodiscard]] scene_facts facts(const scene& s, chosen_items<shot> shots,
                                  const review_context<C>& context) const {
    return {s, shots, context};
  }
};

static_assert(checkout_domain<render_domain<>>);

}  // namespace tollgate::video
