// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/low_water.hpp>

#include <postgres/desk.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::whole;
using postgres::low_water;
using std::chrono::milliseconds;
using std::chrono::seconds;

const low_water::place renders{0, "render"};

/// A front, seen after a while.
void see(low_water& marks, std::int64_t front, low_water::clock::time_point at) {
  const auto asked = marks.ask(renders, at);
  REQUIRE(asked);
  marks.learn(*asked, front, at, milliseconds{1});
}

TEST_CASE("a front counts once the look after it has come, and the older of both does") {
  low_water marks;
  const low_water::clock::time_point start{};
  see(marks, 70, start);
  CHECK(marks.of(renders) == 0);
  see(marks, 90, start + milliseconds{100});
  CHECK(marks.of(renders) == 70);
  see(marks, 95, start + milliseconds{200});
  CHECK(marks.of(renders) == 90);
  CHECK(marks.of({1, "render"}) == 0);
  CHECK(marks.of({0, "mix"}) == 0);
}

TEST_CASE("a line below the mark lowers it at once") {
  low_water marks;
  const low_water::clock::time_point start{};
  see(marks, 70, start);
  see(marks, 90, start + milliseconds{100});
  see(marks, 20, start + milliseconds{1'100});
  CHECK(marks.of(renders) == 20);
}

TEST_CASE("of those who ask meanwhile one has to look, and now and then at everybody") {
  low_water marks;
  const low_water::clock::time_point start{};
  const auto first = marks.ask(renders, start);
  REQUIRE(first);
  CHECK(first->from == 0);
  CHECK_FALSE(marks.ask(renders, start));
  CHECK_FALSE(marks.ask(renders, start + milliseconds{99}));
  marks.learn(*first, 70, start, milliseconds{1});
  const auto second = marks.ask(renders, start + milliseconds{100});
  REQUIRE(second);
  CHECK(second->from == 0);                                               // there is no mark yet
  marks.learn(*second, 80, start + milliseconds{100}, milliseconds{40});  // again after fifty times
  const auto from_the_mark = marks.ask(renders, start + milliseconds{1'999});
  REQUIRE(from_the_mark);
  CHECK(from_the_mark->from == 70);
  const auto all = marks.ask(renders, start + milliseconds{2'100});
  REQUIRE(all);
  CHECK(all->from == 0);
}

TEST_CASE("a look at everybody that failed is made again, and the dearest one at last") {
  low_water marks;
  const low_water::clock::time_point start{};
  see(marks, 70, start);
  see(marks, 80, start + milliseconds{100});
  const auto lost = marks.ask(renders, start + seconds{2});
  REQUIRE(lost);
  REQUIRE(lost->from == 0);
  const auto again = marks.ask(renders, start + seconds{7});
  REQUIRE(again);
  CHECK(again->from == 0);
  marks.learn(*again, 80, start + seconds{7}, seconds{1});
  const auto soon = marks.ask(renders, start + seconds{11});
  REQUIRE(soon);
  CHECK(soon->from == 80);
  const auto late = marks.ask(renders, start + seconds{12});
  REQUIRE(late);
  CHECK(late->from == 0);
}

TEST_CASE("a look that could not see below its own mark changes nothing that was found there") {
  low_water marks;
  const low_water::clock::time_point start{};
  see(marks, 70, start);
  see(marks, 90, start + milliseconds{100});
  see(marks, 95, start + milliseconds{200});
  const auto late = marks.ask(renders, start + milliseconds{300});
  REQUIRE(late);
  REQUIRE(late->from == 90);
  see(marks, 20, start + milliseconds{1'200});
  CHECK(marks.of(renders) == 20);
  for (const int more : {0, 1}) {  // the first would count with the second
    marks.learn(*late, 95 + more, start + milliseconds{1'300 + more}, seconds{1});
    CHECK(marks.of(renders) == 20);
  }
}

TEST_CASE("the wait for the next look begins with the answer, and is longer where nothing moved") {
  low_water marks;
  const low_water::clock::time_point start{};
  const auto slow = marks.ask(renders, start);
  REQUIRE(slow);
  marks.learn(*slow, 70, start + milliseconds{99}, milliseconds{99});
  CHECK_FALSE(marks.ask(renders, start + milliseconds{198}));
  see(marks, 70, start + milliseconds{199});
  CHECK_FALSE(marks.ask(renders, start + milliseconds{1'198}));
  CHECK(marks.ask(renders, start + milliseconds{1'199}));
}

TEST_CASE("what is forgotten is looked for everywhere") {
  low_water marks;
  const low_water::clock::time_point start{};
  const low_water::place mixes{3, "mix"};
  for (const auto& where : {renders, mixes}) {
    for (const auto at : {start, start + milliseconds{100}}) {
      const auto asked = marks.ask(where, at);
      REQUIRE(asked);
      marks.learn(*asked, 70, at, milliseconds{1});
    }
  }
  marks.forget(mixes);
  CHECK(marks.of(renders) == 70);
  CHECK(marks.of(mixes) == 0);
  marks.forget(renders);
  CHECK(marks.of(renders) == 0);
}

TEST_CASE("a hint keeps the mark and makes the next look, soon, one at everybody") {
  low_water marks;
  const low_water::clock::time_point start{};
  see(marks, 70, start);
  see(marks, 70, start + milliseconds{100});  // nothing moved: the next look is a second away
  marks.look_soon("mix", start + milliseconds{150});
  CHECK_FALSE(marks.ask(renders, start + milliseconds{250}));
  for (const std::string kind : {"render", ""}) {
    low_water told = {};
    see(told, 70, start);
    see(told, 70, start + milliseconds{100});
    told.look_soon(kind, start + milliseconds{150});
    CHECK(told.of(renders) == 70);
    CHECK_FALSE(told.ask(renders, start + milliseconds{249}));
    const auto next = told.ask(renders, start + milliseconds{250});
    REQUIRE(next);
    CHECK(next->from == 0);
  }
}

TEST_CASE("a statement names a queue by its bucket and kind") {
  low_water marks;
  const low_water::clock::time_point start{};
  for (const auto& [bucket, front] : {std::pair{0, 5}, {258, 7}, {3, 9}}) {
    const low_water::place where{static_cast<std::int16_t>(bucket), "mix"};
    for (const auto at : {start, start + milliseconds{100}}) {
      const auto asked = marks.ask(where, at);
      REQUIRE(asked);
      marks.learn(*asked, front, at, milliseconds{1});
    }
  }
  const auto some = marks.in(std::array<std::int16_t, 2>{0, 258});
  CHECK(some.queues == std::vector<std::string>{std::string{"\0\0mix", 5}, "\1\2mix"});
  CHECK(some.marks == std::vector<std::int64_t>{5, 7});
}

/// A queue of so many jobs, in orders of ten.
void fill(const desk& d, std::uint64_t jobs) {
  for (std::uint64_t n = 0; n < jobs; n += 10) {
    std::vector<order_item> items;
    for (std::uint64_t k = 1; k <= 10; ++k) items.push_back(desk::item(n + k, whole(1)));
    REQUIRE(d.confirm("fill " + std::to_string(n), std::move(items)));
  }
}
/// Lets a mark of where the turns stand now count.
void settle_down(const desk& d) {
  std::this_thread::sleep_for(low_water::look_at_all);  // nobody looks sooner where nothing moved
  for (int n = 0; n < 3; ++n) {
    REQUIRE(d.claim().size() == 1);
    std::this_thread::sleep_for(low_water::settle_down);
  }
}
/// The entries of the index of turns that statements have read so far, dead ones too.
[[nodiscard]] std::int64_t entries_read(const office& o, const desk& d) {
  std::this_thread::sleep_for(milliseconds{1'100});  // a session tells of itself once a second
  REQUIRE(o.store->queue(d.id, "render"));
  return o.schema.number(
      "SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelid = "
      "'{schema}.line_turn'::regclass");
}

TEST_CASE("beside an old snapshot claims and orders do not read every turn that has passed") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(1'000)));
  fill(d, 400);
  auto old = postgres::connection::open(tests::postgres_settings());
  REQUIRE(old);
  REQUIRE(old->script("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1"));
  constexpr int turns = 300;
  for (int n = 0; n < turns; ++n) REQUIRE(d.claim().size() == 1);
  settle_down(d);
  const std::int64_t before = entries_read(o, d);
  constexpr int calls = 15;
  for (int n = 0; n < calls; ++n) {
    REQUIRE(d.claim().size() == 1);
    REQUIRE(d.confirm("now " + std::to_string(n),
                      {desk::item(1'000 + static_cast<std::uint64_t>(n), whole(1))}));
  }
  const std::int64_t read = entries_read(o, d) - before;
  INFO(read << " entries for " << calls << " claims and as many orders after " << turns
            << " turns");
  CHECK(read >= 2 * calls);
  CHECK(read < 6 * turns);  // a look or two at all of them; one for each would be 30 times
  CHECK(old->script("COMMIT"));
  o.expect_no_faults();
}

TEST_CASE("a line that opens because its cap was raised is not below the marks") {
  office o;
  const desk first{o.trial};
  const desk capped{o.trial, 2};
  REQUIRE(first.open(whole(1'000)));
  REQUIRE(capped.open(whole(10)));
  REQUIRE(o.store->set_limits({.account = capped.id, .max_in_flight = 1}));
  REQUIRE(capped.confirm("click", {desk::item(1, whole(1)), desk::item(2, whole(1))}));
  REQUIRE(capped.claim().size() == 1);
  fill(first, 20);
  for (int n = 0; n < 17; ++n) REQUIRE(first.claim().size() == 1);
  settle_down(first);
  REQUIRE(first.claim().empty());
  REQUIRE(o.store->set_limits({.account = capped.id, .max_in_flight = 2}));
  CHECK(first.claim().size() == 1);
  o.expect_no_faults();
}

TEST_CASE("an order whose plan was made beside an empty table does not read the others' jobs") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(1'000)));
  const auto read = [&] {
    std::this_thread::sleep_for(milliseconds{1'100});  // a session tells of itself once a second
    REQUIRE(o.store->queue(d.id, "render"));
    return o.schema.number(
        "SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relid = "
        "'{schema}.live'::regclass) + (SELECT idx_tup_read FROM pg_stat_user_indexes WHERE "
        "indexrelid = '{schema}.live_due'::regclass)");
  };
  fill(d, 100);  // ten orders: plans are kept from the sixth on
  for (std::uint64_t n = 2; n < 12; ++n) {
    const desk other{o.trial, n};
    REQUIRE(other.open(whole(1'000)));
    fill(other, 100);
  }
  const std::int64_t before = read();
  constexpr std::int64_t orders = 10;
  for (std::int64_t n = 0; n < orders; ++n) {
    REQUIRE(d.confirm("now " + std::to_string(n),
                      {desk::item(1'000 + static_cast<std::uint64_t>(n), whole(1))}));
  }
  const std::int64_t rows = read() - before;
  INFO(rows << " rows of live for " << orders << " orders beside 1,100 jobs");
  CHECK(rows < 10 * orders);
  o.expect_no_faults();
}

TEST_CASE("a line below the mark is found again, and served first") {
  office o;
  const desk crowd{o.trial};
  const desk lost{o.trial, 2};
  REQUIRE(crowd.open(whole(1'000)));
  REQUIRE(lost.open(whole(10)));
  fill(crowd, 400);
  settle_down(crowd);
  REQUIRE(lost.confirm("click", {desk::item(1, whole(1))}));
  o.schema.run("UPDATE {schema}.line SET served = 0 WHERE account = '" + to_string(lost.id) + "'");
  const auto until = low_water::clock::now() + low_water::look_at_all_again + seconds{1};
  bool found = false;
  while (!found && low_water::clock::now() < until) {
    const auto got = crowd.claim();
    REQUIRE(got.size() == 1);
    found = got.front().body->account == lost.id;
    std::this_thread::sleep_for(milliseconds{50});
  }
  CHECK(found);
  o.expect_no_faults();
}

}  // namespace
}  // namespace tollgate::test
