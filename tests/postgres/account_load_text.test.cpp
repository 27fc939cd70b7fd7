// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/detail/account_load_text.hpp>

#include <postgres/desk.hpp>
#include <support/postgres.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace tollgate::test {
namespace {

using contract::desk;
using contract::nth;
using contract::whole;
using postgres::detail::record;

/// A record as it was answered.
struct answered {
  std::int16_t kind{};
  std::vector<uuid> ids{};
  std::vector<std::int64_t> numbers{};
  std::vector<std::string> texts{};
  friend auto operator<=>(const answered&, const answered&) = default;
};

std::vector<answered> sorted_answer(const postgres::rows& from) {
  std::vector<answered> all;
  for (std::size_t row = 0; row < from.size(); ++row) {
    const auto texts = from.strings(row, 4);
    all.push_back({from.get<std::int16_t>(row, 0),
                   from.array<uuid>(row, 2),
                   from.array<std::int64_t>(row, 3),
                   {texts.begin(), texts.end()}});
  }
  CHECK(from.sound());
  std::sort(all.begin(), all.end());
  return all;
}

/// An account with lots of every kind, holds, and jobs that wait, run and have ended.
void live_through(office& o, const desk& d, bool with_hold_that_ends) {
  REQUIRE(d.open(whole(10)));
  const timestamp now = o.clock.now();
  d.must(
      grant_request{.amount = whole(5), .priority = -1, .expires_at = now + days(1), .key = "a"});
  d.must(grant_request{.amount = whole(6), .priority = 2, .key = "b"});
  d.must(grant_request{.amount = whole(7), .effective_at = now + days(2), .key = "c"});
  d.must(grant_request{.amount = whole(8),
                       .category = lot_category::promo,
                       .expires_at = now + days(30),
                       .key = "d"});
  d.must(grant_request{.amount = whole(1), .priority = -2, .key = "spent"});
  d.must(deduct_request{.amount = whole(1), .key = "spend"});
  d.must(hold_request{.amount = whole(7), .expires_at = now + days(90), .key = "long"});
  if (with_hold_that_ends) {
    d.must(hold_request{.amount = whole(2), .expires_at = now + hours(12), .key = "short"});
  }
  const auto base = 10 * d.id.value.low;
  d.must_confirm("first", {desk::item(base + 1, whole(1)), desk::item(base + 2, whole(2)),
                           desk::item(base + 3, whole(1))});
  const auto taken = d.claim(2);
  REQUIRE(taken.size() == 2);
  REQUIRE(d.settle(taken.front(), settle_kind::succeeded, whole(1)));
  REQUIRE(contract::is_refused(d.confirm("too much", {desk::item(base + 4, whole(500))}),
                               error::insufficient_credits));
}

/// One of these, or one that nobody has, or none.
template <class T>
std::vector<T> pick(const std::vector<T>& from, std::mt19937_64& draw) {
  const auto n = draw() % (from.size() + 2);
  return n < from.size() ? std::vector<T>{from[n]} : std::vector<T>(n - from.size());
}

TEST_CASE("the text of one account answers what the text of many answers") {
  office o;
  const std::vector<desk> desks{desk{o.trial, 1}, desk{o.trial, 2}};
  live_through(o, desks[0], false);
  live_through(o, desks[1], true);
  std::vector<std::string> keys{"open", "a", "first", "too much", "spend", "nobody's"};
  std::vector<hold_id> holds;
  std::vector<lot_id> lots;
  std::vector<job_id> jobs;
  std::vector<item_id> items{nth<item_id>(11), nth<item_id>(12), nth<item_id>(13),
                             nth<item_id>(21), nth<item_id>(22), nth<item_id>(99)};
  std::vector<account_records> books;
  for (const desk& d : desks) {  // of each account also what is the other's
    auto book = o.store->audit(d.id);
    REQUIRE(book);
    for (const hold& h : book->holds) holds.push_back(h.id);
    for (const lot& l : book->lots) lots.push_back(l.id);
    for (const job_record& j : book->jobs) jobs.push_back(j.body->id);
    books.push_back(*std::move(book));
  }
  books.emplace_back();  // an account that nobody opened
  books.back().row.id = nth<account_id>(77);

  auto c = tests::connected();
  const postgres::statements texts{o.schema.name()};
  std::mt19937_64 draw{20'261'127};
  std::map<std::int16_t, int> seen;
  for (int n = 0; n < 2'000; ++n) {
    const account_records& book = books[draw() % 16 == 0 ? 2 : draw() % 2];
    constexpr duration later[]{{}, hours(13), days(1), days(2), days(31), days(400)};
    const timestamp now = o.clock.now() + later[draw() % std::size(later)];
    const credits amounts[]{{}, whole(1), whole(6), whole(14), whole(60), credits::max()};
    load_request request;
    request.wants.push_back({.account = book.row.id,
                             .amount = amounts[draw() % std::size(amounts)],
                             .keys = pick(keys, draw),
                             .holds = pick(holds, draw),
                             .lots = pick(lots, draw),
                             .jobs = pick(jobs, draw)});
    account_want& want = request.wants.front();
    for (auto k = draw() % 4; k > 0; --k) want.items.push_back(items[draw() % items.size()]);
    REQUIRE(postgres::detail::is_account_load(request));
    const postgres::detail::load_batch b{request, 1};
    REQUIRE(b.parts == postgres::detail::named_in(want));
    const auto general = c.run(texts.load(b.parts), postgres::detail::load_parameters(b, now));
    const auto own =
        c.run(texts.account_load(b.parts), postgres::detail::account_load_parameters(want, 1, now));
    REQUIRE(general);
    REQUIRE(own);
    const bool due = std::any_of(book.holds.begin(), book.holds.end(), [&](const hold& h) {
      return h.state == hold_state::open && h.expires_at <= later_of(now, book.row.changed_at);
    });
    INFO("request " << n << " with parts " << b.parts);
    REQUIRE(postgres::detail::leaves_holds_out(*own) == due);
    if (due) {
      ++seen[postgres::detail::code_of(record::due_holds)];
      continue;
    }
    const auto records = sorted_answer(*own);
    REQUIRE(records == sorted_answer(*general));
    for (const answered& r : records) ++seen[r.kind];
  }
  for (const record kind : {record::clock, record::account, record::lot, record::hold,
                            record::operation, record::job, record::live_item, record::due_holds}) {
    CHECK(seen[postgres::detail::code_of(kind)] > 50);
  }
}

TEST_CASE("a load of one account brings the holds that are due, with their lots") {
  office o;
  const desk d{o.trial};
  live_through(o, d, true);
  o.clock.advance(hours(12));
  const auto loaded = o.store->load({.wants = {{.account = d.id, .keys = {"spend"}}}});
  REQUIRE(loaded);
  const ledger_state& state = loaded->accounts.front().ledger;
  REQUIRE(state.holds.size() == 1);
  CHECK(state.holds.front().amount == whole(2));
  for (const draw& from : state.holds.front().draws) {
    CHECK(std::any_of(state.lots.begin(), state.lots.end(),
                      [&](const lot& l) { return l.id == from.lot; }));
  }
  CHECK(state.prior.size() == 1);
  CHECK(loaded->now == o.clock.now());
  o.expect_no_faults();
}

TEST_CASE("a load of several accounts or of several names is for the text of many") {
  const auto fits = [](std::vector<account_want> wants) {
    return postgres::detail::is_account_load({.wants = std::move(wants)});
  };
  CHECK(fits({{}}));
  CHECK(fits({{.keys = {"a"}, .holds = {{}}, .lots = {{}}, .jobs = {{}}, .items = {{}, {}}}}));
  CHECK_FALSE(fits({}));
  CHECK_FALSE(fits({{}, {}}));
  CHECK_FALSE(fits({{.keys = {"a", "b"}}}));
  CHECK_FALSE(fits({{.holds = {{}, {}}}}));
  CHECK_FALSE(fits({{.lots = {{}, {}}}}));
  CHECK_FALSE(fits({{.jobs = {{}, {}}}}));
}

}  // namespace
}  // namespace tollgate::test
