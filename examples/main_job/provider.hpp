// SPDX-License-Identifier: BSL-1.0
#pragma once
// A video provider inside this process: slow, busy at times, and sure of what it refuses. It knows
// nothing of tollgate.

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace main_job {

/// What the provider is asked to render.
struct provider_request {
  std::string key;  // of the submission: the same key is the same operation
  std::string prompt;
  std::string label;
  int milliseconds{};
};

/// What it answers when asked for an operation.
struct provider_answer {
  enum class stage : std::uint8_t {
    busy,
    refused,
    generating,
    interrupted,
    uploading,
    ready,
    unknown,  // an operation it never heard of: this one lives no longer than its process
  } at{};
  std::string operation{};
  int percent{};
  int delivered_milliseconds{};  // stage ready: what it bills
  std::string url{};
};

/// What goes wrong, by the label of the shot; empty: nothing of that sort.
struct provider_plan {
  std::string busy_once{};
  std::string interrupted_once{};
  std::string refused{};  // for good; so is an empty prompt
};

/// Thread-safe, and the same in every run.
class provider {
 public:
  explicit provider(provider_plan plan) : plan_{std::move(plan)} {}

  provider_answer submit(const provider_request& request) {
    const std::lock_guard lock{mutex_};
    const bool first = seen_.insert(request.key).second;
    if (first && request.label == plan_.busy_once) return {.at = provider_answer::stage::busy};
    if (request.prompt.empty() || request.label == plan_.refused) {
      return {.at = provider_answer::stage::refused};
    }
    const std::string operation = "operations/" + request.key;
    operations_.try_emplace(operation, running{request});
    return {.at = provider_answer::stage::generating, .operation = operation};
  }

  provider_answer poll(const std::string& operation) {
    const std::lock_guard lock{mutex_};
    const auto found = operations_.find(operation);
    if (found == operations_.end()) return {.at = provider_answer::stage::unknown};
    running& r = found->second;
    ++r.polls;
    if (r.polls == 2 && r.request.label == plan_.interrupted_once)
      return {.at = provider_answer::stage::interrupted};
    const int percent = r.polls * 30;
    if (percent < 90) {
      return {.at = provider_answer::stage::generating, .operation = operation, .percent = percent};
    }
    if (percent < 120) {
      return {.at = provider_answer::stage::uploading, .operation = operation, .percent = 90};
    }
    return {.at = provider_answer::stage::ready,
            .operation = operation,
            .percent = 100,
            .delivered_milliseconds = r.request.milliseconds / 1000 * 1000,
            .url = "https://videos.example/" + r.request.key + ".mp4"};
  }

  /// How many operations it ever started: each costs its owner money.
  [[nodiscard]] std::size_t operations() const {
    const std::lock_guard lock{mutex_};
    return operations_.size();
  }

 private:
  struct running {
    provider_request request;
    int polls{};
  };

  provider_plan plan_;
  mutable std::mutex mutex_{};
  std::set<std::string> seen_{};
  std::map<std::string, running> operations_{};
};

}  // namespace main_job
