// SPDX-License-Identifier: BSL-1.0
// The processes of the fault tests. Each says on its standard output, one line at a time, what it
// knows: what was said before a kill counts.   fault_driver MODE CONNINFO SCHEMA ...
#include <tollgate/postgres/migrate.hpp>
#include <tollgate/postgres/pool.hpp>
#include <tollgate/postgres/store.hpp>

#include <faults/doubt.hpp>
#include <faults/every_record.hpp>
#include <faults/shop.hpp>

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace tollgate;

namespace {

postgres::settings patient(const std::string& conninfo) {
  return {.conninfo = conninfo,
          .prepare = std::getenv("FAULT_DRIVER_UNPREPARED") == nullptr,  // behind a pooler
          .answer_timeout = milliseconds(1'500),
          .tries = 1'000,
          .pause = milliseconds(10),
          .pause_limit = milliseconds(50)};
}

using faults::fail;
using faults::told_to_stop;

/// Brings the schema up. Many at once.
int migrate(const std::string& conninfo, const std::string& schema) {
  auto how = patient(conninfo);
  how.answer_timeout = seconds(60);
  auto c = postgres::connection::open(how);
  if (!c) return fail(c.error());
  auto made = postgres::migrate(*c, schema);
  if (!made) return fail(made.error());
  std::printf("version %d\n", made->version);
  return 0;
}

/// Inserts numbers, each once, and says of each what it was told: done, nothing happened, or
/// unknown. Whoever compares that with the table knows whether the connections are honest.
int insert(const std::string& conninfo, const std::string& schema, std::int64_t from,
           bool prepare) {
  auto how = patient(conninfo);
  how.prepare = prepare;
  postgres::pool pool{how};
  const postgres::statement one{
      "insert",
      "INSERT INTO " + postgres::quoted(schema) + ".said (n) SELECT $1 FROM pg_sleep(0.005)", true};
  const postgres::statement read{
      "read", "SELECT count(*) FROM " + postgres::quoted(schema) + ".said WHERE n = $1", false};
  for (std::int64_t n = from; !told_to_stop(); ++n) {
    const auto number = postgres::parameters{}.put(n);
    const auto tell = [&](const failure* why) {
      const char* told = "done";
      if (why != nullptr) told = why->code == error::outcome_unknown ? "unknown" : "nothing";
      std::printf("%lld %s\n", static_cast<long long>(n), told);
      std::fflush(stdout);
      return why == nullptr;
    };
    auto lease = pool.take();
    if (!lease) {
      tell(&lease.error());
      continue;
    }
    if (n % 2 == 0) {
      auto answer = (*lease)->run(one, number);
      if (!tell(answer ? nullptr : &answer.error())) continue;
      static_cast<void>((*lease)->run(read, number));
    } else {
      const std::vector<postgres::step> steps{{read, number}, {one, number}, {read, number}};
      auto answer = (*lease)->pipeline(steps);
      if (tell(answer ? nullptr : &answer.error()) && (*answer)[2].get<std::int64_t>(0, 0) != 1) {
        return fail(make_failure(error::corrupt_record, "said", "a pipeline lost its place"));
      }
    }
  }
  return 0;
}

/// An account of everything, made by a clock of its own.
int keep_every_record(const std::string& conninfo, const std::string& schema) {
  manual_clock clock;
  auto store = postgres::store::open(
      {.server = patient(conninfo), .schema = schema, .clock = clock.source()});
  if (!store) return fail(store.error());
  return faults::every_record{**store, clock}.keep();
}

/// Orders and settles through a second way to the server, on which nobody waits long.
int doubt(postgres::store& sound, const std::string& slow, const std::string& schema,
          std::uint64_t who, std::uint64_t orders) {
  auto how = patient(slow);
  how.answer_timeout = milliseconds(600);
  auto store = postgres::store::open({.server = how, .schema = schema});
  if (!store) return fail(store.error());
  return faults::doubt_everything(sound, **store, who, orders);
}

int usage() {
  std::fputs("usage: fault_driver MODE CONNINFO SCHEMA ...\n", stderr);
  return 2;
}

}  // namespace

int main(int count, char** words) {
  alarm(500);  // no process outlives its test, whatever became of it
  const std::vector<std::string> said(words + 1, words + count);
  if (said.size() < 3) return usage();
  const auto number = [&](std::size_t at) {
    return at < said.size() ? std::strtoll(said[at].c_str(), nullptr, 10) : 0;
  };
  const auto natural = [&](std::size_t at) { return static_cast<std::uint64_t>(number(at)); };
  const std::string& mode = said[0];
  if (mode == "migrate") return migrate(said[1], said[2]);
  if (mode == "insert") return insert(said[1], said[2], number(3), number(4) != 0);

  if (mode == "keep") return keep_every_record(said[1], said[2]);

  const auto store = faults::insist(
      [&] { return postgres::store::open({.server = patient(said[1]), .schema = said[2]}); });
  if (!store) return fail(store.error());
  if (mode == "open") return faults::open_accounts(**store, natural(3));
  if (mode == "confirm") {
    return faults::confirm_orders(**store, natural(3), natural(4), natural(5));
  }
  if (mode == "work") {
    return faults::work(**store, said.size() > 3 ? said[3] : "", static_cast<int>(number(4)));
  }
  if (mode == "doubt" && said.size() == 6) {
    return doubt(**store, said[3], said[2], natural(4), natural(5));
  }
  if (mode == "finish") return faults::finish(**store);
  if (mode == "verify") return faults::verify_all(**store);
  if (mode == "audit") return faults::audit(**store, natural(3));
  return usage();
}
