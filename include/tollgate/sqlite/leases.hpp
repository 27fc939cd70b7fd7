// SPDX-License-Identifier: BSL-1.0
#pragma once
// Renews leases, and finds the jobs that cannot go on by themselves.

#include <tollgate/sqlite/records.hpp>
#include <tollgate/storage/requests.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tollgate::sqlite::detail {

/// Renews the leases that are still the worker's. Precondition: a transaction that writes is open.
[[nodiscard]] inline beat_answer heartbeat(connection& c, const beat& b, timestamp now) {
  beat_answer answer{};
  for (const lease_ref& l : b.leases) {
    const auto wish =
        c.select(sql::heartbeat, now + b.lease, l.job, l.account, l.epoch, b.worker).value<bool>();
    if (!wish) {
      answer.lost.push_back(l.job);
    } else if (*wish) {
      answer.cancel_requested.push_back(l.job);
    }
  }
  return answer;
}

/// Where `due` goes on: what nobody can decide does not keep the rest from being named.
struct due_place {
  timestamp at{std::numeric_limits<std::int64_t>::min()};
  job_id job{};
  account_id account{};
};

/// Names jobs from a place on, and then from the beginning. Damaged rows are passed by, and are a
/// fault only where there is nothing else.
class due_finder {
 public:
  due_finder(connection& c, timestamp now, std::size_t limit) : c_{c}, now_{now}, limit_{limit} {}

  [[nodiscard]] std::vector<due_job> find(due_place& from) {
    const due_place begun = from;
    look(from, nullptr);
    if (found_.size() < limit_ && begun.at.microseconds != due_place{}.at.microseconds) {
      from = {};
      look(from, &begun);
    } else if (found_.size() < limit_) {
      from = {};
    }
    if (found_.empty()) damage_.fail(c_);
    return std::move(found_);
  }

 private:
  void look(due_place& at, const due_place* end) {
    while (found_.size() < limit_ && look_once(at, end)) {
    }
  }
  /// Whether damaged rows were passed by, so that there may be more behind them.
  bool look_once(due_place& at, const due_place* end) {
    bool passed = false;
    const std::string job = byte_writer{}.put(at.job).take();
    const std::string account = byte_writer{}.put(at.account).take();
    auto rows =
        c_.select(sql::due, now_, at.at, as_bytes(job), as_bytes(account), limit_ - found_.size());
    while (rows.next()) {
      due_place next{};
      job_phase phase{};
      timestamp deadline{};
      bool wish{};
      bool named{};
      const bool damage = damage_.is(rows.damage_in([&](row_reader& r) {
        r.read(next.at, next.job, next.account);
        named = r.good();
        r.read(phase, deadline, wish);
      }));
      if (!named) continue;
      if (end != nullptr &&
          std::tie(next.at, next.job, next.account) > std::tie(end->at, end->job, end->account)) {
        return false;
      }
      at = next;
      passed = passed || damage;
      if (damage) continue;
      const due_reason why = deadline <= now_             ? due_reason::deadline
                             : phase == job_phase::leased ? due_reason::lease_lost
                             : wish                       ? due_reason::cancel_requested
                                                          : due_reason::not_started;
      found_.push_back({next.account, next.job, why});
    }
    return passed && c_.ok();
  }

  connection& c_;
  timestamp now_;
  std::size_t limit_;
  std::vector<due_job> found_{};
  passed_by damage_{};
};

}  // namespace tollgate::sqlite::detail
