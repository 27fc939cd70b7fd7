// SPDX-License-Identifier: BSL-1.0
// The main job on a store in one file, which keeps accounts and orders for the next run. Killed in
// the middle and started again it goes on where it was.
//   09_checkout_sqlite [--json] [--click NAME] --store sqlite:FILE SCENE.json
#include <main_job/job.hpp>

#include <tollgate/sqlite/store.hpp>

#include <string>

int main(int count, char** words) {
  return main_job::run(count, words, "sqlite", [](const std::string& file) {
    return tollgate::sqlite::store::open({.path = file});
  });
}
