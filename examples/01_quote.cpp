// SPDX-License-Identifier: BSL-1.0
// Prices alone: a rate card, a quote for every variant, and how each line came to its price.
// Needs no store and no account.

#include <tollgate/pricing/affordable.hpp>
#include <tollgate/pricing/build.hpp>
#include <tollgate/pricing/explain.hpp>
#include <tollgate/pricing/rate.hpp>

#include <array>
#include <cstdio>
#include <span>
#include <string>

using namespace tollgate;

namespace {

using row = rate_description<usd>;

/// Seconds of video by variant, and a fixed price for sound.
card_description<usd> described() {
  card_description<usd> card{
      .name = "clips",
      .variants = {"fast", "fine"},
      .measures = {{.name = "duration", .unit = "s", .maximum = 60_s, .listed = {4_s, 6_s, 8_s}}},
      .components = {{.name = "video", .measure = "duration"}, {.name = "sound"}}};
  card.rates.push_back(row{.component = "video",
                           .where = {{"variant", "fast"}},
                           .charge = {.model = unit_charge{0.15_usd / 1_s}}});
  card.rates.push_back(row{.component = "video",
                           .where = {{"variant", "fine"}},
                           .charge = {.model = unit_charge{0.40_usd / 1_s}}});
  card.rates.push_back(row{.component = "sound", .charge = {.model = flat_charge{0.02_usd}}});
  return card;
}

int fail(const failure& why) {
  std::fprintf(stderr, "%s\n", to_string(why).c_str());
  return 1;
}

}  // namespace

int main() {
  const auto card = build(described());
  if (!card) return fail(card.error());

  const auto eight = make_usage(*card, {{1, 1}}, {{"duration", 8_s}});
  const auto odd = make_usage(*card, {{1, 2}}, {{"duration", 7.3_s}});
  if (!eight || !odd) return fail(eight ? odd.error() : eight.error());
  const std::array items{*eight, *odd};

  const auto quote = rate(*card, std::span<const usage>{items});
  if (!quote) return fail(quote.error());
  for (const std::string& name : card->variants()) {
    const auto variant = *card->find_variant(name);
    std::printf("%s: %s USD\n", name.c_str(), to_string(quote->total(variant)).c_str());
    for (std::size_t n = 0; n < quote->lines_of(variant).size(); ++n) {
      const auto words = explain(*card, *quote, variant, n);
      if (!words) return fail(words.error());
      std::printf("  %s\n", words->c_str());
    }
  }
  for (const auto& other : quote->unlisted) {
    std::printf("item %u has a duration that the card does not list\n", other.item + 1U);
  }
  std::printf("10 USD buy %s s of fast video\n",
              to_string(affordable(10_usd, 0.15_usd / 1_s)).c_str());
}
