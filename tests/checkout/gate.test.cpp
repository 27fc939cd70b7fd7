// SPDX-License-Identifier: BSL-1.0
#include <tollgate/checkout/gate.hpp>

#include <checkout/world.hpp>
#include <support/catch.hpp>

#include <string>
#include <vector>

using namespace world;

namespace {

confirm_request<folder> click(fixture<>& f, const folder& order, std::string key = "click",
                              const std::string& variant = "draft") {
  auto review = f.gate.review(user, order);
  REQUIRE(review);
  return {.account = user, .order = order, .quote = review->quote(variant), .key = std::move(key)};
}
template <class Receipt>
error code_of(const result<Receipt>& answer) {
  return answer ? error::none : answer.error().code;
}

}  // namespace

TEST_CASE("an id that was never set names nothing, not everything") {
  fixture<> f;
  REQUIRE(f.gate.confirm(click(f, two_documents())));
  CHECK(code_of(f.gate.cancel(user, order_id{})) == error::job_not_found);
  CHECK(code_of(f.gate.cancel(user, job_id{})) == error::job_not_found);
  CHECK(code_of(f.gate.job(user, job_id{})) == error::job_not_found);
  CHECK(code_of(f.gate.explain(user, job_id{})) == error::job_not_found);
  CHECK(code_of(f.gate.refund_job({.account = user, .amount = 1_cr, .key = "k"})) ==
        error::invalid_argument);
  CHECK(code_of(f.gate.jobs(user, group_id{})) == error::invalid_argument);
  CHECK(code_of(f.gate.failed_items(user, group_id{})) == error::invalid_argument);
  const auto jobs = f.gate.jobs(user, group_of(1));
  REQUIRE(jobs);
  REQUIRE(jobs->size() == 2);
  for (const auto& job : *jobs) CHECK(f.gate.explain(user, job.id)->why == standing::in_line);
}

TEST_CASE("a confirmation holds every cost and queues every job") {
  fixture<> f;
  const folder order = two_documents();
  const auto made = f.gate.confirm(click(f, order));
  REQUIRE(made);
  CHECK(made->money.moved == 7_cr);
  CHECK(made->money.available == 93_cr);
  CHECK(made->money.held == 7_cr);
  REQUIRE(made->jobs.size() == 2);
  const auto jobs = f.gate.jobs(user, group_of(1));
  REQUIRE(jobs);
  REQUIRE(jobs->size() == 2);
  CHECK(jobs->back().id == made->jobs.front());
  CHECK(jobs->back().title == "contract");
  CHECK(jobs->back().variant == "draft");
  CHECK(jobs->back().state == "queued");
  CHECK(f.gate.running_total(user, shelf)->committed == 7_cr);
  CHECK(f.gate.verify(user)->empty());
}

TEST_CASE("only the price is held, what was already paid is not") {
  fixture<> f;
  folder order = two_documents();
  order.documents[0].scan_cost = 50_cr;
  CHECK(f.gate.confirm(click(f, order))->money.moved == 7_cr);
}

TEST_CASE("the same click again has the same receipt, whatever happened since") {
  fixture<> f;
  const folder order = two_documents();
  const auto request = click(f, order);
  const auto first = f.gate.confirm(request);
  REQUIRE(first);
  for (const auto& job : f.claim(2)) {
    REQUIRE(f.settle(job, settle_kind::succeeded, job.body->estimated));
  }
  f.change_price(f.clock.now() + hours(1), 9_cr);
  f.clock.advance(days(60));
  REQUIRE(f.gate.freeze({.account = user, .reason = "later", .key = "freeze"}));
  const auto again = f.gate.confirm(request);
  REQUIRE(again);
  CHECK(again->money.replayed);
  CHECK(again->order == first->order);
  CHECK(again->jobs == first->jobs);
  CHECK(again->money.available == first->money.available);
}

TEST_CASE("the same click with another order, variant or acknowledgement is a key conflict") {
  fixture<> f;
  const folder order = two_documents();
  const auto request = click(f, order);
  REQUIRE(f.gate.confirm(request));
  folder renamed = order;
  renamed.documents[0].title = "treaty";
  const auto other_order = f.gate.confirm(click(f, renamed));
  CHECK(code_of(other_order) == error::key_conflict);
  CHECK(other_order.error().place == "/quote");
  const auto other_variant = f.gate.confirm(click(f, order, "click", "corrected"));
  CHECK(code_of(other_variant) == error::key_conflict);
  CHECK(other_variant.error().place == "/quote");
  auto acknowledged = request;
  acknowledged.acknowledged = {"many"};
  const auto other_note = f.gate.confirm(acknowledged);
  CHECK(code_of(other_note) == error::key_conflict);
  CHECK(other_note.error().place == "/quote");
}

TEST_CASE("a repeat has its receipt when the book no longer has the card of its quote") {
  fixture<> f;
  const folder order = two_documents();
  const auto request = click(f, order);
  const auto first = f.gate.confirm(request);
  REQUIRE(first);
  rate_book<credit> other;
  REQUIRE(other.add(card(2)));
  f.gate.set_rates(std::move(other));
  const auto again = f.gate.confirm(request);
  REQUIRE(again);
  CHECK(again->money.replayed);
  CHECK(again->jobs == first->jobs);
  auto late = request;
  late.key = "another click";
  CHECK(code_of(f.gate.confirm(late)) == error::quote_expired);
  late.account = stranger;
  CHECK(code_of(f.gate.confirm(late)) == error::account_not_found);
  late.acknowledged = {"No Code"};
  CHECK(code_of(f.gate.confirm(late)) == error::invalid_argument);
}

TEST_CASE("a repeat has its receipt when its order can no longer be confirmed, or is another") {
  fixture<> f;
  const folder order = two_documents();
  const auto request = click(f, order);
  const auto first = f.gate.confirm(request);
  REQUIRE(first);
  folder spoilt = order;
  spoilt.documents[0].length = -1;
  folder edited = order;
  edited.documents[0].title = "treaty";
  for (const folder& sent : {spoilt, edited, folder{}}) {
    const auto again = f.gate.confirm({.account = user,
                                       .order = sent,
                                       .quote = request.quote,
                                       .key = "click",
                                       .acknowledged = request.acknowledged});
    REQUIRE(again);
    CHECK(again->money.replayed);
    CHECK(again->order == first->order);
  }
  const auto fresh = f.gate.confirm(
      {.account = user, .order = spoilt, .quote = request.quote, .key = "another click"});
  CHECK(code_of(fresh) == error::invalid_argument);
  CHECK(fresh.error().place == "/items/0/length");
}

TEST_CASE("the order in which findings were acknowledged makes no other request") {
  fixture<> f;
  const folder order = two_documents();
  auto request = click(f, order);
  request.acknowledged = {"many", "low_credit", "many"};
  REQUIRE(f.gate.confirm(request));
  request.acknowledged = {"low_credit", "many"};
  const auto again = f.gate.confirm(request);
  REQUIRE(again);
  CHECK(again->money.replayed);
  request.acknowledged = {"many"};
  CHECK(code_of(f.gate.confirm(request)) == error::key_conflict);
}

TEST_CASE("what a job was charged is refunded by naming the job, in parts and up to all of it") {
  fixture<> f;
  const auto made = f.gate.confirm(click(f, two_documents()));
  REQUIRE(made);
  const job_id job = made->jobs[0];
  const job_refund_request two{.account = user, .job = job, .amount = 2_cr, .key = "one"};
  const auto early = f.gate.refund_job({.account = user, .job = job, .amount = 1_cr, .key = "0"});
  CHECK(code_of(early) == error::exceeds_captured);
  const auto claimed = f.claim(1);
  REQUIRE(f.settle(claimed.at(0), settle_kind::succeeded, 3_cr));
  const auto part = f.gate.refund_job(two);
  REQUIRE(part);
  CHECK(part->moved == 2_cr);
  CHECK(part->available == 96_cr);  // 100 - 3 charged - 3 held + 2
  CHECK(f.gate.running_total(user, shelf)->spent == 1_cr);
  const auto again = f.gate.refund_job(two);
  REQUIRE(again);
  CHECK(again->replayed);
  const auto more = f.gate.refund_job({.account = user, .job = job, .amount = 2_cr, .key = "two"});
  REQUIRE(code_of(more) == error::exceeds_captured);
  CHECK(more.error().available == 1_cr);
  CHECK(f.gate.refund_job({.account = user, .job = job, .amount = 1_cr, .key = "three"}));
  CHECK(
      code_of(f.gate.refund_job({.account = user, .job = {{1, 1}}, .amount = 1_cr, .key = "4"})) ==
      error::hold_not_found);
  CHECK(f.gate.verify(user)->empty());
}

TEST_CASE("a charge beyond the hold of a job is refunded apart, by naming the job, too") {
  fixture<> f;
  const auto made = f.gate.confirm(click(f, two_documents()));
  REQUIRE(made);
  const auto claimed = f.claim(2);
  REQUIRE(claimed.size() == 2);
  const claimed_job& job = claimed[0];
  const job_refund_request excess{.account = user,
                                  .job = job.body->id,
                                  .amount = 2_cr,
                                  .charge = job_charge::of_excess,
                                  .reason = "too long",
                                  .key = "excess"};
  CHECK(code_of(f.gate.refund_job(excess)) == error::exceeds_captured);
  REQUIRE(transact(f.store,
                   settle_command{.lease = {user, job.body->id, job.status.epoch},
                                  .kind = settle_kind::succeeded,
                                  .actual = job.body->estimated + 2_cr,
                                  .overage = overage_policy::from_available},
                   f.gate.rules()));
  const credits before = f.gate.balance(user)->available;
  const auto back = f.gate.refund_job(excess);
  REQUIRE(back);
  CHECK(back->moved == 2_cr);
  CHECK(back->available == before + 2_cr);
  CHECK(f.gate.refund_job(excess)->replayed);
  const job_refund_request whole{
      .account = user, .job = job.body->id, .amount = job.body->estimated, .key = "whole"};
  CHECK(f.gate.refund_job(whole)->moved == job.body->estimated);
  CHECK(f.gate.running_total(user, shelf)->spent == 0_cr);
  REQUIRE(f.settle(claimed[1], settle_kind::succeeded, 1_cr));
  auto none = excess;
  none.job = claimed[1].body->id;
  none.key = "none";
  CHECK(code_of(f.gate.refund_job(none)) == error::exceeds_captured);
  none.job = {{1, 1}};
  CHECK(code_of(f.gate.refund_job(none)) == error::job_not_found);
  CHECK(f.gate.verify(user)->empty());
}

TEST_CASE("a second click on an order that is queued is refused with the live jobs") {
  fixture<> f;
  const folder order = two_documents();
  const auto first = f.gate.confirm(click(f, order, "one"));
  REQUIRE(first);
  const auto second = f.gate.confirm(click(f, order, "two"));
  REQUIRE(code_of(second) == error::already_queued);
  REQUIRE(second.error().subjects.size() == 2);
  CHECK(second.error().subjects[0] == first->jobs[0].value);
  CHECK(second.error().subjects[1] == first->jobs[1].value);
  CHECK(f.gate.balance(user)->held == 7_cr);
}

TEST_CASE("what the user saw and acknowledged is recorded with the order") {
  fixture<> f;
  const folder order = two_documents();
  auto request = click(f, order);
  request.acknowledged = {"many"};
  REQUIRE(f.gate.confirm(request));
  const auto history = f.gate.history(user);
  REQUIRE(history);
  const auto& recorded = history->items.back().request;
  CHECK(recorded.kind == operation_kind::confirm);
  const auto note = parse_order_note(recorded.attachment);
  REQUIRE(note);
  CHECK(note->quote == request.quote);
  CHECK(note->acknowledged == std::vector<std::string>{"many"});
  REQUIRE(note->quote.seen.codes.size() == 1);
  CHECK(note->quote.seen.codes[0].code == "many");
  CHECK(note->quote.seen == acknowledge(f.gate.review(user, order)->findings));
}

TEST_CASE("an order that a rule blocks is refused with the rule's code until it no longer does") {
  fixture<> f;
  const folder order = two_documents();
  const auto request = click(f, order);
  *f.closed.on = true;
  const auto refused = f.gate.confirm(request);
  REQUIRE(code_of(refused) == error::blocked);
  CHECK(refused.error().place == "embargo");
  CHECK(refused.error().reason == "closed today");
  *f.closed.on = false;
  CHECK(f.gate.confirm(request));
}

TEST_CASE("warnings do not stop a confirmation") {
  fixture<> f;
  const folder order = two_documents();
  const auto request = click(f, order);
  REQUIRE(request.quote.seen.codes.size() == 1);
  CHECK(f.gate.confirm(request));
}

TEST_CASE("a quote whose total was tampered with is refused") {
  fixture<> f;
  const folder order = two_documents();
  auto request = click(f, order);
  request.quote.total = 0.01_cr;
  CHECK(code_of(f.gate.confirm(request)) == error::request_changed);
  auto unknown = click(f, order);
  unknown.quote.lock.card_version = 7;
  CHECK(code_of(f.gate.confirm(unknown)) == error::quote_expired);
}

TEST_CASE("a changed price is refused with the old and the new total and the items") {
  fixture<> f;
  const folder order = two_documents();
  const auto request = click(f, order);
  f.change_price(f.clock.now() + hours(1), 1.5_cr);
  f.clock.advance(hours(1));
  const auto refused = f.gate.confirm(request);
  REQUIRE(code_of(refused) == error::price_changed);
  CHECK(refused.error().available == 7_cr);
  CHECK(refused.error().required == 10.5_cr);
  CHECK(refused.error().subjects.size() == 2);
  CHECK(f.gate.confirm(click(f, order)));  // reviewed again
}

TEST_CASE("a new card that leaves this request's lines alone does not refuse it") {
  fixture<> f;
  const folder order = two_documents();
  const auto request = click(f, order, "click", "corrected");
  f.change_price(f.clock.now() + hours(1), 1.5_cr);  // of drafts
  f.clock.advance(days(60));
  const auto made = f.gate.confirm(request);
  REQUIRE(made);
  CHECK(made->money.moved == 14_cr);
}

TEST_CASE("a lock that is honoured charges the old price until it ends") {
  const gate_settings honours{
      .prices = {.changed = on_price_change::honour_until_expiry, .lock_for = hours(2)}};
  const auto confirm_after = [&](duration since_the_change) {
    fixture<> f{honours};
    const folder order = two_documents();
    const auto request = click(f, order);
    const auto change = f.clock.now() + hours(1);
    f.change_price(change, 1.5_cr);
    f.clock.set(change + since_the_change);
    const auto made = f.gate.confirm(request);
    if (!made && made.error().code == error::quote_expired) {
      CHECK(made.error().at == change + hours(2));
    }
    return made;
  };
  CHECK(confirm_after({})->money.moved == 7_cr);
  CHECK(confirm_after(hours(2) + duration{-1})->money.moved == 7_cr);
  CHECK(code_of(confirm_after(hours(2))) == error::quote_expired);
}

TEST_CASE("confirmations of one batch are judged as if alone, in order") {
  fixture<> f;
  const folder one = two_documents();
  const folder two{.number = 2, .documents = {{.number = 5, .length = 1'000, .title = "note"}}};
  auto wrong = click(f, two, "wrong");
  wrong.acknowledged = {"No Code"};
  const std::vector<confirm_request<folder>> batch{click(f, one, "a"), wrong, click(f, two, "b"),
                                                   click(f, one, "a"), click(f, two, "c")};
  const auto answers = f.gate.confirm(batch);
  REQUIRE(answers.size() == 5);
  CHECK(answers[0]->money.available == 93_cr);
  CHECK(code_of(answers[1]) == error::invalid_argument);
  CHECK(answers[2]->money.available == 92_cr);
  CHECK(answers[3]->money.replayed);
  CHECK(code_of(answers[4]) == error::already_queued);
}

TEST_CASE("failed items are confirmed again alone, as a new order with new holds") {
  fixture<> f;
  const folder order = two_documents();
  const auto first = f.gate.confirm(click(f, order));
  REQUIRE(first);
  const auto claimed = f.claim(2);
  REQUIRE(claimed.size() == 2);
  REQUIRE(f.settle(claimed[0], settle_kind::failed));
  REQUIRE(f.settle(claimed[1], settle_kind::succeeded, 3_cr));
  CHECK(f.gate.balance(user)->available == 97_cr);
  const auto failed = f.gate.failed_items(user, group_of(1));
  REQUIRE(failed);
  CHECK(*failed == std::vector<item_id>{item_of(1)});
  const auto again = f.buy(order, "again", *failed);
  REQUIRE(again);
  CHECK(again->order != first->order);
  CHECK(again->money.moved == 4_cr);
  REQUIRE(again->jobs.size() == 1);
  CHECK(f.gate.failed_items(user, group_of(1))->empty());
  CHECK(f.gate.jobs(user, group_of(1))->size() == 3);
  CHECK(f.gate.verify(user)->empty());
}

TEST_CASE("a part of an order needs a quote of that part") {
  fixture<> f;
  const folder order = two_documents();
  auto request = click(f, order);
  request.only = {item_of(1)};
  CHECK(code_of(f.gate.confirm(request)) == error::request_changed);
}

TEST_CASE("cancelling an order ends what waits, asks what runs and leaves what ended") {
  fixture<> f;
  folder order = two_documents();
  order.documents.push_back({.number = 3, .length = 1'000, .title = "note"});
  const auto made = f.gate.confirm(click(f, order));
  REQUIRE(made);
  const auto claimed = f.claim(2);
  REQUIRE(f.settle(claimed[0], settle_kind::succeeded, 4_cr));
  const auto cancelled = f.gate.cancel(user, made->order, "changed my mind");
  REQUIRE(cancelled);
  REQUIRE(cancelled->size() == 3);  // newest first
  CHECK((*cancelled)[0].receipt->outcome == cancel_outcome::cancelled);
  CHECK((*cancelled)[1].receipt->outcome == cancel_outcome::requested);
  CHECK((*cancelled)[2].receipt->outcome == cancel_outcome::already_final);
  CHECK(f.gate.balance(user)->held == 3_cr);
  REQUIRE(f.settle(claimed[1], settle_kind::cancelled, 1_cr));
  CHECK(f.gate.balance(user)->available == 95_cr);
  CHECK(f.gate.running_total(user, shelf)->spent == 5_cr);
  CHECK(f.gate.cancel(user, order_id{{1, 1}}).error().code == error::job_not_found);
  CHECK(f.gate.cancel(stranger, made->jobs[0]).error().code == error::job_not_found);
  CHECK(f.gate.verify(user)->empty());
}

TEST_CASE("a job of an order that cannot be cancelled hides none that was") {
  struct losing : memory::store {
    using memory::store::store;
    result<snapshot> load(const load_request& want) {
      auto loaded = memory::store::load(want);
      for (account_snapshot& s : loaded->accounts) {
        std::erase_if(s.jobs, [&](const job_record& j) { return j.body->id == hidden; });
      }
      return loaded;
    }
    job_id hidden{};
  };
  manual_clock clock;
  losing store{memory::options{.clock = clock.source()}};
  tollgate::gate<translations, losing> gate{store, {}, fixture<>::first_book()};
  REQUIRE(gate.open_account({.account = user, .opening_grant = 20_cr}));
  const folder order = two_documents();
  const auto made = gate.confirm({.account = user,
                                  .order = order,
                                  .quote = gate.review(user, order)->quote("draft"),
                                  .key = "click"});
  REQUIRE(made);
  store.hidden = made->jobs[1];  // the first to be cancelled
  const auto cancelled = gate.cancel(user, made->order);
  REQUIRE(cancelled);
  REQUIRE(cancelled->size() == 2);
  CHECK((*cancelled)[0].job == made->jobs[1]);
  CHECK(code_of((*cancelled)[0].receipt) == error::job_not_found);
  CHECK((*cancelled)[1].job == made->jobs[0]);
  REQUIRE((*cancelled)[1].receipt);
  CHECK((*cancelled)[1].receipt->outcome == cancel_outcome::cancelled);
  CHECK((*cancelled)[1].receipt->money.has_value());
  CHECK((*cancelled)[1].receipt->job.is_final());
}

TEST_CASE("an account sees its own jobs alone") {
  fixture<> f;
  const auto made = f.buy(two_documents(), "click");
  REQUIRE(made);
  REQUIRE(f.gate.open_account(stranger));
  CHECK(f.gate.jobs(stranger, group_of(1))->empty());
  CHECK(f.gate.job(stranger, made->jobs[0]).error().code == error::job_not_found);
  CHECK(f.gate.explain(stranger, made->jobs[0]).error().code == error::job_not_found);
  CHECK(f.gate.job(user, made->jobs[0])->title == "contract");
}

TEST_CASE("jobs come in pages, newest first, and jobs of other kinds are left out") {
  fixture<> f;
  folder many;
  for (std::uint64_t n = 1; n <= 25; ++n) {
    many.documents.push_back({.number = n, .length = 1'000, .title = std::to_string(n)});
  }
  const auto made = f.buy(many, "click");
  REQUIRE(made);
  confirm_command foreign{.account = user, .key = "foreign", .group = group_of(1)};
  foreign.items.push_back(
      {.item = item_of(99), .kind = "print", .states = std::make_shared<const state_names>()});
  REQUIRE(transact(f.store, foreign, f.gate.rules()));
  std::vector<job_id> seen;
  cursor at{};
  std::size_t pages = 0;
  do {
    const auto page = f.gate.jobs(user, {.order = made->order, .limit = 10}, at);
    REQUIRE(page);
    for (const auto& job : page->items) seen.push_back(job.id);
    at = page->next;
    ++pages;
  } while (!at.token.empty());
  CHECK(pages == 3);
  CHECK(seen == std::vector<job_id>(made->jobs.rbegin(), made->jobs.rend()));
  CHECK(f.gate.jobs(user, group_of(1))->size() == 25);
}

TEST_CASE("a job whose bytes the domain cannot read hides no other and is told to the observer") {
  struct listener {
    void on(const event::job_unreadable& e) { unread->push_back(e.job.body->id); }
    std::vector<job_id>* unread;
  };
  fixture<> f;
  const auto made = f.buy(two_documents(), "click");
  REQUIRE(made);
  confirm_command odd{.account = user, .key = "odd", .group = group_of(1)};
  odd.items.push_back({.item = item_of(9),
                       .kind = "translate",
                       .payload = "no slash",
                       .states = std::make_shared<const state_names>()});
  const auto bad = transact(f.store, odd, f.gate.rules());
  REQUIRE(bad);
  CHECK(f.gate.jobs(user, group_of(1))->size() == 2);
  CHECK(f.gate.jobs(user, job_filter{})->items.size() == 2);
  CHECK(f.gate.job(user, bad->jobs[0]).error().code == error::corrupt_record);
  std::vector<job_id> unread;
  tollgate::gate<translations, memory::store, rule_set<>, listener> told{
      f.store, {}, fixture<>::first_book(), {}, {}, listener{&unread}};
  CHECK(told.jobs(user, group_of(1))->size() == 2);
  CHECK(unread == bad->jobs);
}

TEST_CASE("the gate explains why a job is not running") {
  fixture<> f;
  const auto made = f.buy(two_documents(), "click");
  REQUIRE(made);
  const auto why = [&](std::size_t n) { return f.gate.explain(user, made->jobs[n])->why; };
  CHECK(why(0) == standing::in_line);
  REQUIRE(f.store.set_kind({.kind = "translate", .paused = true}));
  CHECK(why(0) == standing::kind_paused);
  REQUIRE(f.store.set_kind({.kind = "translate"}));
  REQUIRE(f.store.set_limits({.account = user, .max_in_flight = 1}));
  const auto claimed = f.claim(2);
  REQUIRE(claimed.size() == 1);
  CHECK(why(0) == standing::running);
  CHECK(why(1) == standing::at_cap);
  f.clock.advance(seconds(20));
  CHECK(why(0) == standing::lease_lost);
  REQUIRE(f.settle(claimed[0], settle_kind::failed));
  CHECK(why(0) == standing::ended);
  REQUIRE(f.gate.cancel(user, made->jobs[1]));
  CHECK(f.gate.explain(user, made->jobs[1])->text == "ended as cancelled: cancelled");
  CHECK(f.gate.attempts(user, made->jobs[0])->size() == 1);
}

TEST_CASE("an observer hears of orders, cancellations and refusals") {
  struct listener {
    void on(const event::order_made& e) {
      log->push_back("order of " + to_string(e.request.items[0].cost));
    }
    void on(const event::cancel_judged& e) { log->push_back("cancel " + e.request.reason); }
    void on(const event::credit_became_low& e) { log->push_back("low at " + to_string(e.by.at)); }
    void on(const event::request_refused& e) {
      log->push_back(std::string{e.what} + ": " + std::string{to_string(e.why.code)});
    }
    std::vector<std::string>* log;
  };
  manual_clock clock;
  memory::store store{memory::options{.clock = clock.source()}};
  std::vector<std::string> log;
  tollgate::gate<translations, memory::store, rule_set<>, listener> gate{
      store, {}, fixture<>::first_book(), {}, {}, listener{&log}};
  REQUIRE(
      gate.open_account({.account = user, .opening_grant = 20_cr, .low_credit_threshold = 15_cr}));
  const folder order = two_documents();
  const auto review = gate.review(user, order);
  const confirm_request<folder> request{
      .account = user, .order = order, .quote = review->quote("draft"), .key = "click"};
  const auto made = gate.confirm(request);
  REQUIRE(made);
  REQUIRE(gate.confirm(request));
  const confirm_request<folder> second{
      .account = user, .order = order, .quote = review->quote("draft"), .key = "again"};
  CHECK_FALSE(gate.confirm(second));
  REQUIRE(gate.cancel(user, made->jobs[0], "typo"));
  CHECK_FALSE(gate.cancel(user, job_id{{3, 3}}));
  CHECK(log == std::vector<std::string>{"order of 4.0000", "low at " + to_string(clock.now()),
                                        "confirm: already_queued", "cancel typo",
                                        "cancel: job_not_found"});
}

namespace {

/// A store that can be asked inside a transaction of its host; here that is the store itself.
struct transactional : memory::store {
  using memory::store::store;
  struct host_transaction {
    int used{};
  };
  struct joined {
    result<snapshot> load(const load_request& want) { return whole->load(want); }
    result<std::vector<verdict>> commit(std::span<unit> units) { return whole->commit(units); }
    memory::store* whole;
  };
  joined within(host_transaction& t) {
    ++t.used;
    return {this};
  }
};
static_assert(joins_host_transaction<transactional>);

}  // namespace

TEST_CASE("a confirmation joins the host's transaction") {
  fixture<transactional> f;
  const folder order = two_documents();
  const auto review = f.gate.review(user, order);
  REQUIRE(review);
  transactional::host_transaction transaction;
  const auto made = f.gate.within(transaction, [&](auto& inside) {
    return inside.confirm(
        {.account = user, .order = order, .quote = review->quote("draft"), .key = "click"});
  });
  REQUIRE(made);
  CHECK(transaction.used == 1);
  CHECK(f.gate.balance(user)->held == 7_cr);
}
