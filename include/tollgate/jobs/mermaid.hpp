// SPDX-License-Identifier: BSL-1.0
#pragma once
// A job machine as a picture that GitHub, GitLab and most wikis draw.

#include <tollgate/jobs/machine.hpp>

#include <cstddef>
#include <string>

namespace tollgate {

/// The table as a Mermaid state diagram, one line per move, in the order of the states.
[[nodiscard]] inline std::string to_mermaid(const machine_table& table) {
  std::string text{"stateDiagram-v2\n"};
  const auto arrow = [&text](std::string_view from, std::string_view to) {
    text.append("    ").append(from).append(" --> ").append(to).append("\n");
  };
  arrow("[*]", table.initial());
  for (std::size_t from = 0; from < table.size(); ++from) {
    for (std::size_t to = 0; to < table.size(); ++to) {
      if (table.can_go(from, to)) arrow(table.name(from), table.name(to));
    }
    if (is_final(table.role(from))) arrow(table.name(from), "[*]");
  }
  return text;
}

/// The picture of a machine that passed the checks: `to_mermaid<standard_machine>()`.
template <job_machine Machine>
[[nodiscard]] std::string to_mermaid() {
  return to_mermaid(machine_of<Machine>());
}

}  // namespace tollgate
