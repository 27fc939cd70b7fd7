// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: a state with the role cancelled is missing
// Every way in which a job can end needs a name.
#include <tollgate/jobs/machine.hpp>

using namespace tollgate;

struct host_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
          {"running", job_role::active},
          {"done", job_role::succeeded},
          {"failed", job_role::failed},
#ifdef TOLLGATE_ACCEPT
          {"cancelled", job_role::cancelled},
#endif
      },
      {
          {"queued", "running"},
          {"running", "queued"},
          {"running", "done"},
          {any_active, "failed"},
#ifdef TOLLGATE_ACCEPT
          {any_live, "cancelled"},
#endif
      });
};
static_assert(machine_of<host_machine>().size() > 0);
