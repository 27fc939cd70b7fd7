// SPDX-License-Identifier: BSL-1.0
#pragma once
// What a worker knows: its incarnation, the leases it holds, and the settles it still owes.

#include <tollgate/gate/commands.hpp>
#include <tollgate/storage/requests.hpp>
#include <tollgate/worker/stop_signal.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

/// What a worker did since it started.
struct worker_totals {
  std::uint64_t claimed{};
  std::uint64_t succeeded{};
  std::uint64_t failed{};
  std::uint64_t cancelled{};
  std::uint64_t retried{};
  std::uint64_t waited{};
  std::uint64_t handed_back{};
  std::uint64_t stale{};    // answers that came after the job was given to somebody else
  std::uint64_t refused{};  // settles the store's records do not allow

  friend bool operator==(const worker_totals&, const worker_totals&) = default;
};

/// One claim a worker holds. `claimed` never changes; the rest belongs to worker_state.
struct held_job {
  explicit held_job(claimed_job c) : claimed{std::move(c)} {}

  const claimed_job claimed;
  stop_signal stop{};
  std::atomic<std::uint32_t> progress{claimed.status.progress};  // permille, as last stored
  bool renewed{true};                                            // the heartbeat keeps its lease
  bool answered{false};  // its handler returned, or will not be called

  [[nodiscard]] lease_ref lease() const {
    return {claimed.body->account, claimed.body->id, claimed.status.epoch};
  }
};

/// A settle the store has not yet taken.
struct owed_settle {
  settle_command command{};
  std::shared_ptr<held_job> job{};
  bool over_its_head{};  // a hand-back while its handler still runs
  bool damaged{};        // what it needs could not be read; the observer was told
};

/// Settles that move from list to list: where memory has run out, none can be lost on the way.
using owed_list = std::list<owed_settle>;

/// The state of one incarnation of a worker, small enough for a simulator to keep thousands.
/// Thread-safe; never calls out while it is locked. To crash a worker, forget its state.
class worker_state {
 public:
  worker_state(worker_id id, std::vector<std::string> kinds) : id_{id}, kinds_{std::move(kinds)} {}

  [[nodiscard]] worker_id id() const noexcept { return id_; }
  [[nodiscard]] const std::vector<std::string>& kinds() const noexcept { return kinds_; }

  /// Takes on what was claimed. Answers the new claims, and those of the same jobs they replace,
  /// whose leases were lost without our knowing.
  struct taken {
    std::vector<std::shared_ptr<held_job>> jobs{};
    std::vector<std::shared_ptr<held_job>> lost{};
  };
  taken take_on(std::vector<claimed_job>&& claimed) {
    taken t;
    const std::lock_guard lock{mutex_};
    totals_.claimed += claimed.size();
    for (claimed_job& c : claimed) {
      for (const auto& h : held_) {
        if (h->renewed && h->claimed.body->id == c.body->id) {
          h->renewed = false;
          t.lost.push_back(h);
        }
      }
      t.jobs.push_back(std::make_shared<held_job>(std::move(c)));
    }
    held_.insert(held_.end(), t.jobs.begin(), t.jobs.end());
    return t;
  }

  /// The leases to renew.
  [[nodiscard]] std::vector<lease_ref> leases() const {
    std::vector<lease_ref> refs;
    const std::lock_guard lock{mutex_};
    for (const auto& h : held_) {
      if (h->renewed) refs.push_back(h->lease());
    }
    return refs;
  }

  /// The claims among those of a beat whose jobs are named and whose handlers have not answered;
  /// `lost` ones are renewed no more.
  std::vector<std::shared_ptr<held_job>> find(const std::vector<lease_ref>& sent,
                                              const std::vector<job_id>& named, bool lost) {
    std::vector<std::shared_ptr<held_job>> found;
    if (named.empty()) return found;
    const std::lock_guard lock{mutex_};
    for (const auto& h : held_) {
      if (!h->renewed || !contains(named, h->claimed.body->id) || !contains(sent, h->lease())) {
        continue;
      }
      if (lost) h->renewed = false;
      if (!h->answered) found.push_back(h);
    }
    return found;
  }

  /// Claims whose handlers have not answered.
  [[nodiscard]] std::vector<std::shared_ptr<held_job>> unanswered() const {
    std::vector<std::shared_ptr<held_job>> found;
    const std::lock_guard lock{mutex_};
    for (const auto& h : held_) {
      if (!h->answered) found.push_back(h);
    }
    return found;
  }

  /// Owes the store what a handler answered. A hand-back over its head that was not sent yet gives
  /// way to it.
  void owe(const std::shared_ptr<held_job>& job, settle_command command) {
    owed_list made;
    made.push_back({.command = std::move(command), .job = job});
    const std::lock_guard lock{mutex_};
    job->answered = true;
    const auto gives_way = [&](const owed_settle& o) { return o.job == job && o.over_its_head; };
    std::erase_if(owed_, gives_way);
    std::erase_if(aside_, gives_way);
    owed_.splice(owed_.end(), made);
  }
  /// Owes a hand-back of a job whose handler still runs.
  void owe_over_its_head(const std::shared_ptr<held_job>& job, settle_command command) {
    const std::lock_guard lock{mutex_};
    if (job->answered) return;
    owed_.push_back({.command = std::move(command), .job = job, .over_its_head = true});
  }
  /// Forgets those of a claim whose handlers have not answered: their leases run out.
  void forget_unanswered(const std::vector<std::shared_ptr<held_job>>& jobs) {
    const std::lock_guard lock{mutex_};
    std::erase_if(held_, [&](const auto& h) {
      return !h->answered && std::find(jobs.begin(), jobs.end(), h) != jobs.end();
    });
  }
  /// Forgets a claim that never ran and is no longer ours.
  void forget(const std::shared_ptr<held_job>& job) {
    const std::lock_guard lock{mutex_};
    std::erase(held_, job);
  }

  /// Takes up to `limit` settles to send, the oldest first. Each comes back by `keep`, `set_aside`
  /// or `done`.
  [[nodiscard]] owed_list take_owed(std::size_t limit) noexcept {
    owed_list batch;
    const std::lock_guard lock{mutex_};
    const auto n = std::min(limit, owed_.size());
    batch.splice(batch.end(), owed_, owed_.begin(),
                 std::next(owed_.begin(), static_cast<std::ptrdiff_t>(n)));
    sent_ += n;
    return batch;
  }
  /// The store did not take the first of these; it is owed on, after what was kept before it.
  void keep(owed_list& sent) noexcept {
    const std::lock_guard lock{mutex_};
    take_back(sent, owed_);
  }
  /// The records of the first of these are damaged; it is owed on, but stands in nobody's way until
  /// `take_up`.
  void set_aside(owed_list& sent) noexcept {
    const std::lock_guard lock{mutex_};
    sent.front().damaged = true;
    take_back(sent, aside_);
  }
  /// Owes again at once what was set aside.
  void take_up() {
    const std::lock_guard lock{mutex_};
    owed_.splice(owed_.end(), aside_);
  }
  /// The store took the first of these, or never will. `count` adds it to the totals. Answers it,
  /// alone in a list.
  template <class Count>
  owed_list done(owed_list& sent, Count count) noexcept {
    owed_list ended;
    ended.splice(ended.end(), sent, sent.begin());
    const owed_settle& o = ended.front();
    const std::lock_guard lock{mutex_};
    --sent_;
    count(totals_);
    o.job->renewed = false;
    if (!o.over_its_head) std::erase(held_, o.job);
    return ended;
  }

  /// Settles owed, set aside or on their way.
  [[nodiscard]] std::size_t owed() const {
    const std::lock_guard lock{mutex_};
    return owed_.size() + aside_.size() + sent_;
  }
  /// Settles to send now.
  [[nodiscard]] bool has_owed() const {
    const std::lock_guard lock{mutex_};
    return !owed_.empty();
  }
  /// Claims that are not settled yet.
  [[nodiscard]] std::size_t held() const {
    const std::lock_guard lock{mutex_};
    return held_.size();
  }
  /// How many due jobs the next sweep asks for.
  [[nodiscard]] std::size_t sweep_limit(std::size_t batch) const {
    const std::lock_guard lock{mutex_};
    return std::max(batch, widened_);
  }
  /// Remembers whether a sweep of that width met nothing but what it could not decide.
  void swept(std::size_t limit, bool stuck) {
    const std::lock_guard lock{mutex_};
    widened_ = stuck ? std::min<std::size_t>(limit * 2, std::size_t{1} << 20U) : 0;
  }
  [[nodiscard]] worker_totals totals() const {
    const std::lock_guard lock{mutex_};
    return totals_;
  }

 private:
  template <class T>
  static bool contains(const std::vector<T>& all, const T& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  }
  void take_back(owed_list& sent, owed_list& to) noexcept {
    --sent_;
    const owed_settle& o = sent.front();
    if (o.over_its_head && o.job->answered) {
      sent.pop_front();  // its handler's answer stands in its place
    } else {
      to.splice(to.end(), sent, sent.begin());
    }
  }

  const worker_id id_;
  const std::vector<std::string> kinds_;
  mutable std::mutex mutex_{};
  std::vector<std::shared_ptr<held_job>> held_{};
  owed_list owed_{};
  owed_list aside_{};
  std::size_t sent_{};
  std::size_t widened_{};
  worker_totals totals_{};
};

}  // namespace tollgate
