// SPDX-License-Identifier: BSL-1.0
// docs/storage.md says of every promise what holds and which rules of the contract prove it.
#include <tollgate/storage/contract.hpp>

#include <support/catch.hpp>

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::contract {
namespace {

std::vector<std::string> lines_of_the_page() {
  std::ifstream page{TOLLGATE_SOURCE_DIR "/docs/storage.md"};
  std::vector<std::string> lines;
  for (std::string line; std::getline(page, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("the page for store authors has a row for every promise, with all the rules behind it") {
  const auto lines = lines_of_the_page();
  REQUIRE_FALSE(lines.empty());
  for (const promise& p : promises) {
    const std::string head = "| " + std::string{p.name} + " | " + std::string{p.text} + " | ";
    std::string row;
    for (const std::string& line : lines) {
      if (line.rfind(head, 0) == 0) row = line.substr(head.size());
    }
    CAPTURE(head, row);
    CHECK_FALSE(row.empty());
    for (const rule& r : rules()) {
      CAPTURE(std::string{r.id});
      const auto proved = promises_of(r);
      const bool proves = std::find(proved.begin(), proved.end(), p.name) != proved.end();
      const bool listed = row.find("`" + std::string{r.id} + "`") != std::string::npos;
      CHECK(proves == listed);
    }
  }
}

TEST_CASE("every promise a store can break is proved by a rule") {
  for (const promise& p : promises) {
    CAPTURE(std::string{p.name});
    if (p.name == "queue 18") continue;  // of handlers, which no store sees
    bool proved = false;
    for (const rule& r : rules()) {
      for (const std::string_view name : promises_of(r)) proved |= name == p.name;
    }
    CHECK(proved);
  }
}

TEST_CASE("the page names every operation of a store") {
  std::string page;
  for (const std::string& line : lines_of_the_page()) page += line + "\n";
  for (const char* name : {"`load(", "`commit(", "`claim(", "`heartbeat(", "`due(", "`set_limits`",
                           "`set_kind`", "`jobs`", "`history`", "`attempts`", "`running_total`",
                           "`last_operation`", "`queue`", "`accounts`", "`audit`"}) {
    CAPTURE(name);
    CHECK(page.find(name) != std::string::npos);
  }
}

}  // namespace
}  // namespace tollgate::contract
