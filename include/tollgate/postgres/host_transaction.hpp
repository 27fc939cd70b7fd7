// SPDX-License-Identifier: BSL-1.0
#pragma once
// Loads and commits inside a transaction that the host has open on its own connection.

#include <tollgate/core/clock.hpp>
#include <tollgate/postgres/commit.hpp>
#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/load.hpp>
#include <tollgate/postgres/statements.hpp>
#include <tollgate/storage/concepts.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tollgate::postgres {

/// A connection of the host's with an open transaction of READ COMMITTED. Never closed here.
struct host_transaction {
  PGconn* connection{};
};

namespace detail {

/// What a store lends to what joins a host's transaction. All of it must outlive that.
struct shared_parts {
  const statements& texts;
  std::int64_t buckets{1};
  queue_limits limits{};
  std::optional<clock_source> clock{};
  std::atomic<std::int64_t>& latest;
  word_book& words;
  const low_water& marks;

  /// Remembers the latest instant told; a clock that steps back is not followed.
  timestamp tell(timestamp now) const noexcept {
    auto told = latest.load(std::memory_order_relaxed);
    while (told < now.microseconds) {
      if (latest.compare_exchange_weak(told, now.microseconds, std::memory_order_relaxed)) {
        return now;
      }
    }
    return {told};
  }
  /// What a test clock says; nothing: the server's clock is read by the statement.
  [[nodiscard]] std::optional<timestamp> clock_now() const noexcept {
    if (!clock) return std::nullopt;
    return tell(clock->now());
  }
  [[nodiscard]] commit_settings commit_how() const noexcept {
    return {.buckets = buckets,
            .defaults = limits,
            .now = {latest.load(std::memory_order_relaxed)},
            .marks = &marks};
  }
};

}  // namespace detail

/// Models `ledger_store`. What it answers is provisional until the host commits. A load locks the
/// accounts until then, so that no commit loses a race for them; nothing is tried again. A refusal
/// leaves the host's transaction as usable as it was; a failure of the server (a deadlock, too) has
/// aborted it. Not thread-safe: neither is a connection.
class joined_ledger {
 public:
  joined_ledger(host_transaction& host, const detail::shared_parts& parts)
      : connection_{connection::borrow(host.connection)}, parts_{parts} {}

  /// Errors: `unsupported_isolation` where no transaction is open or it is not READ COMMITTED,
  /// before anything is locked or written.
  [[nodiscard]] result<snapshot> load(const load_request& want) {
    if (auto no = unfit()) return refuse(std::move(*no));
    // Locked in one statement and loaded in the next: a statement that waits for an account would
    // see its new row beside old lots.
    std::vector<std::pair<std::int16_t, account_id>> accounts;
    accounts.reserve(want.wants.size());
    for (const account_want& w : want.wants) {
      accounts.emplace_back(detail::bucket_of(w.account, parts_.buckets), w.account);
    }
    std::sort(accounts.begin(), accounts.end());
    parameters which;
    which.array(accounts, [](const auto& a) { return a.first; });
    which.array(accounts, [](const auto& a) { return a.second; });
    const auto ask = [&](const statement& text, const parameters& with) -> result<rows> {
      const std::vector<step> steps{{parts_.texts.get(detail::text::lock), which}, {text, with}};
      auto answers = connection_.pipeline(steps);
      if (!answers) return refuse(std::move(answers.error()));
      return std::move(answers->back());
    };
    auto loaded =
        postgres::load(ask, parts_.texts, want, parts_.buckets, parts_.clock_now(), parts_.words);
    if (loaded) parts_.tell(loaded->now);
    return loaded;
  }

  [[nodiscard]] result<std::vector<verdict>> commit(std::span<unit> units) {
    if (units.empty()) return std::vector<verdict>{};
    if (auto no = unfit()) return refuse(std::move(*no));
    commit_settings how = parts_.commit_how();
    how.tries = 1;
    return committer{connection_, parts_.texts, how}.commit(units);
  }

 private:
  /// Why nothing can be done in the host's transaction, if so. The isolation cannot change once a
  /// transaction has run a query, so one look at each transaction would do; a look is cheap.
  [[nodiscard]] std::optional<failure> unfit() {
    if (!connection_.in_transaction()) {
      return make_failure(error::unsupported_isolation, "/transaction", "no transaction is open");
    }
    auto answer = connection_.run(parts_.texts.get(detail::text::isolation), {});
    if (!answer) return std::move(answer.error());
    if (answer->size() == 1 && answer->bytes(0, 0) == "read committed") return std::nullopt;
    return make_failure(error::unsupported_isolation, "/transaction",
                        "the transaction is not READ COMMITTED");
  }

  connection connection_;
  detail::shared_parts parts_;
};

static_assert(ledger_store<joined_ledger>);

}  // namespace tollgate::postgres
