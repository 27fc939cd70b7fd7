// SPDX-License-Identifier: BSL-1.0
#pragma once
// Load, decide, store: runs commands against a store until each has its answer.

#include <tollgate/storage/commit_doubt.hpp>
#include <tollgate/storage/concepts.hpp>
#include <tollgate/storage/gate_command.hpp>
#include <tollgate/storage/own_turn.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tollgate {

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

  /// `doubts`, one for each command, are what earlier tries left, and what this one leaves.
  batch(Store& store, std::span<const Command> commands, const ledger_rules& rules,
        std::span<commit_doubt> doubts)
      : store_{store},
        rules_{rules},
        commands_{commands},
        doubts_{doubts},
        answers_(commands.size()),
        answered_(commands.size()) {
    open_.reserve(commands.size());
    for (std::size_t i = 0; i < commands.size(); ++i) open_.push_back(i);
  }

  std::vector<answer_type> run(int tries) {
    const failure last = rounds(tries);
    if (last.code == error::corrupt_record && several_accounts()) {
      alone(tries);
    } else {
      give_up(last);
    }
    return std::move(answers_);
  }

 private:
  /// Rounds until nothing is open, no try is left or the store fails; answers why it ended.
  failure rounds(int tries) {
    failure last = lost_races();
    for (; tries > 0 && !open_.empty(); --tries) {
      if (auto fault = round()) {
        last = std::move(*fault);
        if (last.code != error::outcome_unknown) break;  // the same keys and epochs tell the truth
      }
    }
    return last;
  }

  /// Answers what is still open with the fault of the store.
  void give_up(const failure& last) {
    for (const std::size_t i : open_) answers_[i] = refuse(doubts_[i].answer(last));
    open_.clear();
  }

  [[nodiscard]] bool several_accounts() const {
    return std::any_of(open_.begin(), open_.end(), [&](std::size_t i) {
      return account_of(commands_[i]) != account_of(commands_[open_.front()]);
    });
  }

  /// One damaged row fails what was loaded or written together: each account by itself, so that
  /// the damage of one is nobody else's.
  void alone(int tries) {
    std::vector<std::size_t> rest = std::exchange(open_, {});
    while (!rest.empty()) {
      const account_id account = account_of(commands_[rest.front()]);
      const auto others = std::stable_partition(rest.begin(), rest.end(), [&](std::size_t i) {
        return account_of(commands_[i]) == account;
      });
      open_.assign(rest.begin(), others);
      rest.erase(rest.begin(), others);
      give_up(rounds(tries));
    }
  }

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
    std::vector<std::uint64_t> seqs;  // before anything is decided
    seqs.reserve(loaded->accounts.size());
    for (const account_snapshot& s : loaded->accounts) seqs.push_back(s.ledger.row.seq);
    std::vector<unit> units;
    units.reserve(open_.size());
    std::vector<decided> done;
    done.reserve(open_.size());
    for (std::size_t n = 0; n < open_.size(); ++n) {
      if (spoilt[place[n]]) continue;
      auto d = decide(loaded->accounts[place[n]], commands_[open_[n]], loaded->now, rules_);
      spoilt[place[n]] = !d.answer && d.answer.error().code == error::corrupt_record;
      if (!d.answer && !d.write && doubts_[open_[n]].may_be_written_yet(seqs[place[n]])) {
        d.answer = refuse(not_yet_known(d.answer.error()));
      }
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
        if (committed.error().code == error::outcome_unknown) doubt(done, units, seqs.size());
        return std::move(committed.error());
      }
      verdicts = std::move(*committed);
    }
    accept(done, verdicts, request.wants.size());
    return std::nullopt;
  }

  /// Remembers who may have been written: also a command that has no unit but was decided from one
  /// of its account, such as the repeat of a key in the same batch.
  void doubt(const std::vector<decided>& done, const std::vector<unit>& units,
             std::size_t accounts) {
    std::vector<commit_doubt> lost(accounts);
    for (const decided& d : done) {
      if (d.unit) lost[d.account].add(units[*d.unit]);
      commit_doubt& own = doubts_[d.command];
      own.unsure = own.unsure || lost[d.account].unsure;
      own.seq = std::max(own.seq, lost[d.account].seq);
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
  std::span<commit_doubt> doubts_;
  std::vector<answer_type> answers_;
  std::vector<bool> answered_;
  std::vector<std::size_t> open_{};
};

/// A batch of one, without what only more need.
template <ledger_store Store, gate_command Command>
[[nodiscard]] result<receipt_of<Command>> run_one(Store& store, const Command& command,
                                                  const ledger_rules& rules, int tries,
                                                  commit_doubt& doubt) {
  std::optional<failure> fault;  // of the store; none: every race was lost
  load_request request;
  request.wants.push_back(want_for(command));
  own_turn<Store> turn;
  bool lost = false;  // a race for the account
  for (; tries > 0; --tries) {
    turn.await(store, account_of(command), lost);
    auto loaded = store.load(request);
    if (!loaded) {
      fault = std::move(loaded.error());
      if (fault->code != error::outcome_unknown) break;
      continue;
    }
    const std::uint64_t seq = loaded->accounts.front().ledger.row.seq;
    auto d = decide(loaded->accounts.front(), command, loaded->now, rules);
    if (!d.write) {
      if (d.answer || !doubt.may_be_written_yet(seq)) return std::move(d.answer);
      return refuse(not_yet_known(d.answer.error()));
    }
    auto committed = store.commit({&*d.write, 1});
    if (!committed) {
      fault = std::move(committed.error());
      if (fault->code != error::outcome_unknown) break;
      doubt.add(*d.write);
      continue;
    }
    if (committed->front() == verdict::written) return std::move(d.answer);
    lost = true;
  }
  if (!fault) fault = lost_races();
  return refuse(doubt.answer(std::move(*fault)));
}

/// Commands with what earlier tries of theirs left in doubt, one for each.
template <ledger_store Store, gate_command Command>
[[nodiscard]] std::vector<result<receipt_of<Command>>> run_all(Store& store,
                                                               std::span<const Command> commands,
                                                               const ledger_rules& rules, int tries,
                                                               std::span<commit_doubt> doubts) {
  if (commands.size() != 1 && !commits_singly<Store>) {
    return batch<Store, Command>{store, commands, rules, doubts}.run(tries);
  }
  std::vector<result<receipt_of<Command>>> answers;
  answers.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    answers.push_back(run_one(store, commands[i], rules, tries, doubts[i]));
  }
  return answers;
}

}  // namespace detail

/// Runs one command: loads, decides and commits until it has its answer. While an earlier commit of
/// it may yet be written, a refusal that nothing records is `outcome_unknown`: repeat it.
template <ledger_store Store, gate_command Command>
[[nodiscard]] result<receipt_of<Command>> transact(Store& store, const Command& command,
                                                   const ledger_rules& rules,
                                                   int tries = default_tries) {
  commit_doubt doubt;
  return detail::run_one(store, command, rules, tries, doubt);
}

/// Runs independent commands as one batch: each is judged alone, in order, and only those that
/// lost a race are decided again. Answers in the order of the commands. Failures of the store
/// are answered to every command that was still open: `storage_unavailable` (nothing happened to
/// it), `outcome_unknown` (repeat it), `busy` (lost `tries` races); `corrupt_record` only to the
/// commands of the account whose record is damaged.
template <ledger_store Store, gate_command Command>
[[nodiscard]] std::vector<result<receipt_of<Command>>> transact(Store& store,
                                                                std::span<const Command> commands,
                                                                const ledger_rules& rules,
                                                                int tries = default_tries) {
  std::vector<commit_doubt> doubts(commands.size());
  return detail::run_all(store, commands, rules, tries, std::span<commit_doubt>{doubts});
}

}  // namespace tollgate
