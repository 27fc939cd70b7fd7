// SPDX-License-Identifier: BSL-1.0
#pragma once
// Everybody else who writes to an account: top-ups, promotions, stand-alone holds, charge-backs,
// freezes; and orders of a kind that no worker knows.

#include <tollgate/checkout/accounts.hpp>
#include <tollgate/simulation/answers.hpp>
#include <tollgate/simulation/faulty_store.hpp>
#include <tollgate/simulation/shop.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// The administration of one account. Not thread-safe.
template <storage Store>
class desk {
 public:
  desk(exchange<Store>& to, account_id account, std::uint64_t number)
      : to_{to},
        who_{std::make_shared<actor>(actor{.name = "desk " + std::to_string(number)})},
        line_{to, who_},
        account_{account},
        answers_{to.at, to.books},
        books_{line_} {}

  [[nodiscard]] account_id account() const noexcept { return account_; }

  /// Opens the account, or tries to; again is harmless.
  void open() {
    send(to_command(
        open_account_request{.account = account_, .opening_grant = books_.rules().opening_grant}));
  }
  void act() {
    if (busy_) return;
    busy_ = true;
    if (!is_open()) {
      open();
    } else if (!open_.empty() && luck().chance(700)) {
      send(command{open_.front()});
    } else if (open_.size() < 3) {
      ask_something_new();
    }
    busy_ = false;
  }
  bool finish() {
    for (int tries = 0; !open_.empty() && tries < 6; ++tries) send(command{open_.front()});
    if (!is_open()) open();
    return open_.empty();
  }
  /// Unfreezes, and lets what is due be written.
  bool settle_up(const std::string& key) {
    return send(to_command(unfreeze_request{.account = account_, .key = key}));
  }
  void ask_about_everything() {
    for (const command& c : known_) send(command{c});
  }

 private:
  dice& luck() { return to_.at.luck; }
  [[nodiscard]] bool is_open() const {
    const auto at = to_.eyes.known().find(account_);
    return at != to_.eyes.known().end() && at->second.row.exists();
  }
  std::string next_key(const char* what) {
    return std::string{what} + "-" + std::to_string(++count_);
  }
  credits some(std::uint64_t most) {
    return credits::from_units(static_cast<std::int64_t>(luck().between(1, most * 10'000)));
  }

  bool send(command c) {
    answers_.ask(account_, c.key);
    to_.at.tell([&] {
      return who_->name + " asks for " + std::string{to_string(c.kind)} + " " +
             to_string(c.amount) + " (" + c.key + ")";
    });
    who_->at = duty::money;
    const auto answer = std::move(books_.submit(std::span<const command>{&c, 1}).front());
    const bool knows = answers_.take(account_, c.key, answer);
    if (answer) remember(c, *answer);
    std::erase_if(open_, [&](const command& o) { return o.key == c.key; });
    if (!knows) open_.push_back(c);
    if (answer || is_recorded(answer.error().code)) {
      const auto same = [&](const command& k) { return k.key == c.key; };
      if (std::none_of(known_.begin(), known_.end(), same)) known_.push_back(std::move(c));
    }
    return knows;
  }

  void remember(const command& c, const receipt& r) {
    if (r.replayed) return;
    if (c.kind == operation_kind::hold) holds_.push_back(r.hold);
    if (c.kind == operation_kind::grant && !r.lots.empty()) lots_.push_back(r.lots.front());
    if (c.kind != operation_kind::capture) return;
    // A stand-alone hold is never charged at or after its time-out.
    for (const auto& h : ends_) {
      to_.at.require(h.first != c.hold || r.at < h.second, "ledger 12", [&] {
        return to_.at.name("hold", c.hold) + " was captured after it ran out";
      });
    }
  }

  void ask_something_new() {
    const std::uint64_t what = luck().below(100);
    if (what < 22) {
      send(to_command(
          grant_request{.account = account_, .amount = some(60), .key = next_key("topup")}));
    } else if (what < 36) {
      promote();
    } else if (what < 50) {
      hold_something();
    } else if (what < 64) {
      end_a_hold();
    } else if (what < 72) {
      send(to_command(deduct_request{.account = account_,
                                     .amount = some(15),
                                     .project = numbered<project_id>(luck().below(2)),
                                     .key = next_key("deduct")}));
    } else if (what < 80) {
      claw_back();
    } else if (what < 86) {
      send(to_command(
          freeze_request{.account = account_, .reason = "a look", .key = next_key("freeze")}));
    } else if (what < 93) {
      send(to_command(unfreeze_request{.account = account_, .key = next_key("unfreeze")}));
    } else {
      order_a_relic();
    }
  }

  void promote() {
    grant_request g{.account = account_, .amount = some(30), .category = lot_category::promo};
    g.priority = static_cast<std::int16_t>(luck().below(3));
    const timestamp now = to_.at.clock.now();
    if (luck().chance(400))
      g.effective_at = now + minutes(static_cast<std::int64_t>(luck().between(1, 90)));
    g.lasts_for = minutes(static_cast<std::int64_t>(luck().between(1, 180)));
    g.key = next_key("promo");
    send(to_command(std::move(g)));
  }
  void hold_something() {
    const timestamp end =
        to_.at.clock.now() + minutes(static_cast<std::int64_t>(luck().between(1, 60)));
    command c = to_command(hold_request{
        .account = account_, .amount = some(20), .expires_at = end, .key = next_key("hold")});
    const std::size_t before = holds_.size();
    send(c);
    if (holds_.size() > before) ends_.emplace_back(holds_.back(), end);
  }
  void end_a_hold() {
    if (holds_.empty()) return;
    const hold_id h = luck().pick(holds_);
    const std::uint64_t how = luck().below(10);
    if (how < 5) {
      send(to_command(capture_request{
          .account = account_,
          .hold = h,
          .amount = some(12),
          .final = luck().chance(500),
          .overage = luck().chance(300) ? overage_policy::from_available : overage_policy::refuse,
          .key = next_key("capture")}));
    } else if (how < 8) {
      send(to_command(release_request{.account = account_, .hold = h, .key = next_key("release")}));
    } else {
      send(to_command(refund_request{
          .account = account_, .hold = h, .amount = some(6), .key = next_key("back")}));
    }
  }
  void claw_back() {
    if (lots_.empty()) return;
    const bool owes = luck().chance(500);
    send(to_command(claw_back_request{
        .account = account_,
        .lot = luck().pick(lots_),
        .amount = some(40),
        .policy = owes ? claw_back_policy::into_debt : claw_back_policy::up_to_available,
        .reason = "charge-back",
        .key = next_key("clawback")}));
  }
  /// A job that no worker knows: it is left alone, and its start_by ends it.
  void order_a_relic() {
    const std::string key = next_key("relic");
    answers_.ask(account_, key);
    to_.at.tell([&] { return who_->name + " orders what no worker knows (" + key + ")"; });
    who_->at = duty::order;
    const confirm_command c{.account = account_,
                            .key = key,
                            .items = {{.item = numbered<item_id>(100 + count_),
                                       .kind = std::string{relic_kind},
                                       .payload = "of another time",
                                       .states = shared_names_of<standard_machine>(),
                                       .cost = 1_cr}}};
    for (int tries = 0; tries < 40; ++tries) {
      const auto made = transact(line_, c, books_.rules());
      if (made) {
        answers_.take(account_, key, made->money, made->jobs);
        return;
      }
      if (answers_.take(account_, key, refuse(failure{made.error()}))) return;
    }
  }

  exchange<Store>& to_;
  std::shared_ptr<actor> who_;
  faulty_store<Store> line_;
  account_id account_;
  answers answers_;
  accounts<faulty_store<Store>> books_;
  bool busy_{};
  std::uint64_t count_{};
  std::vector<command> open_{};   // whose fate is not known yet
  std::vector<command> known_{};  // that were decided
  std::vector<hold_id> holds_{};
  std::vector<std::pair<hold_id, timestamp>> ends_{};
  std::vector<lot_id> lots_{};
};

}  // namespace tollgate::simulation
