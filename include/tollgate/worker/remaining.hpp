// SPDX-License-Identifier: BSL-1.0
#pragma once
// Whether a job is left that could still run: an empty claim alone proves nothing.

#include <tollgate/storage/concepts.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

/// Looks for live jobs of some kinds, leaving out those of a paused kind that nobody has. Walks
/// over all accounts, but remembers the job it found: as long as that one lives, another look costs
/// one query. Not thread-safe.
template <query_store Store>
class remaining_work {
 public:
  remaining_work(Store& store, std::vector<std::string> kinds)
      : store_{store}, kinds_{std::move(kinds)} {}

  /// Whether there is one. Errors: those of the store.
  [[nodiscard]] result<bool> any() {
    paused_.clear();
    if (found_) {
      auto still = look_at(found_->first, {.job = found_->second, .live_only = true});
      if (!still || *still) return still;
      found_.reset();
    }
    for (cursor at{};;) {
      auto accounts = store_.accounts(at);
      if (!accounts) return refuse(std::move(accounts.error()));
      for (const account_id account : accounts->items) {
        auto here = look_at(account, {.live_only = true});
        if (!here || *here) return here;
      }
      if (accounts->next == cursor{}) return false;
      at = std::move(accounts->next);
    }
  }

 private:
  result<bool> look_at(account_id account, const job_filter& filter) {
    for (cursor at{};;) {
      auto jobs = store_.jobs(account, filter, at);
      if (!jobs) return refuse(std::move(jobs.error()));
      for (const job_record& job : jobs->items) {
        auto could = could_run(account, job);
        if (!could) return could;
        if (*could) {
          found_.emplace(account, job.body->id);
          return true;
        }
      }
      if (jobs->next == cursor{}) return false;
      at = std::move(jobs->next);
    }
  }

  result<bool> could_run(account_id account, const job_record& job) {
    const std::string& kind = job.body->kind;
    if (job.status.is_final()) return false;
    if (std::find(kinds_.begin(), kinds_.end(), kind) == kinds_.end()) return false;
    if (job.status.phase == job_phase::leased) return true;
    if (const auto known = paused_.find(kind); known != paused_.end()) return !known->second;
    const auto queue = store_.queue(account, kind);
    if (!queue) return refuse(queue.error());
    paused_[kind] = queue->kind_paused;
    return !queue->kind_paused;
  }

  Store& store_;
  std::vector<std::string> kinds_;
  std::optional<std::pair<account_id, job_id>> found_{};
  std::map<std::string, bool> paused_{};  // of this look
};

}  // namespace tollgate
