// SPDX-License-Identifier: BSL-1.0
#pragma once
// The queue: claims jobs, lets scheduled ones start, renews leases, finds what is due.

#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/detail/records.hpp>
#include <tollgate/postgres/statements.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tollgate::postgres {

/// One call of a worker on one connection. Every statement is a transaction of its own: a claim in
/// one transaction with commits deadlocks.
class queue_work {
 public:
  queue_work(connection& c, const statements& texts, std::int64_t buckets,
             std::optional<timestamp> now, detail::word_book& words)
      : connection_{c}, texts_{texts}, buckets_{buckets}, now_{now}, words_{words} {}

  /// `turn` decides which bucket is looked at first, and which of several kinds goes first.
  [[nodiscard]] result<std::vector<claimed_job>> claim(const claim_request& request,
                                                       std::uint64_t turn) {
    std::vector<std::string> kinds = request.kinds;
    std::sort(kinds.begin(), kinds.end());
    kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
    std::vector<claimed_job> taken;
    if (kinds.empty() || request.limit == 0) return taken;
    std::rotate(kinds.begin(), kinds.begin() + static_cast<std::ptrdiff_t>(turn % kinds.size()),
                kinds.end());
    for (std::int64_t n = 0; n < buckets_ && taken.size() + damaged_ < request.limit; ++n) {
      const auto bucket = static_cast<std::int16_t>((static_cast<std::uint64_t>(n) + turn) %
                                                    static_cast<std::uint64_t>(buckets_));
      if (auto fault = claim_in(bucket, request, kinds, taken)) {
        if (taken.empty()) return refuse(std::move(*fault));
        break;  // what was taken is leased: the next call meets the fault again
      }
    }
    if (taken.empty() && damage_) return refuse(std::move(*damage_));
    return taken;
  }

  [[nodiscard]] result<beat_answer> heartbeat(const beat& b) {
    std::vector<lease_ref> leases = b.leases;
    const auto place = [&](const lease_ref& l) {
      return std::tuple{detail::bucket_of(l.account, buckets_), l.account, l.job};
    };
    std::sort(leases.begin(), leases.end(),
              [&](const lease_ref& x, const lease_ref& y) { return place(x) < place(y); });
    parameters with;
    with.put(now_);
    with.array(leases, [&](const lease_ref& l) { return detail::bucket_of(l.account, buckets_); });
    with.array(leases, &lease_ref::account).array(leases, &lease_ref::job);
    with.array(leases, [](const lease_ref& l) { return detail::count_of(l.epoch); });
    with.put(b.worker).put(b.lease);
    auto answer = run(detail::text::renew, with);
    if (!answer) return refuse(std::move(answer.error()));
    beat_answer said;
    std::vector<job_id> renewed;
    for (std::size_t row = 0; row < answer->size(); ++row) {
      renewed.push_back(answer->get<job_id>(row, 0));
      if (answer->get<bool>(row, 1)) said.cancel_requested.push_back(renewed.back());
    }
    if (!answer->sound()) return detail::unsound("live");
    std::sort(renewed.begin(), renewed.end());
    for (const lease_ref& l : b.leases) {
      if (!std::binary_search(renewed.begin(), renewed.end(), l.job)) said.lost.push_back(l.job);
    }
    return said;
  }

  /// `turn` decides which bucket is looked at first; now and then lines are looked at, too.
  [[nodiscard]] result<std::vector<due_job>> due(const due_request& request, std::uint64_t turn) {
    std::vector<due_job> found;
    for (std::int64_t n = 0; n < buckets_ && found.size() < request.limit; ++n) {
      const auto bucket = static_cast<std::int16_t>((static_cast<std::uint64_t>(n) + turn) %
                                                    static_cast<std::uint64_t>(buckets_));
      parameters with;
      with.put(now_).put(bucket).put(static_cast<std::int64_t>(request.limit - found.size()));
      auto answer = run(detail::text::due, with);
      if (!answer) return refuse(std::move(answer.error()));
      for (std::size_t row = 0; row < answer->size(); ++row) {
        found.push_back({answer->get<account_id>(row, 0), answer->get<job_id>(row, 1),
                         static_cast<due_reason>(answer->get<std::int16_t>(row, 2))});
      }
      if (!answer->sound()) return detail::unsound("live");
      if (turn % heal_every == 0) {
        parameters where;
        where.put(bucket);
        if (auto healed = run(detail::text::heal, where); !healed) {
          return refuse(std::move(healed.error()));
        }
      }
    }
    return found;
  }

 private:
  static constexpr std::uint64_t heal_every = 64;
  static constexpr std::int64_t promoted_at_once = 1'000;
  static constexpr int tries = 8;

  struct told {
    bool may_promote{};
    std::int64_t put_aside{};
    std::int64_t missed{};
  };

  /// Claims in one bucket until nothing is left, or others have what is.
  [[nodiscard]] std::optional<failure> claim_in(std::int16_t bucket, const claim_request& request,
                                                const std::vector<std::string>& kinds,
                                                std::vector<claimed_job>& taken) {
    for (int misses = 0; taken.size() + damaged_ < request.limit;) {
      parameters with;
      with.put(now_).put(bucket).blobs(kinds);
      with.put(static_cast<std::int64_t>(request.limit - taken.size() - damaged_));
      with.put(request.worker).put(request.lease);
      auto answer = run(detail::text::claim, with);
      if (!answer) return std::move(answer.error());
      const std::size_t before = taken.size() + damaged_;
      auto said = read_claim(*answer, taken);
      if (!said) return std::move(said.error());
      if (said->may_promote) {
        parameters which;
        which.put(now_).put(bucket).blobs(kinds).put(promoted_at_once);
        auto promoted = run(detail::text::promote, which);
        if (!promoted) return std::move(promoted.error());
        if (promoted->size() == 1 && promoted->get<std::int64_t>(0, 0) > 0) continue;
      }
      if (taken.size() + damaged_ > before || said->put_aside > 0) continue;
      // Others were quicker. An empty claim is no proof of idleness, but it is worth a second look.
      if (said->missed == 0 || ++misses >= 3) break;
    }
    return std::nullopt;
  }

  /// A job that cannot be read is leased by now, but its handler would work on who knows what: it
  /// is not answered, its lease runs out, and the others of the statement go on.
  [[nodiscard]] result<told> read_claim(const rows& from, std::vector<claimed_job>& taken) {
    told said;
    for (std::size_t row = 0; row < from.size(); ++row) {
      bool sound = true;
      from.judge_anew();
      detail::record_reader r{from, row};
      if (r.kind() == detail::record::clock) {
        static_cast<void>(r.number());
        said.may_promote = r.number() > 0;
        said.put_aside = r.number();
        said.missed = r.number();
        if (!r.sound()) return detail::unsound(r);
        continue;
      }
      job_record job;
      detail::read(r, job, words_, sound);
      if (sound && r.sound()) {
        taken.push_back({std::move(job.body), std::move(job.status), r.place() != 0});
        continue;
      }
      ++damaged_;
      if (!damage_) damage_ = detail::unsound(r).value();
    }
    return said;
  }

  /// Runs a statement again that lost a race of the server: nothing of it was done.
  [[nodiscard]] result<rows> run(detail::text which, const parameters& with) {
    for (int left = tries;; --left) {
      auto answer = connection_.run(texts_.get(which), with);
      if (answer || answer.error().code != error::busy || left <= 1) return answer;
    }
  }

  connection& connection_;
  const statements& texts_;
  std::int64_t buckets_;
  std::optional<timestamp> now_;
  detail::word_book& words_;
  std::size_t damaged_{};  // leased by this claim, and not readable
  std::optional<failure> damage_{};
};

}  // namespace tollgate::postgres
