// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: a state with the role active is missing
// A worker must have a state to put the job in.
#include <tollgate/jobs/machine.hpp>

using namespace tollgate;

struct host_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
#ifdef TOLLGATE_ACCEPT
          {"running", job_role::active},
#endif
          {"done", job_role::succeeded},
          {"failed", job_role::failed},
          {"cancelled", job_role::cancelled},
      },
      {
#ifdef TOLLGATE_ACCEPT
          {"queued", "running"},
          {"running", "queued"},
          {"running", "done"},
#endif
#ifndef TOLLGATE_ACCEPT
          {"queued", "done"},
          {"queued", "failed"},
#endif
          {any_active, "failed"},
          {any_live, "cancelled"},
      });
};
static_assert(machine_of<host_machine>().size() > 0);
