// SPDX-License-Identifier: BSL-1.0
#pragma once
// The connections of a store: one that writes, and a few that only read.

#include <tollgate/sqlite/connection.hpp>
#include <tollgate/sqlite/records.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace tollgate::sqlite::detail {

/// A connection and what is remembered beside it.
struct session {
  connection c{};
  word_cache words{};
};

/// Thread-safe. A reader takes the connection that writes where nobody writes: its pages are warm,
/// while those of another connection are read again after every commit.
class pool {
 public:
  pool(connection::settings how, std::size_t readers) : how_{std::move(how)}, most_{readers} {
    how_.writes = true;
    writer_.c.open(how_);
    how_.writes = false;
    how_.cache_bytes /= 8;  // what a reader remembers lasts until the next commit
  }

  /// The connection that writes. Only for opening, before there are threads.
  [[nodiscard]] connection& first() noexcept { return writer_.c; }

  /// Runs `work(session)` while nobody else of this process writes.
  template <class Work>
  auto write(Work&& work) {
    const std::lock_guard guard(writing_);
    return work(writer_);
  }
  /// Runs `work(session)` on a connection that may read.
  template <class Work>
  auto read(Work&& work) {
    if (std::unique_lock guard(writing_, std::try_to_lock); guard) return work(writer_);
    borrowed reader{*this};
    if (!reader.mine->c.ok()) {  // it could not be opened; there is one that could
      const std::lock_guard guard(writing_);
      return work(writer_);
    }
    return work(*reader.mine);
  }

 private:
  struct borrowed {
    explicit borrowed(pool& p) : from{p}, mine{p.take()} {}
    borrowed(const borrowed&) = delete;
    borrowed& operator=(const borrowed&) = delete;
    ~borrowed() { from.give(std::move(mine)); }
    pool& from;
    std::unique_ptr<session> mine;
  };

  [[nodiscard]] std::unique_ptr<session> take() {
    std::unique_lock lock(idle_mutex_);
    while (idle_.empty() && made_ >= most_ && made_ != 0) given_.wait(lock);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
    ++made_;
    lock.unlock();
    auto reader = std::make_unique<session>();
    reader->c.open(how_);
    return reader;
  }
  void give(std::unique_ptr<session> reader) {
    const std::lock_guard guard(idle_mutex_);
    if (reader->c.ok()) {
      idle_.push_back(std::move(reader));
    } else {
      --made_;
    }
    given_.notify_one();
  }

  connection::settings how_;
  std::size_t most_;
  std::mutex writing_{};
  session writer_{};
  std::mutex idle_mutex_{};
  std::condition_variable given_{};
  std::vector<std::unique_ptr<session>> idle_{};
  std::size_t made_{0};
};

}  // namespace tollgate::sqlite::detail
