// SPDX-License-Identifier: BSL-1.0
#include <support/catch.hpp>

#include <tollgate/checkout/accounts.hpp>
#include <tollgate/core/clock.hpp>
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

namespace {

constexpr account_id neighbour{{3, 4}};

/// A store in which a record of one account cannot be read.
struct damaged {
  memory::store& inner;
  account_id account{};

  result<snapshot> load(const load_request& r) {
    for (const account_want& w : r.wants) {
      if (w.account == account) return refuse(error::corrupt_record, "lot/1", "is damaged");
    }
    return inner.load(r);
  }
  result<std::vector<verdict>> commit(std::span<unit> units) { return inner.commit(units); }
};

/// A store whose first commit stays under way when its caller has given it up.
struct late {
  memory::store& inner;
  std::vector<unit> under_way{};
  bool gave_up{};

  result<snapshot> load(const load_request& r) { return inner.load(r); }
  result<std::vector<verdict>> commit(std::span<unit> units) {
    if (std::exchange(gave_up, true)) return inner.commit(units);
    under_way.assign(units.begin(), units.end());
    clock.advance(seconds(60));
    return refuse(error::outcome_unknown, "commit", "no answer in time");
  }
  verdict arrive() { return inner.commit(under_way)->front(); }
  manual_clock& clock;
};

command grant_for_a_minute(manual_clock& clock, const char* key) {
  return to_command(grant_request{.account = user,
                                  .amount = credits::from_units(500'000),
                                  .expires_at = clock.now() + seconds(30),
                                  .key = key});
}

}  // namespace

TEST_CASE("a damaged record of one account keeps nobody else from an answer") {
  memory::store store;
  accounts direct{store};
  REQUIRE(direct.open_account(user));
  REQUIRE(direct.open_account(neighbour));
  damaged hurt{store, neighbour};
  command other = deduct("a", 3);
  other.account = neighbour;
  const std::vector<command> batch{deduct("a", 1), other, deduct("b", 2), other};
  const auto answers = transact(hurt, std::span<const command>{batch}, ledger_rules{});
  CHECK(answers[0].has_value());
  CHECK(answers[2].has_value());
  for (const std::size_t i : {1U, 3U}) {
    REQUIRE_FALSE(answers[i].has_value());
    CHECK(answers[i].error().code == error::corrupt_record);
  }
  CHECK(to_string(direct.balance(user)->available) == "97.0000");
  CHECK(to_string(direct.balance(neighbour)->available) == "100.0000");
}

TEST_CASE("no refusal is certain while an earlier commit of the command may yet be written") {
  for (const bool together : {false, true}) {
    manual_clock clock;
    memory::store store{memory::options{.clock = clock.source()}};
    accounts direct{store};
    REQUIRE(direct.open_account(user));
    late slow{.inner = store, .clock = clock};
    std::vector<command> batch{grant_for_a_minute(clock, "top-up")};
    if (together) batch.push_back(grant_for_a_minute(clock, "another"));
    // Decided anew, it would be refused, for it has run out; but the first commit is under way.
    const auto ask = [&] {
      return transact(slow, std::span<const command>{batch}, ledger_rules{});
    };
    const auto first = ask();
    for (const auto& answer : first) {
      REQUIRE_FALSE(answer.has_value());
      CHECK(answer.error().code == error::outcome_unknown);
    }
    CHECK(slow.arrive() == verdict::written);
    const auto again = ask();
    REQUIRE(again.front().has_value());
    CHECK(again.front()->replayed);
  }
}

TEST_CASE("a refusal is certain once the account went on without the lost commit") {
  manual_clock clock;
  memory::store store{memory::options{.clock = clock.source()}};
  accounts direct{store};
  REQUIRE(direct.open_account(user));
  late slow{.inner = store, .clock = clock};
  commit_doubt doubt;
  const command top_up = grant_for_a_minute(clock, "top-up");
  CHECK(detail::run_one(slow, top_up, ledger_rules{}, 1, doubt).error().code ==
        error::outcome_unknown);
  REQUIRE(transact(store, deduct("a", 1), ledger_rules{}).has_value());
  const auto refused = detail::run_one(slow, top_up, ledger_rules{}, 1, doubt);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == error::invalid_argument);
  CHECK(slow.arrive() == verdict::moved);
}
