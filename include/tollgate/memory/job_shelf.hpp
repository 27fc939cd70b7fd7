// SPDX-License-Identifier: BSL-1.0
#pragma once
// The jobs of one account, final ones too, and the chains its listings follow.

#include <tollgate/gate/unit.hpp>
#include <tollgate/memory/growing_list.hpp>
#include <tollgate/memory/place_index.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate::memory::detail {

/// Where a job stands in the queue, if anywhere.
enum class standing : std::uint8_t { out, startable, scheduled, polled };

/// One job. Places grow with time, so a smaller place is an older job.
struct job_row {
  std::shared_ptr<const job_body> body{};
  job_status status{};
  std::vector<attempt> attempts{};
  std::uint64_t mark{};  // the last load that took it along
  // The next older job of the same group, order, project and item.
  place older_in_group{nowhere};
  place older_in_order{nowhere};
  place older_in_project{nowhere};
  place older_of_item{nowhere};
  place newer_live{nowhere};  // neighbours among the account's live jobs
  place older_live{nowhere};
  place hold{nowhere};    // where its hold stands, if under the same 128 bits
  std::uint32_t line{};   // which of the account's lines: its kind
  std::uint32_t stamp{};  // queue entries that carry another are stale
  standing stands{standing::out};
  bool overdue{};                // listed among what may need a decision
  timestamp lease_timer{never};  // the earliest timers that are set for it
  timestamp end_timer{never};

  [[nodiscard]] bool alive() const noexcept { return !status.is_final(); }
};

/// True when two inserts are for the same item.
[[nodiscard]] inline bool repeats_an_item(const std::vector<job_insert>& inserts) {
  if (inserts.size() > 16) {
    std::vector<item_id> items;
    items.reserve(inserts.size());
    for (const job_insert& i : inserts) items.push_back(i.body->item);
    std::sort(items.begin(), items.end());
    return std::adjacent_find(items.begin(), items.end()) != items.end();
  }
  for (std::size_t i = 1; i < inserts.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (inserts[i].body->item == inserts[j].body->item) return true;
    }
  }
  return false;
}

/// Guarded by the mutex of its shard, like everything on a shelf.
class job_shelf {
  template <class Id>
  [[nodiscard]] static std::uint64_t hash_of(const Id& id) noexcept {
    return std::hash<Id>{}(id);
  }
  // Tells whether the job at a place has the id as that member of its body.
  template <auto Member, class Id>
  [[nodiscard]] auto has(Id id) const {
    return [this, id](place p) { return rows[p].body.get()->*Member == id; };
  }

 public:
  growing_list<job_row> rows{};
  place newest_live{nowhere};

  [[nodiscard]] place find(job_id id) const {
    return by_id_.find(hash_of(id), [&](place p) { return rows[p].status.id == id; });
  }
  /// The newest jobs of a group, order, project, item: the heads of their chains.
  [[nodiscard]] place newest(group_id id) const {
    return by_group_.find(hash_of(id), has<&job_body::group>(id));
  }
  [[nodiscard]] place newest(order_id id) const {
    return by_order_.find(hash_of(id), has<&job_body::order>(id));
  }
  [[nodiscard]] place newest(project_id id) const {
    return by_project_.find(hash_of(id), has<&job_body::project>(id));
  }
  [[nodiscard]] place newest(item_id id) const {
    return by_item_.find(hash_of(id), has<&job_body::item>(id));
  }

  /// The live job of an item: none but the newest can be.
  [[nodiscard]] place live_job_of(item_id id) const {
    const place at = newest(id);
    return at != nowhere && rows[at].alive() ? at : nowhere;
  }

  /// True when an item of the inserts has a live job already.
  [[nodiscard]] bool has_an_item_of(const std::vector<job_insert>& inserts) const {
    for (const job_insert& i : inserts) {
      if (live_job_of(i.body->item) != nowhere) return true;
    }
    return false;
  }

  place add(job_insert& insert) {
    const place at = rows.size();
    job_row& row = rows.add();
    row.body = std::move(insert.body);
    row.status = std::move(insert.status);
    by_id_.add(hash_of(row.status.id), at);
    row.older_of_item = chain<&job_body::item>(by_item_, row.body->item, at);
    row.older_in_group = chain<&job_body::group>(by_group_, row.body->group, at);
    row.older_in_order = chain<&job_body::order>(by_order_, row.body->order, at);
    row.older_in_project = chain<&job_body::project>(by_project_, row.body->project, at);
    if (row.alive()) {
      row.older_live = newest_live;
      if (newest_live != nowhere) rows[newest_live].newer_live = at;
      newest_live = at;
    }
    return at;
  }

  /// Takes a job that became final out of the live ones.
  void retire(place at) {
    job_row& row = rows[at];
    if (row.newer_live != nowhere) rows[row.newer_live].older_live = row.older_live;
    if (row.older_live != nowhere) rows[row.older_live].newer_live = row.newer_live;
    if (newest_live == at) newest_live = row.older_live;
    row.newer_live = row.older_live = nowhere;
  }

  /// Appends to the attempt log; drops a repeat, and what belongs to no job here.
  void log(attempt&& a) {
    const place at = find(a.job);
    if (at == nowhere) return;
    auto& known = rows[at].attempts;
    for (const attempt& k : known) {
      if (k.epoch == a.epoch && k.outcome == a.outcome) return;
    }
    known.push_back(std::move(a));
  }

 private:
  /// Makes a job the head of its chain and returns the head before it.
  template <auto Member, class Id>
  [[nodiscard]] place chain(place_index& index, Id id, place at) {
    if (id.is_nil() && !std::is_same_v<Id, item_id>) return nowhere;  // no filter asks for it
    if (place* head = index.find_slot(hash_of(id), has<Member>(id)))
      return std::exchange(*head, at);
    index.add(hash_of(id), at);
    return nowhere;
  }

  place_index by_id_{};
  place_index by_item_{};
  place_index by_group_{};
  place_index by_order_{};
  place_index by_project_{};
};

}  // namespace tollgate::memory::detail
