// SPDX-License-Identifier: BSL-1.0
#include <tollgate/core/id_source.hpp>

#include <tollgate/core/os_seed.hpp>

#include <support/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

using namespace tollgate;

namespace {

constexpr timestamp noon{1'767'268'800'000'000};  // 2026-01-01T12:00:00Z

std::uint64_t millis_of(const uuid& u) { return u.high >> 16U; }

}  // namespace

TEST_CASE("an id carries version 7, the variant of RFC 9562 and the millisecond") {
  id_source ids{{1, 2}};
  const auto u = ids.next(noon + milliseconds(7));
  CHECK((u.high >> 12U & 0xfU) == 7);
  CHECK(u.low >> 62U == 2);
  CHECK(millis_of(u) == static_cast<std::uint64_t>(noon.microseconds / 1'000) + 7);
}

TEST_CASE("ids of one millisecond grow in the order in which they were made") {
  id_source ids{{1, 2}};
  auto last = ids.next(noon);
  for (int i = 0; i < 10'000; ++i) {  // more than the counter of one millisecond holds
    const auto next = ids.next(noon);
    REQUIRE(last < next);
    last = next;
  }
}

TEST_CASE("ids keep growing when the clock steps back") {
  id_source ids{{1, 2}};
  const auto before = ids.next(noon);
  CHECK(before < ids.next(timestamp{noon.microseconds - seconds(10).microseconds}));
}

TEST_CASE("the same seed and times make the same ids") {
  id_source a{{1, 2}};
  id_source b{{1, 2}};
  for (int i = 0; i < 100; ++i) {
    const auto at = noon + milliseconds(i / 3);
    REQUIRE(a.next(at) == b.next(at));
  }
}

TEST_CASE("another seed makes other ids at the same instant") {
  id_source a{{1, 2}};
  id_source b{{1, 3}};
  id_source c{{2, 2}};
  const auto from_a = a.next(noon);
  CHECK(from_a != b.next(noon));
  CHECK(from_a != c.next(noon));
}

TEST_CASE("an id is made of the type that was asked for") {
  id_source a{{1, 2}};
  id_source b{{1, 2}};
  const account_id made = a.make<account_id>(noon);
  CHECK(made.value == b.next(noon));
}

TEST_CASE("many threads never receive the same id") {
  id_source ids{{3, 4}};
  std::vector<std::vector<uuid>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&ids, &mine] {
      for (int i = 0; i < 5'000; ++i) mine.push_back(ids.next(noon));
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<uuid> all;
  for (const auto& mine : made) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(all.size() == 20'000);
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("the system gives another seed every time") {
  const auto a = os_seed();
  const auto b = os_seed();
  CHECK((a.a != b.a || a.b != b.b));
  CHECK((a.a | a.b) != 0);
}
