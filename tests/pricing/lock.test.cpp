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
constexpr timestamp changed_at{2'000'000};  // version 2 begins

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
  const auto confirmed = confirm_price<usd>(s.book, s.items, lock, changed_at);
  REQUIRE(confirmed);
  REQUIRE(confirmed->card->version() == 2);
}

TEST_CASE("an unchanged price passes however old its quote is") {
  shop s;
  const auto lock = s.review(day_one);
  s.reprice(0.15_usd);
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, changed_at + days(400)));
}

TEST_CASE("other items than those of the quote are a changed request") {
  shop s;
  const auto lock = s.review(day_one);
  (void)s.items[0].set(measure_index{0}, 6_s);
  const auto refused = confirm_price<usd>(s.book, s.items, lock, day_one);
  REQUIRE(refused.error().code == error::request_changed);
  s.reprice(0.20_usd);
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, changed_at).error().code ==
          error::request_changed);
}

TEST_CASE("a changed price is refused with both totals and the items") {
  shop s;
  const auto lock = s.review(day_one);
  s.reprice(0.20_usd);
  const auto refused = confirm_price<usd>(s.book, s.items, lock, changed_at);
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
  const auto confirmed =
      confirm_price<usd>(s.book, s.items, lock, changed_at + minutes(59), honour);
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
        confirm_price<usd>(s.book, s.items, lock, changed_at + hours(1), {policy, hours(1)});
    REQUIRE(refused.error().code == error::quote_expired);
    REQUIRE(refused.error().at == changed_at + hours(1));
  }
}

TEST_CASE("a lock of a version that never was is an invalid argument") {
  const shop s;
  auto lock = s.review(day_one);
  lock.card_version = 7;
  const auto refused = confirm_price<usd>(s.book, s.items, lock, day_one);
  REQUIRE(refused.error().code == error::invalid_argument);
  REQUIRE(refused.error().place == "/quote");
}

TEST_CASE("an invented digest is a changed request") {
  const shop s;
  auto lock = s.review(day_one);
  lock.digest.bytes[0] ^= 1U;
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, day_one).error().code ==
          error::request_changed);
}

TEST_CASE("the refusal of a variant that the card lacks names those it has") {
  CHECK(no_such_variant(built(veo()), "fast ") ==
        "no variant \"fast \" among \"fast\", \"standard\"");
}

TEST_CASE("a variant that is no longer sold is refused, or honoured while the lock lasts") {
  shop s;
  const auto lock = s.review(day_one);
  auto d = veo(2);
  d.rates[0].charge.model = not_offered{};
  REQUIRE(s.book.add(built(d)));
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, changed_at).error().place == "/variant");
  REQUIRE(confirm_price<usd>(s.book, s.items, lock, changed_at,
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

TEST_CASE("a lock names digits and nothing else as its version") {
  const auto hex = to_string(shop{}.review(day_one).digest);
  CHECK(parse_price_lock("fast@0:" + hex));
  CHECK(!parse_price_lock("fast@00:" + hex));
  CHECK(!parse_price_lock("fast@1x:" + hex));
}

TEST_CASE("a variant that is not sold to an item has no lock") {
  auto d = veo(1);
  d.rates[0].charge.model = not_offered{};
  const auto card = built(d);
  const auto q = quoted(card, {uses(card, 1, {{"duration", 8_s}})});
  CHECK(!lock_of(card, q, first));
  CHECK(lock_of(card, q, second));
}

TEST_CASE("a variant that no card has is refused by name") {
  const shop s;
  auto lock = s.review(day_one);
  lock.variant = "ultra";
  CHECK(confirm_price<usd>(s.book, s.items, lock, day_one).error().code == error::request_changed);
}

TEST_CASE("items that no card can price are a changed request") {
  const shop s;
  const auto lock = s.review(day_one);
  const auto card = s.book.at(day_one);
  const std::vector<usage> too_long{uses(*card, 1, {{"duration", 61_s}})};
  CHECK(confirm_price<usd>(s.book, too_long, lock, day_one).error().code == error::request_changed);
}

TEST_CASE("a price is refused, or honoured, when no card is in effect any more") {
  auto d = veo(1);
  d.effective_to = changed_at;
  rate_book<usd> book;
  REQUIRE(book.add(built(d)));
  const std::vector<usage> items{uses(*book.version(1), 1, {{"duration", 8_s}})};
  const auto lock = *lock_of(*book.version(1), quoted(*book.version(1), items), first);
  CHECK(confirm_price<usd>(book, items, lock, changed_at).error().reason == "no card is in effect");
  const price_policy honours{on_price_change::honour_until_expiry, hours(1)};
  CHECK(confirm_price<usd>(book, items, lock, changed_at, honours)->total() == 1.2_usd);
}

TEST_CASE("a changed price names each item once, and a price of the whole request without one") {
  const auto with_fee = [](std::uint32_t version, dollars fee, dollars fast) {
    auto d = veo(version, fast);
    d.components.push_back({.name = "sound", .measure = "duration"});
    d.rates.push_back({"sound", {}, {.model = unit_charge{fast / 1_s}}});
    d.components.push_back({.name = "fee", .scope = charge_scope::whole_request});
    d.rates.push_back({"fee", {}, {.model = flat_charge{fee}}});
    return d;
  };
  rate_book<usd> book;
  REQUIRE(book.add(built(with_fee(1, 1_usd, 0.15_usd))));
  REQUIRE(book.add(built(with_fee(2, 2_usd, 0.20_usd))));
  const auto& card = *book.version(1);
  const std::vector<usage> items{uses(card, 1, {{"duration", 8_s}}),
                                 uses(card, 2, {{"duration", 4_s}})};
  const auto lock = *lock_of(card, quoted(card, items), first);
  const auto refused = confirm_price<usd>(book, items, lock, changed_at);
  REQUIRE(refused.error().code == error::price_changed);
  CHECK(refused.error().subjects == std::vector<uuid>{item(1).value, item(2).value});
  CHECK(refused.error().reason ==
        "video 1.2000 -> 1.6000, sound 1.2000 -> 1.6000, video 0.6000 -> 0.8000, "
        "sound 0.6000 -> 0.8000, fee 1.0000 -> 2.0000");
}

TEST_CASE("a line that only one card has counts as zero in the other") {
  auto other = veo(2);
  other.components.insert(other.components.begin(), {.name = "fee"});
  other.rates.push_back({"fee", {}, {.model = flat_charge{1_usd}}});
  const auto before_card = built(veo(1));
  const auto after_card = built(other);
  const std::vector<usage> items{uses(before_card, 1, {{"duration", 8_s}}),
                                 uses(before_card, 2, {{"duration", 8_s}})};
  const auto before = quoted(before_card, items);
  const auto after = quoted(after_card, items);
  CHECK(changed_lines(before_card, before, first, after_card, after, first) ==
        std::vector<changed_line<usd>>{{0, "fee", 0_usd, 1_usd}, {1, "fee", 0_usd, 1_usd}});
}

}  // namespace
