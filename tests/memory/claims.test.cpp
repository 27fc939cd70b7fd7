// SPDX-License-Identifier: BSL-1.0
#include <tollgate/memory/claims.hpp>

#include <memory/desk.hpp>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tollgate::test {
namespace {

TEST_CASE("a claim leases a job, raises its epoch and counts an attempt") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(1));
  const auto now = d.clock.advance(seconds(5));
  const auto c = d.claim().front();
  REQUIRE_FALSE(c.resumed);
  REQUIRE(c.status.phase == job_phase::leased);
  REQUIRE(c.status.role == job_role::active);
  REQUIRE(c.status.state == "running");
  REQUIRE(c.status.epoch == 1);
  REQUIRE(c.status.revision == 1);
  REQUIRE(c.status.attempts == 1);
  REQUIRE(c.status.worker == nth<worker_id>(1));
  REQUIRE(c.status.lease_until == now + seconds(20));
  REQUIRE(c.status.started_at == now);
  REQUIRE(c.status.updated_at == now);
  REQUIRE(d.status(a, c.body->id) == c.status);
  REQUIRE(d.claim().empty());
}

TEST_CASE("a claim for nothing, for no kind or for an unknown kind takes nothing") {
  desk d;
  d.order(d.open(1), "k", d.item_list(1));
  REQUIRE(d.claim(0).empty());
  REQUIRE(d.claim(5, {}).empty());
  REQUIRE(d.claim(5, {"unheard of"}).empty());
  REQUIRE(d.claim(5, {"render", "render"}).size() == 1);
}

TEST_CASE("within an account jobs run by priority, then arrival, then place in the order") {
  desk d;
  const auto a = d.open(1);
  auto items = d.item_list(3);
  items[2].priority = -1;
  const auto first = d.order(a, "k1", items).jobs;
  auto urgent = d.item_list(2);
  urgent[1].priority = -1;
  const auto second = d.order(a, "k2", urgent).jobs;
  std::vector<job_id> order;
  for (const auto& c : d.claim(10)) order.push_back(c.body->id);
  REQUIRE(order == std::vector<job_id>{first[2], second[1], first[0], first[1], second[0]});
}

TEST_CASE("a retried job runs before what was ordered after it") {
  desk d;
  const auto a = d.open(1);
  const auto first = d.order(a, "k1", d.item_list(1)).jobs;
  const auto c = d.claim().front();
  d.order(a, "k2", d.item_list(1));
  value(d.hand_over(c, settle_kind::failed));
  REQUIRE(d.claim().front().body->id == first.front());
}

TEST_CASE("the order holds across kinds when a claim asks for several") {
  desk d;
  const auto a = d.open(1);
  auto items = d.item_list(2, "image");
  items.push_back(d.item("video"));
  items.push_back(d.item("audio"));
  items[1].priority = 4;
  items[2].priority = 3;
  items[3].priority = -9;  // not asked for
  const auto jobs = d.order(a, "k", items).jobs;
  std::vector<job_id> order;
  for (const auto& c : d.claim(10, {"video", "image"})) order.push_back(c.body->id);
  REQUIRE(order == std::vector<job_id>{jobs[0], jobs[2], jobs[1]});
}

TEST_CASE("two kinds that both have work take turns") {
  desk d;
  d.order(d.open(1), "k", d.item_list(50, "image"));
  d.order(d.open(2), "k", d.item_list(50, "video"));
  std::map<std::string, int> served;
  for (int i = 0; i < 20; ++i) ++served[d.claim(1, {"image", "video"}).front().body->kind];
  REQUIRE(served["image"] == 10);
  REQUIRE(served["video"] == 10);
}

TEST_CASE("an account with many jobs in another kind does not crowd out one with few") {
  desk d;
  const auto big = d.open(1);
  d.order(big, "v", d.item_list(400, "video"));
  d.order(big, "i", d.item_list(400, "image"));
  const auto small = d.open(2);
  d.order(small, "i", d.item_list(3, "image"));
  int mine = 0;
  for (const auto& c : d.claim(16, {"image", "video"})) mine += c.body->account == small;
  REQUIRE(mine == 3);
}

TEST_CASE("accounts are served in turn, however many jobs each has") {
  desk d;
  d.rules.max_open_holds = 1'000'000;
  const auto big = d.open(1, whole(100'000));
  for (int i = 0; i < 20; ++i) d.order(big, "k" + std::to_string(i), d.item_list(1'000));
  d.claim(100);  // it was alone until now
  std::vector<account_id> small;
  for (std::uint64_t n = 2; n < 7; ++n) {
    small.push_back(d.open(n));
    d.order(small.back(), "k", d.item_list(1));
  }
  std::set<account_id> served;
  for (int i = 0; i < 7; ++i) served.insert(d.claim().front().body->account);
  for (const account_id s : small) REQUIRE(served.contains(s));
}

TEST_CASE("an account with 200,000 jobs does not delay an account with one", "[slow]") {
  desk d;
  d.rules.max_open_holds = 1'000'000;
  const auto big = d.open(1, whole(1'000'000));
  for (int i = 0; i < 200; ++i) d.order(big, "k" + std::to_string(i), d.item_list(1'000));
  d.claim(1'000);
  const auto small = d.open(2);
  const auto job = d.order(small, "k", d.item_list(1)).jobs.front();
  bool came = false;
  for (int i = 0; i < 3 && !came; ++i) came = d.claim().front().body->id == job;
  REQUIRE(came);
}

TEST_CASE("who comes late does not bring along the turns it did not use") {
  desk d;
  const auto busy = d.open(1);
  d.order(busy, "k", d.item_list(100));
  d.claim(50);
  const auto late = d.open(2);
  d.order(late, "k", d.item_list(50));
  int served = 0;
  for (const auto& c : d.claim(20)) served += c.body->account == late;
  REQUIRE(served >= 9);
  REQUIRE(served <= 11);
}

TEST_CASE("who was served while alone does not pay for it later") {
  desk d;
  const auto early = d.open(1);
  d.order(early, "k1", d.item_list(100));
  d.claim(100);
  const auto other = d.open(2);
  d.order(other, "k", d.item_list(100));
  d.claim(10);
  d.order(early, "k2", d.item_list(10));
  int served = 0;
  for (const auto& c : d.claim(20)) served += c.body->account == other;
  REQUIRE(served >= 9);
  REQUIRE(served <= 11);
}

TEST_CASE("an account of weight 3 gets three times the starts of one of weight 1") {
  desk d;
  const auto one = d.open(1);
  const auto three = d.open(2);
  REQUIRE(d.store.set_limits({.account = three, .weight = 3}));
  d.order(one, "k", d.item_list(100));
  d.order(three, "k", d.item_list(100));
  std::map<account_id, int> served;
  for (const auto& c : d.claim(80)) ++served[c.body->account];
  REQUIRE(served[three] >= 59);
  REQUIRE(served[three] <= 61);
}

TEST_CASE("a weight of zero is refused by name") {
  desk d;
  const auto answer = d.store.set_limits({.account = nth<account_id>(1), .weight = 0});
  REQUIRE_FALSE(answer);
  REQUIRE(answer.error().code == error::invalid_argument);
  REQUIRE(answer.error().place == "/weight");
}

TEST_CASE("an account never has more in flight than its cap") {
  desk d;
  const auto a = d.open(1);
  REQUIRE(d.store.set_limits({.account = a, .max_in_flight = 2}));
  d.order(a, "k", d.item_list(5));
  const auto taken = d.claim(10);
  REQUIRE(taken.size() == 2);
  REQUIRE(d.claim(10).empty());
  value(d.settle(taken.front()));
  REQUIRE(d.claim(10).size() == 1);
  REQUIRE(d.in_flight(a) == 2);
}

TEST_CASE("a cap counts the jobs of all kinds together") {
  desk d;
  const auto a = d.open(1);
  REQUIRE(d.store.set_limits({.account = a, .max_in_flight = 1}));
  d.order(a, "k", {d.item("image"), d.item("video")});
  const auto taken = d.claim(1, {"image"});
  REQUIRE(taken.size() == 1);
  REQUIRE(d.claim(1, {"video"}).empty());
  value(d.settle(taken.front()));
  REQUIRE(d.claim(1, {"video"}).size() == 1);
}

TEST_CASE("a cap that is lowered lets nothing start until enough has ended") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(6));
  const auto taken = d.claim(3);
  REQUIRE(d.store.set_limits({.account = a, .max_in_flight = 2}));
  REQUIRE(d.claim(10).empty());
  value(d.settle(taken[0]));
  REQUIRE(d.claim(10).empty());
  value(d.settle(taken[1]));
  REQUIRE(d.claim(10).size() == 1);
  REQUIRE(d.store.set_limits({.account = a}));
  REQUIRE(d.claim(10).size() == 3 - 1);
}

TEST_CASE("limits that were set before the account was opened hold") {
  desk d;
  REQUIRE(d.store.set_limits({.account = nth<account_id>(1), .max_in_flight = 1}));
  REQUIRE(value(d.store.accounts({})).items.empty());
  d.order(d.open(1), "k", d.item_list(3));
  REQUIRE(d.claim(3).size() == 1);
}

TEST_CASE("the store's own limits hold for accounts that were given none") {
  desk d{{.max_in_flight = 2, .weight = 5}};
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(3));
  REQUIRE(d.claim(3).size() == 2);
  REQUIRE(value(d.store.queue(a, "render")).weight == 5);
  REQUIRE(value(d.store.queue(nth<account_id>(9), "render")).max_in_flight == 2);
}

TEST_CASE("a waiting job keeps its slot, its attempt and its state, and is polled when asked") {
  desk d;
  const auto a = d.open(1);
  REQUIRE(d.store.set_limits({.account = a, .max_in_flight = 1}));
  d.order(a, "k", d.item_list(2));
  const auto first = d.claim().front();
  value(d.hand_over(first, settle_kind::wait, seconds(30)));
  REQUIRE(d.in_flight(a) == 1);
  REQUIRE(d.claim(5).empty());
  d.clock.advance(seconds(30));
  const auto polled = d.claim(5);
  REQUIRE(polled.size() == 1);
  REQUIRE(polled.front().resumed);
  REQUIRE(polled.front().body->id == first.body->id);
  REQUIRE(polled.front().status.attempts == 1);
  REQUIRE(polled.front().status.epoch > first.status.epoch);
  REQUIRE(d.in_flight(a) == 1);
}

TEST_CASE("due polls are served before new starts, the one due longest first") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(2));
  const auto started = d.claim(2);
  value(d.hand_over(started[0], settle_kind::wait, seconds(9)));
  value(d.hand_over(started[1], settle_kind::wait, seconds(5)));
  d.order(d.open(2), "k", d.item_list(3));
  d.clock.advance(seconds(10));
  const auto taken = d.claim(3);
  REQUIRE(taken.size() == 3);
  REQUIRE(taken[0].body->id == started[1].body->id);
  REQUIRE(taken[1].body->id == started[0].body->id);
  REQUIRE_FALSE(taken[2].resumed);
}

TEST_CASE("a job scheduled for later starts then, in its place in the order") {
  desk d;
  const auto a = d.open(1);
  auto items = d.item_list(2);
  items[0].ready_at = d.clock.now() + seconds(10);
  const auto jobs = d.order(a, "k", items).jobs;
  REQUIRE(d.claim(1).front().body->id == jobs[1]);
  REQUIRE(d.claim(1).empty());
  d.clock.advance(seconds(9));
  REQUIRE(d.claim(1).empty());
  d.clock.advance(seconds(1));
  REQUIRE(d.claim(1).front().body->id == jobs[0]);
}

TEST_CASE("jobs that can no longer start are left out, and their account is not stuck") {
  desk d;
  const auto a = d.open(1);
  auto items = d.item_list(3);
  items[0].start_within = seconds(10);
  items[1].deadline = d.clock.now() + seconds(10);
  const auto jobs = d.order(a, "k", items).jobs;
  d.clock.advance(seconds(10));
  const auto taken = d.claim(5);
  REQUIRE(taken.size() == 1);
  REQUIRE(taken.front().body->id == jobs[2]);
  REQUIRE(d.run_due() == 2);
  REQUIRE(d.status(a, jobs[0]).error_code == "not_started");
  REQUIRE(d.status(a, jobs[1]).error_code == "deadline");
}

TEST_CASE("a cancelled job is never claimed") {
  desk d;
  const auto a = d.open(1);
  const auto jobs = d.order(a, "k", d.item_list(3)).jobs;
  value(d.cancel(a, jobs[0]));
  value(d.cancel(a, jobs[2]));
  const auto taken = d.claim(5);
  REQUIRE(taken.size() == 1);
  REQUIRE(taken.front().body->id == jobs[1]);
}

TEST_CASE("a paused kind is not claimed, nor polled, until it goes on") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(2));
  value(d.hand_over(d.claim().front(), settle_kind::wait, seconds(1)));
  d.clock.advance(seconds(1));
  REQUIRE(d.store.set_kind({.kind = "render", .paused = true}));
  REQUIRE(value(d.store.queue(a, "render")).kind_paused);
  REQUIRE(d.claim(5).empty());
  REQUIRE(d.store.set_kind({.kind = "render", .paused = false}));
  REQUIRE(d.claim(5).size() == 2);
}

TEST_CASE("a kind can be paused before its first job") {
  desk d;
  REQUIRE(d.store.set_kind({.kind = "render", .paused = true}));
  d.order(d.open(1), "k", d.item_list(1));
  REQUIRE(d.claim().empty());
}

TEST_CASE("a heartbeat renews a lease and changes nothing else") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(1));
  const auto c = d.claim().front();
  const auto now = d.clock.advance(seconds(15));
  const auto answer = value(d.store.heartbeat(
      {.worker = c.status.worker, .leases = {desk::lease_of(c)}, .lease = seconds(40)}));
  REQUIRE(answer.lost.empty());
  REQUIRE(answer.cancel_requested.empty());
  job_status wanted = c.status;
  wanted.lease_until = now + seconds(40);
  REQUIRE(d.status(a, c.body->id) == wanted);
}

TEST_CASE("a heartbeat says which leases are lost and which jobs shall be cancelled") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(4));
  const auto c = d.claim(4);
  value(d.settle(c[0]));
  value(d.cancel(a, c[1].body->id));
  std::vector<lease_ref> leases;
  for (const auto& job : c) leases.push_back(desk::lease_of(job));
  --leases[2].epoch;
  leases.push_back({nth<account_id>(9), c[3].body->id, 1});
  const auto worker = c[0].status.worker;
  auto answer = value(d.store.heartbeat({.worker = worker, .leases = leases}));
  REQUIRE(answer.lost == std::vector<job_id>{c[0].body->id, c[2].body->id, c[3].body->id});
  REQUIRE(answer.cancel_requested == std::vector<job_id>{c[1].body->id});
  answer = value(d.store.heartbeat({.worker = nth<worker_id>(2), .leases = {leases[3]}}));
  REQUIRE(answer.lost.size() == 1);
}

TEST_CASE("a lost lease is named when it ran out, until somebody decides") {
  desk d;
  const auto a = d.open(1);
  const auto id = d.order(a, "k", d.item_list(1)).jobs.front();
  d.claim();
  d.clock.advance(seconds(19));
  REQUIRE(value(d.store.due({})).empty());
  d.clock.advance(seconds(1));
  for (int i = 0; i < 2; ++i) {
    REQUIRE(value(d.store.due({})) == std::vector<due_job>{{a, id, due_reason::lease_lost}});
  }
  REQUIRE(d.run_due() == 1);
  REQUIRE(value(d.store.due({})).empty());
  REQUIRE(d.claim().front().status.attempts == 2);
}

TEST_CASE("a renewed lease is not named before its new end, even when renewed late") {
  desk d;
  d.order(d.open(1), "k", d.item_list(1));
  const auto c = d.claim().front();
  const beat b{.worker = c.status.worker, .leases = {desk::lease_of(c)}};
  for (int i = 0; i < 5; ++i) {
    d.clock.advance(seconds(15));
    value(d.store.heartbeat(b));
    REQUIRE(value(d.store.due({})).empty());
  }
  d.clock.advance(seconds(21));
  REQUIRE(value(d.store.due({})).size() == 1);
  value(d.store.heartbeat(b));
  REQUIRE(value(d.store.due({})).empty());
  d.clock.advance(seconds(20));
  REQUIRE(value(d.store.due({})).size() == 1);
}

TEST_CASE("a lease renewed for a shorter time ends earlier") {
  desk d;
  d.order(d.open(1), "k", d.item_list(1));
  const auto c = d.claim(1, {"render"}, hours(1)).front();
  value(d.store.heartbeat(
      {.worker = c.status.worker, .leases = {desk::lease_of(c)}, .lease = seconds(5)}));
  d.clock.advance(seconds(5));
  REQUIRE(value(d.store.due({})).size() == 1);
}

TEST_CASE("a deadline is due for jobs that wait, run or are parked") {
  desk d;
  const auto a = d.open(1);
  auto items = d.item_list(3);
  for (auto& item : items) item.deadline = d.clock.now() + seconds(10);
  d.order(a, "k", items);
  const auto taken = d.claim(2);
  value(d.hand_over(taken[0], settle_kind::wait, hours(1)));
  d.clock.advance(seconds(10));
  const auto due = value(d.store.due({}));
  REQUIRE(due.size() == 3);
  for (const auto& j : due) REQUIRE(j.reason == due_reason::deadline);
  REQUIRE(d.run_due() == 3);
  REQUIRE(value(d.store.audit(a)).row.held == credits{});
}

TEST_CASE("a wish to cancel that came back to the queue is due at once") {
  desk d;
  const auto a = d.open(1);
  const auto id = d.order(a, "k", d.item_list(1)).jobs.front();
  d.claim();
  value(d.cancel(a, id));
  d.clock.advance(seconds(20));
  auto lost = value(d.store.due({}));
  REQUIRE(lost.size() == 1);
  // Written by hand: back to the queue although somebody asked to cancel it.
  auto loaded = value(d.store.load({.wants = {want_for(lost.front())}}));
  job_record& job = loaded.accounts.front().jobs.front();
  const auto from = detail::begin_step(job.status, loaded.now);
  detail::requeue(job.status, *job.body, loaded.now);
  unit u{.account = a};
  detail::end_step(u, job, from);
  REQUIRE(value(d.store.commit({&u, 1})).front() == verdict::written);
  REQUIRE(d.claim(5).empty());
  REQUIRE(value(d.store.due({})) == std::vector<due_job>{{a, id, due_reason::cancel_requested}});
  REQUIRE(d.run_due() == 1);
  REQUIRE(d.status(a, id).role == job_role::cancelled);
}

TEST_CASE("due names no more than asked for, and goes on where others are stuck") {
  desk d;
  std::set<job_id> named;
  for (std::uint64_t n = 1; n <= 40; ++n) d.order(d.open(n), "k", d.item_list(1));
  d.claim(40);
  d.clock.advance(minutes(1));
  for (int i = 0; i < 64; ++i) {
    const auto due = value(d.store.due({.limit = 5}));
    REQUIRE(due.size() == 5);
    for (const auto& j : due) named.insert(j.job);
  }
  REQUIRE(named.size() == 40);
}

TEST_CASE("a job that was cancelled in every standing leaves the queue in order") {
  desk d;
  const auto a = d.open(1);
  auto items = d.item_list(6);
  items[5].ready_at = d.clock.now() + hours(1);
  const auto jobs = d.order(a, "k", items).jobs;
  const auto parked = d.claim().front();
  value(d.hand_over(parked, settle_kind::wait, seconds(5)));
  value(d.cancel(a, jobs[0]));  // waiting
  value(d.cancel(a, jobs[1]));  // startable
  value(d.cancel(a, jobs[5]));  // scheduled
  d.clock.advance(hours(2));
  std::vector<job_id> rest;
  for (const auto& c : d.claim(10)) rest.push_back(c.body->id);
  REQUIRE(rest == std::vector<job_id>{jobs[2], jobs[3], jobs[4]});
  REQUIRE(d.in_flight(a) == 3);
}

}  // namespace
}  // namespace tollgate::test
