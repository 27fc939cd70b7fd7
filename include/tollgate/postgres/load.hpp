// SPDX-License-Identifier: BSL-1.0
#pragma once
// Loads what decisions need: one statement, one round trip, one snapshot of the database; a second
// one instead where a hold of the account is due.

#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/detail/records.hpp>
#include <tollgate/postgres/statements.hpp>
#include <tollgate/storage/requests.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace tollgate::postgres {

/// Reads the answer of a load. Errors: corrupt_record.
[[nodiscard]] inline result<snapshot> read_snapshot(const load_request& request, const rows& from,
                                                    detail::word_book& words) {
  snapshot answer;
  answer.accounts.resize(request.wants.size());
  for (std::size_t i = 0; i < request.wants.size(); ++i) {
    answer.accounts[i].ledger.row.id = request.wants[i].account;  // also of one that is not there
  }
  bool sound = true;
  for (std::size_t row = 0; row < from.size(); ++row) {
    detail::record_reader r{from, row};
    if (r.kind() == detail::record::clock) {
      r.time(answer.now);
      continue;
    }
    if (r.place() >= answer.accounts.size()) return detail::unsound(r);
    account_snapshot& a = answer.accounts[r.place()];
    switch (r.kind()) {
      case detail::record::account: detail::read(r, a.ledger.row); break;
      case detail::record::lot: detail::read(r, a.ledger.lots.emplace_back()); break;
      case detail::record::hold: detail::read(r, a.ledger.holds.emplace_back()); break;
      case detail::record::operation: {
        operation o;
        detail::read(r, o, sound);
        const auto same = [&](const operation& p) { return p.seq == o.seq; };
        const auto& prior = a.ledger.prior;
        if (std::none_of(prior.begin(), prior.end(), same)) a.ledger.prior.push_back(std::move(o));
        break;
      }
      case detail::record::job: detail::read(r, a.jobs.emplace_back(), words, sound); break;
      case detail::record::live_item: {
        auto& live = a.live.emplace_back();
        r.id(live.item);
        r.id(live.job);
        break;
      }
      default: sound = false;
    }
    if (!sound || !r.sound()) return detail::unsound(r);
  }
  return answer;
}

/// Loads by the statement that fits, which `ask(statement, parameters)` runs. `now` is what a test
/// clock says; nothing: the server's clock, read with the records.
template <class Ask>
[[nodiscard]] result<snapshot> load(Ask ask, const statements& texts, const load_request& request,
                                    std::int64_t buckets, std::optional<timestamp> now,
                                    detail::word_book& words) {
  if (detail::is_account_load(request)) {
    const account_want& want = request.wants.front();
    result<rows> answer = ask(texts.account_load(detail::named_in(want)),
                              detail::account_load_parameters(want, buckets, now));
    if (!answer) return refuse(std::move(answer.error()));
    if (!detail::leaves_holds_out(*answer)) return read_snapshot(request, *answer, words);
  }
  const detail::load_batch b{request, buckets};
  result<rows> answer = ask(texts.load(b.parts), detail::load_parameters(b, now));
  if (!answer) return refuse(std::move(answer.error()));
  return read_snapshot(request, *answer, words);
}

}  // namespace tollgate::postgres
