// SPDX-License-Identifier: BSL-1.0
#pragma once
// Writes units: all accounts of a commit in one statement, each account's units as one where they
// follow from each other. docs/postgres.md and detail/commit_text.hpp say why that is safe.

#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/detail/one_order.hpp>
#include <tollgate/postgres/detail/unit_groups.hpp>
#include <tollgate/postgres/low_water.hpp>
#include <tollgate/postgres/statements.hpp>
#include <tollgate/storage/requests.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tollgate::postgres {

/// How units are written: in which schema and how often a lost race of the server is tried again.
struct commit_settings {
  std::int64_t buckets{1};
  queue_limits defaults{};   // of accounts that are opened
  timestamp now{};           // the last instant told: what is ready by then is claimable at once
  int tries{8};              // after a deadlock or a lock that took too long; 1 in a host's own
  const low_water* marks{};  // where the fronts of queues are looked for; none: everywhere
};

/// One commit on one connection. Every unit is atomic in itself, so several statements (for units
/// that do not follow from each other) need no transaction around them.
class committer {
 public:
  committer(connection& c, const statements& texts, const commit_settings& how)
      : connection_{c}, texts_{texts}, how_{how} {}

  [[nodiscard]] result<std::vector<verdict>> commit(std::span<unit> units) {
    verdicts_.assign(units.size(), verdict::moved);
    groups_ = detail::group_units(units, how_.buckets);
    while (prepare(units)) {
      detail::batch b;
      detail::batch_maker make{b, how_.now};
      std::vector<detail::unit_group*> aboard;
      for (detail::unit_group& g : groups_) {
        if (g.taken == 0) continue;
        aboard.push_back(&g);
        make.begin(g.bucket, g.account);
        for (std::size_t k = 0; k < g.taken; ++k) make.add(units[g.units[g.next + k]]);
      }
      b.sort_changes();
      auto said = send(b);
      if (!said && is_unique_violation(said.error())) {
        alone_ = true;
        if (aboard.size() > 1 || aboard.front()->taken > 1) continue;
        // Another writer took the place of a row of this one: whoever decides it again sees it.
        refuse_group(*aboard.front(), verdict::moved);
        continue;
      }
      if (!said) return refuse(fault(std::move(said.error())));
      if (said->size() != aboard.size()) return refuse(fault(detail::unsound("commit").value()));
      for (std::size_t k = 0; k < aboard.size(); ++k) accept(*aboard[k], (*said)[k]);
    }
    return std::move(verdicts_);
  }

 private:
  /// Chooses what goes with the next statement. False: every unit has its verdict.
  [[nodiscard]] bool prepare(std::span<const unit> units) {
    bool any = false;
    for (detail::unit_group& g : groups_) {
      g.taken = 0;
      if (alone_ && any) continue;
      if (g.open()) {
        if (const auto no = detail::unit_chain::refused(units[g.units[g.next]])) {
          refuse_group(g, *no);
        }
      }
      detail::unit_chain chain;
      const std::size_t most = g.one_by_one || alone_ ? 1 : g.units.size();
      while (g.next + g.taken < g.units.size() && g.taken < most) {
        const unit& u = units[g.units[g.next + g.taken]];
        if (detail::unit_chain::refused(u) || !chain.take(u)) break;
        ++g.taken;
      }
      any = any || g.taken != 0;
    }
    return any;
  }

  [[nodiscard]] result<std::vector<verdict>> send(const detail::batch& b) {
    const bool one_order = detail::is_one_order(b);
    const statement& text = one_order ? texts_.order() : texts_.commit(b.parts);
    const parameters with = one_order ? detail::order_parameters(b, mark_of_queue(b))
                                      : detail::commit_parameters(b, how_.defaults, marks_for(b));
    for (int tries = how_.tries;; --tries) {
      auto answer = connection_.run(text, with);
      if (!answer) {
        if (answer.error().code == error::busy && tries > 1) continue;
        return refuse(std::move(answer.error()));
      }
      std::vector<verdict> said;
      for (std::size_t row = 0; row < answer->size(); ++row) {
        const auto v = answer->get<std::int16_t>(row, 1);
        if (v < 0 || v > detail::code_of(verdict::item_taken)) return detail::unsound("commit");
        said.push_back(static_cast<verdict>(v));
      }
      if (!answer->sound()) return detail::unsound("commit");
      return said;
    }
  }

  [[nodiscard]] std::int64_t mark_of_queue(const detail::batch& one_order) const {
    if (how_.marks == nullptr) return 0;
    return how_.marks->of({one_order.groups.front().bucket, one_order.bodies.front().row->kind});
  }
  [[nodiscard]] low_water::list marks_for(const detail::batch& b) const {
    if (how_.marks == nullptr || (b.parts & (detail::inserts | detail::changes)) == 0) return {};
    std::vector<std::int16_t> buckets;
    for (const detail::group_row& g : b.groups) {
      if (buckets.empty() || buckets.back() != g.bucket) buckets.push_back(g.bucket);
    }
    return how_.marks->in(buckets);
  }

  void accept(detail::unit_group& g, verdict v) {
    if (v == verdict::written) {
      for (std::size_t k = 0; k < g.taken; ++k) verdicts_[g.units[g.next + k]] = v;
      g.next += g.taken;
      written_ = true;
    } else if (g.taken > 1) {
      g.one_by_one = true;
    } else {
      refuse_group(g, v);
    }
  }
  /// The first unit without a verdict has this one, and all that follow it are `moved`.
  void refuse_group(detail::unit_group& g, verdict v) {
    verdicts_[g.units[g.next]] = v;
    g.next = g.units.size();
  }

  /// Of several statements some were done already: then nobody may say that nothing was.
  [[nodiscard]] failure fault(failure f) const {
    if (written_) f.code = error::outcome_unknown;
    return f;
  }

  connection& connection_;
  const statements& texts_;
  const commit_settings& how_;
  std::vector<verdict> verdicts_{};
  std::vector<detail::unit_group> groups_{};
  bool alone_{};
  bool written_{};
};

}  // namespace tollgate::postgres
