// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/clock.hpp>

#include <tollgate/core/system_clock.hpp>

#include <support/catch.hpp>

#include <thread>
#include <vector>

using namespace tollgate;

TEST_CASE("a manual clock stands still until it is told otherwise") {
  manual_clock clock{timestamp{5}};
  const auto source = clock.source();
  CHECK(source.now() == timestamp{5});
  CHECK(source.now() == timestamp{5});
  clock.set(timestamp{9});
  CHECK(source.now() == timestamp{9});
}

TEST_CASE("a manual clock starts at an instant that is not mistaken for none") {
  CHECK(manual_clock{}.now() > timestamp{});
}

TEST_CASE("advancing returns the time that was reached and goes backwards too") {
  manual_clock clock{timestamp{100}};
  CHECK(clock.advance({50}) == timestamp{150});
  CHECK(clock.advance({-60}) == timestamp{90});
  CHECK(clock.now() == timestamp{90});
}

TEST_CASE("advancing past the end stops at never") {
  manual_clock clock{timestamp{never.microseconds - 1}};
  CHECK(clock.advance(days(1)) == never);
}

TEST_CASE("no step of many threads is lost on a manual clock") {
  manual_clock clock{timestamp{0}};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&clock] {
      for (int i = 0; i < 1'000; ++i) clock.advance({1});
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(clock.now() == timestamp{4'000});
}

TEST_CASE("the system clock tells a time of this century in microseconds") {
  const auto clock = system_clock_source();
  const auto first = clock.now();
  CHECK(first > timestamp{} + days(365 * 50));
  CHECK(first < timestamp{} + days(365 * 130));
  CHECK(clock.now() - first < seconds(60));
}
