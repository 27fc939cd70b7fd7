// SPDX-License-Identifier: BSL-1.0
#pragma once
// Reads a scene file, strictly: every fault is named by its place, and nothing is guessed.

#include <main_job/strict_json.hpp>

#include <tollgate/video/scene.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace main_job {

/// The cost of a scene that an earlier system rendered.
struct previous_generation {
  tollgate::group_id scene{};
  tollgate::credits cost{};
};

/// What a scene file says.
struct scene_file {
  tollgate::account_id account{};
  tollgate::credits opening_credits{};
  tollgate::credits low_credit_threshold{};
  std::string variant{"veo_3_1_fast"};
  std::vector<previous_generation> previous{};
  tollgate::video::scene scene{};
};

inline constexpr std::string_view variants[]{"veo_3_1_fast", "veo_3_1_standard"};

namespace detail {

inline tollgate::video::frame read_frame(object o) {
  tollgate::video::frame f;
  f.id = o.id<tollgate::frame_id>("id");
  f.url = o.text("url");
  const std::string status = o.text("status");
  if (const auto known = tollgate::video::parse_frame_status(status)) {
    f.status = *known;
  } else {
    o.refuse("status", "must be pending, generated, approved or rejected");
  }
  o.close();
  return f;
}

inline tollgate::video::shot read_shot(object o) {
  tollgate::video::shot s;
  s.id = o.text("shotId");
  if (s.id.empty()) o.refuse("shotId", "is empty");
  s.item = o.id<tollgate::item_id>("shotUuid");
  s.duration = o.seconds("durationSeconds");
  if (s.duration <= tollgate::quantity<tollgate::units::second>{}) {
    o.refuse("durationSeconds", "must be above 0");
  }
  if (s.duration > tollgate::video::longest_shot) {
    o.refuse("durationSeconds", "must be at most 60");
  }
  s.requires_end_frame = o.boolean("requiresEndFrame");
  s.frame_prompt = o.text("framePrompt");
  s.video_prompt = o.text("videoPrompt");
  s.image_cost = o.amount("imageCost");
  if (auto start = o.member("startFrame")) s.start_frame = read_frame(*start);
  if (auto end = o.optional_member("endFrame")) s.end_frame = read_frame(*end);
  o.close();
  return s;
}

inline tollgate::video::prior_scene read_prior(object o) {
  tollgate::video::prior_scene p;
  p.id = o.id<tollgate::group_id>("id");
  if (auto frame = o.member("endFrame")) {
    p.end_frame = frame->id<tollgate::frame_id>("id");
    p.end_frame_url = frame->text("url");
    frame->close();
  }
  o.close();
  return p;
}

/// The second of two shots with the same label or the same identity.
inline void refuse_repeats(array& shots, const std::vector<tollgate::video::shot>& read) {
  for (std::size_t i = 0; i < read.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::string place = std::to_string(i);
      if (read[i].id == read[j].id) shots.refuse(place + "/shotId", "is there twice");
      if (read[i].item == read[j].item) shots.refuse(place + "/shotUuid", "is there twice");
    }
  }
}

inline void read_scene(object o, tollgate::video::scene& scene) {
  scene.id = o.id<tollgate::group_id>("id");
  scene.name = o.text("name");
  if (auto prior = o.optional_member("priorScene")) scene.prior = read_prior(*prior);
  if (auto shots = o.list("shots")) {
    if (shots->size() == 0) shots->refuse("", "is empty");
    if (shots->size() > 1'000) shots->refuse("", "has more than 1000 shots");
    for (std::size_t n = 0; n < shots->size() && shots->sound(); ++n) {
      if (auto shot = shots->at(n)) scene.shots.push_back(read_shot(*shot));
    }
    if (shots->sound()) refuse_repeats(*shots, scene.shots);
  }
  o.close();
}

}  // namespace detail

/// Reads a whole file. The first fault is answered, with a JSON pointer as its place.
inline tollgate::result<scene_file> read_scene_file(std::string_view text) {
  auto parsed = parse_json(text);
  if (!parsed) return tollgate::refuse(std::move(parsed.error()));
  scene_file file;
  std::optional<tollgate::failure> fault;
  object root{*parsed, "", fault};
  if (auto account = root.member("account")) {
    file.account = account->id<tollgate::account_id>("id");
    file.opening_credits = account->amount("credits");
    file.low_credit_threshold = account->amount("lowCreditThreshold");
    account->close();
  }
  file.scene.project = root.id<tollgate::project_id>("projectId");
  file.scene.branch = root.id<tollgate::branch_id>("branchId");
  if (const auto variant = root.optional_text("variant")) {
    file.variant = *variant;
    if (std::find(std::begin(variants), std::end(variants), *variant) == std::end(variants)) {
      root.refuse("variant", "must be veo_3_1_fast or veo_3_1_standard");
    }
  }
  if (auto list = root.optional_list("previousGenerations")) {
    for (std::size_t n = 0; n < list->size() && list->sound(); ++n) {
      if (auto one = list->at(n)) {
        file.previous.push_back({one->id<tollgate::group_id>("sceneId"), one->amount("cost")});
        one->close();
      }
    }
  }
  if (auto scene = root.member("scene")) detail::read_scene(*scene, file.scene);
  root.close();
  if (fault) return tollgate::refuse(std::move(*fault));
  return file;
}

}  // namespace main_job
