// SPDX-License-Identifier: BSL-1.0
#include <tollgate/worker/state.hpp>

#include <support/catch.hpp>

namespace {

using namespace tollgate;

claimed_job claim_of(std::uint64_t job, std::uint64_t epoch) {
  job_body body;
  body.id = {{1, job}};
  return {.body = std::make_shared<const job_body>(body),
          .status = {.id = body.id, .epoch = epoch}};
}
settle_command settle(settle_kind kind) { return {.kind = kind}; }
const auto uncounted = [](worker_totals&) {};

struct one_job {
  one_job() {
    std::vector<claimed_job> claimed;
    claimed.push_back(claim_of(1, 5));
    job = state.take_on(std::move(claimed)).jobs.front();
  }
  worker_state state{worker_id{{7, 1}}, {"render"}};
  std::shared_ptr<held_job> job{};
};

TEST_CASE("a lease is renewed until its settle was taken") {
  one_job f;
  CHECK(f.state.leases() == std::vector{f.job->lease()});
  f.state.owe(f.job, settle(settle_kind::succeeded));
  auto sent = f.state.take_owed(10);
  CHECK(f.state.owed() == 1);
  CHECK_FALSE(f.state.has_owed());
  CHECK(f.state.leases().size() == 1);
  CHECK(f.state.done(sent, uncounted).front().job == f.job);
  CHECK(f.state.leases().empty());
  CHECK(f.state.owed() == 0);
  CHECK(f.state.held() == 0);
}

TEST_CASE("what the store did not take is owed again") {
  one_job f;
  f.state.owe(f.job, settle(settle_kind::succeeded));
  auto sent = f.state.take_owed(10);
  f.state.keep(sent);
  CHECK(sent.empty());
  CHECK(f.state.owed() == 1);
  sent = f.state.take_owed(10);
  REQUIRE(sent.size() == 1);
  CHECK(sent.front().command.kind == settle_kind::succeeded);
}

TEST_CASE("no more settles are sent at once than asked for, the oldest first") {
  worker_state state{worker_id{{7, 1}}, {"render"}};
  std::vector<claimed_job> claimed;
  for (std::uint64_t n = 1; n <= 5; ++n) claimed.push_back(claim_of(n, 1));
  for (const auto& job : state.take_on(std::move(claimed)).jobs) {
    state.owe(job, settle(settle_kind::succeeded));
  }
  const auto sent = state.take_owed(2);
  REQUIRE(sent.size() == 2);
  CHECK(sent.front().job->claimed.body->id == job_id{{1, 1}});
  CHECK(sent.back().job->claimed.body->id == job_id{{1, 2}});
  CHECK(state.owed() == 5);
}

TEST_CASE("a hand-back that failed on its way gives place to what the handler answered meanwhile") {
  one_job f;
  f.state.owe_over_its_head(f.job, settle(settle_kind::handed_back));
  auto sent = f.state.take_owed(10);
  f.state.owe(f.job, settle(settle_kind::succeeded));
  f.state.keep(sent);
  sent = f.state.take_owed(10);
  REQUIRE(sent.size() == 1);
  CHECK(sent.front().command.kind == settle_kind::succeeded);
}

TEST_CASE("a job handed back over its head is not renewed, but held until its handler answers") {
  one_job f;
  f.state.owe_over_its_head(f.job, settle(settle_kind::handed_back));
  auto sent = f.state.take_owed(10);
  CHECK(f.state.done(sent, uncounted).front().job == f.job);
  CHECK(f.state.leases().empty());
  CHECK(f.state.held() == 1);
  CHECK(f.state.unanswered().size() == 1);
}

TEST_CASE("an answer about an earlier claim does not touch a later claim of the same job") {
  one_job f;
  const auto sent = f.state.leases();
  std::vector<claimed_job> again;
  again.push_back(claim_of(1, 6));
  const auto taken = f.state.take_on(std::move(again));
  REQUIRE(taken.lost.size() == 1);
  CHECK(taken.lost.front() == f.job);
  CHECK(f.state.find(sent, {job_id{{1, 1}}}, true).empty());
  CHECK(f.state.leases() == std::vector{taken.jobs.front()->lease()});
}

TEST_CASE("a handler that has answered is not asked to stop") {
  one_job f;
  const auto sent = f.state.leases();
  f.state.owe(f.job, settle(settle_kind::succeeded));
  CHECK(f.state.find(sent, {job_id{{1, 1}}}, true).empty());
  CHECK(f.state.leases().empty());
  CHECK(f.state.owed() == 1);
}

}  // namespace
