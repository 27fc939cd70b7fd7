// SPDX-License-Identifier: BSL-1.0
#include <tollgate/checkout/hold_costs.hpp>

#include <tollgate/pricing/build.hpp>
#include <tollgate/pricing/rate.hpp>

#include <support/property.hpp>

#include <numeric>
#include <vector>

using namespace tollgate;

namespace {

/// A fixed price for each item, and a volume price for all their pages together.
rate_card<usd> pages_card(bool counted = true) {
  using row = rate_description<usd>;
  card_description<usd> d{
      .name = "print",
      .variants = {"plain"},
      .measures = {{.name = "pages", .unit = "page", .maximum = quantity<any_unit>::whole(1'000)}},
      .components = {{.name = "setup"},
                     {.name = "paper", .measure = "pages", .scope = charge_scope::whole_request}}};
  const unit_price<usd> package = 1_usd / quantity<any_unit>::whole(7);
  d.rates.push_back(row{.component = "setup", .charge = {.model = flat_charge{0.5_usd}}});
  d.rates.push_back(row{.component = "paper", .charge = {.model = package_charge{package}}});
  if (!counted) {
    d.components[1].measure = "";
    d.rates[1].charge.model = flat_charge{1_usd};
  }
  auto made = build(std::move(d));
  REQUIRE(made);
  return std::move(*made);
}
std::vector<credits> costs_of(const rate_card<usd>& c, const std::vector<std::int64_t>& pages) {
  std::vector<usage> items;
  for (const auto n : pages) {
    items.push_back(*make_usage(c, {}, {{"pages", quantity<any_unit>::whole(n)}}));
  }
  const auto priced = rate(c, std::span<const usage>{items});
  REQUIRE(priced);
  const auto costs = hold_costs(c, *priced, {});
  REQUIRE(costs);
  credits sum{};
  for (const auto& cost : *costs) sum += cost;
  CHECK(sum == to_credits(priced->total({})));
  return *costs;
}

}  // namespace

TEST_CASE("each item holds its own lines and its share of what is charged over all") {
  // Ten pages are two packages: 2.0000, split 7 : 2 : 1, beside 0.5000 for each.
  CHECK(costs_of(pages_card(), {7, 2, 1}) == std::vector<credits>{1.9_cr, 0.9_cr, 0.7_cr});
}

TEST_CASE("shares that do not divide sum to the whole") {
  CHECK(costs_of(pages_card(), {1, 1, 1}) == std::vector<credits>{0.8334_cr, 0.8333_cr, 0.8333_cr});
}

TEST_CASE("a charge over all items that counts nothing is split evenly") {
  CHECK(costs_of(pages_card(false), {9, 1}) == std::vector<credits>{1_cr, 1_cr});
  CHECK(costs_of(pages_card(), {0, 0}) == std::vector<credits>{0.5_cr, 0.5_cr});
}
