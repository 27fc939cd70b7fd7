// SPDX-License-Identifier: BSL-1.0
#include <tollgate/video/scene.hpp>

#include <support/catch.hpp>
#include <video/scenes.hpp>

using namespace tollgate;

static_assert(video::parse_frame_status("approved") == video::frame_status::approved);
static_assert(!video::parse_frame_status("Approved"));
static_assert(video::to_string(video::frame_status::rejected) == "rejected");

namespace {
std::string place_of(const video::scene& s) {
  const auto fault = video::fault_of(s);
  return fault ? fault->place : "";
}
}  // namespace

TEST_CASE("a scene of sound shots has no fault") { CHECK(place_of(sample_scene(12)).empty()); }

TEST_CASE("a scene without shots is refused") {
  auto scene = sample_scene(1);
  scene.shots.clear();
  CHECK(place_of(scene) == "/shots");
}

TEST_CASE("a scene without an id is refused") {
  auto scene = sample_scene(1);
  scene.id = {};
  CHECK(place_of(scene) == "/id");
}

TEST_CASE("a duration of nothing and one beyond a minute are refused") {
  auto scene = sample_scene(2);
  scene.shots[1].duration = {};
  CHECK(place_of(scene) == "/shots/1/duration");
  scene.shots[1].duration = quantity<units::second>::from_thousandths(60'001);
  CHECK(place_of(scene) == "/shots/1/duration");
  scene.shots[1].duration = quantity<units::second>::whole(60);
  CHECK(place_of(scene).empty());
}

TEST_CASE("two shots of one label are refused at the second") {
  auto scene = sample_scene(4);
  scene.shots[3].id = scene.shots[1].id;
  CHECK(place_of(scene) == "/shots/3/id");
}

TEST_CASE("two shots of one identity are refused at the second") {
  auto scene = sample_scene(4);
  scene.shots[2].item = scene.shots[0].item;
  CHECK(place_of(scene) == "/shots/2/item");
}

TEST_CASE("an image cost below zero is refused") {
  auto scene = sample_scene(1);
  scene.shots[0].image_cost = -credits::from_units(1);
  CHECK(place_of(scene) == "/shots/0/image_cost");
}

TEST_CASE("an approved frame that was changed later is stale, another one is not") {
  video::frame f{.status = video::frame_status::approved, .approved_at = {10}, .changed_at = {11}};
  CHECK(f.is_stale());
  f.approved_at = {11};
  CHECK_FALSE(f.is_stale());
  f.changed_at = {20};
  f.status = video::frame_status::generated;
  CHECK_FALSE(f.is_stale());
}
