// SPDX-License-Identifier: BSL-1.0
#include <tollgate/warnings/acknowledgement.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace tollgate;

const std::vector<finding> three{
    {.code = "unapproved_frame", .subjects = {uuid{1, 1}}, .message = "S1", .item = "S1"},
    {.code = "low_credit", .message = "low"},
    {.code = "unapproved_frame", .subjects = {uuid{1, 2}}, .message = "S2", .item = "S2"}};

const std::string digits(64, 'a');

}  // namespace

TEST_CASE("an acknowledgement counts the codes in the order of their first appearance") {
  CHECK(acknowledge(three).codes ==
        std::vector<seen_code>{{"unapproved_frame", 2}, {"low_credit", 1}});
}

TEST_CASE("an acknowledgement reads as one line") {
  const auto seen = acknowledge(three);
  CHECK(to_string(seen) == "unapproved_frame x2, low_credit; sha256 " + to_string(seen.digest));
  CHECK(to_string(acknowledge({})) == "no warnings; sha256 " + to_string(digest_of({})));
}

TEST_CASE("whatever a user could see differently changes the digest") {
  const auto digest = digest_of(three);
  const auto changed = [&](auto&& change) {
    auto other = three;
    change(other);
    return digest_of(other) != digest;
  };
  CHECK(changed([](auto& f) { f[1].level = severity::info; }));
  CHECK(changed([](auto& f) { f[1].code = "low"; }));
  CHECK(changed([](auto& f) { f[1].message = "lower"; }));
  CHECK(changed([](auto& f) { f[0].item = "S3"; }));
  CHECK(changed([](auto& f) { f[0].detail = "start"; }));
  CHECK(changed([](auto& f) { f[0].subjects[0] = uuid{9, 9}; }));
  CHECK(changed([](auto& f) { f[0].subjects.clear(); }));
  CHECK(changed([](auto& f) { std::swap(f[0], f[2]); }));
  CHECK(changed([](auto& f) { f.pop_back(); }));
  CHECK_FALSE(changed([](auto&) {}));
}

TEST_CASE("an acknowledgement read back is the same") {
  CHECK(parse_acknowledgement(to_string(acknowledge(three))) == acknowledge(three));
  CHECK(parse_acknowledgement(to_string(acknowledge({}))) == acknowledge({}));
}

TEST_CASE("any list of codes read back is the same", "[property]") {
  test::check_law("parse(to_string(a)) == a", [](const std::vector<std::uint8_t>& letters) {
    std::vector<finding> findings;
    for (const auto n : letters) findings.push_back({.code = "code_" + std::to_string(n % 5)});
    const auto seen = acknowledge(findings);
    return parse_acknowledgement(to_string(seen)) == seen;
  });
}

TEST_CASE("a text that no acknowledgement writes is refused") {
  CHECK(parse_acknowledgement("low_credit; sha256 " + digits));
  for (const std::string text :
       {"", "low_credit", "; sha256 ", "low_credit x1; sha256 ", "low_credit x0; sha256 ",
        "low_credit x; sha256 ", "low_credit x02; sha256 ", "low_credit x-2; sha256 ",
        "low_credit x99999999999; sha256 ", "low_credit,; sha256 ", "low_credit, ; sha256 ",
        "Low; sha256 ", "no warnings, low_credit; sha256 "}) {
    INFO(text);
    CHECK_FALSE(parse_acknowledgement(text + digits));
  }
  CHECK_FALSE(parse_acknowledgement("low_credit; sha256 " + digits.substr(1)));
  CHECK_FALSE(parse_acknowledgement("low_credit; sha256 " + std::string(64, 'A')));
}
