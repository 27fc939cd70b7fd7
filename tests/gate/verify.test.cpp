// SPDX-License-Identifier: BSL-1.0
#include <tollgate/gate/verify.hpp>

#include <tollgate/gate/confirm.hpp>
#include <tollgate/gate/ledger.hpp>
#include <tollgate/gate/settle.hpp>
#include <tollgate/ledger/requests.hpp>

#include <support/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace tollgate;
using namespace tollgate::literals;

namespace {

/// An order of four jobs: one waits, one runs, one succeeded, one failed.
struct order_books {
  static constexpr account_id user{{0xa, 0xa}};
  account_snapshot all{};
  std::vector<operation> operations{};
  std::vector<entry> entries{};
  timestamp now{seconds(1'800'000'000).microseconds};
  ledger_rules rules{};

  order_books() {
    const auto states = std::make_shared<const state_names>();
    run(to_command(open_account_request{.account = user, .opening_grant = 100_cr}));
    confirm_command order{.account = user, .key = "click"};
    for (std::uint64_t n = 0; n < 4; ++n) {
      order.items.push_back({.item = {{1, n}}, .kind = "render", .states = states, .cost = 10_cr});
    }
    run(order);
    for (std::size_t n = 1; n < 4; ++n) {
      job_status& s = all.jobs[n].status;
      s.phase = job_phase::leased;
      s.role = job_role::active;
      s.attempts = 1;
      s.epoch = 1;
      s.lease_until = now + seconds(20);
    }
    run(settle_command{.lease = {user, id(2), 1}, .kind = settle_kind::succeeded, .actual = 7_cr});
    run(settle_command{.lease = {user, id(3), 1}, .kind = settle_kind::failed});
  }

  template <class Command>
  void run(const Command& c) {
    auto d = decide(all, c, now, rules);
    REQUIRE(d.answer.has_value());
    REQUIRE(d.write.has_value());
    auto& change = *d.write->ledger;
    operations.insert(operations.end(), change.operations.begin(), change.operations.end());
    entries.insert(entries.end(), change.entries.begin(), change.entries.end());
    for (const hold& h : change.holds) {
      if (!detail::find_hold(all.ledger, h.id)) all.ledger.holds.push_back(h);
    }
    for (const job_insert& j : d.write->inserts) all.jobs.push_back({j.body, j.status});
  }
  job_id id(std::size_t n) const { return all.jobs.at(n).body->id; }
  hold& hold_of(std::size_t n) {
    return all.ledger.holds.at(*detail::find_hold(all.ledger, all.jobs.at(n).body->hold));
  }
  /// The body of a job, changed.
  template <class Change>
  void rewrite(std::size_t n, Change change) {
    job_body body = *all.jobs.at(n).body;
    change(body);
    all.jobs.at(n).body = std::make_shared<const job_body>(std::move(body));
  }
  std::vector<discrepancy> check() const {
    return verify(all.ledger.row, all.ledger.lots, all.ledger.holds, operations, entries, all.jobs);
  }
};

struct corruption {
  const char* what;
  void (*act)(order_books&);
};

const corruption corruptions[]{
    {"a job that waits without its hold",
     [](order_books& b) {
       b.hold_of(0).job = {{9, 9}};
     }},
    {"a job dropped while its hold is open",
     [](order_books& b) { b.all.jobs.erase(b.all.jobs.begin()); }},
    {"a job there twice", [](order_books& b) { b.all.jobs.push_back(b.all.jobs.front()); }},
    {"a job without a body", [](order_books& b) { b.all.jobs[0].body = nullptr; }},
    {"a job that ended without settling",
     [](order_books& b) {
       b.all.jobs[1].status.phase = job_phase::final;
       b.all.jobs[1].status.role = job_role::succeeded;
     }},
    {"an ended job that runs again",
     [](order_books& b) {
       b.all.jobs[2].status.phase = job_phase::leased;
       b.all.jobs[2].status.role = job_role::active;
     }},
    {"a job that goes on in a final role",
     [](order_books& b) { b.all.jobs[0].status.role = job_role::failed; }},
    {"a job that ended in an active role",
     [](order_books& b) { b.all.jobs[2].status.role = job_role::active; }},
    {"a failed job that was charged",
     [](order_books& b) { b.all.jobs[2].status.role = job_role::failed; }},
    {"a successful job that was not charged",
     [](order_books& b) { b.all.jobs[3].status.role = job_role::succeeded; }},
    {"another price in the job than in the ledger",
     [](order_books& b) { b.all.jobs[2].status.actual = 8_cr; }},
    {"another end than the ledger's", [](order_books& b) { --b.all.jobs[2].status.final_seq; }},
    {"another time than the ledger's",
     [](order_books& b) { b.all.jobs[2].status.completed_at = timestamp{}; }},
    {"a job settled twice",
     [](order_books& b) {
       operation again = b.operations.back();
       again.seq += 1;
       b.operations.push_back(again);
     }},
    {"a job whose settling is lost", [](order_books& b) { b.operations.pop_back(); }},
    {"another estimate than the hold",
     [](order_books& b) { b.rewrite(0, [](job_body& j) { j.estimated = 1_cr; }); }},
    {"a job of another order",
     [](order_books& b) { b.rewrite(0, [](job_body& j) {
                            j.order = {{9, 9}};
                          }); }},
    {"a job of another account",
     [](order_books& b) { b.rewrite(0, [](job_body& j) {
                            j.account = {{9, 9}};
                          }); }},
    {"two live jobs of one item",
     [](order_books& b) { b.rewrite(1, [](job_body& j) {
                            j.item = {{1, 0}};
                          }); }},
};

}  // namespace

TEST_CASE("an audit of an order with jobs in every role finds nothing") {
  const order_books b;
  CHECK(b.all.jobs[2].status.role == job_role::succeeded);
  CHECK(b.all.jobs[3].status.role == job_role::failed);
  const auto found = b.check();
  INFO((found.empty() ? "" : found.front().message));
  CHECK(found.empty());
}

TEST_CASE("an audit finds where jobs and money do not tell the same story") {
  for (const corruption& c : corruptions) {
    order_books b;
    c.act(b);
    const auto found = b.check();
    INFO(c.what);
    CHECK(std::any_of(found.begin(), found.end(),
                      [](const discrepancy& d) { return d.rule == "invariant 12"; }));
  }
}
