// SPDX-License-Identifier: BSL-1.0
#pragma once
// Adds up what a project has cost: exact, also where the sum is no amount any more.

#include <tollgate/core/int128.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/ledger/operation.hpp>
#include <tollgate/storage/requests.hpp>

namespace tollgate {

/// The fold of a project's operations. Nothing bounds what is charged, refunded and imported in the
/// life of an account, so the sum is wider than an amount; what comes back brings it into range.
class project_sum {
 public:
  void add(const operation& o) {
    spent_ += o.spent.units();
    committed_ += o.committed.units();
  }
  /// Errors: `overflow` while the sum does not fit an amount.
  [[nodiscard]] result<project_total> total() const {
    const auto spent = credits::checked_from_units(spent_);
    const auto committed = credits::checked_from_units(committed_);
    if (!spent || !committed) return refuse(error::overflow, "/project");
    return project_total{.spent = *spent, .committed = *committed};
  }

 private:
  int128 spent_{};
  int128 committed_{};
};

}  // namespace tollgate
