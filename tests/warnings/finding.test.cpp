// SPDX-License-Identifier: BSL-1.0
#include <tollgate/warnings/finding.hpp>

#include <support/catch.hpp>

#include <vector>

using namespace tollgate;

static_assert(to_string(severity::info) == "info" && to_string(severity::block) == "block");

TEST_CASE("a finding is a warning unless its rule says otherwise") {
  CHECK(finding{}.level == severity::warning);
}

TEST_CASE("a sink appends in the order of the calls") {
  std::vector<finding> found;
  finding_sink to{found};
  to.add({.code = "first"});
  to.add({.code = "second"});
  REQUIRE(found.size() == 2);
  CHECK(found[0].code == "first");
  CHECK(found[1].code == "second");
}

TEST_CASE("a raised sink changes the severity and nothing else") {
  std::vector<finding> found;
  const finding low{.code = "low", .subjects = {uuid{1, 2}}, .message = "m"};
  finding_sink{found}.at(severity::block).add(low);
  auto expected = low;
  expected.level = severity::block;
  CHECK(found == std::vector{expected});
}

TEST_CASE("the outermost wish about a severity wins") {
  std::vector<finding> found;
  finding_sink{found}.at(severity::info).at(severity::block).add({.code = "inner"});
  CHECK(found[0].level == severity::info);
}

TEST_CASE("findings without a block are no objection") {
  const std::vector<finding> found{{.level = severity::info, .code = "a"}, {.code = "b"}};
  CHECK(first_block(found) == nullptr);
  CHECK_FALSE(objection_of(found));
  CHECK_FALSE(objection_of({}));
}

TEST_CASE("the first block is the objection, with its code, message and subjects") {
  const std::vector<finding> found{
      {.code = "a"},
      {.level = severity::block, .code = "b", .subjects = {uuid{1, 2}}, .message = "no"},
      {.level = severity::block, .code = "c"}};
  const auto objection = objection_of(found);
  REQUIRE(objection);
  CHECK(objection->code == error::blocked);
  CHECK(objection->place == "b");
  CHECK(objection->reason == "no");
  CHECK(objection->subjects == std::vector{uuid{1, 2}});
}
