// SPDX-License-Identifier: BSL-1.0
#pragma once
// One connection to PostgreSQL that runs statements and says honestly what is known afterwards.

#include <tollgate/core/result.hpp>
#include <tollgate/postgres/detail/connect.hpp>
#include <tollgate/postgres/detail/exchange.hpp>
#include <tollgate/postgres/errors.hpp>
#include <tollgate/postgres/rows.hpp>
#include <tollgate/postgres/settings.hpp>
#include <tollgate/postgres/statement.hpp>

#include <libpq-fe.h>

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tollgate::postgres {

/// A connection of its own, or one that the host lends. Movable, not thread-safe. After a failure
/// that ended it `usable()` is false and every call answers `storage_unavailable`.
///
/// Every failure says what is known: `outcome_unknown` if a statement that writes was sent and its
/// answer was lost or late, else nothing was written: `busy` (a race: load again),
/// `corrupt_record` (a CHECK refused it), `invalid_argument` (not UTF-8), `storage_unavailable`.
class connection {
 public:
  /// Connects. Tries again after short pauses as often as the settings say. Runs nothing after the
  /// login: `connect_timeout` bounds what is waited for. `settings::prepare` says which options.
  [[nodiscard]] static result<connection> open(const settings& how);

  /// Uses a connection of the host's: never closed, and only prepared on if asked. Without
  /// `answer_timeout` it waits as long as the host's own settings let it.
  [[nodiscard]] static connection borrow(PGconn* host, bool prepare = false,
                                         duration answer_timeout = {}) {
    connection c;
    c.lent_ = host;
    c.prepare_ = prepare;
    c.answer_timeout_ = answer_timeout;
    return c;
  }

  /// Runs one statement: in a transaction of its own, or in the one that is open.
  [[nodiscard]] result<rows> run(const statement& what, const parameters& with) {
    const step one{what, with};
    // A statement that is prepared on the way costs no round trip of its own, in a pipeline.
    if (prepares(what) && !prepared_.contains(what.name)) {
      auto answers = pipeline({&one, 1});
      if (!answers) return refuse(std::move(answers.error()));
      return std::move(answers->front());
    }
    if (auto fault = idle()) return refuse(std::move(*fault));
    if (!send(one)) return refuse(not_sent(what.writes));
    auto got = detail::exchange{raw(), answer_timeout_}.read();
    if (got.error) {
      if (forgotten(*got.error)) return run(what, with);
      return refuse(conclude(*got.error, what.writes));
    }
    return got.results.empty() ? rows{} : rows{std::move(got.results.back())};
  }

  /// Runs several statements in one round trip and, unless one is open, in one transaction: all
  /// are done, or none. Each sees what those before it wrote and locked.
  [[nodiscard]] result<std::vector<rows>> pipeline(std::span<const step> steps);

  /// Runs SQL text of any number of statements, for migrations and transactions by hand. Without
  /// BEGIN they are one transaction. Counts as writing. Answers nothing.
  [[nodiscard]] result<void> script(const std::string& sql) {
    if (auto fault = idle()) return refuse(std::move(*fault));
    if (PQsendQuery(raw(), sql.c_str()) == 0) return refuse(not_sent(true));
    auto got = detail::exchange{raw(), answer_timeout_}.read();
    if (got.error) return refuse(conclude(*got.error, true));
    return {};
  }

  /// Whether it can be used, as far as this side knows.
  [[nodiscard]] bool is_connected() const noexcept {
    return raw() != nullptr && PQstatus(raw()) == CONNECTION_OK;
  }
  /// Whether it can be used. Looks, without waiting, whether the server has spoken unasked: that
  /// is a farewell, or rare enough to be taken for one.
  [[nodiscard]] bool usable() const noexcept {
    if (!is_connected()) return false;
    if (lent_ != nullptr || PQtransactionStatus(raw()) != PQTRANS_IDLE) return true;
    pollfd one{.fd = PQsocket(raw()), .events = POLLIN, .revents = 0};
    return poll(&one, 1, 0) == 0;
  }
  /// Whether a transaction is open (a failed one counts).
  [[nodiscard]] bool in_transaction() const noexcept {
    const auto status = PQtransactionStatus(raw());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
  }
  /// Ends the connection at once, without a word to the server; a lent one is let go of.
  void close() noexcept {
    own_.reset();
    lent_ = nullptr;
    prepared_.clear();
  }
  /// libpq's own handle, for what this class does not do. Still owned by whoever owns it.
  [[nodiscard]] PGconn* raw() const noexcept { return own_ ? own_.get() : lent_; }

 private:
  struct finish_connection {
    void operator()(PGconn* c) const noexcept { PQfinish(c); }
  };

  connection() = default;

  /// Why nothing can be sent now, if so.
  [[nodiscard]] std::optional<failure> idle() const {
    const auto no = [](const char* why) {
      return make_failure(error::storage_unavailable, "postgres", why);
    };
    if (!is_connected()) return no("not connected");
    if (PQpipelineStatus(raw()) != PQ_PIPELINE_OFF) return no("the connection is in pipeline mode");
    if (PQtransactionStatus(raw()) == PQTRANS_ACTIVE) return no("the connection is busy");
    return std::nullopt;
  }

  [[nodiscard]] bool prepares(const statement& what) const noexcept {
    return prepare_ && !what.name.empty();
  }
  /// Queues one statement.
  [[nodiscard]] bool send(const step& one) const {
    const parameters& with = one.with;
    const auto values = with.values();
    if (prepares(one.what)) {
      return PQsendQueryPrepared(raw(), one.what.name.c_str(), with.count(), values.data(),
                                 with.lengths(), with.formats(), 1) != 0;
    }
    return PQsendQueryParams(raw(), one.what.text.c_str(), with.count(), with.types(),
                             values.data(), with.lengths(), with.formats(), 1) != 0;
  }

  /// What is known when libpq took nothing: while the connection lives, nothing left this machine.
  [[nodiscard]] failure not_sent(bool writes) {
    const bool lost = PQstatus(raw()) != CONNECTION_OK;
    return failure_of({.message = detail::last_words(raw()), .lost = lost}, writes && lost);
  }

  /// The failure of an error that was answered. Ends the connection where it must.
  [[nodiscard]] failure conclude(const server_error& e, bool writes) {
    if (e.lost || e.sqlstate == "25006") close();  // read-only: no longer the primary
    return failure_of(e, writes);
  }

  /// Whether the server's prepared statements are not those we made (somebody said DISCARD, or a
  /// pooler gave us another of its connections). Nothing was done: from now on without them.
  [[nodiscard]] bool forgotten(const server_error& e) {
    if (!prepare_ || e.lost || (e.sqlstate != "26000" && e.sqlstate != "42P05")) return false;
    prepare_ = false;
    return !in_transaction();
  }

  std::unique_ptr<PGconn, finish_connection> own_{};
  PGconn* lent_{};
  bool prepare_{};
  duration answer_timeout_{};
  std::unordered_set<std::string> prepared_{};
};

inline result<connection> connection::open(const settings& how) {
  duration pause = how.pause;
  // The planner knows no LIMIT and no time that a statement of ours is given: beside a large table
  // it expects many rows, and a plan of a millisecond would be compiled for 0.1 s, each time anew.
  bool with_options = how.prepare;
  for (int left = how.tries;;) {
    connection c;
    c.own_.reset(detail::connect(how, with_options));
    if (PQstatus(c.raw()) == CONNECTION_OK && PQsetnonblocking(c.raw(), 1) == 0) {
      PQsetNoticeProcessor(
          c.raw(), [](void*, const char*) {}, nullptr);
      c.prepare_ = how.prepare;
      c.answer_timeout_ = how.answer_timeout;
      return c;
    }
    std::string reason = detail::last_words(c.raw());
    if (with_options && detail::refuses_options(reason)) {
      with_options = false;  // at once again: nobody was away or busy
      continue;
    }
    if (--left <= 0) return refuse(error::storage_unavailable, "postgres", std::move(reason));
    std::this_thread::sleep_for(std::chrono::microseconds{pause.microseconds});
    pause = std::min(pause * 2, how.pause_limit);
  }
}

inline result<std::vector<rows>> connection::pipeline(std::span<const step> steps) {
  if (steps.empty()) return std::vector<rows>{};
  if (auto fault = idle()) return refuse(std::move(*fault));
  PGconn* const c = raw();
  bool writes = false;
  std::vector<const std::string*> queued;  // what each that is queued prepares, if it does
  bool sent = PQenterPipelineMode(c) != 0;
  for (const step& one : steps) {
    const statement& what = one.what;
    writes = writes || what.writes;
    if (prepares(what) && prepared_.insert(what.name).second) {
      sent = sent && PQsendPrepare(c, what.name.c_str(), what.text.c_str(), one.with.count(),
                                   one.with.types()) != 0;
      queued.push_back(&what.name);
    }
    sent = sent && send(one);
    queued.push_back(nullptr);
  }
  sent = sent && PQpipelineSync(c) != 0;
  if (!sent) {
    // Half a pipeline is queued, and cannot be taken back: only its end gives it up.
    auto f = not_sent(writes);
    close();
    return refuse(std::move(f));
  }
  auto got = detail::exchange{c, answer_timeout_}.read(queued.size());
  if (!got.error || !got.error->lost) PQexitPipelineMode(c);
  // What failed or came after it was not prepared; what came before it was, and stays so.
  for (std::size_t n = got.results.size(); n < queued.size(); ++n) {
    if (queued[n] != nullptr) prepared_.erase(*queued[n]);
  }
  if (got.error) {
    if (forgotten(*got.error)) return pipeline(steps);
    return refuse(conclude(*got.error, writes));
  }
  std::vector<rows> answers;
  answers.reserve(steps.size());
  for (std::size_t n = 0; n < queued.size(); ++n) {
    if (queued[n] == nullptr) answers.emplace_back(std::move(got.results[n]));
  }
  return answers;
}

}  // namespace tollgate::postgres
