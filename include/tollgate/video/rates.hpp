// SPDX-License-Identifier: BSL-1.0
#pragma once
// The prices of the Veo 3.1 variants, as a rate card a host starts from.

#include <tollgate/pricing/build.hpp>
#include <tollgate/pricing/rate_book.hpp>

#include <cassert>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::video {

inline constexpr std::string_view veo_3_1_fast{"veo_3_1_fast"};
inline constexpr std::string_view veo_3_1_standard{"veo_3_1_standard"};
/// The measure every card of this domain prices by: seconds of video.
inline constexpr std::string_view duration_measure{"duration"};

/// Seconds of video at 0.15 and 0.40 USD. The provider makes 4, 6 and 8 seconds; another one up
/// to a minute is priced and warned about. Images are not in it: each shot brings their cost. In
/// another currency, such as credits, one unit of it stands for a dollar.
template <currency_type C = usd>
[[nodiscard]] card_description<C> veo_3_1_description() {
  const std::string video{"video"};
  const auto per_second = [&](std::string_view variant, const amount<usd>& dollars) {
    const auto price = amount<C>::from_units(dollars.units());
    return rate_description<C>{.component = video,
                               .where = {{"variant", std::string{variant}}},
                               .charge = {.model = unit_charge{price / 1_s}}};
  };
  return {.name = "veo",
          .version = 1,
          .variants = {std::string{veo_3_1_fast}, std::string{veo_3_1_standard}},
          .measures = {{.name = std::string{duration_measure},
                        .unit = "s",
                        .maximum = 60_s,
                        .listed = {4_s, 6_s, 8_s},
                        .otherwise = unlisted::warn}},
          .components = {{.name = video, .measure = std::string{duration_measure}}},
          .rates = {
              per_second(veo_3_1_fast, 0.15_usd),
              per_second(veo_3_1_standard, 0.40_usd),
          }};
}

/// The card above as the only version. A host with prices of its own adds versions to it.
template <currency_type C = usd>
[[nodiscard]] rate_book<C> veo_3_1() {
  rate_book<C> book;
  auto card = build(veo_3_1_description<C>());
  assert(card);
  [[maybe_unused]] const auto added = book.add(std::move(*card));
  assert(added);
  return book;
}

}  // namespace tollgate::video
