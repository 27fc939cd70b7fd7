// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a user is about to render: a scene, its shots and the frames they start and end with.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/quantity.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/timestamp.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::video {

/// How far a frame has come. Only an approved one is what the user wants to see.
enum class frame_status : std::uint8_t { pending, generated, approved, rejected };

namespace detail {
inline constexpr std::array<std::string_view, 4> frame_status_names{"pending", "generated",
                                                                    "approved", "rejected"};
static_assert(frame_status_names.size() == static_cast<std::size_t>(frame_status::rejected) + 1);
}  // namespace detail

[[nodiscard]] constexpr std::string_view to_string(frame_status status) noexcept {
  return detail::frame_status_names[static_cast<std::size_t>(status)];
}
[[nodiscard]] constexpr std::optional<frame_status> parse_frame_status(
    std::string_view name) noexcept {
  for (std::size_t i = 0; i < detail::frame_status_names.size(); ++i) {
    if (detail::frame_status_names[i] == name) return static_cast<frame_status>(i);
  }
  return std::nullopt;
}

/// A still image that a shot starts or ends with.
struct frame {
  frame_id id{};
  std::string url{};
  frame_status status{frame_status::pending};
  timestamp approved_at{};  // zero: not known
  timestamp changed_at{};   // zero: not known
  credits cost{};           // what making it cost

  /// Approved, but no longer what was approved.
  [[nodiscard]] constexpr bool is_stale() const noexcept {
    return status == frame_status::approved && changed_at > approved_at;
  }
  friend bool operator==(const frame&, const frame&) = default;
};

/// One clip of a scene.
struct shot {
  std::string id{};                    // the label people use, "S1"
  item_id item{};                      // its identity: one live job at a time
  quantity<units::second> duration{};  // whole milliseconds
  frame start_frame{};
  std::optional<frame> end_frame{};
  bool requires_end_frame{};
  std::string frame_prompt{};
  std::string video_prompt{};
  credits image_cost{};  // of its frames, already paid: shown, never held

  friend bool operator==(const shot&, const shot&) = default;
};

/// Where the scene before this one ended.
struct prior_scene {
  group_id id{};
  frame_id end_frame{};
  std::string end_frame_url{};

  friend bool operator==(const prior_scene&, const prior_scene&) = default;
};

/// What is reviewed and confirmed together.
struct scene {
  project_id project{};
  branch_id branch{};
  group_id id{};
  std::string name{};
  std::vector<shot> shots{};
  std::optional<prior_scene> prior{};

  friend bool operator==(const scene&, const scene&) = default;
};

/// The longest shot a scene may have, whatever the rate card lists.
inline constexpr auto longest_shot = quantity<units::second>::whole(60);

namespace detail {

[[nodiscard]] inline failure bad_shot(std::size_t n, std::string_view field,
                                      std::string_view reason) {
  return make_failure(error::invalid_argument,
                      "/shots/" + std::to_string(n) + "/" + std::string{field},
                      std::string{reason});
}

[[nodiscard]] inline std::optional<failure> fault_of(const shot& s, std::size_t n) {
  if (s.id.empty()) return bad_shot(n, "id", "is empty");
  if (s.item.is_nil()) return bad_shot(n, "item", "is nil");
  if (s.duration <= quantity<units::second>{}) return bad_shot(n, "duration", "is not positive");
  if (s.duration > longest_shot) return bad_shot(n, "duration", "is longer than 60 seconds");
  if (s.image_cost < credits{}) return bad_shot(n, "image_cost", "is below zero");
  return std::nullopt;
}

}  // namespace detail

/// What makes a scene impossible to review, with its place ("/shots/3/duration"); nothing where it
/// is sound. Takes n log n in the number of shots.
[[nodiscard]] inline std::optional<failure> fault_of(const scene& s) {
  if (s.id.is_nil()) return make_failure(error::invalid_argument, "/id", "is nil");
  if (s.shots.empty()) return make_failure(error::invalid_argument, "/shots", "is empty");
  std::vector<std::size_t> order(s.shots.size());
  for (std::size_t n = 0; n < s.shots.size(); ++n) {
    if (auto fault = detail::fault_of(s.shots[n], n)) return fault;
    order[n] = n;
  }
  const auto twice = [&](auto key, std::string_view field) -> std::optional<failure> {
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const auto by = key(s.shots[a]) <=> key(s.shots[b]);
      return by != 0 ? by < 0 : a < b;
    });
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (key(s.shots[order[i - 1]]) == key(s.shots[order[i]])) {
        return detail::bad_shot(order[i], field, "is there twice");
      }
    }
    return std::nullopt;
  };
  if (auto fault = twice([](const shot& x) { return std::string_view{x.id}; }, "id")) return fault;
  return twice([](const shot& x) { return x.item; }, "item");
}

}  // namespace tollgate::video
