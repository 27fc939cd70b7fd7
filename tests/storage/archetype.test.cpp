// SPDX-License-Identifier: BSL-1.0
// Each concept has a smallest model, and loses it with any one operation.
#include <tollgate/storage/archetype.hpp>

#include <support/catch.hpp>

#include <type_traits>

namespace tollgate {
namespace {

static_assert(loads_records<archetype::loads_records>);
static_assert(commits_units<archetype::commits_units>);
static_assert(claims_jobs<archetype::claims_jobs>);
static_assert(renews_leases<archetype::renews_leases>);
static_assert(finds_due_jobs<archetype::finds_due_jobs>);
static_assert(keeps_settings<archetype::keeps_settings>);
static_assert(answers_queries<archetype::answers_queries>);
static_assert(opens_books<archetype::opens_books>);
static_assert(ledger_store<archetype::ledger_store>);
static_assert(job_store<archetype::job_store>);
static_assert(query_store<archetype::query_store>);
static_assert(storage<archetype::storage>);
static_assert(joins_host_transaction<archetype::joins_host_transaction>);

// A wider concept is not modelled by what models a narrower one.
static_assert(!job_store<archetype::ledger_store>);
static_assert(!storage<archetype::job_store>);
static_assert(!storage<archetype::query_store>);
static_assert(!joins_host_transaction<archetype::storage>);

// One operation taken away: deleting its name hides the inherited one.
struct without_load : archetype::storage {
  void load() = delete;
};
struct without_commit : archetype::storage {
  void commit() = delete;
};
struct without_claim : archetype::storage {
  void claim() = delete;
};
struct without_heartbeat : archetype::storage {
  void heartbeat() = delete;
};
struct without_due : archetype::storage {
  void due() = delete;
};
struct without_set_limits : archetype::storage {
  void set_limits() = delete;
};
struct without_set_kind : archetype::storage {
  void set_kind() = delete;
};
struct without_jobs : archetype::storage {
  void jobs() = delete;
};
struct without_history : archetype::storage {
  void history() = delete;
};
struct without_attempts : archetype::storage {
  void attempts() = delete;
};
struct without_running_total : archetype::storage {
  void running_total() = delete;
};
struct without_last_operation : archetype::storage {
  void last_operation() = delete;
};
struct without_queue : archetype::storage {
  void queue() = delete;
};
struct without_accounts : archetype::storage {
  void accounts() = delete;
};
struct without_audit : archetype::storage {
  void audit() = delete;
};
struct without_within : archetype::joins_host_transaction {
  void within() = delete;
};

static_assert(!storage<without_load> && !loads_records<without_load>);
static_assert(!storage<without_commit> && !commits_units<without_commit>);
static_assert(!storage<without_claim> && !claims_jobs<without_claim>);
static_assert(!storage<without_heartbeat> && !renews_leases<without_heartbeat>);
static_assert(!storage<without_due> && !finds_due_jobs<without_due>);
static_assert(!storage<without_set_limits> && !keeps_settings<without_set_limits>);
static_assert(!storage<without_set_kind> && !keeps_settings<without_set_kind>);
static_assert(!storage<without_jobs> && !answers_queries<without_jobs>);
static_assert(!storage<without_history> && !answers_queries<without_history>);
static_assert(!storage<without_attempts> && !answers_queries<without_attempts>);
static_assert(!storage<without_running_total> && !answers_queries<without_running_total>);
static_assert(!storage<without_last_operation> && !answers_queries<without_last_operation>);
static_assert(!storage<without_queue> && !answers_queries<without_queue>);
static_assert(!storage<without_accounts> && !opens_books<without_accounts>);
static_assert(!storage<without_audit> && !opens_books<without_audit>);
static_assert(!joins_host_transaction<without_within>);

// Taking away one operation leaves the others' concepts alone: a compiler names what is missing.
static_assert(ledger_store<without_claim> && query_store<without_claim>);
static_assert(claims_jobs<without_load> && query_store<without_load>);
static_assert(job_store<without_audit> && answers_queries<without_audit>);

// An operation that answers something else is not the operation.
struct with_a_bare_claim : archetype::storage {
  std::vector<claimed_job> claim(const claim_request&);
};
struct with_a_plain_commit : archetype::storage {
  result<verdict> commit(std::span<unit>);
};
static_assert(!storage<with_a_bare_claim>);
static_assert(!storage<with_a_plain_commit>);

TEST_CASE("the archetypes keep nothing, so that templates ask for nothing but operations") {
  STATIC_REQUIRE(std::is_empty_v<archetype::storage>);
  STATIC_REQUIRE(std::is_empty_v<archetype::joins_host_transaction>);
}

}  // namespace
}  // namespace tollgate
