// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: every active state must be able to reach a succeeded state
// Another try does not count as a way: this stage's own work could only be thrown away.
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
          {"running", "uploading"},
          {"uploading", "queued"},
#ifdef TOLLGATE_ACCEPT
          {"uploading", "done"},
#endif
          {"running", "queued"},
          {"running", "done"},
          {any_active, "failed"},
          {any_live, "cancelled"},
      });
};
static_assert(machine_of<host_machine>().size() > 0);
