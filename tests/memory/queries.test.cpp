// SPDX-License-Identifier: BSL-1.0
#include <tollgate/memory/queries.hpp>

#include <memory/desk.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tollgate::test {
namespace {

std::vector<job_id> ids(const std::vector<job_record>& jobs) {
  std::vector<job_id> found;
  for (const auto& j : jobs) found.push_back(j.body->id);
  return found;
}
std::vector<job_id> listed(desk& d, account_id a, job_filter f) {
  std::vector<job_id> all;
  for (cursor at{};;) {
    auto p = value(d.store.jobs(a, f, at));
    for (const auto& j : p.items) all.push_back(j.body->id);
    if (p.next.token.empty()) return all;
    at = p.next;
  }
}
std::vector<job_id> reversed(std::vector<job_id> ids) {
  std::reverse(ids.begin(), ids.end());
  return ids;
}

TEST_CASE("jobs are listed newest first, by each of the filters and by several at once") {
  desk d;
  const auto a = d.open(1);
  const auto scene = nth<group_id>(1);
  const auto film = nth<project_id>(1);
  const auto one = d.order(a, "1", d.item_list(3), scene, film);
  const auto two = d.order(a, "2", d.item_list(2), nth<group_id>(2), film);
  const auto three = d.order(a, "3", d.item_list(2), scene, nth<project_id>(2));
  auto all = one.jobs;
  all.insert(all.end(), two.jobs.begin(), two.jobs.end());
  auto of_film = all;
  all.insert(all.end(), three.jobs.begin(), three.jobs.end());
  auto of_scene = one.jobs;
  of_scene.insert(of_scene.end(), three.jobs.begin(), three.jobs.end());
  REQUIRE(listed(d, a, {}) == reversed(all));
  REQUIRE(listed(d, a, {.group = scene}) == reversed(of_scene));
  REQUIRE(listed(d, a, {.project = film}) == reversed(of_film));
  REQUIRE(listed(d, a, {.order = two.order}) == reversed(two.jobs));
  REQUIRE(listed(d, a, {.group = scene, .project = film}) == reversed(one.jobs));
  REQUIRE(listed(d, a, {.job = one.jobs[1]}) == std::vector<job_id>{one.jobs[1]});
  REQUIRE(listed(d, a, {.job = one.jobs[1], .order = two.order}).empty());
  REQUIRE(listed(d, a, {.group = nth<group_id>(77)}).empty());
  REQUIRE(listed(d, nth<account_id>(7), {}).empty());
}

TEST_CASE("all jobs an item ever had are listed, only the newest alive") {
  desk d;
  const auto a = d.open(1);
  const auto shot = d.item();
  std::vector<job_id> made;
  for (int i = 0; i < 3; ++i) {
    if (i != 0) value(d.settle(d.claim().front()));
    made.push_back(d.order(a, "k" + std::to_string(i), {shot}).jobs.front());
  }
  REQUIRE(listed(d, a, {.item = shot.item}) == reversed(made));
  REQUIRE(listed(d, a, {.item = shot.item, .live_only = true}) == std::vector<job_id>{made.back()});
}

TEST_CASE("pages of any size hold every job once, with each filter") {
  desk d;
  const auto a = d.open(1);
  const auto scene = nth<group_id>(1);
  std::vector<job_id> mine;
  for (int i = 0; i < 7; ++i) {
    const auto key = std::to_string(i);
    for (const auto j : d.order(a, key, d.item_list(3), scene).jobs) mine.push_back(j);
    d.order(a, "other" + key, d.item_list(2), nth<group_id>(2));
  }
  for (const std::size_t limit : {1U, 2U, 5U, 21U, 22U, 100U}) {
    REQUIRE(listed(d, a, {.group = scene, .limit = limit}) == reversed(mine));
    REQUIRE(listed(d, a, {.limit = limit}).size() == 35);
    REQUIRE(listed(d, a, {.live_only = true, .limit = limit}).size() == 35);
  }
}

TEST_CASE("the last page has no cursor, also when it is exactly full") {
  desk d;
  const auto a = d.open(1);
  d.order(a, "k", d.item_list(4));
  const auto first = value(d.store.jobs(a, {.limit = 2}, {}));
  REQUIRE_FALSE(first.next.token.empty());
  const auto second = value(d.store.jobs(a, {.limit = 2}, first.next));
  REQUIRE(second.items.size() == 2);
  REQUIRE(second.next.token.empty());
}

TEST_CASE("a cursor stays where it is while jobs are added and end") {
  desk d;
  const auto a = d.open(1);
  const auto old = d.order(a, "k", d.item_list(6)).jobs;
  for (const bool live_only : {false, true}) {
    const job_filter f{.live_only = live_only, .limit = 3};
    const auto first = value(d.store.jobs(a, f, {}));
    REQUIRE(first.items.size() == 3);
    if (live_only) {
      d.order(a, "more", d.item_list(3));
      // The job at which the page ended ends itself.
      value(d.cancel(a, first.items.back().body->id));
      const auto next = value(d.store.jobs(a, f, first.next));
      const auto whole_list = listed(d, a, {.live_only = true});
      REQUIRE(std::find(whole_list.begin(), whole_list.end(), ids(next.items).front()) !=
              whole_list.end());
      for (const auto& j : next.items) {
        REQUIRE(j.body->ordinal < first.items.back().body->ordinal);
      }
    } else {
      d.order(a, "meanwhile", d.item_list(2));
      const auto second = value(d.store.jobs(a, f, first.next));
      REQUIRE(ids(second.items) == std::vector<job_id>{old[2], old[1], old[0]});
      for (const auto& c : d.claim(2)) value(d.settle(c));
    }
  }
}

TEST_CASE("live jobs are listed without the final ones between them") {
  desk d;
  const auto a = d.open(1);
  const auto jobs = d.order(a, "k", d.item_list(6)).jobs;
  for (const int n : {0, 2, 5}) value(d.cancel(a, jobs[static_cast<std::size_t>(n)]));
  REQUIRE(listed(d, a, {.live_only = true}) == std::vector<job_id>{jobs[4], jobs[3], jobs[1]});
  for (const int n : {1, 4, 3}) value(d.cancel(a, jobs[static_cast<std::size_t>(n)]));
  REQUIRE(listed(d, a, {.live_only = true}).empty());
  REQUIRE(listed(d, a, {}).size() == 6);
}

TEST_CASE("history comes in pages by seq, each operation once") {
  desk d;
  const auto a = d.open(1);
  for (int i = 0; i < 249; ++i) {
    value(d.ask(grant_request{.account = a, .amount = whole(1), .key = std::to_string(i)}));
  }
  std::uint64_t seq = 0;
  std::size_t pages = 0;
  for (cursor at{};; ++pages) {
    const auto p = value(d.store.history(a, at));
    for (const operation& o : p.items) REQUIRE(o.seq == ++seq);
    if (p.next.token.empty()) break;
    at = p.next;
    if (pages == 0) {
      value(d.ask(grant_request{.account = a, .amount = whole(1), .key = "meanwhile"}));
    }
  }
  REQUIRE(seq == 251);
  REQUIRE(value(d.store.history(nth<account_id>(5), {})).items.empty());
}

TEST_CASE("a cursor that is damaged or belongs elsewhere is refused by name") {
  desk d;
  const auto a = d.open(1);
  const auto b = d.open(2);
  d.order(a, "k", d.item_list(3));
  d.order(b, "k", d.item_list(3));
  const auto good = value(d.store.jobs(a, {.limit = 1}, {})).next;
  const auto refused = [](const auto& answer) {
    return !answer && answer.error().code == error::invalid_argument &&
           answer.error().place == "/cursor";
  };
  REQUIRE(d.store.jobs(a, {}, good));
  for (const auto* text : {"x", "0", "00000000-0000-0000-0000-000000000001", "'; drop table"}) {
    REQUIRE(refused(d.store.jobs(a, {}, {text})));
    REQUIRE(refused(d.store.history(a, {text})));
    REQUIRE(refused(d.store.accounts({text})));
  }
  auto damaged = good;
  damaged.token.back() = damaged.token.back() == '0' ? '1' : '0';
  REQUIRE(refused(d.store.jobs(a, {}, damaged)));
  REQUIRE(refused(d.store.jobs(b, {}, good)));
  REQUIRE(refused(d.store.history(a, good)));
  REQUIRE(refused(d.store.accounts(good)));
}

TEST_CASE("the last operation at an instant is the newest that is not later") {
  desk d;
  const auto a = d.open(1);
  const auto start = d.clock.now();
  for (int i = 1; i <= 9; ++i) {
    d.clock.set(start + seconds(10 * (i / 2)));
    value(d.ask(grant_request{.account = a, .amount = whole(1), .key = std::to_string(i)}));
  }
  const auto at = [&](timestamp t) { return value(d.store.last_operation(a, t)).items; };
  REQUIRE(at(start + seconds(-1)).empty());
  REQUIRE(at(start).front().seq == 2);
  REQUIRE(at(start + seconds(15)).front().seq == 4);
  REQUIRE(at(never).front().seq == 10);
  REQUIRE(value(d.store.last_operation(nth<account_id>(4), never)).items.empty());
}

TEST_CASE("every account is listed once, whatever joins meanwhile") {
  desk d;
  std::set<account_id> wanted;
  for (std::uint64_t n = 0; n < 2'500; ++n) wanted.insert(d.open(n, {}));
  std::vector<account_id> found;
  std::uint64_t more = 10'000;
  for (cursor at{};;) {
    const auto p = value(d.store.accounts(at));
    found.insert(found.end(), p.items.begin(), p.items.end());
    if (p.next.token.empty()) break;
    at = p.next;
    for (int i = 0; i < 100; ++i) d.open(more++, {});
  }
  std::set<account_id> distinct{found.begin(), found.end()};
  REQUIRE(distinct.size() == found.size());
  REQUIRE(std::includes(distinct.begin(), distinct.end(), wanted.begin(), wanted.end()));
}

TEST_CASE("an audit has every record of the account and of no other") {
  desk d;
  const auto a = d.open(1);
  d.order(d.open(2), "k", d.item_list(5));
  d.order(a, "k", d.item_list(3));
  for (const auto& c : d.claim(8)) value(d.settle(c));
  const auto books = value(d.store.audit(a));
  REQUIRE(books.row.id == a);
  REQUIRE(books.lots.size() == 1);
  REQUIRE(books.holds.size() == 3);
  REQUIRE(books.operations.size() == 5);
  REQUIRE(books.jobs.size() == 3);
  credits sum{};
  for (const entry& e : books.entries) sum += e.amount;
  REQUIRE(sum == credits{});
  REQUIRE(value(d.store.audit(nth<account_id>(3))).operations.empty());
}

}  // namespace
}  // namespace tollgate::test
