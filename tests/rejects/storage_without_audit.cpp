// SPDX-License-Identifier: BSL-1.0
// rejected: s.audit(a)
#include <tollgate/storage/archetype.hpp>

struct without_audit : tollgate::archetype::storage {
#ifndef TOLLGATE_ACCEPT
  void audit() = delete;
#endif
};

template <tollgate::storage Store>
void runs_on(Store&) {}

void try_it(without_audit& store) { runs_on(store); }
