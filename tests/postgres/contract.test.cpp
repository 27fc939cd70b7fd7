// SPDX-License-Identifier: BSL-1.0
#include <tollgate/postgres/store.hpp>
#include <tollgate/storage/contract.hpp>

#include <postgres/world.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::test {
namespace {

/// A store in a schema of its own, which goes away with it.
struct schema_and_store {
  schema_and_store(clock_source clock, postgres::options how)
      : store{schema.open(clock, std::move(how))} {}

  own_schema schema{};
  std::unique_ptr<postgres::store> store;
};

/// What a contract run needs of a pointer, with the schema behind it.
class owned_store {
 public:
  explicit owned_store(clock_source clock, postgres::options how = {})
      : own_{std::make_unique<schema_and_store>(clock, std::move(how))} {}
  postgres::store& operator*() const { return *own_->store; }

 private:
  std::unique_ptr<schema_and_store> own_;
};

TEST_CASE("a store in PostgreSQL keeps every rule of the contract", "[contract]") {
  for (const contract::rule& r : contract::rules()) {
    DYNAMIC_SECTION(r.id) {
      const auto make = [](clock_source clock) { return owned_store{clock}; };
      const auto said = contract::run(make, {.only = {std::string{r.id}}});
      CHECK(said.failures() == "");
      CHECK(said.all_passed());
    }
  }
}

// Claims rotate over buckets, so turns between accounts, and polls before starts, hold within each:
// those rules are for one bucket. A pooler that gives every transaction another connection leaves
// no prepared statement where it was made.
TEST_CASE("so does one with several buckets and no prepared statements", "[contract]") {
  for (const contract::rule& r : contract::rules()) {
    if (r.id.substr(0, 9) == "fairness." || r.id == "claiming.polls_first") continue;
    DYNAMIC_SECTION(r.id) {
      const auto make = [](clock_source clock) {
        return owned_store{clock, {.server = {.prepare = false}, .buckets = 5}};
      };
      const auto said = contract::run(make, {.only = {std::string{r.id}}});
      CHECK(said.failures() == "");
      CHECK(said.all_passed());
    }
  }
}

}  // namespace
}  // namespace tollgate::test
