// SPDX-License-Identifier: BSL-1.0
#pragma once
// A whole world of one seed: clients, desks, workers and a provider over one store, for some
// hundred steps; then the faults stop, time passes, and everything has to end.

#include <tollgate/simulation/calm.hpp>
#include <tollgate/simulation/client.hpp>
#include <tollgate/simulation/desk.hpp>
#include <tollgate/simulation/script.hpp>
#include <tollgate/simulation/staff.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// Not thread-safe. The store is fresh and reads `clock()`.
template <storage Store>
class world {
 public:
  explicit world(const script& s) : script_{s}, stage_{s.seed, s.keeps_story} {}
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  [[nodiscard]] clock_source clock() noexcept { return stage_.clock.source(); }

  world_end run(Store& store) {
    exchange<Store> to{store, stage_, record_};
    people everybody{to, stage_, script_.seed};
    cast_ = &everybody;
    stage_.odds = everybody.weather;
    stage_.others = {[](void* self) { static_cast<world*>(self)->somebody_acts(); }, this};
    leave_out(script_.without);
    std::size_t n = 0;
    for (; n < script_.steps; ++n) {
      if (n < script_.skipped.size() && script_.skipped[n]) continue;
      stage_.luck = dice{seed_of(script_.seed, n)};
      step(to);
      if (stage_.broken) break;
    }
    stage_.luck = dice{seed_of(script_.seed, 0xca1aU)};
    if (!stage_.broken) calm<Store, people>{to, everybody}.play();
    cast_ = nullptr;
    return {stage_.broken, n, stage_.story(), std::move(record_)};
  }

 private:
  /// Who is there, drawn from the seed.
  struct people {
    people(exchange<Store>& to, stage& s, std::uint64_t seed) : there{s, seed} {
      dice luck{seed};
      weather = trouble_of(luck);
      const std::uint64_t accounts = luck.between(1, 3);
      for (std::uint64_t n = 1; n <= accounts; ++n) {
        const auto account = numbered<account_id>(n);
        const auto cap = static_cast<std::uint32_t>(luck.below(4));
        to.books.caps[account] = cap;
        static_cast<void>(
            to.store.set_limits({.account = account,
                                 .max_in_flight = cap,
                                 .weight = static_cast<std::uint32_t>(luck.between(1, 3))}));
        desks.push_back(std::make_unique<desk<Store>>(to, account, n));
      }
      const std::uint64_t count = luck.between(1, 4);
      for (std::uint64_t n = 1; n <= count; ++n) {
        clients.push_back(std::make_unique<client<Store>>(
            to, numbered<account_id>(luck.between(1, accounts)), n));
      }
      worker_options options{};
      options.overage = luck.chance(700)   ? overage_policy::refuse
                        : luck.chance(500) ? overage_policy::from_available
                                           : overage_policy::into_debt;
      for (std::uint64_t n = luck.between(1, 3); n > 0; --n) {
        workers.push_back(std::make_unique<staff<Store>>(to, there, options, workers.size() + 1));
      }
    }
    trouble weather{};
    provider there;
    std::vector<std::unique_ptr<desk<Store>>> desks{};
    std::vector<std::unique_ptr<client<Store>>> clients{};
    std::vector<std::unique_ptr<staff<Store>>> workers{};
  };

  void leave_out(const trouble& without) {
    for (std::uint32_t trouble::*kind : kinds_of_trouble) {
      if (without.*kind != 0) stage_.odds.*kind = 0;
    }
  }
  void step(exchange<Store>& to) {
    dice& luck = stage_.luck;
    if (luck.chance(stage_.odds.leap)) return leap();
    if (luck.chance(stage_.odds.set_back)) return set_back();
    if (luck.chance(15)) return pause(to);
    if (luck.chance(60)) return to.deliver_one();
    if (luck.chance(500)) {
      stage_.clock.advance(milliseconds(static_cast<std::int64_t>(luck.below(4'000))));
    }
    somebody_acts();
  }
  void somebody_acts() {
    dice& luck = stage_.luck;
    const std::uint64_t what = luck.below(100);
    if (what < 33) {
      luck.pick(cast_->clients)->act();
    } else if (what < 40) {
      luck.pick(cast_->desks)->act();
    } else {
      luck.pick(cast_->workers)->act();
    }
  }
  void leap() {
    dice& luck = stage_.luck;
    const auto n = static_cast<std::int64_t>(luck.between(1, 60));
    const duration by = luck.chance(500)   ? seconds(n)
                        : luck.chance(700) ? minutes(n)
                        : luck.chance(800) ? hours(n)
                                           : days(n / 6);
    stage_.clock.advance(by);
    stage_.tell(
        [&] { return "time passes: " + std::to_string(by.microseconds / 1'000'000) + " s"; });
  }
  void set_back() {
    const auto n = static_cast<std::int64_t>(stage_.luck.between(1, 90));
    static_cast<void>(stage_.latest());
    stage_.clock.advance(duration{} - (stage_.luck.chance(500) ? seconds(n) : minutes(n)));
    stage_.set_back = true;
    stage_.tell([] { return std::string{"somebody sets the clock back"}; });
  }
  void pause(exchange<Store>& to) {
    bool& paused = record_.paused[std::string{film_kind}];
    paused = !paused;
    stage_.tell([&] { return std::string{paused ? "films are paused" : "films go on"}; });
    static_cast<void>(to.store.set_kind({.kind = std::string{film_kind}, .paused = paused}));
  }

  script script_;
  stage stage_;
  record record_{};
  people* cast_{};
};

}  // namespace tollgate::simulation
