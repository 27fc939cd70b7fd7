// SPDX-License-Identifier: BSL-1.0
#pragma once
// The queue: claims jobs, lets scheduled ones start, renews leases, finds what is due.

#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/detail/records.hpp>
#include <tollgate/postgres/look_again.hpp>
#include <tollgate/postgres/statements.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tollgate::postgres {

/// Where `due` goes on, bucket by bucket: what nobody can decide does not keep the rest from being
/// named. Thread-safe; who asks at the same time may be named the same.
class due_places {
 public:
  struct place {
    std::int64_t at{std::numeric_limits<std::int64_t>::min()};
    account_id account{};
    job_id job{};
    friend auto operator<=>(const place&, const place&) = default;
  };

  [[nodiscard]] place of(std::int16_t bucket) {
    const std::lock_guard lock{mutex_};
    const auto found = places_.find(bucket);
    return found == places_.end() ? place{} : found->second;
  }
  void set(std::int16_t bucket, const place& to) {
    const std::lock_guard lock{mutex_};
    places_[bucket] = to;
  }

 private:
  std::mutex mutex_{};
  std::map<std::int16_t, place> places_{};
};

/// One call of a worker on one connection. Every statement is a transaction of its own: a claim in
/// one transaction with commits deadlocks.
class queue_work {
 public:
  queue_work(connection& c, const statements& texts, std::int64_t buckets,
             std::optional<timestamp> now, detail::word_book& words, low_water& marks)
      : connection_{c}, texts_{texts}, buckets_{buckets}, now_{now}, words_{words}, marks_{marks} {}

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
    put_in_order(taken);
    return taken;
  }

  [[nodiscard]] result<beat_answer> heartbeat(const beat& b) {
    std::vector<lease_ref> leases = b.leases;
    const auto place = [&](const lease_ref& l) {
      return std::tuple{detail::bucket_of(l.account, buckets_), l.account, l.job, l.epoch};
    };
    std::sort(leases.begin(), leases.end(),
              [&](const lease_ref& x, const lease_ref& y) { return place(x) < place(y); });
    leases.erase(std::unique(leases.begin(), leases.end()), leases.end());
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
  [[nodiscard]] result<std::vector<due_job>> due(const due_request& request, std::uint64_t turn,
                                                 due_places& places) {
    std::vector<due_job> found;
    for (std::int64_t n = 0; n < buckets_ && found.size() < request.limit; ++n) {
      const auto bucket = static_cast<std::int16_t>((static_cast<std::uint64_t>(n) + turn) %
                                                    static_cast<std::uint64_t>(buckets_));
      if (auto fault = due_in(bucket, request.limit, places, found)) {
        return refuse(std::move(*fault));
      }
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

  /// Names what is due in one bucket from where the last call ended, and then from the beginning.
  [[nodiscard]] std::optional<failure> due_in(std::int16_t bucket, std::size_t limit,
                                              due_places& places, std::vector<due_job>& found) {
    const due_places::place begun = places.of(bucket);
    due_places::place from = begun;
    for (bool again = begun == due_places::place{};; again = true) {
      const std::size_t wanted = limit - found.size();
      parameters with;
      with.put(now_).put(bucket).put(static_cast<std::int64_t>(wanted));
      with.put(from.at).put(from.account).put(from.job);
      auto answer = run(detail::text::due, with);
      if (!answer) return std::move(answer.error());
      for (std::size_t row = 0; row < answer->size(); ++row) {
        from = {answer->get<std::int64_t>(row, 3), answer->get<account_id>(row, 0),
                answer->get<job_id>(row, 1)};
        if (again && begun != due_places::place{} && begun < from) break;
        found.push_back(
            {from.account, from.job, static_cast<due_reason>(answer->get<std::int16_t>(row, 2))});
      }
      if (!answer->sound()) return detail::unsound("live").value();
      if (answer->size() < wanted) from = {};  // there are no more
      places.set(bucket, from);
      if (again || from != due_places::place{}) return std::nullopt;
    }
  }

  /// Claims in one bucket until nothing is left, or others have what is.
  [[nodiscard]] std::optional<failure> claim_in(std::int16_t bucket, const claim_request& request,
                                                const std::vector<std::string>& kinds,
                                                std::vector<claimed_job>& taken) {
    std::vector<std::int64_t> marks;
    for (const std::string& kind : kinds) {
      look_again(connection_, texts_, marks_, {bucket, kind});
      marks.push_back(marks_.of({bucket, kind}));
    }
    for (int misses = 0; taken.size() + damaged_ < request.limit;) {
      parameters with;
      with.put(now_).put(bucket).blobs(kinds);
      with.put(static_cast<std::int64_t>(request.limit - taken.size() - damaged_));
      with.put(request.worker).put(request.lease).array(marks);
      auto answer = run(detail::text::claim, with);
      if (!answer) return std::move(answer.error());
      const std::size_t before = taken.size() + damaged_;
      auto said = read_claim(*answer, taken);
      if (!said) return std::move(said.error());
      if (said->may_promote) {
        parameters which;
        const low_water::list known = marks_.in(std::array{bucket});
        which.put(now_).put(bucket).blobs(kinds).put(promoted_at_once);
        which.blobs(known.queues).array(known.marks);
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

  /// The statement answers in no order of its own. Polls come first, oldest first; then starts: the
  /// first of each account, the second of each, and so on, those of one account as they run.
  static void put_in_order(std::vector<claimed_job>& taken) {
    const auto starts =
        std::partition(taken.begin(), taken.end(), [](const claimed_job& j) { return j.resumed; });
    std::sort(taken.begin(), starts, [](const claimed_job& a, const claimed_job& b) {
      return std::tie(a.status.ready_at, a.status.id) < std::tie(b.status.ready_at, b.status.id);
    });
    std::sort(starts, taken.end(), [](const claimed_job& a, const claimed_job& b) {
      if (runs_before(*a.body, *b.body)) return true;
      return !runs_before(*b.body, *a.body) && a.status.id < b.status.id;
    });
    std::map<account_id, std::size_t> turns;
    std::vector<std::pair<std::size_t, claimed_job>> dealt;
    for (auto j = starts; j != taken.end(); ++j) {
      const std::size_t turn = turns[j->body->account]++;
      dealt.emplace_back(turn, std::move(*j));
    }
    if (turns.size() > 1) {
      std::stable_sort(dealt.begin(), dealt.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    std::transform(dealt.begin(), dealt.end(), starts, [](auto& d) { return std::move(d.second); });
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
  low_water& marks_;
  std::size_t damaged_{};  // leased by this claim, and not readable
  std::optional<failure> damage_{};
};

}  // namespace tollgate::postgres
