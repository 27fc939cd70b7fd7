// SPDX-License-Identifier: BSL-1.0
#include <tollgate/video/render_job.hpp>

#include <support/catch.hpp>

using namespace tollgate;

namespace {

const video::render_order asked{.shot_id = "S1",
                                .variant = "veo_3_1_fast",
                                .duration = quantity<units::second>::whole(8),
                                .frame_prompt = "a pier",
                                .video_prompt = "glide",
                                .start_frame = {{{1, 2}}, "https://frames.example/1"}};

job_body sample_body() {
  return {.id = {{1, 1}},
          .account = {{2, 2}},
          .order = {{3, 3}},
          .item = {{4, 4}},
          .group = {{5, 5}},
          .project = {{6, 6}},
          .branch = {{7, 7}},
          .kind = std::string{video::render_kind},
          .payload = encode(asked),
          .max_attempts = 4,
          .estimated = credits::from_units(12'000),
          .created_at = {100}};
}
job_record record_of(job_body body, job_status status = {.state = "queued", .queued_at = {100}}) {
  return {std::make_shared<const job_body>(std::move(body)), std::move(status)};
}

}  // namespace

TEST_CASE("a queued render shows what was confirmed and nothing that is not known yet") {
  const auto job = video::to_render_job(record_of(sample_body()));
  REQUIRE(job);
  CHECK(job->status == video::render_status::queued);
  CHECK(job->shot_id == "S1");
  CHECK(job->variant == "veo_3_1_fast");
  CHECK(job->duration == asked.duration);
  CHECK(job->start_frame == asked.start_frame);
  CHECK_FALSE(job->end_frame);
  CHECK(job->estimated_cost == credits::from_units(12'000));
  CHECK_FALSE(job->actual_cost);
  CHECK_FALSE(job->error);
  CHECK(job->max_retries == 3);
  CHECK(job->scene == group_id{{5, 5}});
}

TEST_CASE("a completed render shows where its video is and what it cost") {
  const auto job = video::to_render_job(record_of(
      sample_body(), {.phase = job_phase::final,
                      .role = job_role::succeeded,
                      .state = "completed",
                      .attempts = 2,
                      .provider_job_id = "op-1",
                      .provider_metadata = "{}",
                      .result = video::encode(video::render_result{"https://cdn/v", "v.mp4"}),
                      .actual = credits::from_units(11'000),
                      .completed_at = {300}}));
  REQUIRE(job);
  CHECK(job->status == video::render_status::completed);
  CHECK(job->video_url == "https://cdn/v");
  CHECK(job->storage_path == "v.mp4");
  CHECK(job->actual_cost == credits::from_units(11'000));
  CHECK(job->attempts == 2);
  CHECK(job->provider_job_id == "op-1");
  CHECK(job->completed_at == timestamp{300});
}

TEST_CASE("a failed render shows the error of its last attempt and cost nothing") {
  const auto job = video::to_render_job(record_of(sample_body(), {.phase = job_phase::final,
                                                                  .role = job_role::failed,
                                                                  .state = "failed",
                                                                  .error_code = "safety",
                                                                  .error_message = "filtered"}));
  REQUIRE(job);
  CHECK(job->error == video::render_error{"safety", "filtered"});
  CHECK(job->actual_cost == credits{});
}

TEST_CASE("a job of another kind is no render") {
  auto body = sample_body();
  body.kind = "translate";
  CHECK(video::to_render_job(record_of(body)).error().code == error::unknown_kind);
}

TEST_CASE("a render whose payload was erased is shown without its prompts, and is no fault") {
  auto body = sample_body();
  body.payload.clear();
  const auto job = video::to_render_job(record_of(body));
  REQUIRE(job);
  CHECK(job->erased);
  CHECK(job->fault.empty());
  CHECK(job->video_prompt.empty());
  CHECK(job->estimated_cost == credits::from_units(12'000));
  CHECK_FALSE(video::to_render_job(record_of(sample_body()))->erased);
}

TEST_CASE("a render whose bytes or state are none of ours is shown with its fault") {
  auto body = sample_body();
  body.payload.pop_back();
  const auto payload = video::to_render_job(record_of(body));
  REQUIRE(payload);
  CHECK(payload->fault.find("payload") == 0);
  CHECK(payload->shot == item_id{{4, 4}});
  CHECK(payload->estimated_cost == credits::from_units(12'000));
  CHECK(payload->shot_id.empty());
  const auto state =
      video::to_render_job(record_of(sample_body(), {.role = job_role::active, .state = "rests"}));
  REQUIRE(state);
  CHECK(state->fault.find("rests") != std::string::npos);
  CHECK(state->status == video::render_status::processing);
  CHECK(state->shot_id == "S1");
  const auto url =
      video::to_render_job(record_of(sample_body(), {.phase = job_phase::final,
                                                     .role = job_role::succeeded,
                                                     .state = "completed",
                                                     .result = "https://cdn/v",
                                                     .actual = credits::from_units(7)}));
  REQUIRE(url);
  CHECK(url->fault.find("result") == 0);
  CHECK(url->video_url.empty());
  CHECK(url->actual_cost == credits::from_units(7));
  CHECK(video::to_render_job(record_of(sample_body()))->fault.empty());
}
