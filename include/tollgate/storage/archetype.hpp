// SPDX-License-Identifier: BSL-1.0
#pragma once
// The smallest types that model the storage concepts: what a host has to write, and nothing more.

#include <tollgate/storage/concepts.hpp>

#include <span>
#include <string>
#include <vector>

namespace tollgate::archetype {

// Declared only, never called: a template that compiles with them asks for nothing else.

struct loads_records {
  result<snapshot> load(const load_request&);
};
struct commits_units {
  result<std::vector<verdict>> commit(std::span<unit>);
};
struct claims_jobs {
  result<std::vector<claimed_job>> claim(const claim_request&);
};
struct renews_leases {
  result<beat_answer> heartbeat(const beat&);
};
struct finds_due_jobs {
  result<std::vector<due_job>> due(const due_request&);
};
struct keeps_settings {
  result<void> set_limits(const queue_limits&);
  result<void> set_kind(const kind_setting&);
};
struct answers_queries {
  result<page<job_record>> jobs(account_id, const job_filter&, const cursor&);
  result<page<operation>> history(account_id, const cursor&);
  result<std::vector<attempt>> attempts(account_id, job_id);
  result<project_total> running_total(account_id, project_id);
  result<page<operation>> last_operation(account_id, timestamp);
  result<queue_state> queue(account_id, const std::string&);
};
struct opens_books {
  result<page<account_id>> accounts(const cursor&);
  result<account_records> audit(account_id);
};

/// Models `ledger_store`.
struct ledger_store : loads_records, commits_units {};
/// Models `job_store`.
struct job_store : ledger_store, claims_jobs, renews_leases, finds_due_jobs, keeps_settings {};
/// Models `query_store`.
struct query_store : answers_queries, opens_books {};
/// Models `storage`.
struct storage : job_store, query_store {};

/// Models `joins_host_transaction`.
struct joins_host_transaction {
  struct host_transaction {};
  archetype::ledger_store within(host_transaction&);
};

}  // namespace tollgate::archetype
