// SPDX-License-Identifier: BSL-1.0
#pragma once
// Contract: what a claim takes, in which order, and what it makes of a job.

#include <tollgate/storage/contract/hand_book.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tollgate::contract::claiming {

inline const worker_id worker = nth<worker_id>(1);
inline const claim_request one{.worker = worker, .kinds = {"render"}};
inline const claim_request many{.worker = worker, .kinds = {"render"}, .limit = 100};

/// What a claim makes of a job.
[[nodiscard]] inline job_status claimed(const job_record& job, const claim_request& c,
                                        timestamp now) {
  job_status s = job.status;
  if (s.phase == job_phase::ready) {
    ++s.attempts;
    s.state = job.body->states->active;
    if (s.started_at == timestamp{}) s.started_at = now;
  }
  s.phase = job_phase::leased;
  s.role = job_role::active;
  ++s.epoch;
  ++s.revision;
  s.worker = c.worker;
  s.lease_until = now + c.lease;
  s.updated_at = now;
  return s;
}

inline void a_claim_leases_a_job(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{.payload = every_byte(), .start_by = book.now() + days(7)}})) return;
  t.clock.advance(seconds(3));
  claim_request c = one;
  c.lease = seconds(45);
  const auto got = t.claim(c);
  if (!t.same(got.size(), std::size_t{1}, "the ready job is claimed")) return;
  const job_status wanted = claimed(book.jobs.front(), c, book.now());
  t.same(got.front().status, wanted, "the status of a claimed job");
  t.expect(!got.front().resumed, "a start is no poll");
  if (t.expect(got.front().body != nullptr, "the body comes with it")) {
    expect_same_body(t, *got.front().body, *book.jobs.front().body);
  }
  t.same(t.status_of(book.id, wanted.id), wanted, "the status that is kept");
}

inline void a_poll_resumes_a_waiting_job(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  const auto first = t.claim(one);
  if (!t.same(first.size(), std::size_t{1}, "a start")) return;
  book.jobs.front().status = first.front().status;
  const timestamp poll_at = book.now() + seconds(30);
  if (!book.must_write(parking(book.jobs.front(), book.now(), poll_at))) return;
  t.expect(t.claim(many).empty(), "a waiting job is not polled before its time");
  t.clock.set(poll_at);
  claim_request c = one;
  c.worker = nth<worker_id>(2);
  const auto got = t.claim(c);
  if (!t.same(got.size(), std::size_t{1}, "a waiting job is polled from its time on")) return;
  t.expect(got.front().resumed, "a poll is told from a start");
  t.same(got.front().status, claimed(book.jobs.front(), c, book.now()),
         "a poll counts no attempt, keeps the state and what the provider said");
  t.same(t.status_of(book.id, got.front().status.id), got.front().status,
         "the status that is kept");
}

inline void every_start_is_counted(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}})) return;
  const timestamp started = book.now();
  for (std::uint32_t n = 1; n <= 3; ++n) {
    const auto got = t.claim(one);
    if (!t.same(got.size(), std::size_t{1}, "the job is claimed again")) return;
    t.same(got.front().status.attempts, n, "every start is an attempt");
    t.same(got.front().status.started_at, started, "the first start stays");
    book.jobs.front().status = got.front().status;
    t.clock.advance(minutes(1));
    if (n == 1) {
      if (!book.must_write(advancing(book.jobs.front(), book.now(), 700))) return;
    } else {
      t.same(got.front().status.provider_job_id, std::string{"operations/700"},
             "the next attempt receives what the last one saved");
    }
    if (!book.must_write(losing(book.jobs.front(), book.now()))) return;
  }
}

inline void no_more_than_asked_is_claimed(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}, {}, {}, {}})) return;
  t.expect(t.claim({.worker = worker, .kinds = {"render"}, .limit = 0}).empty(), "limit 0");
  t.expect(t.claim({.worker = worker, .kinds = {}, .limit = 9}).empty(), "no kinds");
  t.same(t.claim({.worker = worker, .kinds = {"render"}, .limit = 3}).size(), std::size_t{3},
         "limit 3 of 5");
  t.same(t.claim(many).size(), std::size_t{2}, "the rest");
  t.expect(t.claim(many).empty(), "nothing twice");
  t.clock.advance(days(1));
  t.expect(t.claim(many).empty(), "a lost lease goes through `due`, not to the next claim");
}

inline void jobs_run_by_priority_then_arrival(trial& t) {
  hand_book book{t};
  if (!book.order("first", {{.priority = 5}, {.priority = 0}, {.priority = 0}}) ||
      !book.order("second", {{.priority = 0}, {.priority = -3}, {.priority = 5}}) ||
      !book.order("third", {{.priority = 0}, {.priority = 32'767}, {.priority = -32'768}})) {
    return;
  }
  std::vector<job_record> wanted = book.jobs;
  std::sort(wanted.begin(), wanted.end(),
            [](const job_record& a, const job_record& b) { return runs_before(*a.body, *b.body); });
  std::size_t at = 0;
  for (const std::size_t limit : {1U, 1U, 3U, 1U, 3U}) {
    const auto got = t.claim({.worker = worker, .kinds = {"render"}, .limit = limit});
    t.same(got.size(), limit, "as many as asked");
    for (const claimed_job& c : got) {
      if (at < wanted.size()) {
        t.same(c.status.id, wanted[at].body->id,
               "number " + std::to_string(at) + " by priority, arrival and place in the order");
      }
      ++at;
    }
  }
  t.same(at, wanted.size(), "all of them");
}

inline void a_returned_job_keeps_its_place(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}, {}})) return;
  const auto got = t.claim(one);
  if (!t.same(got.size(), std::size_t{1}, "the first job")) return;
  book.jobs.front().status = got.front().status;
  if (!book.must_write(returning(book.jobs.front(), book.now(), book.now()))) return;
  const auto again = t.claim(one);
  if (!t.same(again.size(), std::size_t{1}, "a job")) return;
  t.same(again.front().status.id, book.jobs.front().body->id, "the oldest is first again");
}

inline void polls_come_before_starts(trial& t) {
  hand_book book{t};
  hand_book other{t, 2};
  if (!book.order("order", {{}, {}, {}}) || !other.order("order", {{.priority = -9}})) return;
  for (int n = 0; n < 2; ++n) {  // one of each account, or two of one
    const auto got = t.claim(one);
    if (!t.same(got.size(), std::size_t{1}, "a start")) return;
    const job_record job{got.front().body, got.front().status};
    if (!t.same(t.commit(parking(job, book.now(), book.now() + seconds(5))), verdict::written,
                "a job waits")) {
      return;
    }
  }
  t.clock.advance(seconds(5));
  const auto got = t.claim({.worker = worker, .kinds = {"render"}, .limit = 2});
  t.same(got.size(), std::size_t{2}, "two polls");
  for (const claimed_job& c : got) t.expect(c.resumed, "a start came before a poll that is due");
  t.same(t.claim(many).size(), std::size_t{2}, "then the starts");
}

inline void a_claim_is_listed_in_order(trial& t) {
  hand_book book{t};
  hand_book other{t, 2};
  if (!book.order("order", {{}, {}, {.priority = 4}, {.priority = -4}, {.priority = 9}}) ||
      !other.order("order", {{.priority = 7}, {.priority = -7}, {}})) {
    return;
  }
  const auto started = t.claim({.worker = worker, .kinds = {"render"}, .limit = 3});
  if (!t.same(started.size(), std::size_t{3}, "three starts")) return;
  duration wait = seconds(9);
  for (const claimed_job& c : started) {  // what waits longest is polled first
    const job_record job{c.body, c.status};
    if (!t.same(t.commit(parking(job, book.now(), book.now() + wait)), verdict::written,
                "a job waits")) {
      return;
    }
    wait = {wait.microseconds - seconds(2).microseconds};
  }
  t.clock.advance(seconds(9));
  const auto got = t.claim(many);
  if (!t.same(got.size(), std::size_t{8}, "all of them")) return;
  std::vector<job_id> polled;
  for (std::size_t n = 0; n < 3; ++n) {
    t.expect(got[n].resumed, "polls come before starts");
    polled.push_back(got[n].status.id);
  }
  const std::vector<job_id> wanted{started[2].status.id, started[1].status.id,
                                   started[0].status.id};
  t.same(polled, wanted, "polls come oldest first");
  for (std::size_t n = 3; n < got.size(); ++n) {
    for (std::size_t later = n + 1; later < got.size(); ++later) {
      if (got[n].body->account != got[later].body->account) continue;
      t.expect(!runs_before(*got[later].body, *got[n].body),
               "the starts of an account come in the order in which they run");
    }
  }
}

inline void a_frozen_account_goes_on_working(trial& t) {
  hand_book book{t};
  if (!book.order("order", {{}, {}})) return;
  unit u = book.touching("freeze");
  u.ledger->row.state = account_state::frozen;
  u.ledger->row.freeze_reason = "charge-back";
  if (!book.must_write(u)) return;
  t.same(t.claim(many).size(), std::size_t{2}, "what was paid for is worked on");
}

inline constexpr rule rules[]{
    {"claiming.lease", "a claim leases a ready job, with epoch, revision, attempt and worker",
     "queue 1, queue 6, queue 15", a_claim_leases_a_job},
    {"claiming.poll", "a waiting job is polled from its time on, by anybody, without an attempt",
     "queue 5", a_poll_resumes_a_waiting_job},
    {"claiming.attempts", "every start counts as an attempt and resumes what was saved",
     "queue 5, queue 7", every_start_is_counted},
    {"claiming.limit", "no more is claimed than asked, and nothing twice", "queue 1, queue 7",
     no_more_than_asked_is_claimed},
    {"claiming.order", "within an account jobs run by priority, then arrival", "queue 8",
     jobs_run_by_priority_then_arrival},
    {"claiming.returned", "a job that came back keeps its place", "queue 8",
     a_returned_job_keeps_its_place},
    {"claiming.polls_first", "polls that are due come before starts", "queue 5",
     polls_come_before_starts},
    {"claiming.listed", "polls are listed oldest first, then an account's starts as they run",
     "queue 8", a_claim_is_listed_in_order},
    {"claiming.frozen", "a frozen account's jobs go on", "ledger 12",
     a_frozen_account_goes_on_working},
};

}  // namespace tollgate::contract::claiming
