// SPDX-License-Identifier: BSL-1.0
#pragma once
// Rate cards from JSON, strictly: unknown members are refused and errors name a JSON pointer.
// Needs nlohmann-json; nothing else in tollgate/pricing includes it.

#include <tollgate/core/amount_text.hpp>
#include <tollgate/core/timestamp_text.hpp>
#include <tollgate/pricing/build.hpp>
#include <tollgate/pricing/detail/read_json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate {

namespace detail {

/// `{"model": {"type": "per_unit", "price": "0.15", "per": "1"}, "step": "1", ...}`.
template <currency_type C>
class charge_from_json {
 public:
  explicit charge_from_json(json_reader& in) : in_(in) {}

  [[nodiscard]] charge<C> read(const json_value& v) {
    charge<C> c;
    in_.object(
        v, {"model", "step", "minimum", "included", "multiplier", "discount", "atLeast", "atMost"});
    in_.member(v, "model", true, [&](const json_value& m) { c.model = model(m); });
    in_.member(v, "step", false, [&](const json_value& m) { c.step = in_.quantity_of(m); });
    in_.member(v, "minimum", false, [&](const json_value& m) { c.minimum = in_.quantity_of(m); });
    in_.member(v, "included", false, [&](const json_value& m) { c.included = in_.quantity_of(m); });
    in_.member(v, "multiplier", false,
               [&](const json_value& m) { c.multiplier = in_.fraction(m); });
    in_.member(v, "discount", false, [&](const json_value& m) { c.discount = in_.fraction(m); });
    in_.member(v, "atLeast", false,
               [&](const json_value& m) { c.at_least = in_.amount_of<amount<C>>(m); });
    in_.member(v, "atMost", false,
               [&](const json_value& m) { c.at_most = in_.amount_of<amount<C>>(m); });
    return c;
  }

 private:
  [[nodiscard]] charge_model<C> model(const json_value& v) {
    std::string type;
    in_.member(v, "type", true, [&](const json_value& m) { type = in_.text(m); });
    if (type == "flat") {
      in_.object(v, {"type", "price"});
      return flat_charge<C>{money(v, "price", true)};
    }
    if (type == "per_unit") {
      in_.object(v, {"type", "price", "per"});
      return unit_charge<C>{price(v, true)};
    }
    if (type == "package") {
      in_.object(v, {"type", "price", "per"});
      return package_charge<C>{price(v, true)};
    }
    if (type == "graduated" || type == "volume") {
      in_.object(v, {"type", "tiers"});
      std::vector<tier<C>> tiers;
      in_.list(v, "tiers", true, [&](const json_value& t) { tiers.push_back(tier_of(t)); });
      if (type == "volume") return volume_charge<C>{std::move(tiers)};
      return graduated_charge<C>{std::move(tiers)};
    }
    if (type == "percentage_of") {
      in_.object(v, {"type", "share", "of"});
      percentage_charge share;
      in_.member(v, "share", true, [&](const json_value& m) { share.share = in_.fraction(m); });
      in_.member(v, "of", true, [&](const json_value& m) { share.of = in_.text(m); });
      return share;
    }
    if (type == "not_offered") {
      in_.object(v, {"type"});
      return not_offered{};
    }
    in_.fail("/type", "not a charge model: \"" + type + "\"");
    return not_offered{};
  }
  [[nodiscard]] tier<C> tier_of(const json_value& v) {
    tier<C> t;
    in_.object(v, {"upTo", "price", "per", "once"});
    in_.member(v, "upTo", false, [&](const json_value& m) { t.up_to = in_.quantity_of(m); });
    t.each = price(v, false);
    t.once = money(v, "once", false);
    return t;
  }
  [[nodiscard]] exact<C> money(const json_value& v, const char* name, bool required) {
    exact<C> read;
    in_.member(v, name, required, [&](const json_value& m) { read.value = in_.fraction(m); });
    return read;
  }
  [[nodiscard]] unit_price<C> price(const json_value& v, bool required) {
    const auto price = money(v, "price", required);
    auto per = quantity<any_unit>::whole(1);
    in_.member(v, "per", false, [&](const json_value& m) { per = in_.quantity_of(m); });
    if (per <= quantity<any_unit>{}) {
      in_.fail("/per", "not positive");
      return {};
    }
    if (!unit_price<C>::fits(price.value)) {
      in_.fail("/price", "more than 18 digits");
      return {};
    }
    return {price.value, per};
  }

  json_reader& in_;
};

}  // namespace detail

/// Reads the description of a card. Quantities and prices are texts ("0.15", "46/7"). Errors:
/// `invalid_argument`, `too_precise`, `overflow` or `unknown_currency`, each with a JSON pointer.
template <currency_type C>
[[nodiscard]] result<card_description<C>> describe_rate_card(std::string_view text) {
  using detail::json_value;
  detail::json_reader in;
  const auto document = in.parse(text);
  card_description<C> d;
  if (!document) return refuse(in.failed());
  const json_value& v = *document;
  in.object(v, {"name", "version", "currency", "effectiveFrom", "effectiveTo", "multiplier",
                "rounding", "variants", "dimensions", "measures", "components", "rates"});
  in.member(v, "name", true, [&](const json_value& m) { d.name = in.text(m); });
  in.member(v, "version", true, [&](const json_value& m) {
    d.version = static_cast<std::uint32_t>(in.whole(m, 0xffff'ffff));
  });
  in.member(v, "currency", true, [&](const json_value& m) {
    if (in.text(m) != C::code) {
      in.fail("", "not " + std::string{C::code}, error::unknown_currency);
    }
  });
  in.member(v, "effectiveFrom", false,
            [&](const json_value& m) { d.effective_from = in.instant(m); });
  in.member(v, "effectiveTo", false, [&](const json_value& m) { d.effective_to = in.instant(m); });
  in.member(v, "multiplier", false, [&](const json_value& m) { d.multiplier = in.fraction(m); });
  in.member(v, "rounding", false, [&](const json_value& m) {
    const auto mode = parse_rounding(in.text(m));
    if (!mode) in.fail("", "not a rounding");
    if (mode) d.mode = *mode;
  });
  in.list(v, "variants", true, [&](const json_value& m) { d.variants.push_back(in.text(m)); });
  in.list(v, "dimensions", false, [&](const json_value& m) {
    dimension_description dimension;
    in.object(m, {"name", "values"});
    in.member(m, "name", true, [&](const json_value& n) { dimension.name = in.text(n); });
    in.list(m, "values", true,
            [&](const json_value& n) { dimension.values.push_back(in.text(n)); });
    d.dimensions.push_back(std::move(dimension));
  });
  in.list(v, "measures", false, [&](const json_value& m) {
    measure_description measure;
    in.object(m, {"name", "unit", "maximum", "listed", "unlisted", "productOf", "dividedBy"});
    in.member(m, "name", true, [&](const json_value& n) { measure.name = in.text(n); });
    in.member(m, "unit", false, [&](const json_value& n) { measure.unit = in.text(n); });
    in.member(m, "maximum", false,
              [&](const json_value& n) { measure.maximum = in.quantity_of(n); });
    in.list(m, "listed", false,
            [&](const json_value& n) { measure.listed.emplace_back(in.quantity_of(n)); });
    in.member(m, "unlisted", false, [&](const json_value& n) {
      measure.otherwise = in.choice(n, {"warn", "refuse"}) == 0 ? unlisted::warn : unlisted::refuse;
    });
    in.list(m, "productOf", false,
            [&](const json_value& n) { measure.product_of.push_back(in.text(n)); });
    in.member(m, "dividedBy", false,
              [&](const json_value& n) { measure.divided_by = in.whole(n, 1'000'000'000'000); });
    d.measures.push_back(std::move(measure));
  });
  in.list(v, "components", true, [&](const json_value& m) {
    component_description component;
    in.object(m, {"name", "measure", "scope", "optional"});
    in.member(m, "name", true, [&](const json_value& n) { component.name = in.text(n); });
    in.member(m, "measure", false, [&](const json_value& n) { component.measure = in.text(n); });
    in.member(m, "scope", false, [&](const json_value& n) {
      component.scope = in.choice(n, {"item", "request"}) == 0 ? charge_scope::each_item
                                                               : charge_scope::whole_request;
    });
    in.member(m, "optional", false, [&](const json_value& n) { component.optional = in.truth(n); });
    d.components.push_back(std::move(component));
  });
  in.list(v, "rates", true, [&](const json_value& m) {
    rate_description<C> rate;
    in.object(m, {"component", "where", "charge"});
    in.member(m, "component", true, [&](const json_value& n) { rate.component = in.text(n); });
    in.each(m, "where", [&](const std::string& name, const json_value& n) {
      rate.where.push_back({name, in.text(n)});
    });
    in.member(m, "charge", true,
              [&](const json_value& n) { rate.charge = detail::charge_from_json<C>{in}.read(n); });
    d.rates.push_back(std::move(rate));
  });
  if (in.has_failed()) return refuse(in.failed());
  return d;
}

/// Reads and checks a card.
template <currency_type C>
[[nodiscard]] result<rate_card<C>> parse_rate_card(std::string_view text) {
  auto description = describe_rate_card<C>(text);
  if (!description) return refuse(std::move(description.error()));
  return build(std::move(*description));
}

}  // namespace tollgate
