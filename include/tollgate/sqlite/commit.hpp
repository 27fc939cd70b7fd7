// SPDX-License-Identifier: BSL-1.0
#pragma once
// Writes units in one transaction: each is judged by what those before it wrote, and written whole
// or not at all.

#include <tollgate/gate/unit.hpp>
#include <tollgate/sqlite/records.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::sqlite::detail {

/// True when two operations of a change have the same key.
[[nodiscard]] inline bool repeats_a_key(const std::vector<operation>& added) {
  for (std::size_t i = 1; i < added.size(); ++i) {
    if (added[i].request.key.empty()) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (added[j].request.key == added[i].request.key) return true;
    }
  }
  return false;
}
/// True when two jobs that begin are for the same item.
[[nodiscard]] inline bool repeats_an_item(const std::vector<job_insert>& inserts) {
  std::vector<item_id> items;
  items.reserve(inserts.size());
  for (const job_insert& i : inserts) items.push_back(i.body->item);
  std::sort(items.begin(), items.end());
  return std::adjacent_find(items.begin(), items.end()) != items.end();
}

/// Which lists a job is on, and in which order their tags stand.
enum class job_list_of : std::uint8_t { account, order, group, project };

/// One unit. Precondition: a transaction that writes is open.
class unit_writer {
 public:
  unit_writer(connection& c, const unit& u, timestamp now) : c_{c}, unit_{u}, now_{now} {}

  [[nodiscard]] verdict write() {
    if (const verdict v = judge(); v != verdict::written) return v;
    for (const job_insert& i : unit_.inserts) insert(i);
    if (unit_.ledger) write(*unit_.ledger);
    for (std::size_t n = 0; n < unit_.jobs.size(); ++n) change(unit_.jobs[n], kinds_[n]);
    for (const attempt& a : unit_.attempts) {
      attempt line = a;
      line.account = unit_.account;
      c_.run(sql::insert_attempt, attempt_members(line));
    }
    list_inserts();
    for (const std::string& kind : standing_) c_.run(sql::stand_line, unit_.account, kind);
    if (frees_ && blocked()) {
      c_.run(sql::stand_lines_of_account, unit_.account);
      c_.run(sql::free_account, unit_.account);
    }
    return verdict::written;
  }

 private:
  // The conditions, in the order in which they are told.
  [[nodiscard]] verdict judge() {
    if (unit_.ledger) {
      read_account();
      if (unit_.ledger->expected_seq != seq_) return verdict::moved;
      const auto& added = unit_.ledger->operations;
      if (repeats_a_key(added)) return verdict::key_taken;
      for (const operation& o : added) {
        if (!o.request.key.empty() &&
            c_.select(sql::key_is_taken, unit_.account, o.request.key).next()) {
          return verdict::key_taken;
        }
      }
    }
    for (const job_change& change : unit_.jobs) {
      if (const verdict v = judge(change); v != verdict::written) return v;
    }
    if (repeats_an_item(unit_.inserts)) return verdict::item_taken;
    for (const job_insert& i : unit_.inserts) {
      if (c_.select(sql::live_job_of_item, unit_.account, i.body->item).next()) {
        return verdict::item_taken;
      }
    }
    return verdict::written;
  }
  [[nodiscard]] verdict judge(const job_change& change) {
    auto found = c_.select(sql::standing_of_job, change.status.id, unit_.account);
    if (!found.next()) return verdict::stale_lease;
    job_status s{};
    found.decode([&](row_reader& row) {
      row.read(s.phase, s.epoch, s.revision, s.lease_until, kinds_.emplace_back());
    });
    if (s.is_final() || s.epoch != change.expected_epoch) return verdict::stale_lease;
    if (s.revision != change.expected_revision) return verdict::moved;
    if (change.expected_lease && *change.expected_lease != s.lease_until) return verdict::moved;
    frees_ = frees_ || (s.in_flight() && !change.status.in_flight());
    return verdict::written;
  }
  void read_account() {
    seq_ = 0;
    blocked_ = false;
    auto found = c_.select(sql::standing_of_account, unit_.account);
    if (!found.next()) return;
    found.decode([&](row_reader& row) {
      seq_ = row.get<std::uint64_t>();
      blocked_ = row.get<bool>();
    });
  }
  /// Whether a claim passed the account over because of its cap.
  [[nodiscard]] bool blocked() {
    if (!blocked_) read_account();
    return *blocked_;
  }

  void insert(const job_insert& i) {
    const job_body& b = *i.body;
    c_.run(sql::insert_body, body_members(b), as_bytes(words_of(b)));
    const std::int64_t place = c_.last_row();
    if (first_ == 0) first_ = place;
    last_ = place;
    const standing at = standing_of(i.status, now_);
    const timestamp end = b.deadline < at.due_at ? b.deadline : at.due_at;
    c_.run(sql::insert_job, b.id, unit_.account, place, b.kind, b.priority, b.arrival, b.ordinal,
           b.deadline, status_members(i.status), at.where, at.where ? some(end) : std::nullopt,
           at.wake_at);
    if (at.where == lane::startable) stand(b.kind);
  }
  /// The words of a machine as bytes; those of the job before are mostly the same.
  [[nodiscard]] const std::string& words_of(const job_body& b) {
    if (b.states.get() != written_) {
      written_ = b.states.get();
      words_ = bytes_of(*b.states);
    }
    return words_;
  }
  void change(const job_change& change, const std::string& kind) {
    const standing at = standing_of(change.status, now_);
    // A final job is never due: no deadline is less than nothing.
    constexpr std::optional<timestamp> nothing{};
    c_.run(sql::update_job, status_members(change.status), at.where,
           at.where ? std::optional{at.due_at} : nothing, at.wake_at, change.status.id,
           unit_.account);
    if (at.where == lane::startable) stand(kind);
  }
  void stand(const std::string& kind) {
    if (std::find(standing_.begin(), standing_.end(), kind) == standing_.end()) {
      standing_.push_back(kind);
    }
  }

  /// Puts the jobs that begin on the lists that screens ask for.
  void list_inserts() {
    if (unit_.inserts.empty()) return;
    c_.run(sql::list_jobs, unit_.account, job_list_of::account, unit_.account, first_, last_);
    list(job_list_of::order, &job_body::order);
    list(job_list_of::group, &job_body::group);
    list(job_list_of::project, &job_body::project);
  }
  template <class Id>
  void list(job_list_of what, Id job_body::*member) {
    std::vector<Id> listed;
    for (const job_insert& i : unit_.inserts) {
      const Id tag = (*i.body).*member;
      if (tag.is_nil() || std::find(listed.begin(), listed.end(), tag) != listed.end()) continue;
      listed.push_back(tag);
      c_.run(sql::list_jobs, unit_.account, what, tag, first_, last_);
    }
  }

  void write(const ledger_change& change) {
    if (change.expected_seq == 0) {
      c_.run(sql::insert_account, account_members(change.row));
    } else {
      c_.run(sql::update_account, account_members(change.row), unit_.account);
    }
    for (const lot& l : change.lots) write(l, change.expected_seq);
    for (const hold& h : change.holds) {
      const std::string draws = bytes_of(h.draws);
      c_.run(sql::write_hold, unit_.account, hold_members(h), as_bytes(draws), due_at(h));
    }
    for (const operation& o : change.operations) write(o, change.entries);
  }
  void write(const lot& l, std::uint64_t before) {
    if (l.seq <= before) {  // mostly only the split of a lot changes: no index has to be touched
      c_.run(sql::update_lot_split, lot_split_members(l), unit_.account, lot_identity_members(l),
             drawable(l), due_at(l));
      if (!c_.ok() || c_.changes() == 1) return;
    }
    c_.run(sql::write_lot, unit_.account, lot_identity_members(l), lot_split_members(l),
           drawable(l), due_at(l));
  }
  void write(const operation& o, const std::vector<entry>& entries) {
    const std::string lots = bytes_of(o.lots);
    const std::string request = bytes_of(o.request);
    const std::string lines = bytes_of_entries(entries, o.seq);
    const auto key =
        o.request.key.empty() ? std::nullopt : std::optional{std::string_view{o.request.key}};
    c_.run(sql::insert_operation, unit_.account, operation_members(o), as_bytes(lots),
           as_bytes(request), to_string(o.request.kind), key, as_bytes(lines));
    if (o.spent == credits{} && o.committed == credits{}) return;
    const std::string project = byte_writer{}.put(o.project).take();  // none has a total too
    c_.run(sql::add_to_project, o.spent, o.committed, unit_.account, as_bytes(project));
    if (!c_.ok() || c_.changes() != 0) return;
    c_.run(sql::insert_project, o.spent, o.committed, unit_.account, as_bytes(project));
  }

  connection& c_;
  const unit& unit_;
  timestamp now_;
  std::uint64_t seq_{};
  std::optional<bool> blocked_{};
  bool frees_{};
  std::vector<std::string> kinds_{};     // of the jobs that change, in their order
  std::vector<std::string> standing_{};  // kinds that have something to start now
  std::int64_t first_{};
  std::int64_t last_{};
  const state_names* written_{};
  std::string words_{};
};

[[nodiscard]] inline result<std::vector<verdict>> commit(connection& c, std::span<const unit> units,
                                                         timestamp now) {
  std::vector<verdict> verdicts;
  if (units.empty()) return verdicts;
  verdicts.reserve(units.size());
  // What was decided after a refused unit of its account saw a state that never was, even where its
  // seq happens to be the account's again because somebody else wrote in between.
  std::vector<account_id> refused;
  c.begin(sql::begin_write);
  for (const unit& u : units) {
    if (!c.ok()) break;
    const bool follows = std::find(refused.begin(), refused.end(), u.account) != refused.end();
    verdicts.push_back(follows ? verdict::moved : unit_writer{c, u, now}.write());
    if (verdicts.back() != verdict::written) refused.push_back(u.account);
  }
  if (!c.commit()) return refuse(c.take_failure());
  return verdicts;
}

}  // namespace tollgate::sqlite::detail
