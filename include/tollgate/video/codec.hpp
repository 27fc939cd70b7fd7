// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a store keeps of a render: the order as bytes in the job, the video as bytes in its result.

#include <tollgate/core/bytes.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/quantity.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/video/scene.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::video {

/// The kind of every render job.
inline constexpr std::string_view render_kind{"video.render"};

/// A frame as the provider gets it.
struct frame_ref {
  frame_id id{};
  std::string url{};

  friend bool operator==(const frame_ref&, const frame_ref&) = default;
};

/// What the provider is asked for: a snapshot, so that a later edit of the scene changes nothing.
/// The duration is the one that was quoted and is billed.
struct render_order {
  std::string shot_id{};
  std::string variant{};
  quantity<units::second> duration{};
  std::string frame_prompt{};
  std::string video_prompt{};
  frame_ref start_frame{};
  std::optional<frame_ref> end_frame{};

  friend bool operator==(const render_order&, const render_order&) = default;
};

/// What the provider delivered.
struct render_result {
  std::string video_url{};
  std::string storage_path{};

  friend bool operator==(const render_result&, const render_result&) = default;
};

namespace detail {

// The first byte of every record. A newer layout takes the next number and keeps reading this one.
inline constexpr std::uint64_t render_layout = 1;

inline void write(byte_writer& to, const frame_ref& f) { to.put(f.id).text(f.url); }
[[nodiscard]] inline frame_ref read_frame(byte_reader& from) {
  frame_ref f{.id = from.read_id<frame_id>()};
  f.url = from.text();
  return f;
}
[[nodiscard]] inline tl::unexpected<failure> unreadable(std::string_view what) {
  return refuse(error::corrupt_record, std::string{what}, "is not a render of a known layout");
}

}  // namespace detail

[[nodiscard]] inline std::string encode(const render_order& order) {
  byte_writer to;
  to.number(detail::render_layout);
  to.text(order.shot_id).text(order.variant);
  to.number(static_cast<std::uint64_t>(order.duration.thousandths()));
  to.text(order.frame_prompt).text(order.video_prompt);
  detail::write(to, order.start_frame);
  to.flag(order.end_frame.has_value());
  if (order.end_frame) detail::write(to, *order.end_frame);
  return to.take();
}
[[nodiscard]] inline std::string encode(const render_result& done) {
  byte_writer to;
  to.number(detail::render_layout).text(done.video_url).text(done.storage_path);
  return to.take();
}

/// Reads the payload of a render job; anything `encode` would not write is `corrupt_record`.
[[nodiscard]] inline result<render_order> decode_order(std::string_view bytes) {
  byte_reader from{bytes};
  if (from.number() != detail::render_layout) return detail::unreadable("payload");
  render_order order;
  order.shot_id = from.text();
  order.variant = from.text();
  const std::uint64_t length = from.number();
  if (length > static_cast<std::uint64_t>(longest_shot.thousandths())) from.fail();
  if (from.good()) {
    order.duration = quantity<units::second>::from_thousandths(static_cast<std::int64_t>(length));
  }
  order.frame_prompt = from.text();
  order.video_prompt = from.text();
  order.start_frame = detail::read_frame(from);
  if (from.flag()) order.end_frame = detail::read_frame(from);
  if (!from.complete()) return detail::unreadable("payload");
  return order;
}

/// Reads the result of a render job; a job without one has delivered nothing.
[[nodiscard]] inline result<render_result> decode_result(std::string_view bytes) {
  byte_reader from{bytes};
  if (from.number() != detail::render_layout) return detail::unreadable("result");
  render_result done;
  done.video_url = from.text();
  done.storage_path = from.text();
  if (!from.complete()) return detail::unreadable("result");
  return done;
}

}  // namespace tollgate::video
