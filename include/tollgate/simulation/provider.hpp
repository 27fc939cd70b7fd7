// SPDX-License-Identifier: BSL-1.0
#pragma once
// The provider that jobs are sent to: slow, failing, silent, and with a memory of its own.

#include <tollgate/core/amount.hpp>
#include <tollgate/simulation/record.hpp>
#include <tollgate/simulation/stage.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// How one operation goes; fixed when it is submitted.
enum class course : std::uint8_t {
  delivers,   // done at `done_at`, for `cost`
  stumbles,   // fails at `done_at`, another attempt may help
  dies,       // fails at `done_at`, only another submission helps
  rejects,    // fails at `done_at` for good
  is_silent,  // never says anything
};

struct operation_there {
  std::string id{};
  job_id job{};
  std::string key{};
  course how{};
  timestamp done_at{};
  credits cost{};
  std::string result{};
  std::uint32_t polls{};
  std::uint64_t saved{};  // by the claim of this epoch, and the store said so; 0: by none
  bool given_up{};        // its handler asked for another submission
};

/// Not thread-safe. What an operation does follows from the world's seed and its number alone.
class provider {
 public:
  provider(stage& s, std::uint64_t seed)
      : stage_{s}, seed_{seed}, takes_keys_{dice{seed}.chance(500)} {}

  /// Whether a key that was used before answers the operation it made.
  [[nodiscard]] bool takes_keys() const noexcept { return takes_keys_; }

  [[nodiscard]] operation_there* find(const std::string& id) {
    const auto at = operations_.find(id);
    return at == operations_.end() ? nullptr : &at->second;
  }
  /// Takes on a job from the claim of an epoch. Whoever claimed it after an operation was saved
  /// knows of that operation, and submits no other unless it was given up.
  operation_there& submit(job_id job, std::uint64_t epoch, const std::string& key, credits held) {
    for (auto& [id, o] : operations_) {
      if (o.job != job) continue;
      if (takes_keys_ && o.key == key) return o;
      stage_.require(!takes_keys_ || o.given_up, "queue 5", [&] {
        return stage_.name("job", job) + " is submitted again under another key than " + id;
      });
      stage_.require(o.saved == 0 || o.saved >= epoch || o.given_up, "queue 5", [&] {
        return stage_.name("job", job) + " is submitted again though " + id + " was saved";
      });
      stage_.require(o.saved == 0 || o.saved >= epoch || o.key != key, "queue 5", [&] {
        return stage_.name("job", job) + " is submitted again under the same key";
      });
    }
    return make(job, key, held);
  }
  [[nodiscard]] std::size_t count() const noexcept { return operations_.size(); }

 private:
  operation_there& make(job_id job, const std::string& key, credits held) {
    const std::uint64_t number = operations_.size() + 1;
    dice luck{seed_of(seed_, number)};
    operation_there o{.id = "op-" + std::to_string(number), .job = job, .key = key};
    const std::uint64_t fate = luck.below(100);
    o.how = fate < 60   ? course::delivers
            : fate < 75 ? course::stumbles
            : fate < 84 ? course::dies
            : fate < 94 ? course::rejects
                        : course::is_silent;
    const duration takes = luck.chance(300)   ? duration{}
                           : luck.chance(700) ? seconds(static_cast<std::int64_t>(luck.below(90)))
                                              : minutes(static_cast<std::int64_t>(luck.below(90)));
    o.done_at = stage_.clock.now() + takes;
    // Mostly less than was held, sometimes all of it, rarely more.
    const std::int64_t units = held.units();
    o.cost = luck.chance(400)   ? held
             : luck.chance(900) ? credits::from_units(static_cast<std::int64_t>(
                                      luck.below(static_cast<std::uint64_t>(units) + 1)))
                                : credits::from_units(units + 5'0000);
    o.result = "film " + std::to_string(number);
    stage_.tell([&] { return "the provider begins " + o.id + " for " + stage_.name("job", job); });
    return operations_.emplace(o.id, std::move(o)).first->second;
  }

  stage& stage_;
  std::uint64_t seed_;
  bool takes_keys_;
  std::map<std::string, operation_there> operations_{};
};

}  // namespace tollgate::simulation
