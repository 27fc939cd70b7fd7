// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <tollgate/checkout/accounts.hpp>
#include <tollgate/gate/verify.hpp>
#include <tollgate/memory/store.hpp>
#include <tollgate/storage/transact.hpp>

#include <span>
#include <utility>
#include <vector>

using namespace tollgate;

namespace {

constexpr account_id user{{3, 3}};

/// A store in which somebody else does something just before a commit, and answers can be lost.
struct disturbed {
  memory::store& inner;
  bool (*before_commit)(memory::store&){};
  int lose_commits{};
  int fail_loads_after{-1};

  result<snapshot> load(const load_request& r) {
    if (fail_loads_after == 0) return refuse(error::storage_unavailable, "load");
    if (fail_loads_after > 0) --fail_loads_after;
    return inner.load(r);
  }
  result<std::vector<verdict>> commit(std::span<unit> units) {
    if (before_commit != nullptr && std::exchange(before_commit, nullptr)(inner)) disturbances++;
    auto written = inner.commit(units);
    if (lose_commits-- > 0) return refuse(error::outcome_unknown, "commit");
    return written;
  }
  int disturbances{};
};

command deduct(const char* key, std::int64_t whole) {
  return to_command(
      deduct_request{.account = user, .amount = credits::from_units(whole * 10'000), .key = key});
}

}  // namespace

TEST_CASE("a write between load and commit of a batch on one account loses no credits") {
  memory::store store;
  accounts direct{store};
  REQUIRE(direct.open_account(user));
  disturbed between{store, [](memory::store& s) {
                      return transact(s, deduct("other", 50), ledger_rules{}).has_value();
                    }};
  const std::vector<command> batch{deduct("a", 1), deduct("b", 2)};
  const auto answers = transact(between, std::span<const command>{batch}, ledger_rules{});
  CHECK(between.disturbances == 1);
  CHECK(answers[0].has_value());
  CHECK(answers[1].has_value());
  CHECK(to_string(direct.balance(user)->available) == "47.0000");
  const auto books = store.audit(user);
  REQUIRE(books.has_value());
  CHECK(verify(books->row, books->lots, books->holds, books->operations, books->entries).empty());
}

TEST_CASE("a lost answer is asked for again and told as it was") {
  memory::store store;
  accounts direct{store};
  REQUIRE(direct.open_account(user));
  disturbed loses{store, nullptr, 1};
  const auto answer = transact(loses, deduct("a", 1), ledger_rules{});
  REQUIRE(answer.has_value());
  CHECK(answer->replayed);
  CHECK(to_string(direct.balance(user)->available) == "99.0000");
}

TEST_CASE("what may have been written stays unknown when the store is gone afterwards") {
  memory::store store;
  accounts direct{store};
  REQUIRE(direct.open_account(user));
  disturbed loses{store, nullptr, 1, 1};
  const auto answer = transact(loses, deduct("a", 1), ledger_rules{});
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == error::outcome_unknown);
  disturbed gone{store, nullptr, 0, 0};
  CHECK(transact(gone, deduct("b", 1), ledger_rules{}).error().code == error::storage_unavailable);
}

TEST_CASE("a repeat in the batch of a lost answer is as unknown as what it repeats") {
  memory::store store;
  accounts direct{store};
  REQUIRE(direct.open_account(user));
  disturbed loses{store, nullptr, 1, 1};
  const std::vector<command> twice{deduct("a", 1), deduct("a", 1)};
  for (const auto& answer : transact(loses, std::span<const command>{twice}, ledger_rules{})) {
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == error::outcome_unknown);
  }
  CHECK(to_string(direct.balance(user)->available) == "99.0000");  // it was written
}
