// SPDX-License-Identifier: BSL-1.0
// Price lines of a scene of 12 shots in two variants, beside the same records filled by bare
// 64-bit arithmetic that checks nothing and knows its two prices.

#include <tollgate/pricing/build.hpp>
#include <tollgate/pricing/lock.hpp>
#include <tollgate/pricing/rate.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

using namespace tollgate;

rate_card<usd> veo() {
  auto card = build(card_description<usd>{
      .name = "veo",
      .variants = {"fast", "standard"},
      .measures = {{.name = "duration", .unit = "s", .maximum = 60_s}},
      .components = {{.name = "video", .measure = "duration"}},
      .rates = {{"video", {{"variant", "fast"}}, {.model = unit_charge{0.15_usd / 1_s}}},
                {"video", {{"variant", "standard"}}, {.model = unit_charge{0.40_usd / 1_s}}}},
  });
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

struct bare_line {
  std::uint32_t item;
  std::uint16_t component;
  std::uint16_t rate;
  std::int64_t raw;
  std::int64_t billed;
  std::int64_t price;
  std::int64_t residue;
};
struct bare_quote {
  std::vector<usage> items;
  std::vector<bare_line> lines;
  std::array<std::int64_t, 2> totals;
};

void bare_rate(const std::array<std::int64_t, 2>& prices, std::span<const usage> items,
               bare_quote& made) {
  made.items.assign(items.begin(), items.end());
  made.lines.clear();
  made.lines.reserve(items.size() * prices.size());
  for (std::size_t v = 0; v < prices.size(); ++v) {
    std::int64_t total = 0;
    for (std::uint32_t i = 0; i < items.size(); ++i) {
      const auto used = items[i].quantities[0].thousandths();
      const auto exact = used * prices[v];
      const auto price = (exact + 500) / 1'000;
      made.lines.push_back(
          {i, 0, static_cast<std::uint16_t>(v), used, used, price, exact - price * 1'000});
      total += price;
    }
    made.totals[v] = total;
  }
}

void count_lines(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 24);
}

void price_lines_bare(benchmark::State& state) {
  const auto card = veo();
  auto shots = scene(card);
  std::array<std::int64_t, 2> prices{1'500, 4'000};
  benchmark::DoNotOptimize(prices);
  std::int64_t round = 0;
  for (auto _ : state) {
    vary(shots, round);
    bare_quote made;
    bare_rate(prices, shots, made);
    benchmark::DoNotOptimize(made.lines.data());
  }
  count_lines(state);
}
BENCHMARK(price_lines_bare);

void price_lines(benchmark::State& state) {
  const auto card = veo();
  auto shots = scene(card);
  std::int64_t round = 0;
  for (auto _ : state) {
    vary(shots, round);
    const auto made = rate<usd>(card, shots);
    benchmark::DoNotOptimize(made->lines.data());
  }
  count_lines(state);
}
BENCHMARK(price_lines);

void price_lines_bare_in_place(benchmark::State& state) {
  const auto card = veo();
  auto shots = scene(card);
  std::array<std::int64_t, 2> prices{1'500, 4'000};
  benchmark::DoNotOptimize(prices);
  std::int64_t round = 0;
  bare_quote made;
  for (auto _ : state) {
    vary(shots, round);
    bare_rate(prices, shots, made);
    benchmark::DoNotOptimize(made.lines.data());
  }
  count_lines(state);
}
BENCHMARK(price_lines_bare_in_place);

void price_lines_in_place(benchmark::State& state) {
  const auto card = veo();
  auto shots = scene(card);
  std::int64_t round = 0;
  quote<usd> made;
  for (auto _ : state) {
    vary(shots, round);
    if (!rate_into<usd>(card, shots, made)) std::abort();
    benchmark::DoNotOptimize(made.lines.data());
  }
  count_lines(state);
}
BENCHMARK(price_lines_in_place);

/// The price lock of one variant: SHA-256 over 12 items and 12 lines.
void price_lock_of_a_scene(benchmark::State& state) {
  const auto card = veo();
  const auto made = rate<usd>(card, scene(card));
  for (auto _ : state) benchmark::DoNotOptimize(digest_of(card, *made, {0}));
}
BENCHMARK(price_lock_of_a_scene);

}  // namespace
