// SPDX-License-Identifier: BSL-1.0
#pragma once
// Commands whose first answer never comes in time: told unknown, they are repeated with the same
// key when whoever watches says so.

#include <faults/shop.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace tollgate::faults {

/// Waits until whoever watches this process says to go on; ends it where nobody does any more.
inline void wait_for_word() {
  std::string line;
  if (!std::getline(std::cin, line)) std::exit(1);
}

/// Runs a command once, through a store whose commit is held back, and again with the same key.
/// Says: next; then what the first try was told; then told KEY replayed=0|1.
template <storage Store, class Command>
auto in_doubt(Store& slow, const Command& command, const std::string& key) {
  say("next");
  wait_for_word();
  auto first = transact(slow, command, {}, 1);
  // Nothing happened: a busy machine did not even load in time.
  while (!first && first.error().code == error::storage_unavailable) {
    first = transact(slow, command, {}, 1);
  }
  say(first ? "answered" : "first " + std::string{to_string(first.error().code)});
  wait_for_word();
  auto told = insist([&] { return transact(slow, command, {}); });
  if (told) {
    bool replayed = false;
    if constexpr (requires { told->money.replayed; }) {
      replayed = told->money.replayed;
    } else {
      replayed = told->replayed;
    }
    say("told " + key + " replayed=" + (replayed ? "1" : "0"));
  }
  return told;
}

/// Orders of one job each, of a kind of this process's own, each settled: all of it in doubt.
/// `sound` claims by a way where nothing is held back.
template <storage Store>
int doubt_everything(Store& sound, Store& slow, std::uint64_t who, std::uint64_t orders) {
  const auto states = std::make_shared<const state_names>();
  const std::string kind = "render " + std::to_string(who);
  for (std::uint64_t n = 1; n <= orders; ++n) {
    confirm_command order{.account = account_number(who), .key = "order/" + std::to_string(n)};
    order.items.push_back({.item = item_id{{who + 1, n}},
                           .kind = kind,
                           .payload = "shot",
                           .states = states,
                           .cost = price});
    const auto made = in_doubt(slow, order, order.key);
    if (!made) return fail(made.error());
    say("confirmed " + std::to_string(who) + " " + order.key + " " + to_string(made->order) + " 1");

    // An empty claim proves nothing at first: what lands late locks the account for a moment.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    auto jobs = result<std::vector<claimed_job>>{};
    do {
      jobs = sound.claim(
          {.worker = worker_id{{7, who + 1}}, .kinds = {kind}, .limit = 1, .lease = hours(1)});
    } while (jobs && jobs->empty() && std::chrono::steady_clock::now() < give_up);
    if (!jobs) return fail(jobs.error());
    if (jobs->size() != 1 || jobs->front().status.id != made->jobs.front()) {
      return fail(make_failure(error::corrupt_record, order.key, "its job cannot be claimed"));
    }
    const job_status& job = jobs->front().status;
    const settle_command settle{.lease = {order.account, job.id, job.epoch},
                                .kind = settle_kind::succeeded,
                                .actual = credits::from_units(price.units() / 2),
                                .result = "video",
                                .worker = job.worker};
    const auto settled = in_doubt(slow, settle, "settle " + std::to_string(n));
    if (!settled) return fail(settled.error());
  }
  return 0;
}

}  // namespace tollgate::faults
