// SPDX-License-Identifier: BSL-1.0
// Worlds are the same again, promises hold on a good store, and broken stores are found out.
#include <tollgate/simulation/simulate.hpp>

#include <storage/mutants/broken_store.hpp>
#include <support/catch.hpp>
#include <tollgate/memory/store.hpp>

#include <memory>
#include <string>

namespace tollgate::test {
namespace {

const auto in_memory = [](clock_source clock) {
  return std::make_unique<memory::store>(memory::options{.clock = clock});
};
auto with(fault broken) {
  return [broken](clock_source clock) { return std::make_unique<broken_store>(clock, broken); };
}

TEST_CASE("a seed is the same world again, word for word") {
  auto make = in_memory;
  const auto once = simulation::play(make, {.seed = 42, .keeps_story = true});
  const auto again = simulation::play(make, {.seed = 42, .keeps_story = true});
  const auto silent = simulation::play(make, {.seed = 42});
  CHECK(once.story.size() > 100);
  CHECK(once.story == again.story);
  CHECK(silent.story.empty());
  CHECK(silent.books.calls == once.books.calls);
  const auto other = simulation::play(make, {.seed = 43, .keeps_story = true});
  CHECK(other.story != once.story);
}

TEST_CASE("every promise is kept on the store in memory, and worlds are not empty") {
  const auto r = simulation::simulate(in_memory, {.first = 1, .count = 40});
  INFO((r.found ? r.found->text() : std::string{}));
  CHECK(r.all_kept());
  CHECK(r.worlds == 40);
  CHECK(r.orders > 200);
  CHECK(r.jobs > r.orders);
}

TEST_CASE("the store of the example keeps every promise too, handed out by value") {
  const auto r = simulation::simulate([](clock_source clock) { return host::own_store{clock}; },
                                      {.first = 1, .count = 10});
  INFO((r.found ? r.found->text() : std::string{}));
  CHECK(r.all_kept());
}

TEST_CASE("no worlds, no proof") {
  CHECK_FALSE(simulation::simulate(in_memory, {.count = 0}).all_kept());
}

struct store_fault {
  fault broken;
  std::uint64_t within;  // so many seeds
  std::string_view rule;
};

TEST_CASE("broken stores are found out, and by the promise they break") {
  constexpr store_fault faults[]{
      {fault::never_frees_slots, 8, "liveness"},    {fault::renews_leases_of_others, 60, "queue 6"},
      {fault::ignores_seq, 20, "invariant 2"},      {fault::keeps_the_epoch, 8, "queue 1"},
      {fault::counts_a_batch_as_one, 8, "queue 8"}, {fault::ignores_priority, 8, "queue 8"},
      {fault::claims_paused_kinds, 12, "queue 15"}, {fault::counts_no_attempts, 8, "queue 7"},
      {fault::forgets_the_provider, 8, "queue 5"},  {fault::drops_late_results, 60, "queue 4"},
      {fault::hides_cancels, 40, "queue 11"},       {fault::loads_no_due_holds, 12, "settle first"},
      {fault::drops_an_entry, 8, "invariant 1"},
  };
  for (const store_fault& f : faults) {
    const auto r = simulation::simulate(with(f.broken), {.first = 1, .count = f.within});
    CAPTURE(static_cast<int>(f.broken), r.worlds);
    REQUIRE(r.found.has_value());
    CHECK(r.found->broken.rule == f.rule);
  }
}

TEST_CASE("a story is shortened to what breaks the promise, and plays again") {
  auto make = with(fault::renews_leases_of_others);
  const auto r = simulation::simulate(make, {.first = 1, .count = 60});
  REQUIRE(r.found.has_value());
  INFO(r.found->text());
  CHECK(r.found->story.size() < 25);
  CHECK(r.found->story.back().find("here queue 6 is broken") != std::string::npos);
  CHECK(r.found->text().find("beats for the leases of its former life") != std::string::npos);
  const auto again = simulation::play(make, r.found->world);
  CHECK(again.story == r.found->story);
  CHECK(again.broken == r.found->broken);
}

}  // namespace
}  // namespace tollgate::test
