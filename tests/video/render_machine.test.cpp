// SPDX-License-Identifier: BSL-1.0
#include <tollgate/video/render_machine.hpp>

#include <tollgate/jobs/mermaid.hpp>

#include <support/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>

using namespace tollgate;

namespace {
constexpr const machine_table& renders = machine_of<video::render_machine>();
}

static_assert(renders.initial() == "queued");
static_assert(renders.first_active() == "processing");
static_assert(video::parse_render_status("uploading") == video::render_status::uploading);
static_assert(!video::parse_render_status("done"));

TEST_CASE("every active state of a render can go back to the queue, fail and be cancelled") {
  for (std::size_t i = 0; i < renders.size(); ++i) {
    if (renders.role(i) != job_role::active) continue;
    CHECK(renders.can_go(renders.name(i), "queued"));
    CHECK(renders.can_go(renders.name(i), "failed"));
    CHECK(renders.can_go(renders.name(i), "cancelled"));
    CHECK(renders.can_reach(renders.name(i), "completed"));
  }
}

TEST_CASE("a render goes through its stages in order") {
  CHECK(renders.can_go("queued", "processing"));
  CHECK(renders.can_go("processing", "generating"));
  CHECK(renders.can_go("generating", "uploading"));
  CHECK(renders.can_go("uploading", "completed"));
  CHECK_FALSE(renders.can_go("queued", "generating"));
  CHECK_FALSE(renders.can_go("generating", "processing"));
}

TEST_CASE("the page about video shows the render machine as it is") {
  std::ifstream file(TOLLGATE_SOURCE_DIR "/docs/video.md");
  REQUIRE(file.good());
  const std::string page{std::istreambuf_iterator<char>{file}, {}};
  CHECK(page.find("```mermaid\n" + to_mermaid<video::render_machine>() + "```\n") !=
        std::string::npos);
}
