// SPDX-License-Identifier: BSL-1.0
// A store of your own: tollgate's records in a place you already have. This one keeps them in maps
// behind one mutex, correct before fast, and lets the contract suite prove it. docs/storage.md
// explains each operation.
#include <tollgate/core/clock.hpp>
#include <tollgate/storage/contract.hpp>
#include <tollgate/storage/project_sum.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace host {

using namespace tollgate;

/// Everything of one account.
struct books {
  account row{};
  std::map<lot_id, lot> lots{};
  std::map<hold_id, hold> holds{};
  std::vector<operation> operations{};  // by seq, which starts at 1
  std::vector<entry> entries{};
  std::map<std::string, std::uint64_t> keys{};  // to the seq of the operation
  std::map<job_id, job_record> jobs{};
  std::vector<attempt> attempts{};
  queue_limits limits{};
};

/// The jobs of one kind, and whose turn it is: every start moves an account's virtual time on.
struct kind_queue {
  bool paused{};
  std::uint64_t turn{};                          // when a job of it was last started
  std::uint64_t front{};                         // virtual time of the account started last
  std::map<account_id, std::uint64_t> served{};  // virtual time of each account
  std::set<account_id> line{};                   // who had jobs to start when one was chosen last
};

/// A `tollgate::storage`. Thread-safe.
class own_store {
 public:
  explicit own_store(clock_source clock) : clock_{clock} {}

  result<snapshot> load(const load_request& request) {
    const std::lock_guard lock{mutex_};
    snapshot found{.now = clock_.now()};
    for (const account_want& want : request.wants) {
      found.accounts.push_back(look_up(want, found.now));
    }
    return found;
  }

  result<std::vector<verdict>> commit(std::span<unit> units) {
    const std::lock_guard lock{mutex_};
    std::vector<verdict> verdicts;
    std::set<account_id> refused;  // what follows a refused unit saw a state that never was
    for (const unit& u : units) {
      books& b = accounts_[u.account];
      verdicts.push_back(refused.contains(u.account) ? verdict::moved : judge(b, u));
      if (verdicts.back() == verdict::written) {
        write(b, u);
      } else {
        refused.insert(u.account);
      }
    }
    return verdicts;
  }

  result<std::vector<claimed_job>> claim(const claim_request& c) {
    const std::lock_guard lock{mutex_};
    const timestamp now = clock_.now();
    std::vector<claimed_job> claimed;
    while (claimed.size() < c.limit) {
      job_record* next = next_poll(c, now);
      if (next == nullptr) next = next_start(c, now);
      if (next == nullptr) break;
      claimed.push_back(lease(*next, c, now));
    }
    return claimed;
  }

  result<beat_answer> heartbeat(const beat& b) {
    const std::lock_guard lock{mutex_};
    beat_answer answer;
    for (const lease_ref& l : b.leases) {
      job_record* job = find_job(l.account, l.job);
      if (job == nullptr || job->status.phase != job_phase::leased ||
          job->status.epoch != l.epoch || job->status.worker != b.worker) {
        answer.lost.push_back(l.job);
        continue;
      }
      job->status.lease_until = clock_.now() + b.lease;
      if (job->status.cancel_requested) answer.cancel_requested.push_back(l.job);
    }
    return answer;
  }

  result<std::vector<due_job>> due(const due_request& d) {
    const std::lock_guard lock{mutex_};
    const timestamp now = clock_.now();
    std::vector<due_job> found;
    for (const auto& [account, b] : accounts_) {
      for (const auto& [id, job] : b.jobs) {
        const auto reason = why_due(job, now);
        if (reason && found.size() < d.limit) found.push_back({account, id, *reason});
      }
    }
    return found;
  }

  result<void> set_limits(const queue_limits& l) {
    const std::lock_guard lock{mutex_};
    accounts_[l.account].limits = l;
    return {};
  }

  result<void> set_kind(const kind_setting& k) {
    const std::lock_guard lock{mutex_};
    queues_[k.kind].paused = k.paused;
    return {};
  }

  result<page<job_record>> jobs(account_id a, const job_filter& f, const cursor& at) {
    const std::lock_guard lock{mutex_};
    const auto newer = [](const job_record& x, const job_record& y) {
      if (x.body->arrival != y.body->arrival) return x.body->arrival > y.body->arrival;
      return x.body->ordinal > y.body->ordinal;
    };
    std::vector<job_record> all;
    for (const auto& [id, job] : accounts_[a].jobs) all.push_back(job);
    std::sort(all.begin(), all.end(), newer);
    page<job_record> found;
    const std::string last = at.token;  // the job the page before ended with; jobs never go away
    bool begun = last.empty();
    for (const job_record& job : all) {
      if (begun && matches(job, f)) {
        if (found.items.size() == f.limit) {
          found.next.token = to_string(found.items.back().body->id);
          break;
        }
        found.items.push_back(job);
      }
      if (!begun) begun = to_string(job.body->id) == last;
    }
    return found;
  }

  result<page<operation>> history(account_id a, const cursor& at) {
    const std::lock_guard lock{mutex_};
    const std::vector<operation>& all = accounts_[a].operations;
    std::size_t from = 0;  // the token is the number of operations before the page
    std::from_chars(at.token.data(), at.token.data() + at.token.size(), from);
    const std::size_t to = std::min(all.size(), from + 100);
    page<operation> found;
    for (; from < to; ++from) found.items.push_back(all[from]);
    if (to < all.size()) found.next.token = std::to_string(to);
    return found;
  }

  result<std::vector<attempt>> attempts(account_id a, job_id j) {
    const std::lock_guard lock{mutex_};
    std::vector<attempt> found;
    for (const attempt& x : accounts_[a].attempts) {
      if (x.job == j) found.push_back(x);
    }
    return found;
  }

  result<project_total> running_total(account_id a, project_id p) {
    const std::lock_guard lock{mutex_};
    project_sum sum;  // wider than an amount, and `overflow` where the total is none
    for (const operation& o : accounts_[a].operations) {
      if (o.project == p) sum.add(o);
    }
    return sum.total();
  }

  result<page<operation>> last_operation(account_id a, timestamp t) {
    const std::lock_guard lock{mutex_};
    page<operation> found;
    for (const operation& o : accounts_[a].operations) {
      if (o.at <= t) found.items = {o};
    }
    return found;
  }

  result<queue_state> queue(account_id a, const std::string& kind) {
    const std::lock_guard lock{mutex_};
    const books& b = accounts_[a];
    return queue_state{.in_flight = in_flight(b),
                       .max_in_flight = b.limits.max_in_flight,
                       .weight = b.limits.weight,
                       .kind_paused = queues_[kind].paused};
  }

  result<page<account_id>> accounts(const cursor& at) {
    const std::lock_guard lock{mutex_};
    page<account_id> found;
    for (const auto& [id, b] : accounts_) {
      if (!b.row.exists() || to_string(id) <= at.token) continue;  // ids sort as their text does
      if (found.items.size() == 100) {
        found.next.token = to_string(found.items.back());
        break;
      }
      found.items.push_back(id);
    }
    return found;
  }

  result<account_records> audit(account_id a) {
    const std::lock_guard lock{mutex_};
    const books& b = accounts_[a];
    account_records all{.row = b.row, .operations = b.operations, .entries = b.entries};
    for (const auto& [id, l] : b.lots) all.lots.push_back(l);
    for (const auto& [id, h] : b.holds) all.holds.push_back(h);
    for (const auto& [id, job] : b.jobs) all.jobs.push_back(job);
    return all;
  }

 protected:  // tollgate's own tests break it on purpose, to see that the suite notices
  job_record* find_job(account_id account, job_id job) {
    std::map<job_id, job_record>& jobs = accounts_[account].jobs;
    const auto at = jobs.find(job);
    return at == jobs.end() ? nullptr : &at->second;
  }

  static const job_record* live_job(const books& b, item_id item) {
    for (const auto& [id, job] : b.jobs) {
      if (job.body->item == item && !job.status.is_final()) return &job;
    }
    return nullptr;
  }

  static std::uint32_t in_flight(const books& b) {
    std::uint32_t n = 0;
    for (const auto& [id, job] : b.jobs) n += job.status.in_flight() ? 1U : 0U;
    return n;
  }

  /// What `want` names, what is due, and lots in draw order until they cover the amount.
  account_snapshot look_up(const account_want& want, timestamp now) {
    account_snapshot found;
    const books& b = accounts_[want.account];
    found.ledger.row = b.row;
    std::set<hold_id> holds{want.holds.begin(), want.holds.end()};
    std::set<lot_id> lots{want.lots.begin(), want.lots.end()};
    std::set<std::uint64_t> operations;
    for (const std::string& key : want.keys) {
      if (const auto at = b.keys.find(key); at != b.keys.end()) operations.insert(at->second);
    }
    for (const job_id id : want.jobs) {
      const auto at = b.jobs.find(id);
      if (at == b.jobs.end()) continue;
      found.jobs.push_back(at->second);
      holds.insert(at->second.body->hold);
      if (at->second.status.is_final()) operations.insert(at->second.status.final_seq);
    }
    for (const item_id item : want.items) {
      if (const auto* job = live_job(b, item)) found.live.push_back({item, job->body->id});
    }
    for (const operation& o : b.operations) {
      if (operations.contains(o.seq)) found.ledger.prior.push_back(o);
    }
    for (const auto& [id, h] : b.holds) {
      if (!holds.contains(id) && !(h.is_open() && h.expires_at <= now)) continue;
      found.ledger.holds.push_back(h);
      for (const draw& d : h.draws) lots.insert(d.lot);
    }
    std::vector<lot> all;
    all.reserve(b.lots.size());
    for (const auto& [id, l] : b.lots) all.push_back(l);
    std::sort(all.begin(), all.end(),
              [](const lot& x, const lot& y) { return draw_order(x, y) < 0; });
    now = later_of(now, b.row.changed_at);  // a clock may step back, an account's time does not
    credits missing = want.amount;
    for (const lot& l : all) {
      const bool left = l.available != credits{} || l.pending != credits{};
      const bool usable = l.available != credits{} && l.effective_at <= now && l.expires_at > now;
      const bool wanted = want.amount == credits::max() ? left : usable && missing > credits{};
      if (!wanted && next_due(l) > now && !lots.contains(l.id)) continue;
      found.ledger.lots.push_back(l);
      if (usable) missing -= std::min(missing, l.available);
    }
    return found;
  }

  /// Whether everything a unit expects is still so.
  static verdict judge(const books& b, const unit& u) {
    if (u.ledger) {
      if (u.ledger->expected_seq != b.row.seq) return verdict::moved;
      for (const operation& o : u.ledger->operations) {
        if (b.keys.contains(o.request.key)) return verdict::key_taken;
      }
    }
    for (const job_change& c : u.jobs) {
      const auto at = b.jobs.find(c.status.id);
      if (at == b.jobs.end()) return verdict::stale_lease;
      const job_status& s = at->second.status;
      if (s.is_final() || s.epoch != c.expected_epoch) return verdict::stale_lease;
      if (s.revision != c.expected_revision) return verdict::moved;
      if (c.expected_lease && *c.expected_lease != s.lease_until) return verdict::moved;
    }
    for (const job_insert& i : u.inserts) {
      if (live_job(b, i.body->item) != nullptr) return verdict::item_taken;
    }
    return verdict::written;
  }

  static void write(books& b, const unit& u) {
    if (u.ledger) {
      b.row = u.ledger->row;
      for (const lot& l : u.ledger->lots) b.lots[l.id] = l;
      for (const hold& h : u.ledger->holds) b.holds[h.id] = h;
      for (const entry& e : u.ledger->entries) b.entries.push_back(e);
      for (const operation& o : u.ledger->operations) {
        b.operations.push_back(o);
        if (!o.request.key.empty()) b.keys[o.request.key] = o.seq;  // internal ones have none
      }
    }
    for (const job_change& c : u.jobs) b.jobs[c.status.id].status = c.status;
    for (const job_insert& i : u.inserts) b.jobs[i.body->id] = {i.body, i.status};
    for (const attempt& x : u.attempts) {
      const auto repeated = [&](const attempt& y) {
        return y.job == x.job && y.epoch == x.epoch && y.outcome == x.outcome;
      };
      if (std::none_of(b.attempts.begin(), b.attempts.end(), repeated)) b.attempts.push_back(x);
    }
  }

  bool claimable(const job_record& job, job_phase phase, timestamp now) {
    const job_status& s = job.status;
    return s.phase == phase && s.ready_at <= now && s.start_by > now && !s.cancel_requested &&
           job.body->deadline > now && !queues_[job.body->kind].paused;
  }

  /// A poll comes before any start, and needs no slot: its account kept it.
  job_record* next_poll(const claim_request& c, timestamp now) {
    job_record* first = nullptr;
    for (auto& [id, b] : accounts_) {
      for (auto& [job_id, job] : b.jobs) {
        if (!claimable(job, job_phase::waiting, now)) continue;
        if (std::find(c.kinds.begin(), c.kinds.end(), job.body->kind) == c.kinds.end()) continue;
        if (!first || job.status.ready_at < first->status.ready_at) first = &job;
      }
    }
    return first;
  }

  /// The kind that waited longest, of it the account that was served least, of it the first job.
  job_record* next_start(const claim_request& c, timestamp now) {
    std::vector<std::string> kinds = c.kinds;
    std::sort(kinds.begin(), kinds.end(), [&](const std::string& x, const std::string& y) {
      return queues_[x].turn < queues_[y].turn;
    });
    for (const std::string& kind : kinds) {
      kind_queue& q = queues_[kind];
      std::map<account_id, job_record*> first;  // what each account would start
      for (auto& [id, b] : accounts_) {
        if (b.limits.max_in_flight != 0 && in_flight(b) >= b.limits.max_in_flight) continue;
        for (auto& [job_id, job] : b.jobs) {
          if (job.body->kind != kind || !claimable(job, job_phase::ready, now)) continue;
          job_record*& best = first[id];
          if (best == nullptr || runs_before(*job.body, *best->body)) best = &job;
        }
      }
      if (first.empty()) continue;
      const std::set<account_id> before = std::move(q.line);
      q.line.clear();
      account_id chosen = first.begin()->first;
      for (const auto& [id, job] : first) {
        std::uint64_t& own = q.served[id];
        if (!before.contains(id)) own = std::max(own, q.front);  // no credit for having been away
        q.line.insert(id);
        if (own < q.served[chosen]) chosen = id;
      }
      q.front = q.served[chosen];
      q.served[chosen] += 1'000'000 / std::max(1U, accounts_[chosen].limits.weight);
      q.turn = ++turns_;
      return first[chosen];
    }
    return nullptr;
  }

  static claimed_job lease(job_record& job, const claim_request& c, timestamp now) {
    job_status& s = job.status;
    const bool resumed = s.phase == job_phase::waiting;
    if (!resumed) {
      ++s.attempts;
      s.state = job.body->states->active;
      if (s.started_at == timestamp{}) s.started_at = now;
    }
    s.phase = job_phase::leased;
    s.role = job_role::active;
    ++s.epoch;
    ++s.revision;
    s.worker = c.worker;
    s.lease_until = now + c.lease;
    s.updated_at = now;
    return {job.body, s, resumed};
  }

  static std::optional<due_reason> why_due(const job_record& job, timestamp now) {
    const job_status& s = job.status;
    if (s.is_final()) return std::nullopt;
    if (job.body->deadline <= now) return due_reason::deadline;
    if (s.phase == job_phase::leased) {
      if (s.lease_until <= now) return due_reason::lease_lost;
      return std::nullopt;
    }
    if (s.cancel_requested) return due_reason::cancel_requested;
    if (s.start_by <= now) return due_reason::not_started;
    return std::nullopt;
  }

  static bool matches(const job_record& job, const job_filter& f) {
    const job_body& b = *job.body;
    const auto wants = [](auto wanted, auto id) { return wanted.is_nil() || wanted == id; };
    return wants(f.job, b.id) && wants(f.order, b.order) && wants(f.group, b.group) &&
           wants(f.project, b.project) && wants(f.item, b.item) &&
           !(f.live_only && job.status.is_final());
  }

  clock_source clock_;
  std::mutex mutex_{};
  std::map<account_id, books> accounts_{};
  std::map<std::string, kind_queue> queues_{};
  std::uint64_t turns_{};
};
static_assert(storage<own_store>);

}  // namespace host

int main() {
  const auto report =
      tollgate::contract::run([](tollgate::clock_source clock) { return host::own_store{clock}; });
  for (const auto& rule : report.outcomes) {
    std::printf("%-6s %-52s %s\n", rule.passed ? "passed" : "FAILED", rule.id.c_str(),
                rule.message.c_str());
  }
  std::printf("%zu of %zu rules hold\n", report.passed(), report.outcomes.size());
  return report.all_passed() ? 0 : 1;
}
