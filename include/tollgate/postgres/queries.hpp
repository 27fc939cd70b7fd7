// SPDX-License-Identifier: BSL-1.0
#pragma once
// What screens and auditors ask. Each answer is one statement, and so consistent in itself.

#include <tollgate/postgres/connection.hpp>
#include <tollgate/postgres/cursor_token.hpp>
#include <tollgate/postgres/detail/records.hpp>
#include <tollgate/postgres/statements.hpp>
#include <tollgate/storage/requests.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace tollgate::postgres {

/// Questions on one connection.
class queries {
 public:
  static constexpr std::size_t page_size = 100;
  static constexpr std::size_t largest_page = 1'000;

  queries(connection& c, const statements& texts, std::int64_t buckets, detail::word_book& words)
      : connection_{c}, texts_{texts}, buckets_{buckets}, words_{words} {}

  [[nodiscard]] result<page<job_record>> jobs(account_id a, const job_filter& f, const cursor& at) {
    constexpr auto top = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const auto from = detail::position_of(detail::listing::jobs, a, at, {top, top});
    if (!from) return refuse(from.error());
    const std::size_t limit = std::clamp<std::size_t>(f.limit, 1, largest_page);
    unsigned filter = f.live_only ? detail::live_only : 0U;
    parameters with = of(a);
    with.put(static_cast<std::int64_t>(from->high)).put(static_cast<std::int64_t>(from->low));
    with.put(static_cast<std::int64_t>(limit + 1));
    const auto restrict_to = [&](detail::filtered by, const auto& id) {
      if (id.is_nil()) return;
      filter |= by;
      with.put(id);
    };
    restrict_to(detail::by_job, f.job);
    restrict_to(detail::by_order, f.order);
    restrict_to(detail::by_group, f.group);
    restrict_to(detail::by_project, f.project);
    restrict_to(detail::by_item, f.item);
    auto answer = connection_.run(texts_.jobs(filter), with);
    if (!answer) return refuse(std::move(answer.error()));
    page<job_record> found;
    bool sound = true;
    for (std::size_t row = 0; row < answer->size(); ++row) {
      if (row == limit) {
        const job_body& last = *found.items.back().body;
        found.next = detail::cursor_of(detail::listing::jobs, a, {last.arrival, last.ordinal});
        break;
      }
      detail::record_reader r{*answer, row};
      detail::read(r, found.items.emplace_back(), words_, sound);
      if (!sound || !r.sound()) return detail::unsound(r);
    }
    return found;
  }

  [[nodiscard]] result<page<operation>> history(account_id a, const cursor& at) {
    const auto from = detail::position_of(detail::listing::history, a, at, {});
    if (!from) return refuse(from.error());
    parameters with = of(a);
    with.put(static_cast<std::int64_t>(from->low));
    with.put(static_cast<std::int64_t>(page_size + 1));
    auto found = operations(detail::text::history, with);
    if (found && found->items.size() > page_size) {
      found->items.pop_back();
      found->next = detail::cursor_of(detail::listing::history, a, {0, found->items.back().seq});
    }
    return found;
  }

  [[nodiscard]] result<page<operation>> last_operation(account_id a, timestamp until) {
    parameters with = of(a);
    with.put(until);
    return operations(detail::text::last_operation, with);
  }

  [[nodiscard]] result<std::vector<attempt>> attempts(account_id a, job_id job) {
    parameters with = of(a);
    with.put(job);
    auto answer = connection_.run(texts_.get(detail::text::attempts), with);
    if (!answer) return refuse(std::move(answer.error()));
    std::vector<attempt> found;
    for (std::size_t row = 0; row < answer->size(); ++row) {
      detail::record_reader r{*answer, row};
      detail::read(r, found.emplace_back());
      if (!r.sound()) return detail::unsound(r);
    }
    return found;
  }

  /// The sums are units in 64 bits, which keep nine million of the largest operations.
  [[nodiscard]] result<project_total> running_total(account_id a, project_id project) {
    parameters with = of(a);
    with.put(project);
    auto answer = connection_.run(texts_.get(detail::text::total), with);
    if (!answer) return refuse(std::move(answer.error()));
    if (answer->empty()) return project_total{};
    const auto spent = credits::checked_from_units(answer->get<std::int64_t>(0, 0));
    const auto committed = credits::checked_from_units(answer->get<std::int64_t>(0, 1));
    if (!answer->sound()) return detail::unsound("project/" + to_string(project));
    if (!spent || !committed) return refuse(error::overflow, "/project");
    return project_total{.spent = *spent, .committed = *committed};
  }

  [[nodiscard]] result<queue_state> queue(account_id a, const std::string& kind,
                                          const queue_limits& defaults) {
    parameters with = of(a);
    with.bytes(kind);
    auto answer = connection_.run(texts_.get(detail::text::queue), with);
    if (!answer) return refuse(std::move(answer.error()));
    queue_state state{.max_in_flight = defaults.max_in_flight, .weight = defaults.weight};
    if (!answer->is_null(0, 0)) {
      state.in_flight = static_cast<std::uint32_t>(answer->get<std::int64_t>(0, 0));
      state.max_in_flight = static_cast<std::uint32_t>(answer->get<std::int64_t>(0, 1));
      state.weight = static_cast<std::uint32_t>(answer->get<std::int64_t>(0, 2));
    }
    state.kind_paused = answer->get<bool>(0, 3);
    if (!answer->sound()) return detail::unsound("slots/" + to_string(a));
    return state;
  }

  [[nodiscard]] result<page<account_id>> accounts(const cursor& at) {
    const auto from = detail::position_of(detail::listing::accounts, {}, at, {});
    if (!from) return refuse(from.error());
    const std::int16_t bucket =
        at.token.empty() ? std::int16_t{-1} : detail::bucket_of({*from}, buckets_);
    parameters with;
    with.put(bucket).put(*from).put(static_cast<std::int64_t>(largest_page + 1));
    auto answer = connection_.run(texts_.get(detail::text::accounts), with);
    if (!answer) return refuse(std::move(answer.error()));
    page<account_id> found;
    for (std::size_t row = 0; row < answer->size(); ++row) {
      if (row == largest_page) {
        found.next = detail::cursor_of(detail::listing::accounts, {}, found.items.back().value);
        break;
      }
      found.items.push_back(answer->get<account_id>(row, 1));
    }
    if (!answer->sound()) return detail::unsound("account");
    return found;
  }

  [[nodiscard]] result<account_records> audit(account_id a) {
    auto answer = connection_.run(texts_.get(detail::text::audit), of(a));
    if (!answer) return refuse(std::move(answer.error()));
    account_records all;
    all.row.id = a;
    bool sound = true;
    for (std::size_t row = 0; row < answer->size(); ++row) {
      detail::record_reader r{*answer, row};
      switch (r.kind()) {
        case detail::record::account: detail::read(r, all.row); break;
        case detail::record::lot: detail::read(r, all.lots.emplace_back()); break;
        case detail::record::hold: detail::read(r, all.holds.emplace_back()); break;
        case detail::record::operation:
          detail::read(r, all.operations.emplace_back(), sound);
          break;
        case detail::record::entries: read_entries(r, all.entries); break;
        case detail::record::job: detail::read(r, all.jobs.emplace_back(), words_, sound); break;
        default: sound = false;
      }
      if (!sound || !r.sound()) return detail::unsound(r);
    }
    const auto by_seq = [](const auto& x, const auto& y) { return x.seq < y.seq; };
    std::stable_sort(all.operations.begin(), all.operations.end(), by_seq);
    std::stable_sort(all.entries.begin(), all.entries.end(), by_seq);
    return all;
  }

 private:
  [[nodiscard]] parameters of(account_id a) const {
    parameters with;
    with.put(detail::bucket_of(a, buckets_)).put(a);
    return with;
  }

  [[nodiscard]] result<page<operation>> operations(detail::text which, const parameters& with) {
    auto answer = connection_.run(texts_.get(which), with);
    if (!answer) return refuse(std::move(answer.error()));
    page<operation> found;
    bool sound = true;
    for (std::size_t row = 0; row < answer->size(); ++row) {
      detail::record_reader r{*answer, row};
      detail::read(r, found.items.emplace_back(), sound);
      if (!sound || !r.sound()) return detail::unsound(r);
    }
    return found;
  }

  static void read_entries(detail::record_reader& r, std::vector<entry>& into) {
    const std::size_t first = into.size();
    std::uint64_t seq{};
    r.number(seq);
    into.resize(first + r.ids_left());
    for (std::size_t i = first; i < into.size(); ++i) {
      into[i].seq = seq;
      r.id(into[i].lot);
      r.code(into[i].code, entry_code::breakage);
    }
    for (std::size_t i = first; i < into.size(); ++i) r.amount(into[i].amount);
  }

  connection& connection_;
  const statements& texts_;
  std::int64_t buckets_;
  detail::word_book& words_;
};

}  // namespace tollgate::postgres
