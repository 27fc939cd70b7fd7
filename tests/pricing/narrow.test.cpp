// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/detail/narrow.hpp>

#include <tollgate/pricing/rate.hpp>

#include <pricing/cards.hpp>
#include <support/catch.hpp>
#include <support/property.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace {

using namespace tollgate;
using namespace tollgate::test;
using detail::charge_kind;

constexpr std::array every_rounding{rounding::half_away, rounding::half_even, rounding::half_down,
                                    rounding::up,        rounding::down,      rounding::floor,
                                    rounding::ceiling};
constexpr std::int64_t half_range = std::int64_t{1} << 62;

constexpr std::uint64_t by_division(std::uint64_t twice, std::int64_t divisor) {
  return twice / (2 * static_cast<std::uint64_t>(divisor));
}
constexpr std::uint64_t by_product(std::uint64_t twice, std::int64_t divisor) {
  return static_cast<std::uint64_t>(detail::known_divisor::of(divisor).quotient(twice));
}
static_assert(by_product((std::uint64_t{1} << 63) - 1, 1) == half_range - 1);
static_assert(by_product((std::uint64_t{1} << 63) - 1, half_range) == 0);
static_assert(by_product(13, 3) == 2);

/// Quantities and bases of the second kind: where steps, packages, tiers and halves begin and end.
std::vector<std::int64_t> around(const std::vector<std::int64_t>& edges, std::int64_t most) {
  std::vector<std::int64_t> all;
  for (const auto edge : edges) {
    for (std::int64_t n = -2; n <= 2; ++n) {
      if (edge + n >= 0 && edge + n <= most) all.push_back(edge + n);
    }
  }
  return all;
}

/// Both ways from a raw quantity, or a base, to a line.
struct line_figures {
  std::int64_t billed, units, residue;
  friend bool operator==(const line_figures&, const line_figures&) = default;
};
line_figures in_64_bits(const detail::compiled_card& card, std::size_t rate, std::int64_t raw,
                        std::int64_t base) {
  const auto& narrow = card.narrow[rate];
  const auto billed = detail::narrow_billed(narrow, raw);
  const auto numerator = detail::narrow_numerator(narrow, card.narrow_tiers.data(), billed, base);
  const auto price = detail::bound_and_round(narrow, numerator);
  if (narrow.direct) {
    const auto direct = narrow.round(numerator);
    CHECK((direct.units == price.units && direct.residue == price.residue));
  }
  return {billed, price.units, price.residue};
}
line_figures in_128_bits(const detail::compiled_card& card, std::size_t rate, std::int64_t raw,
                         std::int64_t base) {
  const auto& wide = card.rates[rate];
  const auto billed = detail::billed_quantity(wide, raw);
  const auto price =
      detail::bound_and_round(wide, detail::price_numerator(card, wide, billed, base), card.mode);
  return {billed, price.units, price.residue};
}

/// A flat part and, of it, the charge; so that a percentage has something to be of.
card_description<usd> second_of_two(const charge<usd>& c, quantity<any_unit> most, rounding mode) {
  auto d = one_rate({.model = flat_charge{1_usd}}, most);
  d.components.push_back({.name = "second", .measure = "used"});
  d.rates.push_back({"second", {}, c});
  d.mode = mode;
  return d;
}

/// Compares both ways over quantities; whether the charge was narrow at all.
bool same_both_ways(const charge<usd>& c, std::int64_t most, rounding mode,
                    const std::vector<std::int64_t>& quantities) {
  const auto card = build(second_of_two(c, thousandths(most), mode));
  if (!card || card->compiled().narrow[1].kind == charge_kind::not_offered) return false;
  const auto& compiled = card->compiled();
  for (const auto q : quantities) {
    const bool share = compiled.rates[1].kind == charge_kind::percentage;
    const auto raw = share ? 0 : q;
    const auto base = share ? std::min(q, amount<usd>::max().units()) : 0;
    CHECK(in_64_bits(compiled, 1, raw, base) == in_128_bits(compiled, 1, raw, base));
  }
  return true;
}

TEST_CASE("a known divisor divides as division does, at every edge") {
  std::vector<std::int64_t> divisors{1, 2, 3, 5, 7, 10, 1'000, 10'000, 999'999'999'999, half_range};
  for (int bit = 1; bit < 62; ++bit) {
    for (std::int64_t n = -1; n <= 1; ++n) divisors.push_back((std::int64_t{1} << bit) + n);
  }
  for (const auto divisor : divisors) {
    const std::uint64_t twice = 2 * static_cast<std::uint64_t>(divisor);
    const std::uint64_t end = std::uint64_t{1} << 63;
    const std::uint64_t last = end / twice * twice;
    for (const std::uint64_t near : {twice, 2 * twice, last, last / 2, end, end / 2}) {
      for (std::uint64_t n = 0; n <= 6; ++n) {
        const std::uint64_t dividend = near - 3 + n;
        if (dividend >= end) continue;
        REQUIRE(by_product(dividend, divisor) == by_division(dividend, divisor));
      }
    }
  }
}

TEST_CASE("a known divisor divides as division does", "[property]") {
  check_law("known divisors", [](std::uint64_t dividend, std::uint64_t divisor, std::uint8_t shift,
                                 std::uint8_t less) {
    const std::uint64_t n = (dividend * 0x9E3779B97F4A7C15U) >> 1U >> (shift % 63U);
    const auto d = static_cast<std::int64_t>((divisor * 0xD1B54A32D192ED03U) >> 2U >> (less % 62U));
    RC_PRE(d > 0);
    RC_ASSERT(by_product(n, d) == by_division(n, d));
  });
}

TEST_CASE("64 bits price what 128 bits price, at the edges of every charge model") {
  const auto each = [](std::int64_t n, std::int64_t d, std::int64_t per) {
    return unit_price<usd>{rational<>{n, d}, thousandths(per)};
  };
  const std::vector<charge_model<usd>> models{
      flat_charge{exact<usd>{rational<>{1, 30'000}}},
      flat_charge{exact<usd>{rational<>{1, 20'000}}},
      flat_charge{99'999'999.9999_usd},
      unit_charge<usd>{each(3, 20, 1'000)},
      unit_charge<usd>{each(1, 2, 10'000'000)},  // ties
      unit_charge<usd>{each(46, 7, 1'000'000'000)},
      unit_charge<usd>{each(0, 1, 1'000)},
      package_charge<usd>{each(1, 3, 5'000)},
      package_charge<usd>{each(1, 1, 1)},
      package_charge<usd>{each(7, 2, 1'000'000'007)},
      graduated_charge<usd>{{{.up_to = 5_s, .each = each(3, 20, 1'000)},
                             {.up_to = 6.5_s, .each = each(1, 7, 1'000), .once = 1_usd},
                             {.each = each(1, 9, 1'000)}}},
      graduated_charge<usd>{{{.up_to = 5_s, .once = 0.21_usd}, {.each = each(42, 1'000, 1'000)}}},
      volume_charge<usd>{{{.up_to = 5_s, .each = each(3, 20, 1'000), .once = 2_usd},
                          {.up_to = 6.5_s, .each = each(1, 7, 1'000)},
                          {.each = each(1, 9, 1'000), .once = 1_usd}}},
      percentage_charge{{1, 10}, "part"},
      percentage_charge{{1, 3}, "part"},
      percentage_charge{{1, 1}, "part"},
      percentage_charge{{0, 1}, "part"},
  };
  std::set<charge_kind> kinds;
  int wide = 0;
  for (const auto mode : every_rounding) {
    for (const auto& model : models) {
      for (const std::int64_t step : {0, 1, 7, 1'000}) {
        for (const std::int64_t minimum : {0, 999, 6'000}) {
          for (const std::int64_t included : {0, 1, 5'000, 70'000}) {
            charge<usd> c{.step = thousandths(step),
                          .minimum = thousandths(minimum),
                          .included = thousandths(included),
                          .model = model};
            for (const int bounds : {0, 1, 2, 3}) {
              c.at_least = c.at_most = std::nullopt;
              if ((bounds & 1) != 0) c.at_least = 0.0003_usd;
              if ((bounds & 2) != 0) c.at_most = 0.9999_usd;
              const std::int64_t most = 60'000;
              const auto quantities = around({0, 1'000, 5'000, 6'500, 10'000, 30'000, most}, most);
              if (!same_both_ways(c, most, mode, quantities)) {
                ++wide;
                continue;
              }
              const auto made = build(second_of_two(c, thousandths(most), mode));
              kinds.insert(made->compiled().narrow[1].kind);
            }
          }
        }
      }
    }
  }
  CHECK(kinds.size() == 6);  // every model but the one that is not offered
  CHECK(wide == 0);
}

TEST_CASE("64 bits price what 128 bits price", "[property]") {
  check_law("narrow rates", [](std::uint32_t n, std::uint32_t d, std::uint32_t per,
                               std::uint64_t most, std::uint8_t choice, std::uint32_t used,
                               std::pair<std::uint16_t, std::uint16_t> conversion) {
    const std::uint64_t spread = (most * 0x9E3779B97F4A7C15U) >> (choice % 60U);
    const auto end = static_cast<std::int64_t>(
        spread % static_cast<std::uint64_t>(quantity<any_unit>::largest) + 1);
    const unit_price<usd> price{rational<>{n % 100'000U, d % 100'000U + 1},
                                thousandths(std::int64_t{per} + 1)};
    const auto edge = 1 + end / 3;
    const std::array<charge_model<usd>, 5> models{
        unit_charge<usd>{price}, package_charge<usd>{price},
        graduated_charge<usd>{
            {{.up_to = thousandths(edge), .each = price, .once = 0.01_usd}, {.each = price}}},
        volume_charge<usd>{{{.up_to = thousandths(edge), .each = price}, {.each = price}}},
        percentage_charge{rational<>{n % 100U, d % 100U + 100U}, "part"}};
    const charge<usd> c{.step = thousandths(conversion.first % 2'000),
                        .minimum = thousandths(conversion.second % 100),
                        .included = thousandths(conversion.second % 50),
                        .model = models[choice % models.size()]};
    const auto mode = every_rounding[used % every_rounding.size()];
    auto quantities = around({0, edge, end, end / 2, static_cast<std::int64_t>(used) % end}, end);
    RC_CLASSIFY(same_both_ways(c, end, mode, quantities));
  });
}

TEST_CASE("a card is priced alike by columns and line by line") {
  auto d = second_of_two({.model = percentage_charge{{1, 3}, "part"}}, 60_s, rounding::half_away);
  d.rates[0].charge = {.model = unit_charge{0.0333_usd / 1_s}};
  d.components.push_back({.name = "third"});
  d.rates.push_back({"third", {}, {.model = percentage_charge{{1, 7}, "second"}}});
  d.components.push_back({.name = "fourth"});
  d.rates.push_back({"fourth", {}, {.model = flat_charge{0.5_usd}}});
  d.components.push_back({.name = "fifth", .measure = "used"});
  d.rates.push_back({"fifth", {}, {.step = 1_s, .model = package_charge{0.1_usd / 5_s}}});
  const auto columns = built(d);
  REQUIRE(columns.compiled().regular);

  auto by_size = d;  // every item looks its rate up
  by_size.dimensions = {{"size", {"s", "l"}}};
  by_size.rates.push_back({"fifth", {{"size", "l"}}, {.model = flat_charge{9_usd}}});
  const auto looked_up = built(by_size);
  REQUIRE(looked_up.compiled().regular);

  d.measures.push_back({.name = "images"});
  d.components.push_back({.name = "image", .measure = "images", .optional = true});
  d.rates.push_back({"image", {}, {.model = unit_charge{1_usd / 1_images}}});
  const auto lines = built(d);
  REQUIRE(!lines.compiled().regular);

  std::vector<usage> items;
  for (const auto used : around({0, 1'500, 5'000, 60'000}, 60'000)) {
    items.push_back(uses(columns, 1, {{"used", thousandths(used)}}));
  }
  const auto expected = quoted(lines, items);
  CHECK(quoted(columns, items).lines == expected.lines);
  CHECK(quoted(columns, items).variants == expected.variants);
  CHECK(quoted(looked_up, items).lines == expected.lines);

  auto again = quoted(looked_up, items);  // memory of which nothing may remain
  items.erase(items.begin() + 1);
  REQUIRE(rate_into<usd>(columns, items, again));
  CHECK(again == quoted(columns, items));
  CHECK(again.lines == quoted(lines, items).lines);
}

TEST_CASE("what could leave 64 bits is not narrow") {
  const auto kind = [](const charge<usd>& c, quantity<any_unit> most) {
    return built(second_of_two(c, most, rounding::half_away)).compiled().narrow[1].kind;
  };
  CHECK(kind({.model = percentage_charge{{101, 100}, "part"}}, 1_s) == charge_kind::not_offered);
  CHECK(kind({.model = percentage_charge{{100, 100}, "part"}}, 1_s) == charge_kind::percentage);
  CHECK(kind({.model = not_offered{}}, 1_s) == charge_kind::not_offered);
  CHECK(detail::narrow_numerator({}, nullptr, 1, 1) == 0);
  // A thousandth costs 10 * each / d units, and there are almost 10^15 of them.
  const auto endless = thousandths(quantity<any_unit>::largest);
  const auto price = [](std::int64_t each, std::int64_t d, std::int64_t per = 1) {
    return unit_price<usd>{rational<>{each, d}, units_of(per)};
  };
  const std::int64_t d = 10'000'000'000'000'001;
  const auto last_narrow = price(230, d);  // 230 * 10^16 < 2^61 < 231 * 10^16
  CHECK(kind({.model = unit_charge<usd>{last_narrow}}, endless) == charge_kind::unit);
  CHECK(kind({.model = unit_charge<usd>{price(231, d)}}, endless) == charge_kind::not_offered);
  // Of the largest amount there is, the last share that fits.
  const auto share = [](std::int64_t n) {
    return charge<usd>{.model = percentage_charge{{n, 1}, "part"}, .at_most = 1_usd};
  };
  CHECK(kind(share(2'305'843), 1_s) == charge_kind::percentage);
  CHECK(kind(share(2'305'844), 1_s) == charge_kind::not_offered);
  const std::int64_t top = amount<usd>::max().units();
  for (const auto mode : every_rounding) {
    CHECK(same_both_ways(
        {.model = unit_charge<usd>{last_narrow}}, endless.thousandths(), mode,
        around({0, endless.thousandths() / 2, endless.thousandths()}, endless.thousandths())));
    CHECK(same_both_ways(share(2'305'843), top, mode, around({0, top / 2, top}, top)));
  }
  const auto long_one = price(1, 999'999'999'999'999'989, 3);
  CHECK(kind({.model = unit_charge<usd>{long_one}}, 1_s) == charge_kind::not_offered);
  CHECK(kind({.model = unit_charge<usd>{price(1, d)}, .at_least = 1_usd}, 1_s) ==
        charge_kind::not_offered);
  const auto late = thousandths(900'000'000'000'000);
  CHECK(kind({.model = graduated_charge<usd>{{{.up_to = late}, {.each = price(239, d)}}}},
             endless) == charge_kind::not_offered);
  CHECK(kind({.step = endless, .model = package_charge<usd>{{rational<>{1}, endless}}}, endless) ==
        charge_kind::package);
}

}  // namespace
