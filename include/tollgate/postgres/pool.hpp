// SPDX-License-Identifier: BSL-1.0
#pragma once
// A few connections that many threads share.

#include <tollgate/core/result.hpp>
#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/detail/deadline.hpp>
#include <tollgate/postgres/settings.hpp>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace tollgate::postgres {

class pool;

/// A connection while it is borrowed from a pool; goes back at the end of its scope.
class lease {
 public:
  lease(lease&& other) noexcept
      : home_{std::exchange(other.home_, nullptr)}, connection_{std::move(other.connection_)} {}
  lease& operator=(lease&&) = delete;
  ~lease();

  [[nodiscard]] connection& operator*() noexcept { return connection_; }
  [[nodiscard]] connection* operator->() noexcept { return &connection_; }

 private:
  friend class pool;
  lease(pool& home, connection c) noexcept : home_{&home}, connection_{std::move(c)} {}

  pool* home_;
  connection connection_;
};

/// Opens connections as they are needed, up to `settings::connections`, keeps them, and replaces
/// those that broke. Thread-safe. Must outlive its leases.
class pool {
 public:
  explicit pool(settings how) : how_{std::move(how)} { idle_.reserve(how_.connections); }
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  /// A connection that was usable a moment ago. Waits for one at most `lease_timeout`, then
  /// answers `busy`; `storage_unavailable` if the server cannot be reached.
  [[nodiscard]] result<lease> take() {
    std::unique_lock lock{mutex_};
    const detail::deadline until{how_.lease_timeout};
    const auto free = [&] { return !idle_.empty() || out_ < how_.connections; };
    if (!until.bounded()) {
      returned_.wait(lock, free);
    } else if (!returned_.wait_until(lock, until.end(), free)) {
      return refuse(error::busy, "postgres", "every connection is in use");
    }
    ++out_;
    // The one used last: its caches are warm, and the others may be closed by whoever is between.
    while (!idle_.empty()) {
      connection c = std::move(idle_.back());
      idle_.pop_back();
      if (c.usable()) return lease{*this, std::move(c)};
    }
    lock.unlock();
    auto fresh = connection::open(how_);
    if (fresh) return lease{*this, std::move(*fresh)};
    lock.lock();
    --out_;
    lock.unlock();
    returned_.notify_one();
    return refuse(std::move(fresh.error()));
  }

  [[nodiscard]] const settings& how() const noexcept { return how_; }

 private:
  friend class lease;

  /// Takes a connection back, unless it broke or somebody left a transaction open in it.
  void give_back(connection c) noexcept {
    const bool keep = c.is_connected() && !c.in_transaction();  // `take` looks closer
    {
      const std::lock_guard lock{mutex_};
      --out_;
      if (keep) idle_.push_back(std::move(c));
    }
    returned_.notify_one();
  }

  settings how_;
  std::mutex mutex_{};
  std::condition_variable returned_{};
  std::vector<connection> idle_{};
  std::size_t out_{};
};

inline lease::~lease() {
  if (home_ != nullptr) home_->give_back(std::move(connection_));
}

}  // namespace tollgate::postgres
