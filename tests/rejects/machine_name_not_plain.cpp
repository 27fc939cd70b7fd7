// SPDX-License-Identifier: BSL-1.0
// rejected: job machine: a state name is lower case letters, digits and underscores
// Names go into databases, JSON and pictures as they are.
#include <tollgate/jobs/machine.hpp>

using namespace tollgate;

struct host_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
          {"running", job_role::active},
#ifdef TOLLGATE_ACCEPT
          {"on_hold", job_role::active},
#else
          {"on hold", job_role::active},
#endif
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
          {"running", "on_hold"},
#else
          {"running", "on hold"},
#endif
#ifdef TOLLGATE_ACCEPT
          {"on_hold", "running"},
#endif
#ifndef TOLLGATE_ACCEPT
          {"on hold", "running"},
#endif
      });
};
static_assert(machine_of<host_machine>().size() > 0);
