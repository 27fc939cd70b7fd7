// SPDX-License-Identifier: BSL-1.0
#include <tollgate/pricing/lock.hpp>

#include <pricing/cards.hpp>
#include <support/catch.hpp>

#include <string>
#include <vector>

namespace {

using namespace tollgate;
using namespace tollgate::test;

constexpr timestamp day_one{1'500'000};
constexpr timestamp change{2'000'000};  // version 2 begins

struct shop {
  rate_book<usd> book{};
  std::vector<usage> items{};

  shop() {
    REQUIRE(book.add(built(veo(1))));
    const auto& card = *book.version(1);
    items = {uses(card, 1, {{"duration", 8_s}}), uses(card, 2, {{"duration", 7.3_s}})};
  }
  price_lock review(timestamp now, variant_index v = first) const {
    const auto card = book.at(now);
    return *lock_of(*card, quoted(*card, items), v);
  }
  void reprice(dollars fast, dollars standard = 0.40_usd) {
    REQUIRE(book.add(built(veo(2, fast, standard))));
  }
};

TEST_CASE("the same request has the same lock, whenever it is asked") {
  const shop s;
  REQUIRE(s.review(day_one) == s.review({1'700'000}));
}

TEST_CASE("every part of an item, and the variant, is in the lock") {
  const shop s;
  const auto lock = s.review(day_one);
  REQUIRE(s.review(day_one, second).digest != lock.digest);
  for (int change_of = 0; change_of < 4; ++change_of) {
    auto t = s;
    switch (change_of) {
      case 0: t.items[1].item = item(3); break;
      case 1: (void)t.items[1].set(measure_index{0}, 7.301_s); break;
      case 2: std::swap(t.items[0], t.items[1]); break;
      default: t.items.pop_back(); break;
    }
    REQUIRE(t.review(day_one).digest != lock.digest);
  }
}

// Computed by another program from the encoding that digest_of describes.
TEST_CASE("a digest is the same on every compiler and machine") {
  REQUIRE(to_string(shop{}.review(day_one).digest) ==
          "e6209fb90a881212dfd99a70c4386ca4cfb552c149aceec74887ada035ee030c");
}

TEST_CASE("the same items at the same price are confirmed") {
  const shop s;
  const auto confirmed = confirm_price<usd>(s.book, s.items, s.review(day_one), day_one);
  REQUIRE(confirmed);
  REQUIRE(confirmed->total() == 2.295_usd);
  REQUIRE(confirmed->card->version() == 1);
}

TEST_CASE("an unrelated edit of the card does not refuse") {
  shop s;
  const auto lock = s.review(day_one);
  s.reprice(0.15_usd, 0.50_usd);
  const auto confirmed = confirm_price<usd>(s.book, s.items, lock, change);
  REQUIRE(confirmed);
  REQUIRE(confirmed->card->version() == 2);
}

TEST_CASE("an unchanged price passes however old its quote is") {
  shop s;
  const auto lock = s.review(day_one);
  s.reprice(0.15_usd);
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, change + days(400)));
}

TEST_CASE("other items than those of the quote are a changed request") {
  shop s;
  const auto lock = s.review(day_one);
  (void)s.items[0].set(measure_index{0}, 6_s);
  const auto refused = confirm_price<usd>(s.book, s.items, lock, day_one);
  REQUIRE(refused.error().code == error::request_changed);
  s.reprice(0.20_usd);
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, change).error().code == error::request_changed);
}

TEST_CASE("a changed price is refused with both totals and the items") {
  shop s;
  const auto lock = s.review(day_one);
  s.reprice(0.20_usd);
  const auto refused = confirm_price<usd>(s.book, s.items, lock, change);
  REQUIRE(refused.error().code == error::price_changed);
  REQUIRE(refused.error().available == 2.295_cr);
  REQUIRE(refused.error().required == 3.06_cr);
  REQUIRE(refused.error().subjects == std::vector<uuid>{item(1).value, item(2).value});
  REQUIRE(refused.error().reason == "video 1.2000 -> 1.6000, video 1.0950 -> 1.4600");
}

TEST_CASE("a host may honour the price that was seen while its lock lasts") {
  shop s;
  const auto lock = s.review(day_one);
  s.reprice(0.20_usd);
  const price_policy honour{on_price_change::honour_until_expiry, hours(1)};
  const auto confirmed = confirm_price<usd>(s.book, s.items, lock, change + minutes(59), honour);
  REQUIRE(confirmed);
  REQUIRE(confirmed->total() == 2.295_usd);
  REQUIRE(confirmed->card->version() == 1);
}

TEST_CASE("a lock ends when its version ended and the time of the lock has passed") {
  shop s;
  const auto lock = s.review(day_one);
  s.reprice(0.20_usd);
  for (const auto policy : {on_price_change::refuse, on_price_change::honour_until_expiry}) {
    const auto refused =
        confirm_price<usd>(s.book, s.items, lock, change + hours(1), {policy, hours(1)});
    REQUIRE(refused.error().code == error::quote_expired);
    REQUIRE(refused.error().at == change + hours(1));
  }
}

TEST_CASE("a lock of a version that never was is an invalid argument") {
  const shop s;
  auto lock = s.review(day_one);
  lock.card_version = 7;
  const auto refused = confirm_price<usd>(s.book, s.items, lock, day_one);
  REQUIRE(refused.error().code == error::invalid_argument);
  REQUIRE(refused.error().place == "quote");
}

TEST_CASE("an invented digest is a changed request") {
  const shop s;
  auto lock = s.review(day_one);
  lock.digest.bytes[0] ^= 1U;
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, day_one).error().code ==
          error::request_changed);
}

TEST_CASE("a variant that is no longer sold is refused, or honoured while the lock lasts") {
  shop s;
  const auto lock = s.review(day_one);
  auto d = veo(2);
  d.rates[0].charge.model = not_offered{};
  REQUIRE(s.book.add(built(d)));
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, change).error().place == "variant");
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, change,
                             {on_price_change::honour_until_expiry, hours(1)}));
}

TEST_CASE("a lock travels as text") {
  const auto lock = shop{}.review(day_one);
  REQUIRE(parse_price_lock(to_string(lock)) == lock);
  const price_lock odd{"a@b:c", 4'294'967'295, lock.digest};
  REQUIRE(parse_price_lock(to_string(odd)) == odd);
  const auto hex = to_string(lock.digest);
  for (const std::string& text :
       {std::string{}, std::string{"fast"}, "@1:" + hex, "fast@:" + hex, "fast@01:" + hex,
        "fast@-1:" + hex, "fast@4294967296:" + hex, "fast@99999999999:" + hex,
        "fast@1:" + hex + "0", "fast:" + hex}) {
    CAPTURE(text);
    REQUIRE(!parse_price_lock(text));
  }
}

TEST_CASE("changed lines compare what each item and component costs") {
  const auto before_card = built(veo(1));
  const auto after_card = built(veo(2, 0.15_usd, 0.50_usd));
  const std::vector<usage> items{uses(before_card, 1, {{"duration", 8_s}})};
  const auto before = quoted(before_card, items);
  const auto after = quoted(after_card, items);
  REQUIRE(changed_lines(before_card, before, first, after_card, after, first).empty());
  REQUIRE(changed_lines(before_card, before, second, after_card, after, second) ==
          std::vector<changed_line<usd>>{{0, "video", 3.2_usd, 4_usd}});
}

}  // namespace
