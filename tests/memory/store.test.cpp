// SPDX-License-Identifier: BSL-1.0
#include <tollgate/memory/store.hpp>

#include <memory/desk.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace tollgate::test {
namespace {

static_assert(storage<memory::store>);
static_assert(std::is_default_constructible_v<memory::store>);
static_assert(!std::is_copy_constructible_v<memory::store>);

// Runs `work(n)` on so many threads. Nothing in it may use Catch, whose claims are not thread-safe.
template <class Work>
void on_threads(std::size_t count, Work work) {
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < count; ++n) threads.emplace_back([&work, n] { work(n); });
  for (auto& t : threads) t.join();
}

/// True when the account's row is what its lots and its entries say.
bool adds_up(const account_records& books) {
  credits available{}, held{}, folded{}, sum{};
  for (const lot& l : books.lots) available += l.available, held += l.held;
  for (const entry& e : books.entries) {
    sum += e.amount;
    if (e.code == entry_code::available) folded += e.amount;
  }
  std::uint64_t seq = 0;
  for (const operation& o : books.operations) {
    if (o.seq != ++seq) return false;
  }
  return available == books.row.available && folded == books.row.available &&
         held == books.row.held && sum == credits{} && seq == books.row.seq;
}

TEST_CASE("a store needs nothing to start with") {
  memory::store store;
  const auto s = store.load({});
  REQUIRE(s);
  REQUIRE(s->now > timestamp{});
}

TEST_CASE("of twenty holds of 75 on 500 credits at once exactly six succeed") {
  desk d;
  const auto a = d.open(1, whole(500));
  std::atomic<int> done{0};
  std::atomic<int> refused{0};
  on_threads(20, [&](std::size_t n) {
    const auto answer =
        d.ask(hold_request{.account = a, .amount = whole(75), .key = std::to_string(n)});
    if (answer) ++done;
    if (!answer && answer.error().code == error::insufficient_credits) ++refused;
  });
  REQUIRE(done == 6);
  REQUIRE(refused == 14);
  REQUIRE(adds_up(value(d.store.audit(a))));
}

TEST_CASE("one key from many threads at once has one effect") {
  desk d;
  const auto a = d.open(1);
  std::atomic<int> fresh{0};
  std::atomic<int> replayed{0};
  on_threads(8, [&](std::size_t) {
    const auto answer = d.ask(deduct_request{.account = a, .amount = whole(1), .key = "click"});
    if (answer) ++(answer->replayed ? replayed : fresh);
  });
  REQUIRE(fresh == 1);
  REQUIRE(replayed == 7);
  REQUIRE(value(d.store.audit(a)).row.available == whole(999));
}

TEST_CASE("one item confirmed from many threads at once is queued once") {
  desk d;
  const auto a = d.open(1);
  const auto shot = d.item();
  std::atomic<int> queued{0};
  std::atomic<int> refused{0};
  on_threads(8, [&](std::size_t n) {
    const auto answer = d.try_order(a, std::to_string(n), {shot});
    if (answer) ++queued;
    if (!answer && answer.error().code == error::already_queued) ++refused;
  });
  REQUIRE(queued == 1);
  REQUIRE(refused == 7);
}

TEST_CASE("concurrent claimers get every job once and never more than the cap") {
  desk d;
  constexpr std::uint32_t cap = 3;
  const auto a = d.open(1);
  REQUIRE(d.store.set_limits({.account = a, .max_in_flight = cap}));
  d.order(a, "k", d.item_list(300));
  std::atomic<int> running{0};
  std::atomic<bool> exceeded{false};
  std::atomic<int> settled{0};
  on_threads(6, [&](std::size_t) {
    while (settled < 300) {
      auto taken = d.store.claim({.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = 2});
      if (!taken || taken->empty()) {
        std::this_thread::yield();
        continue;
      }
      const int now = running += static_cast<int>(taken->size());
      if (now > static_cast<int>(cap)) exceeded = true;
      for (const auto& c : *taken) {
        --running;  // before the settle frees the slot
        if (d.settle(c)) ++settled;
      }
    }
  });
  REQUIRE(settled == 300);
  REQUIRE_FALSE(exceeded);
  REQUIRE(d.in_flight(a) == 0);
  const auto books = value(d.store.audit(a));
  REQUIRE(books.row.held == credits{});
  REQUIRE(adds_up(books));
}

TEST_CASE("confirming, claiming, settling, polling and cancelling at once keep the books right") {
  desk d;
  constexpr std::size_t account_count = 5;
  constexpr int rounds = 25;
  std::vector<account_id> accounts;
  for (std::uint64_t n = 1; n <= account_count; ++n) accounts.push_back(d.open(n));
  std::vector<std::vector<std::vector<order_item>>> orders(2);
  for (auto& mine : orders) {
    for (int r = 0; r < rounds; ++r) mine.push_back(d.item_list(3));
  }
  std::atomic<bool> confirmed{false};
  std::mutex mutex;
  std::vector<std::pair<account_id, job_id>> cancellable;
  std::atomic<std::size_t> faults{0};
  on_threads(6, [&](std::size_t n) {
    if (n < 2) {
      for (int r = 0; r < rounds; ++r) {
        const auto a = accounts[static_cast<std::size_t>(r) % account_count];
        const auto key = std::to_string(n) + "/" + std::to_string(r);
        const auto placed = d.try_order(a, key, orders[n][static_cast<std::size_t>(r)]);
        if (!placed) {
          ++faults;
          continue;
        }
        const std::lock_guard guard(mutex);
        cancellable.emplace_back(a, placed->jobs.front());
      }
      if (n == 0) confirmed = true;
    } else if (n == 2) {
      for (std::size_t i = 0; !confirmed || i < 5; ++i) {
        std::pair<account_id, job_id> victim{};
        {
          const std::lock_guard guard(mutex);
          if (!cancellable.empty()) victim = cancellable.back();
        }
        if (!victim.second.is_nil() && !d.cancel(victim.first, victim.second)) ++faults;
        d.clock.advance(seconds(1));
        if (!d.store.jobs(accounts[i % account_count], {.live_only = true}, {})) ++faults;
        if (!d.store.due({})) ++faults;
      }
    } else {
      int idle = 0;
      while (!confirmed || idle < 50) {
        auto taken = d.store.claim(
            {.worker = nth<worker_id>(n), .kinds = {"render"}, .limit = 4, .lease = hours(10)});
        if (!taken || taken->empty()) {
          ++idle;
          std::this_thread::yield();
          continue;
        }
        idle = 0;
        for (const auto& c : *taken) {
          if (!c.resumed && c.body->ordinal == 1) {
            if (!d.hand_over(c, settle_kind::wait, seconds(0))) ++faults;
          } else if (!d.settle(c)) {
            ++faults;
          }
        }
      }
    }
  });
  while (true) {  // what was parked at the very end
    const auto rest = d.claim(100);
    if (rest.empty()) break;
    for (const auto& c : rest) value(d.settle(c));
  }
  REQUIRE(faults == 0);
  std::size_t jobs = 0;
  for (const account_id a : accounts) {
    const auto books = value(d.store.audit(a));
    REQUIRE(adds_up(books));
    REQUIRE(books.row.held == credits{});
    REQUIRE(books.row.open_holds == 0);
    jobs += books.jobs.size();
    for (const auto& j : books.jobs) REQUIRE(j.status.is_final());
    REQUIRE(d.in_flight(a) == 0);
  }
  REQUIRE(jobs == 2 * rounds * 3);
}

TEST_CASE("accounts opened from many threads are all there") {
  desk d;
  on_threads(4, [&](std::size_t n) {
    for (std::uint64_t i = 0; i < 100; ++i) {
      (void)d.ask(open_account_request{.account = nth<account_id>(1'000 * n + i)});
    }
  });
  REQUIRE(value(d.store.accounts({})).items.size() == 400);
}

TEST_CASE("time handed out to many threads never goes back for any of them") {
  desk d;
  std::atomic<bool> went_back{false};
  on_threads(4, [&](std::size_t n) {
    timestamp last{};
    for (int i = 0; i < 500; ++i) {
      if (n == 0) d.clock.advance(seconds(i % 2 == 0 ? 5 : -4));
      const auto now = d.store.load({})->now;
      if (now < last) went_back = true;
      last = now;
    }
  });
  REQUIRE_FALSE(went_back);
}

}  // namespace
}  // namespace tollgate::test
