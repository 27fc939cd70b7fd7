// SPDX-License-Identifier: BSL-1.0
#pragma once
// A second program for a test: a fork that runs a function and talks through a pipe.

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tollgate::test {

/// Fork while there is one thread and no open store. The child runs `body(self)` and ends with
/// status 0; what it tells is read by the parent.
class program {
 public:
  template <class Body>
  explicit program(Body body) {
    int ends[2]{};
    if (::pipe(ends) != 0) throw std::runtime_error{"no pipe"};
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error{"no fork"};
    if (child_ == 0) {
      ::close(ends[0]);
      end_ = ends[1];
      body(*this);
      ::_exit(0);
    }
    ::close(ends[1]);
    end_ = ends[0];
  }
  program(program&& other) noexcept
      : child_{std::exchange(other.child_, 0)}, end_{std::exchange(other.end_, -1)} {}
  program& operator=(program&&) = delete;
  ~program() {
    if (child_ > 0) {
      kill();
      static_cast<void>(end());
    }
    if (end_ >= 0) ::close(end_);
  }

  /// In the child. A note is smaller than what a pipe writes in one piece.
  template <class Note>
  void tell(const Note& note) const {
    if (::write(end_, &note, sizeof note) != static_cast<ssize_t>(sizeof note)) ::_exit(9);
  }
  /// In the parent: what was told next; nothing once the child is gone.
  template <class Note>
  [[nodiscard]] std::optional<Note> next() {
    Note note{};
    if (::read(end_, &note, sizeof note) != static_cast<ssize_t>(sizeof note)) return std::nullopt;
    return note;
  }
  template <class Note>
  [[nodiscard]] std::vector<Note> all() {
    std::vector<Note> told;
    while (auto note = next<Note>()) told.push_back(*note);
    return told;
  }
  void kill() const { ::kill(child_, SIGKILL); }
  /// Waits for its end; 0 is a good one.
  [[nodiscard]] int end() {
    int status = 0;
    ::waitpid(std::exchange(child_, 0), &status, 0);
    return status;
  }

 private:
  pid_t child_{};
  int end_{-1};
};

}  // namespace tollgate::test
