// SPDX-License-Identifier: BSL-1.0
// A host that talks to PostgreSQL through libpqxx: an order in its own table and the renders of it,
// in one pqxx transaction. Both happen or neither.
//   11_libpqxx CONNINFO [--schema NAME]       the shop's table is NAME_shop.orders
#include <tollgate/core/id_source.hpp>
#include <tollgate/core/os_seed.hpp>
#include <tollgate/core/system_clock.hpp>
#include <tollgate/postgres/migrate.hpp>
#include <tollgate/postgres/store.hpp>
#include <tollgate/video/video.hpp>

#include <pqxx/pqxx>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace tollgate;
using gate_type = video::gate<postgres::store>;

/// Throws where something is not as the example says; libpqxx throws, too.
void expect(bool holds, const std::string& what) {
  std::printf("%s: %s\n", holds ? "yes" : "NO", what.c_str());
  if (!holds) throw std::runtime_error{what};
}
template <class T>
T must(result<T> answer) {
  if (!answer) expect(false, to_string(answer.error()));
  return *std::move(answer);
}

/// libpqxx 6 keeps its PGconn to itself, but asks a policy to make it; this one remembers which it
/// was. With libpqxx 7 a host makes the PGconn and hands it over: connection::seize_raw_connection.
class remembering : public pqxx::connect_direct {
 public:
  using pqxx::connect_direct::connect_direct;
  handle do_startconnect(handle had) override {
    return raw_ = connect_direct::do_startconnect(had);
  }
  handle do_completeconnect(handle had) override {
    return raw_ = connect_direct::do_completeconnect(had);
  }
  [[nodiscard]] handle raw() const { return raw_; }

 private:
  handle raw_{};
};

/// A pqxx connection whose PGconn can be lent.
class shop_connection : private remembering, public pqxx::connection_base {
 public:
  explicit shop_connection(const std::string& conninfo)
      : remembering{conninfo}, pqxx::connection_base{static_cast<remembering&>(*this)} {
    init();
  }
  ~shop_connection() noexcept override { close(); }
  shop_connection(const shop_connection&) = delete;
  shop_connection& operator=(const shop_connection&) = delete;
  using remembering::raw;
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

/// A shop with a table that tollgate knows nothing of.
class shop {
 public:
  shop(const std::string& conninfo, const std::string& schema)
      : connection_{conninfo}, table_{connection_.quote_name(schema) + ".orders"} {
    pqxx::work once{connection_};
    once.exec("SET LOCAL client_min_messages = warning");
    once.exec("CREATE SCHEMA IF NOT EXISTS " + connection_.quote_name(schema));
    once.exec("CREATE TABLE IF NOT EXISTS " + table_ + " (id uuid PRIMARY KEY, status text)");
    once.commit();
  }

  /// The order and its renders, in one transaction. What becomes of it is decided by whoever looks
  /// at the answer: `commit()` or, where the transaction goes out of scope without one, nothing.
  template <class Then>
  void order(gate_type& gate, account_id user, const video::scene& scene, Then then) {
    const auto seen = must(gate.review(user, scene));
    pqxx::work mine{connection_};  // READ COMMITTED
    mine.exec_params("INSERT INTO " + table_ + " VALUES ($1, 'paid')", to_string(scene.id));
    postgres::host_transaction joined{connection_.raw()};
    const auto answer = gate.within(joined, [&](auto& inside) {
      return inside.confirm({.account = user,
                             .order = scene,
                             .quote = seen.quote("veo_3_1_fast"),
                             .key = "click " + to_string(scene.id),
                             .acknowledged = seen.codes()});
    });
    then(mine, answer);
  }
  [[nodiscard]] std::string status(group_id order) {
    pqxx::work look{connection_};
    const pqxx::result rows =
        look.exec_params("SELECT status FROM " + table_ + " WHERE id = $1", to_string(order));
    return rows.empty() ? "" : rows[0][0].as<std::string>();
  }
  void note(pqxx::work& in, group_id order, const std::string& status) {
    in.exec_params("UPDATE " + table_ + " SET status = $2 WHERE id = $1", to_string(order), status);
  }

 private:
  shop_connection connection_;
  std::string table_;
};

void show(gate_type& gate, shop& host, account_id user, id_source& ids) {
  const auto available = [&] { return must(gate.balance(user)).available; };
  const auto jobs = [&](const video::scene& of) { return must(gate.jobs(user, of.id)).size(); };
  const auto before = available();
  const video::scene scene = scene_of(2, ids);

  host.order(gate, user, scene, [&](pqxx::work&, const result<order_receipt>& answer) {
    expect(answer.has_value(), "two renders are confirmed");
  });  // no commit: the shop has changed its mind
  expect(host.status(scene.id).empty(), "not committed, the shop has no order");
  expect(available() == before && jobs(scene) == 0, "and nothing is held, nothing is queued");

  host.order(gate, user, scene, [&](pqxx::work& mine, const result<order_receipt>& answer) {
    expect(answer && !answer->money.replayed, "the key was not used up");
    mine.commit();
  });
  expect(host.status(scene.id) == "paid", "committed, the shop has its order");
  expect(available() < before && jobs(scene) == 2, "and two jobs are queued");

  const video::scene large = scene_of(20, ids);
  const auto left = available();
  host.order(gate, user, large, [&](pqxx::work& mine, const result<order_receipt>& answer) {
    expect(!answer && answer.error().code == error::insufficient_credits, "twenty are too dear");
    host.note(mine, large.id, "too dear");  // a refusal leaves the transaction usable
    mine.commit();
  });
  expect(host.status(large.id) == "too dear", "the shop has noted that");
  expect(available() == left && jobs(large) == 0, "and nothing more is held");
  expect(must(gate.verify(user)).empty(), "the books hold");
}

}  // namespace

int main(int count, char** words) {
  const bool named = count == 4 && std::string_view{words[2]} == "--schema";
  if (count != 2 && !named) {
    return std::fputs("usage: 11_libpqxx CONNINFO [--schema NAME]\n", stderr), 2;
  }
  const std::string schema = named ? words[3] : "tollgate";
  const postgres::settings server{.conninfo = words[1]};
  try {
    auto c = must(postgres::connection::open(server));
    must(postgres::migrate(c, schema));
    const auto store = must(postgres::store::open({.server = server, .schema = schema}));
    gate_type gate{*store, video::veo_3_1()};
    id_source ids{os_seed()};
    const auto user = ids.make<account_id>(system_clock_source().now());
    must(gate.open_account({.account = user, .opening_grant = 10_cr}));
    shop host{words[1], schema + "_shop"};
    show(gate, host, user, ids);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "11_libpqxx: %s\n", e.what());
    return 1;
  }
}
