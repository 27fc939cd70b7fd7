// SPDX-License-Identifier: BSL-1.0
#pragma once
// A store in PostgreSQL: credits and jobs beside the host's own tables, and in its transactions.

#include <tollgate/core/clock.hpp>
#include <tollgate/postgres/claims.hpp>
#include <tollgate/postgres/clean_up.hpp>
#include <tollgate/postgres/commit.hpp>
#include <tollgate/postgres/hints.hpp>
#include <tollgate/postgres/host_transaction.hpp>
#include <tollgate/postgres/load.hpp>
#include <tollgate/postgres/look_again.hpp>
#include <tollgate/postgres/migrate.hpp>
#include <tollgate/postgres/pool.hpp>
#include <tollgate/postgres/queries.hpp>
#include <tollgate/postgres/statements.hpp>
#include <tollgate/storage/concepts.hpp>
#include <tollgate/storage/own_turn.hpp>
#include <tollgate/storage/turns.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::postgres {

/// How a store is made.
struct options {
  settings server{};                      // where the database is, how many connections
  std::string schema{"tollgate"};         // it must have been migrated
  std::optional<clock_source> clock{};    // for tests; none: the server's
  queue_limits limits{};                  // of accounts that are given none when they are opened
  std::int16_t buckets{1};                // looked at when a schema is used for the first time
  bool hints{false};                      // tells `hint_listener`s of jobs that may start
  duration hint_pause{milliseconds(20)};  // between two hints of one kind, of this store
};

/// Models `storage`. Thread-safe; throws nothing of its own. A load and a commit are one statement
/// each, on one of the pool's connections; two for a load that meets a hold that is due, and before
/// a commit or claim now and then a look at the front of a queue (low_water.hpp).
class store {
 public:
  /// Connects. Errors: `storage_unavailable`, also for a schema that was not migrated or is for
  /// newer programs only; `invalid_argument` at "/buckets".
  [[nodiscard]] static result<std::unique_ptr<store>> open(options how) {
    if (how.limits.weight == 0) how.limits.weight = 1;
    if (how.buckets < 1 || how.buckets > 1'024) {
      return refuse(error::invalid_argument, "/buckets", "1 to 1024");
    }
    std::unique_ptr<store> made{new store{std::move(how)}};
    parameters with;
    with.put(made->how_.buckets);
    auto c = made->pool_.take();
    if (!c) return refuse(std::move(c.error()));
    const auto version = read_version(**c, made->how_.schema);
    if (!version) return refuse(version.error());
    if (auto usable = check_version(*version); !usable) return refuse(usable.error());
    const auto look = [&] { return (*c)->run(made->texts_.get(detail::text::read_buckets), with); };
    auto answer = look();
    // Another store wrote the row after this statement began: it is in the way and yet not seen.
    // The next statement sees it.
    if (answer && answer->empty()) answer = look();
    if (!answer) return refuse(std::move(answer.error()));
    if (answer->size() != 1) return detail::unsound("setting");
    made->buckets_ = answer->get<std::int16_t>(0, 0);
    if (!answer->sound()) return detail::unsound("setting");
    if (made->how_.hints) {
      made->hints_.emplace(made->how_.server, made->how_.schema, made->how_.hint_pause);
    }
    return made;
  }
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  [[nodiscard]] result<snapshot> load(const load_request& want) {
    return with_connection([&](connection& c) {
      const auto own = parts();
      const auto ask = [&](const statement& s, const parameters& p) { return c.run(s, p); };
      auto loaded = postgres::load(ask, texts_, want, buckets_, own.clock_now(), words_);
      if (loaded) own.tell(loaded->now);
      return loaded;
    });
  }
  [[nodiscard]] result<std::vector<verdict>> commit(std::span<unit> units) {
    if (units.empty()) return std::vector<verdict>{};
    auto said = with_connection([&](connection& c) {
      look_for(units, c);
      return committer{c, texts_, parts().commit_how()}.commit(units);
    });
    if (hints_ && said) tell_of(units, *said);
    return said;
  }

  /// Where threads of this process that want one account wait for each other; see `turns`.
  [[nodiscard]] turns& turns_of_accounts() noexcept { return turns_; }

  /// The same inside a transaction that the host has open; see `joined_ledger`. Must not outlive
  /// the store.
  using host_transaction = postgres::host_transaction;
  [[nodiscard]] joined_ledger within(host_transaction& host) { return {host, parts()}; }

  /// Polls that are due come first, then starts, fair between accounts kind by kind; between
  /// several kinds the account served least beyond the front of its kind goes first.
  [[nodiscard]] result<std::vector<claimed_job>> claim(const claim_request& request) {
    return with_connection(
        [&](connection& c) { return work(c).claim(request, claims_.fetch_add(1)); });
  }
  [[nodiscard]] result<beat_answer> heartbeat(const beat& b) {
    return with_connection([&](connection& c) { return work(c).heartbeat(b); });
  }
  [[nodiscard]] result<std::vector<due_job>> due(const due_request& request) {
    return with_connection(
        [&](connection& c) { return work(c).due(request, dues_.fetch_add(1), due_places_); });
  }

  /// Also for an account that is not open yet. Errors: `invalid_argument` at "/weight" for 0.
  [[nodiscard]] result<void> set_limits(const queue_limits& limits) {
    if (limits.weight == 0) {
      return refuse(error::invalid_argument, "/weight", "a weight is at least 1");
    }
    parameters with;
    with.put(detail::bucket_of(limits.account, buckets_)).put(limits.account);
    with.put(detail::count_of(limits.max_in_flight)).put(detail::count_of(limits.weight));
    return change(detail::text::limits, with);
  }
  [[nodiscard]] result<void> set_kind(const kind_setting& setting) {
    parameters with;
    with.put(static_cast<std::int32_t>(buckets_)).bytes(setting.kind).put(setting.paused);
    return change(detail::text::kind, with);
  }
  /// Removes what people wrote and may want back from a job that has ended: its payload, result,
  /// provider metadata and error messages, those of its attempts too. Money, ids, times, codes and
  /// states stay. Answers whether there was such a job. A late result of a worker that was given up
  /// is logged even after that: erase again.
  [[nodiscard]] result<bool> erase_payload(account_id account, job_id job) {
    parameters with;
    with.put(detail::bucket_of(account, buckets_)).put(account).put(job);
    return with_connection([&](connection& c) -> result<bool> {
      auto answer = c.run(texts_.get(detail::text::erase), with);
      if (!answer) return refuse(std::move(answer.error()));
      const bool erased = answer->get<std::int64_t>(0, 0) != 0;
      if (!answer->sound()) return detail::unsound("done/" + to_string(job));
      return erased;
    });
  }
  /// Drops payloads and attempts of jobs that ended long ago, and makes room for those to come. Any
  /// program may call it at any time, several at once; once an hour is plenty. A job that lives
  /// keeps its payload, however old. Errors: `invalid_argument` at the member that is wrong.
  [[nodiscard]] result<clean_up_report> clean_up(const clean_up_request& how = {}) {
    return with_connection(
        [&](connection& c) { return postgres::clean_up(c, texts_, how, parts().clock_now()); });
  }

  /// Says that there may be something to claim of a kind; empty: of any. Commits of this store do
  /// so by themselves; those in a host's transaction do not: say it after the host's commit. Tells
  /// nobody else unless `options::hints`.
  void hint(std::string_view kind = {}) {
    // A transaction that stayed open may have placed its jobs below the marks.
    marks_.look_soon(kind, low_water::clock::now());
    if (hints_) hints_->ring(kind);
  }

  /// Newest first, at most 1,000 in a page. Errors: `invalid_argument` at "/cursor".
  [[nodiscard]] result<page<job_record>> jobs(account_id account, const job_filter& filter,
                                              const cursor& from) {
    return ask([&](queries q) { return q.jobs(account, filter, from); });
  }
  /// Oldest first, 100 in a page. Errors: `invalid_argument` at "/cursor".
  [[nodiscard]] result<page<operation>> history(account_id account, const cursor& from) {
    return ask([&](queries q) { return q.history(account, from); });
  }
  [[nodiscard]] result<std::vector<attempt>> attempts(account_id account, job_id job) {
    return ask([&](queries q) { return q.attempts(account, job); });
  }
  [[nodiscard]] result<project_total> running_total(account_id account, project_id project) {
    return ask([&](queries q) { return q.running_total(account, project); });
  }
  /// At most one: the newest that is not later than `until`.
  [[nodiscard]] result<page<operation>> last_operation(account_id account, timestamp until) {
    return ask([&](queries q) { return q.last_operation(account, until); });
  }
  [[nodiscard]] result<queue_state> queue(account_id account, const std::string& kind) {
    return ask([&](queries q) { return q.queue(account, kind, how_.limits); });
  }
  /// In no order that means anything. Errors: `invalid_argument` at "/cursor".
  [[nodiscard]] result<page<account_id>> accounts(const cursor& from) {
    return ask([&](queries q) { return q.accounts(from); });
  }
  /// Everything kept of an account, as it was at one instant.
  [[nodiscard]] result<account_records> audit(account_id account) {
    return ask([&](queries q) { return q.audit(account); });
  }

 private:
  explicit store(options how) : how_{std::move(how)}, texts_{how_.schema}, pool_{how_.server} {}

  /// Hints at what may be claimed now that these units are written.
  void tell_of(std::span<const unit> units, const std::vector<verdict>& said) {
    const timestamp now{latest_.load(std::memory_order_relaxed)};
    const auto ready = [&](const job_status& s) {
      return s.phase == job_phase::ready && detail::standing_of(s, now) == detail::standing::ready;
    };
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (said[i] != verdict::written) continue;
      for (const job_insert& j : units[i].inserts) {
        if (ready(j.status)) hints_->ring(j.body->kind);
      }
      for (const job_change& j : units[i].jobs) {
        if (ready(j.status)) hints_->ring({});
      }
    }
  }

  /// Keeps the marks fresh of the queues that these units send jobs to.
  void look_for(std::span<const unit> units, connection& c) {
    low_water::place last{-1, {}};
    for (const unit& u : units) {
      for (const job_insert& j : u.inserts) {
        const std::int16_t bucket = detail::bucket_of(u.account, buckets_);
        if (bucket == last.bucket && j.body->kind == last.kind) continue;
        last = {bucket, j.body->kind};
        look_again(c, texts_, marks_, last);
      }
    }
  }

  template <class Do>
  [[nodiscard]] auto with_connection(Do work) -> decltype(work(std::declval<connection&>())) {
    auto c = pool_.take();
    if (!c) return refuse(std::move(c.error()));
    return work(**c);
  }
  template <class Ask>
  [[nodiscard]] auto ask(Ask question) -> decltype(question(std::declval<queries>())) {
    return with_connection([&](connection& c) {
      return question(queries{c, texts_, buckets_, words_});
    });
  }
  [[nodiscard]] result<void> change(detail::text which, const parameters& with) {
    return with_connection([&](connection& c) -> result<void> {
      auto answer = c.run(texts_.get(which), with);
      if (!answer) return refuse(std::move(answer.error()));
      return {};
    });
  }
  [[nodiscard]] queue_work work(connection& c) {
    return queue_work{c, texts_, buckets_, parts().clock_now(), words_, marks_};
  }

  [[nodiscard]] detail::shared_parts parts() {
    return {.texts = texts_,
            .buckets = buckets_,
            .limits = how_.limits,
            .clock = how_.clock,
            .latest = latest_,
            .words = words_,
            .marks = marks_};
  }

  options how_;
  statements texts_;
  pool pool_;
  detail::word_book words_{};
  std::int64_t buckets_{1};
  std::atomic<std::int64_t> latest_{0};
  turns turns_{};
  low_water marks_{};
  std::atomic<std::uint64_t> claims_{0};
  std::atomic<std::uint64_t> dues_{0};
  due_places due_places_{};
  std::optional<hint_sender> hints_{};
};

static_assert(storage<store>);
static_assert(takes_turns<store>);
static_assert(joins_host_transaction<store>);

}  // namespace tollgate::postgres
