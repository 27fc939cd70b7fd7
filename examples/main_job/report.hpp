// SPDX-License-Identifier: BSL-1.0
#pragma once
// Everything the main job found out, in one value that both forms of output are made from.

#include <main_job/scene_file.hpp>

#include <tollgate/video/video.hpp>

#include <vector>

namespace main_job {

struct report {
  scene_file file;
  tollgate::review<tollgate::usd> review;
  tollgate::result<tollgate::order_receipt> order;
  std::vector<tollgate::video::render_job> jobs{};  // in the order of the shots
  tollgate::account row{};                          // at the end
  tollgate::project_total project{};                // at the end
  std::vector<tollgate::operation> history{};
  std::vector<tollgate::discrepancy> discrepancies{};

  [[nodiscard]] const tollgate::reviewed_variant& fast() const {
    return *review.find("veo_3_1_fast");
  }
  [[nodiscard]] const tollgate::reviewed_variant& standard() const {
    return *review.find("veo_3_1_standard");
  }
};

}  // namespace main_job
