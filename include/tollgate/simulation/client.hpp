// SPDX-License-Identifier: BSL-1.0
#pragma once
// A user in front of the checkout: reviews, confirms, asks again after a lost answer, cancels,
// renders again what failed, asks for money back.

#include <tollgate/simulation/answers.hpp>
#include <tollgate/simulation/faulty_store.hpp>
#include <tollgate/simulation/shop.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// One user of one account. Not thread-safe.
template <storage Store>
class client {
 public:
  client(exchange<Store>& to, account_id account, std::uint64_t number)
      : to_{to},
        who_{std::make_shared<actor>(actor{.name = "client " + std::to_string(number)})},
        line_{to, who_},
        account_{account},
        number_{number},
        answers_{to.at, to.books},
        gate_{line_, films{}, film_prices(manual_clock::default_start)} {}

  /// Does something; nothing where it is in the middle of something else.
  void act() {
    if (busy_) return;
    busy_ = true;
    const std::uint64_t what = luck().below(100);
    if (!open_.empty() && what < 70) {
      send_open();
    } else if (open_.size() < 3 && what < 50) {
      press_confirm();
    } else if (open_.size() < 2 && what < 58) {
      press_two_at_once();
    } else if (what < 66) {
      repeat_an_old_click();
    } else if (what < 73) {
      use_a_key_twice();
    } else if (what < 87) {
      cancel_something();
    } else if (what < 95) {
      ask_for_a_refund();
    } else {
      static_cast<void>(gate_.jobs(account_, job_filter{.live_only = true}));
    }
    busy_ = false;
  }
  /// Asks until it knows what became of its clicks. False: it still does not.
  bool finish() {
    for (std::size_t tries = open_.size() + 2; !open_.empty() && tries > 0; --tries) send_open();
    return open_.empty();
  }
  /// Asks once more about every click, when all is over.
  void ask_about_everything() {
    for (const click& c : clicks_) {
      if (was_decided(c)) confirm(c);
    }
  }

 private:
  struct click {
    film order{};
    quote_ref quote{};
    std::string key{};
  };

  dice& luck() { return to_.at.luck; }
  template <class Line>
  void tell(Line line) {
    to_.at.tell([&] { return who_->name + " " + line(); });
  }
  [[nodiscard]] confirm_request<film> request_of(const click& c) const {
    return {.account = account_, .order = c.order, .quote = c.quote, .key = c.key};
  }

  /// Reviews an order, of items that failed where there are some now and then.
  std::optional<click> review_something() {
    film order = some_shots(luck(), to_.at.clock.now());
    if (luck().chance(250)) {
      const auto failed = gate_.failed_items(account_, order.scene);
      if (failed && !failed->empty()) {
        order.shots.resize(1);
        order.shots.front().item = failed->front();
      }
    }
    const auto review = gate_.review(account_, order);
    if (!review) return std::nullopt;
    return click{std::move(order), review->quote("fast"),
                 "click-" + std::to_string(number_) + "-" + std::to_string(++count_)};
  }

  void press_confirm() {
    auto c = review_something();
    if (!c) return;
    open_.push_back(std::move(*c));
    send_open();
  }
  /// Sends the click that waits longest for an answer.
  void send_open() {
    click c = std::move(open_.front());
    open_.erase(open_.begin());
    if (confirm(c)) {
      clicks_.push_back(std::move(c));
    } else if (!answers_.at(account_, c.key).unsure && luck().chance(100) && !to_.at.calm) {
      tell([&] { return "gives up " + c.key + ": nothing happened"; });
      answers_.give_up(account_, c.key);
    } else {
      open_.push_back(std::move(c));
    }
  }

  /// Sends a click; whether it now knows what became of it.
  bool confirm(const click& c) {
    ask(c);
    const auto answer = gate_.confirm(request_of(c));
    if (!answer) judge_refusal(c, answer.error());
    return hear(c, answer);
  }
  void ask(const click& c) {
    answers_.ask(account_, c.key);
    tell([&] {
      return "confirms " + c.key + " of " + std::to_string(c.order.shots.size()) + " shots";
    });
    who_->at = duty::order;
  }
  bool hear(const click& c, const result<order_receipt>& answer) {
    tell([&] {
      return answer ? "knows that " + c.key + " is " + orders(*answer)
                    : "hears " + to_string(answer.error());
    });
    if (!answer) return answers_.take(account_, c.key, refuse(failure{answer.error()}));
    if (!answer->money.replayed) ++to_.books.orders;
    to_.at.require(answer->jobs.size() == c.order.shots.size(), "queue 19",
                   [&] { return c.key + " has not one job for each shot"; });
    for (const job_id job : answer->jobs) {
      to_.at.require(to_.eyes.find(account_, job) != nullptr, "queue 2", [&] {
        return c.key + " was confirmed, and " + to_.at.name("job", job) + " is not there";
      });
    }
    if (std::find(jobs_.begin(), jobs_.end(), answer->jobs.front()) == jobs_.end()) {
      jobs_.insert(jobs_.end(), answer->jobs.begin(), answer->jobs.end());
      order_ = answer->order;
    }
    return answers_.take(account_, c.key, answer->money, answer->jobs);
  }
  std::string orders(const order_receipt& r) {
    std::string text = to_.at.name("order", r.order) + " with";
    for (const job_id job : r.jobs) text += " " + to_.at.name("job", job);
    return text + (r.money.replayed ? ", again" : "");
  }

  /// Refusals that can be held against the store as it was when the order was judged.
  void judge_refusal(const click& c, const failure& why) {
    const auto known = to_.eyes.known().find(account_);
    if (known == to_.eyes.known().end()) return;
    if (why.code == error::already_queued) {
      for (const uuid& job : why.subjects) {
        const job_record* live = to_.eyes.find(account_, job_id{job});
        to_.at.require(live != nullptr && !live->status.is_final(), "queue 10",
                       [&] { return c.key + " is refused for a job that is not live"; });
      }
    }
    if (why.code == error::insufficient_credits) {
      to_.at.require(why.required > why.available, "ledger 7",
                     [&] { return c.key + " is refused though there is enough"; });
    }
  }

  /// Two orders in one batch; the second may bring a quote that nobody gave.
  void press_two_at_once() {
    auto first = review_something();
    auto second = review_something();
    if (!first || !second) return;
    const bool forged = luck().chance(400);
    if (forged) second->quote.lock.digest.bytes.front() ^= 1U;
    ask(*first);
    ask(*second);
    const confirm_request<film> both[]{request_of(*first), request_of(*second)};
    const auto said = gate_.confirm(std::span<const confirm_request<film>>{both});
    to_.at.require(said[0] || said[0].error().code != error::request_changed, "queue 17",
                   [&] { return first->key + " is refused for what is wrong with its neighbour"; });
    to_.at.require(!forged || !said[1], "queue 19",
                   [&] { return second->key + " is confirmed at a price nobody quoted"; });
    for (std::size_t n = 0; n < 2; ++n) {
      click& c = n == 0 ? *first : *second;
      (hear(c, said[n]) ? clicks_ : open_).push_back(std::move(c));
    }
  }

  [[nodiscard]] bool was_decided(const click& c) {
    const asked& a = answers_.at(account_, c.key);
    return a.done || a.refused;
  }
  void repeat_an_old_click() {
    if (clicks_.empty()) return;
    const click& c = luck().pick(clicks_);
    if (was_decided(c)) confirm(c);
  }
  /// The key decides before all else: another order under it is a conflict, whatever it is.
  void use_a_key_twice() {
    if (clicks_.empty()) return;
    const click old = luck().pick(clicks_);
    auto other = review_something();
    if (!was_decided(old) || !other || other->quote == old.quote) return;
    other->key = old.key;
    tell([&] { return "uses " + old.key + " for another order"; });
    who_->at = duty::order;
    const auto answer = gate_.confirm(request_of(*other));
    if (!answer && may_ask_again(answer.error().code)) return;
    to_.at.require(!answer && answer.error().code == error::key_conflict, "queue 19", [&] {
      return old.key + " was used for another order, and the answer is " +
             (answer ? std::string{"an order"} : to_string(answer.error()));
    });
  }

  void cancel_something() {
    if (jobs_.empty()) return;
    const job_id job = luck().pick(jobs_);
    tell([&] { return "cancels " + to_.at.name("job", job); });
    who_->at = duty::cancel;
    if (luck().chance(200)) {
      static_cast<void>(gate_.cancel(account_, order_));
      return;
    }
    const auto answer = gate_.cancel(account_, job, "changed my mind");
    const job_record* record = to_.eyes.find(account_, job);
    if (!answer || record == nullptr) return;
    const job_status& s = record->status;
    const bool right = answer->outcome == cancel_outcome::requested
                           ? s.phase == job_phase::leased && s.cancel_requested
                       : answer->outcome == cancel_outcome::cancelled
                           ? s.is_final() && s.role == job_role::cancelled
                           : s.is_final();
    to_.at.require(right, "queue 11", [&] {
      return to_.at.name("job", job) + " is not as its cancellation was answered";
    });
  }

  void ask_for_a_refund() {
    if (jobs_.empty()) return;
    const job_id job = luck().pick(jobs_);
    const job_record* record = to_.eyes.find(account_, job);
    if (record == nullptr) return;
    const auto most = static_cast<std::uint64_t>(record->body->estimated.units());
    const credits amount =
        credits::from_units(static_cast<std::int64_t>(luck().below(most + 2)) + 1);
    const bool final = record->status.is_final();
    const std::string key = "refund-" + std::to_string(number_) + "-" + std::to_string(++count_);
    answers_.ask(account_, key);
    tell([&] { return "asks " + to_string(amount) + " back for " + to_.at.name("job", job); });
    who_->at = duty::money;
    for (int tries = 0; tries < 40; ++tries) {  // until it knows
      const auto answer = gate_.refund_job(
          {.account = account_, .job = job, .amount = amount, .reason = "it flickers", .key = key});
      const bool ended = to_.eyes.find(account_, job)->status.is_final();
      to_.at.require(!answer || final || ended, "ledger 5",
                     [&] { return to_.at.name("job", job) + " was refunded before it ended"; });
      if (answers_.take(account_, key, answer)) break;
    }
  }

  exchange<Store>& to_;
  std::shared_ptr<actor> who_;
  faulty_store<Store> line_;
  account_id account_;
  std::uint64_t number_;
  std::uint64_t count_{};
  answers answers_;
  gate<films, faulty_store<Store>> gate_;
  bool busy_{};
  std::vector<click> open_{};    // whose fate is not known yet
  std::vector<click> clicks_{};  // whose fate is known
  std::vector<job_id> jobs_{};
  order_id order_{};
};

}  // namespace tollgate::simulation
