// SPDX-License-Identifier: BSL-1.0
// Rate cards and scene files from any text. What is refused names a place that the text has; what
// is taken can be priced, and written again.
#include <fuzz/fuzz.hpp>

#include <main_job/scene_file.hpp>

#include <tollgate/pricing/explain.hpp>
#include <tollgate/pricing/json.hpp>
#include <tollgate/pricing/rate.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <vector>

namespace tollgate::fuzz {
namespace {

using nlohmann::json;

/// The place is a JSON pointer to something in the text, or to a member that is missing there.
void must_name_a_place(const failure& f, const json& document) {
  must(f.place.empty() || f.place.front() == '/', "a place is a JSON pointer", to_string(f));
  const json::json_pointer place{f.place};
  const bool there = document.contains(place);
  must(there || place.empty() || document.contains(place.parent_pointer()),
       "a refusal names a place that is there", to_string(f));
  must(!f.reason.empty(), "a refusal says why", to_string(f));
}

/// A card as refused or taken; what is refused by the reader has its place in the text.
result<rate_card<usd>> card_of(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  auto read = parse_rate_card<usd>(text);
  const bool described = describe_rate_card<usd>(text).has_value();
  must(described || !read, "a card that cannot be described is not built");
  if (read) return read;
  const failure& f = read.error();
  const error reasons[]{error::invalid_argument, error::too_precise, error::overflow,
                        error::unknown_currency};
  must(std::find(std::begin(reasons), std::end(reasons), f.code) != std::end(reasons),
       "a card is refused for one of the reasons that are documented", to_string(f));
  if (document.is_discarded()) {
    must(f.place.empty(), "text that is no JSON has no places", to_string(f));
  } else {
    must_name_a_place(f, document);
  }
  return read;
}

/// Items whose quantities come from the bytes: up to the maximum, and now and then beyond it.
std::vector<usage> items_of(const rate_card<usd>& card, std::string_view bytes) {
  std::size_t at = 0;
  const auto next = [&]() -> std::uint64_t {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at++]) : 0U;
  };
  std::vector<usage> items(1 + next() % 3);
  const auto& d = card.description();
  for (usage& u : items) {
    for (std::uint8_t m = 0; m < d.measures.size(); ++m) {
      if (!d.measures[m].product_of.empty()) continue;
      const std::int64_t most = d.measures[m].maximum.thousandths();
      const auto part = static_cast<std::int64_t>(next() << 8U | next());
      const auto used = most / 0xfffe * part + most % 0xfffe * part / 0xfffe;
      if (part == 0xabab) continue;  // not stated
      const auto largest = quantity<any_unit>::largest;
      u.set(measure_index{m}, quantity<any_unit>::from_thousandths(std::min(used, largest)));
    }
    for (std::uint8_t n = 0; n < d.dimensions.size(); ++n) {
      const auto values = d.dimensions[n].values.size();
      u.set(dimension_index{n}, value_index{static_cast<std::uint8_t>(next() % values)});
    }
  }
  return items;
}

void check_priced(const rate_card<usd>& card, const std::vector<usage>& items) {
  const auto priced = rate<usd>(card, items);
  if (!priced) {
    const failure& f = priced.error();
    must(f.code == error::invalid_argument || f.code == error::overflow,
         "items are refused for what is wrong with them", to_string(f));
    must(f.place.substr(0, 6) == "/items", "a refusal names the item", to_string(f));
    return;
  }
  auto again = *priced;
  must(rate_into<usd>(card, items, again).has_value() && again == *priced,
       "the same request is priced the same");
  for (std::uint8_t v = 0; v < card.variants().size(); ++v) {
    const variant_index variant{v};
    if (!priced->offers(variant)) continue;
    int128 sum{0};
    const auto lines = priced->lines_of(variant);
    for (std::size_t n = 0; n < lines.size(); ++n) {
      must(lines[n].price >= amount<usd>{}, "no price is below zero");
      sum += lines[n].price.units();
      const auto words = explain(card, *priced, variant, n);
      must(words && !words->empty(), "replaying a line gives its price",
           words ? "" : to_string(words.error()));
    }
    must(sum == priced->total(variant).units(), "a total is the sum of its lines");
  }
}

json frame_json(const video::frame& f) {
  return {{"id", to_string(f.id)}, {"url", f.url}, {"status", to_string(f.status)}};
}
json shot_json(const video::shot& s) {
  json made{{"shotId", s.id},
            {"shotUuid", to_string(s.item)},
            {"durationSeconds", to_string(s.duration)},
            {"requiresEndFrame", s.requires_end_frame},
            {"framePrompt", s.frame_prompt},
            {"videoPrompt", s.video_prompt},
            {"imageCost", to_string(s.image_cost)},
            {"startFrame", frame_json(s.start_frame)}};
  if (s.end_frame) made["endFrame"] = frame_json(*s.end_frame);
  return made;
}
json file_json(const main_job::scene_file& file) {
  const video::scene& s = file.scene;
  json scene{{"id", to_string(s.id)}, {"name", s.name}, {"shots", json::array()}};
  for (const video::shot& one : s.shots) scene["shots"].push_back(shot_json(one));
  if (s.prior) {
    const json end{{"id", to_string(s.prior->end_frame)}, {"url", s.prior->end_frame_url}};
    scene["priorScene"] = {{"id", to_string(s.prior->id)}, {"endFrame", end}};
  }
  json earlier = json::array();
  for (const auto& p : file.previous) {
    earlier.push_back({{"sceneId", to_string(p.scene)}, {"cost", to_string(p.cost)}});
  }
  const json account{{"id", to_string(file.account)},
                     {"credits", to_string(file.opening_credits)},
                     {"lowCreditThreshold", to_string(file.low_credit_threshold)}};
  return {{"account", account},
          {"projectId", to_string(s.project)},
          {"branchId", to_string(s.branch)},
          {"variant", file.variant},
          {"previousGenerations", earlier},
          {"scene", scene}};
}

}  // namespace

void rate_cards(std::string_view bytes) {
  const std::size_t end = bytes.find('\0');
  const auto card = card_of(bytes.substr(0, end));
  if (!card) return;
  const auto rest = end == std::string_view::npos ? std::string_view{} : bytes.substr(end + 1);
  check_priced(*card, items_of(*card, rest));
}

void scene_files(std::string_view bytes) {
  const auto read = main_job::read_scene_file(bytes);
  const json document = json::parse(bytes, nullptr, false);
  if (!read) {
    must(read.error().code == error::invalid_argument, "a file is refused as an argument");
    if (!document.is_discarded()) must_name_a_place(read.error(), document);
    return;
  }
  must(!video::fault_of(read->scene), "a scene that was read can be reviewed");
  const std::string shown = file_json(*read).dump();
  const auto again = main_job::read_scene_file(shown);
  must(again.has_value(), "what was read is written so that it reads again", shown);
  must(again->scene == read->scene && again->account == read->account &&
           again->opening_credits == read->opening_credits && again->variant == read->variant &&
           again->low_credit_threshold == read->low_credit_threshold &&
           again->previous.size() == read->previous.size(),
       "what was read is written as it was", shown);
}

}  // namespace tollgate::fuzz
