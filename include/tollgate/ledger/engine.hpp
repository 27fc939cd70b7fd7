// SPDX-License-Identifier: BSL-1.0
#pragma once
// The one engine that decides every movement of credits: a pure function of what was loaded.

#include <tollgate/ledger/detail/charges.hpp>
#include <tollgate/ledger/detail/due.hpp>
#include <tollgate/ledger/detail/grants.hpp>
#include <tollgate/ledger/project.hpp>
#include <tollgate/ledger/validate.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate {

/// What to write, and what to answer once it is written. Nothing is written for a replay, for a
/// request that is not well formed, for a key conflict and for an account that does not exist.
struct ledger_decision {
  std::optional<ledger_change> write{};
  result<receipt> answer;
};

namespace detail {

/// The operation that already answered this key.
[[nodiscard]] inline const operation* find_prior(const ledger_state& state, const command& c) {
  for (const operation& o : state.prior) {
    if (!o.request.key.empty() && o.request.key == c.key) return &o;
  }
  return nullptr;
}

/// A fault of the store, found before anything is written: what it loaded cannot be decided from.
/// `draws` as in may_draw: the largest amount asks for everything, what is pending too.
[[nodiscard]] inline refusal if_badly_loaded(const ledger_state& state, credits draws) {
  for (const hold& h : state.holds) {
    if (has_its_lots(state, h)) continue;
    return make_failure(error::corrupt_record, "hold/" + to_string(h.id), "a lot is missing");
  }
  credits waits = draws == credits::max() ? state.row.pending : credits{};
  if (waits != credits{}) {
    for (const lot& l : state.lots) waits -= l.pending;
  }
  if (waits == credits{} && covers(state, std::min(draws, state.row.available))) {
    return std::nullopt;
  }
  return make_failure(error::corrupt_record, "account/" + to_string(state.row.id),
                      "its lots do not hold what it says is available");
}

[[nodiscard]] inline refusal perform(posting& p, ledger_state& state, const command& c) {
  switch (c.kind) {
    case operation_kind::grant: return grant(p, c);
    case operation_kind::hold: return make_hold(p, c);
    case operation_kind::capture: return capture(p, state, c);
    case operation_kind::release: return release(p, state, c);
    case operation_kind::extend_hold: return extend_hold(p, state, c);
    case operation_kind::deduct: return deduct(p, c);
    case operation_kind::refund: return refund(p, state, c);
    case operation_kind::claw_back: return claw_back(p, state, c);
    case operation_kind::adjust: return adjust(p, c);
    case operation_kind::set_threshold: return set_threshold(p, c);
    case operation_kind::freeze: return freeze(p, c);
    case operation_kind::unfreeze: return unfreeze(p, c);
    case operation_kind::close: return close(p, c);
    case operation_kind::import_cost: return import_cost(p, c);
    case operation_kind::open_account:  // decided before an account has to exist
    case operation_kind::confirm:       // an order, at the gate
    case operation_kind::settle:        // the last four are never asked for
    case operation_kind::expire_hold:
    case operation_kind::expire_lot:
    case operation_kind::activate_lot: break;
  }
  return make_failure(error::invalid_argument, "/kind", "is not a ledger operation");
}

/// A new account with its opening grant, as the operation with seq 1; one that exists is answered
/// as it is, whatever was asked of it when it was opened.
[[nodiscard]] inline ledger_decision open_account(ledger_state& state, const command& c,
                                                  timestamp now, const ledger_rules& rules) {
  const account& row = state.row;
  if (row.exists()) {
    const account shown = as_of(state, now, rules);
    return {.answer = receipt{.operation = derive_id<operation_id>(row.id, 1, 0, row.opened_at),
                              .key = c.key,
                              .seq = 1,
                              .at = row.opened_at,
                              .available = shown.available,
                              .held = shown.held,
                              .debt = shown.debt,
                              .replayed = true}};
  }
  state.row = {.id = c.account,
               .currency = c.currency,
               .low_credit_threshold = c.threshold,
               .opened_at = now};
  posting p{state, now, rules};
  p.begin(c, now);
  if (c.amount > credits{}) add_credits(p, c);
  p.finish();
  p.current().low_credit = false;  // it never was above the threshold
  state.prior.push_back(p.current());
  result<receipt> answer = answer_of(p.current());
  return {.write = p.take(), .answer = std::move(answer)};
}

/// What cannot be judged from the request alone, but is wrong whatever the account's state.
[[nodiscard]] inline std::optional<failure> if_out_of_place(const ledger_state& state,
                                                            const command& c, timestamp now,
                                                            const ledger_rules& rules) {
  const timestamp from = later_of(c.effective_at, now);
  if (c.expires_at <= from) {
    return make_failure(error::invalid_argument, "/expires_at", "is not in the future");
  }
  const bool holds = c.kind == operation_kind::hold;
  const bool unsaid = holds && c.lasts_for == duration{} && c.expires_at == never;
  const duration lasts = unsaid ? rules.hold_lasts_for : c.lasts_for;
  if ((holds || c.kind == operation_kind::extend_hold) && now + lasts == never) {
    return make_failure(error::invalid_argument, "/lasts_for", "would make the hold last for ever");
  }
  const bool ends_hold = c.kind == operation_kind::capture || c.kind == operation_kind::release ||
                         c.kind == operation_kind::extend_hold;
  if (!ends_hold) return std::nullopt;
  const auto index = find_hold(state, c.hold);
  if (index && !state.holds[*index].job.is_nil()) {
    return make_failure(error::invalid_argument, "/hold",
                        "belongs to a job, whose outcome ends it");
  }
  return std::nullopt;
}

}  // namespace detail

/// How much of `available` a command may draw: so many credits in lots must be loaded for it.
[[nodiscard]] constexpr credits may_draw(const command& c) {
  switch (c.kind) {
    case operation_kind::hold:
    case operation_kind::deduct:
    case operation_kind::confirm: return c.amount;
    case operation_kind::capture: return c.overage == overage_policy::refuse ? credits{} : c.amount;
    case operation_kind::adjust: return c.amount < credits{} ? -c.amount : credits{};
    case operation_kind::claw_back:  // any lot may be one in which credits of the grant came back
    case operation_kind::close: return credits::max();
    case operation_kind::open_account:
    case operation_kind::grant:
    case operation_kind::release:
    case operation_kind::extend_hold:
    case operation_kind::refund:
    case operation_kind::set_threshold:
    case operation_kind::freeze:
    case operation_kind::unfreeze:
    case operation_kind::import_cost:
    case operation_kind::settle:
    case operation_kind::expire_hold:
    case operation_kind::expire_lot:
    case operation_kind::activate_lot: break;
  }
  return {};
}

/// Decides one ledger command on what was loaded of its account; `state` is left as it will be.
/// Judged in the order of `error`. After `corrupt_record` load again. Complexity: the loaded rows,
/// once for each thing that is due.
[[nodiscard]] inline ledger_decision decide(ledger_state& state, const command& c, timestamp now,
                                            const ledger_rules& rules) {
  const auto no = [](failure f) { return ledger_decision{.answer = refuse(std::move(f))}; };
  if (auto wrong = validate(c, rules)) return no(std::move(*wrong));
  if (c.kind == operation_kind::confirm) {
    return no(make_failure(error::invalid_argument, "/kind", "an order is confirmed at the gate"));
  }
  const operation* known = detail::find_prior(state, c);
  const std::string_view differs = known ? first_difference(known->request, c) : "";
  if (known && differs.empty()) return {.answer = answer_of(*known, true)};
  const timestamp not_before = later_of(now, state.row.changed_at);
  if (auto wrong = detail::if_out_of_place(state, c, not_before, rules)) {
    return no(std::move(*wrong));
  }
  const bool opens = c.kind == operation_kind::open_account;
  if (known && !(opens && known->request.kind == c.kind)) {
    return no(make_failure(error::key_conflict, member_place(differs),
                           "the key was used for another request"));
  }
  if (opens) return detail::open_account(state, c, now, rules);
  if (!state.row.exists()) {
    return no(no_such_account(c.account));
  }
  if (state.row.currency != c.currency) {
    return no(make_failure(error::unknown_currency, "/currency",
                           "the account keeps " + state.row.currency + ", not " + c.currency));
  }
  detail::posting p{state, now, rules};
  detail::settle_due(p, state);
  if (auto wrong = detail::if_badly_loaded(state, may_draw(c))) return no(std::move(*wrong));
  p.begin(c, p.now());
  if (const auto refused = detail::perform(p, state, c)) {
    p.finish_refused(*refused);
  } else {
    p.finish();
  }
  state.prior.push_back(p.current());
  result<receipt> answer = answer_of(p.current());
  return {.write = p.take(), .answer = std::move(answer)};
}

}  // namespace tollgate
