// SPDX-License-Identifier: BSL-1.0
#include <tollgate/worker/handler.hpp>

#include <tollgate/jobs/standard_machine.hpp>

#include <worker/shop.hpp>

#include <array>
#include <string_view>

namespace {

using namespace tollgate;

struct views {
  static constexpr std::array<std::string_view, 2> names{"a", "b"};
  [[nodiscard]] const std::array<std::string_view, 2>& kinds() const { return names; }
  [[nodiscard]] const machine_table& machine() const { return machine_of<standard_machine>(); }
  outcome operator()(job_context&) { return outcome::cancelled(); }
};
struct without_kinds {
  outcome operator()(job_context&) { return outcome::cancelled(); }
};
struct without_call {
  [[nodiscard]] std::vector<std::string> kinds() const { return {}; }
};
struct answers_a_number {
  [[nodiscard]] std::vector<std::string> kinds() const { return {}; }
  int operator()(job_context&) { return 1; }
};
static_assert(job_handler<views>);
static_assert(job_handler<test::scripted>);
static_assert(!job_handler<without_kinds>);
static_assert(!job_handler<without_call>);
static_assert(!job_handler<answers_a_number>);

outcome succeed(job_context& job) { return outcome::succeeded(job.held(), job.kind()); }

TEST_CASE("a handler's kinds may be any strings") {
  CHECK(kinds_of(views{}) == std::vector<std::string>{"a", "b"});
  CHECK(kinds_of(handle("mail", succeed)) == std::vector<std::string>{"mail"});
}

TEST_CASE("several handlers are one, and each runs its own kinds") {
  test::shop shop;
  const job_id b = shop.confirm_one("b");
  const job_id c = shop.confirm_one("c");
  handlers both{views{}, handle("c", succeed)};
  static_assert(job_handler<decltype(both)>);
  CHECK(both.kinds() == std::vector<std::string>{"a", "b", "c"});
  test::hand_driven<memory::store> w{shop.store, 1, both.kinds()};
  const auto jobs = claim_step(w.at, 10);
  for (const auto& job : *jobs) run_step(w.at, both, job);
  w.settle();
  CHECK(shop.job(b).role == job_role::cancelled);
  CHECK(shop.job(c).role == job_role::succeeded);
  CHECK(shop.job(c).result == "c");
}

struct letters {
  static constexpr std::string_view kind{"letter"};
  using machine = standard_machine;
};
struct without_machine {
  static constexpr std::string_view kind{"letter"};
};
static_assert(names_kind_and_machine<letters> && !names_kind_and_machine<without_machine>);

TEST_CASE("a handler for a domain runs its kind by its machine") {
  test::shop shop;
  const job_id job = shop.confirm_one("letter");
  auto handler = handle_for<letters>(succeed);
  static_assert(job_handler<decltype(handler)>);
  CHECK(kinds_of(handler) == std::vector<std::string>{"letter"});
  CHECK(machine_for(handler, "letter") == &machine_of<standard_machine>());
  test::hand_driven<memory::store> w{shop.store, 1, kinds_of(handler)};
  run_step(w.at, handler, w.claim_one());
  w.settle();
  CHECK(shop.job(job).role == job_role::succeeded);
}

TEST_CASE("each kind is judged by the machine of its own handler") {
  const handlers all{views{}, handle("c", succeed),
                     handle("d", machine_of<standard_machine>(), succeed)};
  CHECK(machine_for(all, "a") == &machine_of<standard_machine>());
  CHECK(machine_for(all, "c") == nullptr);
  CHECK(machine_for(all, "d") == &machine_of<standard_machine>());
  CHECK(machine_for(all, "unknown") == nullptr);
  CHECK(machine_for(views{}, "a") == &machine_of<standard_machine>());
  CHECK(machine_for(test::always_succeeds(), "render") == nullptr);
}

TEST_CASE("a wait in a state the machine does not allow keeps the state, and the job goes on") {
  test::shop shop;
  const job_id job = shop.confirm_one("c");
  auto handler = handle("c", machine_of<standard_machine>(), [](job_context&) {
    return outcome::wait({.state = "done", .progress = permille{700}});
  });
  test::hand_driven<memory::store> w{shop.store, 1, {"c"}};
  run_step(w.at, handler, w.claim_one());
  w.settle();
  CHECK(shop.job(job).phase == job_phase::waiting);
  CHECK(shop.job(job).state == "running");
  CHECK(shop.job(job).progress == 700);
}

}  // namespace
