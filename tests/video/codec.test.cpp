// SPDX-License-Identifier: BSL-1.0
#include <tollgate/video/codec.hpp>

#include <support/property.hpp>

using namespace tollgate;

namespace {
video::render_order sample_order() {
  return {.shot_id = "S1",
          .variant = "veo_3_1_fast",
          .duration = quantity<units::second>::from_thousandths(7'300),
          .frame_prompt = "a pier",
          .video_prompt = "glide",
          .start_frame = {{{1, 2}}, "https://frames.example/1"},
          .end_frame = video::frame_ref{{{1, 3}}, "https://frames.example/2"}};
}
}  // namespace

TEST_CASE("a render order is read back as it was written") {
  auto order = sample_order();
  CHECK(video::decode_order(video::encode(order)) == order);
  order.end_frame.reset();
  CHECK(video::decode_order(video::encode(order)) == order);
}

TEST_CASE("a render result is read back as it was written") {
  const video::render_result done{"https://cdn.example/v.mp4", "renders/v.mp4"};
  CHECK(video::decode_result(video::encode(done)) == done);
}

TEST_CASE("a payload that lacks a byte or has one too many is corrupt") {
  const std::string bytes = video::encode(sample_order());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto read = video::decode_order(std::string_view{bytes}.substr(0, size));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == error::corrupt_record);
  }
  CHECK_FALSE(video::decode_order(bytes + "x"));
}

TEST_CASE("a payload of a layout from the future is corrupt, not guessed at") {
  std::string bytes = video::encode(sample_order());
  bytes[0] = 2;
  CHECK(video::decode_order(bytes).error().code == error::corrupt_record);
  CHECK(video::decode_result("\x02").error().code == error::corrupt_record);
}

TEST_CASE("a duration that no scene may have is corrupt") {
  auto order = sample_order();
  order.duration = quantity<units::second>::from_thousandths(60'001);
  CHECK_FALSE(video::decode_order(video::encode(order)));
}

TEST_CASE("bytes that decode are the bytes of what they decode to", "[property]") {
  test::check_law("decode, then encode", [](std::string bytes, std::uint8_t at, char other) {
    if (bytes.size() % 2 == 0) {  // half of the cases: a good record with one byte changed
      bytes = video::encode(sample_order());
      bytes[at % bytes.size()] = other;
    }
    const auto read = video::decode_order(bytes);
    if (read) RC_ASSERT(video::encode(*read) == bytes);
  });
}
