// SPDX-License-Identifier: BSL-1.0
// Rows that somebody changed by hand into what they cannot be: said with the place, never a crash,
// never a half-written operation, and nobody else's account is the worse for it.
#include <tollgate/gate/verify.hpp>
#include <tollgate/ledger/requests.hpp>

#include <stores/three_stores.hpp>
#include <support/catch.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {
namespace {

constexpr account_id victim{{0xacc, 1}};
constexpr account_id neighbour{{0xacc, 2}};

/// Everything a store can be asked of an account; what was answered with a fault.
class questions {
 public:
  questions(contract::any_store& store, account_id who) : store_{store}, who_{who} {}

  /// Two jobs, of which one is at work, and a stand-alone hold.
  void set_up() {
    must(to_command(open_account_request{.account = who_, .opening_grant = cents(100'000)}));
    must(to_command(hold_request{.account = who_, .amount = cents(500), .key = "hold"}));
    must(order("order", 1, 2));
    const auto job = store_.claim({.worker = worker_id{{7, 7}}, .kinds = {kind()}, .limit = 1});
    REQUIRE(job.has_value());
    REQUIRE(job->size() == 1);
    job_ = job->front().status.id;
    epoch_ = job->front().status.epoch;
  }

  /// Asks everything. Any answer is allowed but one: a fault that does not say which it is.
  std::vector<failure> ask_all() {
    look(store_.load({.wants = {{.account = who_,
                                 .amount = credits::max(),
                                 .keys = {"open", "hold", "order"},
                                 .jobs = {job_},
                                 .items = {item(1), item(2)}}}}));
    look(store_.audit(who_));
    look(store_.jobs(who_, {}, {}));
    look(store_.history(who_, {}));
    look(store_.attempts(who_, job_));
    look(store_.running_total(who_, project_id{{0, 1}}));
    look(store_.queue(who_, kind()));
    look(store_.accounts({}));
    look(store_.heartbeat({.worker = worker_id{{7, 7}}, .leases = {{who_, job_, epoch_}}}));
    look(store_.due({.limit = 10}));
    look(transact(store_,
                  to_command(deduct_request{.account = who_, .amount = cents(1), .key = "d"}),
                  rules_));
    look(transact(store_,
                  to_command(hold_request{.account = who_, .amount = cents(500), .key = "hold"}),
                  rules_));
    look(transact(store_, order("another", 8, 1), rules_));
    look(transact(store_, advance_command{.lease = {who_, job_, epoch_}, .progress = 5}, rules_));
    look(transact(store_, cancel_command{.account = who_, .job = job_}, rules_));
    look(transact(store_,
                  settle_command{.lease = {who_, job_, epoch_},
                                 .kind = settle_kind::succeeded,
                                 .actual = cents(10),
                                 .worker = worker_id{{7, 7}}},
                  rules_));
    look(store_.claim({.worker = worker_id{{7, 7}}, .kinds = {kind()}, .limit = 10}));
    return std::move(faults_);
  }
  /// Whether this account goes on as if nothing had happened.
  void expect_sound() {
    must(to_command(deduct_request{.account = who_, .amount = cents(1), .key = "sound"}));
    must(order("sound order", 4, 1));
    const auto books = store_.audit(who_);
    REQUIRE(books.has_value());
    CHECK(verify(books->row, books->lots, books->holds, books->operations, books->entries,
                 std::span<const job_record>{books->jobs})
              .empty());
  }

 private:
  static constexpr credits cents(std::int64_t n) { return credits::from_units(n * 100); }
  [[nodiscard]] std::string kind() const { return "render " + std::to_string(who_.value.low); }
  [[nodiscard]] item_id item(std::uint64_t n) const { return {{who_.value.low, n}}; }
  [[nodiscard]] confirm_command order(std::string key, std::uint64_t first, std::uint64_t n) const {
    static const auto words = std::make_shared<const state_names>();
    confirm_command c{.account = who_, .key = std::move(key), .project = project_id{{0, 1}}};
    for (std::uint64_t i = first; i < first + n; ++i) {
      c.items.push_back({.item = item(i), .kind = kind(), .states = words, .cost = cents(100)});
    }
    return c;
  }
  template <class Command>
  void must(const Command& c) {
    const auto done = transact(store_, c, rules_);
    if (!done) FAIL(to_string(done.error()));
  }
  template <class T>
  void look(const result<T>& answer) {
    if (answer || answer.error().code < error::busy) return;  // what the ledger may say anyway
    CHECK(answer.error().code == error::corrupt_record);
    CHECK_FALSE(answer.error().place.empty());
    faults_.push_back(answer.error());
  }

  contract::any_store& store_;
  account_id who_;
  ledger_rules rules_{};
  job_id job_{};
  std::uint64_t epoch_{};
  std::vector<failure> faults_{};
};

/// What is damaged, and the table that must be named; none: it is enough to say that it is damaged.
struct damage {
  const char* sql{};
  const char* table{};
};

void check_damage(contract::any_store& store, const damage& d,
                  const std::function<void(const std::string&)>& run) {
  INFO(d.sql);
  questions hurt{store, victim};
  questions other{store, neighbour};
  hurt.set_up();
  other.set_up();
  run(d.sql);
  const auto faults = hurt.ask_all();
  CHECK_FALSE(faults.empty());
  bool named = d.table == nullptr;
  std::string places;
  for (const failure& f : faults) {
    named = named || f.place.find(d.table) != std::string::npos;
    places += f.place + "; ";
  }
  INFO(places);
  CHECK(named);
  other.expect_sound();
}

constexpr damage in_sqlite[]{
    {"UPDATE tollgate_accounts SET state = 9 WHERE id = $victim", "account"},
    {"UPDATE tollgate_lots SET category = 77 WHERE account = $victim", "lot"},
    {"UPDATE tollgate_holds SET draws = x'0102' WHERE account = $victim", "hold"},
    {"UPDATE tollgate_holds SET state = 5 WHERE account = $victim", "hold"},
    {"DROP TRIGGER tollgate_operations_stay; "
     "UPDATE tollgate_operations SET request = x'00' WHERE account = $victim",
     "operation"},
    {"DROP TRIGGER tollgate_operations_stay; "
     "UPDATE tollgate_operations SET lots = x'01' WHERE account = $victim",
     "operation"},
    {"UPDATE tollgate_job_bodies SET words = x'ff' WHERE account = $victim", "job"},
    {"UPDATE tollgate_jobs SET role = 17 WHERE account = $victim", "job"},
};

TEST_CASE("a row of SQLite that was damaged by hand is named, and hurts nobody else") {
  for (const damage& d : in_sqlite) {
    manual_clock clock;
    const folder files;
    const auto store = open_store({.path = files.file(),
                                   .safety = sqlite::durability::off,
                                   .readers = 1,
                                   .clock = clock.source()});
    contract::erased<sqlite::store> any{*store};
    check_damage(any, d, [&](std::string sql) {
      sqlite::detail::connection c;
      c.open({.path = files.file(), .safety = sqlite::durability::off, .writes = true});
      const std::string id = "x'0000000000000acc0000000000000001'";
      sql.replace(sql.find("$victim"), 7, id);
      c.script(("PRAGMA ignore_check_constraints = ON; " + sql).c_str());
      if (!c.ok()) FAIL(to_string(c.take_failure()));
    });
  }
}

constexpr damage in_postgres[]{
    {"UPDATE {schema}.account SET state = 9 WHERE account = $victim"},
    {"ALTER TABLE {schema}.account ALTER available DROP NOT NULL; "
     "UPDATE {schema}.account SET available = NULL WHERE account = $victim"},
    {"UPDATE {schema}.lot SET category = 77 WHERE account = $victim"},
    {"UPDATE {schema}.hold SET draw_parts = '{1}' WHERE account = $victim"},
    {"UPDATE {schema}.hold SET state = 5 WHERE account = $victim"},
    {"UPDATE {schema}.operation SET request = '\\x00' WHERE account = $victim"},
    {"UPDATE {schema}.operation SET outcome = 99 WHERE account = $victim"},
    {"UPDATE {schema}.job SET words = '\\xff' WHERE account = $victim"},
    {"UPDATE {schema}.live SET role = 17 WHERE account = $victim"},
};

TEST_CASE("a row of PostgreSQL that was damaged by hand is a fault, and hurts nobody else") {
  for (const damage& d : in_postgres) {
    manual_clock clock;
    const own_schema schema;
    const auto store = schema.open(clock.source());
    contract::erased<postgres::store> any{*store};
    check_damage(any, d, [&](std::string sql) {
      sql.replace(sql.find("$victim"), 7, "'00000000-0000-0acc-0000-000000000001'");
      schema.run(
          "DO $do$ DECLARE c record; BEGIN FOR c IN SELECT conrelid::regclass AS of, conname FROM "
          "pg_constraint WHERE contype = 'c' AND coninhcount = 0 AND connamespace = "
          "'{schema}'::regnamespace LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.of, "
          "c.conname); END LOOP; END $do$");
      schema.run(sql);
    });
  }
}

}  // namespace
}  // namespace tollgate::test
