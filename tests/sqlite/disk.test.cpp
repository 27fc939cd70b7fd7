// SPDX-License-Identifier: BSL-1.0
// A disk that is full, that refuses, or that cannot say whether it wrote.
#include <sqlite/failing_disk.hpp>
#include <sqlite/shop.hpp>
#include <support/catch.hpp>

#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>

namespace tollgate::test {
namespace {

/// A file system of its own, gone at the end; not `there` where one may not be mounted.
struct small_disk {
  explicit small_disk(const std::string& at) : path{at} {
    std::filesystem::create_directory(path);
    there = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=64m") == 0;
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    if (there) ::umount2(path.c_str(), MNT_DETACH);
  }
  /// Leaves no room but so many bytes.
  void fill(std::size_t but) const {
    std::FILE* f = std::fopen(filler().c_str(), "wb");
    REQUIRE(f != nullptr);
    const std::string block(4'096, 'x');
    while (std::filesystem::space(path).available > but &&
           std::fwrite(block.data(), 1, block.size(), f) == block.size() && std::fflush(f) == 0) {
    }
    std::fclose(f);
  }
  void make_room() const { std::filesystem::remove(filler()); }
  [[nodiscard]] std::string filler() const { return path + "/filler"; }
  std::string path;
  bool there{};
};

/// Orders until one is refused by the disk; answers how many were confirmed.
std::size_t order_until_refused(const shop& here, const std::string& prefix, failure& why) {
  for (std::size_t n = 0; n < 5'000; ++n) {
    const auto order = here.confirm(user(1), prefix + std::to_string(n), 8);
    if (!order) {
      why = order.error();
      return n;
    }
  }
  return 5'000;
}

/// Orders again and again on a disk that has no room, until that was refused often enough.
struct tally {
  std::size_t written{};
  std::size_t refused{};
};
tally order_on(const shop& here, const std::string& key, std::size_t from) {
  tally t;
  for (std::size_t n = from; t.refused < 20 && n < from + 500; ++n) {
    const auto order = here.confirm(user(1), key + std::to_string(n), 8);
    if (order) {
      ++t.written;
      continue;
    }
    ++t.refused;
    CHECK((order.error().code == error::storage_unavailable ||
           order.error().code == error::outcome_unknown));
  }
  return t;
}
/// Repeats all of them; answers how many are written only now.
std::size_t repeat_all(const shop& here, const std::string& key, std::size_t from, const tally& t) {
  std::size_t made = 0;
  for (std::size_t n = from; n < from + t.written + t.refused; ++n) {
    const auto again = here.confirm(user(1), key + std::to_string(n), 8);
    REQUIRE(again.has_value());
    made += again->money.replayed ? 0U : 1U;
  }
  return made;
}

TEST_CASE("a full disk refuses, changes nothing, and all goes on once there is room") {
  folder files;
  const small_disk disk{files.file("disk")};
  if (!disk.there) {
    WARN("no file system may be mounted here: not tried");
    SUCCEED();
    return;
  }
  const auto store = open_store({.path = disk.path + "/store.db"});
  const shop here{*store};
  REQUIRE(here.open(user(1), 100'000_cr).has_value());
  disk.fill(1'500'000);
  failure why;
  const std::size_t confirmed = order_until_refused(here, "a", why);
  CAPTURE(to_string(why));
  REQUIRE(confirmed > 0);
  REQUIRE(confirmed < 5'000);
  CHECK(why.code == error::storage_unavailable);
  const tally more = order_on(here, "a", confirmed);
  CHECK(more.refused >= 20);
  const auto read = store->audit(user(1));  // what is there can still be read
  REQUIRE(read.has_value());
  CHECK(read->operations.size() == confirmed + more.written + 1);
  CHECK(here.discrepancies().empty());
  disk.make_room();
  CHECK(repeat_all(here, "a", confirmed, more) == more.refused);
  CHECK(here.work(50) == 8 * (confirmed + more.written + more.refused));
  CHECK(here.discrepancies().empty());
}

TEST_CASE("a file that may not grow refuses, changes nothing, and all goes on once it may") {
  folder files;
  const auto store = open_store({.path = files.file()});
  const shop here{*store};
  REQUIRE(here.open(user(1), 100'000_cr).has_value());
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit small = before;
  small.rlim_cur = 700'000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  failure why;
  const std::size_t confirmed = order_until_refused(here, "a", why);
  const tally more = order_on(here, "a", confirmed);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  CAPTURE(to_string(why));
  REQUIRE(confirmed > 0);
  REQUIRE(confirmed < 5'000);
  CHECK((why.code == error::storage_unavailable || why.code == error::outcome_unknown));
  CHECK(more.refused >= 20);
  CHECK(store->audit(user(1))->operations.size() == confirmed + more.written + 1);
  CHECK(repeat_all(here, "a", confirmed, more) == more.refused);
  CHECK(here.work(50) == 8 * (confirmed + more.written + more.refused));
  CHECK(here.discrepancies().empty());
}

TEST_CASE(
    "a commit whose sync failed is not said to have left nothing: after a crash it may be "
    "there") {
  const failing_disk disk;
  folder files;
  const auto store = open_store({.path = files.file()});
  const shop here{*store};
  REQUIRE(here.open(user(1), 100_cr).has_value());
  const command c = to_command(grant_request{.account = user(1), .amount = 7_cr, .key = "grant"});
  const auto loaded = store->load({.wants = {want_for(c)}});
  REQUIRE(loaded.has_value());
  account_snapshot known = loaded->accounts.front();
  unit grant = *decide(known, c, loaded->now, here.rules).write;

  disk.fail_syncs(true);
  const auto done = store->commit({&grant, 1});
  disk.fail_syncs(false);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == error::outcome_unknown);
  CHECK(store->audit(user(1))->operations.size() == 1);  // here it was undone

  // The machine goes down at this moment: what stands in the files is all there is.
  std::filesystem::copy_file(files.file(), files.file("crashed.db"));
  std::filesystem::copy_file(files.file() + "-wal", files.file("crashed.db-wal"));
  const auto crashed = open_store({.path = files.file("crashed.db")});
  CHECK(crashed->audit(user(1))->operations.size() == 2);
  CHECK(shop{*crashed}.discrepancies().empty());

  // It stays up: repeating the key tells the truth, and what is written now takes its place.
  const auto again = transact(*store, c, here.rules);
  REQUIRE(again.has_value());
  CHECK_FALSE(again->replayed);
  std::filesystem::copy_file(files.file(), files.file("later.db"));
  std::filesystem::copy_file(files.file() + "-wal", files.file("later.db-wal"));
  const auto later = open_store({.path = files.file("later.db")});
  CHECK(later->audit(user(1))->row.available == 107_cr);
  CHECK(transact(*later, c, here.rules)->replayed);
}

TEST_CASE("while syncs fail nothing is acknowledged, and every key has one effect afterwards") {
  const failing_disk disk;
  folder files;
  const auto store = open_store({.path = files.file()});
  const shop here{*store};
  REQUIRE(here.open(user(1), 1'000_cr).has_value());
  std::size_t done = 0;
  for (int n = 0; n < 60; ++n) {
    disk.fail_syncs(n % 3 != 0);
    const auto order = here.confirm(user(1), std::to_string(n));
    disk.fail_syncs(false);
    if (order) {
      ++done;
    } else {
      CHECK(order.error().code == error::outcome_unknown);
    }
  }
  CHECK(done == 20);
  for (int n = 0; n < 60; ++n) REQUIRE(here.confirm(user(1), std::to_string(n)).has_value());
  const auto all = store->audit(user(1));
  REQUIRE(all.has_value());
  CHECK(all->operations.size() == 61);
  CHECK(all->row.held == 120_cr);
  CHECK(here.discrepancies().empty());
}

}  // namespace
}  // namespace tollgate::test
