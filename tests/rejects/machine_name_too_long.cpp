// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: a state name has at most 15 characters
// Stores keep a state in 15 characters.
#include <tollgate/jobs/machine.hpp>

using namespace tollgate;

struct host_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
#ifdef TOLLGATE_ACCEPT
          {"fifteen_letters", job_role::active},
#else
          {"sixteen__letters", job_role::active},
#endif
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
          {any_live, "cancelled"},
#ifdef TOLLGATE_ACCEPT
          {"queued", "fifteen_letters"},
          {"fifteen_letters", "running"},
#endif
      });
};
static_assert(machine_of<host_machine>().size() > 0);
