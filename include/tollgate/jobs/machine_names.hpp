// SPDX-License-Identifier: BSL-1.0
#pragma once
// The words of a machine as a job record carries them.

#include <tollgate/jobs/job.hpp>
#include <tollgate/jobs/machine.hpp>

#include <memory>
#include <string>

namespace tollgate {

/// The words of a machine that passed the checks, for the steps every job takes.
template <job_machine Machine>
[[nodiscard]] state_names names_of() {
  constexpr const machine_table& table = machine_of<Machine>();
  return {.ready = std::string{table.initial()},
          .active = std::string{table.first_active()},
          .succeeded = std::string{table.succeeded()},
          .failed = std::string{table.failed()},
          .cancelled = std::string{table.cancelled()}};
}

/// The same, made once and shared by all jobs of the machine. Thread-safe; never null.
template <job_machine Machine>
[[nodiscard]] const std::shared_ptr<const state_names>& shared_names_of() {
  static const auto names = std::make_shared<const state_names>(names_of<Machine>());
  return names;
}

}  // namespace tollgate
