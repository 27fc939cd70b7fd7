// SPDX-License-Identifier: BSL-1.0
#include <tollgate/storage/turns.hpp>

#include <support/catch.hpp>

#include <tollgate/checkout/accounts.hpp>
#include <tollgate/memory/store.hpp>
#include <tollgate/storage/own_turn.hpp>
#include <tollgate/storage/transact.hpp>

#include <atomic>
#include <cstddef>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace tollgate;

constexpr account_id owner{{3, 5}};

/// A store whose first commit loses a race, and whose commands take turns afterwards.
struct contended {
  memory::store& inner;
  turns seats{};
  std::atomic<bool> raced{};

  turns& turns_of_accounts() { return seats; }
  result<snapshot> load(const load_request& r) { return inner.load(r); }
  result<std::vector<verdict>> commit(std::span<unit> units) {
    if (!raced.exchange(true)) return std::vector<verdict>(units.size(), verdict::moved);
    return inner.commit(units);
  }
};
static_assert(takes_turns<contended>);
static_assert(!takes_turns<memory::store>);

command deduct(const char* key) {
  return to_command(deduct_request{.account = owner, .amount = 1_cr, .key = key});
}

}  // namespace

TEST_CASE("turns of one account are taken one after the other, and none is lost") {
  turns all;
  constexpr std::size_t threads = 6;
  constexpr std::size_t each = 200;
  std::size_t inside = 0;  // guarded by the turn alone
  bool alone = true;
  {
    std::vector<std::jthread> takers;
    for (std::size_t t = 0; t < threads; ++t) {
      takers.emplace_back([&] {
        for (std::size_t i = 0; i < each; ++i) {
          turns::turn own;
          own.take(all, owner);
          own.take(all, owner);  // again: it is taken
          const std::size_t before = inside++;
          alone = alone && inside == before + 1;
        }
      });
    }
  }
  CHECK(alone);
  CHECK(inside == threads * each);
  CHECK_FALSE(all.wanted(owner));
}

TEST_CASE("a command that lost a race waits for its turn, and then goes on") {
  memory::store store;
  accounts direct{store};
  REQUIRE(direct.open_account(owner));
  contended busy{store};
  std::atomic<bool> answered{};
  bool right = false;
  std::jthread loser;
  {
    turns::turn held;
    held.take(busy.seats, owner);
    busy.raced = true;  // who comes while the turn is wanted does not even try
    loser = std::jthread{[&] {
      right = transact(busy, deduct("a"), ledger_rules{}).has_value();
      answered = true;
    }};
    std::this_thread::yield();
    CHECK_FALSE(answered);
    CHECK(busy.seats.wanted(owner));
  }
  loser.join();
  CHECK(right);
  busy.raced = false;
  CHECK(transact(busy, deduct("b"), ledger_rules{}).has_value());  // moved, then in its turn
  CHECK_FALSE(busy.seats.wanted(owner));
  CHECK(direct.balance(owner)->available == 98_cr);
}
