// SPDX-License-Identifier: BSL-1.0
// A host that asks for the components json and wide.
#include <tollgate/core/amount_wide.hpp>
#include <tollgate/pricing/json.hpp>

#include <cstdio>

int main() {
  const auto ledger = tollgate::wide_amount<tollgate::usd>::max();
  std::printf("up to %s\n", to_string(ledger).c_str());
  return to_string(ledger).size() == 37 ? 0 : 1;
}
