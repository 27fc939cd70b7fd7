// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: exactly one state must have the role ready
// A job must know where it starts.
#include <tollgate/jobs/machine.hpp>

using namespace tollgate;

struct host_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
#ifdef TOLLGATE_ACCEPT
          {"waiting", job_role::active},
#else
          {"waiting", job_role::ready},
#endif
          {"running", job_role::active},
          {"done", job_role::succeeded},
          {"failed", job_role::failed},
          {"cancelled", job_role::cancelled},
      },
      {
          {"queued", "running"},
          {"queued", "waiting"},
          {"waiting", "running"},
          {"running", "queued"},
          {"running", "done"},
          {any_active, "failed"},
          {any_live, "cancelled"},
      });
};
static_assert(machine_of<host_machine>().size() > 0);
