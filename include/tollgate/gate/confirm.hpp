// SPDX-License-Identifier: BSL-1.0
#pragma once
// The decision behind "Confirm & Render": every cost held and every job queued, or nothing.

#include <tollgate/gate/order.hpp>
#include <tollgate/gate/snapshot.hpp>
#include <tollgate/gate/unit.hpp>
#include <tollgate/ledger/engine.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

namespace detail {

inline constexpr std::size_t max_kind_name = 60;

[[nodiscard]] inline failure item_fault(std::size_t n, const char* field, const char* reason) {
  return make_failure(error::invalid_argument, "/items/" + std::to_string(n) + "/" + field, reason);
}

[[nodiscard]] inline bool has_short_names(const state_names& s) {
  return std::max({s.ready.size(), s.active.size(), s.succeeded.size(), s.failed.size(),
                   s.cancelled.size()}) <= max_state_name;
}

[[nodiscard]] inline refusal if_bad_item(const order_item& item, std::size_t n) {
  if (item.item.is_nil()) return item_fault(n, "item", "is nil");
  if (item.kind.empty() || item.kind.size() > max_kind_name) {
    return item_fault(n, "kind", "must have 1 to 60 bytes");
  }
  if (!item.states || !has_short_names(*item.states)) {
    return item_fault(n, "states", "must be given, with names of at most 15 bytes");
  }
  if (item.cost < credits{}) return item_fault(n, "cost", "is below zero");
  if (item.max_attempts == 0) return item_fault(n, "max_attempts", "is zero");
  if (item.ready_at == never) return item_fault(n, "ready_at", "never comes");
  if (item.start_within <= duration{}) return item_fault(n, "start_within", "is not positive");
  return std::nullopt;
}

/// What only the store's time can say of the items: what never times out would keep its hold for
/// ever, and what ends before it is ready can only fail. Judged where the key is new: a repeat has
/// its receipt also when its deadline has passed.
[[nodiscard]] inline refusal if_untimely(const confirm_command& c, timestamp now) {
  for (std::size_t n = 0; n < c.items.size(); ++n) {
    const order_item& item = c.items[n];
    const timestamp ready = later_of(item.ready_at, now);
    if (ready + item.start_within == never) return item_fault(n, "start_within", "never ends");
    if (item.deadline <= ready) return item_fault(n, "deadline", "is not after the job is ready");
  }
  return std::nullopt;
}

/// The ledger's view of an order: one command for the sum of its items.
[[nodiscard]] inline result<command> to_command(const confirm_command& c,
                                                const ledger_rules& rules) {
  if (c.items.empty()) return refuse(error::invalid_argument, "/items", "is empty");
  credits total{};
  std::vector<item_id> seen;
  seen.reserve(c.items.size());
  for (std::size_t n = 0; n < c.items.size(); ++n) {
    if (refusal wrong = if_bad_item(c.items[n], n)) return refuse(std::move(*wrong));
    const auto sum = checked_add(total, c.items[n].cost);
    if (!sum) return refuse(sum.error(), "/items/" + std::to_string(n) + "/cost");
    total = *sum;
    seen.push_back(c.items[n].item);
  }
  std::sort(seen.begin(), seen.end());
  if (const auto twice = std::adjacent_find(seen.begin(), seen.end()); twice != seen.end()) {
    return refuse(error::invalid_argument, "/items", to_string(*twice) + " is there twice");
  }
  command as{.kind = operation_kind::confirm,
             .account = c.account,
             .key = c.key,
             .currency = rules.currency,
             .amount = total,
             .project = c.project,
             .body = c.body,
             .attachment = c.attachment};
  if (auto wrong = validate(as, rules)) return refuse(std::move(*wrong));
  return as;
}

/// The answer to a confirmation under a key that was used before: the receipt it had, or what
/// differs. Nothing where the key is new.
[[nodiscard]] inline std::optional<result<order_receipt>> answer_of_repeat(
    const ledger_state& state, const command& as) {
  const operation* known = find_prior(state, as);
  if (known == nullptr) return std::nullopt;
  const std::string_view differs = first_difference(known->request, as);
  if (differs.empty()) return order_answer_of(*known, true);
  return result<order_receipt>{
      refuse(error::key_conflict, member_place(differs), "the key was used for another request")};
}

/// Live jobs stand in the way of their items.
[[nodiscard]] inline refusal if_already_queued(const account_snapshot& s,
                                               const confirm_command& c) {
  failure queued = make_failure(error::already_queued);
  for (const order_item& item : c.items) {
    for (const auto& live : s.live) {
      if (live.item == item.item) queued.subjects.push_back(live.job.value);
    }
  }
  if (queued.subjects.empty()) return std::nullopt;
  queued.reason = std::to_string(queued.subjects.size()) + " of the items have a live job";
  return queued;
}

/// The job of one item of the order that is being written. It is ready by the store's clock, which
/// claims look at, and not by the account's time, which may be ahead of a clock that was set back.
[[nodiscard]] inline job_insert queue_job(const operation& order, const confirm_command& c,
                                          std::uint32_t n, timestamp now) {
  const order_item& item = c.items[n];
  const job_id id = job_of(order.request.account, order.seq, order.at, n);
  const timestamp ready = later_of(item.ready_at, now);
  return {.body = std::make_shared<const job_body>(job_body{.id = id,
                                                            .account = c.account,
                                                            .order = order.id,
                                                            .hold = hold_of(id),
                                                            .item = item.item,
                                                            .group = c.group,
                                                            .project = c.project,
                                                            .branch = c.branch,
                                                            .kind = item.kind,
                                                            .payload = item.payload,
                                                            .states = item.states,
                                                            .priority = item.priority,
                                                            .arrival = order.seq,
                                                            .ordinal = n,
                                                            .max_attempts = item.max_attempts,
                                                            .estimated = item.cost,
                                                            .start_within = item.start_within,
                                                            .deadline = item.deadline,
                                                            .created_at = order.at}),
          .status = {.id = id,
                     .state = item.states->ready,
                     .ready_at = ready,
                     .start_by = ready + item.start_within,
                     .queued_at = order.at,
                     .updated_at = order.at}};
}

/// Holds the cost of every item and queues its job. Precondition: if_cannot_hold said nothing.
inline void place_order(posting& p, unit& u, account_snapshot& s, const confirm_command& c,
                        timestamp now) {
  const operation& order = p.current();
  const auto n = static_cast<std::uint32_t>(c.items.size());
  drawing lots{p};
  p.reserve_holds(n);
  u.inserts.reserve(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    job_insert& job = u.inserts.emplace_back(queue_job(order, c, i, now));
    p.add_hold(draw_hold(lots, {.id = job.body->hold,
                                .order = order.id,
                                .job = job.body->id,
                                .project = c.project,
                                .amount = c.items[i].cost,
                                .made_at = order.at}));
    s.live.push_back({c.items[i].item, job.body->id});
  }
  p.row().open_holds += n;
  operation& o = p.current();
  o.jobs = n;
  o.moved = o.request.amount;
  o.project = c.project;
  o.committed = o.request.amount;
}

}  // namespace detail

/// Decides a confirmation, in this order: invalid_argument, key_conflict, replay, invalid_argument
/// where only the time tells, account_not_found, the quote's objection, already_queued, the
/// ledger's refusals. Only the last are recorded under the key: the others ask for another request,
/// and so for another key.
[[nodiscard]] inline decision<order_receipt> decide(account_snapshot& s, const confirm_command& c,
                                                    timestamp now, const ledger_rules& rules) {
  const auto no = [](failure f) { return decision<order_receipt>{.answer = refuse(std::move(f))}; };
  ledger_state& state = s.ledger;
  auto as = detail::to_command(c, rules);
  if (!as) return no(std::move(as.error()));
  if (auto known = detail::answer_of_repeat(state, *as)) return {.answer = std::move(*known)};
  if (auto untimely = detail::if_untimely(c, now)) return no(std::move(*untimely));
  if (!state.row.exists()) {
    return no(no_such_account(c.account));
  }
  if (c.objection) return no(*c.objection);
  if (auto queued = detail::if_already_queued(s, c)) return no(std::move(*queued));
  detail::posting p{state, now, rules};
  detail::settle_due(p, state);
  if (auto wrong = detail::if_badly_loaded(state, as->amount)) return no(std::move(*wrong));
  unit u{.account = c.account};
  const auto count = static_cast<std::uint32_t>(c.items.size());
  const auto refused = detail::if_cannot_hold(p, state.row, as->amount, count);
  p.begin(std::move(*as), p.now());
  if (refused) {
    p.finish_refused(*refused);
  } else {
    detail::place_order(p, u, s, c, now);
    p.finish();
  }
  state.prior.push_back(p.current());
  auto answer = order_answer_of(p.current());
  u.ledger = p.take();
  return {.write = std::move(u), .answer = std::move(answer)};
}

}  // namespace tollgate
