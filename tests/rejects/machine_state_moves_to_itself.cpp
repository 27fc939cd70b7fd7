// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: a state must not move to itself
// A step that changes nothing is no step.
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
          {"running", "running"},
#endif
      });
};
static_assert(machine_of<host_machine>().size() > 0);
