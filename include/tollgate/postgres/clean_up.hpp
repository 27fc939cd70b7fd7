// SPDX-License-Identifier: BSL-1.0
#pragma once
// Lets payloads and attempt logs age out, and makes room for those to come.

#include <tollgate/core/result.hpp>
#include <tollgate/core/timestamp.hpp>
#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/detail/records.hpp>
#include <tollgate/postgres/statements.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace tollgate::postgres {

/// What a clean-up keeps and makes. The same in every program that cleans up.
struct clean_up_request {
  duration keep{days(30)};      // payloads and attempts of jobs that ended; at least a day
  duration partition{days(7)};  // the span of one partition; at least an hour
  std::int32_t ahead{4};        // partitions made before they are needed: 1 to 100
  std::int64_t batch{1'000};    // rows erased in one round where there is no partition
  int rounds{20};               // each a transaction of its own
};

/// What a clean-up did. Where two run at once the second does nothing.
struct clean_up_report {
  std::int64_t made{};     // partitions
  std::int64_t dropped{};  // partitions
  std::int64_t kept{};     // partitions that are old enough, but for a job of theirs that lives
  std::int64_t erased{};   // rows that had no partition
  bool more{};             // something is left to do, or a lock was not to be had: call again

  friend bool operator==(const clean_up_report&, const clean_up_report&) = default;
};

/// Runs rounds until nothing is left to do. Errors: `invalid_argument` at the member that is wrong.
[[nodiscard]] inline result<clean_up_report> clean_up(connection& c, const statements& texts,
                                                      const clean_up_request& how,
                                                      std::optional<timestamp> now) {
  const auto wrong = [](const char* what, const char* why) {
    return refuse(error::invalid_argument, member_place(what), why);
  };
  if (how.keep < days(1)) return wrong("keep", "is less than a day");
  if (how.partition < hours(1)) return wrong("partition", "is less than an hour");
  if (how.ahead < 1 || how.ahead > 100) return wrong("ahead", "1 to 100");
  if (how.batch < 1) return wrong("batch", "is less than 1");
  parameters with;
  with.put(now).put(how.keep).put(how.partition).put(how.ahead).put(how.batch);
  clean_up_report all;
  for (int round = 0; round < how.rounds; ++round) {
    auto answer = c.run(texts.get(detail::text::clean_up), with);
    if (!answer) return refuse(std::move(answer.error()));
    if (answer->size() != 1) return detail::unsound("clean_up");
    all.made += answer->get<std::int32_t>(0, 0);
    const std::int64_t dropped = answer->get<std::int32_t>(0, 1);
    all.dropped += dropped;
    all.kept = answer->get<std::int32_t>(0, 2);
    const auto erased = answer->get<std::int64_t>(0, 3);
    all.erased += erased;
    all.more = answer->get<bool>(0, 4);
    if (!answer->sound()) return detail::unsound("clean_up");
    if (!all.more || dropped + erased == 0) break;
  }
  return all;
}

}  // namespace tollgate::postgres
