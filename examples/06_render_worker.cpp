// SPDX-License-Identifier: BSL-1.0
// A worker as a process of its own: start as many as you like on one database, on one machine or
// on twenty. Each runs renders until none is left, and then checks the books.
//   06_render_worker CONNINFO [--schema NAME] [--orders N]
// With --orders it first pays in credits and confirms N orders of three shots each.
#include <tollgate/core/id_source.hpp>
#include <tollgate/core/os_seed.hpp>
#include <tollgate/core/system_clock.hpp>
#include <tollgate/postgres/migrate.hpp>
#include <tollgate/postgres/store.hpp>
#include <tollgate/video/video.hpp>
#include <tollgate/worker/worker.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace tollgate;
using gate_type = video::gate<postgres::store>;

constexpr account_id user{uuid{0, 0xa6}};

struct options {
  std::string conninfo{};
  std::string schema{"tollgate"};
  int orders{};
};

std::optional<options> read_options(int count, char** words) {
  if (count < 2 || count % 2 != 0) return std::nullopt;
  options o{.conninfo = words[1]};
  for (int n = 2; n < count; n += 2) {
    const std::string_view name{words[n]};
    if (name == "--schema") {
      o.schema = words[n + 1];
    } else if (name == "--orders") {
      o.orders = std::atoi(words[n + 1]);
    } else {
      return std::nullopt;
    }
  }
  return o;
}

/// Every process may do this, also at the same time: one migrates, the others find it done.
result<std::unique_ptr<postgres::store>> open_store(const options& o) {
  const postgres::settings server{.conninfo = o.conninfo};
  {
    auto c = postgres::connection::open(server);
    if (!c) return refuse(c.error());
    auto migrated = postgres::migrate(*c, o.schema);
    if (!migrated) return refuse(migrated.error());
  }
  return postgres::store::open({.server = server, .schema = o.schema});
}

video::scene scene_of_three(id_source& ids, timestamp now) {
  video::scene scene;
  scene.id = ids.make<group_id>(now);
  scene.project = ids.make<project_id>(now);
  for (int n = 1; n <= 3; ++n) {
    video::shot shot;
    shot.id = "S" + std::to_string(n);
    shot.item = ids.make<item_id>(now);
    shot.duration = quantity<units::second>::whole(8);
    shot.video_prompt = "Slow push-in towards the lantern room";
    scene.shots.push_back(shot);
  }
  return scene;
}

result<void> confirm_orders(gate_type& gate, int orders) {
  id_source ids{os_seed()};
  const auto now = system_clock_source().now();
  if (auto opened = gate.open_account(user); !opened) return refuse(opened.error());
  auto paid = gate.grant({.account = user,
                          .amount = 1'000_cr,
                          .reason = "top-up",
                          .key = "payment " + to_string(ids.next(now))});
  if (!paid) return refuse(paid.error());
  for (int n = 0; n < orders; ++n) {
    const video::scene scene = scene_of_three(ids, now);
    auto review = gate.review(user, scene);
    if (!review) return refuse(review.error());
    auto order = gate.confirm({.account = user,
                               .scene = scene,
                               .quote = review->quote("veo_3_1_fast"),
                               .key = "click " + to_string(scene.id),
                               .acknowledged = review->codes()});
    if (!order) return refuse(order.error());
  }
  return {};
}

/// Submits, lets go of the job while the provider works, and finds it done at the next look, which
/// is as likely as not another process's.
outcome render(job_context& job) {
  std::this_thread::sleep_for(std::chrono::milliseconds{5});  // the provider's answer takes a while
  if (job.resumed()) return outcome::succeeded(job.held());
  return outcome::wait({.poll_after = milliseconds(50),
                        .state = "generating",
                        .provider = {.job_id = "operation/" + job.submission_key()}});
}

int fail(const failure& why) {
  std::fprintf(stderr, "06_render_worker: %s\n", to_string(why).c_str());
  return 1;
}

}  // namespace

int main(int count, char** words) {
  const auto o = read_options(count, words);
  if (!o) {
    std::fputs("usage: 06_render_worker CONNINFO [--schema NAME] [--orders N]\n", stderr);
    return 2;
  }
  auto store = open_store(*o);
  if (!store) return fail(store.error());
  gate_type gate{**store, video::veo_3_1()};
  if (o->orders > 0) {
    if (auto confirmed = confirm_orders(gate, o->orders); !confirmed) {
      return fail(confirmed.error());
    }
  }

  auto handler = handle("video.render", render);
  worker mine{**store, handler, {.threads = 2, .batch = 4}};
  const worker_totals totals = mine.run_until_settled();
  std::printf("process %d: looked at %llu, finished %llu\n", static_cast<int>(getpid()),
              static_cast<unsigned long long>(totals.claimed),
              static_cast<unsigned long long>(totals.succeeded));

  auto faults = gate.verify(user);
  if (!faults) return fail(faults.error());
  for (const discrepancy& d : *faults) {
    std::fprintf(stderr, "%s: %s: %s\n", d.rule.c_str(), d.place.c_str(), d.message.c_str());
  }
  return faults->empty() && totals.failed == 0 ? 0 : 1;
}
