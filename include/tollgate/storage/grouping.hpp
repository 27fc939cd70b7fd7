// SPDX-License-Identifier: BSL-1.0
#pragma once
// Natural batching: single commands of many threads become one commit, without a timer.

#include <tollgate/storage/transact.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tollgate {

/// How commands are grouped.
struct grouping_options {
  std::size_t lanes{1};      // commits under way at once; an account always takes the same lane
  std::size_t limit{256};    // commands in one commit at most
  int tries{default_tries};  // of one command, before it is `busy`
  ledger_rules rules{};
};

/// Runs single commands of many threads. Who finds its lane idle commits at once, alone; whoever
/// comes while that commit is under way is in the next. What lost a race goes with the next commit
/// too, so that conflicts do not break groups up. Thread-safe; the store must outlive it.
template <ledger_store Store, gate_command Command>
class grouping {
 public:
  using answer_type = result<receipt_of<Command>>;

  explicit grouping(Store& store, grouping_options options = {})
      : store_{store},
        options_{std::move(options)},
        lanes_(std::max<std::size_t>(options_.lanes, 1)) {
    options_.limit = std::max<std::size_t>(options_.limit, 1);
  }
  grouping(const grouping&) = delete;
  grouping& operator=(const grouping&) = delete;

  /// Runs one command and answers as `transact` does; blocks until then. Do not call it while
  /// holding a lock that another caller needs: the answer may come from that caller's thread.
  [[nodiscard]] answer_type submit(Command command) {
    lane& l = lanes_[std::hash<account_id>{}(account_of(command)) % lanes_.size()];
    entry own{.command = std::move(command), .tries = std::max(options_.tries, 1)};
    std::unique_lock lock{l.mutex};
    l.waiting.push_back(&own);
    if (l.led) own.told.wait(lock, [&] { return own.leads || own.answer.has_value(); });
    if (own.answer) return std::move(*own.answer);
    const leadership led{l, lock, own};
    while (!own.answer) fly(l, lock);
    return std::move(*own.answer);
  }

 private:
  /// Lives on the stack of its submitter; touched under the mutex of its lane, but for its command
  /// by the leader that took it along.
  struct entry {
    Command command;
    int tries{};
    commit_doubt doubt{};  // what commits with it left
    bool leads{};
    std::optional<answer_type> answer{};
    std::condition_variable told{};
  };
  struct lane {
    std::mutex mutex{};
    bool led{};
    std::deque<entry*> waiting{};
    std::vector<entry*> aboard{};  // of the commit under way; its leader's
  };

  /// Hands a lane on when its leader has its answer, also when a store that must not throw threw:
  /// then what was under way is unknown to everybody aboard, and the exception is its leader's.
  class leadership {
   public:
    leadership(lane& l, std::unique_lock<std::mutex>& lock, entry& own)
        : lane_{l}, lock_{lock}, own_{own} {
      lane_.led = true;
    }
    leadership(const leadership&) = delete;
    leadership& operator=(const leadership&) = delete;
    ~leadership() {
      if (!lock_.owns_lock()) lock_.lock();
      std::erase(lane_.waiting, &own_);
      for (entry* e : std::exchange(lane_.aboard, {})) {
        e->answer = refuse(error::outcome_unknown, {}, "the store threw");
        e->told.notify_one();
      }
      lane_.led = !lane_.waiting.empty();
      if (!lane_.led) return;
      lane_.waiting.front()->leads = true;  // nobody works for the others for ever
      lane_.waiting.front()->told.notify_one();
    }

   private:
    lane& lane_;
    std::unique_lock<std::mutex>& lock_;
    entry& own_;
  };

  /// One commit for everything that waits.
  void fly(lane& l, std::unique_lock<std::mutex>& lock) {
    const auto n = static_cast<std::ptrdiff_t>(std::min(options_.limit, l.waiting.size()));
    l.aboard.assign(l.waiting.begin(), l.waiting.begin() + n);
    l.waiting.erase(l.waiting.begin(), l.waiting.begin() + n);
    lock.unlock();
    std::vector<Command> commands;
    std::vector<commit_doubt> doubts;
    commands.reserve(l.aboard.size());
    doubts.reserve(l.aboard.size());
    for (entry* e : l.aboard) {
      commands.push_back(std::move(e->command));
      doubts.push_back(e->doubt);
    }
    auto answers = detail::run_all(store_, std::span<const Command>{commands}, options_.rules, 1,
                                   std::span<commit_doubt>{doubts});
    lock.lock();
    // Each leaves by itself, so that whoever is left aboard is answered if this throws.
    for (std::size_t i = l.aboard.size(); i-- > 0; l.aboard.pop_back()) {
      entry& e = *l.aboard[i];
      const bool again =
          !answers[i] && may_repeat(answers[i].error().code) && !doubts[i].store_failed;
      e.doubt = doubts[i];
      if (again && --e.tries > 0) {
        e.command = std::move(commands[i]);
        l.waiting.push_front(&e);  // from the last to the first: the order stays
        continue;
      }
      e.answer = std::move(answers[i]);
      e.told.notify_one();  // under the mutex: afterwards the entry may be gone
    }
  }

  [[nodiscard]] static bool may_repeat(error code) noexcept {
    return code == error::busy || code == error::outcome_unknown;
  }

  Store& store_;
  grouping_options options_;
  std::vector<lane> lanes_;
};

}  // namespace tollgate
