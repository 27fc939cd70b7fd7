// SPDX-License-Identifier: BSL-1.0
#include <tollgate/jobs/mermaid.hpp>

#include <tollgate/jobs/standard_machine.hpp>

#include <support/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace {

/// The first Mermaid picture of a page.
std::string picture_in(const std::string& page) {
  std::ifstream file(std::string{TOLLGATE_SOURCE_DIR} + "/" + page);
  REQUIRE(file.good());
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const std::string fence{"```mermaid\n"};
  const auto begin = text.find(fence);
  REQUIRE(begin != std::string::npos);
  const auto end = text.find("```", begin + fence.size());
  REQUIRE(end != std::string::npos);
  return text.substr(begin + fence.size(), end - begin - fence.size());
}

}  // namespace

TEST_CASE("a machine is drawn as a state diagram with one line per move") {
  CHECK(tollgate::to_mermaid<tollgate::standard_machine>() ==
        "stateDiagram-v2\n"
        "    [*] --> queued\n"
        "    queued --> running\n"
        "    queued --> failed\n"
        "    queued --> cancelled\n"
        "    running --> queued\n"
        "    running --> done\n"
        "    running --> failed\n"
        "    running --> cancelled\n"
        "    done --> [*]\n"
        "    failed --> [*]\n"
        "    cancelled --> [*]\n");
}

TEST_CASE("the page about jobs shows the standard machine as it is") {
  CHECK(picture_in("docs/jobs.md") == tollgate::to_mermaid<tollgate::standard_machine>());
}
