// SPDX-License-Identifier: BSL-1.0
// rejected: s.claim(c)
#include <tollgate/storage/archetype.hpp>

struct without_claim : tollgate::archetype::storage {
#ifndef TOLLGATE_ACCEPT
  void claim() = delete;
#endif
};

template <tollgate::storage Store>
void runs_on(Store&) {}

void try_it(without_claim& store) { runs_on(store); }
