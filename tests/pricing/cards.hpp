// SPDX-License-Identifier: BSL-1.0
#pragma once
// Cards that several tests price with, and short ways to ask.

#include <tollgate/pricing/build.hpp>
#include <tollgate/pricing/rate.hpp>

#include <support/catch.hpp>

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

using dollars = amount<usd>;

inline item_id item(std::uint64_t n) { return {{0x11, n}}; }

/// Both Veo variants by the second, at the prices given.
inline card_description<usd> veo(std::uint32_t version = 12, dollars fast = 0.15_usd,
                                 dollars standard = 0.40_usd) {
  return {
      .name = "veo",
      .version = version,
      .effective_from = {static_cast<std::int64_t>(version) * 1'000'000},
      .variants = {"fast", "standard"},
      .measures = {{.name = "duration", .unit = "s", .maximum = 60_s, .listed = {4_s, 6_s, 8_s}}},
      .components = {{.name = "video", .measure = "duration"}},
      .rates = {{"video", {{"variant", "fast"}}, {.model = unit_charge{fast / 1_s}}},
                {"video", {{"variant", "standard"}}, {.model = unit_charge{standard / 1_s}}}},
  };
}

/// A card of one variant, one measure `used` and one rate.
inline card_description<usd> one_rate(
    charge<usd> charge, stated_quantity maximum = quantity<any_unit>::whole(1'000'000)) {
  return {
      .name = "card",
      .variants = {"only"},
      .measures = {{.name = "used", .maximum = maximum}},
      .components = {{.name = "part", .measure = "used"}},
      .rates = {{"part", {}, std::move(charge)}},
  };
}

inline rate_card<usd> built(card_description<usd> description) {
  auto card = build(std::move(description));
  INFO((card ? "" : to_string(card.error())));
  REQUIRE(card);
  return std::move(*card);
}

inline usage uses(const rate_card<usd>& card, std::uint64_t n,
                  std::initializer_list<std::pair<std::string_view, stated_quantity>> what,
                  std::initializer_list<std::pair<std::string_view, std::string_view>> where = {}) {
  auto made = make_usage(card, item(n), what, where);
  INFO((made ? "" : to_string(made.error())));
  REQUIRE(made);
  return *made;
}

inline quote<usd> quoted(const rate_card<usd>& card, const std::vector<usage>& items) {
  auto made = rate<usd>(card, items);
  INFO((made ? "" : to_string(made.error())));
  REQUIRE(made);
  return std::move(*made);
}

/// What one quantity costs under one charge.
inline dollars price_of(const charge<usd>& charge, quantity<any_unit> used) {
  const auto card = built(one_rate(charge));
  return quoted(card, {uses(card, 1, {{"used", used}})}).total({0});
}

inline constexpr variant_index first{0};
inline constexpr variant_index second{1};

/// A quantity of whole units.
constexpr quantity<any_unit> units_of(std::int64_t n) { return quantity<any_unit>::whole(n); }
constexpr quantity<any_unit> thousandths(std::int64_t n) {
  return quantity<any_unit>::from_thousandths(n);
}

}  // namespace tollgate::test
