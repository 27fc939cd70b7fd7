// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: a move names a state that the table lacks
// A typing error in a row is not a state of its own.
#include <tollgate/jobs/machine.hpp>

using namespace tollgate;

struct host_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
          {"running", job_role::active},
          {"done", job_role::succeeded},
          {"failed", job_role::failed},
          {"cancelled", job_role::cancelled},
      },
      {
          {"queued", "running"},
          {"running", "queued"},
          {"running", "done"},
          {any_active, "failed"},
          {any_live, "cancelled"},
#ifndef TOLLGATE_ACCEPT
          {"runing", "done"},
#endif
      });
};
static_assert(machine_of<host_machine>().size() > 0);
