// SPDX-License-Identifier: BSL-1.0
#pragma once
// The charge models as one writes them by hand, in bare 64-bit integers, in double and in decimal
// floating point: the records of a quote are filled, nothing is checked, the card is known.

#include <tollgate/pricing/usage.hpp>

#include <boost/multiprecision/cpp_dec_float.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace bench {

enum class model : std::uint8_t { flat, unit, package, graduated, volume, percentage };

using decimal = boost::multiprecision::cpp_dec_float_50;

/// How a type of number holds quantities and money. Money is in ten-thousandths of a dollar.
template <class Number>
struct number {  // double and decimal: the quantity itself
  static Number quantity(std::int64_t thousandths) {
    return static_cast<Number>(thousandths) / Number(1'000);
  }
  static Number exact(std::int64_t units) { return static_cast<Number>(units); }
  static Number share(std::int64_t percent) { return static_cast<Number>(percent) / Number(100); }
  static Number rounded(const Number& exact) {
    using std::round;
    return round(exact);
  }
  static Number rest(const Number& exact, const Number& price) { return exact - price; }
  static Number packages(const Number& used, const Number& size) {
    using std::ceil;
    return ceil(Number(used / size));
  }
};
template <>
struct number<std::int64_t> {  // thousandths, and money that is not rounded over 1,000
  static std::int64_t quantity(std::int64_t thousandths) { return thousandths; }
  static std::int64_t exact(std::int64_t units) { return units * 1'000; }
  static std::int64_t share(std::int64_t percent) { return percent * 10; }
  static std::int64_t rounded(std::int64_t exact) { return (exact + 500) / 1'000; }
  static std::int64_t rest(std::int64_t exact, std::int64_t price) { return exact - price * 1'000; }
  static std::int64_t packages(std::int64_t used, std::int64_t size) {
    return (used + size - 1) / size;
  }
};

inline constexpr std::size_t tiers = 3;

/// The prices of one variant.
template <class Number>
struct bare_prices {
  Number each{};     // of a second
  Number flat{};     // also of a package and of entering the second tier
  Number package{};  // how long one is
  Number share{};
  std::array<Number, tiers> up_to{};
  std::array<Number, tiers> tier_each{};
  std::array<Number, tiers> once{};

  static bare_prices of(std::int64_t units) {
    using n = number<Number>;
    const auto price = [](std::int64_t u) { return static_cast<Number>(u); };
    return {.each = price(units),
            .flat = n::exact(units),
            .package = n::quantity(5'000),
            .share = n::share(10),
            .up_to = {n::quantity(5'000), n::quantity(6'500),
                      n::quantity(std::numeric_limits<std::int32_t>::max())},
            .tier_each = {price(units), price(units - 200), price(units - 300)},
            .once = {n::exact(0), n::exact(units), n::exact(0)}};
  }
};

template <class Number>
struct bare_line {
  std::uint32_t item;
  std::uint16_t component;
  std::uint16_t rate;
  Number raw;
  Number billed;
  Number price;
  Number residue;
};
template <class Number>
struct bare_quote {
  std::vector<tollgate::usage> items;
  std::vector<bare_line<Number>> lines;
  std::array<Number, 2> totals;
};

/// The price before rounding; `percentage` is a share of a price and so not among them.
template <model Model, class Number>
Number exact_price(const bare_prices<Number>& p, const Number& used) {
  if constexpr (Model == model::flat) {
    return p.flat;
  } else if constexpr (Model == model::package) {
    return number<Number>::packages(used, p.package) * p.flat;
  } else if constexpr (Model == model::graduated) {
    Number sum{0};
    Number from{0};
    for (std::size_t t = 0; t < tiers && used > from; ++t) {
      sum += (std::min(used, p.up_to[t]) - from) * p.tier_each[t] + p.once[t];
      from = p.up_to[t];
    }
    return sum;
  } else if constexpr (Model == model::volume) {
    std::size_t t = 0;
    while (used > p.up_to[t]) ++t;
    return used * p.tier_each[t] + p.once[t];
  } else {
    return used * p.each;
  }
}

template <model Model, class Number>
void bare_rate(const std::array<bare_prices<Number>, 2>& prices,
               std::span<const tollgate::usage> items, bare_quote<Number>& made) {
  using n = number<Number>;
  constexpr bool has_share = Model == model::percentage;
  made.items.assign(items.begin(), items.end());
  made.lines.clear();
  made.lines.reserve(items.size() * prices.size() * (has_share ? 2 : 1));
  for (std::size_t v = 0; v < prices.size(); ++v) {
    const bare_prices<Number>& p = prices[v];
    const auto rate = static_cast<std::uint16_t>(v);
    Number total{0};
    for (std::uint32_t i = 0; i < items.size(); ++i) {
      const Number used = n::quantity(items[i].quantities[0].thousandths());
      const Number exact = exact_price<Model>(p, used);
      const Number price = n::rounded(exact);
      made.lines.push_back({i, 0, rate, used, used, price, n::rest(exact, price)});
      total += price;
      if constexpr (has_share) {
        const Number part = price * p.share;
        const Number fee = n::rounded(part);
        made.lines.push_back({i, 1, rate, Number{0}, Number{0}, fee, n::rest(part, fee)});
        total += fee;
      }
    }
    made.totals[v] = total;
  }
}

}  // namespace bench
