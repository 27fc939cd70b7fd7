// SPDX-License-Identifier: BSL-1.0
#pragma once
// Where the lines of all actors end: the real store, the watch over it, and the commits that are
// still under way to it.

#include <tollgate/simulation/watch.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::simulation {

/// Where all lines of one world end: the real store, the watch over it, and what is still under
/// way to it.
template <storage Store>
class exchange {
 public:
  exchange(Store& s, stage& st, record& r) : store{s}, at{st}, books{r}, eyes{s, st, r} {}

  Store& store;
  stage& at;
  record& books;
  watch<Store> eyes;

  result<std::vector<verdict>> commit(std::span<unit> units, const actor& by, duty as) {
    using touched = typename watch<Store>::touched;
    std::vector<touched> accounts;
    std::vector<std::pair<std::size_t, bool>> of;  // the account of each unit; whether it has money
    for (const unit& u : units) {
      auto known = std::find_if(accounts.begin(), accounts.end(),
                                [&](const touched& t) { return t.account == u.account; });
      if (known == accounts.end()) known = accounts.insert(known, touched{.account = u.account});
      of.emplace_back(known - accounts.begin(), u.ledger.has_value() || !u.inserts.empty());
    }
    auto verdicts = store.commit(units);
    at.require(!verdicts || verdicts->size() == of.size(), "queue 17",
               [] { return std::string{"a commit does not answer a verdict for each unit"}; });
    for (std::size_t n = 0; n < of.size(); ++n) {
      const bool written = !verdicts || verdicts->at(n) == verdict::written;
      accounts[of[n].first].written |= written;
      accounts[of[n].first].money |= written && of[n].second;
    }
    eyes.committed(by, as, accounts);
    return verdicts;
  }

  void put_off(std::span<unit> units, std::shared_ptr<actor> by) {
    const duty as = by->at;
    late_.push_back({{units.begin(), units.end()}, std::move(by), as});
  }
  /// What an actor sent before arrives before what it sends now.
  void deliver_for(const actor& by) {
    deliver([&](const late_commit& l) { return l.by.get() == &by; });
  }
  void deliver_all() {
    deliver([](const late_commit&) { return true; });
  }
  /// One of those that are under way arrives.
  void deliver_one() {
    if (late_.empty()) return;
    const std::size_t n = static_cast<std::size_t>(at.luck.below(late_.size()));
    late_commit l = std::move(late_[n]);
    late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(n));
    arrive(l);
  }

 private:
  struct late_commit {
    std::vector<unit> units{};
    std::shared_ptr<actor> by{};
    duty as{};
  };
  template <class Which>
  void deliver(Which which) {
    for (std::size_t n = 0; n < late_.size();) {
      if (!which(late_[n])) {
        ++n;
        continue;
      }
      late_commit l = std::move(late_[n]);
      late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(n));
      arrive(l);
    }
  }
  void arrive(late_commit& l) {
    at.tell([&] { return "what " + l.by->name + " sent arrives only now"; });
    static_cast<void>(commit(l.units, *l.by, l.as));
  }

  std::vector<late_commit> late_{};
};

}  // namespace tollgate::simulation
