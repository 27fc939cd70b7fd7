// SPDX-License-Identifier: BSL-1.0
#pragma once
// Load, decide, store: runs commands against a store until each has its answer.

#include <tollgate/gate/advance.hpp>
#include <tollgate/gate/cancel.hpp>
#include <tollgate/gate/confirm.hpp>
#include <tollgate/gate/expire.hpp>
#include <tollgate/gate/ledger.hpp>
#include <tollgate/gate/settle.hpp>
#include <tollgate/gate/wants.hpp>
#include <tollgate/storage/concepts.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tollgate {

/// A command of the gate: it says what it needs, and a pure function decides it.
template <class Command>
concept gate_command =
    requires(const Command& c, account_snapshot& s, timestamp now, const ledger_rules& rules) {
      { want_for(c) } -> std::same_as<account_want>;
      typename decltype(decide(s, c, now, rules))::receipt_type;
    };

/// What a command is answered with.
template <gate_command Command>
using receipt_of =
    typename decltype(decide(std::declval<account_snapshot&>(), std::declval<const Command&>(),
                             timestamp{}, std::declval<const ledger_rules&>()))::receipt_type;

/// How often a command is decided again after it lost a race, before it is `busy`.
inline constexpr int default_tries = 64;

namespace detail {

/// A store may say that it gains nothing from commands that are committed together: it has
/// `static constexpr bool commits_singly = true`.
template <class Store>
inline constexpr bool commits_singly = [] {
  if constexpr (requires { Store::commits_singly; }) return Store::commits_singly;
  return false;
}();

[[nodiscard]] inline failure lost_races() {
  return make_failure(error::busy, {}, "lost too many races");
}

/// One round of a batch: every command that is still open is loaded for, decided and committed.
template <ledger_store Store, gate_command Command>
class batch {
 public:
  using receipt_type = receipt_of<Command>;
  using answer_type = result<receipt_type>;

  batch(Store& store, std::span<const Command> commands, const ledger_rules& rules)
      : store_{store},
        rules_{rules},
        commands_{commands},
        answers_(commands.size()),
        answered_(commands.size()),
        unsure_(commands.size()) {
    open_.reserve(commands.size());
    for (std::size_t i = 0; i < commands.size(); ++i) open_.push_back(i);
  }

  std::vector<answer_type> run(int tries) {
    failure last = lost_races();
    for (; tries > 0 && !open_.empty(); --tries) {
      if (auto fault = round()) {
        last = std::move(*fault);
        if (last.code != error::outcome_unknown) break;  // the same keys and epochs tell the truth
      }
    }
    // What may have been written stays unknown, whatever went wrong afterwards.
    const failure unknown = make_failure(error::outcome_unknown, last.place, last.reason);
    for (const std::size_t i : open_) answers_[i] = refuse(unsure_[i] ? unknown : last);
    return std::move(answers_);
  }

 private:
  struct decided {
    decided(std::size_t of, std::size_t in, answer_type&& a)
        : command{of}, account{in}, answer{std::move(a)} {}

    std::size_t command{};
    std::size_t account{};              // place in the snapshot
    std::optional<std::size_t> unit{};  // place among the units; none: nothing to write
    answer_type answer;
  };

  std::optional<failure> round() {
    load_request request;
    request.wants.reserve(open_.size());
    std::vector<std::size_t> place(open_.size());
    for (std::size_t n = 0; n < open_.size(); ++n) {
      place[n] = want(request, want_for(commands_[open_[n]]));
    }
    auto loaded = store_.load(request);
    if (!loaded) return std::move(loaded.error());
    std::vector<bool> spoilt(request.wants.size());
    std::vector<unit> units;
    units.reserve(open_.size());
    std::vector<decided> done;
    done.reserve(open_.size());
    for (std::size_t n = 0; n < open_.size(); ++n) {
      if (spoilt[place[n]]) continue;
      auto d = decide(loaded->accounts[place[n]], commands_[open_[n]], loaded->now, rules_);
      spoilt[place[n]] = !d.answer && d.answer.error().code == error::corrupt_record;
      done.emplace_back(open_[n], place[n], std::move(d.answer));
      if (d.write) {
        done.back().unit = units.size();
        units.push_back(std::move(*d.write));
      }
    }
    std::vector<verdict> verdicts;
    if (!units.empty()) {
      auto committed = store_.commit(units);
      if (!committed) {
        if (committed.error().code == error::outcome_unknown) doubt(done, request.wants.size());
        return std::move(committed.error());
      }
      verdicts = std::move(*committed);
    }
    accept(done, verdicts, request.wants.size());
    return std::nullopt;
  }

  /// Remembers who may have been written: also a command that has no unit but was decided from one
  /// of its account, such as the repeat of a key in the same batch.
  void doubt(const std::vector<decided>& done, std::size_t accounts) {
    std::vector<bool> written(accounts);
    for (const decided& d : done) {
      if (d.unit) written[d.account] = true;
      if (written[d.account]) unsure_[d.command] = true;
    }
  }

  /// Takes the answers that hold. What was decided after a unit of its account that was not
  /// written saw a state that never was, and is decided again.
  void accept(std::vector<decided>& done, const std::vector<verdict>& verdicts,
              std::size_t accounts) {
    std::vector<bool> moved(accounts);
    for (decided& d : done) {
      const bool written = !d.unit || verdicts[*d.unit] == verdict::written;
      if (!written) moved[d.account] = true;
      if (!written || (moved[d.account] && !d.unit)) continue;
      answers_[d.command] = std::move(d.answer);
      answered_[d.command] = true;
    }
    std::erase_if(open_, [&](std::size_t i) { return answered_[i]; });
  }

  static std::size_t want(load_request& request, account_want&& more) {
    const auto at = std::find_if(request.wants.begin(), request.wants.end(),
                                 [&](const account_want& w) { return w.account == more.account; });
    const auto index = static_cast<std::size_t>(at - request.wants.begin());
    if (at == request.wants.end()) {
      request.wants.push_back(std::move(more));
    } else {
      merge(*at, std::move(more));
    }
    return index;
  }

  Store& store_;
  const ledger_rules& rules_;
  std::span<const Command> commands_;
  std::vector<answer_type> answers_;
  std::vector<bool> answered_;
  std::vector<bool> unsure_;  // a commit with it lost its answer
  std::vector<std::size_t> open_{};
};

}  // namespace detail

/// Runs one command: a batch of one, without what only more need.
template <ledger_store Store, gate_command Command>
[[nodiscard]] result<receipt_of<Command>> transact(Store& store, const Command& command,
                                                   const ledger_rules& rules,
                                                   int tries = default_tries) {
  std::optional<failure> fault;  // of the store; none: every race was lost
  bool unsure = false;  // a commit lost its answer: it stays unknown, whatever goes wrong later
  load_request request;
  request.wants.push_back(want_for(command));
  for (; tries > 0; --tries) {
    auto loaded = store.load(request);
    if (!loaded) {
      fault = std::move(loaded.error());
      if (fault->code != error::outcome_unknown) break;
      continue;
    }
    auto d = decide(loaded->accounts.front(), command, loaded->now, rules);
    if (!d.write) return std::move(d.answer);
    auto committed = store.commit({&*d.write, 1});
    if (!committed) {
      fault = std::move(committed.error());
      if (fault->code != error::outcome_unknown) break;
      unsure = true;
      continue;
    }
    if (committed->front() == verdict::written) return std::move(d.answer);
  }
  if (!fault) fault = detail::lost_races();
  if (unsure) fault->code = error::outcome_unknown;
  return refuse(std::move(*fault));
}

/// Runs independent commands as one batch: each is judged alone, in order, and only those that
/// lost a race are decided again. Answers in the order of the commands. Failures of the store
/// are answered to every command that was still open: `storage_unavailable` (nothing happened to
/// it), `outcome_unknown` (repeat it), `busy` (lost `tries` races).
template <ledger_store Store, gate_command Command>
[[nodiscard]] std::vector<result<receipt_of<Command>>> transact(Store& store,
                                                                std::span<const Command> commands,
                                                                const ledger_rules& rules,
                                                                int tries = default_tries) {
  if (commands.size() != 1 && !detail::commits_singly<Store>) {
    return detail::batch<Store, Command>{store, commands, rules}.run(tries);
  }
  std::vector<result<receipt_of<Command>>> answers;
  answers.reserve(commands.size());
  for (const Command& c : commands) answers.push_back(transact(store, c, rules, tries));
  return answers;
}

}  // namespace tollgate
