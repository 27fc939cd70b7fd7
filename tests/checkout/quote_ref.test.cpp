// SPDX-License-Identifier: BSL-1.0
#include <tollgate/checkout/quote_ref.hpp>

#include <support/property.hpp>

using namespace tollgate;

namespace {
quote_ref sample() {
  return {.lock = {.variant = "veo_3_1_fast",
                   .card_version = 12,
                   .digest = canonical{}.add("prices").finish()},
          .work = canonical{}.add("work").finish(),
          .total = 3.6_cr,
          .seen = {.codes = {{"unapproved_frame", 2}, {"low_credit", 1}},
                   .digest = canonical{}.add("seen").finish()}};
}
}  // namespace

TEST_CASE("a quote travels as text and comes back the same") {
  const auto quote = sample();
  CHECK(parse_quote_ref(to_string(quote)) == quote);
  CHECK(to_string(quote).find("unapproved_frame x2, low_credit; sha256 ") != std::string::npos);
}

TEST_CASE("a quote of any variant name comes back the same", "[property]") {
  test::check_law("print and parse", [](const std::string& variant, std::uint32_t version) {
    if (variant.empty()) return;
    auto quote = sample();
    quote.lock.variant = variant;
    quote.lock.card_version = version;
    RC_ASSERT(parse_quote_ref(to_string(quote)) == quote);
  });
}

TEST_CASE("a text that lacks a character or has another one is no quote or another one") {
  const auto quote = sample();
  const std::string text = to_string(quote);
  for (std::size_t i = 0; i < text.size(); ++i) {
    CHECK_FALSE(parse_quote_ref(text.substr(0, i)));
    std::string other = text;
    other[i] = other[i] == '1' ? '2' : '1';
    CHECK(parse_quote_ref(other) != quote);
  }
  CHECK_FALSE(parse_quote_ref("+" + text));
  CHECK_FALSE(parse_quote_ref(""));
}

TEST_CASE("the note of an order says which quote was accepted and what was acknowledged") {
  order_note note{.quote = sample()};
  CHECK(parse_order_note(to_string(note)) == note);
  note.acknowledged = {"low_credit"};
  CHECK(parse_order_note(to_string(note)) == note);
  note.acknowledged = {"low_credit", "unapproved_frame"};
  CHECK(parse_order_note(to_string(note)) == note);
  CHECK_FALSE(parse_order_note("low_credit,\n" + to_string(note.quote)));
  CHECK_FALSE(parse_order_note("Low\n" + to_string(note.quote)));
  CHECK_FALSE(parse_order_note(to_string(note.quote)));
}
