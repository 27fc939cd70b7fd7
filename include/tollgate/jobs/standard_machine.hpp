// SPDX-License-Identifier: BSL-1.0
#pragma once
// The machine of a job that has nothing to tell between its start and its end.

#include <tollgate/jobs/machine.hpp>

namespace tollgate {

/// queued -> running -> done | failed | cancelled; a retry goes from running back to queued.
struct standard_machine {
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
          {any_live, "failed"},
          {any_live, "cancelled"},
      });
};

}  // namespace tollgate
