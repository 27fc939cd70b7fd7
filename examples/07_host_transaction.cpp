// SPDX-License-Identifier: BSL-1.0
// One transaction for both: a shop writes an order into its own table and confirms the renders of
// it, on its own connection. Both happen or neither, with no outbox and nothing to reconcile.
//   07_host_transaction CONNINFO [--schema NAME]       the shop's table is NAME_shop.orders
#include <tollgate/core/id_source.hpp>
#include <tollgate/core/os_seed.hpp>
#include <tollgate/core/system_clock.hpp>
#include <tollgate/postgres/migrate.hpp>
#include <tollgate/postgres/store.hpp>
#include <tollgate/video/video.hpp>

#include <libpq-fe.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace tollgate;
using gate_type = video::gate<postgres::store>;

/// Ends the program where something is not as the example says.
void expect(bool holds, const std::string& what) {
  std::printf("%s: %s\n", holds ? "yes" : "NO", what.c_str());
  if (!holds) std::exit(1);
}
template <class T>
T must(result<T> answer) {
  if (!answer) expect(false, to_string(answer.error()));
  return *std::move(answer);
}

/// The shop: a connection and a table that tollgate knows nothing of.
class shop {
 public:
  shop(const std::string& conninfo, const std::string& schema)
      : connection_{PQconnectdb(conninfo.c_str()), &PQfinish}, schema_{postgres::quoted(schema)} {
    run("SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS " + schema_ +
        "; CREATE TABLE IF NOT EXISTS " + schema_ + ".orders (id uuid PRIMARY KEY, status text)");
  }
  /// Runs SQL; answers the first field, if there is one.
  std::string run(const std::string& sql) const {
    const std::unique_ptr<PGresult, decltype(&PQclear)> r{PQexec(raw(), sql.c_str()), &PQclear};
    const auto status = PQresultStatus(r.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      expect(false, sql + ": " + PQerrorMessage(raw()));
    }
    return PQntuples(r.get()) == 0 ? "" : PQgetvalue(r.get(), 0, 0);
  }
  void add(group_id order, const std::string& status) const {
    run("INSERT INTO " + schema_ + ".orders VALUES ('" + to_string(order) + "', '" + status + "')");
  }
  /// What the table says of an order; empty: it is not there.
  [[nodiscard]] std::string status(group_id order) const {
    return run("SELECT status FROM " + schema_ + ".orders WHERE id = '" + to_string(order) + "'");
  }
  [[nodiscard]] PGconn* raw() const { return connection_.get(); }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::string schema_;
};

video::scene scene_of(int shots, id_source& ids) {
  const auto now = system_clock_source().now();
  video::scene scene;
  scene.id = ids.make<group_id>(now);
  for (int n = 1; n <= shots; ++n) {
    video::shot shot;
    shot.id = "S" + std::to_string(n);
    shot.item = ids.make<item_id>(now);
    shot.duration = quantity<units::second>::whole(8);
    shot.video_prompt = "Slow push-in towards the lantern room";
    scene.shots.push_back(shot);
  }
  return scene;
}

/// Confirms in the transaction that is open on the shop's connection (READ COMMITTED, which is what
/// BEGIN gives unless the server was told otherwise). The answer counts once the shop commits.
result<order_receipt> confirm(gate_type& gate, const shop& host, account_id user,
                              const video::scene& scene, const review<usd>& seen) {
  postgres::host_transaction transaction{host.raw()};
  return gate.within(transaction, [&](auto& joined) {
    return joined.confirm({.account = user,
                           .order = scene,
                           .quote = seen.quote("veo_3_1_fast"),
                           .key = "click " + to_string(scene.id),
                           .acknowledged = seen.codes()});
  });
}

void show(gate_type& gate, const shop& host, account_id user, id_source& ids) {
  const video::scene scene = scene_of(2, ids);
  const auto seen = must(gate.review(user, scene));
  const auto available = [&] { return must(gate.balance(user)).available; };
  const auto jobs = [&](const video::scene& of) { return must(gate.jobs(user, of.id)).size(); };
  const auto before = available();
  host.run("BEGIN");
  host.add(scene.id, "paid");
  must(confirm(gate, host, user, scene, seen));
  host.run("ROLLBACK");  // the shop has changed its mind
  expect(host.status(scene.id).empty(), "rolled back, the shop has no order");
  expect(available() == before && jobs(scene) == 0, "and nothing is held, nothing is queued");

  host.run("BEGIN");
  host.add(scene.id, "paid");
  const auto order = must(confirm(gate, host, user, scene, seen));  // the key was not used up
  expect(available() == before && jobs(scene) == 0, "nobody sees it before the commit");
  host.run("COMMIT");
  expect(host.status(scene.id) == "paid", "committed, the shop has its order");
  expect(available() == order.money.available && jobs(scene) == 2, "and two jobs are queued");

  const video::scene large = scene_of(20, ids);
  const auto price = must(gate.review(user, large));
  host.run("BEGIN");
  const auto refused = confirm(gate, host, user, large, price);
  expect(!refused && refused.error().code == error::insufficient_credits, "twenty are too dear");
  // A refusal is an answer, not a fault: the transaction goes on, and it is the shop that decides
  // what to make of it. Only storage_unavailable, busy and outcome_unknown call for ROLLBACK.
  expect(PQtransactionStatus(host.raw()) == PQTRANS_INTRANS, "the transaction is still usable");
  host.add(large.id, "too dear");
  host.run("COMMIT");
  expect(host.status(large.id) == "too dear", "the shop has noted that");
  expect(available() == order.money.available && jobs(large) == 0, "and nothing more is held");
  expect(must(gate.verify(user)).empty(), "the books hold");
}

}  // namespace

int main(int count, char** words) {
  const bool named = count == 4 && std::string_view{words[2]} == "--schema";
  if (count != 2 && !named) {
    return std::fputs("usage: 07_host_transaction CONNINFO [--schema NAME]\n", stderr), 2;
  }
  const std::string schema = named ? words[3] : "tollgate";
  const postgres::settings server{.conninfo = words[1]};
  auto c = must(postgres::connection::open(server));
  must(postgres::migrate(c, schema));
  const auto store = must(postgres::store::open({.server = server, .schema = schema}));
  gate_type gate{*store, video::veo_3_1()};
  id_source ids{os_seed()};
  const auto user = ids.make<account_id>(system_clock_source().now());
  must(gate.open_account({.account = user, .opening_grant = 10_cr}));
  show(gate, shop{words[1], schema + "_shop"}, user, ids);
}
