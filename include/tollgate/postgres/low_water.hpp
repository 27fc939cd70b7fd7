// SPDX-License-Identifier: BSL-1.0
#pragma once
// Low-water marks: below which `served` nobody was waiting for a turn a moment ago.
//
// Each turn moves an entry of the index `line_turn` and leaves a dead one behind. As long as some
// old snapshot may still see those (a dump, a forgotten transaction, a standby), nothing removes
// them, and who looks for the front of a queue reads them all first. A mark tells where to begin.
//
// A mark is a hint of this program alone. Accounts come back to a queue at its front, so nobody
// appears below one, except who was placed before the mark was seen by a transaction that committed
// after it counted: a host's own, or a commit that waited for a lock or the disk. `settle_down`
// makes that rare. Such a line is passed by until the next look at all of the queue finds it,
// `look_at_all_again` later at most: nothing is lost, and no cap or lease depends on a mark. Kinds
// are few: every one that was asked about is remembered.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::postgres {

/// The marks of one program: what to look at again, what was seen. Does no I/O. Thread-safe.
class low_water {
 public:
  using clock = std::chrono::steady_clock;

  /// A queue: those of one kind in one bucket.
  struct place {
    std::int16_t bucket{};
    std::string kind{};
    friend auto operator<=>(const place&, const place&) = default;
  };
  /// Where the front of a queue is to be looked for. `from` 0: among all that wait.
  struct question {
    place where{};
    std::int64_t from{};
  };

  /// How long a front must have been seen before it counts, and between two looks.
  static constexpr std::chrono::milliseconds settle_down{100};
  /// Between two looks at all of a queue: at least this, and fifty times what the last one took,
  /// but at most that.
  static constexpr std::chrono::seconds look_at_all{1};
  static constexpr std::chrono::seconds look_at_all_again{5};

  /// What to look at now, if the last look is too long ago. Who is told has it to do: others are
  /// not told the same meanwhile.
  [[nodiscard]] std::optional<question> ask(const place& where, clock::time_point now) {
    const std::lock_guard lock{mutex_};
    seen& queue = queues_[where];
    if (now < queue.look_at) return std::nullopt;
    queue.look_at = now + settle_down;
    const bool all = now >= queue.look_at_all_at;
    if (all) queue.look_at_all_at = now + look_at_all_again;
    return question{where, all ? 0 : queue.mark};
  }
  /// The front that was found at `now`, and how long that took.
  void learn(const question& asked, std::int64_t front, clock::time_point now,
             clock::duration took) {
    const std::lock_guard lock{mutex_};
    seen& queue = queues_[asked.where];
    if (asked.from > queue.mark) return;       // it did not see who appeared below meanwhile
    const bool stands = front == queue.front;  // nobody had a turn since: no need to look so soon
    queue.look_at = std::max(queue.look_at, now + (stands ? look_at_all : settle_down));
    queue.mark = std::min(queue.front, front);  // the older one, unless somebody appeared below it
    queue.front = front;
    if (asked.from == 0) {
      queue.look_at_all_at =
          now + std::clamp<clock::duration>(50 * took, look_at_all, look_at_all_again);
    }
  }

  /// Looks at everybody from now on, until a front is known again: where nobody knows who may have
  /// appeared below a mark.
  void forget(const place& where) {
    const std::lock_guard lock{mutex_};
    queues_.erase(where);
  }
  /// Lets the next look at a kind in every bucket (empty: at all kinds) come soon and be one at
  /// everybody.
  void look_soon(std::string_view kind, clock::time_point now) {
    const std::lock_guard lock{mutex_};
    for (auto& [where, queue] : queues_) {
      if (!kind.empty() && where.kind != kind) continue;
      queue.look_at = std::min<clock::time_point>(queue.look_at, now + settle_down);
      queue.look_at_all_at = clock::time_point::min();
    }
  }

  /// 0: unknown.
  [[nodiscard]] std::int64_t of(const place& where) const {
    const std::lock_guard lock{mutex_};
    const auto found = queues_.find(where);
    return found == queues_.end() ? 0 : found->second.mark;
  }
  /// Every mark of some buckets; as the statements that write lines look for them: a queue is its
  /// bucket in two bytes, then its kind.
  struct list {
    std::vector<std::string> queues{};
    std::vector<std::int64_t> marks{};
  };
  [[nodiscard]] list in(std::span<const std::int16_t> buckets) const {
    list all;
    const std::lock_guard lock{mutex_};
    for (const auto& [where, queue] : queues_) {
      if (queue.mark == 0) continue;
      if (std::find(buckets.begin(), buckets.end(), where.bucket) == buckets.end()) continue;
      const auto bucket = static_cast<std::uint16_t>(where.bucket);
      std::string name{static_cast<char>(bucket >> 8U), static_cast<char>(bucket & 0xffU)};
      all.queues.push_back(std::move(name.append(where.kind)));
      all.marks.push_back(queue.mark);
    }
    return all;
  }

 private:
  struct seen {
    std::int64_t mark{};   // a front that counts
    std::int64_t front{};  // the newest
    clock::time_point look_at{clock::time_point::min()};
    clock::time_point look_at_all_at{clock::time_point::min()};
  };

  mutable std::mutex mutex_{};
  std::map<place, seen> queues_{};
};

}  // namespace tollgate::postgres
