// SPDX-License-Identifier: BSL-1.0
#include <tollgate/memory/line_heap.hpp>

#include <support/property.hpp>

#include <tollgate/memory/account_shelf.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace {
using tollgate::memory::detail::account_line;
using tollgate::memory::detail::line_heap;
using tollgate::memory::detail::nowhere;

TEST_CASE("a line that is not in the heap can be taken out of it") {
  line_heap heap;
  account_line line;
  heap.remove(line);
  REQUIRE(heap.empty());
}

TEST_CASE("the least served stands first whoever joins, leaves or is served", "[property]") {
  tollgate::test::check_law("first is least", [](const std::vector<std::uint16_t>& steps) {
    line_heap heap;
    std::vector<account_line> lines(8);
    std::map<account_line*, std::uint64_t> model;
    for (const auto step : steps) {
      account_line& line = lines[step % 8];
      if (step % 3 == 0) {
        heap.remove(line);
        model.erase(&line);
      } else {
        line.served = step / 8;
        heap.put(line);
        model[&line] = line.served;
      }
      RC_ASSERT(heap.empty() == model.empty());
      for (account_line& l : lines) RC_ASSERT((l.heap_at == nowhere) == !model.contains(&l));
      if (model.empty()) continue;
      std::uint64_t least = ~std::uint64_t{0};
      for (const auto& [l, served] : model) least = served < least ? served : least;
      RC_ASSERT(heap.least() == least);
      RC_ASSERT(heap.first().served == least);
    }
  });
}

}  // namespace
