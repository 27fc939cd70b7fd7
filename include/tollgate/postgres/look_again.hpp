// SPDX-License-Identifier: BSL-1.0
#pragma once
// Keeps low-water marks fresh.

#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/low_water.hpp>
#include <tollgate/postgres/parameters.hpp>
#include <tollgate/postgres/statements.hpp>

#include <cstdint>

namespace tollgate::postgres {

/// Looks at the front of a queue again, if that is due: one statement. A fault is not told, but the
/// mark is forgotten: the statement this was for looks at everybody, too, and meets it.
inline void look_again(connection& c, const statements& texts, low_water& marks,
                       const low_water::place& where) {
  const auto began = low_water::clock::now();
  const auto asked = marks.ask(where, began);
  if (!asked) return;
  parameters with;
  with.put(where.bucket).bytes(where.kind).put(asked->from);
  const auto answer = c.run(texts.get(detail::text::front), with);
  if (!answer || answer->size() != 1) return marks.forget(where);
  const auto front = answer->get<std::int64_t>(0, 0);
  if (!answer->sound()) return marks.forget(where);
  const auto now = low_water::clock::now();
  marks.learn(*asked, front, now, now - began);
}

}  // namespace tollgate::postgres
