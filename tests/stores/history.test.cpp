// SPDX-License-Identifier: BSL-1.0
// What many threads did at once is the same as doing it one by one: the journal of an account,
// replayed in the order of seq through the pure engine, gives every operation, every receipt and
// every record that the store gave.
#include <tollgate/core/system_clock.hpp>
#include <tollgate/gate/verify.hpp>
#include <tollgate/ledger/requests.hpp>

#include <stores/three_stores.hpp>
#include <support/catch.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace tollgate::test {
namespace {

constexpr std::uint64_t accounts = 3;
constexpr int threads = 8;

account_id account_of(std::uint64_t n) { return {{0xacc, n + 1}}; }
constexpr credits cents(std::int64_t n) { return credits::from_units(n * 100); }

/// What a worker or a customer asked that moved money under no key: the job as it was then.
struct ending {
  std::variant<settle_command, cancel_command> asked{};
  job_record before{};
};

/// What was asked and answered, as the threads that asked remember it.
struct memories {
  std::mutex mutex{};
  std::map<std::pair<account_id, std::string>, confirm_command> orders{};
  std::map<job_id, ending> endings{};
  std::map<std::pair<account_id, std::uint64_t>, receipt> receipts{};  // by seq
  std::map<std::string, int> counts{};
  std::vector<std::string> lies{};  // two different receipts for one operation

  void note(account_id who, receipt r) {
    r.replayed = false;
    const auto [at, is_new] = receipts.try_emplace({who, r.seq}, r);
    if (!is_new && at->second != r) lies.push_back("two receipts of " + r.key);
  }
};

/// One of the threads: a customer, and now and then a worker.
class participant {
 public:
  participant(contract::any_store& store, memories& all, std::uint64_t number)
      : store_{store}, all_{all}, number_{number}, dice_{number} {}

  void step() {
    ++steps_;
    switch (dice_() % 12) {
      case 0:
      case 1: return order();
      case 2:
      case 3:
      case 4: return work();
      case 5: return cancel();
      default: return money();
    }
  }

 private:
  std::uint64_t below(std::uint64_t n) { return dice_() % n; }
  credits some() { return cents(static_cast<std::int64_t>(below(400)) + 1); }
  std::string new_key() { return std::to_string(number_) + "/" + std::to_string(steps_); }
  hold_id any_hold() { return holds_.empty() ? hold_id{{1, 1}} : holds_[below(holds_.size())]; }
  lot_id any_lot() { return lots_.empty() ? lot_id{{1, 1}} : lots_[below(lots_.size())]; }

  command any_command() {
    const account_id who = account_of(below(accounts));
    // Everybody uses these at once: one of them is answered first, the others as that one was.
    const std::string key = below(10) == 0 ? "shared " + std::to_string(below(50)) : new_key();
    const duration life =
        below(2) == 0 ? milliseconds(static_cast<std::int64_t>(below(20)) + 1) : hours(1);
    switch (below(10)) {
      case 0:
      case 1:
        return to_command(grant_request{.account = who,
                                        .amount = some(),
                                        .category = static_cast<lot_category>(below(4)),
                                        .priority = static_cast<std::int16_t>(below(3)),
                                        .lasts_for = life,
                                        .key = key});
      case 2:
      case 3:
        return to_command(hold_request{.account = who,
                                       .amount = some(),
                                       .lasts_for = life,
                                       .project = project_id{{0, 1}},
                                       .key = key});
      case 4:
        return to_command(capture_request{.account = who,
                                          .hold = any_hold(),
                                          .amount = some(),
                                          .final = below(2) == 0,
                                          .overage = static_cast<overage_policy>(below(3)),
                                          .key = key});
      case 5: return to_command(release_request{.account = who, .hold = any_hold(), .key = key});
      case 6: return to_command(deduct_request{.account = who, .amount = some(), .key = key});
      case 7:
        return to_command(
            refund_request{.account = who, .hold = any_hold(), .amount = some(), .key = key});
      case 8:
        return to_command(claw_back_request{.account = who,
                                            .lot = any_lot(),
                                            .amount = some(),
                                            .policy = static_cast<claw_back_policy>(below(2)),
                                            .key = key});
      default:
        return to_command(adjust_request{
            .account = who, .amount = some() - cents(200), .reason = "r", .key = key});
    }
  }
  void money() {
    const command c = any_command();
    const auto said = transact(store_, c, rules_, 1'000);
    const std::lock_guard lock{all_.mutex};
    ++all_.counts[said ? "done" : std::string{to_string(said.error().code)}];
    if (!said) return;
    if (said->replayed) ++all_.counts["replayed"];
    all_.note(c.account, *said);
    if (c.kind == operation_kind::hold || c.kind == operation_kind::deduct) {
      holds_.push_back(said->hold);
    }
    if (c.kind == operation_kind::grant) {
      for (const lot_id l : said->lots) lots_.push_back(l);
    }
  }

  void order() {
    static const auto words = std::make_shared<const state_names>();
    confirm_command c{
        .account = account_of(below(accounts)), .key = new_key(), .project = project_id{{0, 2}}};
    for (std::uint64_t n = below(3) + 1; n > 0; --n) {
      c.items.push_back({.item = item_id{{number_, steps_ * 4 + n}},
                         .kind = "render",
                         .payload = "a shot",
                         .states = words,
                         .max_attempts = 100,
                         .cost = some()});
    }
    {
      const std::lock_guard lock{all_.mutex};
      all_.orders[{c.account, c.key}] = c;
    }
    const auto made = transact(store_, c, rules_, 1'000);
    const std::lock_guard lock{all_.mutex};
    ++all_.counts[made ? "ordered" : std::string{to_string(made.error().code)}];
    if (!made) return;
    all_.note(c.account, made->money);
    for (const job_id job : made->jobs) jobs_.push_back({c.account, job});
  }

  void work() {
    auto claimed = store_.claim(
        {.worker = worker_id{{number_, 1}}, .kinds = {"render"}, .limit = 2, .lease = hours(1)});
    if (!claimed) return;
    for (const claimed_job& job : *claimed) {
      const auto kind = static_cast<settle_kind>(below(4));
      const bool charges = kind == settle_kind::succeeded || kind == settle_kind::cancelled;
      const settle_command c{.lease = {job.body->account, job.status.id, job.status.epoch},
                             .kind = kind,
                             .actual = charges ? some() : credits{},
                             .overage = static_cast<overage_policy>(below(3)),
                             .retryable = below(2) == 0,
                             .error_code = kind == settle_kind::failed ? "provider" : "",
                             .worker = job.status.worker};
      const auto said = transact(store_, c, rules_, 1'000);
      const std::lock_guard lock{all_.mutex};
      ++all_.counts[said ? "settled" : std::string{to_string(said.error().code)}];
      if (!said || !said->money || said->replayed) continue;
      all_.note(job.body->account, *said->money);
      all_.endings[job.status.id] = {c, {job.body, job.status}};
    }
  }

  void cancel() {
    if (jobs_.empty()) return;
    const auto [who, job] = jobs_[below(jobs_.size())];
    const cancel_command c{.account = who, .job = job, .reason = "no longer wanted"};
    const auto said = transact(store_, c, rules_, 1'000);
    const std::lock_guard lock{all_.mutex};
    ++all_.counts[said ? "cancel" : std::string{to_string(said.error().code)}];
    if (!said || !said->money || said->outcome != cancel_outcome::cancelled) return;
    all_.note(who, *said->money);
    all_.endings[job].asked = c;
  }

  contract::any_store& store_;
  memories& all_;
  std::uint64_t number_;
  std::uint64_t steps_{};
  std::mt19937_64 dice_;
  ledger_rules rules_{};
  std::vector<hold_id> holds_{};
  std::vector<lot_id> lots_{};
  std::vector<std::pair<account_id, job_id>> jobs_{};
};

/// One account again, from nothing, by the pure functions alone.
class replay {
 public:
  replay(const memories& asked, const account_records& kept) : asked_{asked}, kept_{kept} {
    for (const job_record& j : kept.jobs) {
      job_record first{j.body, {}};
      jobs_.emplace(j.body->id, std::move(first));
      if (j.status.cancel_requested) unwanted_.insert(j.body->id);
    }
  }

  /// Says what comes out differently; nothing is good.
  std::string run() {
    std::size_t next = 0;
    while (next < kept_.operations.size() && said_.empty()) {
      // What happens by itself is made by the decision that comes after it.
      const operation& o = asked_for(next);
      decide_again(o, next);
    }
    if (said_.empty()) compare();
    return said_;
  }
  [[nodiscard]] std::size_t receipts() const { return receipts_; }

 private:
  const operation& asked_for(std::size_t from) const {
    while (from + 1 < kept_.operations.size() && happens_by_itself(kept_.operations[from])) ++from;
    return kept_.operations[from];
  }
  static bool happens_by_itself(const operation& o) {
    return o.request.kind == operation_kind::expire_hold ||
           o.request.kind == operation_kind::expire_lot ||
           o.request.kind == operation_kind::activate_lot;
  }

  void decide_again(const operation& o, std::size_t& next) {
    if (o.request.kind == operation_kind::confirm) {
      const auto at = asked_.orders.find({o.request.account, o.request.key});
      if (at == asked_.orders.end()) return complain(o, "nobody ordered it");
      return write(decide(shot_, at->second, o.at, rules_), o, next);
    }
    if (o.request.kind == operation_kind::settle) {
      const auto at = asked_.endings.find(o.request.job);
      if (at == asked_.endings.end()) return complain(o, "nobody ended it");
      job_record before = at->second.before;
      if (!before.body) before = initial(o.request.job);
      // Somebody may have asked to cancel it after it was claimed.
      if (unwanted_.contains(o.request.job)) before.status.cancel_requested = true;
      shot_.jobs = {before};
      std::visit([&](const auto& c) { write(decide(shot_, c, o.at, rules_), o, next); },
                 at->second.asked);
      shot_.jobs.clear();
      return;
    }
    write(decide(shot_, o.request, o.at, rules_), o, next);
  }
  job_record initial(job_id id) const {
    const auto at = jobs_.find(id);
    return at == jobs_.end() ? job_record{} : at->second;
  }

  template <class Decision>
  void write(Decision made, const operation& o, std::size_t& next) {
    if (!made.write || !made.write->ledger) return complain(o, "decided again it writes nothing");
    const ledger_change& change = *made.write->ledger;
    for (const operation& again : change.operations) {
      if (next == kept_.operations.size()) return complain(o, "decided again there are more");
      const operation& was = kept_.operations[next++];
      const std::string found = differences_of(again, was);
      if (!found.empty()) return complain(was, found);
      const auto noted = asked_.receipts.find({was.request.account, was.seq});
      if (noted != asked_.receipts.end()) {
        const auto answer = answer_of(again);
        if (!answer || *answer != noted->second) return complain(was, "another receipt was given");
        ++receipts_;
      }
    }
    for (const hold& h : change.holds) {
      const auto same = [&](const hold& x) { return x.id == h.id; };
      const auto at = std::find_if(shot_.ledger.holds.begin(), shot_.ledger.holds.end(), same);
      if (at == shot_.ledger.holds.end()) {
        shot_.ledger.holds.push_back(h);
      } else {
        *at = h;
      }
    }
    for (const job_insert& i : made.write->inserts) jobs_[i.body->id].status = i.status;
    entries_.insert(entries_.end(), change.entries.begin(), change.entries.end());
    shot_.live.clear();
  }
  void compare() {
    account_records again{.row = shot_.ledger.row,
                          .lots = shot_.ledger.lots,
                          .holds = shot_.ledger.holds,
                          .operations = kept_.operations,
                          .entries = entries_,
                          .jobs = kept_.jobs};
    said_ = differences_of(std::move(again), kept_);
  }
  void complain(const operation& o, const std::string& what) {
    said_ = "operation " + std::to_string(o.seq) + ", " + std::string{to_string(o.request.kind)} +
            ": " + what;
  }

  const memories& asked_;
  const account_records& kept_;
  ledger_rules rules_{};
  account_snapshot shot_{};
  std::map<job_id, job_record> jobs_{};
  std::set<job_id> unwanted_{};
  std::vector<entry> entries_{};
  std::size_t receipts_{};
  std::string said_{};
};

void check_history(contract::any_store& store) {
  memories all;
  for (std::uint64_t n = 0; n < accounts; ++n) {
    const auto opened =
        transact(store,
                 to_command(open_account_request{.account = account_of(n),
                                                 .opening_grant = cents(30'000),
                                                 .low_credit_threshold = cents(500)}),
                 ledger_rules{});
    REQUIRE(opened.has_value());
  }
  // So many steps, whatever the machine: how long they take is no part of the test.
  const int each = may_take_long() ? 4'000 : 60;
  std::vector<std::thread> crew;
  for (std::uint64_t n = 1; n <= threads; ++n) {
    crew.emplace_back([&store, &all, n, each] {
      participant one{store, all, n};
      for (int left = each; left > 0; --left) one.step();
    });
  }
  for (std::thread& t : crew) t.join();

  // What happened by itself at the end comes before something that somebody asked.
  for (std::uint64_t n = 0; n < accounts; ++n) {
    const command last = to_command(
        set_threshold_request{.account = account_of(n), .threshold = cents(500), .key = "last"});
    const auto said = transact(store, last, ledger_rules{});
    REQUIRE(said.has_value());
    all.note(account_of(n), *said);
  }

  std::string counts;
  for (const auto& [what, times] : all.counts) counts += what + " " + std::to_string(times) + ", ";
  INFO(counts);
  CHECK(all.lies.empty());
  std::size_t receipts = 0;
  for (std::uint64_t n = 0; n < accounts; ++n) {
    const auto kept = store.audit(account_of(n));
    REQUIRE(kept.has_value());
    replay again{all, *kept};
    CHECK(again.run() == "");
    receipts += again.receipts();
    const auto broken = verify(kept->row, kept->lots, kept->holds, kept->operations, kept->entries,
                               std::span<const job_record>{kept->jobs});
    CHECK(broken.empty());
  }
  // Every receipt anybody was given is that of an operation that was decided again.
  CHECK(receipts == all.receipts.size());
  CHECK(receipts > static_cast<std::size_t>(each));
  CHECK(all.counts["settled"] > 0);
}

TEST_CASE("a concurrent history in memory is the engine's, replayed in the order of seq") {
  memory::store store;
  contract::erased<memory::store> any{store};
  check_history(any);
}

TEST_CASE("a concurrent history in SQLite is the engine's, replayed in the order of seq") {
  const folder files;
  const auto store = open_store({.path = files.file(), .safety = sqlite::durability::off});
  contract::erased<sqlite::store> any{*store};
  check_history(any);
}

TEST_CASE("a concurrent history in PostgreSQL is the engine's, replayed in the order of seq") {
  const own_schema schema;
  const auto store = schema.open();
  contract::erased<postgres::store> any{*store};
  check_history(any);
}

}  // namespace
}  // namespace tollgate::test
