// SPDX-License-Identifier: BSL-1.0
#include <tollgate/jobs/machine.hpp>

#include <tollgate/jobs/standard_machine.hpp>

#include <support/catch.hpp>

#include <string>
#include <string_view>

namespace {

using namespace tollgate;

/// The shape of the render machine: several active states in a row.
struct staged_machine {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
          {"processing", job_role::active},
          {"generating", job_role::active},
          {"uploading", job_role::active},
          {"completed", job_role::succeeded},
          {"failed", job_role::failed},
          {"cancelled", job_role::cancelled},
      },
      {
          {"queued", "processing"},
          {"processing", "generating"},
          {"generating", "uploading"},
          {"uploading", "completed"},
          {any_active, "queued"},
          {any_active, "failed"},
          {any_live, "cancelled"},
      });
};
constexpr const machine_table& staged = machine_of<staged_machine>();

static_assert(staged.size() == 7);
static_assert(staged.initial() == "queued" && staged.first_active() == "processing");
static_assert(staged.succeeded() == "completed" && staged.failed() == "failed");
static_assert(staged.cancelled() == "cancelled");

// States by index and by name.
static_assert(staged.name(3) == "uploading" && staged.role(3) == job_role::active);
static_assert(staged.index_of("uploading") == 3 && !staged.index_of("rendering"));
static_assert(staged.role_of("completed") == job_role::succeeded);
static_assert(!staged.role_of("") && !staged.role_of("Queued") && !staged.role_of("any active"));
static_assert(staged.count(job_role::active) == 3);

// Moves as the rows say, and no others.
static_assert(staged.can_go("queued", "processing") && staged.can_go(0, 1));
static_assert(!staged.can_go("queued", "generating"));
static_assert(!staged.can_go("queued", "failed"));
static_assert(!staged.can_go("queued", "nowhere") && !staged.can_go("nowhere", "queued"));

// A row for any active state stands for each of them; one for any live state for the ready one too.
static_assert(staged.can_go("processing", "queued") && staged.can_go("generating", "queued") &&
              staged.can_go("uploading", "queued"));
static_assert(staged.can_go("queued", "cancelled") && staged.can_go("uploading", "cancelled"));
static_assert(!staged.can_go("failed", "cancelled") && !staged.can_go("completed", "queued"));

// Stages may be skipped on the way to an outcome, never through another try.
static_assert(staged.can_reach("processing", "completed") && !staged.can_go(1, 4));
static_assert(staged.can_reach("queued", "failed"));
static_assert(!staged.can_reach("uploading", "generating"));
static_assert(!staged.can_reach("completed", "queued"));

// Several states may share a final role; the first one is where the queue puts a job.
struct two_ends {
  static constexpr auto table = machine(
      {
          {"open", job_role::ready},
          {"busy", job_role::active},
          {"good", job_role::succeeded},
          {"fair", job_role::succeeded},
          {"bad", job_role::failed},
          {"off", job_role::cancelled},
      },
      {
          {"open", "busy"},
          {"busy", "open"},
          {"busy", "fair"},
          {"busy", "good"},
          {"busy", "bad"},
          {any_live, "off"},
      });
};
static_assert(machine_of<two_ends>().succeeded() == "good");

// A row for any active state that leads to one of them does not make that one stay.
struct with_a_pause {
  static constexpr auto table = machine(
      {
          {"queued", job_role::ready},
          {"running", job_role::active},
          {"paused", job_role::active},
          {"done", job_role::succeeded},
          {"failed", job_role::failed},
          {"cancelled", job_role::cancelled},
      },
      {
          {"queued", "running"},
          {"running", "done"},
          {"paused", "running"},
          {any_active, "paused"},
          {any_active, "queued"},
          {any_live, "failed"},
          {any_live, "cancelled"},
      });
};
static_assert(!machine_of<with_a_pause>().can_go("paused", "paused"));
static_assert(machine_of<with_a_pause>().can_reach("paused", "done"));

static_assert(job_machine<standard_machine> && job_machine<staged_machine>);
static_assert(!job_machine<int>);
struct without_table {};
static_assert(!job_machine<without_table>);
struct table_of_something_else {
  static constexpr int table = 3;
};
static_assert(!job_machine<table_of_something_else>);

}  // namespace

TEST_CASE("the names of states live as long as the machine") {
  const std::string_view name = machine_of<staged_machine>().first_active();
  CHECK(name == "processing");
  CHECK(name.data() == machine_of<staged_machine>().name(1).data());
}

TEST_CASE("nothing leaves a final state of the standard machine") {
  const auto& table = machine_of<standard_machine>();
  for (std::size_t from = 0; from < table.size(); ++from) {
    for (std::size_t to = 0; to < table.size(); ++to) {
      if (is_final(table.role(from))) CHECK_FALSE(table.can_reach(from, to));
    }
  }
}

TEST_CASE("every live state of the standard machine can be ended by the queue") {
  const auto& table = machine_of<standard_machine>();
  for (const std::string_view live : {table.initial(), table.first_active()}) {
    CHECK(table.can_go(live, table.failed()));
    CHECK(table.can_go(live, table.cancelled()));
  }
}

TEST_CASE("a state that a table does not have goes nowhere and is nowhere") {
  const auto& table = machine_of<staged_machine>();
  const std::string nowhere{"nowhere"};  // not known while compiling, as what a host sends
  CHECK(!table.index_of(nowhere));
  CHECK(!table.role_of(nowhere));
  CHECK(table.role_of("uploading") == job_role::active);
  CHECK_FALSE(table.can_go(nowhere, "queued"));
  CHECK_FALSE(table.can_go("queued", nowhere));
  CHECK_FALSE(table.can_go("queued", "uploading"));
  CHECK(table.can_go("queued", "processing"));
  CHECK_FALSE(table.can_reach(nowhere, "queued"));
  CHECK_FALSE(table.can_reach("queued", nowhere));
  CHECK_FALSE(table.can_reach("completed", "queued"));
  CHECK(table.can_reach("processing", "completed"));
}

TEST_CASE("a table without a role has no state of it") {
  constexpr auto table = machine({{"queued", job_role::ready}}, {{"queued", "queued"}});
  CHECK(table.first_of(job_role::ready) == "queued");
  CHECK(table.failed().empty());
  CHECK(table.count(job_role::failed) == 0);
}

// The checks of `machine_of` run while compiling, and tests/rejects shows each its mistake there.
// Here they run as the program does, on tables that no program could use.
TEST_CASE("a check of a table names the first state that is wrong, or none") {
  const machine_table good = staged_machine::table;
  CHECK(detail::repeated_state(good) == state_name{});
  CHECK(detail::unreachable_state(good) == state_name{});
  CHECK(detail::final_state_with_a_way_out(good) == state_name{});
  CHECK(detail::state_that_stays(good) == state_name{});
  for (const job_role role : {job_role::succeeded, job_role::failed, job_role::ready}) {
    CHECK(detail::active_without_way_to(good, role) == state_name{});
  }

  const machine_table twice =
      machine({{"a", job_role::ready}, {"a", job_role::active}}, {{"a", "b"}});
  CHECK(detail::repeated_state(twice) == state_name{"a"});
  const machine_table bad = machine(
      {
          {"queued", job_role::ready},
          {"running", job_role::active},
          {"lost", job_role::active},
          {"done", job_role::succeeded},
      },
      {{"queued", "running"}, {"running", "done"}, {"lost", "lost"}, {"done", "queued"}});
  CHECK(detail::unreachable_state(bad) == state_name{"lost"});
  CHECK(detail::final_state_with_a_way_out(bad) == state_name{"done"});
  CHECK(detail::state_that_stays(bad) == state_name{"lost"});
  CHECK(detail::active_without_way_to(bad, job_role::succeeded) == state_name{"lost"});
  CHECK(detail::active_without_way_to(bad, job_role::failed) == state_name{"running"});

  const machine_table no_start = machine({{"busy", job_role::active}}, {{"busy", "busy"}});
  CHECK(detail::unreachable_state(no_start) == state_name{});
}

TEST_CASE("a state has a name of lower case letters, digits and underscores") {
  const auto allowed = [](const machine_table& table) { return detail::are_state_names(table); };
  CHECK(allowed(machine({{"az_09", job_role::ready}}, {{"az_09", "az_09"}})));
  CHECK_FALSE(allowed(machine({{"", job_role::ready}}, {{"", ""}})));
  CHECK_FALSE(allowed(machine({{"a-b", job_role::ready}}, {{"a-b", "a-b"}})));
  CHECK_FALSE(allowed(machine({{"A", job_role::ready}}, {{"A", "A"}})));
  CHECK_FALSE(allowed(machine({{"~", job_role::ready}}, {{"~", "~"}})));
}
