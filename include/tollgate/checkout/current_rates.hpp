// SPDX-License-Identifier: BSL-1.0
#pragma once
// The rate book a gate works with, exchanged while others read it.

#include <tollgate/pricing/rate_book.hpp>

#include <memory>
#include <mutex>
#include <utility>

namespace tollgate {

/// Copies share one book. Thread-safe: whoever took a book keeps it, whatever comes after.
template <currency_type C>
class current_rates {
 public:
  explicit current_rates(rate_book<C> book) : shelf_{std::make_shared<shelf>()} {
    set(std::move(book));
  }

  [[nodiscard]] std::shared_ptr<const rate_book<C>> get() const {
    const std::lock_guard lock{shelf_->mutex};
    return shelf_->book;
  }
  void set(rate_book<C> book) {
    auto next = std::make_shared<const rate_book<C>>(std::move(book));
    const std::lock_guard lock{shelf_->mutex};
    shelf_->book.swap(next);  // the old one is dropped after the lock, where `next` ends
  }

 private:
  struct shelf {
    std::mutex mutex{};
    std::shared_ptr<const rate_book<C>> book{};
  };
  std::shared_ptr<shelf> shelf_;
};

}  // namespace tollgate
