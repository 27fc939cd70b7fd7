// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a store must offer. It keeps records and decides nothing; every rule is in the engine.

#include <tollgate/core/result.hpp>
#include <tollgate/storage/requests.hpp>

#include <concepts>
#include <span>

namespace tollgate {

/// Loads what a decision needs: the clock, the account rows, lots covering the amount wanted,
/// everything due at the clock, and what the want names. Missing things are simply absent.
template <class Store>
concept loads_records = requires(Store& s, const load_request& want) {
  { s.load(want) } -> std::same_as<result<snapshot>>;
};

/// Writes units in order, each whole or not at all, and only if its conditions still hold; answers
/// one verdict for each. After a unit that was not written, every later unit of the same account in
/// that commit is `moved`: it was decided from what was not written, and its seq may match by
/// chance.
/// May move from the units it writes. A failure is `storage_unavailable` (none was written) or
/// `outcome_unknown` (the answer was lost).
template <class Store>
concept commits_units = requires(Store& s, std::span<unit> units) {
  { s.commit(units) } -> std::same_as<result<std::vector<verdict>>>;
};

/// Leases ready jobs: fair between accounts, by priority and arrival within one, never above an
/// account's cap, each with its epoch and revision raised by one, in time that does not grow with
/// the backlog.
template <class Store>
concept claims_jobs = requires(Store& s, const claim_request& c) {
  { s.claim(c) } -> std::same_as<result<std::vector<claimed_job>>>;
};

/// Renews the leases that are still the worker's (leased, same epoch, same worker).
template <class Store>
concept renews_leases = requires(Store& s, const beat& b) {
  { s.heartbeat(b) } -> std::same_as<result<beat_answer>>;
};

/// Names jobs that need a decision because time passed. Changes nothing; naming twice is harmless.
template <class Store>
concept finds_due_jobs = requires(Store& s, const due_request& d) {
  { s.due(d) } -> std::same_as<result<std::vector<due_job>>>;
};

/// Keeps the settings of the queue.
template <class Store>
concept keeps_settings = requires(Store& s, const queue_limits& l, const kind_setting& k) {
  { s.set_limits(l) } -> std::same_as<result<void>>;
  { s.set_kind(k) } -> std::same_as<result<void>>;
};

/// Answers what screens ask.
template <class Store>
concept answers_queries = requires(Store& s, account_id a, project_id p, job_id j, timestamp t,
                                   const job_filter& f, const std::string& kind, const cursor& at) {
  { s.jobs(a, f, at) } -> std::same_as<result<page<job_record>>>;      // newest first
  { s.history(a, at) } -> std::same_as<result<page<operation>>>;       // by seq
  { s.attempts(a, j) } -> std::same_as<result<std::vector<attempt>>>;  // oldest first
  { s.running_total(a, p) } -> std::same_as<result<project_total>>;
  { s.last_operation(a, t) } -> std::same_as<result<page<operation>>>;  // newest with at <= t
  { s.queue(a, kind) } -> std::same_as<result<queue_state>>;
};

/// Gives an auditor everything.
template <class Store>
concept opens_books = requires(Store& s, account_id a, const cursor& at) {
  { s.accounts(at) } -> std::same_as<result<page<account_id>>>;
  { s.audit(a) } -> std::same_as<result<account_records>>;
};

/// A store of money. Thread-safe; never throws.
template <class Store>
concept ledger_store = loads_records<Store> && commits_units<Store>;

/// A store of money and jobs.
template <class Store>
concept job_store = ledger_store<Store> && claims_jobs<Store> && renews_leases<Store> &&
                    finds_due_jobs<Store> && keeps_settings<Store>;

/// A store that screens can ask.
template <class Store>
concept query_store = answers_queries<Store> && opens_books<Store>;

/// Everything the gate and the worker need.
template <class Store>
concept storage = job_store<Store> && query_store<Store>;

/// A store whose load and commit can run inside a transaction the host has open.
template <class Store>
concept joins_host_transaction = requires(Store& s, typename Store::host_transaction& t) {
  { s.within(t) } -> ledger_store;
};

}  // namespace tollgate
