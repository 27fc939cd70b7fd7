// SPDX-License-Identifier: BSL-1.0
// Whatever is asked, in whatever order, at whatever time: three stores give the same answers, and
// keep the same records.
#include <tollgate/gate/verify.hpp>
#include <tollgate/ledger/requests.hpp>

#include <stores/three_stores.hpp>
#include <support/property.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tollgate::test {
namespace {

/// One step as RapidCheck makes and shrinks it: what is asked, how much, of which, how, how long
/// after the one before. Which hold, lot or job a number means is what the stores said so far.
using step = std::tuple<int, int, int, int, int>;
using steps = std::vector<step>;

/// Every number of the range equally likely, also in the small inputs RapidCheck begins with.
rc::Gen<int> evenly(int from, int to) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to));
}
rc::Gen<step> any_step() {
  return rc::gen::tuple(evenly(0, 38), evenly(0, 300), evenly(0, 10), evenly(0, 6), evenly(0, 100));
}
rc::Gen<steps> any_steps() { return rc::gen::container<steps>(any_step()); }

constexpr credits cents(int n) { return credits::from_units(n * std::int64_t{100}); }

duration pause_of(int n) {
  if (n < 60) return duration{1};
  if (n < 85) return seconds(n);
  if (n < 97) return minutes(n);
  return hours(n - 90);
}

/// Small numbers mean the youngest; a number beyond means one that does not exist.
template <class T>
T pick(const std::vector<T>& from, int which, T none = T{{0xdead, 0xbeef}}) {
  const auto n = static_cast<std::size_t>(which);
  return n < from.size() ? from[from.size() - 1 - n] : none;
}

/// Who asks: customers of two accounts, an administrator, a worker. Asks all stores, compares, and
/// goes on with what they said.
class crowd {
 public:
  /// What was asked and how often it was granted or refused, by name.
  using tally = std::map<std::string, int>;

  explicit crowd(tally& counted) : counted_{counted} {}

  void take(const step& s) {
    const auto& [what, much, which, how, wait] = s;
    stores_.clock.advance(pause_of(wait));
    account_id who = account_of(which % 2);
    if (which == 9) who = account_of(2);  // nobody has opened this one
    const credits x = cents(much);
    const std::string key =
        how == 5 && steps_ > 3 ? "k" + std::to_string(steps_ - 3) : "k" + std::to_string(steps_);
    ++steps_;
    const project_id project{{0, static_cast<std::uint64_t>(how % 2)}};
    const duration life = how < 2 ? duration{} : hours(how * how);
    switch (what) {
      case 0:
      case 1:
        return money(grant_request{.account = who,
                                   .amount = x + cents(1),
                                   .category = static_cast<lot_category>(which % 4),
                                   .priority = static_cast<std::int16_t>(which % 3),
                                   .effective_at = which > 7 ? now() + hours(3) : timestamp{},
                                   .lasts_for = life,
                                   .key = key});
      case 2:
      case 3:
        return money(hold_request{
            .account = who, .amount = x, .lasts_for = life, .project = project, .key = key});
      case 4:
      case 5:
        return money(capture_request{.account = who,
                                     .hold = pick(holds_[who], which),
                                     .amount = x,
                                     .final = how < 3,
                                     .overage = static_cast<overage_policy>(how % 3),
                                     .key = key});
      case 6:
        return money(release_request{.account = who, .hold = pick(holds_[who], which), .key = key});
      case 7:
        return money(extend_hold_request{.account = who,
                                         .hold = pick(holds_[who], which),
                                         .lasts_for = hours(how + 1),
                                         .key = key});
      case 8:
        return money(deduct_request{.account = who, .amount = x, .project = project, .key = key});
      case 9:
      case 10:
        return money(refund_request{
            .account = who, .hold = pick(holds_[who], which), .amount = x + cents(1), .key = key});
      case 11:
      case 12:
        return money(claw_back_request{.account = who,
                                       .lot = pick(lots_[who], which),
                                       .amount = x + cents(1),
                                       .policy = static_cast<claw_back_policy>(how % 2),
                                       .key = key});
      case 13:
        return money(
            adjust_request{.account = who, .amount = cents(much - 151), .reason = "r", .key = key});
      case 14:
        if (how == 0) return money(freeze_request{.account = who, .reason = "r", .key = key});
        return money(unfreeze_request{.account = who, .key = key});
      case 15: return money(set_threshold_request{.account = who, .threshold = x, .key = key});
      case 16:
        return money(import_cost_request{
            .account = who, .project = project, .amount = x, .reason = "r", .key = key});
      case 17:
        return money(open_account_request{.account = account_of(which % 2),
                                          .opening_grant = cents(20'000),
                                          .low_credit_threshold = cents(1'000)});
      case 18:
      case 19:
      case 20:
      case 21: return order(who, key, s);
      case 22:
      case 23:
      case 24:
      case 25: return claim(who, how, which);
      case 26:
      case 27:
      case 28:
      case 29:
      case 30: return settle(s);
      case 31: return advance(s);
      case 32: return beat_all();
      case 33:
      case 34: return jobs_.empty() ? void() : run("cancel", cancel_of(pick(jobs_, which)));
      case 35:
      case 36: return decide_due();
      case 37:
        return same("limits", [&](auto& store) {
          return succeeded(store.set_limits(
              {.account = account_of(1), .max_in_flight = static_cast<std::uint32_t>(how)}));
        });
      default: return;
    }
  }

  /// Everything kept, and every listing.
  void compare_all() {
    same("accounts", [](auto& store) { return items(store.accounts({})); });
    for (int n = 0; n < 2; ++n) {
      const account_id who = account_of(n);
      std::vector<result<account_records>> books;
      for (auto* store : stores_.all()) books.push_back(store->audit(who));
      for (std::size_t at = 0; at < books.size(); ++at) {
        RC_ASSERT(books[at].has_value());
        tell("audit", at, differences_of(*books[0], *books[at]));
      }
      const account_records& b = *books[0];
      const auto broken = verify(b.row, b.lots, b.holds, b.operations, b.entries,
                                 std::span<const job_record>{b.jobs});
      for (const auto& d : broken) RC_LOG() << d.rule << " at " << d.place << ": " << d.message;
      RC_ASSERT(broken.empty());
      same("history", [&](auto& store) { return items(store.history(who, {})); });
      same("jobs", [&](auto& store) { return items(store.jobs(who, {.limit = 1'000}, {})); });
      same("live jobs", [&](auto& store) {
        return items(store.jobs(who, {.live_only = true, .limit = 1'000}, {}));
      });
      same("last", [&](auto& store) { return items(store.last_operation(who, now())); });
      same("queue", [&](auto& store) { return store.queue(who, kind_of(who)); });
      for (std::uint64_t p = 0; p < 2; ++p) {
        same("total", [&](auto& store) { return store.running_total(who, project_id{{0, p}}); });
      }
      for (const job_record& j : b.jobs) {
        same("attempts", [&](auto& store) { return store.attempts(who, j.body->id); });
      }
    }
  }

  void open() {
    for (int n = 0; n < 2; ++n) {
      money(open_account_request{.account = account_of(n), .opening_grant = cents(1'500)});
    }
  }

 private:
  struct ordered_job {
    account_id account{};
    job_id id{};
  };

  static account_id account_of(int n) { return {{0xacc, static_cast<std::uint64_t>(n) + 1}}; }
  /// An account's jobs have a kind of their own: which account a claim serves first is no answer,
  /// but a choice that a store makes by the use it has seen.
  static std::string kind_of(account_id who) { return "render " + std::to_string(who.value.low); }
  /// A job that had to wait for an instant (scheduled, polled, tried again after its worker died)
  /// takes its place in the order with the next claim or with the one after it, as a store likes.
  /// So an account has such jobs, and claims that leave nothing behind, or it has claims and a cap
  /// that choose.
  static bool has_schedule(account_id who) { return who == account_of(0); }
  [[nodiscard]] timestamp now() const { return stores_.clock.now(); }

  template <class T>
  static result<std::vector<T>> items(result<page<T>> some) {
    if (!some) return refuse(some.error());
    return std::move(some->items);
  }
  static result<std::vector<account_id>> succeeded(const result<void>& done) {
    if (!done) return refuse(done.error());
    return std::vector<account_id>{};
  }

  static void tell(const std::string& what, std::size_t at, const std::string& found) {
    if (found.empty()) return;
    RC_LOG() << what << ": " << three_stores::names[0] << " against " << three_stores::names[at]
             << ": " << found;
    RC_FAIL("two stores differ");
  }
  /// The answer of every store to one question, where it is the same.
  template <class Ask>
  auto answer(const std::string& what, Ask ask) {
    auto first = ask(*stores_.all()[0]);
    for (std::size_t at = 1; at < 3; ++at) {
      tell(what, at, differences_of(first, ask(*stores_.all()[at])));
    }
    ++counted_[what + ": " + (first ? "done" : std::string{to_string(first.error().code)})];
    return first;
  }
  template <class Ask>
  void same(const std::string& what, Ask ask) {
    static_cast<void>(answer(what, ask));
  }
  template <class Command>
  auto transacted(const std::string& what, const Command& c) {
    return answer(what, [&](auto& store) { return transact(store, c, rules_); });
  }
  template <class Command>
  void run(const std::string& what, const Command& c) {
    static_cast<void>(transacted(what, c));
  }

  template <ledger_request Request>
  void money(Request r) {
    const command c = to_command(std::move(r));
    const auto said = transacted(std::string{to_string(c.kind)}, c);
    if (!said) return;
    if (said->replayed) ++counted_["replayed"];
    if (c.kind == operation_kind::hold || c.kind == operation_kind::deduct) {
      holds_[c.account].push_back(said->hold);
    }
    if (c.kind == operation_kind::grant) {
      for (const lot_id l : said->lots) lots_[c.account].push_back(l);
    }
  }

  void order(account_id who, const std::string& key, const step& s) {
    const auto& [what, much, which, how, wait] = s;
    static const auto words = std::make_shared<const state_names>();
    confirm_command c{.account = who,
                      .key = key,
                      .project = project_id{{0, static_cast<std::uint64_t>(how % 2)}},
                      .group = group_id{{0, static_cast<std::uint64_t>(how % 3)}}};
    for (int n = 0; n <= which % 3; ++n) {
      std::string payload(static_cast<std::size_t>(much % 7), '\0');
      for (char& byte : payload) byte = static_cast<char>(much * 31 + n * 17);
      c.items.push_back(
          {.item = item_id{{0x17e, static_cast<std::uint64_t>((much + n) % 20)}},
           .kind = kind_of(who),
           .payload = payload,
           .states = words,
           .priority = static_cast<std::int16_t>(how % 3 - 1),
           .max_attempts = static_cast<std::uint32_t>(how % 3 + 1),
           .cost = cents(much),
           .start_within = how == 4 ? minutes(30) : days(7),
           .ready_at = how == 3 && has_schedule(who) ? now() + minutes(20) : timestamp{},
           .deadline = how == 2 ? now() + hours(2) : never});
    }
    const auto made = transacted("confirm", c);
    if (!made) return;
    for (const job_id job : made->jobs) jobs_.push_back({who, job});
  }

  void claim(account_id who, int how, int which) {
    const claim_request wanted{
        .worker = worker_id{{7, 7}},
        .kinds = {kind_of(who)},
        .limit = has_schedule(who) ? 50 : static_cast<std::size_t>(which % 4) + 1,
        .lease = !has_schedule(who) ? hours(10'000)
                 : how < 5          ? minutes(5)
                                    : hours(20)};
    const auto got = answer("claim", [&](auto& store) {
      auto said = store.claim(wanted);
      if (said) {  // which are taken is the answer, in which order they are listed is not
        std::sort(said->begin(), said->end(), [](const claimed_job& a, const claimed_job& b) {
          return a.body->id < b.body->id;
        });
      }
      return said;
    });
    if (!got) return;
    if (!got->empty()) ++counted_["claimed something"];
    for (const claimed_job& job : *got) leases_.push_back(job);
  }

  lease_ref lease_of(const claimed_job& job) const {
    return {job.body->account, job.status.id, job.status.epoch};
  }
  void settle(const step& s) {
    const auto& [what, much, which, how, wait] = s;
    if (leases_.empty()) return;
    const claimed_job& job = pick(leases_, which, leases_.front());  // repeats and stale ones, too
    auto kind = static_cast<settle_kind>((much + how) % 5);
    if (kind == settle_kind::wait && !has_schedule(job.body->account)) kind = settle_kind::failed;
    const bool charges = kind == settle_kind::succeeded || kind == settle_kind::cancelled;
    const settle_command c{.lease = lease_of(job),
                           .kind = kind,
                           .actual = charges ? cents(much) : credits{},
                           .overage = static_cast<overage_policy>(how % 3),
                           .delay = kind == settle_kind::wait ? minutes(how) : duration{},
                           .resumed = job.resumed,
                           .retryable = how < 4,
                           .resubmit = how == 1,
                           .error_code = kind == settle_kind::failed ? "provider" : "",
                           .provider_job_id = how < 3 ? "operations/" + std::to_string(which) : "",
                           .result = charges ? "a video" : "",
                           .progress = static_cast<std::uint32_t>(much),
                           .worker = job.status.worker};
    const auto said = transacted("settle " + std::to_string(static_cast<int>(kind)), c);
    if (said && said->adopted) ++counted_["adopted"];
    if (said && said->replayed) ++counted_["settled again"];
  }
  void advance(const step& s) {
    const auto& [what, much, which, how, wait] = s;
    if (leases_.empty()) return;
    run("advance", advance_command{.lease = lease_of(pick(leases_, which, leases_.front())),
                                   .progress = static_cast<std::uint32_t>(much),
                                   .provider_job_id = how == 0 ? "operations/late" : ""});
  }
  void beat_all() {
    // Never for less than it was claimed for: PostgreSQL keeps no index of leases that shrink.
    beat b{.worker = worker_id{{7, 7}}, .lease = hours(10'000)};
    std::vector<job_id> named;  // each lease once, the newest epoch of a job
    for (auto job = leases_.rbegin(); job != leases_.rend(); ++job) {
      if (std::find(named.begin(), named.end(), job->status.id) != named.end()) continue;
      named.push_back(job->status.id);
      b.leases.push_back(lease_of(*job));
    }
    same("heartbeat", [&](auto& store) {
      auto said = store.heartbeat(b);
      if (said) std::sort(said->lost.begin(), said->lost.end());
      if (said) std::sort(said->cancel_requested.begin(), said->cancel_requested.end());
      return said;
    });
  }
  static cancel_command cancel_of(const ordered_job& job) {
    return {.account = job.account, .job = job.id, .reason = "no longer wanted"};
  }
  void decide_due() {
    const auto due = answer("due", [](auto& store) {
      auto said = store.due({.limit = 1'000});
      if (said) {
        std::sort(said->begin(), said->end(), [](const due_job& a, const due_job& b) {
          return std::tie(a.account, a.job) < std::tie(b.account, b.job);
        });
      }
      return said;
    });
    if (!due) return;
    for (const due_job& d : *due) run("due " + std::to_string(static_cast<int>(d.reason)), d);
  }
  static ordered_job pick(const std::vector<ordered_job>& from, int which) {
    return test::pick(from, which, ordered_job{account_of(0), job_id{{0xdead, 0xbeef}}});
  }
  static const claimed_job& pick(const std::vector<claimed_job>& from, int which,
                                 const claimed_job& none) {
    const auto n = static_cast<std::size_t>(which);
    return n < from.size() ? from[from.size() - 1 - n] : none;
  }
  template <class Id>
  static Id pick(const std::vector<Id>& from, int which) {
    return test::pick(from, which);
  }

  tally& counted_;
  three_stores stores_{};
  ledger_rules rules_{};
  int steps_{};
  std::map<account_id, std::vector<hold_id>> holds_{};
  std::map<account_id, std::vector<lot_id>> lots_{};
  std::vector<ordered_job> jobs_{};
  std::vector<claimed_job> leases_{};
};

void run(const steps& all, crowd::tally& counted) {
  crowd c{counted};
  c.open();
  for (const step& s : all) c.take(s);
  c.compare_all();
}

TEST_CASE("three stores give the same answers to whatever is asked", "[property]") {
  rc::detail::TestParams how = rc::detail::configuration().testParams;
  how.maxSuccess = may_take_long() ? 400 : 6;
  how.disableShrinking = !may_take_long();  // which takes minutes here
  crowd::tally counted;
  const auto outcome = rc::detail::checkTestable([&] { run(*any_steps(), counted); },
                                                 rc::detail::TestMetadata{}, how);
  std::ostringstream story;
  rc::detail::printResultMessage(outcome, story);
  INFO(story.str());
  REQUIRE(outcome.is<rc::detail::SuccessResult>());
}

TEST_CASE("the sequences that three stores agree on do everything", "[property]") {
  crowd::tally counted;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {  // fixed: the same in every run
    const auto many = rc::gen::container<steps>(250, any_step());
    run(many(rc::Random{seed}, rc::kNominalSize).value(), counted);
  }
  std::string all;
  for (const auto& [what, times] : counted) all += what + " " + std::to_string(times) + "\n";
  INFO(all);
  for (const char* what : {"grant: done",
                           "hold: done",
                           "capture: done",
                           "release: done",
                           "refund: done",
                           "claw_back: done",
                           "deduct: done",
                           "adjust: done",
                           "extend_hold: done",
                           "freeze: done",
                           "import_cost: done",
                           "confirm: done",
                           "confirm: already_queued",
                           "confirm: insufficient_credits",
                           "claimed something",
                           "settle 0: done",
                           "settle 1: done",
                           "settle 2: done",
                           "settle 3: done",
                           "settle 4: done",
                           "settled again",
                           "adopted",
                           "advance: done",
                           "heartbeat: done",
                           "cancel: done",
                           "due 0: done",
                           "replayed"}) {
    INFO(what);
    CHECK(counted[what] > 0);
  }
}

}  // namespace
}  // namespace tollgate::test
