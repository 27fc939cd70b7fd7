// SPDX-License-Identifier: BSL-1.0
#include <tollgate/jobs/role.hpp>

#include <support/catch.hpp>

using namespace tollgate;

static_assert(is_live(job_role::ready) && is_live(job_role::active));
static_assert(is_final(job_role::succeeded) && is_final(job_role::failed));
static_assert(is_final(job_role::cancelled) && !is_live(job_role::cancelled));
static_assert(to_string(job_role::ready) == "ready");
static_assert(to_string(job_role::cancelled) == "cancelled");
static_assert(!parse_job_role("") && !parse_job_role("Ready") && !parse_job_role("done"));

TEST_CASE("a role read back is the same") {
  for (const auto role : {job_role::ready, job_role::active, job_role::succeeded, job_role::failed,
                          job_role::cancelled}) {
    CHECK(parse_job_role(to_string(role)) == role);
  }
}

TEST_CASE("a word that is no role is read as nothing") {
  for (const char* word : {"", "Ready", "done", "cancelled "}) CHECK(!parse_job_role(word));
}
