// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: a state with the role failed is missing
// Every way in which a job can end needs a name.
#include <tollgate/jobs/machine.hpp>

using namespace tollgate;

struct host_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
          {"running", job_role::active},
          {"done", job_role::succeeded},
#ifdef TOLLGATE_ACCEPT
          {"failed", job_role::failed},
#endif
          {"cancelled", job_role::cancelled},
      },
      {
          {"queued", "running"},
          {"running", "queued"},
          {"running", "done"},
#ifdef TOLLGATE_ACCEPT
          {any_active, "failed"},
#endif
          {any_live, "cancelled"},
      });
};
static_assert(machine_of<host_machine>().size() > 0);
