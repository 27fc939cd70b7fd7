// SPDX-License-Identifier: BSL-1.0
#pragma once
// How to reach a PostgreSQL server, and how long to be patient with it.

#include <tollgate/core/timestamp.hpp>

#include <cstddef>
#include <string>

namespace tollgate::postgres {

/// Where the database is and how it is talked to. What `conninfo` says wins over what is here.
struct settings {
  /// Keywords and values, or a postgresql:// address, of one host or several. The one that can be
  /// written to is used (target_session_attrs=read-write), so a failover is found by connecting.
  std::string conninfo{};
  /// Prepared statements save a third of the server's work. Off behind a pooler that gives every
  /// transaction another of its connections, unless it follows them itself. A session that
  /// prepares asks for `jit = off` and `enable_seqscan = off` as it connects, before what `options`
  /// of the conninfo say; who refuses that, as poolers do, is connected to without: there the role
  /// should have both.
  bool prepare{true};
  duration connect_timeout{seconds(5)};  // per host; libpq rounds to seconds, 2 at least
  /// How long an answer may take, the wait for locks included, before the connection is given up:
  /// a half-open one must not hang a worker. Zero: for ever.
  duration answer_timeout{seconds(30)};
  int tries{3};                       // of connecting, with pauses that double
  duration pause{milliseconds(100)};  // the first
  duration pause_limit{seconds(2)};
  std::size_t connections{8};           // of a pool, at most
  duration lease_timeout{seconds(10)};  // how long a pool lets wait for one of them
};

}  // namespace tollgate::postgres
