// SPDX-License-Identifier: BSL-1.0
#pragma once
// One SQL statement as text, apart from whoever sends it.

#include <tollgate/postgres/parameters.hpp>

#include <string>
#include <string_view>

namespace tollgate::postgres {

/// A statement with its parameters as $1..$n. `name` belongs to this text alone, at most 63 bytes
/// (the server cuts longer ones): a connection prepares it once under that name; without a name,
/// never. `writes` decides what a lost answer means: after a statement that writes nobody knows
/// (`outcome_unknown`), after one that reads nothing happened.
struct statement {
  std::string name{};
  std::string text{};
  bool writes{};
};

/// A statement with its parameters, one of several that are sent together. Refers to both.
struct step {
  const statement& what;
  const parameters& with;
};

/// A name as SQL writes it, whatever characters it has: "a ""b""".
[[nodiscard]] inline std::string quoted(std::string_view name) {
  std::string text{'"'};
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text += '"';
}

}  // namespace tollgate::postgres
