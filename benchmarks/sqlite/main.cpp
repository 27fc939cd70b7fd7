// SPDX-License-Identifier: BSL-1.0
// Confirm and claim + settle in SQLite, ours and by hand: one measurement for each call, one line
// of JSON as the answer. The file is made anew; the orders that a settle needs are confirmed by the
// same side before the clock starts.
//   benchmark_sqlite confirm|settle --hand 0|1 --full 0|1 --file PATH --limit N
#include <sqlite/by_hand.hpp>

#include <tollgate/sqlite/store.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace bench;

constexpr std::uint64_t accounts = 100;
constexpr std::size_t batch = 100;

std::unique_ptr<sqlite::store> open_file(const std::string& path, bool full) {
  return must(
      sqlite::store::open(
          {.path = path, .safety = full ? sqlite::durability::full : sqlite::durability::normal}),
      "open");
}

/// The library's own bytes of an order, a settle and the words of a machine.
void learn(by_hand& hand) {
  hand.write_like(hand.text_of("SELECT request FROM tollgate_operations WHERE kind = 'confirm'"),
                  hand.text_of("SELECT request FROM tollgate_operations WHERE kind = 'settle'"),
                  hand.text_of("SELECT words FROM tollgate_job_bodies"));
}

struct ours {
  sqlite::store& store;
  ledger_rules rules = many_holds();
  worker_id worker{{1, 1}};

  void confirm(const confirm_command& c) {
    static_cast<void>(must(transact(store, c, rules), "confirm"));
  }
  std::size_t work() {
    const auto taken =
        must(store.claim({.worker = worker, .kinds = {"render"}, .limit = batch}), "claim");
    std::vector<settle_command> done;
    for (const claimed_job& job : taken) done.push_back(nothing_done(job, worker));
    for (auto& answer : transact(store, std::span<const settle_command>{done}, rules)) {
      static_cast<void>(must(std::move(answer), "settle"));
    }
    return done.size();
  }
};
struct theirs {
  by_hand& hand;

  void confirm(const confirm_command& c) { hand.confirm(c); }
  std::size_t work() {
    const auto taken = hand.claim(batch);
    hand.settle(taken);
    return taken.size();
  }
};

template <class Side>
void measure(const arguments& from, Side side) {
  const auto limit = static_cast<std::size_t>(from.number("limit", 1'000));
  const bool settles = from.word() == "settle";
  customer who{accounts, 7};
  std::vector<confirm_command> orders;
  const std::size_t count = settles ? (limit + shots - 1) / shots : limit;
  for (std::size_t n = 0; n < count; ++n)
    orders.push_back(who.order_of(account_of(1 + n % accounts)));
  if (settles) {
    for (const confirm_command& c : orders) side.confirm(c);
  }
  const auto start = std::chrono::steady_clock::now();
  std::size_t done = 0;
  if (settles) {
    for (std::size_t n = 1; n != 0; done += n) n = side.work();
  } else {
    for (const confirm_command& c : orders) side.confirm(c), ++done;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("{\"done\": %zu, \"seconds\": %.6f, \"per_second\": %.3f}\n", done, seconds,
              static_cast<double>(done) / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const arguments from{argc, argv};
  if (from.word() != "confirm" && from.word() != "settle") stop("confirm or settle?");
  const bool full = from.number("full", 1) != 0;
  const std::string path = from.text("file");
  auto store = open_file(path, full);
  open_accounts(*store, accounts + 1);
  // One order of an account of its own, confirmed and settled: what the others are made like.
  ours own{*store};
  own.confirm(customer{1, 1, 1}.order_of(account_of(accounts + 1)));
  static_cast<void>(own.work());
  if (from.number("hand", 0) == 0) {
    measure(from, own);
  } else {
    store.reset();
    by_hand hand{path, full};
    learn(hand);
    measure(from, theirs{hand});
  }
}
