// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: a state with the role succeeded is missing
// Every way in which a job can end needs a name.
#include <tollgate/jobs/machine.hpp>

using namespace tollgate;

struct host_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
          {"running", job_role::active},
#ifdef TOLLGATE_ACCEPT
          {"done", job_role::succeeded},
#endif
          {"failed", job_role::failed},
          {"cancelled", job_role::cancelled},
      },
      {
          {"queued", "running"},
          {"running", "queued"},
#ifdef TOLLGATE_ACCEPT
          {"running", "done"},
#endif
          {any_active, "failed"},
          {any_live, "cancelled"},
      });
};
static_assert(machine_of<host_machine>().size() > 0);
