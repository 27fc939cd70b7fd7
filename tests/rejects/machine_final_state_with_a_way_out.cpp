// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: a final state must have no way out
// What was charged or released stays so: another render is another job.
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
          {"failed", "queued"},
#endif
      });
};
static_assert(machine_of<host_machine>().size() > 0);
