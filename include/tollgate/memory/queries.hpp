// SPDX-License-Identifier: BSL-1.0
#pragma once
// What screens and auditors ask. Each answer is consistent in itself; nothing is changed.

#include <tollgate/memory/cursor_token.hpp>
#include <tollgate/memory/state.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace tollgate::memory::detail {

inline constexpr std::size_t page_size = 100;
inline constexpr std::size_t largest_page = 1'000;

/// Runs `ask(shelf)` under the lock of the account's shard, if the account was ever seen.
template <class Ask>
void with_account(store_state& store, account_id id, Ask&& ask) {
  shard& s = store.shard_of(id);
  const std::lock_guard guard(s.mutex);
  if (account_shelf* shelf = s.find(id)) ask(*shelf);
}

/// Follows the shortest chain that holds all jobs a filter can name, newest first.
class job_walk {
 public:
  job_walk(const job_shelf& jobs, const job_filter& f) : jobs_(jobs), filter_(f) {
    if (!f.job.is_nil()) {
      head_ = jobs.find(f.job);
      next_ = nullptr;  // one job, no chain
    } else if (!f.order.is_nil()) {
      head_ = jobs.newest(f.order);
      next_ = &job_row::older_in_order;
    } else if (!f.item.is_nil()) {
      head_ = jobs.newest(f.item);
      next_ = &job_row::older_of_item;
    } else if (!f.group.is_nil()) {
      head_ = jobs.newest(f.group);
      next_ = &job_row::older_in_group;
    } else if (f.live_only) {
      head_ = jobs.newest_live;
      next_ = &job_row::older_live;
    } else if (!f.project.is_nil()) {
      head_ = jobs.newest(f.project);
      next_ = &job_row::older_in_project;
    } else {
      head_ = jobs.rows.empty() ? nowhere : jobs.rows.size() - 1;
      all_ = true;
    }
  }

  /// The newest match older than `before`, or `nowhere`. A row that is on the chain is a short cut.
  [[nodiscard]] place older_than(place before) const {
    place at = head_;
    if (before < jobs_.rows.size() && on_chain(before)) {
      at = older(before);
    } else {
      while (at != nowhere && at >= before) at = older(at);
    }
    while (at != nowhere && !matches(at)) at = older(at);
    return at;
  }

 private:
  [[nodiscard]] place older(place at) const {
    if (all_) return at == 0 ? nowhere : at - 1;
    return next_ == nullptr ? nowhere : jobs_.rows[at].*next_;
  }
  [[nodiscard]] bool matches(place at) const {
    const job_row& row = jobs_.rows[at];
    return in_bounds(*row.body) && (!filter_.live_only || row.alive());
  }
  [[nodiscard]] bool in_bounds(const job_body& b) const {
    return (filter_.job.is_nil() || filter_.job == b.id) &&
           (filter_.order.is_nil() || filter_.order == b.order) &&
           (filter_.item.is_nil() || filter_.item == b.item) &&
           (filter_.group.is_nil() || filter_.group == b.group) &&
           (filter_.project.is_nil() || filter_.project == b.project);
  }
  [[nodiscard]] bool on_chain(place at) const {
    const job_row& row = jobs_.rows[at];
    return in_bounds(*row.body) && (next_ != &job_row::older_live || row.alive());
  }

  const job_shelf& jobs_;
  const job_filter& filter_;
  place head_{nowhere};
  place job_row::*next_{};
  bool all_{};
};

[[nodiscard]] inline result<page<job_record>> jobs(store_state& store, account_id id,
                                                   const job_filter& filter, const cursor& from) {
  const auto position = position_of(listing::jobs, id, from, nowhere);
  if (!position) return refuse(position.error());
  page<job_record> answer{};
  with_account(store, id, [&](const account_shelf& shelf) {
    const job_walk walk(shelf.jobs, filter);
    const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, largest_page);
    place last = static_cast<place>(*position);
    for (place at = walk.older_than(last); at != nowhere; at = walk.older_than(at)) {
      if (answer.items.size() == limit) {
        answer.next = cursor_of(listing::jobs, id, last);
        break;
      }
      const job_row& row = shelf.jobs.rows[at];
      answer.items.push_back({row.body, row.status});
      last = at;
    }
  });
  return answer;
}

[[nodiscard]] inline result<page<operation>> history(store_state& store, account_id id,
                                                     const cursor& from) {
  const auto position = position_of(listing::history, id, from, 0);
  if (!position) return refuse(position.error());
  page<operation> answer{};
  with_account(store, id, [&](const account_shelf& shelf) {
    const auto& operations = shelf.ledger.operations;
    auto at = static_cast<place>(*position);
    for (; at < operations.size() && answer.items.size() < page_size; ++at) {
      answer.items.push_back(operations[at]);
    }
    if (at < operations.size()) answer.next = cursor_of(listing::history, id, at);
  });
  return answer;
}

[[nodiscard]] inline page<operation> last_operation(store_state& store, account_id id,
                                                    timestamp until) {
  page<operation> answer{};
  with_account(store, id, [&](const account_shelf& shelf) {
    const auto& operations = shelf.ledger.operations;
    place low = 0;
    place high = operations.size();  // times never decrease with seq
    while (low < high) {
      const place middle = low + (high - low) / 2;
      operations[middle].at <= until ? low = middle + 1 : high = middle;
    }
    if (low != 0) answer.items.push_back(operations[low - 1]);
  });
  return answer;
}

[[nodiscard]] inline std::vector<attempt> attempts(store_state& store, account_id id, job_id job) {
  std::vector<attempt> answer;
  with_account(store, id, [&](const account_shelf& shelf) {
    const place at = shelf.jobs.find(job);
    if (at != nowhere) answer = shelf.jobs.rows[at].attempts;
  });
  return answer;
}

[[nodiscard]] inline queue_state queue(store_state& store, account_id id, const std::string& kind) {
  queue_state answer{.max_in_flight = store.defaults.max_in_flight,
                     .weight = store.defaults.weight};
  if (const kind_board* board = store.kinds.find(kind)) {
    answer.kind_paused = board->paused.load(std::memory_order_relaxed);
  }
  with_account(store, id, [&](const account_shelf& shelf) {
    answer.in_flight = shelf.in_flight;
    answer.max_in_flight = shelf.max_in_flight;
    answer.weight = shelf.weight;
  });
  return answer;
}

/// Shard by shard, in each in the order in which accounts came: a new one never moves another.
[[nodiscard]] inline result<page<account_id>> accounts(store_state& store, const cursor& from) {
  const auto position = position_of(listing::accounts, {}, from, 0);
  if (!position) return refuse(position.error());
  page<account_id> answer{};
  auto at = static_cast<place>(*position & 0xffff'ffffU);
  for (std::size_t n = static_cast<std::size_t>(*position >> 32U); n < shard_count; ++n, at = 0) {
    shard& s = store.shards[n];
    const std::lock_guard guard(s.mutex);
    for (; at < s.accounts.size(); ++at) {
      if (!s.accounts[at].ledger.row.exists()) continue;
      if (answer.items.size() == largest_page) {
        answer.next = cursor_of(listing::accounts, {}, (std::uint64_t{n} << 32U) | at);
        return answer;
      }
      answer.items.push_back(s.accounts[at].id);
    }
  }
  return answer;
}

[[nodiscard]] inline account_records audit(store_state& store, account_id id) {
  account_records answer{};
  answer.row.id = id;
  with_account(store, id, [&](const account_shelf& shelf) {
    const ledger_shelf& money = shelf.ledger;
    if (money.row.exists()) answer.row = money.row;
    const auto copy = [](const auto& from, auto& to, auto&& value) {
      to.reserve(from.size());
      for (place i = 0; i < from.size(); ++i) to.push_back(value(from[i]));
    };
    copy(money.lots, answer.lots, [](const lot_row& r) { return r.value; });
    copy(money.holds, answer.holds, [](const hold_row& r) { return r.value; });
    copy(money.operations, answer.operations, [](const operation& o) { return o; });
    copy(money.entries, answer.entries, [](const entry& e) { return e; });
    copy(shelf.jobs.rows, answer.jobs, [](const job_row& r) {
      return job_record{r.body, r.status};
    });
  });
  return answer;
}

}  // namespace tollgate::memory::detail
