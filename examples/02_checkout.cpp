// SPDX-License-Identifier: BSL-1.0
// The main job: a scene file goes in; the review, the confirmation, the finished jobs and the
// ledger come out. On a store in memory: the next run knows nothing of this one.
//   02_checkout [--json] [--store memory] SCENE.json
#include <main_job/job.hpp>

#include <tollgate/memory/store.hpp>

#include <memory>
#include <string>

int main(int count, char** words) {
  return main_job::run(
      count, words, "memory",
      [](const std::string&) -> tollgate::result<std::unique_ptr<tollgate::memory::store>> {
        return std::make_unique<tollgate::memory::store>();
      });
}
