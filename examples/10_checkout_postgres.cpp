// SPDX-License-Identifier: BSL-1.0
// The main job in a PostgreSQL database, which keeps accounts and orders for the next run. Killed
// in the middle and started again it goes on where it was. Makes or migrates the schema "tollgate".
//   10_checkout_postgres [--json] [--click NAME] --store postgres:CONNINFO SCENE.json
#include <main_job/job.hpp>

#include <tollgate/postgres/migrate.hpp>
#include <tollgate/postgres/store.hpp>

#include <memory>
#include <string>

namespace {

tollgate::result<std::unique_ptr<tollgate::postgres::store>> open(const std::string& conninfo) {
  const tollgate::postgres::settings server{.conninfo = conninfo, .tries = 1};
  {
    auto c = tollgate::postgres::connection::open(server);
    if (!c) return tollgate::refuse(c.error());
    auto migrated = tollgate::postgres::migrate(*c, "tollgate");
    if (!migrated) return tollgate::refuse(migrated.error());
  }
  return tollgate::postgres::store::open({.server = server, .schema = "tollgate"});
}

}  // namespace

int main(int count, char** words) { return main_job::run(count, words, "postgres", open); }
