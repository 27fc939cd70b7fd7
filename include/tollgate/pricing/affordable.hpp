// SPDX-License-Identifier: BSL-1.0
#pragma once
// How much of something a balance buys.

#include <tollgate/core/result.hpp>
#include <tollgate/pricing/unit_price.hpp>

namespace tollgate {

/// The largest quantity, in whole steps, whose exact price is within the balance; zero for a
/// balance below zero. A price of zero buys `quantity::max()`. The step is positive; leave it out
/// for thousandths.
template <class Currency, unsigned Scale, class Unit>
[[nodiscard]] constexpr quantity<Unit> affordable(
    const amount<Currency, Scale>& balance, const unit_price<Currency, Unit>& price,
    quantity<Unit> step = quantity<Unit>::from_thousandths(1)) {
  assert(step > quantity<Unit>{} && !price.money().is_negative());
  if (balance.units() <= 0) return {};
  const auto of_step = price * step;
  if (of_step == exact<Currency>{}) return quantity<Unit>::max();
  const auto steps = checked_div(exact<Currency>{balance}.value, of_step.value);
  // A quotient beyond 128 bits buys more than a quantity can say.
  const auto most = quantity<Unit>::largest / step.thousandths();
  if (!steps || *steps > rational<>{most}) {
    return quantity<Unit>::from_thousandths(most * step.thousandths());
  }
  // Not steps->..., which tl::expected does not offer to constant expressions.
  const auto whole = divide<int128>((*steps).numerator(), (*steps).denominator(), rounding::floor);
  return quantity<Unit>::from_thousandths(static_cast<std::int64_t>(whole.quotient) *
                                          step.thousandths());
}

}  // namespace tollgate
