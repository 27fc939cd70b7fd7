// SPDX-License-Identifier: BSL-1.0
#pragma once
// A VFS under SQLite whose syncs fail when a test says so; everything else is the system's.

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <mutex>
#include <stdexcept>

namespace tollgate::test {

/// While it lives, files that are opened are on it. One at a time.
class failing_disk {
 public:
  failing_disk() {
    system() = sqlite3_vfs_find(nullptr);
    vfs() = *system();
    vfs().zName = "failing";
    vfs().xOpen = &open;
    failing() = false;
    if (sqlite3_vfs_register(&vfs(), 1) != SQLITE_OK) throw std::runtime_error{"no VFS"};
  }
  failing_disk(const failing_disk&) = delete;
  failing_disk& operator=(const failing_disk&) = delete;
  ~failing_disk() {
    sqlite3_vfs_unregister(&vfs());
    sqlite3_vfs_register(system(), 1);
  }
  void fail_syncs(bool fail) const noexcept { failing() = fail; }

 private:
  static sqlite3_vfs*& system() {
    static sqlite3_vfs* found = nullptr;
    return found;
  }
  static sqlite3_vfs& vfs() {
    static sqlite3_vfs made{};
    return made;
  }
  static std::atomic<bool>& failing() {
    static std::atomic<bool> fail{false};
    return fail;
  }
  /// The system's methods with another sync: files that are locked have others than those that
  /// are not.
  struct methods {
    sqlite3_io_methods ours{};
    const sqlite3_io_methods* theirs{};
  };
  static std::array<methods, 4>& known() {
    static std::array<methods, 4> made{};
    return made;
  }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    const int code = system()->xOpen(system(), name, file, flags, out);
    if (code != SQLITE_OK || file->pMethods == nullptr) return code;
    static std::mutex making;
    const std::lock_guard guard(making);
    for (methods& m : known()) {
      if (m.theirs == nullptr) {
        m.theirs = file->pMethods;
        m.ours = *file->pMethods;
        m.ours.xSync = &sync;
      }
      if (m.theirs != file->pMethods) continue;
      file->pMethods = &m.ours;
      break;
    }
    return code;
  }
  static int sync(sqlite3_file* file, int flags) {
    if (failing()) return SQLITE_IOERR_FSYNC;
    for (const methods& m : known()) {
      if (file->pMethods == &m.ours) return m.theirs->xSync(file, flags);
    }
    return SQLITE_IOERR_FSYNC;
  }
};

}  // namespace tollgate::test
