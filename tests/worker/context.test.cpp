// SPDX-License-Identifier: BSL-1.0
#include <tollgate/worker/context.hpp>

#include <tollgate/jobs/machine.hpp>

#include <support/catch.hpp>

#include <vector>

namespace {

using namespace tollgate;

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
          {any_live, "failed"},
          {any_live, "cancelled"},
      });
};

/// A worker made of nothing: what a host needs to test a handler alone.
struct fake_port final : job_port {
  result<advance_receipt> advance(const advance_command& c) override {
    said.push_back(c);
    if (answer.code != error::none) return refuse(answer);
    advance_receipt r = receipt;
    if (!c.state.empty()) r.job.state = c.state;
    r.job.progress = c.progress;
    if (!c.provider_job_id.empty()) r.job.provider_job_id = c.provider_job_id;
    return r;
  }
  void tick() override { ++ticks; }

  std::vector<advance_command> said{};
  failure answer{};
  advance_receipt receipt{};
  int ticks{};
};

struct fixture {
  fixture() {
    job_body body;
    body.id = {{1, 2}};
    body.account = {{3, 4}};
    body.kind = "render";
    claimed.body = std::make_shared<const job_body>(body);
    claimed.status = {.id = body.id, .state = "processing", .epoch = 5, .progress = 100};
    port.receipt.job = claimed.status;
  }
  job_context context(const machine_table* machine = nullptr) {
    return job_context{{.claimed = claimed, .stop = stop, .port = port, .machine = machine}};
  }
  claimed_job claimed{};
  stop_signal stop{};
  fake_port port{};
};

TEST_CASE("what is said carries the fence of the claim") {
  fixture f;
  auto context = f.context();
  REQUIRE(context.advance("generating", permille{500}).has_value());
  REQUIRE(f.port.said.size() == 1);
  CHECK(f.port.said[0].lease == lease_ref{{{3, 4}}, {{1, 2}}, 5});
  CHECK(f.port.said[0].state == "generating");
  CHECK(f.port.said[0].progress == 500);
  CHECK(context.status().state == "generating");
}

TEST_CASE("saving keeps state and progress") {
  fixture f;
  auto context = f.context();
  REQUIRE(context.save({.job_id = "op"}).has_value());
  CHECK(f.port.said[0].state.empty());
  CHECK(f.port.said[0].progress == 100);
  CHECK(f.port.said[0].provider_job_id == "op");
  CHECK(context.provider_job_id() == "op");
  CHECK(context.unsaved() == provider_data{});
}

TEST_CASE("a state the machine does not lead to is refused and nothing is written") {
  fixture f;
  auto context = f.context(&machine_of<staged_machine>());
  const auto final_state = context.advance("completed", permille{1000});
  REQUIRE_FALSE(final_state.has_value());
  CHECK(final_state.error().code == error::invalid_argument);
  CHECK(final_state.error().place == "/state");
  CHECK(final_state.error().reason == "processing does not lead to completed");
  CHECK(context.advance("queued", permille{0}).error().code == error::invalid_argument);
  CHECK(context.advance("no_such_state", permille{0}).error().code == error::invalid_argument);
  CHECK(f.port.said.empty());
}

TEST_CASE("a stage may be skipped or stayed in, but not gone back to") {
  fixture f;
  auto context = f.context(&machine_of<staged_machine>());
  CHECK(context.advance("processing", permille{150}).has_value());
  CHECK(context.advance("uploading", permille{900}).has_value());
  CHECK_FALSE(context.advance("generating", permille{910}).has_value());
}

TEST_CASE("without a machine any state is taken") {
  fixture f;
  auto context = f.context();
  CHECK(context.advance("anything", permille{1}).has_value());
}

TEST_CASE("a stale answer means that the lease is lost") {
  fixture f;
  f.port.answer = make_failure(error::stale_lease);
  auto context = f.context();
  CHECK(context.save({.job_id = "op"}).error().code == error::stale_lease);
  CHECK(context.should_stop());
  CHECK(context.reason() == stop_reason::lease_lost);
  CHECK(context.unsaved().job_id == "op");
}

TEST_CASE("saving after the lease ran out is taken, and tells the handler") {
  fixture f;
  f.port.receipt.lease_lost = true;
  auto context = f.context();
  CHECK(context.save({.job_id = "op"}).has_value());
  CHECK(context.reason() == stop_reason::lease_lost);
}

TEST_CASE("asking whether to stop lets a worker without threads renew its leases") {
  fixture f;
  auto context = f.context();
  CHECK_FALSE(context.should_stop());
  CHECK(f.port.ticks == 1);
}

TEST_CASE("a graver reason to stop replaces a lesser one, never the other way") {
  stop_signal stop;
  CHECK(stop.reason() == stop_reason::none);
  CHECK_FALSE(stop.token().stop_requested());
  stop.fire(stop_reason::cancel_requested);
  stop.fire(stop_reason::shutting_down);
  CHECK(stop.reason() == stop_reason::cancel_requested);
  stop.fire(stop_reason::lease_lost);
  CHECK(stop.reason() == stop_reason::lease_lost);
  CHECK(stop.token().stop_requested());
  CHECK(to_string(stop.reason()) == "lease_lost");
}

}  // namespace
