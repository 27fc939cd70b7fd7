// SPDX-License-Identifier: BSL-1.0
// Prices what comes on standard input, a JSON value in each line: {"card": ...} is the card from
// then on, {"items": [...]} a request; {"allocate": "10.0000", "weights": [...]} splits an amount,
// {"affordable": "10.0000", "price": "0.15", "per": "1", "step": "0.001"} says what it buys. Prints
// one line of JSON for each.
#include <tollgate/core/amount_text.hpp>
#include <tollgate/pricing/affordable.hpp>
#include <tollgate/pricing/allocate.hpp>
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

json split(const json& asked) {
  const auto total = parse_amount<amount<usd>>(asked.at("allocate").get<std::string>());
  if (!total) return refusal(total.error());
  const auto parts = allocate(*total, asked.at("weights").get<std::vector<std::uint64_t>>());
  if (!parts) return refusal(parts.error());
  json answer = json::array();
  for (const auto& part : *parts) answer.push_back(to_string(part));
  return answer;
}

json bought(const json& asked) {
  const auto text = [&](const char* name) { return asked.at(name).get<std::string>(); };
  const auto balance = parse_amount<amount<usd>>(text("affordable"));
  const auto price = parse_rational(text("price"));
  const auto per = parse_quantity<units::second>(text("per"));
  const auto step = parse_quantity<units::second>(text("step"));
  if (!balance || !price || !per || !step) return {{"error", "not a number"}};
  return to_string(affordable(*balance, unit_price<usd, units::second>{*price, *per}, *step));
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
    } else if (asked.contains("allocate")) {
      std::cout << split(asked) << '\n';
    } else if (asked.contains("affordable")) {
      std::cout << bought(asked) << '\n';
    } else {
      std::cout << (card ? priced(*card, asked) : json{{"error", "no card"}}) << '\n';
    }
  }
}
