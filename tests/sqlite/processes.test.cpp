// SPDX-License-Identifier: BSL-1.0
// Several programs on one file, and programs that die in the middle of it.
#include <sqlite/program.hpp>
#include <sqlite/shop.hpp>
#include <support/catch.hpp>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::test {
namespace {

/// What a program tells its parent, one after the other.
struct note {
  enum class what : std::uint32_t { confirmed, refused, ended, failed, done } kind{};
  std::uint32_t number{};
};

/// Confirms orders of two jobs for an account of its own and one that all share, and works on
/// whatever there is; tells what was acknowledged only once it was.
void sell_and_work(const std::string& file, std::uint32_t me, std::uint32_t orders,
                   const program& parent) {
  auto opened = sqlite::store::open({.path = file, .busy_timeout = seconds(60)});
  if (!opened) return parent.tell(note{note::what::failed, 0});
  const shop here{.store = **opened, .worker = {{9, me}}};
  for (std::uint32_t n = 0; n < orders; ++n) {
    const account_id who = n % 3 == 0 ? user(100) : user(me);
    const auto order = here.confirm(who, std::to_string(me) + "/" + std::to_string(n));
    if (order) {
      parent.tell(note{note::what::confirmed, n});
    } else {
      const bool short_of = order.error().code == error::insufficient_credits;
      parent.tell(note{short_of ? note::what::refused : note::what::failed, n});
    }
    const auto jobs = here.claim(1 + n % 4);
    if (!jobs) parent.tell(note{note::what::failed, n});
    for (std::size_t j = 0; jobs && j < jobs->size(); ++j) {
      if (here.settle((*jobs)[j], settle_kind::succeeded)) parent.tell(note{note::what::ended, n});
    }
  }
  parent.tell(note{note::what::done, 0});
}

TEST_CASE("two programs sell and work on one file, and every job ends once") {
  folder files;
  {
    const auto store = open_store({.path = files.file()});
    const shop here{*store};
    REQUIRE(here.open(user(100), 60_cr).has_value());  // less than they ask for together
    for (const std::uint64_t n : {1U, 2U}) REQUIRE(here.open(user(n), 1'000_cr).has_value());
  }
  constexpr std::uint32_t orders = 60;
  std::vector<program> both;
  for (const std::uint32_t me : {1U, 2U}) {
    both.emplace_back(
        [&, me](const program& parent) { sell_and_work(files.file(), me, orders, parent); });
  }
  std::size_t told[5]{};
  for (program& p : both) {
    for (const note& n : p.all<note>()) ++told[static_cast<std::size_t>(n.kind)];
    CHECK(p.end() == 0);
  }
  const auto count = [&](note::what kind) { return told[static_cast<std::size_t>(kind)]; };
  CHECK(count(note::what::failed) == 0);
  CHECK(count(note::what::done) == 2);
  CHECK(count(note::what::confirmed) + count(note::what::refused) == 2 * orders);
  CHECK(count(note::what::refused) == 2 * orders / 3 - 30);  // 40 orders of 2 credits, 60 credits

  const auto store = open_store({.path = files.file()});
  const shop here{*store};
  const std::size_t rest = here.work();
  CHECK(count(note::what::ended) + rest == 2 * count(note::what::confirmed));
  CHECK(here.discrepancies().empty());
  credits left{};
  for (const std::uint64_t n : {1U, 2U, 100U}) left += store->audit(user(n))->row.available;
  CHECK(left == 2'060_cr - credits::from_units(static_cast<std::int64_t>(
                               2 * count(note::what::confirmed) * 10'000)));
}

TEST_CASE("a program that is killed at any moment loses nothing that was acknowledged") {
  folder files;
  std::mt19937 dice{7};
  std::size_t acknowledged = 0;
  std::size_t killed_at_work = 0;
  for (std::uint32_t round = 1; round <= 24; ++round) {
    {
      const auto store = open_store({.path = files.file()});
      REQUIRE(shop{*store}.open(user(round), 100'000_cr).has_value());
      static_cast<void>(shop{*store}.open(user(100), 100'000_cr));
    }
    program victim{
        [&](const program& parent) { sell_and_work(files.file(), round, 1'000'000, parent); }};
    std::vector<note> heard;
    while (heard.size() < 3 + dice() % 40) heard.push_back(victim.next<note>().value());
    std::this_thread::sleep_for(std::chrono::microseconds(dice() % 8'000));
    victim.kill();
    for (const note& n : victim.all<note>()) heard.push_back(n);
    CHECK(victim.end() != 0);

    const auto store = open_store({.path = files.file()});
    CHECK(shop{*store}.discrepancies().empty());
    for (const note& n : heard) {
      REQUIRE(n.kind != note::what::failed);
      if (n.kind != note::what::confirmed) continue;
      ++acknowledged;
      const account_id who = n.number % 3 == 0 ? user(100) : user(round);
      const std::string key = std::to_string(round) + "/" + std::to_string(n.number);
      const auto found = store->load({.wants = {{.account = who, .keys = {key}}}});
      REQUIRE(found.has_value());
      REQUIRE(found->accounts.front().ledger.prior.size() == 1);
      CHECK_FALSE(found->accounts.front().ledger.prior.front().refused());
    }
    if (heard.size() > 3) ++killed_at_work;
  }
  CHECK(killed_at_work >= 20);
  CHECK(acknowledged > 20);

  // What the dead held is lost, decided, and done by somebody else; nothing is charged twice.
  manual_clock later{timestamp{system_clock_source().now().microseconds} + minutes(5)};
  const auto store = open_store({.path = files.file(), .clock = later.source()});
  const shop here{*store};
  for (auto due = store->due({}); due && !due->empty(); due = store->due({})) {
    for (const due_job& d : *due) REQUIRE(transact(*store, d, here.rules).has_value());
  }
  later.advance(hours(1));
  static_cast<void>(here.work(100));
  const auto nothing_left = store->due({});
  REQUIRE(nothing_left.has_value());
  CHECK(nothing_left->empty());
  CHECK(here.discrepancies().empty());
  for (std::uint64_t n = 1; n <= 24; ++n) {
    const auto all = store->audit(user(n));
    REQUIRE(all.has_value());
    CHECK(all->row.held == credits{});
    credits captured{};
    for (const job_record& j : all->jobs) {
      CHECK(j.status.is_final());
      captured += j.status.actual;
    }
    CHECK(all->row.available + captured == 100'000_cr);
  }
}

}  // namespace
}  // namespace tollgate::test
