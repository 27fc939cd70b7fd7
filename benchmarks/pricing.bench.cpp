// SPDX-License-Identifier: BSL-1.0
// Price lines of a scene of 12 shots in two variants, each charge model, beside the same records
// filled by hand in 64-bit integers, in double and in cpp_dec_float_50.
#include <pricing_baseline.hpp>

#include <tollgate/pricing/build.hpp>
#include <tollgate/pricing/lock.hpp>
#include <tollgate/pricing/rate.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace tollgate;
using bench::bare_prices;
using bench::bare_quote;
using bench::decimal;
using bench::model;

/// What bare_prices says, as a host writes it on a card.
charge_model<usd> charge_of(model m, std::int64_t units) {
  const auto price = [](std::int64_t u) { return amount<usd>::from_units(u); };
  const std::vector<tier<usd>> tiers{
      {.up_to = 5_s, .each = price(units) / 1_s},
      {.up_to = 6.5_s, .each = price(units - 200) / 1_s, .once = exact{price(units)}},
      {.each = price(units - 300) / 1_s}};
  switch (m) {
    case model::flat: return flat_charge{price(units)};
    case model::package: return package_charge{price(units) / 5_s};
    case model::graduated: return graduated_charge<usd>{tiers};
    case model::volume: return volume_charge<usd>{tiers};
    case model::unit:
    case model::percentage: break;
  }
  return unit_charge{price(units) / 1_s};
}

constexpr std::array<std::int64_t, 2> units_of_variants{1'500, 4'000};

rate_card<usd> card_of(model m) {
  card_description<usd> d{
      .name = "veo",
      .variants = {"fast", "standard"},
      .measures = {{.name = "duration", .unit = "s", .maximum = 60_s}},
      .components = {{.name = "video", .measure = "duration"}},
      .rates = {{"video", {{"variant", "fast"}}, {.model = charge_of(m, units_of_variants[0])}},
                {"video",
                 {{"variant", "standard"}},
                 {.model = charge_of(m, units_of_variants[1])}}},
  };
  if (m == model::percentage) {
    d.components.push_back({.name = "fee"});
    d.rates.push_back({"fee", {}, {.model = percentage_charge{{1, 10}, "video"}}});
  }
  auto card = build(std::move(d));
  if (!card) std::abort();
  return std::move(*card);
}

std::vector<usage> scene(const rate_card<usd>& card) {
  std::vector<usage> shots;
  for (std::uint64_t i = 0; i < 12; ++i) {
    const auto length = quantity<any_unit>::from_thousandths(4'000 + static_cast<int>(i) * 333);
    auto shot = make_usage(card, item_id{{1, i}}, {{"duration", length}});
    if (!shot) std::abort();
    shots.push_back(*shot);
  }
  return shots;
}

/// Another duration each time, so that nothing can be computed in advance.
void vary(std::vector<usage>& shots, std::int64_t& round) {
  shots[static_cast<std::size_t>(round % 12)].quantities[0] =
      quantity<any_unit>::from_thousandths(4'000 + round % 4'000);
  ++round;
}

/// The library, and a hand that computes in `Number`, behind the same two words.
struct ours {
  using quote = tollgate::quote<usd>;
  ours(model, const rate_card<usd>& card) : card_{card} {}
  template <model>
  quote fresh(const std::vector<usage>& shots) {
    auto made = rate<usd>(card_, shots);
    if (!made) std::abort();
    return std::move(*made);
  }
  template <model>
  void in_place(const std::vector<usage>& shots, quote& made) {
    if (!rate_into<usd>(card_, shots, made)) std::abort();
  }
  static double total(const quote& made, std::size_t v) {
    return static_cast<double>(made.variants[v].total.units());
  }
  const rate_card<usd>& card_;
};

template <class Number>
struct bare {
  using quote = bare_quote<Number>;
  bare(model, const rate_card<usd>&) {}
  template <model Model>
  quote fresh(const std::vector<usage>& shots) {
    quote made;
    in_place<Model>(shots, made);
    return made;
  }
  template <model Model>
  void in_place(const std::vector<usage>& shots, quote& made) {
    bench::bare_rate<Model>(prices_, shots, made);
  }
  static double total(const quote& made, std::size_t v) {
    return static_cast<double>(made.totals[v]);
  }
  std::array<bare_prices<Number>, 2> prices_{bare_prices<Number>::of(units_of_variants[0]),
                                             bare_prices<Number>::of(units_of_variants[1])};
};
using by_int64 = bare<std::int64_t>;
using by_double = bare<double>;
using by_decimal = bare<decimal>;

/// Ends the run where the other side prices another thing. A double may miss a half: a unit a line.
template <model Model, class Side>
void same_prices(Side& side, const rate_card<usd>& card, const std::vector<usage>& shots) {
  const double slack = std::is_same_v<Side, by_double> ? 24 : 0;
  ours reference{Model, card};
  const auto right = reference.template fresh<Model>(shots);
  const auto made = side.template fresh<Model>(shots);
  if (made.lines.size() != right.lines.size()) std::abort();
  for (std::size_t v = 0; v < 2; ++v) {
    if (std::abs(Side::total(made, v) - ours::total(right, v)) > slack) std::abort();
  }
}

template <model Model, class Side>
struct comparison {
  rate_card<usd> card = card_of(Model);
  std::vector<usage> shots = scene(card);
  Side side{Model, card};
  std::int64_t round = 0;

  comparison() { same_prices<Model>(side, card, shots); }
  void count(benchmark::State& state) const {
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                            (Model == model::percentage ? 48 : 24));
  }
};

template <model Model, class Side>
void price_lines(benchmark::State& state) {
  comparison<Model, Side> c;
  benchmark::DoNotOptimize(c.side);
  for (auto _ : state) {
    vary(c.shots, c.round);
    const auto made = c.side.template fresh<Model>(c.shots);
    benchmark::DoNotOptimize(made.lines.data());
  }
  c.count(state);
}
template <model Model, class Side>
void price_lines_in_place(benchmark::State& state) {
  comparison<Model, Side> c;
  benchmark::DoNotOptimize(c.side);
  typename Side::quote made;
  for (auto _ : state) {
    vary(c.shots, c.round);
    c.side.template in_place<Model>(c.shots, made);
    benchmark::DoNotOptimize(made.lines.data());
  }
  c.count(state);
}

using enum model;
BENCHMARK_TEMPLATE(price_lines, flat, ours);
BENCHMARK_TEMPLATE(price_lines, flat, by_int64);
BENCHMARK_TEMPLATE(price_lines, flat, by_double);
BENCHMARK_TEMPLATE(price_lines, flat, by_decimal);
BENCHMARK_TEMPLATE(price_lines, unit, ours);
BENCHMARK_TEMPLATE(price_lines, unit, by_int64);
BENCHMARK_TEMPLATE(price_lines, unit, by_double);
BENCHMARK_TEMPLATE(price_lines, unit, by_decimal);
BENCHMARK_TEMPLATE(price_lines_in_place, unit, ours);
BENCHMARK_TEMPLATE(price_lines_in_place, unit, by_int64);
BENCHMARK_TEMPLATE(price_lines, package, ours);
BENCHMARK_TEMPLATE(price_lines, package, by_int64);
BENCHMARK_TEMPLATE(price_lines, package, by_double);
BENCHMARK_TEMPLATE(price_lines, package, by_decimal);
BENCHMARK_TEMPLATE(price_lines, graduated, ours);
BENCHMARK_TEMPLATE(price_lines, graduated, by_int64);
BENCHMARK_TEMPLATE(price_lines, graduated, by_double);
BENCHMARK_TEMPLATE(price_lines, graduated, by_decimal);
BENCHMARK_TEMPLATE(price_lines, volume, ours);
BENCHMARK_TEMPLATE(price_lines, volume, by_int64);
BENCHMARK_TEMPLATE(price_lines, volume, by_double);
BENCHMARK_TEMPLATE(price_lines, volume, by_decimal);
BENCHMARK_TEMPLATE(price_lines, percentage, ours);
BENCHMARK_TEMPLATE(price_lines, percentage, by_int64);
BENCHMARK_TEMPLATE(price_lines, percentage, by_double);
BENCHMARK_TEMPLATE(price_lines, percentage, by_decimal);

/// The price lock of one variant: SHA-256 over 12 items and 12 lines.
void price_lock_of_a_scene(benchmark::State& state) {
  const auto card = card_of(unit);
  const auto made = rate<usd>(card, scene(card));
  for (auto _ : state) benchmark::DoNotOptimize(digest_of(card, *made, {0}));
}
BENCHMARK(price_lock_of_a_scene);

}  // namespace
