// SPDX-License-Identifier: BSL-1.0
// Prices what comes on standard input, a JSON value in each line: {"card": ...} is the card from
// then on, {"items": [...]} a request. Prints one line of JSON for each.
#include <tollgate/core/amount_text.hpp>
#include <tollgate/pricing/explain.hpp>
#include <tollgate/pricing/json.hpp>
#include <tollgate/pricing/rate.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace tollgate;
using nlohmann::json;

json refusal(const failure& f) {
  return {{"error", to_string(f.code)}, {"place", f.place}, {"reason", f.reason}};
}

result<std::vector<usage>> items_of(const rate_card<usd>& card, const json& request) {
  std::vector<usage> items;
  for (const json& item : request.at("items")) {
    usage made{.item = item_id{{1, items.size() + 1}}};
    for (const auto& [name, text] : item.at("quantities").items()) {
      const auto used = parse_quantity<any_unit>(text.get<std::string>(), name);
      if (!used) return refuse(used.error());
      made.set(*card.find_measure(name), *used);
    }
    for (const auto& [name, value] : item.at("values").items()) {
      const auto dimension = *card.find_dimension(name);
      made.set(dimension, *card.find_value(dimension, value.get<std::string>()));
    }
    items.push_back(made);
  }
  return items;
}

json priced(const rate_card<usd>& card, const json& request) {
  const auto items = items_of(card, request);
  if (!items) return refusal(items.error());
  const auto q = rate<usd>(card, *items);
  if (!q) return refusal(q.error());
  json answer{{"unlisted", q->unlisted.size()}, {"variants", json::array()}};
  for (std::uint8_t v = 0; v < q->variants.size(); ++v) {
    json lines = json::array();
    const variant_index variant{v};
    for (std::size_t n = 0; n < q->lines_of(variant).size(); ++n) {
      const auto& line = q->lines_of(variant)[n];
      const auto words = explain(card, *q, variant, n);
      if (!words) return refusal(words.error());
      lines.push_back({line.item == all_items ? -1 : static_cast<int>(line.item), line.component,
                       line.rate, line.raw.thousandths(), line.billed.thousandths(),
                       to_string(line.price)});
    }
    json one{{"offered", q->offers(variant)}, {"lines", std::move(lines)}};
    if (q->offers(variant)) one["total"] = to_string(q->total(variant));
    answer["variants"].push_back(std::move(one));
  }
  return answer;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::optional<rate_card<usd>> card;
  for (std::string line; std::getline(std::cin, line);) {
    const json asked = json::parse(line);
    if (asked.contains("card")) {
      auto read = parse_rate_card<usd>(asked["card"].dump());
      std::cout << (read ? json{{"card", "built"}} : refusal(read.error())) << '\n';
      card.reset();
      if (read) card.emplace(std::move(*read));
    } else {
      std::cout << (card ? priced(*card, asked) : json{{"error", "no card"}}) << '\n';
    }
  }
}
