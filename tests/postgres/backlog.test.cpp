// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/store.hpp>

#include <postgres/desk.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::nth;
using contract::whole;

/// Copies the one job that is ready in an order, so often: the rows a backlog really has.
void make_backlog(const office& o, const std::string& count) {
  const std::string all =
      " FROM {schema}.job j CROSS JOIN generate_series(1, " + count + ") g WHERE j.ordinal = 0";
  o.schema.run("CREATE TEMP TABLE made AS SELECT g, gen_random_uuid() AS id" + all +
               R"(;
INSERT INTO {schema}.job SELECT j.bucket, j.account, m.id, j.made_by, m.id, m.id, j.part_of,
  j.project, j.branch, j.kind, j.words, j.priority, j.arrival, m.g, j.max_attempts,
  j.estimated, j.start_within, j.deadline, j.created_at
  FROM {schema}.job j CROSS JOIN made m WHERE j.ordinal = 0;
INSERT INTO {schema}.live SELECT l.bucket, l.account, m.id, m.id, l.kind, l.priority, l.arrival,
  m.g, l.deadline, l.stands, l.stands_at, l.due_at, l.phase, l.role, l.state, l.epoch, l.revision,
  l.settled_epoch, l.final_seq, l.attempts, l.resubmissions, l.progress, l.ready_at, l.start_by,
  l.worker, l.lease_until, l.cancel_requested, l.error_retryable, l.error_code, l.error_message,
  l.provider_job_id, l.provider_metadata, l.result, l.actual, l.queued_at, l.started_at,
  l.completed_at, l.updated_at FROM {schema}.live l CROSS JOIN made m WHERE l.ordinal = 0;
INSERT INTO {schema}.ready SELECT r.bucket, r.account, r.kind, r.priority, r.arrival, m.g, m.id,
  r.until FROM {schema}.ready r CROSS JOIN made m WHERE r.ordinal = 0;
UPDATE {schema}.line SET ready = ready + )" +
               count + "; DROP TABLE made; ANALYZE");
}

/// The median time of one claim of ten, in microseconds.
[[nodiscard]] double claim_time(office& o) {
  std::vector<double> times;
  for (int n = 0; n < 21; ++n) {
    const auto before = std::chrono::steady_clock::now();
    const auto got =
        o.store->claim({.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = 10});
    const std::chrono::duration<double, std::micro> took =
        std::chrono::steady_clock::now() - before;
    REQUIRE(got);
    REQUIRE(got->size() == 10);
    if (n >= 6) times.push_back(took.count());  // the first ones prepare and plan
  }
  std::nth_element(times.begin(), times.begin() + 7, times.end());
  return times[7];
}

[[nodiscard]] double claim_time_among(const std::string& count) {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  REQUIRE(d.confirm("click", {desk::item(1, whole(1))}));
  make_backlog(o, count);
  const double time = claim_time(o);
  o.expect_no_faults();
  return time;
}

TEST_CASE("a claim among 300,000 ready jobs costs what it costs among 1,000") {
  const double few = claim_time_among("1000");
  const double many = claim_time_among("300000");
  INFO(few << " us among 1,000, " << many << " us among 300,000");
  CHECK(many < 5 * few + 2'000);  // a scan of the backlog takes a hundred times as long
  // At this size the planner expects so many rows that a session with the JIT compiles the plan,
  // for 0.1 s each time.
}

TEST_CASE("a claim of very many jobs has them all, in order") {
  office o;
  const desk d{o.trial};
  REQUIRE(d.open(whole(100)));
  REQUIRE(d.confirm("click", {desk::item(1, whole(1))}));
  make_backlog(o, "2499");
  const auto got =
      o.store->claim({.worker = nth<worker_id>(1), .kinds = {"render"}, .limit = 2'400});
  REQUIRE(got);
  REQUIRE(got->size() == 2'400);
  for (std::size_t n = 0; n < got->size(); ++n) REQUIRE((*got)[n].body->ordinal == n);
  CHECK(o.schema.number("SELECT count(*) FROM {schema}.ready") == 100);
  o.expect_no_faults();
}

}  // namespace
}  // namespace tollgate::test
