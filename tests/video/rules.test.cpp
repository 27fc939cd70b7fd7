// SPDX-License-Identifier: BSL-1.0
#include <tollgate/video/rules.hpp>

#include <support/catch.hpp>

#include <array>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace tollgate;
using video::prior_end;
using video::shot_facts;
using video::shot_list_facts;

constexpr uuid shot{1, 1};
constexpr uuid start_frame{2, 1};
constexpr uuid end_frame{2, 2};
constexpr uuid other_frame{2, 3};

constexpr shot_facts fine_item{
    .item = {shot},
    .label = "S1",
    .start = dependency{.id = start_frame, .status = dependency_status::approved},
    .end = dependency{.id = end_frame, .status = dependency_status::approved},
    .requires_end = true,
    .length = seconds(8),
};

/// What one rule finds about one item.
template <class Rule>
constexpr std::vector<finding> about(const Rule& rule, const shot_facts& item) {
  std::vector<finding> found;
  finding_sink to{found};
  rule(shot_list_facts{{}, std::span{&item, 1}, {}}, to);
  return found;
}

constexpr shot_facts with_start(dependency_status status) {
  auto item = fine_item;
  item.start->status = status;
  return item;
}

// Where nothing is found, rules are asked while compiling.
static_assert(about(video::rules::unapproved_frames{}, fine_item).empty());
static_assert(about(video::rules::stale_frames{}, fine_item).empty());
static_assert(about(video::rules::missing_end_frames{}, fine_item).empty());
static_assert(about(video::rules::missing_prompts{}, fine_item).empty());
static_assert(about(video::rules::unlisted_durations{}, fine_item).empty());
static_assert(video::is_blank("") && video::is_blank(" \t\r\n") && !video::is_blank(" x "));

}  // namespace

TEST_CASE("a request in order meets no warning") {
  const std::array items{fine_item, fine_item};
  CHECK(video::standard_rules
            .evaluate(shot_list_facts{{.available = 10_cr, .low_credit_threshold = 10_cr},
                                      items,
                                      prior_end{.id = start_frame, .url = "u"}})
            .empty());
}

TEST_CASE("a request without items meets no warning about items") {
  CHECK(video::standard_rules.evaluate(shot_list_facts{{}, {}, prior_end{.id = start_frame}})
            .empty());
}

TEST_CASE("a start frame in any state but approved is a warning") {
  for (const auto status :
       {dependency_status::pending, dependency_status::generated, dependency_status::rejected}) {
    const auto found = about(video::rules::unapproved_frames{}, with_start(status));
    REQUIRE(found.size() == 1);
    CHECK(found[0].message ==
          "S1: the start frame is " + std::string{to_string(status)} + ", not approved");
  }
}

TEST_CASE("an unapproved end frame names the item, the part and the frame") {
  auto item = fine_item;
  item.end->status = dependency_status::generated;
  CHECK(about(video::rules::unapproved_frames{}, item) ==
        std::vector{finding{.level = severity::warning,
                            .code = "unapproved_frame",
                            .subjects = {shot, end_frame},
                            .message = "S1: the end frame is generated, not approved",
                            .item = "S1",
                            .detail = "end"}});
}

TEST_CASE("both frames of an item may be unapproved") {
  auto item = with_start(dependency_status::rejected);
  item.end->status = dependency_status::pending;
  const auto found = about(video::rules::unapproved_frames{}, item);
  REQUIRE(found.size() == 2);
  CHECK(found[0].detail == "start");
  CHECK(found[1].detail == "end");
}

TEST_CASE("an approved frame that was changed afterwards is stale") {
  auto item = fine_item;
  item.end->changed_after_approval = true;
  const auto found = about(video::rules::stale_frames{}, item);
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "stale_frame");
  CHECK(found[0].detail == "end");
  CHECK(found[0].subjects == std::vector{shot, end_frame});
}

TEST_CASE("a frame that is not approved is unapproved, not stale") {
  auto item = with_start(dependency_status::generated);
  item.start->changed_after_approval = true;
  CHECK(about(video::rules::stale_frames{}, item).empty());
  CHECK(about(video::rules::unapproved_frames{}, item).size() == 1);
}

TEST_CASE("a required end frame that is missing is a warning") {
  auto item = fine_item;
  item.end.reset();
  const auto found = about(video::rules::missing_end_frames{}, item);
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "missing_end_frame");
  CHECK(found[0].subjects == std::vector{shot});
}

TEST_CASE("an end frame that nobody requires may be missing") {
  auto item = fine_item;
  item.end.reset();
  item.requires_end = false;
  CHECK(about(video::rules::missing_end_frames{}, item).empty());
  CHECK(about(video::rules::unapproved_frames{}, item).empty());
}

TEST_CASE("each missing prompt is a warning of its own") {
  auto item = fine_item;
  item.video_prompt_missing = true;
  CHECK(about(video::rules::missing_prompts{}, item).size() == 1);
  CHECK(about(video::rules::missing_prompts{}, item)[0].detail == "video");
  item.frame_prompt_missing = true;
  CHECK(about(video::rules::missing_prompts{}, item).size() == 2);
}

TEST_CASE("a start that is not the prior scene's end names that end's url") {
  const std::array items{fine_item, fine_item};
  const auto found = rule_set{video::rules::prior_end_mismatch{}}.evaluate(
      shot_list_facts{{}, items, prior_end{.id = other_frame, .url = "https://cdn/end.png"}});
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "prior_end_mismatch");
  CHECK(found[0].detail == "https://cdn/end.png");
  CHECK(found[0].subjects == std::vector{shot, start_frame, other_frame});
}

TEST_CASE("only the first item has to match the prior end") {
  auto second = fine_item;
  second.start->id = other_frame;
  const std::array items{fine_item, second};
  CHECK(rule_set{video::rules::prior_end_mismatch{}}
            .evaluate(shot_list_facts{{}, items, prior_end{.id = start_frame}})
            .empty());
}

TEST_CASE("a length that the card does not list is named to the millisecond") {
  auto item = fine_item;
  item.length = milliseconds(7'300);
  item.length_listed = false;
  const auto found = about(video::rules::unlisted_durations{}, item);
  REQUIRE(found.size() == 1);
  CHECK(found[0].message == "S1 lasts 7.300 s, which the rate card does not list");
  CHECK(found[0].detail == "7.300 s");
}

TEST_CASE("durations are shown in seconds, exactly") {
  CHECK(video::detail::seconds_text({}) == "0.000 s");
  CHECK(video::detail::seconds_text(seconds(60)) == "60.000 s");
  CHECK(video::detail::seconds_text({1}) == "0.000001 s");
  CHECK(video::detail::seconds_text(milliseconds(-1'500)) == "-1.500 s");
}

TEST_CASE("no standard rule blocks") {
  auto item = with_start(dependency_status::rejected);
  item.end.reset();
  item.frame_prompt_missing = item.video_prompt_missing = true;
  item.length_listed = false;
  auto stale = fine_item;
  stale.start->changed_after_approval = true;
  const std::array items{item, stale};
  const auto found = video::standard_rules.evaluate(
      shot_list_facts{{.low_credit_threshold = 1_cr}, items, prior_end{.id = other_frame}});
  CHECK(found.size() == 8);  // every rule at least once
  CHECK(first_block(found) == nullptr);
}

TEST_CASE("a host's facts keep the standard rules and add rules of their own") {
  struct studio_facts : shot_list_facts {
    bool after_hours{};
  };
  const auto set = video::standard_rules.with([](const studio_facts& facts, finding_sink& to) {
    if (facts.after_hours) to.add({.level = severity::block, .code = "after_hours"});
  });
  studio_facts facts;
  facts.low_credit_threshold = 1_cr;
  facts.after_hours = true;
  const auto found = set.evaluate(facts);
  REQUIRE(found.size() == 2);
  CHECK(found[0].code == "low_credit");
  CHECK(found[1].code == "after_hours");
}
