// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: every state must be reachable from the initial state
// A state that no row leads to is a mistake in the table.
#include <tollgate/jobs/machine.hpp>

using namespace tollgate;

struct host_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
          {"running", job_role::active},
          {"uploading", job_role::active},
          {"done", job_role::succeeded},
          {"failed", job_role::failed},
          {"cancelled", job_role::cancelled},
      },
      {
          {"queued", "running"},
#ifdef TOLLGATE_ACCEPT
          {"running", "uploading"},
#else
          {"uploading", "running"},
#endif
          {"uploading", "done"},
          {"uploading", "queued"},
          {"running", "queued"},
          {"running", "done"},
          {any_active, "failed"},
          {any_live, "cancelled"},
      });
};
static_assert(machine_of<host_machine>().size() > 0);
