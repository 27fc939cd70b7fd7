// SPDX-License-Identifier: BSL-1.0
#pragma once
// Everything the store keeps of one account: money, jobs, and where its jobs stand in the queue.

#include <tollgate/memory/job_shelf.hpp>
#include <tollgate/memory/kind_board.hpp>
#include <tollgate/memory/ledger_shelf.hpp>
#include <tollgate/memory/line_heap.hpp>
#include <tollgate/memory/run_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::memory::detail {

/// A startable job in the order in which its account's jobs run; see `runs_before`.
struct startable_job {
  std::uint64_t arrival{};
  std::uint32_t ordinal{};
  place job{};
  std::uint32_t stamp{};
  std::int16_t priority{};

  friend bool operator<(const startable_job& a, const startable_job& b) noexcept {
    if (a.priority != b.priority) return a.priority < b.priority;
    if (a.arrival != b.arrival) return a.arrival < b.arrival;
    return a.ordinal < b.ordinal;
  }
};

/// The jobs of one kind an account could start.
struct account_line {
  account_shelf* owner{};
  kind_board* board{};
  run_queue<startable_job> ready{};
  std::size_t count{};     // of those in `ready` that are not stale
  std::uint64_t served{};  // virtual time: starts so far, divided by the weight
  place heap_at{nowhere};
};

struct account_shelf {
  // First what a claim reads, close together.
  account_id id{};
  std::uint32_t in_flight{};
  std::uint32_t max_in_flight{};  // 0: no limit
  std::uint32_t weight{1};
  std::uint32_t line_count{};  // one for each kind it ever had
  account_line first_line{};
  std::vector<std::unique_ptr<account_line>> other_lines{};
  job_shelf jobs{};
  ledger_shelf ledger{};
  std::uint64_t load_count{};  // marks what the current load took along

  [[nodiscard]] bool is_full() const noexcept {
    return max_in_flight != 0 && in_flight >= max_in_flight;
  }
  /// What one start adds to `served`.
  [[nodiscard]] std::uint64_t step() const noexcept {
    constexpr std::uint64_t whole = std::uint64_t{1} << 20U;
    return weight >= whole ? 1 : whole / weight;
  }
  [[nodiscard]] account_line& line(std::uint32_t n) noexcept {
    return n == 0 ? first_line : *other_lines[n - 1];
  }
  [[nodiscard]] account_line* line_of(const kind_board& board) noexcept {
    for (std::uint32_t n = 0; n < line_count; ++n) {
      if (line(n).board == &board) return &line(n);
    }
    return nullptr;
  }
  /// The number of the line of a kind. Looks at the account's own first: it rarely has many.
  [[nodiscard]] std::uint32_t line_number(std::string_view kind, kind_registry& kinds) {
    for (std::uint32_t n = 0; n < line_count; ++n) {
      if (line(n).board->name == kind) return n;
    }
    if (line_count != 0) other_lines.push_back(std::make_unique<account_line>());
    account_line& made = line(line_count);
    made.owner = this;
    made.board = &kinds.obtain(kind);
    return line_count++;
  }

  /// A job and its hold have the same 128 bits, so that the job can tell where its hold stands;
  /// only the holds of others need an index.
  [[nodiscard]] place find_hold(hold_id wanted) const {
    const place job = jobs.find({wanted.value});
    if (job != nowhere && jobs.rows[job].hold != nowhere) return jobs.rows[job].hold;
    return ledger.find_hold(wanted);
  }
  /// Writes the money of a unit, after its jobs were added.
  void write(ledger_change& change) {
    for (hold& h : change.holds) {
      const place job = jobs.find({h.id.value});
      place at = job == nowhere ? nowhere : jobs.rows[job].hold;
      if (at == nowhere) at = ledger.find_hold(h.id);
      if (at != nowhere) {
        ledger.replace_hold(at, std::move(h));
      } else {
        at = ledger.add_hold(std::move(h), job == nowhere);
        if (job != nowhere) jobs.rows[job].hold = at;
      }
    }
    ledger.write(change);
  }
};

inline void line_heap::store(member m, std::size_t at) {
  members_[at] = m;
  m.line->heap_at = static_cast<place>(at);
}

inline void line_heap::settle(member m, std::size_t at) {
  while (at != 0 && m.served < members_[(at - 1) / 2].served) {
    store(members_[(at - 1) / 2], at);
    at = (at - 1) / 2;
  }
  for (;;) {
    std::size_t child = 2 * at + 1;
    if (child >= members_.size()) break;
    if (child + 1 < members_.size() && members_[child + 1].served < members_[child].served) ++child;
    if (!(members_[child].served < m.served)) break;
    store(members_[child], at);
    at = child;
  }
  store(m, at);
}

inline void line_heap::put(account_line& line) {
  if (line.heap_at == nowhere) {
    members_.push_back({});
    line.heap_at = static_cast<place>(members_.size() - 1);
    members_.back() = {line.served, &line};
  }
  settle({line.served, &line}, line.heap_at);
}

inline void line_heap::remove(account_line& line) {
  if (line.heap_at == nowhere) return;
  const std::size_t at = line.heap_at;
  line.heap_at = nowhere;
  const member last = members_.back();
  members_.pop_back();
  if (last.line != &line) settle(last, at);
}

}  // namespace tollgate::memory::detail
