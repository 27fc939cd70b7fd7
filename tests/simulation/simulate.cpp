// SPDX-License-Identifier: BSL-1.0
// Plays simulated worlds on the store in memory: so many, for so long, or one with its story.
#include <tollgate/simulation/simulate.hpp>

#include <tollgate/core/os_seed.hpp>
#include <tollgate/memory/store.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace tollgate;

constexpr const char* how_to_call =
    "simulate [--from SEED] [--seeds N | --seconds T] [--steps N]   new worlds until one fails\n"
    "         [--plain]                                             and its story is not "
    "shortened\n"
    "simulate --list FILE                                           the seeds of a file\n"
    "simulate --seed SEED [--trace | --shrink]                      one world, its story\n";

struct wishes {
  std::optional<std::uint64_t> from{};
  std::optional<std::uint64_t> seed{};
  std::uint64_t seeds{0};
  std::uint64_t seconds{10};
  std::size_t steps{300};
  std::string list{};
  bool trace{};
  bool shrink{};
  bool plain{};
};

std::optional<wishes> read(int count, char** words) {
  wishes w;
  for (int n = 1; n < count; ++n) {
    const std::string_view word = words[n];
    if (word == "--trace") {
      w.trace = true;
      continue;
    }
    if (word == "--plain") {
      w.plain = true;
      continue;
    }
    if (word == "--shrink") {
      w.shrink = true;
      continue;
    }
    if (++n == count) return std::nullopt;
    const std::uint64_t number = std::strtoull(words[n], nullptr, 10);
    if (word == "--from") {
      w.from = number;
    } else if (word == "--seed") {
      w.seed = number;
    } else if (word == "--seeds") {
      w.seeds = number;
    } else if (word == "--seconds") {
      w.seconds = number;
    } else if (word == "--steps") {
      w.steps = static_cast<std::size_t>(number);
    } else if (word == "--list") {
      w.list = words[n];
    } else {
      return std::nullopt;
    }
  }
  return w;
}

auto make_store = [](clock_source clock) {
  return std::make_unique<memory::store>(memory::options{.clock = clock});
};

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

int tell(const simulation::finding& f) {
  std::printf("%sagain: simulate --seed %llu --shrink\n", f.text().c_str(),
              static_cast<unsigned long long>(f.world.seed));
  return 1;
}

int one(const wishes& w) {
  const simulation::script s{.seed = *w.seed, .steps = w.steps, .keeps_story = true};
  if (w.shrink) {
    const auto found = simulation::find_in(make_store, s);
    if (found) return tell(*found);
    std::puts("all promises are kept");
    return 0;
  }
  const auto end = simulation::play(make_store, s);
  if (w.trace) {
    for (const std::string& line : end.story) std::puts(line.c_str());
  }
  std::printf("%s\n", end.broken ? (end.broken->rule + ": " + end.broken->text).c_str()
                                 : "all promises are kept");
  return end.broken ? 1 : 0;
}

void add(simulation::report& sum, const simulation::report& r) {
  sum.worlds += r.worlds;
  sum.orders += r.orders;
  sum.jobs += r.jobs;
  sum.checks += r.checks;
  sum.calls += r.calls;
}

int listed(const wishes& w) {
  std::ifstream file{w.list};
  simulation::report sum;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto r = simulation::simulate(
        make_store,
        {.first = std::strtoull(line.c_str(), nullptr, 10), .count = 1, .steps = w.steps});
    if (r.found) return tell(*r.found);
    add(sum, r);
  }
  std::printf("%llu old seeds, all promises are kept\n",
              static_cast<unsigned long long>(sum.worlds));
  return sum.worlds == 0 ? 1 : 0;
}

int many(const wishes& w) {
  const std::uint64_t from = w.from ? *w.from : os_seed().a >> 16U;
  std::printf("from seed %llu\n", static_cast<unsigned long long>(from));
  std::fflush(stdout);
  const auto began = std::chrono::steady_clock::now();
  simulation::report sum;
  while (w.seeds != 0 ? sum.worlds < w.seeds
                      : seconds_since(began) < static_cast<double>(w.seconds)) {
    const auto r = simulation::simulate(make_store,
                                        {.first = from + sum.worlds, .count = 1, .steps = w.steps});
    add(sum, r);
    if (!r.found) continue;
    std::printf("after %llu worlds: ", static_cast<unsigned long long>(sum.worlds));
    return tell(*r.found);
  }
  const double took = seconds_since(began);
  std::printf(
      "%llu worlds, %llu orders and %llu jobs ended, %llu calls, %llu audits in %.1f s: "
      "%.0f orders a second; all promises are kept\n",
      static_cast<unsigned long long>(sum.worlds), static_cast<unsigned long long>(sum.orders),
      static_cast<unsigned long long>(sum.jobs), static_cast<unsigned long long>(sum.calls),
      static_cast<unsigned long long>(sum.checks), took, static_cast<double>(sum.orders) / took);
  return sum.worlds == 0 ? 1 : 0;
}

}  // namespace

int main(int count, char** words) {
  const auto w = read(count, words);
  if (!w) {
    std::fputs(how_to_call, stderr);
    return 2;
  }
  if (w->seed) return one(*w);
  return w->list.empty() ? many(*w) : listed(*w);
}
