// SPDX-License-Identifier: BSL-1.0
#pragma once
// A render as a screen shows it: everything that is known of one shot's video.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/core/quantity.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/jobs/job.hpp>
#include <tollgate/video/codec.hpp>
#include <tollgate/video/render_machine.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace tollgate::video {

/// Why the last attempt failed.
struct render_error {
  std::string code{};
  std::string message{};

  friend bool operator==(const render_error&, const render_error&) = default;
};

/// A job of kind `render_kind`, decoded. A plain value.
struct render_job {
  job_id id{};
  account_id account{};
  order_id order{};
  project_id project{};
  branch_id branch{};
  group_id scene{};
  item_id shot{};
  std::string shot_id{};  // the label, "S1"
  std::string variant{};
  render_status status{};
  std::uint32_t progress{};  // permille
  frame_ref start_frame{};
  std::optional<frame_ref> end_frame{};
  std::string frame_prompt{};  // as confirmed
  std::string video_prompt{};  // as confirmed
  quantity<units::second> duration{};
  credits estimated_cost{};              // held when it was confirmed
  std::optional<credits> actual_cost{};  // charged; none while it lives
  std::string video_url{};               // empty until it is there
  std::string storage_path{};
  std::optional<render_error> error{};
  std::string fault{};  // what the record says that is no render of ours; empty: nothing
  bool erased{};        // prompts and frames were removed from the store, or aged out
  std::uint32_t attempts{};
  std::uint32_t max_retries{};
  bool cancel_requested{};
  std::string provider_job_id{};
  std::string provider_metadata{};
  timestamp created_at{};
  timestamp queued_at{};
  timestamp processing_started_at{};  // zero: not yet
  timestamp completed_at{};           // zero: not yet
  timestamp updated_at{};

  friend bool operator==(const render_job&, const render_job&) = default;
};

/// What a state of another machine comes to: the render's own state of the same role.
[[nodiscard]] constexpr render_status status_of(job_role role) noexcept {
  switch (role) {
    case job_role::ready: return render_status::queued;
    case job_role::active: return render_status::processing;
    case job_role::succeeded: return render_status::completed;
    case job_role::failed: return render_status::failed;
    case job_role::cancelled: return render_status::cancelled;
  }
  return render_status::failed;
}

/// Decodes a job; `unknown_kind` where it is no render. No render is written without a payload, so
/// one that has none was erased: that is no fault. Where its bytes or its state are none of
/// ours, it is shown with what the record knows beside them and says so in `fault`: one odd record
/// must not hide what the others cost.
[[nodiscard]] inline result<render_job> to_render_job(const job_record& record) {
  const job_body& body = *record.body;
  const job_status& now = record.status;
  if (body.kind != render_kind) {
    return refuse(error::unknown_kind, "job/" + to_string(body.id), body.kind);
  }
  std::string fault;
  const auto find = [&](const std::string& what) {
    if (!fault.empty()) fault += "; ";
    fault += what;
  };
  const bool erased = body.payload.empty();
  auto order = erased ? result<render_order>{render_order{}} : decode_order(body.payload);
  if (!order) {
    find("payload: " + order.error().reason);
    order = render_order{};
  }
  const auto status = parse_render_status(now.state);
  if (!status) find("state: " + now.state + " is not one of the render machine");
  render_result done;
  if (!now.result.empty()) {
    if (auto read = decode_result(now.result)) {
      done = std::move(*read);
    } else {
      find("result: " + read.error().reason + ", written by encode(render_result)");
    }
  }
  render_job job{.id = body.id,
                 .account = body.account,
                 .order = body.order,
                 .project = body.project,
                 .branch = body.branch,
                 .scene = body.group,
                 .shot = body.item,
                 .shot_id = std::move(order->shot_id),
                 .variant = std::move(order->variant),
                 .status = status.value_or(status_of(now.role)),
                 .progress = now.progress,
                 .start_frame = std::move(order->start_frame),
                 .end_frame = std::move(order->end_frame),
                 .frame_prompt = std::move(order->frame_prompt),
                 .video_prompt = std::move(order->video_prompt),
                 .duration = order->duration,
                 .estimated_cost = body.estimated,
                 .video_url = std::move(done.video_url),
                 .storage_path = std::move(done.storage_path),
                 .fault = std::move(fault),
                 .erased = erased,
                 .attempts = now.attempts,
                 .max_retries = body.max_attempts - 1,
                 .cancel_requested = now.cancel_requested,
                 .provider_job_id = now.provider_job_id,
                 .provider_metadata = now.provider_metadata,
                 .created_at = body.created_at,
                 .queued_at = now.queued_at,
                 .processing_started_at = now.started_at,
                 .completed_at = now.completed_at,
                 .updated_at = now.updated_at};
  if (now.is_final()) job.actual_cost = now.actual;
  if (!now.error_code.empty() || !now.error_message.empty()) {
    job.error = render_error{.code = now.error_code, .message = now.error_message};
  }
  return job;
}

}  // namespace tollgate::video
