// SPDX-License-Identifier: BSL-1.0
// Our side of the PostgreSQL rows: one measurement for each call, one line of JSON as the answer.
//   benchmark_postgres prepare --conninfo C --schema S --accounts N
//   benchmark_postgres confirm ... --threads N --connections N --lanes L   (0: one by one)
//   benchmark_postgres work    ... --threads N --batch 100                 (claim and settle)
//   benchmark_postgres crew    ... --threads N --batch 100 --limit 10000   (a whole worker)
//   benchmark_postgres claim   ... --batch 100 --limit 50    (claims alone; settled off the clock)
//   benchmark_postgres fair    ... --batch 10                              (claims until account 2)
#include <clockwork.hpp>
#include <postgres/database.hpp>

#include <tollgate/core/os_seed.hpp>
#include <tollgate/storage/grouping.hpp>
#include <tollgate/worker/worker.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace bench;

pace pace_of(const arguments& from) {
  const std::int64_t limit = from.number("limit", 0);
  return {.threads = static_cast<std::size_t>(from.number("threads", 1)),
          .span = std::chrono::milliseconds{from.number("milliseconds",
                                                        limit == 0 ? 3'000 : 3'600'000)},
          .limit = limit,
          .rate = static_cast<double>(from.number("rate", 0)),
          .warm = static_cast<std::size_t>(from.number("warm", 0))};
}

void confirm(const arguments& from) {
  const pace how = pace_of(from);
  const auto lanes = static_cast<std::size_t>(from.number("lanes", 0));
  const auto accounts = static_cast<std::uint64_t>(from.number("accounts", 10'000));
  const auto store = open_store(from, static_cast<std::size_t>(from.number("connections", 16)));
  const ledger_rules rules = many_holds();
  grouping<postgres::store, confirm_command> groups{
      *store, {.lanes = std::max<std::size_t>(lanes, 1), .rules = rules}};
  const auto seed = static_cast<std::uint64_t>(from.number("seed", 1));
  const auto items = static_cast<std::size_t>(from.number("items", shots));
  run(how, [&](std::size_t t) {
    return [&, who = customer{accounts, seed * 1'000 + t, items}]() mutable -> std::size_t {
      auto answer = lanes == 0 ? transact(*store, who.order(), rules) : groups.submit(who.order());
      if (!answer) stop("confirm: " + to_string(answer.error()));
      return 1;
    };
  }).print();
}

/// A worker of no-op jobs: claims a batch, settles it as one.
class hand {
 public:
  hand(postgres::store& store, std::size_t batch)
      : store_{store}, worker_{new_worker()}, batch_{batch} {}

  std::size_t operator()() { return settle(claim()); }

  [[nodiscard]] std::vector<claimed_job> claim() {
    return must(store_.claim({.worker = worker_, .kinds = {"render"}, .limit = batch_}), "claim");
  }
  std::size_t settle(const std::vector<claimed_job>& taken) {
    std::vector<settle_command> done;
    done.reserve(taken.size());
    for (const claimed_job& job : taken) done.push_back(nothing_done(job, worker_));
    for (auto& answer : transact(store_, std::span<const settle_command>{done}, rules_)) {
      static_cast<void>(must(std::move(answer), "settle"));
    }
    return done.size();
  }

 private:
  static worker_id new_worker() {
    id_source ids{os_seed()};
    return ids.make<worker_id>(system_clock_source().now());
  }

  postgres::store& store_;
  worker_id worker_;
  std::size_t batch_;
  ledger_rules rules_ = many_holds();
};

void work(const arguments& from) {
  const pace how = pace_of(from);
  const auto store = open_store(from, how.threads);
  const auto batch = static_cast<std::size_t>(from.number("batch", 100));
  run(how, [&](std::size_t) { return hand{*store, batch}; }).print();
}

/// The worker a host would run: its threads, a handler that does nothing. The clock runs from the
/// job after those that warm it up to the end of its last settle.
void crew(const arguments& from) {
  const auto store = open_store(from, static_cast<std::size_t>(from.number("connections", 4)));
  const std::int64_t warm = from.number("warm", 0);
  const std::int64_t limit = warm + from.number("limit", 10'000);
  std::atomic<std::int64_t> ran{0};
  std::stop_source enough;
  auto began = steady::now();
  auto handler = handle("render", [&](job_context&) {
    const std::int64_t n = ++ran;
    if (n == warm) began = steady::now();
    if (n >= limit) enough.request_stop();
    return outcome::succeeded(shot_actual, "https://example.org/video/0123456789.mp4")
        .with({.job_id = "operations/0123456789abcdef"});
  });
  worker_options how{.threads = static_cast<std::size_t>(from.number("threads", 4)),
                     .batch = static_cast<std::size_t>(from.number("batch", 100)),
                     .settle_batch = static_cast<std::size_t>(from.number("settle", 200)),
                     .rules = many_holds()};
  worker hands{*store, handler, how};
  const worker_totals totals = hands.run(enough.get_token());
  measured all{.done = static_cast<std::int64_t>(totals.succeeded) - warm,
               .seconds = std::chrono::duration<double>(steady::now() - began).count()};
  all.print();
}

/// Claims by one thread, each timed alone: what it took is settled off the clock.
void claim(const arguments& from) {
  const auto store = open_store(from, 1);
  hand worker{*store, static_cast<std::size_t>(from.number("batch", 100))};
  const auto warm = from.number("warm", 0);
  measured all;
  for (std::int64_t n = 0; n < warm + from.number("limit", 20); ++n) {
    const auto began = steady::now();
    const auto taken = worker.claim();
    const std::chrono::duration<double> took = steady::now() - began;
    if (taken.empty()) stop("claim: nothing is ready");
    worker.settle(taken);
    if (n < warm) continue;
    all.done += 1;
    all.seconds += took.count();
    all.latencies.push_back(took.count() * 1e6);
  }
  std::sort(all.latencies.begin(), all.latencies.end());
  all.print();
}

/// How many claims pass until the one job of account 2 starts, counted from the call on.
void fair(const arguments& from) {
  const auto store = open_store(from, 1);
  const auto batch = static_cast<std::size_t>(from.number("batch", 10));
  const worker_id worker{{1, 1}};
  for (std::size_t claims = 0;; ++claims) {
    const auto taken =
        must(store->claim({.worker = worker, .kinds = {"render"}, .limit = batch}), "claim");
    if (taken.empty()) stop("fair: the job of account 2 never started");
    for (const claimed_job& job : taken) {
      if (job.body->account != account_of(2)) continue;
      std::printf("{\"claims\": %zu}\n", claims);
      return;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const arguments from{argc, argv};
  if (from.word() == "prepare") {
    prepare(from);
  } else if (from.word() == "confirm") {
    confirm(from);
  } else if (from.word() == "work") {
    work(from);
  } else if (from.word() == "crew") {
    crew(from);
  } else if (from.word() == "claim") {
    claim(from);
  } else if (from.word() == "fair") {
    fair(from);
  } else {
    stop("no such measurement: " + from.word());
  }
}
