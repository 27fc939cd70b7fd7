// SPDX-License-Identifier: BSL-1.0
// A store may be slow, but a claim must not become slower with what it does not claim.
#include <tollgate/memory/store.hpp>
#include <tollgate/storage/contract/desk.hpp>

#include <support/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tollgate::contract {
namespace {

struct amount_of_work {
  std::uint64_t ready{};  // may start now
  std::uint64_t later{};  // scheduled
  std::uint64_t ended{};
};

/// Orders so many jobs, a thousand at a time.
void order_many(const desk& d, const std::string& key, std::uint64_t n, timestamp ready_at) {
  static std::uint64_t item = 0;
  for (std::uint64_t made = 0; made < n;) {
    std::vector<order_item> items;
    for (; made < n && items.size() < 1'000; ++made) {
      items.push_back(desk::item(++item, {}));
      items.back().ready_at = ready_at;
    }
    d.must_confirm(key + std::to_string(made), std::move(items));
  }
}

/// Microseconds of the fastest of many claims of one job, so that other programs do not matter.
double fastest_claim(const amount_of_work& work) {
  manual_clock clock;
  memory::store store{memory::options{.clock = clock.source()}};
  erased any{store};
  const options how{};
  trial t{any, clock, how};
  desk d{t};
  d.rules.max_open_holds = 1'000'000;
  REQUIRE(d.open(whole(1)));
  order_many(d, "ended", work.ended, {});
  for (auto jobs = d.claim(1'000); !jobs.empty(); jobs = d.claim(1'000)) {
    for (const claimed_job& job : jobs) REQUIRE(d.settle(job, settle_kind::succeeded).has_value());
  }
  order_many(d, "later", work.later, clock.now() + days(1));
  order_many(d, "ready", work.ready, {});
  double best = std::numeric_limits<double>::max();
  for (int n = 0; n < 60; ++n) {
    const auto begun = std::chrono::steady_clock::now();
    const auto jobs = d.claim();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begun;
    REQUIRE(jobs.size() == 1);
    best = std::min(best, took.count());
  }
  CAPTURE(t.faults());
  REQUIRE(t.faults().empty());
  return best;
}

TEST_CASE("a claim does not pay for the backlog, the schedule or the past") {
  const double small = fastest_claim({.ready = 100});
  const double large = fastest_claim({.ready = 20'000, .later = 20'000, .ended = 3'000});
  CAPTURE(small, large);
  CHECK(large < 10 * small + 20);
}

}  // namespace
}  // namespace tollgate::contract
