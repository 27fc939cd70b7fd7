// SPDX-License-Identifier: BSL-1.0
#include <tollgate/worker/observer.hpp>

#include <worker/shop.hpp>

#include <string>
#include <type_traits>

namespace {

using namespace tollgate;
using test::cr;
using test::scripted;

struct hears_claims {
  int claims{};
  void on(const event::claimed&) { ++claims; }
};
struct misspelt {
  void on_claimed(const event::claimed&) {}
};
static_assert(worker_observer<no_observer>);
static_assert(worker_observer<hears_claims>);
static_assert(!worker_observer<misspelt>);
static_assert(observes<hears_claims, event::claimed>);
static_assert(!observes<hears_claims, event::settled>);

// A worker with nobody watching is no larger for it.
struct watched_by_nobody {
  void* a;
  [[no_unique_address]] no_observer observer;
};
static_assert(std::is_empty_v<no_observer>);
static_assert(sizeof(watched_by_nobody) == sizeof(void*));

struct counts_itself {
  static inline int made = 0;
  counts_itself() { ++made; }
};
struct hears_counted {
  int heard{};
  void on(const counts_itself&) { ++heard; }
};

TEST_CASE("no event is made that nobody listens to") {
  no_observer nobody;
  hears_claims other;
  bool asked = false;
  const auto make = [&] {
    asked = true;
    return counts_itself{};
  };
  tell(nobody, make);
  tell(other, make);
  CHECK(counts_itself::made == 0);
  CHECK_FALSE(asked);
  hears_counted listener;
  tell(listener, make);
  CHECK(counts_itself::made == 1);
  CHECK(listener.heard == 1);
}

/// The life of a job as words.
struct diary {
  std::string text{};
  void on(const event::claimed&) { text += "claimed "; }
  void on(const event::started&) { text += "started "; }
  void on(const event::progressed& e) { text += "progressed:" + e.status.state + " "; }
  void on(const event::answered&) { text += "answered "; }
  void on(const event::state_refused&) { text += "state_refused "; }
  void on(const event::settled& e) { text += "settled:" + e.receipt.job.state + " "; }
  void on(const event::retried&) { text += "retried "; }
  void on(const event::failed&) { text += "failed "; }
  void on(const event::waiting&) { text += "waiting "; }
  void on(const event::handed_back&) { text += "handed_back "; }
  void on(const event::charged_less& e) {
    text += "charged_less:" + to_string(e.asked) + ":" + to_string(e.charged) + " ";
  }
  void on(const event::stale&) { text += "stale "; }
  void on(const event::refused&) { text += "refused "; }
  void on(const event::stop_asked& e) {
    text += "stop_asked:" + std::string{to_string(e.reason)} + " ";
  }
  void on(const event::swept& e) {
    text += e.due.reason == due_reason::lease_lost ? "swept:lease_lost " : "swept ";
  }
  void on(const event::storage_failed& e) {
    text += "storage_failed:" + std::string{to_string(e.step)} + " ";
  }
  void on(const event::abandoned&) { text += "abandoned "; }
};
static_assert(worker_observer<diary>);
using watched = test::hand_driven<memory::store, diary>;

TEST_CASE("the life of a job is told in order") {
  test::shop shop;
  shop.confirm_one();
  watched w{shop.store, 1};
  scripted submit{[](job_context& j) {
    static_cast<void>(j.advance("running", permille{10}));
    return outcome::wait({});
  }};
  scripted too_dear{[](job_context&) { return outcome::succeeded(cr(25)); }};
  w.run(submit);
  shop.clock.advance(seconds(5));
  w.run(too_dear);
  CHECK(w.observer.text ==
        "claimed started progressed:running answered waiting "
        "claimed started answered charged_less:25.0000:10.0000 settled:done ");
}

TEST_CASE("a job of a frozen account that cost more than its hold tells what was charged") {
  test::shop shop;
  shop.confirm_one();
  shop.must(freeze_request{.account = test::shop::user, .reason = "charge-back", .key = "freeze"});
  watched w{shop.store, 1};
  w.options.overage = overage_policy::into_debt;
  scripted too_dear{[](job_context&) { return outcome::succeeded(cr(25)); }};
  w.run(too_dear);
  CHECK(w.observer.text == "claimed started answered charged_less:25.0000:10.0000 settled:done ");
  CHECK(shop.row().debt == credits{});
}

TEST_CASE("retries, hand-backs, failures and cancels are told as such") {
  test::shop shop;
  shop.confirm_one();
  watched w{shop.store, 1};
  scripted give_back{[](job_context&) { return outcome::handed_back(); }};
  scripted quota{
      [](job_context&) { return outcome::failed({.code = "quota", .retry_after = duration{}}); }};
  scripted broken{[](job_context&) { return outcome::failed({.code = "x", .retryable = false}); }};
  w.run(give_back);
  w.run(quota);
  w.run(broken);
  CHECK(w.observer.text ==
        "claimed started answered handed_back claimed started answered retried "
        "claimed started answered failed ");
}

TEST_CASE("a lost lease, the sweep that found it and the stale answer are told") {
  test::shop shop;
  shop.confirm_one();
  watched late{shop.store, 1};
  watched other{shop.store, 2};
  const auto held = late.claim_one();
  scripted handler{[&](job_context& j) {
    shop.clock.advance(seconds(20));
    other.sweep();
    static_cast<void>(other.claim_one());
    beat_step(late.at);
    return outcome::succeeded(j.held());
  }};
  run_step(late.at, handler, held);
  late.settle();
  CHECK(late.observer.text == "claimed started stop_asked:lease_lost answered stale ");
  CHECK(other.observer.text == "swept:lease_lost claimed ");
}

}  // namespace
