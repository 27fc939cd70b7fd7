// SPDX-License-Identifier: BSL-1.0
#pragma once
// Connects with libpq: what we want of a session, below what the host wants of it.

#include <tollgate/postgres/settings.hpp>

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::postgres::detail {

struct free_conninfo {
  void operator()(PQconninfoOption* all) const noexcept { PQconninfoFree(all); }
};

/// What libpq makes of a conninfo, or of none; empty where it cannot be read.
using parsed = std::unique_ptr<PQconninfoOption, free_conninfo>;

/// The value of a keyword; null where nothing is said.
[[nodiscard]] inline const char* value_of(const parsed& all, std::string_view keyword) noexcept {
  for (const auto* one = all.get(); one != nullptr && one->keyword != nullptr; ++one) {
    if (one->keyword == keyword) return one->val;
  }
  return nullptr;
}

/// How plans are made that a session keeps. The JIT compiles them anew at each execution. A table
/// that was empty when a plan was made may be full when it is used: then every look for a row would
/// read it whole.
inline constexpr std::string_view plan_options{"-c jit=off -c enable_seqscan=off"};

/// The server's options (`-c name=value`) for a session: ours, unless the host says otherwise, for
/// of the same setting the server takes the last. The host's are those of its conninfo, else of the
/// environment. Nothing where only libpq can find them, in a service that the conninfo names: they
/// count more than ours.
[[nodiscard]] inline std::optional<std::string> session_options(const std::string& conninfo) {
  const parsed said{PQconninfoParse(conninfo.c_str(), nullptr)};
  const char* own = value_of(said, "options");
  parsed around{};
  if (own == nullptr) {
    for (const char* elsewhere : {"service", "servicefile"}) {
      if (value_of(said, elsewhere) != nullptr) return std::nullopt;
    }
    // Not even libpq can read it: what it says of options is not known.
    if (!said && conninfo.find('=') != std::string::npos) return std::nullopt;
    around.reset(PQconndefaults());
    own = value_of(around, "options");
  }
  std::string all{plan_options};
  if (own != nullptr && *own != '\0') all.append(" ").append(own);
  return all;
}

/// What a client hears that is sent away for the options it came with.
inline constexpr std::string_view refusals_of_options[]{
    "startup parameter",     // pgbouncer: "unsupported startup parameter [in options]: ..."
    "command-line options",  // Amazon's RDS Proxy does not support them
    "parameter \"jit\"",     // a server that has no such setting
};

/// Whether these words of libpq are such a refusal: then without ours we may be let in.
[[nodiscard]] inline bool refuses_options(std::string_view words) noexcept {
  for (const auto& refusal : refusals_of_options) {
    if (words.find(refusal) != std::string_view::npos) return true;
  }
  return false;
}

/// Keywords for libpq: defaults, then what the host says, then what must be so.
[[nodiscard]] inline PGconn* connect(const settings& how, bool with_options) {
  const std::string timeout = std::to_string(how.connect_timeout.microseconds / 1'000'000);
  const std::string patience = std::to_string(how.answer_timeout.microseconds / 1'000);
  const auto options = with_options ? session_options(how.conninfo) : std::nullopt;
  const char* const keys[]{"target_session_attrs",
                           "connect_timeout",
                           "tcp_user_timeout",
                           "keepalives_idle",
                           "keepalives_interval",
                           "keepalives_count",
                           "fallback_application_name",
                           "dbname",
                           "client_encoding",
                           "options",
                           nullptr};
  const char* const values[]{"read-write",
                             timeout.c_str(),
                             patience.c_str(),
                             "10",
                             "5",
                             "3",
                             "tollgate",
                             how.conninfo.c_str(),
                             "UTF8",
                             options ? options->c_str() : nullptr,
                             nullptr};
  return PQconnectdbParams(keys, values, 1);
}

}  // namespace tollgate::postgres::detail
