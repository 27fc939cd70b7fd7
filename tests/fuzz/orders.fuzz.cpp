// SPDX-License-Identifier: BSL-1.0
// Any sequence of confirmations, claims, settles, cancels and deaths against the engine of the
// gate, with a store that refuses what a store must refuse. Then time passes, and everything ends.
#include <fuzz/fuzz.hpp>

#include <ledger/books.hpp>

#include <tollgate/gate/advance.hpp>
#include <tollgate/gate/cancel.hpp>
#include <tollgate/gate/confirm.hpp>
#include <tollgate/gate/expire.hpp>
#include <tollgate/gate/ledger.hpp>
#include <tollgate/gate/settle.hpp>
#include <tollgate/gate/verify.hpp>

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace tollgate::fuzz {
namespace {

using test::user;
using provider = FuzzedDataProvider;

/// The records of one account and its jobs, written only as a store may write them.
class shop {
 public:
  test::ledger_books books{};
  std::map<job_id, job_record> jobs{};
  std::set<std::tuple<job_id, std::uint64_t, attempt_outcome>> attempts{};

  [[nodiscard]] account_snapshot load() const {
    account_snapshot s{.ledger = books.load_all({})};
    s.ledger.prior = books.operations;
    for (const auto& [id, j] : jobs) {
      s.jobs.push_back(j);
      if (!j.status.is_final()) s.live.push_back({j.body->item, id});
    }
    return s;
  }
  template <class Command>
  auto run(const Command& c) {
    account_snapshot s = load();
    auto d = decide(s, c, books.now, books.rules);
    wrote = d.write.has_value();
    moved = d.write && d.write->ledger;
    if (d.write) write(*d.write);
    must(d.answer || d.answer.error().code != error::corrupt_record, "no command breaks a record",
         d.answer ? "" : to_string(d.answer.error()));
    return std::move(d.answer);
  }
  bool wrote{};  // the last command wrote something
  bool moved{};  // and something of it in the ledger

 private:
  void write(const unit& u) {
    if (u.ledger) books.write(*u.ledger);
    must(books.faults.empty(), "the books are sound after every step", books.faults);
    for (const job_insert& j : u.inserts) {
      must(jobs.emplace(j.status.id, job_record{j.body, j.status}).second, "a job is new");
    }
    for (const job_change& c : u.jobs) {
      job_status& old = jobs.at(c.status.id).status;
      must(!old.is_final(), "a job that ended does not change");
      must(old.epoch == c.expected_epoch && old.revision == c.expected_revision,
           "a change expects the job as it was loaded");
      must(c.status.epoch >= old.epoch && c.status.revision == old.revision + 1,
           "epochs never go back, revisions count");
      old = c.status;
    }
    for (const attempt& a : u.attempts) attempts.emplace(a.job, a.epoch, a.outcome);
    std::vector<lot> lots;
    std::vector<hold> holds;
    std::vector<job_record> all;
    for (const auto& [id, l] : books.lots) lots.push_back(l);
    for (const auto& [id, h] : books.holds) holds.push_back(h);
    for (const auto& [id, j] : jobs) all.push_back(j);
    for (const discrepancy& f :
         verify(books.row, lots, holds, books.operations, books.entries, all)) {
      must(false, f.rule, f.place + ": " + f.message);
    }
  }
};

job_id pick(provider& from, const shop& s) {
  const auto at = from.ConsumeIntegralInRange<std::size_t>(0, s.jobs.size());
  if (at == s.jobs.size()) return {{0xdead, 0xbeef}};
  return std::next(s.jobs.begin(), static_cast<std::ptrdiff_t>(at))->first;
}
credits cost(provider& from) {
  if (from.ConsumeIntegralInRange(0, 9) == 0) return credits::max();
  return credits::from_units(std::int64_t{1'000} * from.ConsumeIntegral<std::uint8_t>());
}
duration span(provider& from) {
  if (from.ConsumeIntegralInRange(0, 9) == 0) return {from.ConsumeIntegral<std::int64_t>()};
  return seconds(from.ConsumeIntegralInRange(0, 40));
}

confirm_command any_order(provider& from, int n) {
  static const auto words = std::make_shared<const state_names>();
  confirm_command c{.account = user, .key = "k" + std::to_string(n), .project = {{0, 1}}};
  for (int i = from.ConsumeIntegralInRange(1, 3); i > 0; --i) {
    c.items.push_back({.item = {{1, from.ConsumeIntegralInRange<std::uint64_t>(1, 6)}},
                       .kind = "render",
                       .states = words,
                       .max_attempts = from.ConsumeIntegralInRange(1U, 3U),
                       .cost = cost(from)});
    if (from.ConsumeIntegralInRange(0, 9) == 0) c.items.back().deadline = {span(from).microseconds};
    if (from.ConsumeIntegralInRange(0, 9) == 0) {
      c.items.back().start_within = seconds(from.ConsumeIntegralInRange(-1, 40));
    }
  }
  return c;
}
settle_command any_settle(provider& from, const lease_ref& lease) {
  settle_command c{.lease = lease,
                   .kind = static_cast<settle_kind>(from.ConsumeIntegralInRange(0, 4)),
                   .overage = static_cast<overage_policy>(from.ConsumeIntegralInRange(0, 2)),
                   .delay = span(from),
                   .resumed = from.ConsumeBool(),
                   .retryable = from.ConsumeBool(),
                   .resubmit = from.ConsumeBool()};
  if (c.kind == settle_kind::succeeded || c.kind == settle_kind::cancelled) c.actual = cost(from);
  if (c.kind == settle_kind::failed) c.error_code = "broke";
  if (from.ConsumeBool()) c.provider_job_id = "op " + std::to_string(lease.epoch);
  return c;
}

/// What a store does for a claim: of a job that is ready or due for a poll, under a new epoch.
std::optional<lease_ref> claim(shop& s, job_id id) {
  const auto at = s.jobs.find(id);
  if (at == s.jobs.end()) return std::nullopt;
  job_status& j = at->second.status;
  const bool ready = j.phase == job_phase::ready;
  if ((!ready && j.phase != job_phase::waiting) || j.ready_at > s.books.now) return std::nullopt;
  if (ready) {
    ++j.attempts;
    j.state = at->second.body->states->active;
  }
  j.phase = job_phase::leased;
  j.role = job_role::active;
  ++j.epoch;
  ++j.revision;
  j.lease_until = s.books.now + seconds(20);
  if (j.started_at == timestamp{}) j.started_at = s.books.now;
  return lease_ref{user, id, j.epoch};
}

/// A settle, and the same again after the answer was lost: the second moves nothing.
void settle(provider& from, shop& s, const lease_ref& lease) {
  const auto job = s.jobs.find(lease.job);
  const bool stale = job == s.jobs.end() || job->second.status.epoch != lease.epoch;
  const settle_command c = any_settle(from, lease);
  const auto first = s.run(c);
  must(!stale || !s.moved, "an epoch that is not the job's moves no credits");
  if (!first) return;
  must(!stale || first->replayed, "an epoch that is not the job's is a repeat or is refused");
  const auto again = s.run(c);
  must(!s.moved, "a repeated settle moves no credits");
  if (again) must(again->replayed && !s.wrote, "a repeated settle is a replay");
  if (again && first->money) {
    must(again->money && again->money->seq == first->money->seq, "with the same receipt");
  }
}

void end_what_is_due(shop& s) {
  std::vector<job_id> live;
  for (const auto& [id, j] : s.jobs) {
    if (!j.status.is_final()) live.push_back(id);
  }
  for (const job_id id : live) {
    for (const due_reason why : {due_reason::lease_lost, due_reason::not_started,
                                 due_reason::deadline, due_reason::cancel_requested}) {
      must(s.run(due_job{user, id, why}).has_value(), "what is due ends");
    }
  }
}

void step(provider& from, shop& s, std::vector<lease_ref>& leases,
          std::vector<confirm_command>& orders, int n) {
  const auto lease = [&] {
    if (leases.empty()) return lease_ref{user, pick(from, s), 1};
    return leases[leases.size() - 1 -
                  from.ConsumeIntegralInRange<std::size_t>(0, leases.size() - 1)];
  };
  switch (from.ConsumeIntegralInRange(0, 11)) {
    case 0:
    case 1: {
      orders.push_back(any_order(from, n));
      const auto first = s.run(orders.back());
      const auto again = s.run(orders.back());
      if (!first) return;
      must(again && again->money.replayed && !s.wrote, "one key makes one order");
      must(again->jobs == first->jobs && again->order == first->order, "and answers the same");
      return;
    }
    case 2:
      if (!orders.empty()) {  // an old key, with another body now and then
        confirm_command old = orders.front();
        if (from.ConsumeBool()) old.body.bytes[0] = 1;
        (void)s.run(old);
      }
      return;
    case 3:
    case 4:
    case 5:
      if (const auto claimed = claim(s, pick(from, s))) leases.push_back(*claimed);
      return;
    case 6:
    case 7: return settle(from, s, lease());
    case 8: {
      advance_command a{.lease = lease(), .state = "generating", .progress = 500};
      if (from.ConsumeBool()) a.provider_job_id = "op";
      (void)s.run(a);
      must(!s.moved, "progress moves no credits");
      return;
    }
    case 9: (void)s.run(cancel_command{user, pick(from, s), "by hand"}); return;
    case 10: return end_what_is_due(s);
    default: {
      command c{.kind = static_cast<operation_kind>(from.ConsumeIntegralInRange(0, 14)),
                .account = user,
                .key = "k" + std::to_string(n),
                .amount = cost(from),
                .reason = "r"};
      if (!s.books.holds.empty()) c.hold = s.books.holds.begin()->first;
      if (!s.books.lots.empty()) c.lot = s.books.lots.begin()->first;
      c.overage = static_cast<overage_policy>(from.ConsumeIntegralInRange(0, 2));
      c.policy = static_cast<claw_back_policy>(from.ConsumeIntegralInRange(0, 1));
      (void)s.run(c);
    }
  }
}

}  // namespace

void orders(std::string_view bytes) {
  provider from{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  shop s;
  (void)s.run(to_command(open_account_request{.account = user, .opening_grant = cost(from)}));
  std::vector<lease_ref> leases;
  std::vector<confirm_command> placed;
  for (int n = 0; n < 40 && from.remaining_bytes() > 0; ++n) {
    s.books.now = s.books.now + seconds(from.ConsumeIntegralInRange(-5, 30));
    step(from, s, leases, placed, n);
  }
  // Nobody works any more. Every lease runs out, every job that stands still ends.
  for (int round = 0; round < 8; ++round) {
    s.books.now = s.books.now + days(400);
    end_what_is_due(s);
  }
  for (const auto& [id, j] : s.jobs) must(j.status.is_final(), "every job ends");
  for (const auto& [id, h] : s.books.holds) {
    must(h.job.is_nil() || !h.is_open(), "no hold of a job stays open");
  }
}

}  // namespace tollgate::fuzz
