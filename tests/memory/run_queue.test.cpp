// SPDX-License-Identifier: BSL-1.0
#include <tollgate/memory/run_queue.hpp>

#include <support/property.hpp>

#include <queue>
#include <utility>
#include <vector>

namespace {
using tollgate::memory::detail::run_queue;

struct numbered {
  int key{};
  int number{};
  friend bool operator<(const numbered& a, const numbered& b) { return a.key < b.key; }
};

TEST_CASE("what arrives in order leaves in order, equals in the order of arrival") {
  run_queue<numbered> queue;
  for (int i = 0; i < 1'000; ++i) queue.push({i / 10, i});
  for (int i = 0; i < 1'000; ++i) {
    REQUIRE(queue.front().number == i);
    queue.pop();
  }
  REQUIRE(queue.empty());
}

TEST_CASE("what arrives late but belongs first is served first") {
  run_queue<numbered> queue;
  queue.push({5, 0});
  queue.push({7, 1});
  queue.push({6, 2});
  queue.push({1, 3});
  std::vector<int> order;
  for (; !queue.empty(); queue.pop()) order.push_back(queue.front().number);
  REQUIRE(order == std::vector<int>{3, 0, 2, 1});
}

TEST_CASE("a cleared queue is empty and can be used again") {
  run_queue<numbered> queue;
  for (int i = 10; i > 0; --i) queue.push({i, i});
  queue.pop();
  queue.clear();
  REQUIRE(queue.empty());
  REQUIRE(queue.size() == 0);
  queue.push({1, 1});
  REQUIRE(queue.front().key == 1);
}

TEST_CASE("a run queue serves what a priority queue serves", "[property]") {
  tollgate::test::check_law("same as std::priority_queue", [](const std::vector<int>& steps) {
    run_queue<int> queue;
    std::priority_queue<int, std::vector<int>, std::greater<>> model;
    for (const int s : steps) {
      if (s % 3 == 0 && !model.empty()) {
        RC_ASSERT(queue.front() == model.top());
        queue.pop();
        model.pop();
      } else {
        queue.push(s);
        model.push(s);
      }
      RC_ASSERT(queue.size() == model.size());
      RC_ASSERT(queue.empty() == model.empty());
    }
    for (; !model.empty(); model.pop(), queue.pop()) RC_ASSERT(queue.front() == model.top());
  });
}

}  // namespace
