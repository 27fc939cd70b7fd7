// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: every active state must be able to reach a cancelled state
// A user may cancel while a worker has the job.
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
#ifdef TOLLGATE_ACCEPT
          {any_live, "cancelled"},
#else
          {"queued", "cancelled"},
#endif
      });
};
static_assert(machine_of<host_machine>().size() > 0);
