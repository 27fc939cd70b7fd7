// SPDX-License-Identifier: BSL-1.0
#pragma once
// Tells waiting workers that there may be something to claim. Only a hint: polling is the truth.

#include <tollgate/core/timestamp.hpp>
#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/detail/deadline.hpp>
#include <tollgate/postgres/settings.hpp>

#include <libpq-fe.h>

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::postgres {

namespace detail {

/// Hints have a connection of their own and give up soon: nobody waits for them.
[[nodiscard]] inline settings hint_settings(settings how) {
  how.prepare = false;
  how.tries = 1;
  how.connect_timeout = seconds(2);
  how.answer_timeout = seconds(2);
  return how;
}

/// A kind as it may be sent: short and plain. Others are sent as "any".
[[nodiscard]] inline std::string_view hint_of(std::string_view kind) noexcept {
  const auto plain = [](char c) { return c > ' ' && c < '\x7f'; };
  const bool fits = kind.size() <= 200 && std::all_of(kind.begin(), kind.end(), plain);
  return fits ? kind : std::string_view{};
}

[[nodiscard]] inline std::chrono::microseconds to_chrono(duration d) noexcept {
  return std::chrono::microseconds{d.microseconds};
}

}  // namespace detail

/// Sends hints from a thread and a connection of its own, after what they tell of was committed:
/// NOTIFY in a transaction of business takes a lock of the whole database at its commit. Each kind
/// is told of at most once in a `pause`; what comes meanwhile is told at its end. While the server
/// cannot be reached hints are dropped. The channel is the schema's name. Thread-safe.
class hint_sender {
 public:
  hint_sender(settings server, std::string schema, duration pause)
      : server_{detail::hint_settings(std::move(server))},
        channel_{std::move(schema)},
        pause_{pause},
        thread_{[this](const std::stop_token& stopped) { run(stopped); }} {}

  /// There may be something to claim of a kind; empty: of any. Never waits for the server.
  void ring(std::string_view kind) {
    {
      const std::lock_guard lock{mutex_};
      if (!pending_.emplace(detail::hint_of(kind)).second) return;
    }
    rung_.notify_one();
  }

 private:
  void run(const std::stop_token& stopped) {
    while (!stopped.stop_requested()) {
      std::vector<std::string> kinds;
      {
        std::unique_lock lock{mutex_};
        if (!rung_.wait(lock, stopped, [&] { return !pending_.empty(); })) return;
        kinds.assign(pending_.begin(), pending_.end());
        pending_.clear();
      }
      const bool sent = send(kinds);
      std::unique_lock lock{mutex_};
      // Never true, so that only the time or a stop ends it.
      rung_.wait_for(lock, stopped, detail::to_chrono(sent ? pause_ : std::max(pause_, seconds(1))),
                     [] { return false; });
    }
  }

  [[nodiscard]] bool send(const std::vector<std::string>& kinds) {
    if (!connection_ || !connection_->usable()) {
      connection_.reset();
      auto opened = connection::open(server_);
      if (!opened) return false;
      connection_.emplace(std::move(*opened));
    }
    static const statement notify{"", "SELECT pg_notify($1::text, k) FROM unnest($2::text[]) AS k",
                                  true};
    return connection_->run(notify, parameters{}.text(channel_).texts(kinds)).has_value();
  }

  settings server_;
  std::string channel_;
  duration pause_;
  std::optional<connection> connection_{};  // of the thread
  std::mutex mutex_{};
  std::condition_variable_any rung_{};
  std::set<std::string, std::less<>> pending_{};
  std::jthread thread_;  // last: it uses all of the above
};

/// Listens for hints on a connection of its own, which a transaction pooler cannot give. Connects
/// by itself and again; a connection that is silent is asked now and then whether it lives. Not
/// thread-safe.
class hint_listener {
 public:
  /// Only hints of these kinds count; none: of every kind.
  hint_listener(settings server, std::string schema, std::vector<std::string> kinds = {})
      : server_{detail::hint_settings(std::move(server))},
        channel_{std::move(schema)},
        kinds_{std::move(kinds)} {}

  /// Waits for a hint, at most so long, and a few seconds more where the server does not answer.
  /// True: there was one, or it has just connected, and who knows what was missed. False: none, or
  /// nobody there. Either way the caller polls as if nobody had ever hinted.
  [[nodiscard]] bool wait(duration at_most) {
    const detail::deadline until{std::max(at_most, duration{1})};
    if (!alive()) {
      if (reconnect()) return true;
      rest(until);
      return false;
    }
    while (alive()) {
      if (take()) return true;
      if (detail::wait_for(PQsocket(connection_->raw()), POLLIN, until) == 0) return false;
      if (PQconsumeInput(connection_->raw()) == 0) connection_.reset();
      heard_ = clock::now();
    }
    return false;
  }

  /// The process of the server that serves it; 0 while there is none.
  [[nodiscard]] int backend() const noexcept {
    return connection_ ? PQbackendPID(connection_->raw()) : 0;
  }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds silence{20};
  static constexpr std::chrono::seconds between_tries{1};

  [[nodiscard]] bool alive() {
    if (!connection_) return false;
    if (PQstatus(connection_->raw()) != CONNECTION_OK) {
      connection_.reset();
    } else if (clock::now() - heard_ > silence) {
      heard_ = clock::now();
      if (!connection_->run({"", "SELECT 1", false}, {})) connection_.reset();
    }
    return connection_.has_value();
  }

  [[nodiscard]] bool reconnect() {
    if (tried_ && clock::now() - *tried_ < between_tries) return false;
    tried_ = clock::now();
    auto opened = connection::open(server_);
    if (!opened || !opened->script("LISTEN " + postgres::quoted(channel_))) return false;
    connection_.emplace(std::move(*opened));
    heard_ = clock::now();
    return true;
  }

  /// Takes every hint that has arrived. True: one of them counts.
  [[nodiscard]] bool take() {
    bool any = false;
    for (;;) {
      const std::unique_ptr<PGnotify, free_notify> one{PQnotifies(connection_->raw())};
      if (!one) return any;
      const std::string_view kind{one->extra};
      any = any || kind.empty() || kinds_.empty() ||
            std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end();
    }
  }

  static void rest(const detail::deadline& until) {
    std::this_thread::sleep_for(std::chrono::milliseconds{until.poll_timeout()});
  }

  struct free_notify {
    void operator()(PGnotify* one) const noexcept { PQfreemem(one); }
  };

  settings server_;
  std::string channel_;
  std::vector<std::string> kinds_;
  std::optional<connection> connection_{};
  std::optional<clock::time_point> tried_{};
  clock::time_point heard_{};
};

/// Calls `wake` for hints on a thread of its own until it goes: `worker.wake()`, as a rule. The
/// worker polls all the same, so whatever becomes of this one, nothing is delivered later than
/// without it.
class wake_on_hints {
 public:
  template <class Wake>
  wake_on_hints(settings server, std::string schema, std::vector<std::string> kinds, Wake wake)
      : thread_{[listener = hint_listener{std::move(server), std::move(schema), std::move(kinds)},
                 wake = std::move(wake)](const std::stop_token& stopped) mutable {
          while (!stopped.stop_requested()) {
            if (listener.wait(milliseconds(100))) wake();
          }
        }} {}

 private:
  std::jthread thread_;
};

}  // namespace tollgate::postgres
