// SPDX-License-Identifier: BSL-1.0
// Laws of the ledger for every sequence of requests and every passing of time.
#include <ledger/books.hpp>
#include <support/property.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace tollgate;
using namespace tollgate::literals;
using namespace tollgate::test;

namespace {

/// One step as RapidCheck makes and shrinks it: what is asked, how much, of which, how, how long
/// after the one before. Which hold or lot a number means is looked up in the books it is asked of.
using step = std::tuple<int, int, int, int, int>;
using steps = std::vector<step>;

/// Every number of the range equally likely, also in the small inputs with which RapidCheck begins:
/// there inRange alone hardly ever leaves the lower end.
rc::Gen<int> evenly(int from, int to) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to));
}

rc::Gen<steps> any_steps() {
  return rc::gen::container<steps>(
      rc::gen::tuple(evenly(0, 24), evenly(0, 400), evenly(0, 12), evenly(0, 6), evenly(0, 90)));
}

/// What callers made so far, in the order in which they made it.
std::vector<hold_id> holds_of(const ledger_books& b) {
  std::vector<hold_id> made;
  for (const operation& o : b.operations) {
    const bool makes =
        o.request.kind == operation_kind::hold || o.request.kind == operation_kind::deduct;
    if (makes && !o.refused()) made.push_back(o.hold);
  }
  return made;
}
std::vector<lot_id> lots_of(const ledger_books& b) {
  std::vector<std::pair<std::uint64_t, lot_id>> made;
  for (const auto& [id, l] : b.lots) {
    if (l.parent.is_nil()) made.emplace_back(l.seq, id);
  }
  std::sort(made.begin(), made.end());
  std::vector<lot_id> ids;
  for (const auto& [seq, id] : made) ids.push_back(id);
  return ids;
}
/// Small numbers mean the youngest; a number beyond means one that does not exist.
template <class Id>
Id pick(const std::vector<Id>& from, int which) {
  const auto n = static_cast<std::size_t>(which);
  return n < from.size() ? from[from.size() - 1 - n] : Id{{0xdead, 0xbeef}};
}

constexpr credits cents(int n) { return credits::from_units(n * std::int64_t{100}); }

duration pause_of(const step& s) {
  const int n = std::get<4>(s);
  if (n < 40) return duration{1};
  if (n < 70) return minutes(n);
  return hours(n - 60);
}

command command_of(const ledger_books& b, const step& s, const std::string& key) {
  const auto& [what, much, which, how, wait] = s;
  const credits x = cents(much);
  const project_id project{{0, static_cast<std::uint64_t>(how % 2)}};
  const auto overage = static_cast<overage_policy>(how % 3);
  const duration life = how < 2 ? duration{} : hours(how * how);
  switch (what) {
    case 0:
    case 1:
    case 2:
      return to_command(
          grant_request{.account = user,
                        .amount = x + cents(1),
                        .category = static_cast<lot_category>(which % 4),
                        .priority = static_cast<std::int16_t>(which % 3),
                        .effective_at = which > 8 ? b.now + hours(which - 8) : timestamp{},
                        .lasts_for = life,
                        .key = key});
    case 3:
    case 4:
    case 5:
    case 6:
      return to_command(hold_request{
          .account = user, .amount = x, .lasts_for = life, .project = project, .key = key});
    case 7:
    case 8:
    case 9:
    case 10:
      return to_command(capture_request{.account = user,
                                        .hold = pick(holds_of(b), which),
                                        .amount = x,
                                        .final = how < 3,
                                        .overage = overage,
                                        .key = key});
    case 11:
      return to_command(
          release_request{.account = user, .hold = pick(holds_of(b), which), .key = key});
    case 12:
      return to_command(extend_hold_request{.account = user,
                                            .hold = pick(holds_of(b), which),
                                            .lasts_for = hours(how + 1),
                                            .key = key});
    case 13:
      return to_command(
          deduct_request{.account = user, .amount = x, .project = project, .key = key});
    case 14:
    case 15:
    case 16:
      return to_command(refund_request{
          .account = user, .hold = pick(holds_of(b), which), .amount = x + cents(1), .key = key});
    case 17:
    case 18:
    case 19:
      return to_command(claw_back_request{.account = user,
                                          .lot = pick(lots_of(b), which),
                                          .amount = x + cents(1),
                                          .policy = static_cast<claw_back_policy>(how % 2),
                                          .key = key});
    case 20:
      return to_command(
          adjust_request{.account = user, .amount = cents(much - 201), .reason = "r", .key = key});
    case 21:
      if (how == 0) {
        return to_command(freeze_request{.account = user, .reason = "r", .key = key});
      }
      return to_command(unfreeze_request{.account = user, .key = key});
    case 22:
      if (which == 0) {
        return to_command(close_request{.account = user, .forfeit = how < 3, .key = key});
      }
      return to_command(set_threshold_request{.account = user, .threshold = x, .key = key});
    default:
      return to_command(
          import_cost_request{.account = user, .project = {{0, 1}}, .amount = x, .key = key});
  }
}

void open(ledger_books& b) {
  RC_ASSERT(b.run(to_command(open_account_request{
                      .account = user, .opening_grant = 5_cr, .low_credit_threshold = 1_cr}))
                .has_value());
}
void require_sound(const ledger_books& b) {
  if (!b.faults.empty()) RC_LOG() << b.faults;
  RC_ASSERT(b.faults.empty());
}
void run(ledger_books& b, const steps& all, const std::string& prefix = "k") {
  for (std::size_t i = 0; i < all.size(); ++i) {
    b.now = b.now + pause_of(all[i]);
    const auto answer = b.run(command_of(b, all[i], prefix + std::to_string(i)));
    RC_ASSERT(answer || answer.error().code != error::corrupt_record);
    require_sound(b);
  }
}
command no_op(const ledger_books& b, const std::string& key) {
  return to_command(
      set_threshold_request{.account = user, .threshold = b.row.low_credit_threshold, .key = key});
}
bool is_no_op(const operation& o) { return o.request.key.substr(0, 5) == "no-op"; }

/// An operation without what depends on how many came before it.
auto essence(const operation& o) {
  return std::tuple{o.request.kind, o.at,   o.outcome, o.required, o.limit,     o.moved,
                    o.available,    o.held, o.debt,    o.spent,    o.committed, o.low_credit};
}
/// What lots hold, taken together where nothing but their age tells them apart.
auto essence(const std::map<lot_id, lot>& lots) {
  using key = std::tuple<lot_category, std::int16_t, timestamp, timestamp>;
  std::map<key, std::vector<std::int64_t>> sums;
  for (const auto& [id, l] : lots) {
    auto& sum = sums[{l.category, l.priority, l.effective_at, l.expires_at}];
    sum.resize(7);
    const credits parts[]{l.granted, l.pending, l.available, l.held, l.spent, l.expired, l.revoked};
    for (std::size_t i = 0; i < 7; ++i) sum[i] += parts[i].units();
  }
  return sums;
}

bool same_books(const ledger_books& a, const ledger_books& b) {
  return a.row == b.row && a.lots == b.lots && a.holds == b.holds && a.operations == b.operations &&
         a.entries == b.entries;
}

}  // namespace

TEST_CASE("whatever is asked and however time passes, every invariant holds", "[property]") {
  check_law("invariants", [] {
    ledger_books b;
    open(b);
    run(b, *any_steps());
  });
}

TEST_CASE("the sequences of the laws do everything and meet every refusal", "[property]") {
  std::map<operation_kind, int> done;
  std::map<error, int> refused;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {  // fixed: the same in every run
    ledger_books b;
    open(b);
    run(b, any_steps()(rc::Random{seed}, rc::kNominalSize).value());
    for (const operation& o : b.operations) {
      o.refused() ? ++refused[o.outcome] : ++done[o.request.kind];
    }
  }
  for (const operation_kind kind :
       {operation_kind::grant, operation_kind::hold, operation_kind::capture,
        operation_kind::release, operation_kind::extend_hold, operation_kind::deduct,
        operation_kind::refund, operation_kind::claw_back, operation_kind::adjust,
        operation_kind::freeze, operation_kind::import_cost, operation_kind::expire_hold,
        operation_kind::expire_lot, operation_kind::activate_lot}) {
    INFO(to_string(kind));
    CHECK(done[kind] > 0);
  }
  for (const error e : {error::hold_not_found, error::hold_already_captured, error::hold_expired,
                        error::exceeds_hold, error::exceeds_captured, error::account_frozen,
                        error::insufficient_credits}) {
    INFO(to_string(e));
    CHECK(refused[e] > 0);
  }
}

TEST_CASE("credits are conserved: an account changes by what its operations say", "[property]") {
  check_law("conservation", [] {
    steps all = *any_steps();
    for (step& s : all) {
      if (std::get<0>(s) >= 17 && std::get<0>(s) <= 19) std::get<3>(s) = 1;  // into debt
    }
    ledger_books b;
    open(b);
    run(b, all);
    // With debts counted and nothing revoked on return: available + held + pending - debt.
    credits wealth{};
    for (const operation& o : b.operations) {
      switch (o.request.kind) {
        case operation_kind::open_account:
        case operation_kind::grant:
        case operation_kind::refund:
        case operation_kind::adjust: wealth += o.moved; break;
        case operation_kind::capture:
        case operation_kind::deduct:
        case operation_kind::claw_back:
        case operation_kind::expire_lot:
        case operation_kind::close: wealth -= o.moved; break;
        default: break;
      }
      if (o.refused()) RC_ASSERT((o.moved == 0_cr));
    }
    RC_ASSERT((wealth == b.row.balance() + b.row.pending));
  });
}

TEST_CASE("when somebody writes does not change what happens", "[property]") {
  check_law("settle first", [] {
    const steps all = *any_steps();
    const auto writes = *rc::gen::container<std::vector<int>>(all.size(), rc::gen::inRange(0, 4));
    ledger_books quiet;
    ledger_books busy;
    open(quiet);
    open(busy);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const duration pause = pause_of(all[i]);
      const std::string n = std::to_string(i);
      for (int w = 1; w <= writes[i]; ++w) {  // somebody writes in between, and changes nothing
        busy.now = quiet.now + duration{pause.microseconds * w / 4};
        RC_ASSERT(busy.run(no_op(busy, "no-op " + n + " " + std::to_string(w))) ||
                  busy.row.state == account_state::closed);
      }
      quiet.now = busy.now = quiet.now + pause;
      const auto a = quiet.run(command_of(quiet, all[i], n));
      const auto b = busy.run(command_of(busy, all[i], n));
      RC_ASSERT((a.has_value() == b.has_value()));
      if (!a) RC_ASSERT((a.error() == b.error()));
    }
    quiet.now = busy.now = quiet.now + days(3);
    (void)quiet.run(no_op(quiet, "no-op last"));
    (void)busy.run(no_op(busy, "no-op last"));
    require_sound(quiet);
    require_sound(busy);
    const auto happened = [](const ledger_books& b) {
      std::vector<decltype(essence(b.operations.front()))> list;
      for (const operation& o : b.operations) {
        if (!is_no_op(o)) list.push_back(essence(o));
      }
      return list;
    };
    RC_ASSERT((happened(quiet) == happened(busy)));
    RC_ASSERT((essence(quiet.lots) == essence(busy.lots)));
  });
}

TEST_CASE("a batch decided on one state is what its commands are one by one", "[property]") {
  check_law("batch", [] {
    const steps before = *any_steps();
    const steps together = *any_steps();
    ledger_books one_by_one;
    open(one_by_one);
    run(one_by_one, before);
    one_by_one.now = one_by_one.now + hours(*rc::gen::inRange(0, 30));
    ledger_books at_once = one_by_one;
    std::vector<command> batch;
    for (std::size_t i = 0; i < together.size(); ++i) {
      // Some keys come twice, with the same or with another body.
      const std::string key = i % 5 == 4 ? "b" + std::to_string(i - 1) : "b" + std::to_string(i);
      batch.push_back(command_of(one_by_one, together[i], key));
      if (i % 7 == 6) batch.push_back(batch[i / 2]);
    }
    std::vector<result<receipt>> alone;
    for (const command& c : batch) alone.push_back(one_by_one.run(c));
    RC_ASSERT((at_once.run_batch(batch) == alone));
    require_sound(one_by_one);
    require_sound(at_once);
    RC_ASSERT(same_books(one_by_one, at_once));
  });
}

TEST_CASE(
    "the recorded requests, asked again of an empty ledger, make the same books byte for byte",
    "[property]") {
  check_law("replay", [] {
    ledger_books first;
    open(first);
    run(first, *any_steps());
    ledger_books again;
    for (const operation& o : first.operations) {
      if (is_internal(o.request.kind)) continue;  // happen by themselves
      again.now = o.at;
      (void)again.run(o.request);
    }
    require_sound(again);
    RC_ASSERT(same_books(first, again));
  });
}

TEST_CASE("deciding is a pure function of what was loaded", "[property]") {
  check_law("determinism", [] {
    ledger_books b;
    open(b);
    run(b, *any_steps());
    const step next =
        *rc::gen::tuple(rc::gen::inRange(0, 24), rc::gen::inRange(0, 400), rc::gen::inRange(0, 12),
                        rc::gen::inRange(0, 6), rc::gen::inRange(0, 90));
    const command c = command_of(b, next, "next");
    ledger_state one = b.load(c);
    ledger_state two = one;
    const auto first = decide(one, c, b.now + hours(1), b.rules);
    const auto second = decide(two, c, b.now + hours(1), b.rules);
    RC_ASSERT((first.answer == second.answer));
    RC_ASSERT((first.write.has_value() == second.write.has_value()));
    if (first.write) RC_ASSERT(same(*first.write, *second.write));
  });
}

TEST_CASE("every key answers for ever as it did the first time, and moves nothing more",
          "[property]") {
  check_law("keys", [] {
    ledger_books b;
    open(b);
    const steps all = *any_steps();
    std::vector<std::pair<command, result<receipt>>> asked;
    for (std::size_t i = 0; i < all.size(); ++i) {
      b.now = b.now + pause_of(all[i]);
      const command c = command_of(b, all[i], "k" + std::to_string(i));
      asked.emplace_back(c, b.run(c));
    }
    b.now = b.now + days(2);
    const ledger_books before = b;
    for (auto& [c, answer] : asked) {
      auto again = b.run(c);
      if (answer) answer->replayed = true;
      RC_ASSERT((again == answer));
    }
    require_sound(b);
    RC_ASSERT(same_books(before, b));
  });
}
