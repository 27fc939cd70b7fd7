// SPDX-License-Identifier: BSL-1.0
#pragma once
// Units of one commit as rows of relations: the units of an account become one group, which is
// written as a whole, each record once and as it is in the end.

#include <tollgate/gate/unit.hpp>
#include <tollgate/postgres/detail/job_columns.hpp>
#include <tollgate/postgres/detail/ledger_columns.hpp>
#include <tollgate/storage/record_bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tollgate::postgres::detail {

/// Which relations a statement has; each combination is a text of its own.
/// `rest`: what a plain confirmation has not, an older hold that changes, or a job that begins but
/// is not ready.
enum part : unsigned { opens = 1, money = 2, inserts = 4, changes = 8, attempts = 16, rest = 32 };
inline constexpr std::size_t part_combinations = 64;

/// The bucket of an account among so many.
[[nodiscard]] inline std::int16_t bucket_of(account_id a, std::int64_t buckets) noexcept {
  if (buckets <= 1) return 0;
  const auto mixed = tollgate::detail::mix(a.value.high ^ tollgate::detail::mix(a.value.low));
  return static_cast<std::int16_t>(mixed % static_cast<std::uint64_t>(buckets));
}

/// The rows of one commit statement. Refers to the units, which must outlive it.
struct batch {
  unsigned parts{};
  std::vector<group_row> groups{};
  std::vector<account_row> accounts{};
  std::vector<lot_row> lots{};
  std::vector<hold_row> new_holds{};  // of jobs that begin here
  std::vector<hold_row> holds{};
  std::vector<operation_row> operations{};
  std::vector<project_row> projects{};
  std::vector<body_row> bodies{};
  std::vector<status_row> begun{};
  std::vector<status_row> changed{};
  std::vector<attempt_row> log{};
  std::vector<lot_id> draw_lots{};
  std::vector<credits> draw_parts{};
  std::vector<lot_id> operation_lots{};
  std::vector<entry> entries{};

  /// Rows of jobs are locked in the order of account and job, by whoever locks several.
  void sort_changes() {
    std::sort(changed.begin(), changed.end(), [](const status_row& a, const status_row& b) {
      return a.n != b.n ? a.n < b.n : a.row->id < b.row->id;
    });
  }
};

/// The last row that concerns the same record, if one is among those of this group.
template <class Row, class Same>
[[nodiscard]] Row* known_row(std::vector<Row>& rows, std::size_t from, Same same) {
  for (std::size_t k = rows.size(); k-- > from;) {
    if (same(rows[k])) return &rows[k];
  }
  return nullptr;
}

/// Adds groups to a batch, one account after the other, sorted by bucket and account: all locks
/// are taken in the order of the groups.
class batch_maker {
 public:
  batch_maker(batch& to, timestamp now) : to_{to}, now_{now} {}

  void begin(std::int16_t bucket, account_id account) {
    to_.groups.push_back({.n = static_cast<std::int64_t>(to_.groups.size()) + 1,
                          .bucket = bucket,
                          .account = account});
    n_ = to_.groups.back().n;
    lots_ = to_.lots.size();
    new_holds_ = to_.new_holds.size();
    holds_ = to_.holds.size();
    projects_ = to_.projects.size();
    changed_ = to_.changed.size();
  }

  /// One unit more of the group. Precondition: it follows from those before it.
  void add(const unit& u) {
    group_row& g = to_.groups.back();
    if (u.ledger) add_money(g, *u.ledger, u.inserts);
    if (!u.inserts.empty()) to_.parts |= inserts, g.queue = true;
    if (!u.jobs.empty()) to_.parts |= changes, g.queue = true;
    if (!u.attempts.empty()) to_.parts |= attempts;
    for (const job_insert& i : u.inserts) add_insert(g, i);
    for (const job_change& c : u.jobs) add_change(g, c);
    for (const attempt& a : u.attempts) to_.log.push_back({n_, &a});
  }

 private:
  void add_money(group_row& g, const ledger_change& l, const std::vector<job_insert>& begun) {
    to_.parts |= money;
    if (g.expected_seq < 0) {
      g.expected_seq = count_of(l.expected_seq);
      if (l.expected_seq == 0) to_.parts |= opens;
      to_.accounts.push_back({n_, &l.row});
    } else {
      to_.accounts.back().row = &l.row;
    }
    for (const lot& x : l.lots) {
      lot_row* known = known_row(to_.lots, lots_, [&](auto& r) { return r.row->id == x.id; });
      known != nullptr ? void(known->row = &x) : to_.lots.push_back({n_, &x});
    }
    for (const hold& h : l.holds) add_hold(h, begun);
    std::size_t entry_at = 0;
    for (const operation& o : l.operations) add_operation(o, l.entries, entry_at);
  }

  void add_hold(const hold& h, const std::vector<job_insert>& begun) {
    const auto same = [&](const hold_row& r) { return r.row->id == h.id; };
    hold_row* row = known_row(to_.new_holds, new_holds_, same);
    if (row == nullptr) row = known_row(to_.holds, holds_, same);
    if (row == nullptr) {
      const bool fresh = std::any_of(begun.begin(), begun.end(),
                                     [&](const job_insert& i) { return i.body->hold == h.id; });
      auto& rows = fresh ? to_.new_holds : to_.holds;
      if (!fresh) to_.parts |= rest;
      row = &rows.emplace_back();
    }
    row->n = n_;
    row->row = &h;
    row->draws_from = static_cast<std::int64_t>(to_.draw_lots.size()) + 1;
    for (const draw& d : h.draws) {
      to_.draw_lots.push_back(d.lot);
      for (const credits part : {d.amount, d.captured, d.released, d.refunded}) {
        to_.draw_parts.push_back(part);
      }
    }
    row->draws_to = static_cast<std::int64_t>(to_.draw_lots.size());
  }

  void add_operation(const operation& o, const std::vector<entry>& entries, std::size_t& at) {
    operation_row row{.n = n_, .row = &o, .request = bytes_of(o.request)};
    row.lots_from = static_cast<std::int64_t>(to_.operation_lots.size()) + 1;
    to_.operation_lots.insert(to_.operation_lots.end(), o.lots.begin(), o.lots.end());
    row.lots_to = static_cast<std::int64_t>(to_.operation_lots.size());
    row.entries_from = static_cast<std::int64_t>(to_.entries.size()) + 1;
    for (; at < entries.size() && entries[at].seq <= o.seq; ++at) {
      to_.entries.push_back(entries[at]);
    }
    row.entries_to = static_cast<std::int64_t>(to_.entries.size());
    to_.operations.push_back(std::move(row));
    if (o.spent == credits{} && o.committed == credits{}) return;
    project_row* known = known_row(to_.projects, projects_,
                                   [&](const project_row& r) { return r.project == o.project; });
    if (known == nullptr) {
      to_.projects.push_back({n_, o.project, o.spent, o.committed});
    } else {
      known->spent += o.spent;
      known->committed += o.committed;
    }
  }

  void add_insert(const group_row& g, const job_insert& i) {
    to_.bodies.push_back({i.body.get(), bytes_of(*i.body->states)});
    to_.begun.push_back({.n = n_,
                         .i = static_cast<std::int64_t>(to_.begun.size()) + 1,
                         .bucket = g.bucket,
                         .account = g.account,
                         .row = &i.status,
                         .stands = standing_of(i.status, now_)});
    if (to_.begun.back().stands != standing::ready) to_.parts |= rest;
  }

  void add_change(const group_row& g, const job_change& c) {
    status_row* known = known_row(to_.changed, changed_,
                                  [&](const status_row& r) { return r.row->id == c.status.id; });
    if (known == nullptr) {
      known = &to_.changed.emplace_back(
          status_row{.n = n_,
                     .i = static_cast<std::int64_t>(to_.changed.size()) + 1,
                     .bucket = g.bucket,
                     .account = g.account,
                     .expected_epoch = count_of(c.expected_epoch),
                     .expected_revision = count_of(c.expected_revision),
                     .expected_lease = c.expected_lease});
    }
    known->row = &c.status;
    known->stands = standing_of(c.status, now_);
  }

  batch& to_;
  timestamp now_;
  std::int64_t n_{};
  std::size_t lots_{};
  std::size_t new_holds_{};
  std::size_t holds_{};
  std::size_t projects_{};
  std::size_t changed_{};
};

}  // namespace tollgate::postgres::detail
