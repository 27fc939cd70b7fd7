// SPDX-License-Identifier: BSL-1.0
#include <tollgate/storage/grouping.hpp>

#include <worker/faulty_store.hpp>
#include <worker/shop.hpp>

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>

namespace {

using namespace tollgate;
using test::cr;
using test::trouble;
using faulty_shop = test::basic_shop<test::faulty_store>;

command grant(account_id account, std::string key) {
  return to_command(grant_request{.account = account, .amount = cr(1), .key = std::move(key)});
}

/// A store whose commits take as long as a disk does.
struct slow_store {
  result<snapshot> load(const load_request& r) { return good.load(r); }
  result<std::vector<verdict>> commit(std::span<unit> u) {
    ++commits;
    most = std::max(most.load(), u.size());
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    return good.commit(u);
  }
  memory::store& good;
  std::atomic<std::size_t> commits{};
  std::atomic<std::size_t> most{};
};
static_assert(ledger_store<slow_store>);

TEST_CASE("commands of many threads are each answered once, and form groups") {
  test::shop shop;
  slow_store slow{.good = shop.store};
  grouping<slow_store, command> group{slow};
  constexpr std::size_t threads = 8;
  constexpr std::size_t each = 50;
  std::vector<std::vector<receipt>> receipts(threads);
  {
    std::vector<std::jthread> callers;
    for (std::size_t t = 0; t < threads; ++t) {
      callers.emplace_back([&, t] {
        for (std::size_t i = 0; i < each; ++i) {
          auto answer = group.submit(grant(shop.user, std::to_string(t) + "/" + std::to_string(i)));
          if (answer) receipts[t].push_back(*answer);
        }
      });
    }
  }
  std::set<std::uint64_t> seqs;
  for (std::size_t t = 0; t < threads; ++t) {
    REQUIRE(receipts[t].size() == each);
    for (std::size_t i = 0; i < each; ++i) {
      CHECK(receipts[t][i].key == std::to_string(t) + "/" + std::to_string(i));
      seqs.insert(receipts[t][i].seq);
    }
  }
  CHECK(seqs.size() == threads * each);
  CHECK(shop.row().available == cr(10'000 + threads * each));
  CHECK(slow.most > 1);
  CHECK(slow.commits < threads * each / 2);
  shop.check();
}

/// Breaks the promise never to throw, once, in the middle of a commit of several commands.
struct throwing_store {
  result<snapshot> load(const load_request& r) { return good.load(r); }
  result<std::vector<verdict>> commit(std::span<unit> u) {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});  // the others come together
    if (u.size() > 1 && !thrown.exchange(true)) throw std::runtime_error{"no store throws"};
    return good.commit(u);
  }
  memory::store& good;
  std::atomic<bool> thrown{};
};

TEST_CASE("a store that throws leaves nobody waiting, and the lane goes on") {
  test::shop shop;
  throwing_store broken{.good = shop.store};
  grouping<throwing_store, command> group{broken};
  std::atomic<int> caught{0};
  std::atomic<int> unknown{0};
  {
    std::vector<std::jthread> callers;
    for (std::size_t t = 0; t < 8; ++t) {
      callers.emplace_back([&, t] {
        for (std::size_t i = 0; i < 20; ++i) {
          try {
            const auto key = std::to_string(t) + "/" + std::to_string(i);
            auto answer = group.submit(grant(shop.user, key));
            if (!answer && answer.error().code == error::outcome_unknown) {
              ++unknown;
              answer = group.submit(grant(shop.user, key));
            }
            if (!answer) std::abort();
          } catch (const std::runtime_error&) {
            ++caught;
          }
        }
      });
    }
  }
  CHECK(broken.thrown);
  CHECK(caught == 1);
  CHECK(unknown >= 1);
  CHECK(shop.row().available == cr(10'000 + 8 * 20 - 1));
  CHECK(group.submit(grant(shop.user, "afterwards")).has_value());
  shop.check();
}

TEST_CASE("a lane takes whole accounts, and several lanes commit at once") {
  test::shop shop;
  std::vector<account_id> accounts;
  for (std::uint64_t n = 0; n < 16; ++n) {
    accounts.push_back({{0xb, n}});
    shop.must(open_account_request{.account = accounts.back()});
  }
  slow_store slow{.good = shop.store};
  grouping<slow_store, command> group{slow, {.lanes = 4}};
  {
    std::vector<std::jthread> callers;
    for (std::size_t t = 0; t < 8; ++t) {
      callers.emplace_back([&, t] {
        for (std::size_t i = 0; i < 40; ++i) {
          const auto answer = group.submit(
              grant(accounts[(t + i) % 16], std::to_string(t) + "/" + std::to_string(i)));
          if (!answer) std::abort();
        }
      });
    }
  }
  credits sum{};
  for (const account_id a : accounts) {
    sum += shop.row(a).available;
    shop.check(a);
  }
  CHECK(sum == cr(8 * 40));
}

TEST_CASE("a repeated key in one group is one operation, and each asker has its receipt") {
  test::shop shop;
  slow_store slow{.good = shop.store};
  grouping<slow_store, command> group{slow};
  std::vector<result<receipt>> answers(8, refuse(error::busy));
  {
    std::vector<std::jthread> callers;
    for (std::size_t t = 0; t < 8; ++t) {
      callers.emplace_back([&, t] { answers[t] = group.submit(grant(shop.user, "same")); });
    }
  }
  int first = 0;
  for (const auto& a : answers) {
    REQUIRE(a.has_value());
    CHECK(a->seq == answers.front()->seq);
    first += a->replayed ? 0 : 1;
  }
  CHECK(first == 1);
  CHECK(shop.row().available == cr(10'001));
}

TEST_CASE("a refusal of one command is nobody else's") {
  test::shop shop;
  slow_store slow{.good = shop.store};
  grouping<slow_store, command> group{slow};
  std::atomic<int> refused{};
  std::atomic<int> done{};
  {
    std::vector<std::jthread> callers;
    for (std::size_t t = 0; t < 8; ++t) {
      callers.emplace_back([&, t] {
        for (std::size_t i = 0; i < 20; ++i) {
          const std::string key = std::to_string(t) + "/" + std::to_string(i);
          const auto answer =
              t % 2 == 0 ? group.submit(grant(shop.user, key))
                         : group.submit(to_command(hold_request{
                               .account = shop.user, .amount = cr(1'000'000), .key = key}));
          ++(answer ? done : refused);
        }
      });
    }
  }
  CHECK(done == 80);
  CHECK(refused == 80);
  CHECK(shop.row().available == cr(10'080));
}

TEST_CASE("an answer that was lost is looked up by the key, not executed again") {
  faulty_shop shop;
  grouping<test::faulty_store, command> group{shop.store};
  shop.store.plan(trouble::answer_lost, 2);  // the commit
  const auto answer = group.submit(grant(shop.user, "g"));
  REQUIRE(answer.has_value());
  CHECK(answer->replayed);
  CHECK(shop.row().available == cr(10'001));
}

TEST_CASE("a store that is away answers so, at once, and the lane goes on") {
  faulty_shop shop;
  grouping<test::faulty_store, command> group{shop.store};
  shop.store.plan(trouble::unavailable, 1);
  CHECK(group.submit(grant(shop.user, "g")).error().code == error::storage_unavailable);
  CHECK(group.submit(grant(shop.user, "g")).has_value());
}

/// Loses the first races of every command.
struct racy_store {
  result<snapshot> load(const load_request& r) { return good.load(r); }
  result<std::vector<verdict>> commit(std::span<unit> u) {
    ++commits;
    if (lose-- > 0) return std::vector<verdict>(u.size(), verdict::moved);
    return good.commit(u);
  }
  memory::store& good;
  int lose{};
  int commits{};
};

TEST_CASE("what lost a race is decided again with the next group, and `busy` in the end") {
  test::shop shop;
  racy_store racy{.good = shop.store, .lose = 5};
  grouping<racy_store, command> group{racy, {.tries = 10}};
  CHECK(group.submit(grant(shop.user, "g")).has_value());
  CHECK(racy.commits == 6);
  racy.lose = 100;
  racy.commits = 0;
  CHECK(group.submit(grant(shop.user, "h")).error().code == error::busy);
  CHECK(racy.commits == 10);
}

TEST_CASE("a lost answer stays unknown in a group when the store is gone afterwards") {
  faulty_shop shop;
  grouping<test::faulty_store, command> group{shop.store};
  shop.store.plan(trouble::lost_then_unavailable, 2, 100);  // the commit, and all that follows
  const auto answer = group.submit(grant(shop.user, "k"));
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == error::outcome_unknown);
  CHECK(shop.store.calls < 10);               // a store that is gone is not asked again and again
  CHECK(shop.row().available == cr(10'001));  // for it was written
}

}  // namespace
