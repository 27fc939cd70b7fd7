// SPDX-License-Identifier: BSL-1.0
#pragma once
// One account with every kind of record the ledger and the queue know: what an audit has to
// understand, and what a test can damage.

#include <tollgate/core/clock.hpp>
#include <tollgate/gate/verify.hpp>
#include <tollgate/ledger/requests.hpp>
#include <tollgate/storage/transact.hpp>

#include <faults/shop.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::faults {

/// A customer, a worker and an administrator of one account, at a clock they wind themselves.
template <storage Store>
class every_record {
 public:
  every_record(Store& store, manual_clock& clock) : store_{store}, clock_{clock} {}

  /// 0 where every step was answered as it was meant to be.
  int keep() {
    grants();
    stand_alone_holds();
    late_returns_and_claw_backs();
    debt();
    orders();
    another_account_closed();
    return wrong_;
  }

 private:
  static constexpr account_id user_{{0xe7e, 1}};
  static constexpr project_id project_{{0xe7e, 2}};

  static credits whole(std::int64_t n) { return credits::from_units(n * 10'000); }
  std::string key() { return "step " + std::to_string(++steps_); }

  void expect(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what.c_str());
    wrong_ = 1;
  }
  template <ledger_request Request>
  receipt must(Request r) {
    r.account = user_;
    if (r.key.empty() || r.key == "open") r.key = key();
    const auto answer = transact(store_, to_command(std::move(r)), rules_);
    if (!answer) expect(false, to_string(answer.error()));
    return answer ? *answer : receipt{};
  }
  template <class Command>
  auto run(const Command& c) {
    auto answer = transact(store_, c, rules_);
    if (!answer) expect(false, to_string(answer.error()));
    return answer;
  }

  void grants() {
    must(open_account_request{.opening_grant = whole(100), .low_credit_threshold = whole(10)});
    must(grant_request{.amount = whole(50), .priority = 1, .lasts_for = hours(48)});
    must(grant_request{.amount = whole(20), .effective_at = clock_.now() + hours(5)});
    must(grant_request{
        .amount = whole(5), .category = lot_category::promo, .priority = 9, .lasts_for = hours(1)});
    must(set_threshold_request{.threshold = whole(20)});
    must(import_cost_request{.project = project_, .amount = whole(3)});
    must(adjust_request{.amount = whole(2), .reason = "a gift"});
    must(adjust_request{.amount = -whole(1), .reason = "less of a gift"});
    clock_.advance(hours(6));  // one lot has expired, one became effective
  }

  void stand_alone_holds() {
    const auto wide = must(hold_request{.amount = whole(120), .project = project_});
    must(extend_hold_request{.hold = wide.hold, .lasts_for = hours(30)});
    must(capture_request{.hold = wide.hold, .amount = whole(40), .final = false});
    must(capture_request{.hold = wide.hold, .amount = whole(70)});
    must(refund_request{.hold = wide.hold, .amount = whole(15)});
    const auto back = must(hold_request{.amount = whole(4)});
    must(release_request{.hold = back.hold});
    must(hold_request{.amount = whole(7), .lasts_for = minutes(10)});
    clock_.advance(hours(1));  // it expires
    must(deduct_request{.amount = whole(6), .project = project_});
    must(hold_request{.amount = whole(1), .lasts_for = hours(10'000)});  // stays open
    must(freeze_request{.reason = "a look"});
    const auto no = transact(
        store_, to_command(deduct_request{.account = user_, .amount = whole(1), .key = key()}),
        rules_);
    expect(!no && no.error().code == error::account_frozen, "a frozen account refuses");
    must(unfreeze_request{});
  }

  void late_returns_and_claw_backs() {
    const auto soon =
        must(grant_request{.amount = whole(30), .priority = -5, .lasts_for = hours(2)});
    const auto hold = must(hold_request{.amount = whole(20)});
    clock_.advance(hours(3));  // the lot expires while it is held
    must(release_request{.hold = hold.hold});
    expect(!soon.lots.empty(), "a grant names its lot");
    const auto paid = must(grant_request{.amount = whole(30), .priority = -6});
    const auto part = must(hold_request{.amount = whole(10)});
    must(claw_back_request{.lot = paid.lots.front(), .amount = whole(25)});
    must(release_request{.hold = part.hold});  // what was marked is revoked now
  }

  void debt() {
    const auto row = store_.load({.wants = {{.account = user_}}});
    if (!row) return expect(false, to_string(row.error()));
    const credits all = row->accounts.front().ledger.row.available;
    const auto paid = must(grant_request{.amount = whole(9), .priority = -7});
    const auto hold = must(hold_request{.amount = all + whole(9)});
    must(capture_request{.hold = hold.hold, .amount = all + whole(9)});
    must(claw_back_request{
        .lot = paid.lots.front(), .amount = whole(9), .policy = claw_back_policy::into_debt});
    must(grant_request{.amount = whole(400)});  // pays it
  }

  void another_account_closed() {
    const account_id other{{0xe7e, 3}};
    run(to_command(open_account_request{.account = other, .opening_grant = whole(1)}));
    run(to_command(close_request{.account = other, .forfeit = true, .key = key()}));
  }

  /// Jobs in every phase and of every outcome.
  void orders() {
    confirm_command order{.account = user_, .key = key(), .project = project_};
    const auto words = std::make_shared<const state_names>();
    for (std::uint64_t n = 1; n <= 9; ++n) {
      order.items.push_back({.item = item_id{{0xe7e, n}},
                             .kind = "render",
                             .payload = "shot",
                             .states = words,
                             .cost = n == 1 ? credits{} : whole(10),
                             .ready_at = n == 9 ? clock_.now() + hours(1) : timestamp{}});
    }
    const auto made = run(order);
    if (!made) return;
    const auto claimed = store_.claim(
        {.worker = worker_id{{7, 7}}, .kinds = {"render"}, .limit = 7, .lease = hours(1'000)});
    if (!claimed || claimed->size() != 7) return expect(false, "seven jobs are claimed");
    const auto settle = [&](std::size_t n, settle_command c) {
      const claimed_job& job = claimed->at(n);
      c.lease = {user_, job.status.id, job.status.epoch};
      c.worker = job.status.worker;
      run(c);
    };
    settle(0, {.kind = settle_kind::succeeded});
    settle(1, {.kind = settle_kind::succeeded, .actual = whole(8)});
    settle(2, {.kind = settle_kind::succeeded,
               .actual = whole(12),
               .overage = overage_policy::from_available});
    settle(3, {.kind = settle_kind::failed, .error_code = "policy"});
    settle(4, {.kind = settle_kind::cancelled, .actual = whole(2)});
    settle(5, {.kind = settle_kind::wait, .delay = hours(2)});
    run(cancel_command{.account = user_, .job = made->jobs.at(7)});
    confirm_command again{.account = user_, .key = key()};
    again.items.push_back(
        {.item = item_id{{0xe7e, 20}}, .kind = "render", .states = words, .cost = whole(5)});
    run(again);  // ready, while one is leased, one waits and one is for later
  }

  Store& store_;
  manual_clock& clock_;
  ledger_rules rules_{};
  int steps_{};
  int wrong_{};
};

/// Says every rule that does not hold in any account of a store, as the library sees it.
template <storage Store>
int verify_all(Store& store) {
  cursor at;
  do {
    const auto some = store.accounts(at);
    if (!some) return say("cannot be read: " + to_string(some.error())), 0;
    for (const account_id account : some->items) {
      const auto books = store.audit(account);
      if (!books) {
        say("cannot be read: " + to_string(books.error()));
        continue;
      }
      for (const auto& d : verify(books->row, books->lots, books->holds, books->operations,
                                  books->entries, std::span<const job_record>{books->jobs})) {
        say(d.rule + " at " + d.place + ": " + d.message);
      }
    }
    at = some->next;
  } while (at != cursor{});
  return 0;
}

}  // namespace tollgate::faults
