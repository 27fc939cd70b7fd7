// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: every active state must be able to reach a failed state
// A stage that may never end with an error would keep its hold for ever.
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
#ifdef TOLLGATE_ACCEPT
          {any_active, "failed"},
#else
          {"queued", "failed"},
#endif
          {any_live, "cancelled"},
      });
};
static_assert(machine_of<host_machine>().size() > 0);
