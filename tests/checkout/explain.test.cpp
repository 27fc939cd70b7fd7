// SPDX-License-Identifier: BSL-1.0
#include <tollgate/checkout/explain.hpp>

#include <support/catch.hpp>

#include <memory>
#include <utility>

using namespace tollgate;

namespace {

constexpr timestamp now{1'767'225'600'000'000};

job_record job_with(job_status status, timestamp deadline = never) {
  return {std::make_shared<const job_body>(job_body{.kind = "video.render", .deadline = deadline}),
          std::move(status)};
}
standing why(job_status status, queue_state queue = {}) {
  return explain(job_with(std::move(status)), queue, now).why;
}

}  // namespace

TEST_CASE("a job that ended is explained by its end and its error") {
  const auto e = explain(job_with({.phase = job_phase::final,
                                   .state = "failed",
                                   .error_code = "safety",
                                   .error_message = "filtered",
                                   .completed_at = now}),
                         {}, now);
  CHECK(e.why == standing::ended);
  CHECK(e.until == now);
  CHECK(e.text == "ended as failed: safety (filtered)");
}

TEST_CASE("a leased job runs until its lease ends and is lost from then on") {
  job_status s{.phase = job_phase::leased, .state = "generating", .lease_until = now + seconds(1)};
  CHECK(why(s) == standing::running);
  s.cancel_requested = true;
  CHECK(explain(job_with(s), {}, now).text == "generating, a worker has it and is asked to cancel");
  s.lease_until = now;
  CHECK(why(s) == standing::lease_lost);
}

TEST_CASE("a job whose time has passed is overdue, whatever else stands in its way") {
  CHECK(why({.start_by = now}, {.kind_paused = true}) == standing::overdue);
  CHECK(explain(job_with({.start_by = never}, now), {}, now).why == standing::overdue);
  CHECK(why({.phase = job_phase::waiting, .start_by = now}) == standing::overdue);
}

TEST_CASE("a job that somebody asked to cancel is being cancelled") {
  CHECK(why({.cancel_requested = true}, {.kind_paused = true}) == standing::cancelling);
}

TEST_CASE("a paused kind holds up starts and polls alike") {
  CHECK(why({}, {.kind_paused = true}) == standing::kind_paused);
  CHECK(why({.phase = job_phase::waiting}, {.kind_paused = true}) == standing::kind_paused);
}

TEST_CASE("a job at the provider waits for its next poll") {
  const auto e = explain(
      job_with({.phase = job_phase::waiting, .state = "generating", .ready_at = now + seconds(30)}),
      {}, now);
  CHECK(e.why == standing::waiting_for_provider);
  CHECK(e.until == now + seconds(30));
  CHECK(e.text == "generating at the provider; polled at " + to_string(now + seconds(30)));
  CHECK(why({.phase = job_phase::waiting, .ready_at = now}) == standing::poll_due);
}

TEST_CASE("a job for later is scheduled; after a failure it backs off") {
  CHECK(why({.ready_at = now + seconds(5)}) == standing::scheduled);
  const auto e = explain(job_with({.attempts = 2,
                                   .ready_at = now + seconds(5),
                                   .error_code = "busy",
                                   .error_message = "quota"}),
                         {}, now);
  CHECK(e.why == standing::backing_off);
  CHECK(e.until == now + seconds(5));
  CHECK(e.text ==
        "attempt 2 of 4 failed, again at " + to_string(now + seconds(5)) + ": busy (quota)");
}

TEST_CASE("a ready job of an account at its cap waits for the others") {
  const auto e = explain(job_with({}), {.in_flight = 3, .max_in_flight = 3}, now);
  CHECK(e.why == standing::at_cap);
  CHECK(e.text == "3 of at most 3 jobs of the account are in flight");
  CHECK(why({}, {.in_flight = 3}) == standing::in_line);
}

TEST_CASE("nothing stands in the way of a ready job but its turn") {
  CHECK(why({}, {.in_flight = 2, .max_in_flight = 3}) == standing::in_line);
}

TEST_CASE("every standing has a name of its own") {
  CHECK(to_string(standing::ended) == "ended");
  CHECK(to_string(standing::waiting_for_provider) == "waiting_for_provider");
  CHECK(to_string(standing::in_line) == "in_line");
}
