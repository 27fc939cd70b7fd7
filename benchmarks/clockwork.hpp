// SPDX-License-Identifier: BSL-1.0
#pragma once
// Runs a piece of work on many threads for a while, as fast as it goes or at a given rate, and says
// how often it was done and how long each took.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <latch>
#include <thread>
#include <vector>

namespace bench {

using steady = std::chrono::steady_clock;

struct pace {
  std::size_t threads{1};
  std::chrono::milliseconds span{3'000};
  std::int64_t limit{0};  // of all threads together; 0: as often as fits into the span
  double rate{0};         // of all threads together, per second; 0: as fast as it goes
  std::size_t warm{0};    // pieces of each thread before the clock starts
};

/// What was measured. Latencies in microseconds, from the instant at which a piece was due.
struct measured {
  std::int64_t done{};
  double seconds{};
  std::vector<double> latencies{};

  [[nodiscard]] double percentile(double p) const {
    if (latencies.empty()) return 0;
    const auto at = static_cast<std::size_t>(p * static_cast<double>(latencies.size()));
    return latencies[std::min(at, latencies.size() - 1)];
  }
  void print() const {
    std::printf(
        "{\"done\": %lld, \"seconds\": %.6f, \"per_second\": %.3f, \"p50\": %.1f, "
        "\"p99\": %.1f, \"p999\": %.1f}\n",
        static_cast<long long>(done), seconds,
        seconds > 0 ? static_cast<double>(done) / seconds : 0.0, percentile(0.5), percentile(0.99),
        percentile(0.999));
  }
};

/// `make(thread)` gives each thread its work: a callable that does one piece and answers how many
/// it did; 0 ends the thread.
template <class Make>
[[nodiscard]] measured run(const pace& how, Make make) {
  std::vector<std::thread> crew;
  std::vector<std::vector<double>> latencies(how.threads);
  std::vector<std::int64_t> done(how.threads);
  std::latch warm{static_cast<std::ptrdiff_t>(how.threads) + 1};
  std::latch begun{1};
  std::atomic<std::int64_t> tickets{0};
  steady::time_point start;
  for (std::size_t t = 0; t < how.threads; ++t) {
    crew.emplace_back([&, t] {
      auto work = make(t);
      for (std::size_t n = 0; n < how.warm && work() != 0;) ++n;
      warm.count_down();
      begun.wait();
      for (;;) {
        const std::int64_t ticket = tickets.fetch_add(1);
        if (how.limit > 0 && ticket >= how.limit) return;
        auto due = steady::now();
        if (how.rate > 0) {
          due = start + std::chrono::duration_cast<steady::duration>(
                            std::chrono::duration<double>(static_cast<double>(ticket) / how.rate));
        }
        if (due - start >= how.span) return;
        if (how.rate > 0) std::this_thread::sleep_until(due);
        const auto n = work();
        if (n == 0) return;
        latencies[t].push_back(
            std::chrono::duration<double, std::micro>(steady::now() - due).count());
        done[t] += static_cast<std::int64_t>(n);
      }
    });
  }
  warm.arrive_and_wait();
  start = steady::now();
  begun.count_down();
  for (std::thread& one : crew) one.join();
  measured all{.seconds = std::chrono::duration<double>(steady::now() - start).count()};
  for (std::size_t t = 0; t < how.threads; ++t) {
    all.done += done[t];
    all.latencies.insert(all.latencies.end(), latencies[t].begin(), latencies[t].end());
  }
  std::sort(all.latencies.begin(), all.latencies.end());
  return all;
}

}  // namespace bench
