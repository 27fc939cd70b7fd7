// SPDX-License-Identifier: BSL-1.0
// confirm of 12 shots, and claim + settle of one job: memory::store with the whole engine beside
// hand-written code that keeps the same records, on one thread and on two with accounts of their
// own. Run it interleaved, because the machine is never quiet:
//   benchmarks --benchmark_filter=memory --benchmark_repetitions=15
//     --benchmark_enable_random_interleaving=true --benchmark_report_aggregates_only=true
#include <memory_baseline.hpp>

#include <tollgate/core/system_clock.hpp>
#include <tollgate/ledger/requests.hpp>
#include <tollgate/memory/store.hpp>
#include <tollgate/storage/transact.hpp>

#include <benchmark/benchmark.h>

#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tollgate;

constexpr std::size_t shots = 12;
constexpr std::size_t accounts_each = 500;  // of every thread
constexpr std::int64_t confirms = 3'000;    // of every thread, in one repetition
constexpr std::int64_t settles = 12'000;

template <class Id>
Id nth(std::uint64_t n) {
  return make_id<Id>(manual_clock::default_start, tollgate::detail::mix(n), n);
}

const ledger_rules rules{};
// Every thread has a kind of its own, and so claims only what is for its accounts.
const std::vector<std::string> kinds[]{{"render/0"}, {"render/1"}};

/// What the threads of one benchmark work on: the n-th command of thread t is for an account that
/// is only t's.
account_id account_of(int thread, std::size_t n) {
  return nth<account_id>(static_cast<std::uint64_t>(thread) * accounts_each + n % accounts_each);
}
confirm_command command_of(int thread, std::size_t n) {
  static const auto states = std::make_shared<const state_names>();
  const auto serial = (static_cast<std::uint64_t>(thread) << 32U) + n;
  confirm_command c{.account = account_of(thread, n),
                    .key = "confirm/" + to_string(nth<operation_id>(serial)),
                    .project = nth<project_id>(serial % 1'000),
                    .group = nth<group_id>(serial),
                    .attachment = std::string(200, 'w')};
  for (std::size_t i = 0; i < shots; ++i) {
    c.items.push_back({.item = nth<item_id>(serial * shots + i),
                       .kind = kinds[thread].front(),
                       .payload = std::string(400, 'p'),
                       .states = states,
                       .cost = credits::from_units(12'000)});
  }
  return c;
}
std::vector<confirm_command> commands_of(int thread, std::int64_t count) {
  std::vector<confirm_command> made;
  for (std::int64_t n = 0; n < count; ++n) {
    made.push_back(command_of(thread, static_cast<std::size_t>(n)));
  }
  return made;
}
constexpr credits grant = credits::from_units(100'000'000'000);

/// Ours and the other one behind the same three words.
struct ours {
  memory::store store{};

  void open(account_id a) {
    (void)transact(store, to_command(open_account_request{.account = a, .opening_grant = grant}),
                   rules);
  }
  bool confirm(const confirm_command& c) { return transact(store, c, rules).has_value(); }
  std::size_t claim_and_settle(int thread, std::size_t limit) {
    const auto worker = nth<worker_id>(static_cast<std::uint64_t>(thread));
    const auto taken = store.claim({.worker = worker, .kinds = kinds[thread], .limit = limit});
    std::vector<settle_command> done;
    done.reserve(taken->size());
    for (const auto& c : *taken) {
      done.push_back({.lease = {c.body->account, c.body->id, c.status.epoch},
                      .kind = settle_kind::succeeded,
                      .actual = credits::from_units(10'000),
                      .provider_job_id = "operations/0123456789abcdef",
                      .result = "https://example.org/video/0123456789.mp4",
                      .worker = worker});
    }
    std::size_t settled = 0;
    for (const auto& r : transact(store, std::span<const settle_command>{done}, rules)) {
      if (r) ++settled;
    }
    return settled;
  }
};

struct by_hand {
  bench::memory_baseline store{system_clock_source()};

  void open(account_id a) { store.open(a, grant); }
  bool confirm(const confirm_command& c) { return !store.confirm(c).jobs.empty(); }
  std::size_t claim_and_settle(int thread, std::size_t limit) {
    const auto worker = nth<worker_id>(static_cast<std::uint64_t>(thread));
    std::size_t settled = 0;
    for (const auto& c : store.claim(worker, limit, seconds(20))) {
      settled += store.settle({.lease = {c.account, c.job, c.epoch},
                               .kind = settle_kind::succeeded,
                               .actual = credits::from_units(10'000),
                               .provider_job_id = "operations/0123456789abcdef",
                               .result = "https://example.org/video/0123456789.mp4",
                               .worker = worker});
    }
    return settled;
  }
};

/// Memory goes back to the allocator after a run but not to the kernel: page faults of a growing
/// heap cost more than either store and would hide the difference.
const bool memory_is_kept = mallopt(M_TRIM_THRESHOLD, 1 << 30) == 1 &&
                            mallopt(M_MMAP_MAX, 0) == 1 && mallopt(M_TOP_PAD, 64 << 20) == 1;

/// One store for all threads of a run, made by the first of them before the others start.
template <class Store>
std::unique_ptr<Store> shared_store;

template <class Store>
void prepare(const benchmark::State& state) {
  if (state.thread_index() != 0) return;
  shared_store<Store> = std::make_unique<Store>();
  for (int t = 0; t < state.threads(); ++t) {
    for (std::size_t n = 0; n < accounts_each; ++n) shared_store<Store>->open(account_of(t, n));
  }
}

/// After the last iteration of every thread.
template <class Store>
void clean_up(benchmark::State& state, std::size_t done, std::size_t wanted) {
  if (!memory_is_kept || done != wanted) state.SkipWithError("refused");
  state.SetItemsProcessed(static_cast<std::int64_t>(done));
  if (state.thread_index() == 0) shared_store<Store>.reset();
}

template <class Store>
void memory_confirm(benchmark::State& state) {
  prepare<Store>(state);
  const auto commands = commands_of(state.thread_index(), confirms);
  std::size_t n = 0;
  std::size_t done = 0;
  for (auto _ : state) done += shared_store<Store>->confirm(commands[n++]);
  clean_up<Store>(state, done, n);
}

template <class Store>
void memory_settle(benchmark::State& state) {
  prepare<Store>(state);
  const auto limit = static_cast<std::size_t>(state.range(0));
  if (state.thread_index() == 0) {
    for (int t = 0; t < state.threads(); ++t) {
      for (const auto& c : commands_of(t, settles / static_cast<std::int64_t>(shots))) {
        (void)shared_store<Store>->confirm(c);
      }
    }
  }
  const int thread = state.thread_index();
  std::size_t done = 0;
  for (auto _ : state) done += shared_store<Store>->claim_and_settle(thread, limit);
  clean_up<Store>(state, done, static_cast<std::size_t>(state.iterations()) * limit);
}

/// One claim while so many jobs are ready, as many are scheduled for later, and as many have ended.
void memory_claim_beside(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  ledger_rules many = rules;
  many.max_open_holds = 1'000'000;
  ours o;
  const auto order = [&](std::size_t first, timestamp ready_at) {
    o.open(nth<account_id>(first));
    for (std::size_t n = 0; n < count; n += shots) {
      confirm_command c = command_of(0, first + n);
      c.account = nth<account_id>(first);
      for (auto& item : c.items) item.ready_at = ready_at, item.payload.clear();
      (void)transact(o.store, c, many);
    }
  };
  order(0, {});
  std::size_t done = 0;
  while (const auto more = o.claim_and_settle(0, 100)) done += more;
  order(1'000'000, {});
  order(2'000'000, system_clock_source().now() + days(1));
  for (auto _ : state) {
    auto taken = o.store.claim({.worker = nth<worker_id>(1), .kinds = kinds[0]});
    done += taken->size();
    benchmark::DoNotOptimize(taken);
  }
  if (done < count + static_cast<std::size_t>(state.iterations())) state.SkipWithError("no job");
}

void on_one_and_two_threads(benchmark::internal::Benchmark* b) {
  b->Threads(1)->Threads(2)->UseRealTime()->Iterations(confirms);
}
void settle_in(benchmark::internal::Benchmark* b, std::int64_t limit) {
  b->Arg(limit)->Threads(1)->Threads(2)->UseRealTime()->Iterations(settles / limit);
}
void one_by_one(benchmark::internal::Benchmark* b) { settle_in(b, 1); }
void in_hundreds(benchmark::internal::Benchmark* b) { settle_in(b, 100); }

BENCHMARK(memory_confirm<by_hand>)->Apply(on_one_and_two_threads);
BENCHMARK(memory_confirm<ours>)->Apply(on_one_and_two_threads);
BENCHMARK(memory_settle<by_hand>)->Apply(one_by_one);
BENCHMARK(memory_settle<ours>)->Apply(one_by_one);
BENCHMARK(memory_settle<by_hand>)->Apply(in_hundreds);
BENCHMARK(memory_settle<ours>)->Apply(in_hundreds);
BENCHMARK(memory_claim_beside)->Arg(1'000)->Arg(50'000)->Iterations(1'000);

}  // namespace
