// SPDX-License-Identifier: BSL-1.0
// rejected: unit_price
// A price for each second says nothing about images.
#include <tollgate/pricing/unit_price.hpp>

using namespace tollgate;
auto price = 0.15_usd / 1_s * 3_images;
