// SPDX-License-Identifier: BSL-1.0
#pragma once
// What every part of one world shares: clock, dice, the story so far, the first fault found.

#include <tollgate/core/clock.hpp>
#include <tollgate/core/id.hpp>
#include <tollgate/simulation/trouble.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// A promise that was broken.
struct violation {
  std::string rule{};  // "queue 1", "ledger 7": as the promises are numbered; or "liveness"
  std::string text{};

  friend bool operator==(const violation&, const violation&) = default;
};

/// Calls the world to let somebody else act; nothing where nobody is there.
struct interlude {
  void (*play)(void* world){};
  void* world{};
};

/// For one thread, like everything in a world.
class stage {
 public:
  stage(std::uint64_t seed, bool keeps_story) : luck{seed}, keeps_story_{keeps_story} {}

  manual_clock clock{};
  dice luck;  // of the step that is being played
  trouble odds{};
  interlude others{};
  bool set_back{};  // the clock was set back at least once
  bool calm{};      // the faults have stopped
  std::optional<violation> broken{};

  /// The latest instant the store may have told anybody: the latest it was asked at.
  [[nodiscard]] timestamp latest() noexcept {
    latest_ = later_of(latest_, clock.now());
    return latest_;
  }

  /// Lets somebody else act first, now and then, not without end.
  void interrupt() {
    if (others.play == nullptr || depth_ >= 3 || broken || !luck.chance(odds.between)) return;
    ++depth_;
    others.play(others.world);
    --depth_;
  }
  [[nodiscard]] bool is_nested() const noexcept { return depth_ != 0; }

  /// Notes the first promise that does not hold; `text` is only asked for then.
  template <class Text>
  void require(bool holds, std::string_view rule, Text text) {
    if (holds || broken) return;
    broken = violation{std::string{rule}, text()};
    tell([&] { return "here " + broken->rule + " is broken: " + broken->text; });
  }

  /// Adds a line to the story, where one is kept.
  template <class Line>
  void tell(Line line) {
    if (!keeps_story_) return;
    const std::int64_t since = (clock.now() - manual_clock::default_start).microseconds / 1'000'000;
    story_.push_back(std::string(2 * depth_, ' ') + clock_text(since) + line());
  }
  [[nodiscard]] const std::vector<std::string>& story() const noexcept { return story_; }

  /// "job 3": the third job this world speaks of.
  template <class Tag>
  [[nodiscard]] std::string name(std::string_view what, const id<Tag>& of) {
    if (of.is_nil()) return "no " + std::string{what};
    const auto [at, fresh] = names_.try_emplace(of.value);
    if (fresh) at->second = ++counts_[std::string{what}];
    return std::string{what} + " " + std::to_string(at->second);
  }

 private:
  /// "+2d03:04:05 ".
  static std::string clock_text(std::int64_t since) {
    const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    const std::int64_t day = since / 86'400;
    const std::int64_t rest = since % 86'400;
    return "+" + (day == 0 ? "" : std::to_string(day) + "d") + two(rest / 3'600) + ":" +
           two(rest / 60 % 60) + ":" + two(rest % 60) + " ";
  }

  bool keeps_story_;
  std::size_t depth_{};
  timestamp latest_{};
  std::vector<std::string> story_{};
  std::map<uuid, std::uint64_t> names_{};
  std::map<std::string, std::uint64_t> counts_{};
};

}  // namespace tollgate::simulation
