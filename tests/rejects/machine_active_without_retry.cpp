// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: every active state must be able to reach the ready state
// The lease of any stage may be lost; then the job must be able to run again.
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
#ifdef TOLLGATE_ACCEPT
          {"running", "queued"},
#endif
          {"running", "done"},
          {any_active, "failed"},
          {any_live, "cancelled"},
      });
};
static_assert(machine_of<host_machine>().size() > 0);
