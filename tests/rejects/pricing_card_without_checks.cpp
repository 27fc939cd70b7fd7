// SPDX-License-Identifier: BSL-1.0
// rejected: rate_card
// A card exists only once build has checked it.
#include <tollgate/pricing/rate_card.hpp>

using namespace tollgate;
rate_card<usd> card;
