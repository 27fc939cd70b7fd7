// SPDX-License-Identifier: BSL-1.0
#include <tollgate/jobs/retry_policy.hpp>

#include <support/catch.hpp>
#include <support/property.hpp>

#include <cstdint>
#include <limits>

namespace {

using namespace tollgate;

struct fault {
  bool retryable;
};
constexpr fault passing{true};
constexpr fault lasting{false};
constexpr permille none{0};
constexpr permille most{1'000};

constexpr exponential_backoff policy{
    .max_attempts = 4, .first = seconds(2), .cap = seconds(30), .growth = {2'000}, .spread = {500}};

// Doubling from the first rest up to the cap.
static_assert(policy.delay(1, none) == seconds(2));
static_assert(policy.delay(2, none) == seconds(4));
static_assert(policy.delay(4, none) == seconds(16));
static_assert(policy.delay(5, none) == seconds(30));
static_assert(policy.delay(4'000'000'000, none) == seconds(30));

// Jitter shortens, by the spread at most.
static_assert(policy.delay(1, most) == seconds(1));
static_assert(policy.delay(1, {500}) == milliseconds(1'500));
static_assert(policy.delay(1, {9'999}) == seconds(1));
static_assert(exponential_backoff{.first = seconds(2), .spread = {0}}.delay(1, most) == seconds(2));
static_assert(exponential_backoff{.first = seconds(2), .spread = {1'000}}.delay(1, most) ==
              seconds(0));

// Odd settings rest a sensible time instead of wrapping.
static_assert(exponential_backoff{.first = seconds(-1)}.delay(3, none) >= seconds(0));
static_assert(exponential_backoff{.cap = seconds(-1)}.delay(3, none) == seconds(0));
static_assert(exponential_backoff{.first = seconds(9), .cap = seconds(3)}.delay(1, none) ==
              seconds(3));
static_assert(exponential_backoff{.first = seconds(9), .growth = {0}}.delay(7, none) == seconds(9));
static_assert(exponential_backoff{.first = {std::numeric_limits<std::int64_t>::max()},
                                  .cap = {std::numeric_limits<std::int64_t>::max()}}
                  .delay(9, none)
                  .microseconds == std::numeric_limits<std::int64_t>::max());

// Growing by half as much again: exact in whole microseconds.
static_assert(exponential_backoff{.first = seconds(2), .growth = {1'500}}.delay(3, none) ==
              milliseconds(4'500));

static_assert(after_failure(policy, passing, 1, none) == retry_decision{true, seconds(2)});
static_assert(after_failure(policy, passing, 3, none) == retry_decision{true, seconds(8)});
static_assert(after_failure(policy, passing, 4, none) == retry_decision{});
static_assert(after_failure(policy, lasting, 1, none) == retry_decision{});

// A host's own policy, which knows its faults.
enum class http_fault { too_many_requests, bad_request };
struct host_policy {
  std::uint32_t max_attempts{2};
  [[nodiscard]] constexpr duration delay(std::uint32_t, permille) const { return seconds(7); }
  [[nodiscard]] constexpr bool retries(http_fault f) const {
    return f == http_fault::too_many_requests;
  }
};
static_assert(retry_policy_for<host_policy, http_fault> && retry_policy_for<host_policy, fault>);
static_assert(retry_policy_for<exponential_backoff, fault>);
static_assert(!retry_policy_for<exponential_backoff, http_fault>);
static_assert(after_failure(host_policy{}, http_fault::too_many_requests, 1, none) ==
              retry_decision{true, seconds(7)});
static_assert(!after_failure(host_policy{}, http_fault::bad_request, 1, none).again);

struct without_delay {
  std::uint32_t max_attempts{};
};
struct without_max_attempts {
  [[nodiscard]] constexpr duration delay(std::uint32_t, permille) const { return {}; }
};
static_assert(!retry_policy<without_delay> && !retry_policy<without_max_attempts>);

static_assert(jitter_of(job_id{{1, 2}}, 1) == jitter_of(job_id{{1, 2}}, 1));
static_assert(jitter_of(job_id{{1, 2}}, 1) != jitter_of(job_id{{1, 2}}, 2));

}  // namespace

TEST_CASE("a rest is never negative, never above the cap and never shrinks", "[property]") {
  test::check_law("0 <= delay(n) <= delay(n + 1) <= cap",
                  [](std::int64_t first, std::int64_t cap, std::uint32_t growth,
                     std::uint16_t spread, std::uint8_t attempt, std::uint16_t chance) {
                    const exponential_backoff p{
                        .first = {first}, .cap = {cap}, .growth = {growth}, .spread = {spread}};
                    const permille jitter{chance};
                    const auto now = p.delay(attempt, jitter);
                    const auto next = p.delay(attempt + 1U, jitter);
                    const auto top = duration{cap > 0 ? cap : 0};
                    return duration{} <= now && now <= next && next <= top;
                  });
}

TEST_CASE("more jitter never rests longer", "[property]") {
  test::check_law("delay falls with the jitter",
                  [](std::uint32_t first, std::uint16_t spread, std::uint8_t attempt,
                     std::uint16_t a, std::uint16_t b) {
                    const exponential_backoff p{.first = {first}, .spread = {spread}};
                    const permille low{a < b ? a : b};
                    const permille high{a < b ? b : a};
                    return p.delay(attempt, high) <= p.delay(attempt, low);
                  });
}

TEST_CASE("the jitter of many jobs is spread over the whole range") {
  unsigned fourths[4]{};
  for (std::uint64_t n = 0; n < 4'000; ++n) {
    const auto jitter = jitter_of(job_id{{7, n}}, 1);
    REQUIRE(jitter <= most);
    ++fourths[jitter.value == 1'000 ? 3 : jitter.value / 250];
  }
  for (const auto count : fourths) {
    CHECK(count > 850);
    CHECK(count < 1'150);
  }
}

TEST_CASE("a rest that would grow beyond the cap is the cap") {
  // Close to the cap, so that only the last comparison can tell.
  const exponential_backoff p{.first = {1'500}, .cap = {1'999}, .growth = {1'999}, .spread = {0}};
  CHECK(p.delay(1, none) == duration{1'500});
  CHECK(p.delay(2, none) == duration{1'999});
}

TEST_CASE("a job is tried again while its fault may pass and attempts are left") {
  CHECK(after_failure(policy, passing, 3, none) == retry_decision{true, seconds(8)});
  CHECK(after_failure(policy, passing, 4, none) == retry_decision{});
  CHECK(after_failure(policy, lasting, 1, none) == retry_decision{});
  CHECK(after_failure(host_policy{}, http_fault::too_many_requests, 1, none).again);
  CHECK_FALSE(after_failure(host_policy{}, http_fault::bad_request, 1, none).again);
}
