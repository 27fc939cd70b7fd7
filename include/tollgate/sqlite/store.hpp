// SPDX-License-Identifier: BSL-1.0
#pragma once
// A store in one SQLite file: durable, shared by threads and processes, without a server.

#include <tollgate/core/clock.hpp>
#include <tollgate/core/system_clock.hpp>
#include <tollgate/sqlite/claims.hpp>
#include <tollgate/sqlite/commit.hpp>
#include <tollgate/sqlite/leases.hpp>
#include <tollgate/sqlite/load.hpp>
#include <tollgate/sqlite/migrate.hpp>
#include <tollgate/sqlite/pool.hpp>
#include <tollgate/sqlite/queries.hpp>
#include <tollgate/storage/concepts.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate::sqlite {

/// How a store is opened.
struct options {
  std::string path{};  // of a file on a local disk; its folder must exist
  durability safety{durability::full};
  duration busy_timeout{seconds(10)};  // how long to wait for another process that writes
  std::size_t readers{4};              // connections that read while one writes
  std::size_t cache_bytes{std::size_t{64} << 20U};  // pages kept in memory, at most
  clock_source clock{system_clock_source()};
  queue_limits limits{};  // of accounts that were given none; its account is not looked at
};

/// Models `storage`. Thread-safe; throws nothing of its own. Several processes may have the same
/// file open. Do not carry an open store across a fork.
class store {
 public:
  /// Opens the file, or makes it, and brings its tables up to date. Errors: `storage_unavailable`,
  /// also for a file that asks for a later program; `busy`; `corrupt_record`.
  [[nodiscard]] static result<std::unique_ptr<store>> open(options how) {
    if (how.limits.weight == 0) how.limits.weight = 1;
    auto opened = std::make_unique<store>(token{}, std::move(how));
    detail::connection& c = opened->pool_.first();
    if (!c.ok()) return refuse(c.take_failure());
    if (auto done = detail::migrate(c); !done) return refuse(std::move(done.error()));
    return opened;
  }

  /// One snapshot of the file for all wants.
  [[nodiscard]] result<snapshot> load(const load_request& want) {
    const timestamp at = now();
    return pool_.read([&](detail::session& s) { return detail::load(s.c, s.words, want, at); });
  }
  /// All units are one transaction: it is synced once. Leaves the units as they are. Errors: also
  /// `busy`, another process wrote for too long; nothing was written.
  [[nodiscard]] result<std::vector<verdict>> commit(std::span<unit> units) {
    const timestamp at = now();
    return pool_.write([&](detail::session& s) { return detail::commit(s.c, units, at); });
  }

  /// Fair between accounts by virtual time, kind by kind; several kinds take turns.
  [[nodiscard]] result<std::vector<claimed_job>> claim(const claim_request& request) {
    const timestamp at = now();
    const std::size_t turn = request.kinds.size() > 1 ? turn_.fetch_add(1) : 0;
    return changing([&](detail::session& s) {
      return detail::claimer{s.c, s.words, request, limits_, at, turn}.claim();
    });
  }
  [[nodiscard]] result<beat_answer> heartbeat(const beat& b) {
    const timestamp at = now();
    return changing([&](detail::session& s) { return detail::heartbeat(s.c, b, at); });
  }
  /// Goes on where it ended before, so that every due job is named sooner or later.
  [[nodiscard]] result<std::vector<due_job>> due(const due_request& request) {
    const timestamp at = now();
    const std::lock_guard guard(due_mutex_);
    return reading([&](detail::session& s) {
      return detail::due_finder{s.c, at, request.limit}.find(due_place_);
    });
  }

  /// Also for an account that is not open yet. Errors: `invalid_argument` at "/weight" for 0.
  [[nodiscard]] result<void> set_limits(const queue_limits& limits) {
    if (limits.weight == 0) {
      return refuse(error::invalid_argument, "/weight", "a weight is at least 1");
    }
    return setting([&](detail::session& s) {
      s.c.run(detail::sql::set_limits, limits.account, limits.max_in_flight, limits.weight);
      s.c.run(detail::sql::stand_lines_of_account, limits.account);
      s.c.run(detail::sql::free_account, limits.account);
    });
  }
  [[nodiscard]] result<void> set_kind(const kind_setting& kind) {
    return setting(
        [&](detail::session& s) { s.c.run(detail::sql::set_kind, kind.kind, kind.paused); });
  }

  /// Newest first, at most 1,000 in a page. Errors: `invalid_argument` at "/cursor".
  [[nodiscard]] result<page<job_record>> jobs(account_id account, const job_filter& filter,
                                              const cursor& from) {
    return flat(
        [&](detail::session& s) { return detail::jobs(s.c, s.words, account, filter, from); });
  }
  /// Oldest first, 100 in a page. Errors: `invalid_argument` at "/cursor".
  [[nodiscard]] result<page<operation>> history(account_id account, const cursor& from) {
    return flat([&](detail::session& s) { return detail::history(s.c, account, from); });
  }
  [[nodiscard]] result<std::vector<attempt>> attempts(account_id account, job_id job) {
    return reading([&](detail::session& s) { return detail::attempts(s.c, account, job); });
  }
  /// Errors: `overflow` while the sum does not fit an amount.
  [[nodiscard]] result<project_total> running_total(account_id account, project_id project) {
    return flat([&](detail::session& s) { return detail::running_total(s.c, account, project); });
  }
  /// At most one: the newest that is not later than `until`.
  [[nodiscard]] result<page<operation>> last_operation(account_id account, timestamp until) {
    return reading([&](detail::session& s) { return detail::last_operation(s.c, account, until); });
  }
  [[nodiscard]] result<queue_state> queue(account_id account, const std::string& kind) {
    return reading([&](detail::session& s) { return detail::queue(s.c, account, kind, limits_); });
  }

  /// By id, 1,000 in a page. Errors: `invalid_argument` at "/cursor".
  [[nodiscard]] result<page<account_id>> accounts(const cursor& from) {
    return flat([&](detail::session& s) { return detail::accounts(s.c, from); });
  }
  /// A copy of everything kept of an account, taken at one instant.
  [[nodiscard]] result<account_records> audit(account_id account) {
    return reading([&](detail::session& s) { return detail::audit(s.c, s.words, account); });
  }

 private:
  struct token {};

 public:
  /// Not for callers: `open` makes stores.
  store(token, options how)
      : clock_{how.clock},
        limits_{how.limits},
        pool_{{.path = std::move(how.path), .safety = how.safety, .busy_timeout = how.busy_timeout},
              how.readers} {}
  store(const store&) = delete;
  store& operator=(const store&) = delete;

 private:
  /// Reads the clock; never goes back behind what it told before.
  [[nodiscard]] timestamp now() noexcept {
    const std::int64_t read = clock_.now().microseconds;
    auto told = latest_.load(std::memory_order_relaxed);
    while (told < read) {
      if (latest_.compare_exchange_weak(told, read, std::memory_order_relaxed)) return {read};
    }
    return {told};
  }

  /// What is asked inside a transaction that reads; a failure of the connection comes first.
  template <class Ask>
  auto flat(Ask ask) -> std::invoke_result_t<Ask&, detail::session&> {
    return pool_.read([&](detail::session& s) -> std::invoke_result_t<Ask&, detail::session&> {
      s.c.begin(detail::sql::begin_read);
      auto answer = ask(s);
      if (!s.c.commit()) return refuse(s.c.take_failure());
      return answer;
    });
  }
  /// The same of what cannot fail by itself.
  template <class Ask>
  auto reading(Ask ask) -> result<std::invoke_result_t<Ask&, detail::session&>> {
    return flat([&](detail::session& s) -> result<std::invoke_result_t<Ask&, detail::session&>> {
      return ask(s);
    });
  }
  template <class Change>
  auto changing(Change change) -> result<std::invoke_result_t<Change&, detail::session&>> {
    return pool_.write(
        [&](detail::session& s) -> result<std::invoke_result_t<Change&, detail::session&>> {
          s.c.begin(detail::sql::begin_write);
          auto answer = change(s);
          if (!s.c.commit()) return refuse(s.c.take_failure());
          return answer;
        });
  }
  template <class Change>
  [[nodiscard]] result<void> setting(Change change) {
    auto done = changing([&](detail::session& s) {
      change(s);
      return true;
    });
    if (!done) return refuse(std::move(done.error()));
    return {};
  }

  clock_source clock_;
  queue_limits limits_;
  detail::pool pool_;
  std::atomic<std::int64_t> latest_{0};  // the last instant handed out
  std::atomic<std::size_t> turn_{0};     // of requests for several kinds
  std::mutex due_mutex_{};
  detail::due_place due_place_{};
};

static_assert(storage<store>);

}  // namespace tollgate::sqlite
