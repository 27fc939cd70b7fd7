// SPDX-License-Identifier: BSL-1.0
#pragma once
// How a quantity becomes money: the charge models, and the fixed pipeline around them.

#include <tollgate/core/amount.hpp>
#include <tollgate/core/exact.hpp>
#include <tollgate/core/quantity.hpp>
#include <tollgate/core/rational.hpp>
#include <tollgate/pricing/stated_quantity.hpp>
#include <tollgate/pricing/unit_price.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tollgate {

/// A fixed price, whatever the quantity.
template <currency_type C>
struct flat_charge {
  exact<C> price{};
};

/// Every unit at one price.
template <currency_type C>
struct unit_charge {
  unit_price<C> price{};
};

/// Every started package at one price: the `per` of the price is the size of a package.
template <currency_type C>
struct package_charge {
  unit_price<C> price{};
};

/// One band of a tiered price. A tier is entered by a quantity above the previous `up_to`.
template <currency_type C>
struct tier {
  std::optional<stated_quantity> up_to{};  // inclusive; the last tier has none
  unit_price<C> each{};                    // of every unit within the tier
  exact<C> once{};                         // for entering it
};

/// Every unit at the price of the tier it falls in, plus what entering each tier costs.
template <currency_type C>
struct graduated_charge {
  std::vector<tier<C>> tiers{};
};

/// All units at the price of the tier that the whole quantity falls in.
template <currency_type C>
struct volume_charge {
  std::vector<tier<C>> tiers{};
};

/// A share of the rounded price of another component of the same item; where the component is
/// charged over all items, of the sum.
struct percentage_charge {
  rational<> share{};
  std::string of{};  // a component listed before this one
};

/// The combination is not sold: a variant that meets it has no price, which is not an error.
/// Also what a charge is until a model is named, so that nothing is free by omission.
struct not_offered {};

template <currency_type C>
using charge_model = std::variant<not_offered, flat_charge<C>, unit_charge<C>, package_charge<C>,
                                  graduated_charge<C>, volume_charge<C>, percentage_charge>;

/// The pipeline of one rate, in the order in which it is always applied:
/// measure -> convert -> included -> model -> multiply -> discount -> bound -> round once.
template <currency_type C>
struct charge {
  stated_quantity step{};      // convert: up to the next full step; zero keeps thousandths
  stated_quantity minimum{};   // convert: at least so much is billed
  stated_quantity included{};  // so much is free
  charge_model<C> model{};
  rational<> multiplier{1};             // batch 1/2, quality 3/2
  rational<> discount{};                // 1/10 takes ten percent off
  std::optional<amount<C>> at_least{};  // bound
  std::optional<amount<C>> at_most{};   // bound
};

template <class C, class U>
unit_charge(unit_price<C, U>) -> unit_charge<C>;
template <class C, class U>
package_charge(unit_price<C, U>) -> package_charge<C>;
template <class C, unsigned Scale>
flat_charge(amount<C, Scale, std::int64_t>) -> flat_charge<C>;
template <class C>
flat_charge(exact<C>) -> flat_charge<C>;

}  // namespace tollgate
