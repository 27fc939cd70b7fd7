// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the clients of a simulated world buy: films by the second, through the checkout's own trait.

#include <tollgate/checkout/gate.hpp>
#include <tollgate/jobs/standard_machine.hpp>
#include <tollgate/pricing/build.hpp>
#include <tollgate/simulation/dice.hpp>

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// The kind of job that workers know, a second one, and one that nobody knows.
inline constexpr std::string_view film_kind{"film"};
inline constexpr std::string_view relic_kind{"relic"};

struct shot {
  item_id item{};
  std::int64_t length{};  // seconds; 0 is free
  job_options options{};
};
struct film {
  group_id scene{};
  project_id project{};
  std::vector<shot> shots{};
};

struct film_facts {};

/// The domain of the simulated host.
struct films {
  using order_type = film;
  using item_type = shot;
  using job_type = job_record;
  using currency = credit;
  using machine = standard_machine;
  static constexpr std::string_view kind{film_kind};

  order_place place(const film& f) const { return {f.project, f.scene, {}}; }
  const std::vector<shot>& items(const film& f) const { return f.shots; }
  item_id id(const shot& s) const { return s.item; }
  result<usage> measure(const rate_card<credit>& card, const shot& s) const {
    return make_usage(card, s.item, {{"length", quantity<units::second>::whole(s.length)}});
  }
  std::string payload(const film&, const shot& s, const priced_item<credit>& price) const {
    return std::to_string(s.length) + " s of " + price.variant_name();
  }
  result<job_record> job(const job_record& record) const { return record; }
  film_facts facts(const film&, chosen_items<shot>, const review_context<credit>&) const {
    return {};
  }
  job_options options(const shot& s) const { return s.options; }
};
static_assert(checkout_domain<films>);

/// 1 credit a second; the second version, from an hour on, is dearer.
[[nodiscard]] inline rate_book<credit> film_prices(timestamp start) {
  const auto card = [](std::uint32_t version, timestamp from, const credits& price) {
    auto made =
        build(card_description<credit>{.name = "films",
                                       .version = version,
                                       .effective_from = from,
                                       .variants = {"fast"},
                                       .measures = {{.name = "length", .unit = "s"}},
                                       .components = {{.name = "film", .measure = "length"}},
                                       .rates = {{.component = "film",
                                                  .where = {{"variant", "fast"}},
                                                  .charge = {.model = unit_charge{price / 1_s}}}}});
    assert(made);
    return std::move(*made);
  };
  rate_book<credit> book;
  [[maybe_unused]] auto added = book.add(card(1, {}, 1_cr));
  assert(added);
  added = book.add(card(2, start + hours(1), 1.25_cr));
  assert(added);
  return book;
}

/// The n-th thing of a world, of any type.
template <class Id>
[[nodiscard]] constexpr Id numbered(std::uint64_t n) noexcept {
  return {{dice{n}.next(), n + 1}};
}

/// Up to four shots of the sixteen there are; some of them may have a live job.
[[nodiscard]] inline film some_shots(dice& luck, timestamp now) {
  film f{.scene = numbered<group_id>(luck.below(3)),
         .project = numbered<project_id>(luck.below(2))};
  std::uint64_t item = luck.below(16);
  for (std::uint64_t n = luck.between(1, 4); n > 0; --n, item = (item + 1) % 16) {
    shot s{.item = numbered<item_id>(item), .length = static_cast<std::int64_t>(luck.below(13))};
    s.options.priority = static_cast<std::int16_t>(luck.below(3));
    s.options.max_attempts = static_cast<std::uint32_t>(luck.between(1, 4));
    if (luck.chance(100)) s.options.ready_at = now + minutes(5);
    if (luck.chance(80)) s.options.start_within = minutes(10);
    if (luck.chance(80)) s.options.deadline = now + hours(2);
    f.shots.push_back(s);
  }
  return f;
}

}  // namespace tollgate::simulation
