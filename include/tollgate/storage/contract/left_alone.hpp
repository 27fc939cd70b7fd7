// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: what a claim leaves alone: what is not due yet, is over, or nobody asked for.

#include <tollgate/storage/contract/claiming.hpp>

#include <string>

namespace tollgate::contract::left_alone {

using claiming::many;
using claiming::one;
using claiming::worker;

inline void a_scheduled_job_waits_for_its_time(trial& t) {
  hand_book book{t};
  const timestamp later = book.now() + minutes(10);
  if (!book.order("order", {{.priority = -9, .ready_at = later}, {}})) return;
  const auto now = t.claim(many);
  if (!t.same(now.size(), std::size_t{1}, "only what is ready")) return;
  t.same(now.front().status.id, book.jobs[1].body->id, "the job that is ready");
  t.clock.set({later.microseconds - 1});
  t.expect(t.claim(many).empty(), "not a microsecond early");
  t.clock.set(later);
  t.same(t.claim(many).size(), std::size_t{1}, "and not late");
}

inline void a_retry_waits_for_its_time(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  const auto got = t.claim(one);
  if (!t.same(got.size(), std::size_t{1}, "the job")) return;
  book.jobs.front().status = got.front().status;
  const timestamp later = book.now() + seconds(90);
  if (!book.must_write(returning(book.jobs.front(), book.now(), later))) return;
  t.expect(t.claim(many).empty(), "a retry is not claimed before its back-off has passed");
  t.clock.set(later);
  t.same(t.claim(many).size(), std::size_t{1}, "and then it is");
}

inline void a_job_whose_time_is_over_is_not_started(trial& t) {
  hand_book book{t};
  const timestamp end = book.now() + hours(1);
  if (!book.order("order", {{.start_by = end},
                            {.deadline = end},
                            {},
                            {.kind = "upscale", .start_by = end},
                            {.kind = "upscale", .deadline = end}})) {
    return;
  }
  if (!book.must_write(asking_to_cancel(book.jobs[2], book.now()))) return;
  t.clock.set({end.microseconds - 1});
  t.same(t.claim({.worker = worker, .kinds = {"upscale"}, .limit = 9}).size(), std::size_t{2},
         "a moment before they can be started");
  t.clock.set(end);
  t.expect(t.claim(many).empty(), "start_by or deadline passed, or somebody asked to cancel it");
}

inline void an_unknown_kind_is_left_alone(trial& t) {
  hand_book book{t};
  if (!book.order("order",
                  {{.kind = "upscale", .payload = every_byte()}, {}, {.kind = "Render"}})) {
    return;
  }
  const trace before = trace_of(t, book.id);
  t.same(t.claim(many).size(), std::size_t{1}, "only the kinds asked for");
  t.expect(t.claim({.worker = worker, .kinds = {"never heard of"}, .limit = 9}).empty(), "none");
  const trace after = trace_of(t, book.id);
  for (const std::size_t n : {0U, 2U}) {
    const auto* then = find_id(before.jobs, book.jobs[n].body->id);
    const auto* now = find_id(after.jobs, book.jobs[n].body->id);
    t.expect(then != nullptr && now != nullptr && *then == *now,
             "a job of a kind nobody asked for changed or went away");
  }
  t.same(t.claim({.worker = worker, .kinds = {"Render", "upscale"}, .limit = 9}).size(),
         std::size_t{2}, "whoever knows them still finds them");
}

inline void a_paused_kind_is_not_claimed(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}, {.kind = "upscale"}})) return;
  const auto got = t.claim(one);
  if (!t.same(got.size(), std::size_t{1}, "the first job")) return;
  book.jobs.front().status = got.front().status;
  if (!book.must_write(parking(book.jobs.front(), book.now(), book.now()))) return;
  t.done(t.store.set_kind({.kind = "render", .paused = true}), "set_kind");
  const claim_request both{.worker = worker, .kinds = {"render", "upscale"}, .limit = 9};
  const auto other = t.claim(both);
  if (t.same(other.size(), std::size_t{1}, "neither starts nor polls of a paused kind")) {
    t.same(other.front().body->kind, std::string{"upscale"}, "other kinds go on");
  }
  t.done(t.store.set_kind({.kind = "render", .paused = false}), "set_kind");
  t.same(t.claim(both).size(), std::size_t{2}, "it goes on when it is no longer paused");
}

inline constexpr rule rules[]{
    {"claiming.scheduled", "a scheduled job is not claimed before its time", "queue 9",
     a_scheduled_job_waits_for_its_time},
    {"claiming.backoff", "a retry is not claimed before its time", "queue 12",
     a_retry_waits_for_its_time},
    {"claiming.over", "a job that should end is not started", "queue 6, queue 11, queue 15",
     a_job_whose_time_is_over_is_not_started},
    {"claiming.unknown_kind", "a kind nobody asked for is left alone", "queue 15",
     an_unknown_kind_is_left_alone},
    {"claiming.paused_kind", "a paused kind is neither started nor polled", "queue 15",
     a_paused_kind_is_not_claimed},
};

}  // namespace tollgate::contract::left_alone
