// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: two states have the same name
// A store keeps a state by its name.
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
          {"rejected", job_role::failed},
#else
          {"failed", job_role::failed},
#endif
          {"cancelled", job_role::cancelled},
      },
      {
          {"queued", "running"},
          {"running", "queued"},
          {"running", "done"},
          {any_active, "failed"},
          {any_live, "cancelled"},
#ifdef TOLLGATE_ACCEPT
          {"running", "rejected"},
#endif
      });
};
static_assert(machine_of<host_machine>().size() > 0);
