// SPDX-License-Identifier: BSL-1.0
#include <tollgate/video/gate.hpp>

#include <tollgate/core/clock.hpp>
#include <tollgate/memory/store.hpp>
#include <tollgate/pricing/explain.hpp>

#include <support/catch.hpp>
#include <video/scenes.hpp>

#include <string>
#include <type_traits>
#include <vector>

using namespace tollgate;

namespace {

constexpr account_id user{{1, 1}};

struct fixture {
  fixture() { REQUIRE(gate.open_account(user)); }

  manual_clock clock{};
  memory::store store{memory::options{.clock = clock.source()}};
  video::gate<memory::store> gate{store, video::veo_3_1()};
};
static_assert(
    std::is_same_v<decltype(video::gate{std::declval<memory::store&>(), video::veo_3_1()}),
                   video::gate<memory::store>>);

std::vector<std::string> codes_in(const video::scene& scene) {
  fixture f;
  const auto review = f.gate.review(user, scene);
  REQUIRE(review);
  std::vector<std::string> codes;
  for (const auto& found : review->findings) {
    CHECK(found.level == severity::warning);
    codes.push_back(found.code);
  }
  return codes;
}
using words = std::vector<std::string>;

}  // namespace

TEST_CASE("a scene is reviewed with image and video cost per shot for both variants") {
  fixture f;
  const auto scene = sample_scene(3);
  const auto review = f.gate.review(user, scene);
  REQUIRE(review);
  CHECK(review->findings.empty());
  CHECK(review->items[0].already_paid == 0.08_cr);
  const auto* fast = review->find("veo_3_1_fast");
  const auto* standard = review->find("veo_3_1_standard");
  REQUIRE((fast && standard));
  CHECK(fast->prices == std::vector<credits>(3, 1.2_cr));
  CHECK(fast->to_hold == 3.6_cr);
  CHECK(fast->total == 3.84_cr);
  CHECK(standard->prices == std::vector<credits>(3, 3.2_cr));
  CHECK(standard->total == 9.84_cr);
}

TEST_CASE("a confirmed scene becomes renders with a snapshot of each shot") {
  fixture f;
  auto scene = sample_scene(2);
  scene.shots[1].end_frame.reset();
  const auto review = f.gate.review(user, scene);
  const auto order = f.gate.confirm({.account = user,
                                     .scene = scene,
                                     .quote = review->quote("veo_3_1_standard"),
                                     .key = "click"});
  REQUIRE(order);
  CHECK(order->money.available == 93.6_cr);
  const auto jobs = f.gate.jobs(user, scene.id);
  REQUIRE(jobs);
  REQUIRE(jobs->size() == 2);
  const video::render_job& render = jobs->back();
  const video::shot& shot = scene.shots[0];
  CHECK(render.shot_id == "S1");
  CHECK(render.shot == shot.item);
  CHECK(render.status == video::render_status::queued);
  CHECK(render.variant == "veo_3_1_standard");
  CHECK(render.duration == shot.duration);
  CHECK(render.video_prompt == shot.video_prompt);
  CHECK(render.frame_prompt == shot.frame_prompt);
  CHECK(render.start_frame.url == shot.start_frame.url);
  CHECK(render.end_frame->id == shot.end_frame->id);
  CHECK(render.estimated_cost == 3.2_cr);
  CHECK(render.max_retries == 3);
  CHECK(render.project == scene.project);
  CHECK(render.branch == scene.branch);
  CHECK(render.scene == scene.id);
  CHECK_FALSE(jobs->front().end_frame);
}

TEST_CASE("the duration that is billed is the one the provider gets") {
  fixture f;
  auto scene = sample_scene(1);
  scene.shots[0].duration = quantity<units::second>::from_thousandths(7'300);
  const auto review = f.gate.review(user, scene);
  REQUIRE(review);
  CHECK(review->find("veo_3_1_fast")->to_hold == 1.095_cr);
  REQUIRE(f.gate.confirm(
      {.account = user, .scene = scene, .quote = review->quote("veo_3_1_fast"), .key = "click"}));
  const auto line = review->prices.lines_of(*review->card->find_variant("veo_3_1_fast"))[0];
  const auto jobs = f.gate.jobs(user, scene.id);
  CHECK(jobs->at(0).duration.thousandths() == line.billed.thousandths());
  CHECK(explain(*review->card, review->prices, *review->card->find_variant("veo_3_1_fast"), 0) ==
        "7.300 s x 0.15 USD/s = 1.0950 USD (veo v1, veo_3_1_fast)");
}

TEST_CASE("a scene edited between review and confirmation has to be reviewed again") {
  fixture f;
  auto scene = sample_scene(1);
  const auto quote = f.gate.review(user, scene)->quote("veo_3_1_fast");
  scene.shots[0].video_prompt = "the camera rises";
  const auto refused =
      f.gate.confirm({.account = user, .scene = scene, .quote = quote, .key = "click"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error::request_changed);
}

TEST_CASE("a frame approved between review and confirmation changes nothing that is rendered") {
  fixture f;
  auto scene = sample_scene(1);
  scene.shots[0].start_frame.status = video::frame_status::generated;
  const auto quote = f.gate.review(user, scene)->quote("veo_3_1_fast");
  scene.shots[0].start_frame.status = video::frame_status::approved;
  CHECK(f.gate.confirm({.account = user, .scene = scene, .quote = quote, .key = "click"}));
}

TEST_CASE("a scene that cannot be is refused with the place of its fault") {
  fixture f;
  auto scene = sample_scene(2);
  const auto quote = f.gate.review(user, scene)->quote("veo_3_1_fast");
  scene.shots[1].duration = {};
  const auto reviewed = f.gate.review(user, scene);
  CHECK(reviewed.error().place == "/shots/1/duration");
  const auto confirmed =
      f.gate.confirm({.account = user, .scene = scene, .quote = quote, .key = "click"});
  CHECK(confirmed.error().code == error::invalid_argument);
  CHECK(confirmed.error().place == "/shots/1/duration");
}

TEST_CASE("frames that nobody approved are warned about") {
  auto scene = sample_scene(2);
  scene.shots[0].start_frame.status = video::frame_status::pending;
  scene.shots[1].end_frame->status = video::frame_status::rejected;
  CHECK(codes_in(scene) == words{"unapproved_frame", "unapproved_frame"});
}

TEST_CASE("a frame that was changed after its approval is warned about") {
  auto scene = sample_scene(1);
  scene.shots[0].start_frame.approved_at = {5};
  scene.shots[0].start_frame.changed_at = {6};
  CHECK(codes_in(scene) == words{"stale_frame"});
}

TEST_CASE("a missing end frame and a blank prompt are warned about") {
  auto scene = sample_scene(1);
  scene.shots[0].requires_end_frame = true;
  scene.shots[0].end_frame.reset();
  scene.shots[0].video_prompt = " ";
  CHECK(codes_in(scene) == words{"missing_prompt", "missing_end_frame"});
}

TEST_CASE("a scene that does not start where the prior one ended is warned about, with the url") {
  fixture f;
  auto scene = sample_scene(2);
  scene.prior = video::prior_scene{
      .id = {{9, 9}}, .end_frame = {{9, 8}}, .end_frame_url = "https://frames.example/prior"};
  const auto review = f.gate.review(user, scene);
  REQUIRE(review);
  REQUIRE(review->findings.size() == 1);
  CHECK(review->findings[0].code == "prior_end_mismatch");
  CHECK(review->findings[0].detail == "https://frames.example/prior");
  scene.prior->end_frame = scene.shots[0].start_frame.id;
  CHECK(codes_in(scene).empty());
}

TEST_CASE("shots reviewed without the first one are not compared with the prior scene") {
  fixture f;
  auto scene = sample_scene(2);
  scene.prior = video::prior_scene{.id = {{9, 9}}, .end_frame = {{9, 8}}};
  const auto review = f.gate.review(user, scene, {scene.shots[1].item});
  REQUIRE(review);
  CHECK(review->findings.empty());
}

TEST_CASE("a duration the card does not list is priced and warned about") {
  auto scene = sample_scene(3);
  scene.shots[1].duration = quantity<units::second>::whole(5);
  CHECK(codes_in(scene) == words{"unlisted_duration"});
  scene.shots[0].duration = quantity<units::second>::whole(4);
  scene.shots[2].duration = quantity<units::second>::whole(6);
  CHECK(codes_in(scene) == words{"unlisted_duration"});
}

TEST_CASE("low credit is flagged and warned about before anything is taken") {
  fixture f;
  REQUIRE(f.gate.deduct({.account = user, .amount = 90.0001_cr, .key = "spend"}));
  const auto review = f.gate.review(user, sample_scene(1));
  REQUIRE(review);
  CHECK(review->is_low_credit());
  REQUIRE(review->findings.size() == 1);
  CHECK(review->findings[0].code == "low_credit");
}

TEST_CASE("a host adds rules of its own, and raises a standard one so that it blocks") {
  manual_clock clock;
  memory::store store{memory::options{.clock = clock.source()}};
  const auto too_long = [](const video::scene_facts& facts, finding_sink& to) {
    if (facts.whole.shots.size() > 2) to.add({.code = "too_long", .message = "more than 2 shots"});
  };
  video::gate gate{
      store, video::veo_3_1(),
      video::standard_rules.raising<video::rules::missing_prompts>(severity::block).with(too_long)};
  REQUIRE(gate.open_account(user));
  auto scene = sample_scene(3);
  auto review = gate.review(user, scene);
  REQUIRE(review);
  REQUIRE(review->findings.size() == 1);
  CHECK(review->findings[0].code == "too_long");
  scene.shots[0].frame_prompt.clear();
  review = gate.review(user, scene);
  REQUIRE(review->codes() == std::vector<std::string>{"missing_prompt", "too_long"});
  REQUIRE(review->findings.size() == 2);
  const auto refused = gate.confirm(
      {.account = user, .scene = scene, .quote = review->quote("veo_3_1_fast"), .key = "click"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error::blocked);
  CHECK(refused.error().place == "missing_prompt");
}

TEST_CASE("failed shots are rendered again alone") {
  fixture f;
  const auto scene = sample_scene(2);
  const auto review = f.gate.review(user, scene);
  REQUIRE(f.gate.confirm(
      {.account = user, .scene = scene, .quote = review->quote("veo_3_1_fast"), .key = "click"}));
  const auto claimed =
      f.store.claim({.worker = {{8, 8}}, .kinds = {std::string{video::render_kind}}, .limit = 2});
  REQUIRE(claimed->size() == 2);
  CHECK(claimed->at(0).status.state == "processing");
  REQUIRE(transact(f.store,
                   settle_command{.lease = {user, claimed->at(0).body->id, 1},
                                  .kind = settle_kind::failed,
                                  .error_code = "safety"},
                   f.gate.rules()));
  const auto failed = f.gate.failed_items(user, scene.id);
  REQUIRE(failed->size() == 1);
  const auto part = f.gate.review(user, scene, *failed);
  const auto again = f.gate.confirm({.account = user,
                                     .scene = scene,
                                     .quote = part->quote("veo_3_1_fast"),
                                     .key = "again",
                                     .only = *failed});
  REQUIRE(again);
  CHECK(again->jobs.size() == 1);
  CHECK(f.gate.jobs(user, scene.id)->size() == 3);
}

TEST_CASE("several scenes are confirmed as one batch") {
  fixture f;
  const auto one = sample_scene(1);
  auto two = sample_scene(2);
  two.shots.erase(two.shots.begin());
  two.id = {numbered(3, 2)};
  const auto quote = [&](const video::scene& s) {
    return f.gate.review(user, s)->quote("veo_3_1_fast");
  };
  const std::vector<video::confirm_request> batch{
      {.account = user, .scene = one, .quote = quote(one), .key = "a"},
      {.account = user, .scene = two, .quote = quote(two), .key = "b"}};
  const auto answers = f.gate.confirm(batch);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0]);
  CHECK(answers[1]->money.held == 2.4_cr);
}
