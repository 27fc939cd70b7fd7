// SPDX-License-Identifier: BSL-1.0
// rejected: s.heartbeat(b)
#include <tollgate/storage/archetype.hpp>

struct without_heartbeat : tollgate::archetype::storage {
#ifndef TOLLGATE_ACCEPT
  void heartbeat() = delete;
#endif
};

template <tollgate::storage Store>
void runs_on(Store&) {}

void try_it(without_heartbeat& store) { runs_on(store); }
