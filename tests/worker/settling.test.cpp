// SPDX-License-Identifier: BSL-1.0
#include <tollgate/worker/settling.hpp>

#include <support/property.hpp>

#include <memory>

namespace {

using namespace tollgate;

claimed_job a_claim(bool resumed = false) {
  job_body body;
  body.id = {{1, 2}};
  body.account = {{3, 4}};
  body.estimated = credits::from_units(100'000);
  return {.body = std::make_shared<const job_body>(body),
          .status = {.id = body.id, .epoch = 9, .attempts = 2},
          .resumed = resumed};
}
const provider_data nothing{};
const worker_options defaults{};

TEST_CASE("every settle names the claim it ends and the worker that ends it") {
  const auto claim = a_claim();
  const settle_basis basis{claim, nothing, 0, worker_id{{7, 7}}};
  for (outcome o : {outcome::succeeded({}), outcome::failed({}), outcome::cancelled(),
                    outcome::wait({}), outcome::handed_back()}) {
    const auto c = settle_for(std::move(o), basis, defaults, exponential_backoff{});
    CHECK(c.lease == lease_ref{{{3, 4}}, {{1, 2}}, 9});
    CHECK(c.worker == worker_id{{7, 7}});
  }
}

TEST_CASE("a progress that is not given stays as it was stored") {
  const auto claim = a_claim();
  const settle_basis basis{claim, nothing, 620, {}};
  CHECK(settle_for(outcome::wait({}), basis, defaults, exponential_backoff{}).progress == 620);
  CHECK(
      settle_for(outcome::wait({.progress = permille{700}}), basis, defaults, exponential_backoff{})
          .progress == 700);
  CHECK(hand_back(basis).progress == 620);
}

TEST_CASE("what the outcome says of the provider goes before what could not be saved") {
  const auto claim = a_claim();
  const provider_data unsaved{.job_id = "old", .metadata = "m"};
  const settle_basis basis{claim, unsaved, 0, {}};
  const auto c = settle_for(outcome::wait({.provider = {.job_id = "new"}}), basis, defaults,
                            exponential_backoff{});
  CHECK(c.provider_job_id == "new");
  CHECK(c.provider_metadata == "m");
  CHECK(
      settle_for(outcome::handed_back(), basis, defaults, exponential_backoff{}).provider_job_id ==
      "old");
}

struct never_again {
  std::uint32_t max_attempts{9};
  [[nodiscard]] duration delay(std::uint32_t, permille) const { return seconds(3); }
  [[nodiscard]] bool retries(const attempt_error& e) const { return e.code == "only this"; }
};
static_assert(retry_policy_for<never_again, attempt_error>);

TEST_CASE("a policy may judge the fault itself") {
  const auto claim = a_claim();
  const settle_basis basis{claim, nothing, 0, {}};
  CHECK_FALSE(settle_for(outcome::failed({.code = "x"}), basis, defaults, never_again{}).retryable);
  const auto c = settle_for(outcome::failed({.code = "only this", .retryable = false}), basis,
                            defaults, never_again{});
  CHECK(c.retryable);
  CHECK(c.delay == seconds(3));
}

TEST_CASE("the jitter of a retry is injected") {
  const auto claim = a_claim();
  const settle_basis basis{claim, nothing, 0, {}};
  worker_options options;
  options.jitter = {.draw = [](void*, job_id, std::uint32_t attempt) noexcept {
    return permille{attempt == 2 ? 1000U : 0U};
  }};
  const exponential_backoff policy{};
  CHECK(settle_for(outcome::failed({}), basis, options, policy).delay ==
        policy.delay(2, permille{1000}));
}

TEST_CASE("a delay below zero is none") {
  const auto claim = a_claim();
  const settle_basis basis{claim, nothing, 0, {}};
  CHECK(
      settle_for(outcome::wait({.poll_after = seconds(-1)}), basis, defaults, exponential_backoff{})
          .delay == duration{});
  CHECK(settle_for(outcome::failed({.retry_after = seconds(-1)}), basis, defaults,
                   exponential_backoff{})
            .delay == duration{});
}

TEST_CASE("whatever a handler answers, the settle is one the gate can judge", "[property]") {
  test::check_law("settles are in range", [](int kind, std::int64_t actual, std::int64_t delay,
                                             bool resumed, std::string result) {
    outcome o{};
    o.kind = static_cast<settle_kind>(static_cast<unsigned>(kind) % 5U);
    o.actual = credits::from_units(actual % 1'000'000'000);
    o.delay = {delay};
    o.result = result;
    const auto claim = a_claim(resumed);
    const auto c =
        settle_for(std::move(o), {claim, nothing, 0, {}}, defaults, exponential_backoff{});
    const bool charges = c.kind == settle_kind::succeeded || c.kind == settle_kind::cancelled;
    RC_ASSERT(c.actual >= credits{});
    RC_ASSERT(charges || c.actual == credits{});
    RC_ASSERT(c.delay >= duration{});
    RC_ASSERT(c.result == result || c.kind == settle_kind::wait ||
              c.kind == settle_kind::handed_back);
  });
}

}  // namespace
