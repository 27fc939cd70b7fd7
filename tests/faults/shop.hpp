// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the processes of the fault tests do with a store: confirm, work, finish, audit. Whatever a
// process knows it says at once, a line each, so that a kill cannot take it back.

#include <tollgate/gate/verify.hpp>
#include <tollgate/ledger/requests.hpp>
#include <tollgate/storage/transact.hpp>
#include <tollgate/worker/worker.hpp>

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::faults {

inline constexpr credits opening_grant = credits::from_units(1'000'000'0000);
inline constexpr credits price = credits::from_units(10'0000);

[[nodiscard]] inline account_id account_number(std::uint64_t n) { return {{0xacc, n + 1}}; }

inline void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}
inline int fail(const failure& why) {
  std::fprintf(stderr, "%s\n", to_string(why).c_str());
  return 1;
}

/// Whether whoever started this process has closed its standard input: time to end.
[[nodiscard]] inline bool told_to_stop() {
  pollfd input{.fd = 0, .events = POLLIN, .revents = 0};
  return poll(&input, 1, 0) > 0;
}

/// Repeats a call until the store has answered it. What may have happened is repeated with the same
/// key; that is the whole recipe.
template <class Call>
auto insist(Call call) -> decltype(call()) {
  for (;;) {
    auto answer = call();
    if (answer) return answer;
    const error code = answer.error().code;
    if (code != error::outcome_unknown && code != error::storage_unavailable &&
        code != error::busy) {
      return answer;
    }
    if (code == error::outcome_unknown) say("unknown");
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

template <storage Store>
int open_accounts(Store& store, std::uint64_t accounts) {
  for (std::uint64_t n = 0; n < accounts; ++n) {
    const auto request = to_command(
        open_account_request{.account = account_number(n), .opening_grant = opening_grant});
    auto opened = insist([&] { return transact(store, request, {}); });
    if (!opened) return fail(opened.error());
  }
  return 0;
}

/// Confirms orders until it is told to stop, and cancels a job now and then. Says of each order
/// that was answered: confirmed ACCOUNT KEY ORDER JOBS.
template <storage Store>
int confirm_orders(Store& store, std::uint64_t accounts, std::uint64_t seed, std::uint64_t most) {
  std::mt19937_64 dice{seed};
  const auto states = std::make_shared<const state_names>();
  for (std::uint64_t n = 1; n <= most && !told_to_stop(); ++n) {
    const std::uint64_t who = dice() % accounts;
    confirm_command command{.account = account_number(who),
                            .key = std::to_string(seed) + "/" + std::to_string(n)};
    for (std::uint64_t item = dice() % 4 + 1; item > 0; --item) {
      command.items.push_back({.item = item_id{{seed, n * 10 + item}},
                               .kind = "render",
                               .payload = "shot",
                               .states = states,
                               .max_attempts = 1'000,
                               .cost = price});
    }
    auto made = insist([&] { return transact(store, command, {}); });
    if (!made) return fail(made.error());
    say("confirmed " + std::to_string(who) + " " + command.key + " " + to_string(made->order) +
        " " + std::to_string(made->jobs.size()));
    if (dice() % 8 != 0) continue;
    const cancel_command cancel{.account = command.account, .job = made->jobs.front()};
    auto done = insist([&] { return transact(store, cancel, {}); });
    if (!done) return fail(done.error());
  }
  return 0;
}

/// What a render does depends on the job alone, so that every attempt and every worker would do the
/// same: six in eight succeed for less than was held, some after a wait at the provider.
struct render {
  [[nodiscard]] std::vector<std::string> kinds() const { return {"render"}; }
  outcome operator()(job_context& job) const {
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    switch (job.id().value.low % 8) {
      case 0:
        if (job.attempt() < 2) return outcome::failed({.code = "quota"});
        break;
      case 1: return outcome::failed({.code = "policy", .retryable = false});
      case 2:
      case 3:
        if (job.provider_job_id().empty()) {
          static_cast<void>(job.save({.job_id = "at " + job.submission_key()}));
          return outcome::wait({.poll_after = milliseconds(20), .progress = permille{500}});
        }
        break;
      default: static_cast<void>(job.advance(permille{500})); break;
    }
    return outcome::succeeded(credits::from_units(price.units() / 2), "video");
  }
};

/// Says every step of a worker and of which job; kills its process without warning after a given
/// number of one kind.
class witness {
 public:
  explicit witness(std::string step = {}, int count = 0) : step_{std::move(step)}, left_{count} {}

  void on(const event::claimed& e) { happened("claimed", e.job.status.id); }
  void on(const event::started& e) { happened("started", e.job.status.id); }
  void on(const event::progressed& e) { happened("progressed", e.body.id); }
  void on(const event::answered& e) { happened("answered", e.job.status.id); }
  void on(const event::settled& e) { happened("settled", e.job.status.id); }
  void on(const event::retried& e) { happened("retried", e.job.status.id); }
  void on(const event::failed& e) { happened("failed", e.job.status.id); }
  void on(const event::waiting& e) { happened("waiting", e.job.status.id); }
  void on(const event::handed_back& e) { happened("handed_back", e.job.status.id); }
  void on(const event::swept&) { say("swept"); }
  void on(const event::stale& e) { happened("stale", e.job.status.id); }
  void on(const event::storage_failed& e) {
    say(e.why.code == error::outcome_unknown ? "unknown" : "unavailable");
  }

 private:
  void happened(const std::string& what, job_id job) {
    say(what + " " + to_string(job));
    if (what == step_ && --left_ == 0) kill(getpid(), SIGKILL);
  }
  std::string step_;
  std::atomic<int> left_;
};

[[nodiscard]] inline worker_options hurried(std::size_t threads) {
  return {.threads = threads,
          .batch = 8,
          .lease = milliseconds(1'500),
          .heartbeat = milliseconds(300),
          .poll_limit = milliseconds(50),
          .sweep = milliseconds(200),
          .retry_storage = milliseconds(10),
          .retry_storage_limit = milliseconds(100),
          .grace = seconds(2)};
}
inline constexpr exponential_backoff quick{
    .max_attempts = 1'000, .first = milliseconds(20), .cap = milliseconds(100)};

/// Works until it is told to stop, or dies of its own hand.
template <storage Store>
int work(Store& store, std::string die_at, int count) {
  std::stop_source stop;
  const std::jthread listener{[&](const std::stop_token& over) {
    while (!over.stop_requested() && !told_to_stop()) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    stop.request_stop();
  }};
  witness eyes{std::move(die_at), count};
  worker w{store, render{}, hurried(2), eyes, quick};
  w.run(stop.get_token());
  return 0;
}

/// Works until every job has ended.
template <storage Store>
int finish(Store& store) {
  witness eyes;
  worker w{store, render{}, hurried(4), eyes, quick};
  w.run_until_settled();
  return 0;
}

/// Audits every account, and compares with the orders that were confirmed, read from standard
/// input. Says what it counted, and on the standard error stream what is wrong.
template <storage Store>
int audit(Store& store, std::uint64_t accounts) {
  std::map<std::string, std::string> orders;  // account and key -> order and jobs
  std::map<std::string, std::uint64_t> counts;
  int wrong = 0;
  const auto complain = [&](const std::string& about) {
    std::fprintf(stderr, "%s\n", about.c_str());
    ++wrong;
  };
  for (std::uint64_t n = 0; n < accounts; ++n) {
    const auto books = insist([&] { return store.audit(account_number(n)); });
    if (!books) return fail(books.error());
    for (const auto& d : verify(books->row, books->lots, books->holds, books->operations,
                                books->entries, std::span<const job_record>{books->jobs})) {
      complain(d.rule + " at " + d.place + ": " + d.message);
    }
    credits charged;
    for (const job_record& job : books->jobs) {
      if (!job.status.is_final()) complain("job " + to_string(job.body->id) + " has not ended");
      ++counts[std::string{to_string(job.status.role)}];
      charged += job.status.actual;
      const bool right = job.status.role == job_role::succeeded
                             ? job.status.actual == credits::from_units(price.units() / 2)
                             : job.status.actual == credits{};
      if (!right) complain("job " + to_string(job.body->id) + " was charged wrongly");
    }
    if (books->row.available + charged != opening_grant) {
      complain("account " + std::to_string(n) + " has paid for something else than its jobs");
    }
    std::size_t made = 0;
    for (const operation& o : books->operations) {
      if (o.request.kind != operation_kind::confirm || o.refused()) continue;
      ++counts["orders"];
      made += o.jobs;
      orders[std::to_string(n) + " " + o.request.key] =
          to_string(o.id) + " " + std::to_string(o.jobs);
    }
    if (made != books->jobs.size()) complain("orders and jobs are not of the same number");
  }
  char line[256];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    std::istringstream words{line};
    std::string confirmed, who, key, order, jobs;
    if (!(words >> confirmed >> who >> key >> order >> jobs)) continue;
    ++counts["confirmed"];
    const auto found = orders.find(who + " " + key);
    if (found == orders.end() || found->second != order + " " + jobs) {
      complain("the order " + key + " was confirmed, and is not there");
    }
  }
  std::string all;
  for (const auto& [what, count] : counts) all += what + "=" + std::to_string(count) + " ";
  say(all + "wrong=" + std::to_string(wrong));
  return wrong == 0 ? 0 : 1;
}

}  // namespace tollgate::faults
