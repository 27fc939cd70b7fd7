// SPDX-License-Identifier: BSL-1.0
#pragma once
// Confirm, claim and settle in SQLite as one would write them by hand: prepared statements in the
// library's schema, every row it writes, in one transaction each. No draw order over several lots,
// no expiries, no replays, no caps, no fairness: what a decision engine gives is left out.

#include <shop.hpp>

#include <tollgate/core/bytes.hpp>
#include <tollgate/storage/record_bytes.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

class by_hand {
 public:
  by_hand(const std::string& path, bool full) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) stop("by hand: cannot open " + path);
    run(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    run("PRAGMA cache_size = -65537");
    run("PRAGMA wal_autocheckpoint = 8000");
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (sqlite3_prepare_v3(db_, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &made_[i], nullptr) !=
          SQLITE_OK) {
        stop(std::string{"by hand: "} + sqlite3_errmsg(db_));
      }
    }
  }
  by_hand(const by_hand&) = delete;
  by_hand& operator=(const by_hand&) = delete;
  ~by_hand() {
    for (sqlite3_stmt* s : made_) sqlite3_finalize(s);
    sqlite3_close(db_);
  }

  void confirm(const confirm_command& c) {
    const timestamp now = system_clock_source().now();
    const std::string owner = blob(c.account.value);
    const std::string project = blob(c.project.value);
    const auto cost = static_cast<std::int64_t>(c.items.size()) * shot_cost.units();
    begin();
    step(use(debit).put(cost).put(cost).put(count_of(c)).put(now).put(owner).put(cost));
    const std::int64_t seq = sqlite3_column_int64(at_, 0);
    const std::int64_t available = sqlite3_column_int64(at_, 1);
    const std::int64_t held = sqlite3_column_int64(at_, 2);
    step(use(draw_lot).put(cost).put(cost).put(owner));
    const std::string lot = column(0);
    const auto order = derive_id<order_id>(c.account, static_cast<std::uint64_t>(seq), 0, now);
    const std::string made_by = blob(order.value);
    const std::string draws = draws_of(0, 0);
    std::int64_t first = 0;
    std::int64_t n = 0;
    for (const order_item& i : c.items) {
      const std::string job = blob(derive_id<job_id>(c.account, static_cast<std::uint64_t>(seq),
                                                     static_cast<std::uint32_t>(n) + 1, now)
                                       .value);
      step(use(body)
               .put(job)
               .put(owner)
               .put(made_by)
               .put(job)
               .put(blob(i.item.value))
               .put(project)
               .put_blob(i.payload)
               .put(seq)
               .put(n)
               .put(now)
               .put_blob(words_));
      const std::int64_t place = sqlite3_last_insert_rowid(db_);
      if (first == 0) first = place;
      step(use(begin_job).put(job).put(owner).put(place).put(seq).put(n).put(now).put(
          now + i.start_within));
      step(use(hold)
               .put(owner)
               .put(job)
               .put(made_by)
               .put(project)
               .put(shot_cost.units())
               .put(now)
               .put_blob(draws));
      ++n;
    }
    const std::string lots = bytes_of(std::vector<lot_id>(1));
    step(use(order_row)
             .put(owner)
             .put(made_by)
             .put(seq)
             .put(now)
             .put(cost)
             .put(available)
             .put(held)
             .put(project)
             .put(cost)
             .put(n)
             .put_blob(lots)
             .put_blob(request_)
             .put_text("confirm")
             .put_text(c.key)
             .put_blob(entries(lot, {{0, -cost}, {1, cost}})));
    step(use(commit_cost).put(0).put(cost).put(owner).put(project));
    if (sqlite3_changes(db_) == 0) step(use(first_cost).put(0).put(cost).put(owner).put(project));
    const std::int64_t last = first + n - 1;
    step(use(list).put(owner).put(0).put(owner).put(first).put(last));
    step(use(list).put(owner).put(1).put(made_by).put(first).put(last));
    step(use(list).put(owner).put(3).put(project).put(first).put(last));
    step(use(stand).put(owner));
    commit();
  }

  struct taken {
    std::string job{}, owner{}, payload{};
    std::int64_t epoch{};
  };
  /// The oldest jobs of the accounts served least, one transaction.
  std::vector<taken> claim(std::size_t limit) {
    const timestamp now = system_clock_source().now();
    const timestamp until = now + seconds(20);
    std::vector<taken> all;
    begin();
    std::vector<std::pair<std::string, std::int64_t>> line;
    use(turns).put(static_cast<std::int64_t>(limit));
    while (sqlite3_step(at_) == SQLITE_ROW) line.emplace_back(column(0), column_number(1));
    sqlite3_reset(at_);
    std::int64_t front = 0;
    const std::size_t each = line.empty() ? 0 : (limit + line.size() - 1) / line.size();
    for (const auto& [owner, turn] : line) {
      if (all.size() >= limit) break;
      const std::size_t before = all.size();
      use(starts).put(owner).put(static_cast<std::int64_t>(std::min(each, limit - all.size())));
      while (sqlite3_step(at_) == SQLITE_ROW) {
        all.push_back({column(0), owner, column(1), column_number(2) + 1});
      }
      sqlite3_reset(at_);
      for (std::size_t n = before; n < all.size(); ++n) {
        step(use(lease)
                 .put(all[n].epoch)
                 .put(until)
                 .put(now)
                 .put(now)
                 .put(until)
                 .put(all[n].job)
                 .put(owner));
      }
      const auto count = static_cast<std::int64_t>(all.size() - before);
      front = std::max(front, turn + (count - 1) * 1'048'576);
      if (count == 0) {
        step(use(leave).put(owner));
      } else {
        step(use(charge).put(turn + count * 1'048'576).put(turn + count * 1'048'576).put(owner));
      }
    }
    if (!all.empty()) step(use(clock).put(front));
    commit();
    return all;
  }

  void settle(const std::vector<taken>& jobs) {
    const timestamp now = system_clock_source().now();
    begin();
    for (const taken& job : jobs) {
      const std::int64_t rest = shot_cost.units() - shot_actual.units();
      const std::string lot = lot_of(job);
      step(use(capture).put_blob(draws_of(shot_actual.units(), rest)).put(job.owner).put(job.job));
      const std::string project = column(0);
      step(use(return_lot)
               .put(shot_cost.units())
               .put(rest)
               .put(shot_actual.units())
               .put(job.owner)
               .put(lot));
      step(use(credit).put(shot_cost.units()).put(rest).put(now).put(now).put(job.owner));
      const std::int64_t seq = column_number(0);
      const std::int64_t available = column_number(1);
      const std::int64_t held = column_number(2);
      step(use(end_job).put(seq).put(now).put(now).put(job.job).put(job.owner).put(job.epoch));
      step(use(settled)
               .put(job.owner)
               .put(job.job)
               .put(seq)
               .put(now)
               .put(available)
               .put(held)
               .put(job.job)
               .put(project)
               .put(-shot_cost.units())
               .put_blob(bytes_of(std::vector<lot_id>(1)))
               .put_blob(end_request_)
               .put_text("settle")
               .put_blob(
                   entries(lot, {{1, -shot_cost.units()}, {8, shot_actual.units()}, {0, rest}})));
      step(use(commit_cost)
               .put(shot_actual.units())
               .put(-shot_cost.units())
               .put(job.owner)
               .put(project));
      step(use(attempt_row).put(job.job).put(job.owner).put(job.epoch).put(now));
    }
    commit();
  }

  /// Texts as long as the library's own.
  void write_like(std::string request, std::string end_request, std::string words) {
    request_ = std::move(request);
    end_request_ = std::move(end_request);
    words_ = std::move(words);
  }
  std::string text_of(const char* query) {
    sqlite3_stmt* s = nullptr;
    sqlite3_prepare_v2(db_, query, -1, &s, nullptr);
    std::string answer;
    if (sqlite3_step(s) == SQLITE_ROW) {
      answer.assign(static_cast<const char*>(sqlite3_column_blob(s, 0)),
                    static_cast<std::size_t>(sqlite3_column_bytes(s, 0)));
    }
    sqlite3_finalize(s);
    return answer;
  }

 private:
  enum what : std::size_t {
    begin_write,
    commit_write,
    debit,
    draw_lot,
    body,
    begin_job,
    hold,
    order_row,
    commit_cost,
    first_cost,
    list,
    stand,
    turns,
    starts,
    lease,
    charge,
    leave,
    clock,
    draw_of,
    capture,
    return_lot,
    credit,
    end_job,
    settled,
    attempt_row,
    count
  };
  static constexpr std::array<const char*, count> texts{
      "BEGIN IMMEDIATE",
      "COMMIT",
      "UPDATE tollgate_accounts SET available = available - ?, held = held + ?, seq = seq + 1, "
      "open_holds = open_holds + ?, changed_at = ? WHERE id = ? AND state = 0 AND debt = 0 AND "
      "available >= ? RETURNING seq, available, held",
      "UPDATE tollgate_lots SET available = available - ?, held = held + ? WHERE account = ? AND "
      "drawable = 1 RETURNING id",
      "INSERT INTO tollgate_job_bodies(id, account, made_by, hold, item, project, kind, payload, "
      "priority, arrival, ordinal, max_attempts, estimated, start_within, deadline, created_at, "
      "words) VALUES (?, ?, ?, ?, ?, ?, 'render', ?, 0, ?, ?, 4, 12000, 604800000000, "
      "9223372036854775807, ?, ?)",
      "INSERT INTO tollgate_jobs(id, account, body, kind, priority, arrival, ordinal, deadline, "
      "phase, role, state, epoch, revision, settled_epoch, final_seq, attempts, resubmissions, "
      "progress, ready_at, start_by, lease_until, cancel_requested, error_retryable, error_code, "
      "error_message, provider_job_id, provider_metadata, result, actual, queued_at, started_at, "
      "completed_at, updated_at, lane, due_at) VALUES (?1, ?2, ?3, 'render', 0, ?4, ?5, "
      "9223372036854775807, 0, 0, 'queued', 0, 0, 0, 0, 0, 0, 0, ?6, ?7, 0, 0, 0, '', '', '', '', "
      "x'', 0, ?6, 0, 0, ?6, 1, ?7)",
      "INSERT INTO tollgate_holds(account, id, made_by, job, project, state, amount, captured, "
      "released, refunded, made_at, expires_at, draws) VALUES (?1, ?2, ?3, ?2, ?4, 0, ?5, 0, 0, 0, "
      "?6, 9223372036854775807, ?7)",
      "INSERT INTO tollgate_operations(account, id, seq, at, outcome, reason, required, "
      "limited_to, "
      "moved, available, held, debt, project, spent, committed, jobs, low_credit, lots, request, "
      "kind, key, entries) VALUES (?, ?, ?, ?, 0, '', 0, 0, ?, ?, ?, 0, ?, 0, ?, ?, 0, ?, ?, ?, ?, "
      "?)",
      "UPDATE tollgate_projects SET spent = spent + ?, committed = committed + ? WHERE account = ? "
      "AND id = ?",
      "INSERT INTO tollgate_projects(spent, committed, account, id) VALUES (?, ?, ?, ?)",
      "INSERT INTO tollgate_job_lists(account, of, tag, first, last) VALUES (?, ?, ?, ?, ?)",
      "INSERT INTO tollgate_lines(account, kind, served, turn) VALUES (?, 'render', 0, 0) ON "
      "CONFLICT(account, kind) DO UPDATE SET turn = served WHERE turn IS NULL",
      "SELECT account, turn FROM tollgate_lines WHERE kind = 'render' AND turn IS NOT NULL ORDER "
      "BY "
      "turn, account LIMIT ?",
      "SELECT j.id, b.payload, j.epoch FROM tollgate_jobs j JOIN tollgate_job_bodies b ON b.n = "
      "j.body WHERE j.account = ? AND j.lane = 1 AND j.kind = 'render' ORDER BY j.priority, "
      "j.arrival, j.ordinal LIMIT ?",
      "UPDATE tollgate_jobs SET phase = 1, role = 1, state = 'running', epoch = ?, revision = "
      "revision + 1, attempts = attempts + 1, worker = x'00000000000000010000000000000001', "
      "lease_until = ?, started_at = ?, updated_at = ?, lane = 0, due_at = ?, wake_at = NULL WHERE "
      "id = ? AND account = ?",
      "UPDATE tollgate_lines SET served = ?, turn = ? WHERE account = ? AND kind = 'render'",
      "UPDATE tollgate_lines SET turn = NULL WHERE account = ? AND kind = 'render'",
      "INSERT INTO tollgate_kinds(name, paused, clock) VALUES ('render', 0, ?) ON CONFLICT(name) "
      "DO "
      "UPDATE SET clock = excluded.clock WHERE clock < excluded.clock",
      "SELECT id FROM tollgate_lots WHERE account = ? AND drawable = 1",
      "UPDATE tollgate_holds SET state = 1, captured = 10000, released = 2000, draws = ? WHERE "
      "account = ? AND id = ? AND state = 0 RETURNING project",
      "UPDATE tollgate_lots SET held = held - ?, available = available + ?, spent = spent + ? "
      "WHERE "
      "account = ? AND id = ?",
      "UPDATE tollgate_accounts SET held = held - ?, available = available + ?, seq = seq + 1, "
      "open_holds = open_holds - 1, changed_at = ?, last_deduction_at = ? WHERE id = ? RETURNING "
      "seq, available, held",
      "UPDATE tollgate_jobs SET phase = 3, role = 2, state = 'done', revision = revision + 1, "
      "settled_epoch = epoch, final_seq = ?, progress = 1000, provider_job_id = "
      "'operations/0123456789abcdef', result = CAST('https://example.org/video/0123456789.mp4' AS "
      "BLOB), actual "
      "= "
      "10000, completed_at = ?, updated_at = ?, lease_until = 0, lane = NULL, due_at = NULL WHERE "
      "id "
      "= ? AND account = ? AND epoch = ? AND phase = 1",
      "INSERT INTO tollgate_operations(account, id, seq, at, outcome, reason, required, "
      "limited_to, "
      "moved, available, held, debt, hold, project, spent, committed, jobs, low_credit, lots, "
      "request, kind, entries) VALUES (?, ?, ?, ?, 0, '', 0, 0, 10000, ?, ?, 0, ?, ?, 10000, ?, 0, "
      "0, ?, ?, ?, ?)",
      "INSERT INTO tollgate_attempts(job, account, epoch, number, outcome, worker, at, retryable, "
      "error_code, error_message, provider_job_id, result) VALUES (?, ?, ?, 1, 0, "
      "x'00000000000000010000000000000001', ?, 0, '', '', 'operations/0123456789abcdef', x'')"};

  static std::string blob(const uuid& u) { return byte_writer{}.put(lot_id{u}).take(); }
  static std::int64_t count_of(const confirm_command& c) {
    return static_cast<std::int64_t>(c.items.size());
  }
  /// As long as the library's: a draw from one lot.
  static std::string draws_of(std::int64_t captured, std::int64_t released) {
    return bytes_of(std::vector<draw>{{.amount = shot_cost,
                                       .captured = credits::from_units(captured),
                                       .released = credits::from_units(released)}});
  }
  struct line {
    int code;
    std::int64_t units;
  };
  static std::string entries(const std::string& lot, std::initializer_list<line> lines) {
    std::string bytes;
    for (const line& l : lines) {
      bytes += static_cast<char>(l.code);
      bytes += lot;
      for (unsigned shift = 64; shift != 0;) {
        shift -= 8;
        bytes += static_cast<char>((static_cast<std::uint64_t>(l.units) >> shift) & 0xffU);
      }
    }
    return bytes;
  }
  std::string lot_of(const taken& job) {
    step(use(draw_of).put(job.owner));
    return column(0);
  }

  by_hand& use(what w) {
    at_ = made_[w];
    sqlite3_reset(at_);
    next_ = 0;
    return *this;
  }
  by_hand& put(std::int64_t n) {
    sqlite3_bind_int64(at_, ++next_, n);
    return *this;
  }
  by_hand& put(timestamp t) { return put(t.microseconds); }
  by_hand& put(const std::string& bytes) { return put_blob(bytes); }
  by_hand& put_blob(std::string_view bytes) {
    sqlite3_bind_blob(at_, ++next_, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
    return *this;
  }
  by_hand& put_text(std::string_view text) {
    sqlite3_bind_text(at_, ++next_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  std::string column(int n) {
    return {static_cast<const char*>(sqlite3_column_blob(at_, n)),
            static_cast<std::size_t>(sqlite3_column_bytes(at_, n))};
  }
  std::int64_t column_number(int n) { return sqlite3_column_int64(at_, n); }
  /// The first row, or the end of a statement without rows.
  void step(by_hand&) {
    const int code = sqlite3_step(at_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
      stop(std::string{"by hand: "} + sqlite3_errmsg(db_) + " in " + sqlite3_sql(at_));
    }
  }
  void begin() { step(use(begin_write)); }
  void commit() {
    for (sqlite3_stmt* s : made_) sqlite3_reset(s);
    step(use(commit_write));
  }
  void run(const char* text) { sqlite3_exec(db_, text, nullptr, nullptr, nullptr); }

  sqlite3* db_{};
  std::array<sqlite3_stmt*, count> made_{};
  sqlite3_stmt* at_{};
  int next_{};
  std::string request_{}, end_request_{}, words_{};
};

}  // namespace bench
