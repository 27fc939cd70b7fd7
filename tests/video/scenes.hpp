// SPDX-License-Identifier: BSL-1.0
#pragma once
// Scenes to test with.

#include <tollgate/video/scene.hpp>

#include <cstdint>
#include <string>

inline tollgate::uuid numbered(std::uint64_t kind, std::uint64_t n) { return {kind << 32U, n}; }

/// A scene without anything to warn about: shots of 8 s, approved frames, prompts.
inline tollgate::video::scene sample_scene(std::uint64_t shots) {
  using namespace tollgate;
  const auto picture = [](std::uint64_t n) {
    return video::frame{.id = {numbered(4, n)},
                        .url = "https://frames.example/" + std::to_string(n),
                        .status = video::frame_status::approved};
  };
  video::scene scene{.project = {numbered(1, 1)},
                     .branch = {numbered(2, 1)},
                     .id = {numbered(3, 1)},
                     .name = "Harbour at dawn"};
  for (std::uint64_t n = 1; n <= shots; ++n) {
    scene.shots.push_back({.id = "S" + std::to_string(n),
                           .item = {numbered(5, n)},
                           .duration = quantity<units::second>::whole(8),
                           .start_frame = picture(2 * n),
                           .end_frame = picture(2 * n + 1),
                           .frame_prompt = "a pier, fog",
                           .video_prompt = "the camera glides along the pier",
                           .image_cost = credits::from_units(800)});
  }
  return scene;
}
