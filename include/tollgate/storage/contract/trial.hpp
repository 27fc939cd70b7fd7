// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a rule of the contract is made of: a name, the promise behind it, and a trial of one store.

#include <tollgate/core/clock.hpp>
#include <tollgate/storage/contract/any_store.hpp>
#include <tollgate/storage/contract/differences.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate::contract {

/// How the suite is run.
struct options {
  std::vector<std::string> only{};  // ids of rules or of their themes; empty: all of them
  std::size_t threads{8};           // of the rules that use many
  std::size_t rounds{12};           // how often each of those threads works
};

namespace detail {

[[nodiscard]] inline std::string place_of(const std::source_location& where) {
  std::string_view file{where.file_name()};
  file.remove_prefix(std::min(file.size(), file.rfind('/') + 1));
  return std::string{file} + ":" + std::to_string(where.line());
}

}  // namespace detail

/// One fresh store under trial, its clock, and what was noticed. Claims may be noted from many
/// threads; nothing is thrown, so a rule goes on, or stops where nothing after it makes sense.
class trial {
 public:
  using place = std::source_location;

  trial(any_store& tried, manual_clock& its_clock, const options& how)
      : store{tried}, clock{its_clock}, settings{how} {}

  any_store& store;
  manual_clock& clock;
  const options& settings;

  /// Notes a claim; answers whether it held.
  bool expect(bool holds, std::string_view claim, place where = place::current()) {
    const std::lock_guard lock{mutex_};
    ++claims_;
    if (!holds && faults_.size() < 5) {
      faults_.push_back(detail::place_of(where) + ": " + std::string{claim});
    }
    return holds;
  }

  /// Notes that two values are the same, and shows both where they are not.
  template <class Got, class Wanted>
    requires std::equality_comparable_with<const Got&, const Wanted&>
  bool same(const Got& got, const Wanted& wanted, std::string_view claim,
            place where = place::current()) {
    if (got == wanted) return expect(true, claim, where);
    if constexpr (requires { differences(got, wanted); }) {
      return expect(false, std::string{claim} + ": " + differences(got, wanted), where);
    }
    return expect(
        false, std::string{claim} + ": is " + detail::shown(got) + ", not " + detail::shown(wanted),
        where);
  }

  /// The value of an answer, or a fault noted and an empty value.
  template <class T>
  T value(result<T> answer, std::string_view operation, place where = place::current()) {
    if (answer) {
      expect(true, operation, where);
      return *std::move(answer);
    }
    expect(false, std::string{operation} + " failed: " + to_string(answer.error()), where);
    return T{};
  }

  /// Notes whether an operation without a value was done.
  bool done(const result<void>& answer, std::string_view operation,
            place where = place::current()) {
    if (answer) return expect(true, operation, where);
    return expect(false, std::string{operation} + " failed: " + to_string(answer.error()), where);
  }

  /// Loads one account.
  account_snapshot look(const account_want& want, place where = place::current()) {
    snapshot found = value(store.load({.wants = {want}}), "load", where);
    if (!expect(found.accounts.size() == 1, "load answers one account for each want", where)) {
      return {};
    }
    return std::move(found.accounts.front());
  }

  /// Commits one unit.
  verdict commit(unit u, place where = place::current()) {
    const auto verdicts = value(store.commit({&u, 1}), "commit", where);
    if (!expect(verdicts.size() == 1, "commit answers one verdict for each unit", where)) {
      return verdict::moved;
    }
    return verdicts.front();
  }

  /// The status of a job as it is now; a default one, and a fault, if it is not there.
  job_status status_of(account_id account, job_id job, place where = place::current()) {
    const account_snapshot found = look({.account = account, .jobs = {job}}, where);
    if (!expect(found.jobs.size() == 1 && found.jobs.front().body != nullptr,
                "a named job is loaded", where)) {
      return {};
    }
    return found.jobs.front().status;
  }

  /// Claims for one worker; a fault notes itself.
  std::vector<claimed_job> claim(const claim_request& c, place where = place::current()) {
    return value(store.claim(c), "claim", where);
  }

  /// Every page of a listing, one after the other. `ask` takes a cursor and answers a page.
  template <class Ask>
  auto all_pages(Ask ask, place where = place::current()) {
    auto found = value(ask(cursor{}), "a page", where);
    auto all = std::move(found.items);
    for (int pages = 1; !found.next.token.empty(); ++pages) {
      if (!expect(pages < 10'000, "the pages of a listing end", where)) break;
      found = value(ask(found.next), "a page", where);
      for (auto& item : found.items) all.push_back(std::move(item));
    }
    return all;
  }

  /// How often a command may lose a race: never more often than others win one. A rule that is
  /// broken already does not wait for its end.
  [[nodiscard]] int tries() {
    const std::lock_guard lock{mutex_};
    return faults_.empty() ? 64 + 4 * static_cast<int>(settings.threads * settings.rounds) : 1;
  }

  [[nodiscard]] std::size_t claims() const { return claims_; }
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }

 private:
  std::mutex mutex_{};
  std::size_t claims_{};
  std::vector<std::string> faults_{};
};

/// One rule a store must keep.
struct rule {
  std::string_view id;      // "theme.name"; stable, docs and tests name it
  std::string_view text;    // what holds, as a sentence
  std::string_view proves;  // the numbered promises behind it, as in "ledger 8, queue 1"
  void (*run)(trial&);
};

}  // namespace tollgate::contract
