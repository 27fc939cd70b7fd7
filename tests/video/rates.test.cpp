// SPDX-License-Identifier: BSL-1.0
#include <tollgate/video/rates.hpp>

#include <tollgate/pricing/rate.hpp>

#include <support/catch.hpp>

using namespace tollgate;

TEST_CASE("the Veo card is sound: it is built without a warning") {
  const auto card = build(video::veo_3_1_description());
  REQUIRE(card);
  CHECK(card->warnings().empty());
  CHECK(card->find_variant(video::veo_3_1_fast));
  CHECK(card->find_variant(video::veo_3_1_standard));
  REQUIRE(video::veo_3_1().versions().size() == 1);
}

TEST_CASE("a host continues the Veo card with a version of its own prices") {
  auto book = video::veo_3_1();
  auto next = video::veo_3_1_description();
  next.version = 2;
  next.effective_from = {1'000};
  next.rates[0].charge.model = unit_charge{0.10_usd / 1_s};
  auto card = build(std::move(next));
  REQUIRE(card);
  REQUIRE(book.add(std::move(*card)));
  CHECK(book.at({999})->version() == 1);
  CHECK(book.at({1'000})->version() == 2);
}

TEST_CASE("the Veo card in credits asks a credit for a dollar") {
  const auto dollars = video::veo_3_1().at({0});
  const auto credit_book = video::veo_3_1<credit>();
  const auto shot = make_usage(*dollars, item_id{{1, 1}}, {{"duration", 8_s}});
  REQUIRE(shot);
  const auto in_dollars = rate<usd>(*dollars, {&*shot, 1});
  const auto in_credits = rate<credit>(*credit_book.at({0}), {&*shot, 1});
  REQUIRE(in_dollars);
  REQUIRE(in_credits);
  for (const auto& name : {video::veo_3_1_fast, video::veo_3_1_standard}) {
    const auto v = *dollars->find_variant(name);
    CHECK(in_credits->total(v) == to_credits(in_dollars->total(v)));
  }
  CHECK(in_credits->total(*dollars->find_variant(video::veo_3_1_fast)) == 1.2_cr);
}
