// SPDX-License-Identifier: BSL-1.0
// rejected: job_machine
// A machine is a type with a table.
#include <tollgate/jobs/machine.hpp>

struct host_machine {
#ifdef TOLLGATE_ACCEPT
  static constexpr auto table = tollgate::machine(
      {
          {"queued", tollgate::job_role::ready},
          {"running", tollgate::job_role::active},
          {"done", tollgate::job_role::succeeded},
          {"failed", tollgate::job_role::failed},
          {"cancelled", tollgate::job_role::cancelled},
      },
      {
          {"queued", "running"},
          {"running", "queued"},
          {"running", "done"},
          {"running", "failed"},
          {"running", "cancelled"},
      });
#endif
};
static_assert(tollgate::machine_of<host_machine>().size() > 0);
