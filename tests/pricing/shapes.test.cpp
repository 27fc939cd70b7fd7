// SPDX-License-Identifier: BSL-1.0
// The price lists of real providers: prices age, shapes stay.
#include <tollgate/pricing/rate_book.hpp>

#include <pricing/cards.hpp>
#include <support/catch.hpp>

#include <string_view>
#include <vector>

namespace {

using namespace tollgate;
using namespace tollgate::test;

TEST_CASE("Veo is sold by the second, by variant and resolution, in 4, 6 or 8 seconds") {
  auto d = veo();
  d.dimensions = {{"resolution", {"720p", "1080p", "4k"}}};
  d.rates = {
      {"video", {{"variant", "fast"}}, {.model = unit_charge{0.15_usd / 1_s}}},
      {"video",
       {{"variant", "fast"}, {"resolution", "4k"}},
       {.model = unit_charge{0.35_usd / 1_s}}},
      {"video", {{"variant", "standard"}}, {.model = unit_charge{0.40_usd / 1_s}}},
      {"video",
       {{"variant", "standard"}, {"resolution", "4k"}},
       {.model = unit_charge{0.60_usd / 1_s}}},
  };
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"duration", 8_s}}, {{"resolution", "1080p"}}),
                               uses(card, 2, {{"duration", 6_s}}, {{"resolution", "4k"}}),
                               uses(card, 3, {{"duration", 5_s}})});
  REQUIRE(q.total(first) == 1.2_usd + 2.1_usd + 0.75_usd);
  REQUIRE(q.total(second) == 3.2_usd + 3.6_usd + 2_usd);
  REQUIRE(q.unlisted.size() == 1);
}

TEST_CASE("a price that changes has versions, each for its time") {
  rate_book<usd> book;
  REQUIRE(book.add(built(veo(1, 0.40_usd, 0.75_usd))));
  REQUIRE(book.add(built(veo(2, 0.15_usd, 0.40_usd))));
  const auto price = [&](timestamp now) {
    const auto card = book.at(now);
    return quoted(*card, {uses(*card, 1, {{"duration", 8_s}})}).total(first);
  };
  REQUIRE(price({1'999'999}) == 3.2_usd);
  REQUIRE(price({2'000'000}) == 1.2_usd);
}

TEST_CASE("Sora is sold by the second and by size") {
  const auto card = built({
      .name = "sora",
      .variants = {"sora-2", "sora-2-pro"},
      .dimensions = {{"size", {"720x1280", "1024x1792"}}},
      .measures = {{.name = "seconds", .unit = "s", .maximum = 60_s}},
      .components = {{.name = "video", .measure = "seconds"}},
      .rates =
          {
              {"video",
               {{"variant", "sora-2"}, {"size", "720x1280"}},
               {.model = unit_charge{0.10_usd / 1_s}}},
              {"video", {{"variant", "sora-2"}, {"size", "1024x1792"}}, {.model = not_offered{}}},
              {"video",
               {{"variant", "sora-2-pro"}, {"size", "720x1280"}},
               {.model = unit_charge{0.30_usd / 1_s}}},
              {"video",
               {{"variant", "sora-2-pro"}, {"size", "1024x1792"}},
               {.model = unit_charge{0.50_usd / 1_s}}},
          },
  });
  const auto q = quoted(card, {uses(card, 1, {{"seconds", 12_s}}, {{"size", "1024x1792"}})});
  REQUIRE(!q.offers(first));
  REQUIRE(q.total(second) == 6_usd);
}

TEST_CASE("Kling costs 0.21 for five seconds and 0.042 for each further one") {
  const charge<usd> kling{.step = 1_s,
                          .model = graduated_charge<usd>{
                              {{.up_to = 5_s, .once = 0.21_usd}, {.each = 0.042_usd / 1_s}}}};
  REQUIRE(price_of(kling, 5_s) == 0.21_usd);
  REQUIRE(price_of(kling, 3_s) == 0.21_usd);
  REQUIRE(price_of(kling, 10_s) == 0.42_usd);
  REQUIRE(price_of(kling, 5.1_s) == 0.252_usd);
}

TEST_CASE("Luma costs 0.0404 an image and 0.0030 for each reference after the first") {
  const auto card = built({
      .name = "luma",
      .variants = {"photon-1"},
      .measures = {{.name = "images", .unit = "image"}, {.name = "references", .unit = "image"}},
      .components = {{.name = "image", .measure = "images"},
                     {.name = "reference", .measure = "references", .optional = true}},
      .rates = {{"image", {}, {.model = unit_charge{0.0404_usd / 1_images}}},
                {"reference",
                 {},
                 {.included = 1_images, .model = unit_charge{0.0030_usd / 1_images}}}},
  });
  const auto price = [&](std::int64_t references) {
    const auto one = uses(card, 1, {{"images", 1_images}, {"references", units_of(references)}});
    return quoted(card, {one}).total(first);
  };
  REQUIRE(price(0) == 0.0404_usd);
  REQUIRE(price(1) == 0.0404_usd);
  REQUIRE(price(4) == 0.0494_usd);
}

TEST_CASE("FLUX charges the first megapixel and each further one, rounded up per image") {
  const auto card = built({
      .name = "flux",
      .variants = {"flux-2-pro"},
      .measures = {{.name = "width", .unit = "px", .maximum = units_of(16'384)},
                   {.name = "height", .unit = "px", .maximum = units_of(16'384)},
                   {.name = "megapixels",
                    .unit = "megapixel",
                    .maximum = units_of(256),
                    .product_of = {"width", "height"},
                    .divided_by = 1'024 * 1'024}},
      .components = {{.name = "image", .measure = "megapixels"}},
      .rates = {{"image",
                 {},
                 {.step = 1_megapixels,
                  .minimum = 1_megapixels,
                  .model = graduated_charge<usd>{{{.up_to = 1_megapixels, .once = 0.03_usd},
                                                  {.each = 0.015_usd / 1_megapixels}}}}}},
  });
  const auto image = [&](std::int64_t width, std::int64_t height) {
    return uses(card, 1, {{"width", units_of(width)}, {"height", units_of(height)}});
  };
  const auto price = [&](std::int64_t width, std::int64_t height) {
    return quoted(card, {image(width, height)}).total(first);
  };
  REQUIRE(price(512, 512) == 0.03_usd);
  REQUIRE(price(1'024, 1'024) == 0.03_usd);
  REQUIRE(price(1'024, 1'025) == 0.045_usd);  // one pixel row more is a megapixel more
  REQUIRE(price(2'048, 2'048) == 0.075_usd);
  // Per image, not per sum: two small ones are two first megapixels.
  REQUIRE(quoted(card, {image(512, 512), image(512, 512)}).total(first) == 0.06_usd);
}

TEST_CASE("one row of pixels too many is a megapixel more, however small the excess") {
  auto d = one_rate({.step = 1_s, .model = unit_charge{1_usd / 1_s}});
  d.measures = {
      {.name = "a", .maximum = units_of(1'000'000)},
      {.name = "used", .maximum = units_of(1'000'000), .product_of = {"a"}, .divided_by = 999'999}};
  const auto card = built(d);
  const auto price = [&](std::int64_t n) {
    return quoted(card, {uses(card, 1, {{"a", thousandths(n)}})}).total(first);
  };
  REQUIRE(price(999'999'000) == 1_usd);
  REQUIRE(price(999'999'001) == 2_usd);  // 1.000000001 units
}

TEST_CASE("Runway charges a credit for every started fifty characters") {
  rate_card<credit> card = *build(card_description<credit>{
      .name = "runway",
      .variants = {"eleven_multilingual_v2"},
      .measures = {{.name = "characters", .unit = "character"}},
      .components = {{.name = "speech", .measure = "characters"}},
      .rates = {{"speech", {}, {.model = package_charge{1_cr / 50_characters}}}},
  });
  const auto price = [&](quantity<units::character> text) {
    const std::vector<usage> items{*make_usage(card, item(1), {{"characters", text}})};
    return rate<credit>(card, items)->total(first);
  };
  REQUIRE(price(1_characters) == 1_cr);
  REQUIRE(price(50_characters) == 1_cr);
  REQUIRE(price(51_characters) == 2_cr);
}

TEST_CASE("Seedance charges 46/7 dollars for a million tokens of width, height, frames and time") {
  const auto card = built({
      .name = "seedance",
      .variants = {"pro"},
      .measures = {{.name = "width", .unit = "px", .maximum = units_of(4'096)},
                   {.name = "height", .unit = "px", .maximum = units_of(4'096)},
                   {.name = "fps", .unit = "1/s", .maximum = units_of(60)},
                   {.name = "seconds", .unit = "s", .maximum = 60_s},
                   {.name = "tokens",
                    .unit = "token",
                    .maximum = units_of(100'000'000),
                    .product_of = {"width", "height", "fps", "seconds"},
                    .divided_by = 1'024}},
      .components = {{.name = "video", .measure = "tokens"}},
      .rates = {{"video",
                 {},
                 {.minimum = 50'000_tokens,
                  .model = unit_charge{exact<usd>{rational<>{46, 7}} / 1'000'000_tokens}}}},
  });
  const auto quote_of = [&](std::int64_t width, std::int64_t height, quantity<any_unit> seconds) {
    return quoted(card, {uses(card, 1,
                              {{"width", units_of(width)},
                               {"height", units_of(height)},
                               {"fps", units_of(24)},
                               {"seconds", seconds}})});
  };
  const auto hd = quote_of(1'280, 720, 5_s);
  REQUIRE(hd.lines[0].raw == units_of(108'000));
  REQUIRE(hd.total(first) == 0.7097_usd);
  REQUIRE(residue_of(card, hd.lines[0]) == exact<usd>{rational<>{1, 70'000}});
  const auto small = quote_of(480, 480, 2_s);
  REQUIRE(small.lines[0].billed == units_of(50'000));
  REQUIRE(small.total(first) == 0.3286_usd);
}

TEST_CASE("a request may have a fixed price") {
  const auto card = built({
      .name = "upscaler",
      .variants = {"only"},
      .components = {{.name = "request", .scope = charge_scope::whole_request}},
      .rates = {{"request", {}, {.model = flat_charge{0.05_usd}}}},
  });
  REQUIRE(quoted(card, {uses(card, 1, {}), uses(card, 2, {})}).total(first) == 0.05_usd);
}

TEST_CASE("a batch costs half, high quality one and a half") {
  auto d = veo();
  d.dimensions = {{"mode", {"live", "batch"}}};
  d.rates.push_back({"video",
                     {{"variant", "fast"}, {"mode", "batch"}},
                     {.model = unit_charge{0.15_usd / 1_s}, .multiplier = {1, 2}}});
  d.rates.push_back({"video",
                     {{"variant", "standard"}, {"mode", "batch"}},
                     {.model = unit_charge{0.40_usd / 1_s}, .multiplier = {3, 2}}});
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"duration", 7.3_s}}, {{"mode", "batch"}})});
  REQUIRE(q.total(first) == 0.5475_usd);
  REQUIRE(q.total(second) == 4.38_usd);
}

}  // namespace
