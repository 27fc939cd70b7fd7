// SPDX-License-Identifier: BSL-1.0
#pragma once
// Sends what libpq has queued and reads the answers, never longer than a deadline.

#include <tollgate/postgres/detail/deadline.hpp>
#include <tollgate/postgres/errors.hpp>
#include <tollgate/postgres/rows.hpp>

#include <libpq-fe.h>

#include <poll.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::postgres::detail {

/// A field of an error, empty where the server did not send it.
[[nodiscard]] inline std::string field(const PGresult* from, int code) {
  const char* text = PQresultErrorField(from, code);
  return text ? text : "";
}

/// What libpq last said, without the line end.
[[nodiscard]] inline std::string last_words(const PGconn* c) {
  std::string text{PQerrorMessage(c)};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

[[nodiscard]] inline server_error read_error(const PGconn* c, const PGresult* from) {
  server_error e{.sqlstate = field(from, PG_DIAG_SQLSTATE),
                 .message = field(from, PG_DIAG_MESSAGE_PRIMARY),
                 .table = field(from, PG_DIAG_TABLE_NAME),
                 .constraint = field(from, PG_DIAG_CONSTRAINT_NAME)};
  const std::string severity = field(from, PG_DIAG_SEVERITY_NONLOCALIZED);
  e.lost = e.sqlstate.empty() || severity == "FATAL" || severity == "PANIC" ||
           PQstatus(c) != CONNECTION_OK;
  if (e.message.empty()) e.message = last_words(c);
  return e;
}

/// Everything the server answered to what was sent up to one sync.
struct answers {
  std::vector<result_ptr> results{};
  std::optional<server_error> error{};  // the first
};

/// One exchange over a connection: flush, then read. What it reports as lost cannot be used again.
class exchange {
 public:
  exchange(PGconn* c, duration patience) noexcept : c_{c}, until_{patience} {}

  /// Reads the answers of a pipeline of so many with one sync at its end, or, with 0, everything
  /// until the server is ready again: only then a transaction is known to be over.
  [[nodiscard]] answers read(std::size_t pipelined = 0) {
    answers all;
    if (!flush()) {
      all.error = lost();
      return all;
    }
    for (std::size_t n = 0; pipelined == 0 || n < pipelined;) {
      result_ptr one = next();
      if (timed_out_) {
        all.error = lost();
        return all;
      }
      if (!one) {
        if (pipelined == 0) return all;
        ++n;
        if (PQstatus(c_) == CONNECTION_OK) continue;
        if (!all.error) all.error = lost();
        return all;
      }
      if (!keep(all, std::move(one))) return all;
    }
    // The sync: what was sent is now committed or given up, and may fail only there.
    for (int silences = 0; silences < 2;) {
      result_ptr sync = next();
      if (timed_out_) break;
      if (!sync) {
        ++silences;
      } else if (PQresultStatus(sync.get()) == PGRES_PIPELINE_SYNC || !keep(all, std::move(sync))) {
        return all;
      }
    }
    if (!all.error || !all.error->lost) all.error = lost();
    return all;
  }

 private:
  [[nodiscard]] server_error lost() const {
    const std::string words = last_words(c_);
    return {.message = timed_out_      ? "no answer in time"
                       : words.empty() ? "the connection was lost"
                                       : words,
            .lost = true};
  }

  /// Puts one result where it belongs; false if nothing more can be read.
  [[nodiscard]] bool keep(answers& all, result_ptr one) const {
    switch (PQresultStatus(one.get())) {
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
      case PGRES_EMPTY_QUERY:
        // In a pipeline the place says whose answer it is, so nothing is kept after an error.
        if (!all.error) all.results.push_back(std::move(one));
        return true;
      case PGRES_PIPELINE_ABORTED:
        if (!all.error) all.error = server_error{.message = "an earlier statement failed"};
        return true;
      case PGRES_COPY_IN:
      case PGRES_COPY_OUT:
      case PGRES_COPY_BOTH:
        all.error = server_error{.message = "COPY is not spoken here", .lost = true};
        return false;
      default: {
        // The end of a connection says more than the error before it.
        auto e = read_error(c_, one.get());
        if (!all.error) {
          all.error = std::move(e);
        } else if (e.lost) {
          all.error->lost = true;
        }
        return true;
      }
    }
  }

  [[nodiscard]] bool flush() {
    for (;;) {
      const int left = PQflush(c_);
      if (left <= 0) return left == 0;
      const short ready = wait_for(PQsocket(c_), POLLIN | POLLOUT, until_);
      timed_out_ = ready == 0;
      if (timed_out_) return false;
      // Both sides full would wait for each other: read while there is more to send.
      if ((ready & ~POLLOUT) != 0 && PQconsumeInput(c_) == 0) return false;
    }
  }

  [[nodiscard]] result_ptr next() {
    while (PQisBusy(c_) != 0) {
      if (wait_for(PQsocket(c_), POLLIN, until_) == 0) {
        timed_out_ = true;
        return {};
      }
      if (PQconsumeInput(c_) == 0) break;  // PQgetResult says what happened
    }
    return result_ptr{PQgetResult(c_)};
  }

  PGconn* c_;
  deadline until_;
  bool timed_out_{};
};

}  // namespace tollgate::postgres::detail
